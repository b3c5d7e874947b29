"""Whole runs on a small dataset: contents, resuming, refusing, diverging."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from irjax.answers.judge import evaluate, evaluate_baseline
from irjax.answers.predictor import load
from irjax.data.dataset import Dataset
from irjax.engine.config import Config, Optimizer, Split, config_from_dict, load_config
from irjax.engine.epochs import DivergedError, _finite, stacked
from irjax.engine.fit import start_or_resume, train
from irjax.engine.outcome import read_weights, write_answering, write_weights
from irjax.engine.run import Run, open_run
from irjax.engine.step import TrainingData
from irjax.errors import InputError, UsageError
from irjax.files import held
from irjax.models.cnn import CNN
from irjax.spectra.grid import INFRARED
from irjax.tasks.groups import Groups

TINY = Config(
    model=CNN(filters=4, kernel_size=5, dense_nodes=16, dense_layers=1, dropout=0.2),
    optimizer=Optimizer(epochs=(2, 1), learning_rates=(1e-3, 1e-4), batch_size=16),
)


EITHER_DRIVER = pytest.mark.parametrize(
    "whole", [False, True], indirect=True, ids=["step by step", "whole epochs"], scope="module"
)
"""Where it may matter what trains; the other tests look at runs that were trained step by step."""


@pytest.fixture(scope="module")
def whole(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether runs are trained by whole epochs, as accelerators do it."""
    with pytest.MonkeyPatch.context() as patch:
        wanted = getattr(request, "param", False)
        patch.setattr("irjax.engine.fit.whole_epochs", lambda: wanted)
        yield wanted


