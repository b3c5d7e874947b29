"""Several runs as one: the mean of their networks, answers fitted to the mean of what they held out."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import irjax.engine.blend
from irjax.answers.judge import evaluate
from irjax.answers.predictor import load
from irjax.data.dataset import Dataset
from irjax.engine.blend import blend
from irjax.engine.config import Config, Optimizer, Split
from irjax.engine.fit import start_or_resume, train
from irjax.engine.outcome import read_validation
from irjax.engine.run import WEIGHTS, Run, open_run
from irjax.errors import InputError, UsageError
from irjax.models.blend import Blend
from irjax.models.cnn import CNN
from irjax.models.reader import Reader

PLAIN = Config(
    model=CNN(filters=4, kernel_size=5, dense_nodes=16, dense_layers=1),
    optimizer=Optimizer(epochs=(1,), learning_rates=(1e-3,), batch_size=16),
)
OTHER = replace(PLAIN, model=Reader(stride=1, stem=4, widths=(8, 8), narrow=4, dense=8, attention=1, heads=2), seed=1)


def trained(config: Config, dataset: Dataset, path: Path) -> Run:
    run = start_or_resume(path, config, dataset)
    train([run], dataset, run.path)
    return open_run(path)


@pytest.fixture(scope="module")
def two(small_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    home = tmp_path_factory.mktemp("two")
    return [trained(config, small_dataset, home / name) for name, config in (("cnn", PLAIN), ("reader", OTHER))]


def test_a_blend_answers_with_the_mean(two: list[Run], small_dataset: Dataset, tmp_path: Path) -> None:
    made = blend(tmp_path / "both", two, small_dataset)
    assert open_run(made.path).config.model == Blend((PLAIN.model, OTHER.model))
    said = [load(run.path).outputs(small_dataset.values[:9]) for run in two]
    np.testing.assert_allclose(load(made.path).outputs(small_dataset.values[:9]), np.mean(said, axis=0), atol=1e-5)
    np.testing.assert_allclose(read_validation(made), np.mean([read_validation(run) for run in two], axis=0))
    assert evaluate(load(made.path), small_dataset, "test").figures["n"] > 20


def test_what_began_with_other_weights_is_blended_without_them(
    two: list[Run], small_dataset: Dataset, tmp_path: Path
) -> None:
    first = tmp_path / "first"
    shutil.copytree(two[0].path, first)
    started = trained(replace(PLAIN, start=str(first)), small_dataset, tmp_path / "started")
    shutil.rmtree(first)
    assert blend(tmp_path / "both", [started, started], small_dataset).config.start == ""


def test_runs_that_do_not_belong_together_are_refused(two: list[Run], small_dataset: Dataset, tmp_path: Path) -> None:
    elsewhere = replace(PLAIN, split=Split(seed=7))
    strange = trained(elsewhere, small_dataset, tmp_path / "strange")
    with pytest.raises(UsageError, match="another split"):
        blend(tmp_path / "no", [two[0], strange], small_dataset)
    assert not (tmp_path / "no").exists()
    final = trained(replace(PLAIN, split=Split(validation_fold=None)), small_dataset, tmp_path / "final")
    with pytest.raises(UsageError, match="held out nothing"):
        blend(tmp_path / "no", [final], small_dataset)
    assert not (tmp_path / "no").exists()
    with pytest.raises(InputError, match="a run is there already"):
        blend(final.path, two, small_dataset)


def test_a_run_that_is_not_finished_leaves_nothing_behind(
    two: list[Run], small_dataset: Dataset, tmp_path: Path
) -> None:
    unfinished = open_run(shutil.copytree(two[1].path, tmp_path / "unfinished"))
    (unfinished.path / WEIGHTS).unlink()
    with pytest.raises(InputError, match="its weights are gone"):
        blend(tmp_path / "no", [two[0], unfinished], small_dataset)
    assert not (tmp_path / "no").exists()


def test_a_blend_that_is_interrupted_leaves_nothing_behind(
    two: list[Run], small_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(irjax.engine.blend, "write_answering", interrupted)
    with pytest.raises(KeyboardInterrupt):
        blend(tmp_path / "both", two, small_dataset)
    assert list(tmp_path.iterdir()) == []
