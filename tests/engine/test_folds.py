"""Four folds: one by one and by one program, their out-of-fold predictions, and the final fit."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from irjax.answers.judge import evaluate, fold_figures
from irjax.answers.predictor import load
from irjax.commands.train import run_training
from irjax.data.dataset import Dataset
from irjax.engine.blend import blend
from irjax.engine.config import Config, Optimizer, Split
from irjax.engine.fit import start_or_resume, train
from irjax.engine.folds import CrossValidation, folds_of, start_folds, train_folds
from irjax.engine.outcome import read_history, read_validation
from irjax.engine.run import open_run
from irjax.errors import InputError, UsageError
from irjax.evaluation.calibration import best_expected_f1_thresholds, fit_calibration
from irjax.models.cnn import CNN
from irjax.study.trainings import answers

TINY = Config(
    model=CNN(filters=4, kernel_size=5, dense_nodes=16, dense_layers=1, dropout=0.0),
    optimizer=Optimizer(epochs=(2,), learning_rates=(1e-3,), batch_size=16),
)


@pytest.fixture(scope="module")
def one_by_one(small_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> CrossValidation:
    cross = start_folds(tmp_path_factory.mktemp("folds") / "run", TINY, small_dataset)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("irjax.engine.folds.side_by_side_is_better", lambda runs, home: False)
        train_folds(cross, small_dataset)
    return cross


def test_every_spectrum_of_the_folds_is_predicted_by_the_network_that_has_not_seen_it(
    one_by_one: CrossValidation, small_dataset: Dataset
) -> None:
    rows, found = one_by_one.out_of_fold(small_dataset)
    assert sorted(rows) == sorted(one_by_one.final.split.part(small_dataset, "train", None))
    for fold, run in enumerate(one_by_one.folds):
        held_out = one_by_one.rows(small_dataset, fold)
        assert not set(held_out) & set(run.split.part(small_dataset, "train", fold))
        np.testing.assert_allclose(
            expit(load(run.path).outputs(small_dataset.values[held_out])), expit(read_validation(run)), atol=1e-6
        )
    assert found.shape == (len(rows), 37)


def test_a_study_can_take_outputs_at_their_word(one_by_one: CrossValidation, small_dataset: Dataset) -> None:
    plain = answers(one_by_one.final, small_dataset.values[:5], calibrated=False)
    outputs = load(one_by_one.final.path).outputs(small_dataset.values[:5])
    np.testing.assert_allclose(plain.probabilities, expit(outputs))
    assert set(plain.thresholds) == {0.5}
    assert not np.allclose(answers(one_by_one.final, small_dataset.values[:5]).probabilities, plain.probabilities)


def test_the_final_fit_has_the_thresholds_of_the_out_of_fold_predictions(
    one_by_one: CrossValidation, small_dataset: Dataset
) -> None:
    rows, found = one_by_one.out_of_fold(small_dataset)
    labels = small_dataset.labels("irjax37")[rows]
    calibration = fit_calibration(found, labels)
    predictor = load(one_by_one.final.path)
    np.testing.assert_allclose(predictor.thresholds, best_expected_f1_thresholds(calibration(found), labels))
    outputs = predictor.outputs(small_dataset.values[:5])
    np.testing.assert_allclose(predictor.probabilities(small_dataset.values[:5]), calibration(outputs), rtol=1e-6)
    assert "out-of-fold" in (one_by_one.final.path / "answering.json").read_text()


@pytest.mark.parametrize("whole", [False, True])
def test_one_program_gives_the_numbers_of_fold_by_fold(
    whole: bool,
    one_by_one: CrossValidation,
    small_dataset: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Losses to 1e-5. Outputs agree less: Adam scales gradients that are nothing but rounding to its whole rate."""
    together = start_folds(tmp_path / "run", TINY, small_dataset)
    monkeypatch.setattr("irjax.engine.folds.side_by_side_is_better", lambda runs, home: True)
    monkeypatch.setattr("irjax.engine.fit.whole_epochs", lambda: whole)
    train_folds(together, small_dataset)
    for alone, beside in zip(one_by_one.folds, together.folds, strict=True):
        first, second = read_history(alone), read_history(beside)
        assert [epoch["loss"] for epoch in second] == pytest.approx([epoch["loss"] for epoch in first], rel=1e-5)
        assert [epoch["learning_rate"] for epoch in second] == [epoch["learning_rate"] for epoch in first]
    assert together.final.finished


def test_folds_whose_validation_stands_still_end_one_by_one(small_dataset: Dataset, tmp_path: Path) -> None:
    wanted = Optimizer("plateau", epochs=(25,), learning_rates=(3e-2,), batch_size=16, patience=1, stop_after=1)
    together = [
        start_or_resume(
            tmp_path / str(fold), replace(TINY, optimizer=wanted, split=Split(validation_fold=fold)), small_dataset
        )
        for fold in range(3)
    ]
    train(together, small_dataset, tmp_path)
    epochs = {len(read_history(run)) for run in together}
    assert len(epochs) > 1, "all folds ended at once: nothing was tested"
    for run in together:
        losses = [record["validation_loss"] for record in read_history(run)]
        assert len(losses) == 25 or losses[-1] >= losses[-2]
        assert np.isfinite(read_validation(run)).all()