@pytest.fixture(scope="module")
def finished(whole: bool, small_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = start_or_resume(tmp_path_factory.mktemp("runs") / "tiny", TINY, small_dataset)
    train([run], small_dataset, run.path)
    return run.path


@EITHER_DRIVER
def test_a_run_alone_suffices_to_predict(finished: Path, small_dataset: Dataset, tmp_path: Path) -> None:
    copy = tmp_path / "moved"
    shutil.copytree(finished, copy, ignore=shutil.ignore_patterns("checkpoints", "tensorboard"))
    probabilities = load(copy).probabilities(small_dataset.values[:5])
    np.testing.assert_array_equal(probabilities, load(finished).probabilities(small_dataset.values[:5]))
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    record = json.loads((finished / "config.json").read_text())
    assert config_from_dict(record["config"]) == TINY
    assert {"vocabulary", "grid", "versions", "dataset"} <= set(record)
    assert len((finished / "history.jsonl").read_text().splitlines()) == 3
    assert not list(finished.rglob("*.pkl"))
    assert list((finished / "tensorboard").glob("events*"))


@EITHER_DRIVER
def test_an_interrupted_run_ends_in_the_same_weights(
    finished: Path, small_dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As if killed in the second epoch: only the first checkpoint is there."""
    run = start_or_resume(tmp_path / "again", TINY, small_dataset)
    short = replace(TINY, optimizer=replace(TINY.optimizer, epochs=(1,), learning_rates=(1e-3,)))
    train([replace(run, config=short)], small_dataset, run.path)
    for name in ("weights.safetensors", "answering.json"):
        (run.path / name).unlink()
    train([start_or_resume(run.path, TINY, small_dataset)], small_dataset, run.path)
    assert "goes on after epoch 1" in capsys.readouterr().err
    assert (run.path / "weights.safetensors").read_bytes() == (finished / "weights.safetensors").read_bytes()


def unfinished(finished: Path, copy: Path) -> Run:
    """A run that has its checkpoints and nothing of what comes after them."""
    run = open_run(shutil.copytree(finished, copy))
    for written in ("weights.safetensors", "answering.json"):
        (run.path / written).unlink()
    return run


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("state/manifest.ocdbt", ""),
        ("state/_METADATA", ""),
        ("history/metadata", ""),
        ("history/metadata", "null"),
        ("history/metadata", '{"epochs": [[3]]}'),
    ],
)
def test_a_damaged_checkpoint_is_named(
    name: str, content: str, finished: Path, small_dataset: Dataset, tmp_path: Path
) -> None:
    run = unfinished(finished, tmp_path / "run")
    (run.path / "checkpoints/3" / name).write_text(content)
    with pytest.raises(InputError, match=r"checkpoints/3: damaged checkpoint .*delete it to go on"):
        train([run], small_dataset, run.path)


@EITHER_DRIVER
def test_a_flipped_bit_is_noticed(finished: Path, small_dataset: Dataset, tmp_path: Path) -> None:
    noticed = []
    for number, share in enumerate(np.linspace(0.1, 0.9, 5)):
        run = unfinished(finished, tmp_path / f"run{number}")
        largest = max((run.path / "checkpoints/3/state").rglob("d/*"), key=lambda file: file.stat().st_size)
        content = bytearray(largest.read_bytes())
        content[int(share * len(content))] ^= 4
        largest.write_bytes(content)
        try:
            train([run], small_dataset, run.path)
        except InputError as error:
            noticed.append("checkpoints/3: damaged checkpoint" in str(error))
        else:
            assert (run.path / "weights.safetensors").read_bytes() == (finished / "weights.safetensors").read_bytes()
    assert len(noticed) >= 3
    assert all(noticed)


@pytest.mark.parametrize("content", ["[]", "[" * 100_000])
def test_a_damaged_description_of_a_checkpoint_is_named(
    content: str, finished: Path, small_dataset: Dataset, tmp_path: Path
) -> None:
    run = unfinished(finished, tmp_path / "run")
    (run.path / "checkpoints/2/_CHECKPOINT_METADATA").write_text(content)
    with pytest.raises(InputError, match=r"checkpoints: one of the checkpoints is damaged .*_CHECKPOINT_METADATA"):
        train([run], small_dataset, run.path)


@pytest.mark.parametrize("name", ["3/state/d/*", "2/_CHECKPOINT_METADATA"])
def test_a_pipe_in_a_checkpoint_is_not_waited_for(
    name: str, finished: Path, small_dataset: Dataset, tmp_path: Path
) -> None:
    run = unfinished(finished, tmp_path / "run")
    part = next(path for path in (run.path / "checkpoints").glob(name) if path.is_file())
    part.unlink()
    os.mkfifo(part)
    with pytest.raises(InputError, match=rf"checkpoints/{name[0]}: damaged checkpoint .*not a regular file"):
        train([run], small_dataset, run.path)


def test_a_run_is_trained_by_one_process_at_a_time(small_dataset: Dataset, tmp_path: Path) -> None:
    run = start_or_resume(tmp_path / "run", TINY, small_dataset)
    with held(run.path), pytest.raises(InputError, match="in use by process"):
        train([run], small_dataset, run.path)
    assert not (run.path / "checkpoints").exists()


def test_figures_of_validation_that_are_no_numbers_end_a_training(
    small_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_or_resume(tmp_path / "run", TINY, small_dataset)
    monkeypatch.setattr(Groups, "validated", lambda *_: {"validation_loss": float("nan")})
    with pytest.raises(DivergedError, match="after epoch 1 weights or validation outputs are not finite"):
        train([run], small_dataset, run.path)
    assert not open_run(run.path).finished


def test_weights_that_are_no_numbers_are_found_in_each_network() -> None:
    weights = {"a": jnp.ones((3, 2)), "b": jnp.array([[1.0], [jnp.nan], [jnp.inf]])}
    assert _finite(weights).tolist() == [True, False, False]


def test_weights_that_are_no_numbers_are_refused(finished: Path, tmp_path: Path) -> None:
    run = open_run(shutil.copytree(finished, tmp_path / "run"))
    answering = json.loads(run.answering.read_text())
    variables = jax.tree.map(lambda leaf: np.full_like(leaf, np.nan), read_weights(run))
    write_answering(run, answering | {"weights": write_weights(run, variables)})
    with pytest.raises(InputError, match=r"damaged weights \(some are no numbers"):
        load(run.path)


def test_another_config_or_dataset_is_refused(finished: Path, small_dataset: Dataset) -> None:
    with pytest.raises(InputError, match=r"model\.dropout is 0\.2, asked for 0\.3"):
        start_or_resume(finished, replace(TINY, model=replace(TINY.model, dropout=0.3)), small_dataset)
    other = replace(
        small_dataset,
        manifest=small_dataset.manifest | {"checksums": dict.fromkeys(small_dataset.manifest["checksums"], "0")},
    )
    with pytest.raises(InputError, match="dataset was another"):
        start_or_resume(finished, TINY, other)


def test_a_foreign_directory_is_refused(small_dataset: Dataset, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="not a run"):
        start_or_resume(tmp_path, TINY, small_dataset)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_run_whose_checkpoints_no_library_could_name_is_not_begun(small_dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no UTF-8"):
        start_or_resume(os.fsdecode(bytes(tmp_path) + b"/caf\xe9"), TINY, small_dataset)
    assert not list(tmp_path.iterdir())


def test_a_diverging_run_names_step_rate_and_batch(small_dataset: Dataset, tmp_path: Path) -> None:
    wild = replace(TINY, optimizer=Optimizer(epochs=(3,), learning_rates=(1e30,), batch_size=16))
    run = start_or_resume(tmp_path / "wild", wild, small_dataset)
    with pytest.raises(DivergedError, match=r"step \d+ \(epoch \d+\), learning rate 1e\+30, on the batch of .+csv"):
        train([run], small_dataset, run.path)
    assert not run.finished
    with pytest.raises(InputError, match="not trained to its end"):
        load(run.path)


def test_final_fit_trains_on_all_folds_with_one_half(small_dataset: Dataset, tmp_path: Path) -> None:
    final = replace(TINY, split=Split(validation_fold=None), optimizer=replace(TINY.optimizer, epochs=(1, 1)))
    run = start_or_resume(tmp_path / "final", final, small_dataset)
    train([run], small_dataset, run.path)
    assert set(load(run.path).thresholds) == {0.5}


def test_evaluation_leaves_out_trained_molecules(finished: Path, small_dataset: Dataset) -> None:
    predictor = load(finished)
    test, everything = (evaluate(predictor, small_dataset, part).figures for part in ("test", "all"))
    trained = len(predictor.run.split.part(small_dataset, "train", 0))
    assert everything["n"] == len(small_dataset) - trained
    assert everything["left_out"] == trained
    assert evaluate(predictor, small_dataset, "all", include_training=True).figures["n"] == len(small_dataset)
    assert evaluate(predictor, small_dataset, "train").figures["n"] == trained
    assert set(test["overall"]) >= {"f1_macro", "f1_micro", "f1_macro_at_half", "average_precision_macro", "ece"}
    assert set(test["groups"]) == set(predictor.run.names)
    assert json.loads(json.dumps(test, allow_nan=False)) == test
    assert evaluate_baseline(predictor.run, small_dataset, "test", "logistic-regression", "pooled")["n"] == test["n"]


def test_nothing_left_to_judge_is_said(finished: Path, small_dataset: Dataset) -> None:
    own = load(finished).run.split.part(small_dataset, "train", 0)[:4]
    part = replace(
        small_dataset,
        values=small_dataset.values[own],
        rows={name: column[own] for name, column in small_dataset.rows.items()},
    )
    with pytest.raises(UsageError, match="include-training"):
        evaluate(load(finished), part, "all")


def test_groups_without_training_positives_are_uncertain(finished: Path, small_dataset: Dataset) -> None:
    predictor = load(finished)
    own = predictor.run.split.part(small_dataset, "train", 0)
    unseen = small_dataset.labels("irjax37")[own].sum(axis=0) == 0
    answers = predictor.record(predictor.probabilities(small_dataset.values[:1])[0])["groups"]
    assert unseen.any()
    assert {group["answer"] for group, never in zip(answers, unseen, strict=True) if never} == {"uncertain"}


@pytest.mark.parametrize("name", ["config.json", "split.json", "answering.json", "weights.safetensors"])
def test_a_damaged_run_is_refused_clearly(name: str, finished: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(finished, copy)
    (copy / name).write_bytes((copy / name).read_bytes()[:100])
    with pytest.raises(InputError, match=r"damaged|not a split"):
        load(copy)


def test_parts_of_unequal_size_are_stacked_with_padding() -> None:
    parts = [
        TrainingData(
            values=jnp.ones((n, 600)),
            measured=jnp.ones((n, 600), bool),
            targets=jnp.ones((n, 3), jnp.uint8),
            loss_weights=jnp.ones(3),
            auxiliary=jnp.zeros((n, 0), jnp.uint8),
            siblings=jnp.zeros((n, most), jnp.int32),
            steps_per_epoch=jnp.int32(n),
        )
        for n, most in ((5, 1), (4, 3))
    ]
    found = stacked(parts)
    assert found.values.shape == (2, 5, 600)
    assert found.targets[1].sum(axis=1).tolist() == [3, 3, 3, 3, 0]
    assert found.steps_per_epoch.tolist() == [5, 4]
    assert found.siblings[0].tolist() == [[0, -1, -1]] * 5
    assert found.siblings[1].tolist() == [[0, 0, 0]] * 4 + [[-1, -1, -1]]


def test_weights_round_trip(finished: Path) -> None:
    tree = read_weights(open_run(finished))
    assert set(tree) == {"params", "batch_stats"}
    assert tree["params"]["Conv_0"]["kernel"].shape == (5, 1, 4)


@pytest.mark.parametrize(
    "senseless",
    [
        lambda: CNN(dropout=0.1, dense_layers=-1),
        lambda: CNN(activation="step"),  # pyright: ignore[reportArgumentType]
        lambda: Optimizer(batch_size=0),
        lambda: Optimizer(epochs=(1, 2)),
        lambda: Optimizer(average=1.0),
        lambda: Split(validation_fold=4),
        lambda: Groups("mine"),
        lambda: CNN(convolutions=11).build(3, INFRARED),
        lambda: replace(TINY, optimizer=Optimizer("plateau"), split=Split(validation_fold=None)),
    ],
)
def test_senseless_configs_are_wrong_usage(senseless: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        senseless()


@pytest.mark.parametrize("text", ["", "config = 3", "config =", "import nowhere_to_be_found", "1 / 0"])
def test_config_files_without_a_config(text: str, tmp_path: Path) -> None:
    (tmp_path / "c.py").write_text(text)
    with pytest.raises(InputError, match=r"c\.py"):
        load_config(tmp_path / "c.py")
