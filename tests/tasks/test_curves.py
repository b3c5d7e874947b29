"""A spectrum as output: losses, and from a dataset to a run that is judged and answers."""

import json
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.spatial.distance
import scipy.special
import scipy.stats

from irjax.answers.judge import evaluate
from irjax.answers.predictor import load
from irjax.cli import main
from irjax.data.dataset import Dataset
from irjax.data.photoemission import bundled_emitters, write_photoemission
from irjax.engine.config import Augmentation, Config, Optimizer, Split, load_config
from irjax.engine.fit import start_or_resume, train
from irjax.engine.folds import start_folds, train_folds
from irjax.engine.outcome import read_history
from irjax.engine.run import open_run
from irjax.errors import InputError, UsageError
from irjax.models.coulomb import Coulomb
from irjax.tasks.curve_losses import curve_loss
from irjax.tasks.curves import FIRST, LAST, Curves, energies_of

TINY = Config(
    model=Coulomb(filters=(8, 12, 16)),
    optimizer=Optimizer("cosine", epochs=(100,), learning_rates=(4e-3,), warm_up=1.0, batch_size=12),
    split=Split(folds=4),
    task=Curves(points=60),
)
XYZ = "14\nbenzene, and two hydrogens far away\n" + "".join(
    f"{element} {radius * np.cos(angle):.4f} {radius * np.sin(angle):.4f} 0\n"
    for element, radius in (("C", 1.396), ("H", 2.479))
    for angle in np.arange(6) * np.pi / 3
)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return write_photoemission(tmp_path_factory.mktemp("made") / "data", bundled_emitters(40), {"command": "tests"})


