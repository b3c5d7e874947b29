"""One class out of many: from a dataset to a run that is judged and answers."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import log_loss

from irjax.answers.judge import evaluate, evaluate_baseline
from irjax.answers.predictor import load
from irjax.cli import main
from irjax.data.dataset import Dataset
from irjax.data.molecules import GRID as MATRIX
from irjax.data.synthetic import drawn_spec, write_synthetic
from irjax.engine.config import Augmentation, Config, Optimizer
from irjax.engine.fit import start_or_resume, train
from irjax.engine.folds import start_folds
from irjax.engine.outcome import read_history
from irjax.engine.run import open_run
from irjax.errors import InputError, UsageError
from irjax.models.batch import batch_of, empty_batch
from irjax.models.heights import Heights
from irjax.models.table import NETWORKS, network_from_dict, network_to_dict
from irjax.spectra.grid import Grid
from irjax.tasks.classes import Classes
from irjax.tasks.groups import Groups
from irjax.tasks.losses import cross_entropy

TINY = Config(
    model=Heights(pooling=8, units=(8, 8), filters=8, dropout=0.0),
    optimizer=Optimizer("cosine", epochs=(25,), learning_rates=(3e-3,), warm_up=1.0, batch_size=32, average=0.9),
    task=Classes(smoothing=0.02),
)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return write_synthetic(tmp_path_factory.mktemp("made") / "data", drawn_spec(1, 5, 2000), 0, {"command": "tests"})


@pytest.fixture(scope="module")
def finished(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = start_or_resume(tmp_path_factory.mktemp("runs") / "tiny", TINY, dataset)
    train([run], dataset, run.path)
    return run.path


def test_it_learns_the_parts_that_the_dataset_dictates(finished: Path, dataset: Dataset) -> None:
    run = open_run(finished)
    assert run.config.split.kind == "parts"
    counts = {part: len(run.split.part(dataset, part, 0)) for part in ("train", "validation", "test")}
    assert counts == {"train": 250, "validation": 50, "test": 45}
    assert read_history(run)[-1]["loss"] < 0.3
    figures = evaluate(load(finished), dataset, "test").figures
    assert figures["n"] == 45
    assert figures["overall"]["wrong"]["value"] <= 4
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_the_five_likeliest_come_first(finished: Path, dataset: Dataset) -> None:
    predictor = load(finished)
    row = int(predictor.run.split.part(dataset, "train", 0)[0])
    record = predictor.record(predictor.probabilities(dataset.values[[row]])[0])["classes"]
    assert record[0]["name"] == dataset.rows["class"][row]
    shares = [likely["probability"] for likely in record]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-5)


def test_pattern_files_are_answered_and_others_refused(
    finished: Path, dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = int(open_run(finished).split.part(dataset, "train", 0)[0])
    lines = [f"{at}, {value}" for at, value in enumerate(dataset.values[row].tolist())]
    good, cut, elsewhere = (tmp_path / name for name in ("good.csv", "cut.xy", "elsewhere.txt"))
    good.write_text("point, intensity\n" + "\n".join(lines))
    cut.write_text("\n".join([*lines[:300], "no more", *lines[300:]]))
    elsewhere.write_text("5000 1\n5001 2\n5002 3\n")
    assert main(["predict", *map(str, (good, cut, elsewhere)), "--run", str(finished), "--format", "json"]) == 1
    first, second, third = json.loads(capsys.readouterr().out)
    assert first["classes"][0]["name"] == dataset.rows["class"][row]
    assert "cut.xy: line 301: 'no more' is not a row of two numbers" in second["error"]
    assert "nothing of it lies on the grid" in third["error"]
    assert main(["predict", str(good), "--run", str(finished)]) == 0
    assert "probability" in capsys.readouterr().out
    reader = load(finished)
    assert reader.predict(good).classes[0][0] == dataset.rows["class"][row]
    with pytest.raises(InputError, match=r"cut\.xy: line 301"):
        reader.predict(cut)
    assert reader.predict(good.read_bytes()).classes == reader.predict(good).classes
    with pytest.raises(UsageError, match="no infrared spectra"):
        reader.predict(np.ones(3))


@pytest.mark.parametrize(("method", "features"), [("svm", "pooled"), ("peak-matching", "raw")])
def test_classical_methods_learn_it_too(method: str, features: str, finished: Path, dataset: Dataset) -> None:
    figures = evaluate_baseline(open_run(finished), dataset, "test", method, features)
    assert figures["overall"]["wrong"]["value"] <= 8


def test_the_command_line_judges_and_compares(
    finished: Path, dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--data", str(dataset.path)]
    assert main(["evaluate", str(finished), *where, "--json", str(tmp_path / "out.json")]) == 0
    printed = capsys.readouterr()
    assert "wrong of 45" in printed.out
    assert "warning" not in printed.err
    assert set(json.loads((tmp_path / "out.json").read_text())["overall"]) == {
        *(f"top{k}" for k in range(1, 6)),
        "wrong",
    }
    assert main(["baseline", str(finished), *where, "--method", "gradient-boosting"]) == 2
    assert "invalid choice" in capsys.readouterr().err
    assert main(["report", str(finished)]) == 2
    assert "a report shows functional groups" in capsys.readouterr().err
    assert main(["summary", "--config", "configs/synthetic.py", *where]) == 0


def test_another_dataset_that_says_its_parts_is_judged_with_a_doubt(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = write_synthetic(tmp_path / "other", drawn_spec(1, 5, 2000), 1, {"command": "tests"})
    assert main(["evaluate", str(finished), "--data", str(again.path)]) == 0
    assert "nothing tells whether the two share spectra" in capsys.readouterr().err


def test_a_class_that_is_listed_twice_is_refused(dataset: Dataset) -> None:
    twice = replace(dataset, manifest=dataset.manifest | {"classes": [*dataset.manifest["classes"], "0"]})
    with pytest.raises(InputError, match="lists the class '0' twice"):
        Classes().names(twice)


def test_what_does_not_fit_the_dataset_is_refused(dataset: Dataset, small_dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lists no classes"):
        start_or_resume(tmp_path / "a", TINY, small_dataset)
    with pytest.raises(InputError, match="no spectra of known structures"):
        start_or_resume(tmp_path / "e", replace(TINY, task=Groups()), dataset)
    with pytest.raises(InputError, match="no spectra of known structures"):
        Groups().targets(dataset)
    with pytest.raises(UsageError, match="changes infrared spectra"):
        start_or_resume(tmp_path / "b", replace(TINY, augmentation=Augmentation(("air",))), dataset)
    with pytest.raises(UsageError, match="does not say which spectra train"):
        start_or_resume(tmp_path / "c", replace(TINY, split=replace(TINY.split, kind="parts")), small_dataset)
    with pytest.raises(UsageError, match="so it has no folds"):
        start_folds(tmp_path / "d", TINY, dataset)
    trains = replace(dataset, rows=dataset.rows | {"part": np.full(len(dataset), "train", dtype=object)})
    with pytest.raises(InputError, match="no spectrum of it belongs to the part 'validation' of the split"):
        start_or_resume(tmp_path / "f", TINY, trains)
    assert not list(tmp_path.iterdir())


def test_cross_entropy_is_that_of_scikit_learn() -> None:
    chance = np.random.default_rng(0)
    logits, classes = chance.normal(size=(9, 4)).astype(np.float32), chance.integers(0, 4, 9)
    real = jnp.array([1.0] * 6 + [0.0] * 3)
    total, weight = cross_entropy(jnp.asarray(logits), jnp.asarray(classes), real, 0.0)
    shares = softmax(logits[:6].astype(np.float64), axis=1)
    assert float(total / weight) == pytest.approx(log_loss(classes[:6], shares, labels=range(4)), rel=1e-5)
    smooth, _ = cross_entropy(jnp.asarray(logits), jnp.asarray(classes), real, 0.1)
    spread = -np.log(shares).mean(axis=1).sum()
    assert float(smooth) == pytest.approx(0.9 * float(total) + 0.1 * spread, rel=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_can_be_written_down_and_takes_a_step(name: str) -> None:
    config = NETWORKS[name]()
    assert network_from_dict(json.loads(json.dumps(network_to_dict(config)))) == config
    grid = MATRIX if name == "coulomb" else Grid(0.0, 639.0, 640, "points")
    if name == "cnn":
        config = replace(config, dense_nodes=16)
    model = config.build(3, grid)
    variables = jax.jit(lambda: model.init(jax.random.key(0), empty_batch(grid), train=False))()

    @jax.jit
    @jax.value_and_grad
    def loss_and_slope(params: dict) -> jax.Array:
        outputs, _ = model.apply(
            {**variables, "params": params},
            batch_of(jax.random.uniform(jax.random.key(1), (4, grid.points))),
            train=True,
            mutable=["batch_stats", "intermediates"],
            rngs={"dropout": jax.random.key(2)},
        )
        return cross_entropy(outputs, jnp.array([0, 1, 2, 0]), jnp.ones(4), 0.0)[0]

    value, slope = loss_and_slope(variables["params"])
    assert np.isfinite(value)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(slope))
    assert max(float(jnp.abs(leaf).max()) for leaf in jax.tree.leaves(slope)) > 0


def test_a_network_that_no_table_names_is_not_written_down() -> None:
    @dataclass(frozen=True)
    class Unknown:
        pass

    with pytest.raises(UsageError, match="Unknown is not in the table of networks"):
        network_to_dict(Unknown())  # pyright: ignore[reportArgumentType]