def test_each_fold_is_judged_on_itself(one_by_one: CrossValidation, small_dataset: Dataset) -> None:
    figures = fold_figures(one_by_one, small_dataset)
    assert [each["n"] for each in figures] == [len(one_by_one.rows(small_dataset, fold)) for fold in range(4)]


@pytest.mark.parametrize("flag", ["--split.folds", "--split.validation-fold=1", "--split.validation_fold"])
def test_folds_are_told_once(flag: str, small_dataset: Dataset, tmp_path: Path) -> None:
    overrides = [flag] if "=" in flag else [flag, "2"]
    with pytest.raises(UsageError, match=r"leave --split\.folds out"):
        run_training(Path("configs/demo.py"), small_dataset.path, tmp_path / "run", 2, overrides)
    assert not (tmp_path / "run").exists()


def test_more_folds_than_molecules_are_refused(small_dataset: Dataset, tmp_path: Path) -> None:
    for folds, message in ((5000, "cannot be split into 5001 parts"), (1, r"split\.folds must be 2 or more")):
        with pytest.raises(UsageError, match=message):
            run_training(Path("configs/demo.py"), small_dataset.path, tmp_path / "run", folds, [])
        assert not (tmp_path / "run").exists()


def test_without_a_test_part_a_run_is_judged_by_its_folds_networks(small_dataset: Dataset, tmp_path: Path) -> None:
    cross = start_folds(tmp_path / "run", replace(TINY, split=Split(folds=2, test=False)), small_dataset)
    train_folds(cross, small_dataset)
    judged = evaluate(load(cross.final.path), small_dataset, "test")
    rows, outputs = cross.out_of_fold(small_dataset)
    assert judged.figures["part"] == "out-of-fold"
    assert sorted(judged.rows) == list(range(len(small_dataset)))
    np.testing.assert_array_equal(judged.rows, rows)
    np.testing.assert_allclose(judged.probabilities, load(cross.final.path).answering.calibration(outputs))
    both = blend(tmp_path / "blend", [cross.final, cross.final], small_dataset)
    again = evaluate(load(both.path), small_dataset, "test")
    assert again.figures["part"] == "out-of-fold"
    np.testing.assert_allclose(again.probabilities, judged.probabilities, rtol=1e-4)
    checksums = {"transmittance.npy": "another", "spectra.csv": "one"}
    other = replace(small_dataset, manifest=small_dataset.manifest | {"checksums": checksums})
    with pytest.raises(UsageError, match="nothing is left to judge"):
        evaluate(load(cross.final.path), other, "test")


def test_folds_after_a_final_fit_fit_its_answers(small_dataset: Dataset, tmp_path: Path) -> None:
    config = replace(TINY, split=Split(folds=2), optimizer=replace(TINY.optimizer, epochs=(1,)))
    alone = start_or_resume(
        tmp_path / "run", replace(config, split=replace(config.split, validation_fold=None)), small_dataset
    )
    train([alone], small_dataset, alone.path)
    before = (alone.path / "weights.safetensors").read_bytes()
    cross = start_folds(tmp_path / "run", config, small_dataset)
    train_folds(cross, small_dataset)
    assert len(cross.folds) == 2, "as few as there may be"
    assert load(cross.final.path).probabilities(small_dataset.values[:2]).shape == (2, 37)
    assert json.loads(cross.final.answering.read_text())["fitted_on"] == "out-of-fold predictions"
    assert (alone.path / "weights.safetensors").read_bytes() == before


def test_a_run_of_one_fold_without_a_test_part_is_judged_on_that_fold(small_dataset: Dataset, tmp_path: Path) -> None:
    config = replace(TINY, split=Split(folds=2, test=False), optimizer=replace(TINY.optimizer, epochs=(1,)))
    run = start_or_resume(tmp_path / "run", config, small_dataset)
    train([run], small_dataset, run.path)
    judged = evaluate(load(run.path), small_dataset, "test")
    np.testing.assert_array_equal(judged.rows, run.split.part(small_dataset, "validation", 0))


def test_what_folds_said_belongs_to_their_own_dataset_and_to_all_of_them(
    one_by_one: CrossValidation, small_dataset: Dataset, tmp_path: Path
) -> None:
    checksums = {"transmittance.npy": "another", "spectra.csv": "one"}
    other = replace(small_dataset, manifest=small_dataset.manifest | {"checksums": checksums})
    with pytest.raises(InputError, match=r"not the dataset that .* was trained on"):
        fold_figures(one_by_one, other)
    run = shutil.copytree(one_by_one.final.path, tmp_path / "run")
    (run / "folds" / "fold-0.bak").mkdir()
    assert folds_of(open_run(run)) is not None
    (run / "folds" / "fold-0").rename(run / "fold-0")
    with pytest.raises(InputError, match="its fold-0 is gone"):
        folds_of(open_run(run))
