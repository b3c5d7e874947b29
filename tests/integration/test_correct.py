"""Corrected datasets: what they keep, and that a network is asked about spectra corrected as those it learned."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from irjax.answers.files import predict_files
from irjax.answers.judge import evaluate
from irjax.answers.predictor import Predictor, load
from irjax.cli import main
from irjax.data.dataset import Dataset, open_dataset
from irjax.data.demo import drawn_acetone
from irjax.data.synthetic import drawn_spec, write_synthetic
from irjax.engine.config import Config, Optimizer
from irjax.engine.fit import start_or_resume, train
from irjax.engine.outcome import write_answering
from irjax.engine.run import WEIGHTS, open_run
from irjax.errors import InputError
from irjax.models.cnn import CNN
from irjax.models.heights import Heights
from irjax.spectra.correction import EMSC, ORDERS, POLYNOMIAL, upright
from irjax.spectra.grid import INFRARED
from irjax.tasks.classes import Classes

pytest.importorskip("pybaselines", reason="pip install irjax[correct]")
pytest.importorskip("chemotools", reason="pip install irjax[correct]")

TINY = Config(
    model=CNN(filters=4, kernel_size=5, dense_nodes=16, dense_layers=1),
    optimizer=Optimizer(epochs=(1,), learning_rates=(1e-3,), batch_size=16),
)


@pytest.fixture(scope="module")
def corrected(small_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Dataset]:
    """The small dataset by each method."""
    place, data = tmp_path_factory.mktemp("corrected"), str(small_dataset.path)
    for method in ORDERS:
        assert main(["correct", str(place / method), "--data", data, "--method", method]) == 0
    return {method: open_dataset(place / method) for method in ORDERS}


@pytest.fixture(scope="module")
def predictors(
    small_dataset: Dataset, corrected: dict[str, Dataset], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Predictor]:
    """A network for each dataset and for the one they were made of: all have the weights of a single short training."""
    place, found = tmp_path_factory.mktemp("runs"), {}
    for name, dataset in {"none": small_dataset, **corrected}.items():
        run = start_or_resume(place / name, TINY, dataset)
        if name == "none":
            train([run], dataset, run.path)
        else:
            shutil.copy(place / "none" / WEIGHTS, run.path)
            write_answering(run, json.loads((place / "none" / run.answering.name).read_text()))
        found[name] = load(run.path)
    return found


def written(folder: Path, dataset: Dataset, at: int) -> Path:
    """A spectrum of a dataset as a file of its grid's points."""
    path, name = folder / f"{at}.csv", "wavenumber,transmittance" if dataset.grid == INFRARED else "point,intensity"
    pairs = zip(dataset.grid.values.tolist(), dataset.values[at].tolist(), strict=True)
    path.write_text(f"{name}\n" + "".join(f"{x:.6f},{y:.9g}\n" for x, y in pairs if np.isfinite(y)))
    return path


@pytest.mark.parametrize("method", ORDERS)
def test_all_but_the_spectra_stays(method: str, small_dataset: Dataset, corrected: dict[str, Dataset]) -> None:
    found = corrected[method]
    with (found.path / "curation.csv").open(newline="") as file:
        verdicts = {row["file"]: row["reason"] for row in csv.DictReader(file)}
    kept = np.array([not verdicts[file] for file in small_dataset.rows["file"]])
    assert list(verdicts) == list(small_dataset.rows["file"])
    assert kept.all() if method == POLYNOMIAL else 0.7 < kept.mean() < 1
    assert all("nothing of the mean spectrum" in reason for reason in verdicts.values() if reason)
    assert list(found.rows) == list(small_dataset.rows)
    for name, column in small_dataset.rows.items():
        np.testing.assert_array_equal(found.rows[name], column[kept])
    np.testing.assert_array_equal(found.labels("irjax37"), small_dataset.labels("irjax37")[kept])
    assert (found.grid, found.technique) == (small_dataset.grid, "infrared")
    assert found.correction is not None
    assert (found.correction.method, found.correction.order) == (method, ORDERS[method])
    assert np.abs(found.values - small_dataset.values[kept]).max() > 1e-3


def test_the_reference_is_the_mean_absorbance(small_dataset: Dataset, corrected: dict[str, Dataset]) -> None:
    found = corrected[EMSC].correction
    assert found is not None
    np.testing.assert_allclose(found.reference, upright(small_dataset.values, INFRARED).mean(axis=0), atol=1e-9)