@pytest.fixture(scope="module")
def finished(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = start_or_resume(tmp_path_factory.mktemp("runs") / "tiny", TINY, dataset)
    train([run], dataset, run.path)
    return run.path


def test_losses_are_those_of_scipy() -> None:
    chance = np.random.default_rng(0)
    found, wanted = 2 * chance.normal(size=(5, 40)), 2 * chance.random((5, 40))
    apart = wanted - found
    each = {
        "mse": (apart**2).mean(axis=1),
        "rmse": np.sqrt((apart**2).mean(axis=1)),
        "smooth-l1": scipy.special.huber(1.0, apart).mean(axis=1),
        "log-cosh": np.log(np.cosh(apart)).mean(axis=1),
        "cosine": [scipy.spatial.distance.cosine(*pair) for pair in zip(found, wanted, strict=True)],
        "pearson": [1 - scipy.stats.pearsonr(*pair).statistic for pair in zip(found, wanted, strict=True)],
        "huber": scipy.special.huber(0.3, apart).mean(axis=1),
        "mae": np.abs(apart).mean(axis=1),
    }
    real = jnp.array([1.0, 1.0, 1.0, 0.0, 0.0])
    for kind, values in each.items():
        total, weight = curve_loss(kind, jnp.asarray(found), jnp.asarray(wanted), real, 0.3)
        assert float(total / weight) == pytest.approx(np.mean(values[:3]), rel=1e-5), kind
        slope = jax.grad(lambda x, kind=kind: curve_loss(kind, x, jnp.asarray(wanted), real, 0.3)[0])
        assert np.isfinite(slope(jnp.asarray(wanted))).all(), kind
        assert np.isfinite(slope(jnp.zeros_like(wanted))).all(), kind


@pytest.mark.parametrize("width", [0.1, 0.3, 0.5])
def test_spectra_are_sums_of_normal_densities(width: float, dataset: Dataset) -> None:
    task, levels = Curves(width=width, points=700), energies_of(dataset)[:3]
    x = np.linspace(FIRST, LAST, 700)
    wanted = [sum(scipy.stats.norm.pdf(x, level, width) for level in one) for one in levels]
    found = np.asarray(task.broadened(jnp.asarray(levels)))
    np.testing.assert_allclose(found, wanted, atol=2e-5 / width)
    np.testing.assert_allclose(found.sum(axis=1) * task.axis.spacing, 16, rtol=1e-3)


def test_outputs_are_a_curve_a_positive_one_or_levels(dataset: Dataset) -> None:
    outputs = jax.random.normal(jax.random.key(0), (4, 60))
    np.testing.assert_array_equal(Curves(points=60).curves(outputs), outputs)
    assert (Curves(points=60, output="positive").curves(outputs) > 0).all()
    levels = Curves(points=60, output="levels")
    assert len(levels.names(dataset)) == 16
    assert levels.curves(outputs[:, :16]).shape == (4, 60)


@pytest.mark.parametrize("output", ["curve", "positive", "levels"])
def test_a_step_makes_the_loss_smaller(output: str, dataset: Dataset, tmp_path: Path) -> None:
    config = replace(
        TINY,
        model=Coulomb(filters=(4, 4)),
        optimizer=Optimizer(epochs=(3,), learning_rates=(1e-3,), batch_size=24),
        task=Curves(points=60, output=output),
        augmentation=Augmentation(("reordering",), on_the_fly=True),
    )
    run = start_or_resume(tmp_path / "run", config, dataset)
    train([run], dataset, run.path)
    first, *_, last = (line["loss"] for line in read_history(run))
    assert last < first


def test_it_overfits_a_tiny_set(finished: Path, dataset: Dataset) -> None:
    history = read_history(open_run(finished))
    assert history[-1]["loss"] < 0.03 * history[0]["loss"]
    trained = evaluate(load(finished), dataset, "train").figures
    tested = evaluate(load(finished), dataset, "test").figures
    assert trained["overall"]["accuracy"]["value"] > 0.94 > tested["overall"]["accuracy"]["value"]
    assert trained["overall"]["r2"]["value"] > 0.95
    names = {"accuracy", "rmse", "mae", "r2", "negative_share", "negative_size", "area"}
    assert set(tested["overall"]) == set(tested["normalised"]) == names
    assert json.loads(json.dumps(tested, allow_nan=False)) == tested


def test_xyz_files_are_answered_and_others_refused(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, cut, large, small = (tmp_path / f"{name}.xyz" for name in ("good", "cut", "large", "small"))
    benzene = XYZ.replace("14\n", "12\n", 1)
    good.write_text(benzene.replace("H ", "F ", 1))
    small.write_text(benzene)
    cut.write_text(XYZ)
    large.write_text("30\n\n" + "C 0 0 0\n" * 30)
    files = map(str, (good, cut, large, small))
    assert main(["predict", *files, "--run", str(finished), "--format", "json"]) == 1
    first, second, third, fourth = json.loads(capsys.readouterr().out)
    assert len(first["curve"]["x"]) == len(first["curve"]["y"]) == 60
    assert (first["curve"]["x"][0], first["curve"]["x"][-1]) == (FIRST, LAST)
    assert "cut.xyz: ends after 12 of its 14 atoms" in second["error"]
    assert "large.xyz: 30 atoms; a molecule of 29" in third["error"]
    assert "small.xyz: 15 occupied orbitals of valence electrons; a network has met molecules of 16" in fourth["error"]
    assert main(["explain", str(good), "--run", str(finished)]) == 2
    assert "learned no functional groups" in capsys.readouterr().err
    assert main(["predict", str(good), "--run", str(finished), "--format", "csv"]) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert (heading, len(lines)) == ("file,x,y,warnings", 60)
    assert float(lines[20].split(",")[2]) == pytest.approx(first["curve"]["y"][20], abs=1e-4)
    assert main(["predict", str(good), "--run", str(finished)]) == 0
    assert "maximum at, eV" in capsys.readouterr().out


def test_the_command_line_judges_and_refuses(
    finished: Path, dataset: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--data", str(dataset.path)]
    assert main(["evaluate", str(finished), *where]) == 0
    assert "negative share" in capsys.readouterr().out
    assert main(["baseline", str(finished), *where]) == 2
    assert "no classical method here learns what it learned" in capsys.readouterr().err
    assert main(["report", str(finished)]) == 2
    assert "a report shows functional groups" in capsys.readouterr().err
    assert main(["serve", "--run", str(finished), "--port", "0"]) == 2
    assert "learned no functional groups" in capsys.readouterr().err
    assert main(["summary", "--config", "configs/photoemission.py"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "221529"


def test_folds_train_side_by_side(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = replace(
        TINY,
        model=Coulomb(filters=(2, 2)),
        optimizer=Optimizer(epochs=(1,), learning_rates=(1e-3,), batch_size=40),
        split=Split(folds=2),
    )
    cross = start_folds(tmp_path / "run", config, dataset)
    monkeypatch.setattr("irjax.engine.folds.side_by_side_is_better", lambda runs, home: True)
    train_folds(cross, dataset)
    assert evaluate(load(cross.final.path), dataset, "test").figures["n"] > 0


def test_what_does_not_fit_is_refused(dataset: Dataset, small_dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no orbital energies"):
        start_or_resume(tmp_path / "a", TINY, small_dataset)
    for kind, changed in (("noise", "spectra"), ("air", "infrared spectra")):
        with pytest.raises(UsageError, match=f"{kind} changes {changed}, and .* holds none"):
            start_or_resume(tmp_path / "b", replace(TINY, augmentation=Augmentation((kind,))), dataset)
    with pytest.raises(UsageError, match="reordering changes Coulomb matrices"):
        start_or_resume(tmp_path / "c", Config(augmentation=Augmentation(("reordering",))), small_dataset)
    with pytest.raises(UsageError, match=r"task\.points must lie from 2"):
        Curves(points=1)
    assert not list(tmp_path.iterdir())


def test_the_config_splits_as_the_report_does(dataset: Dataset, tmp_path: Path) -> None:
    run = start_or_resume(tmp_path / "run", load_config("photoemission"), dataset)
    counts = [len(run.split.part(dataset, part, 0)) for part in ("train", "validation", "test")]
    assert counts == [36, 2, 2]


def test_a_run_of_other_energies_says_so(finished: Path, dataset: Dataset) -> None:
    record = json.loads((finished / "config.json").read_text())
    record["outputs"][0] = "-30.0000 eV"
    assert "spectra at other energies" in TINY.task.described(record)[1]
