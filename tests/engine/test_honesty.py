"""A run and a dataset are what they say: altered bytes, other grids and other patterns are refused."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load as load_file
from safetensors.numpy import save

from irjax.answers.judge import evaluate
from irjax.answers.predictor import load
from irjax.chemistry import groups
from irjax.data.dataset import Dataset, open_dataset
from irjax.engine.config import Config, Optimizer, Split, load_config
from irjax.engine.fit import start_or_resume, train
from irjax.engine.outcome import network_as_trained, read_history, read_validation
from irjax.engine.run import open_run
from irjax.errors import InputError, UsageError
from irjax.models.cnn import CNN
from irjax.spectra.grid import Grid

TINY = Config(
    model=CNN(1, filters=2, kernel_size=3, dense_layers=1, dense_nodes=8),
    optimizer=Optimizer(epochs=(1,), learning_rates=(1e-3,), batch_size=32),
)


@pytest.fixture(scope="module")
def finished(small_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = start_or_resume(tmp_path_factory.mktemp("runs") / "tiny", TINY, small_dataset)
    train([run], small_dataset, run.path)
    return run.path


def flipped(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def reversed_rows(file: Path) -> None:
    header, *rows = file.read_text().splitlines(keepends=True)
    file.write_text("".join([header, *reversed(rows)]))


@pytest.mark.parametrize(
    ("name", "alter"), [("transmittance.npy", flipped), ("spectra.csv", flipped), ("spectra.csv", reversed_rows)]
)
def test_an_altered_dataset_is_refused(
    name: str, alter: Callable[[Path], None], small_dataset: Dataset, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(small_dataset.path, copy)
    assert len(open_dataset(copy)) == len(small_dataset)
    alter(copy / name)
    with pytest.raises(InputError, match=rf"{name}: altered"):
        open_dataset(copy)


def test_an_altered_cache_of_labels_is_made_anew(small_dataset: Dataset, tmp_path: Path) -> None:
    wanted = small_dataset.labels("irjax37")
    shutil.copytree(small_dataset.path, tmp_path / "copy")
    flipped(tmp_path / "copy" / "labels-irjax37.npy")
    np.testing.assert_array_equal(open_dataset(tmp_path / "copy").labels("irjax37"), wanted)


def test_altered_weights_are_refused(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "run")
    flipped(tmp_path / "run" / "weights.safetensors")
    with pytest.raises(InputError, match="their checksum is another"):
        load(tmp_path / "run")


@pytest.mark.parametrize("noted", [True, False])
def test_a_network_that_is_not_that_of_the_weights_is_refused(finished: Path, tmp_path: Path, noted: bool) -> None:
    shutil.copytree(finished, tmp_path / "run")
    run = open_run(tmp_path / "run")
    answering = json.loads(run.answering.read_text())
    assert network_as_trained(run)
    if not noted:  # as an older irjax left it
        del answering["network"], answering["config.json"], answering["checksum"]
        run.answering.write_text(json.dumps(answering))
    load(run.path)
    altered = json.loads((run.path / "config.json").read_text())
    altered["config"]["model"]["dense_layers"] += 1
    (run.path / "config.json").write_text(json.dumps(altered))
    with pytest.raises(InputError, match="altered since training ended" if noted else "do not fit the network"):
        load(run.path)


def test_a_config_that_was_altered_to_another_of_the_same_shapes_is_refused(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "run")
    config = tmp_path / "run" / "config.json"
    config.write_text(config.read_text().replace('"activation": "relu"', '"activation": "tanh"'))
    with pytest.raises(InputError, match=r"config\.json: altered since training ended"):
        load(tmp_path / "run")


def test_a_dataset_on_another_grid_is_refused(finished: Path, small_dataset: Dataset) -> None:
    other = replace(small_dataset, grid=Grid(400.0, 4000.0, 599))
    wanted = r"599 points from 400 to 4000 cm-1; .* learned 600 points .*; build it with --points 600"
    with pytest.raises(InputError, match=wanted):
        evaluate(load(finished), other, "test")
    with pytest.raises(InputError, match=wanted):
        start_or_resume(finished, TINY, other)


def test_a_run_that_learned_other_patterns_answers_with_a_warning_and_is_not_judged(
    finished: Path, small_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not load(finished).warnings
    monkeypatch.setattr(groups, "REPAIR_RULES", groups.REPAIR_RULES[:-1])
    assert "by other patterns than today's" in open_run(finished).altered
    reader = load(finished)
    assert "by other patterns than today's" in reader.warnings[0]
    row = small_dataset.values[0]
    assert reader.answer("a", row, ["mine"], reader.probabilities(row[None])[0]).warnings[:2] == (
        *reader.warnings,
        "mine",
    )
    for act in (
        lambda: evaluate(load(finished), small_dataset, "test"),
        lambda: start_or_resume(finished, TINY, small_dataset),
    ):
        with pytest.raises(InputError, match="train it anew"):
            act()


def test_a_run_notes_its_grid_and_patterns(finished: Path) -> None:
    record = json.loads((finished / "config.json").read_text())
    assert record["format"] == 2
    assert record["grid"] == {"first": 400.0, "last": 4000.0, "points": 600, "unit": "cm-1"}
    assert record["vocabulary"]["fingerprint"] == groups.vocabulary("irjax37").fingerprint


def deep(_: object) -> str:
    return "[" * 200_000


def scalar_scores(raw: dict) -> str:
    raw["groups"]["Alcohol"]["held_out"]["other"]["positives"] = 1e308
    return json.dumps(raw | {"checksum": None})


def sized(part: str, key: str, value: Any) -> Callable[[dict], str]:
    def alter(raw: dict) -> str:
        (raw[part] if part in raw else raw["config"][part])[key] = value
        return json.dumps(raw)

    return alter


def beyond_reason(key: str) -> Callable[[dict], str]:
    def alter(raw: dict) -> str:
        raw["groups"]["Alcohol"][key] = 1e308
        return json.dumps(raw | {"checksum": None})

    return alter


@pytest.mark.parametrize(
    ("name", "alter", "words"),
    [
        ("config.json", deep, "nested more deeply"),
        ("config.json", sized("model", "dense_nodes", 10**12), "dense_nodes is 1000000000000, not a whole number"),
        ("config.json", sized("model", "filters", 1e308), "filters is 1e\\+308, not a whole number"),
        ("config.json", sized("grid", "points", 10**12), "no grid has"),
        ("config.json", sized("grid", "last", 1e308), "no grid has"),
        ("split.json", deep, "not a split"),
        ("answering.json", deep, "nested more deeply"),
        ("answering.json", scalar_scores, "no such numbers come of any training"),
        ("answering.json", beyond_reason("training_positives"), "no such numbers come of any training"),
        ("answering.json", beyond_reason("slope"), "no such numbers come of any training"),
        ("history.jsonl", lambda _: "null", "expected an object in each line"),
    ],
)
def test_absurd_json_in_a_run_is_one_message(
    name: str, alter: Callable[[Any], str], words: str, finished: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished, tmp_path / "run")
    file = tmp_path / "run" / name
    file.write_text(
        alter(json.loads(file.read_text().splitlines()[0] if name == "history.jsonl" else file.read_text()))
    )
    with pytest.raises(InputError, match=words):
        read_history(load(tmp_path / "run").run)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(InputError, match=r"not a regular file|not trained|no config"):
        read_history(load(tmp_path / "run").run)


def other_threshold(content: bytes) -> bytes:
    raw = json.loads(content)
    raw["groups"]["Alcohol"]["threshold"] = 0.99
    return json.dumps(raw).encode()


def other_parts(content: bytes) -> bytes:
    raw = json.loads(content)
    raw["test"], raw["folds"][0] = raw["folds"][0], raw["test"]
    return json.dumps(raw).encode()


@pytest.mark.parametrize(
    ("name", "alter"),
    [
        ("answering.json", other_threshold),
        ("split.json", other_parts),
        ("validation.npy", lambda content: content[:-1] + bytes([content[-1] ^ 1])),
    ],
)
def test_what_was_altered_in_a_run_is_not_taken_for_what_training_left(
    name: str, alter: Callable[[bytes], bytes], finished: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished, tmp_path / "run")
    file = tmp_path / "run" / name
    file.write_bytes(alter(file.read_bytes()))
    with pytest.raises(InputError, match=rf"{name}.*checksum is another"):
        read_validation(load(tmp_path / "run").run)


@pytest.mark.parametrize("name", ["Dense_0/kernel/z", "params/Dense_9/kernel", "other"])
def test_weights_that_are_too_many_are_refused(name: str, finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "run")
    weights = tmp_path / "run" / "weights.safetensors"
    content = save(load_file(weights.read_bytes()) | {name: np.ones(3, np.float32)})
    weights.write_bytes(content)
    answering = tmp_path / "run" / "answering.json"
    noted = {"weights": hashlib.sha256(content).hexdigest(), "checksum": None}  # as if made so, or by an older irjax
    answering.write_text(json.dumps(json.loads(answering.read_text()) | noted))
    with pytest.raises(InputError, match="weights do not fit"):
        load(tmp_path / "run")


def test_an_array_that_is_a_device_is_refused(small_dataset: Dataset, tmp_path: Path) -> None:
    shutil.copytree(small_dataset.path, tmp_path / "copy")
    (tmp_path / "copy" / "transmittance.npy").unlink()
    (tmp_path / "copy" / "transmittance.npy").symlink_to("/dev/null")
    with pytest.raises(InputError, match="damaged"):
        open_dataset(tmp_path / "copy")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise SystemExit(7)", "SystemExit"),
        ("import sys; sys.exit()", "SystemExit"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("from irjax.engine.config import Config\nconfig = Config(model=(0,))", "model: expected a network"),
        ("from irjax.engine.config import Config\nconfig = Config(task=[])", "task: expected one of irjax's own"),
    ],
)
def test_a_config_cannot_end_the_program(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text(text)
    with pytest.raises(InputError, match=words):
        load_config(tmp_path / "config.py")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: CNN(filters=1.5), "filters must be whole"),  # pyright: ignore[reportArgumentType]
        (lambda: CNN(kernel_size=float("inf")), "kernel_size must be positive"),  # pyright: ignore[reportArgumentType]
        (lambda: CNN(dense_layers=10**9), "must not exceed 100"),
        (lambda: CNN(dense_divisor=float("nan")), "dense_divisor must be positive"),
        (lambda: Optimizer(warm_up=1e308), "warm_up from 0 to the number of epochs"),
        (lambda: Optimizer(epsilon=float("nan")), "epsilon must be positive"),
        (lambda: Optimizer(b2=float("nan")), "b1 and optimizer.b2 must lie from 0 to below 1"),
        (lambda: Optimizer(weight_decay=float("inf")), "weight_decay from 0 to 1000"),
        (lambda: Optimizer(weight_decay=1e308), "weight_decay from 0 to 1000"),
        (lambda: Optimizer(epsilon=1e308), "epsilon must be at most 1e\\+30"),
        (lambda: Optimizer(learning_rates=(1e-3, 1e308)), "learning_rates must be at most 1e\\+30"),
        (lambda: Split(folds=10**12), "10000 at most"),
    ],
)
def test_absurd_numbers_are_refused_by_name(make: Callable[[], object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make()


@pytest.mark.parametrize("filters", [10**12, 10**6])
def test_a_network_that_cannot_be_makes_no_run(filters: int, small_dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^model: "):
        start_or_resume(tmp_path / "run", replace(TINY, model=CNN(filters=filters)), small_dataset)
    assert not (tmp_path / "run").exists()


def test_a_search_is_no_run_and_a_trial_without_weights_says_why(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "trial")
    (tmp_path / "trial" / "weights.safetensors").unlink()
    with pytest.raises(InputError, match=r"its weights are gone; a trial of a search .* best\.py"):
        load(tmp_path / "trial")
    (tmp_path / "trials" / "0003").mkdir(parents=True)
    (tmp_path / "trials" / "0003" / "trial.json").write_text("{}")
    with pytest.raises(InputError, match=r"a trial, whose figures .*/best\.py"):
        load(tmp_path / "trials" / "0003")
    (tmp_path / "search.json").write_text("{}")
    with pytest.raises(InputError, match=r"a search, not a run; .*best\.py"):
        load(tmp_path)