@pytest.mark.parametrize("method", ORDERS)
def test_a_file_is_corrected_as_the_rows_were(
    method: str,
    small_dataset: Dataset,
    corrected: dict[str, Dataset],
    predictors: dict[str, Predictor],
    tmp_path: Path,
) -> None:
    dataset, predictor = corrected[method], predictors[method]
    assert open_run(predictor.run.path).correction == dataset.correction
    at = 5
    same = list(small_dataset.rows["file"]).index(dataset.rows["file"][at])
    file = written(tmp_path, small_dataset, same)
    expected = predictor.probabilities(dataset.values[[at]])[0]
    [record] = predict_files(predictor, [str(file)])
    np.testing.assert_allclose([group["probability"] for group in record["groups"]], expected, atol=1e-5)
    explanation = predictor.explain(file, reference=dataset.path)
    np.testing.assert_allclose(explanation.row, dataset.values[at], rtol=1e-4, atol=1e-5)
    assert explanation.similar[0].similarity == pytest.approx(1, abs=1e-4)
    plain = predictor.probabilities(small_dataset.values[[same]])[0]
    assert np.abs(plain - expected).max() > 1e-4  # or the correction made no difference


def test_spectra_of_another_correction_are_refused(
    small_dataset: Dataset, corrected: dict[str, Dataset], predictors: dict[str, Predictor]
) -> None:
    with pytest.raises(InputError, match=r"its spectra are not corrected, those that .* learned corrected by emsc"):
        evaluate(predictors[EMSC], small_dataset, "test")
    with pytest.raises(InputError, match=r"are corrected by emsc of order 2, those that .* learned not corrected"):
        evaluate(predictors["none"], corrected[EMSC], "test")
    with pytest.raises(InputError, match=r"are corrected by emsc of order 2, those .* learned corrected by polynomial"):
        predictors[POLYNOMIAL].explain(drawn_acetone(), reference=corrected[EMSC])
    assert evaluate(predictors[EMSC], corrected[EMSC], "test").figures["n"] > 0


def test_a_file_that_cannot_be_corrected_fails_alone(
    small_dataset: Dataset, predictors: dict[str, Predictor], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = written(tmp_path, small_dataset, 5)
    upside_down = replace(small_dataset, values=1.2 - small_dataset.values)
    bad = written(tmp_path, upside_down, 6)
    words = ["predict", str(bad), str(good), "--run", str(predictors[EMSC].run.path), "--format", "json"]
    assert main(words) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert first["error"].startswith(f"{bad}: cannot be corrected by emsc")
    assert "groups" in second


def test_patterns_of_other_techniques_are_corrected_too(tmp_path: Path) -> None:
    dataset = write_synthetic(tmp_path / "data", drawn_spec(1, 3, 400), 0, {"command": "tests"})
    words = ["correct", str(tmp_path / "corrected"), "--data", str(dataset.path), "--method", POLYNOMIAL]
    assert main([*words, "--order", "2"]) == 0
    found = open_dataset(tmp_path / "corrected")
    assert found.manifest["classes"] == dataset.manifest["classes"]
    np.testing.assert_array_equal(found.rows["part"], dataset.rows["part"])
    model = Heights(pooling=8, units=(4,), filters=4, dropout=0.0)
    run = start_or_resume(tmp_path / "run", replace(TINY, model=model, task=Classes()), found)
    train([run], found, run.path)
    predictor = load(run.path)
    [record] = predict_files(predictor, [str(written(tmp_path, dataset, 3))])
    expected = np.sort(predictor.probabilities(found.values[[3]])[0])[::-1]
    np.testing.assert_allclose([one["probability"] for one in record["classes"]], expected, atol=1e-5)


def test_what_makes_no_sense_is_refused(
    small_dataset: Dataset, corrected: dict[str, Dataset], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(out: Path, data: Path, *more: str) -> tuple[int, str]:
        return main(["correct", str(out), "--data", str(data), *more]), capsys.readouterr().err

    polynomial = ("--method", POLYNOMIAL)
    status, said = refused(tmp_path / "out", corrected[EMSC].path, *polynomial)
    assert status == 1
    assert "corrected by emsc of order 2 already" in said
    status, said = refused(tmp_path / "out", small_dataset.path, *polynomial, "--order", "11")
    assert status == 2
    assert "order lies from 0 to 10" in said
    status, said = refused(corrected[EMSC].path, small_dataset.path, *polynomial)
    assert status == 1
    assert "--force replaces it" in said
    status, said = refused(small_dataset.path, small_dataset.path, *polynomial, "--force")
    assert status == 2
    assert "would replace the one it is made of" in said
    assert not list(tmp_path.iterdir())
