"""A run and a dataset are what they say: altered bytes, other grids and other patterns are refused."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from irjax.answers.judge import evaluate
from irjax.answers.predictor import load
from irjax.chemistry import groups
from irjax.data.dataset import Dataset, open_dataset
from irjax.engine.config import Config, Optimizer
from irjax.engine.fit import start_or_resume, train
from irjax.engine.run import open_run
from irjax.errors import InputError
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


def test_a_dataset_on_another_grid_is_refused(finished: Path, small_dataset: Dataset) -> None:
    other = replace(small_dataset, grid=Grid(400.0, 4000.0, 599))
    wanted = r"599 points from 400 to 4000 cm-1; .* learned 600 points"
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
    assert "by other patterns than today's" in load(finished).warnings[0]
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


def test_a_search_is_no_run_and_a_trial_without_weights_says_why(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "trial")
    (tmp_path / "trial" / "weights.safetensors").unlink()
    with pytest.raises(InputError, match=r"its weights are gone; a trial of a search .* best\.py"):
        load(tmp_path / "trial")
    (tmp_path / "search.json").write_text("{}")
    with pytest.raises(InputError, match=r"a search, not a run; .*best\.py"):
        load(tmp_path)
