"""A run of format 1 (made at commit bc2af45 of 160 bundled spectra) answers as it did."""

import json
import shutil
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from irjax.answers.judge import evaluate
from irjax.answers.predictor import load
from irjax.data.computed import broadened, computed_spectra
from irjax.data.dataset import Dataset
from irjax.engine.fit import train
from irjax.engine.outcome import read_validation
from irjax.engine.run import open_run
from irjax.errors import InputError
from irjax.spectra.resample import resample
from irjax.tasks.groups import Groups

OLD = Path(__file__).resolve().parents[1] / "fixtures" / "run-format-1"


def test_it_answers_as_it_did() -> None:
    predictor = load(OLD)
    spectra = np.stack([resample(broadened(molecule)) for molecule in islice(computed_spectra(), 3)])
    for found, wanted in zip(
        predictor.probabilities(spectra), json.loads((OLD / "answers.json").read_text()), strict=True
    ):
        for group, answer in zip(wanted, predictor.record(found)["groups"], strict=True):
            assert (answer["name"], answer["answer"]) == (group["name"], group["answer"])
            assert answer["probability"] == pytest.approx(group["probability"], abs=1e-6)


def test_its_config_is_that_of_today_and_it_says_what_it_cannot_vouch_for() -> None:
    run = open_run(OLD)
    assert run.config.task == Groups("irjax37", balance=0.25)
    assert "does not say by which patterns" in run.warning
    assert not run.altered


def test_its_validation_is_read_as_outputs(small_dataset: Dataset) -> None:
    run = open_run(OLD)
    rows = run.split.part(small_dataset, "validation", 0)
    np.testing.assert_allclose(read_validation(run), load(OLD).outputs(small_dataset.values[rows]), atol=1e-3)


def test_it_is_judged_on_todays_dataset(small_dataset: Dataset) -> None:
    assert evaluate(load(OLD), small_dataset, "test").figures["n"] > 30


def test_only_the_irjax_that_began_it_goes_on_with_it(small_dataset: Dataset, tmp_path: Path) -> None:
    shutil.copytree(OLD, tmp_path / "run")
    (tmp_path / "run" / "thresholds.json").unlink()
    with pytest.raises(InputError, match="an older irjax began to train it"):
        train([open_run(tmp_path / "run")], small_dataset, tmp_path / "run")
