"""What a network is taught beside its task: in the gradients while it trains, and gone from what it leaves."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from irjax.answers.predictor import Predictor
from irjax.chemistry.groups import vocabulary
from irjax.data.dataset import Dataset
from irjax.data.photoemission import bundled_emitters, write_photoemission
from irjax.engine.config import Config, Optimizer, Split, config_from_dict, for_dataset
from irjax.engine.data import subsets, training_data
from irjax.engine.fit import draw_split, start_or_resume, train
from irjax.engine.outcome import read_history, read_validation, read_weights
from irjax.engine.run import Run, open_run
from irjax.engine.step import empty_sums, initial_state, make_step
from irjax.errors import InputError, UsageError
from irjax.models.batch import Batch, variable_shapes
from irjax.models.cnn import CNN
from irjax.models.coulomb import Coulomb
from irjax.models.mlp import MLP
from irjax.tasks.curves import Curves

ALONE = Config(
    model=CNN(filters=4, kernel_size=5, dense_nodes=16, dense_layers=1, dropout=0.0),
    optimizer=Optimizer(epochs=(2,), learning_rates=(1e-3,), batch_size=16),
)
TAUGHT = replace(ALONE, auxiliary=("common17",))


@pytest.fixture(scope="module")
def taught(small_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = start_or_resume(tmp_path_factory.mktemp("runs") / "taught", TAUGHT, small_dataset)
    train([run], small_dataset, run.path)
    return open_run(run.path)


def test_the_gradients_are_those_of_both_losses(small_dataset: Dataset, tmp_path: Path) -> None:
    run = start_or_resume(tmp_path / "run", TAUGHT, small_dataset)
    part, _ = subsets(run, small_dataset)
    data, _ = training_data(TAUGHT, part, small_dataset.grid)
    model = TAUGHT.model.build(37 + 17, small_dataset.grid)
    state = initial_state(model, TAUGHT.optimizer, small_dataset.grid, 0)
    rows = jnp.array([3, 1, 4, -1])  # the last one is padding
    gradients, _, sums = jax.jit(make_step(model, TAUGHT, small_dataset.grid).gradients)(
        state, empty_sums(), data, rows[None]
    )

    def wanted(params: Any) -> tuple[jax.Array, jax.Array]:
        batch = Batch(data.values[rows], data.measured[rows], rows >= 0)
        outputs, _ = model.apply(
            {"params": params, "batch_stats": state.batch_stats}, batch, train=True, mutable=["batch_stats"]
        )
        labels = jnp.concatenate([data.targets, small_dataset.labels("common17")[part.rows]], axis=1)[rows]
        each = optax.sigmoid_binary_cross_entropy(outputs[:3], labels[:3].astype(jnp.float32))
        groups = each[:, :37].mean()
        return groups + each[:, 37:].mean(), groups

    expected, groups = jax.jit(jax.grad(wanted, has_aux=True))(state.params)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-6), gradients, expected)
    assert float(sums.loss / sums.weight) == pytest.approx(float(groups), rel=1e-5)  # the task's alone is shown


def test_what_is_left_is_a_network_of_the_task_alone(taught: Run, small_dataset: Dataset, tmp_path: Path) -> None:
    alone = start_or_resume(tmp_path / "alone", ALONE, small_dataset)
    train([alone], small_dataset, alone.path)
    weights, plain = read_weights(taught), read_weights(open_run(alone.path))
    assert jax.tree.map(np.shape, weights) == jax.tree.map(np.shape, plain)
    assert not np.array_equal(weights["params"]["Conv_0"]["kernel"], plain["params"]["Conv_0"]["kernel"])
    assert read_validation(taught).shape[1] == len(taught.names) == 37
    validated = TAUGHT.task.validated(read_validation(taught), subsets(taught, small_dataset)[1].targets)
    assert read_history(taught)[-1]["validation_loss"] == pytest.approx(validated["validation_loss"], rel=1e-6)


def test_a_network_without_statistics_of_batches(small_dataset: Dataset, tmp_path: Path) -> None:
    run = start_or_resume(tmp_path / "run", replace(TAUGHT, model=MLP(dense=(16,))), small_dataset)
    train([run], small_dataset, run.path)
    shapes = variable_shapes(run.config.model.build(37, run.grid), run.grid)
    assert jax.tree.map(np.shape, read_weights(open_run(run.path))["params"]) == jax.tree.map(
        np.shape, shapes["params"]
    )


def test_killed_it_goes_on_to_equal_weights(
    taught: Run, small_dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = start_or_resume(tmp_path / "again", TAUGHT, small_dataset)
    shorter = replace(run, config=replace(TAUGHT, optimizer=replace(TAUGHT.optimizer, epochs=(1,))))
    train([shorter], small_dataset, run.path)
    for name in ("weights.safetensors", "answering.json"):
        (run.path / name).unlink()
    train([start_or_resume(run.path, TAUGHT, small_dataset)], small_dataset, run.path)
    assert "goes on after epoch 1" in capsys.readouterr().err
    assert (run.path / "weights.safetensors").read_bytes() == (taught.path / "weights.safetensors").read_bytes()


@pytest.mark.parametrize(
    "optimizer",
    [
        Optimizer("plateau", (2,), (1e-3,), batch_size=16),
        Optimizer("cosine", (2,), (1e-3,), batch_size=16, average=0.9),
    ],
    ids=["best", "average"],
)
def test_whichever_weights_are_left_answer(optimizer: Optimizer, small_dataset: Dataset, tmp_path: Path) -> None:
    run = start_or_resume(tmp_path / "run", replace(TAUGHT, optimizer=optimizer), small_dataset)
    train([run], small_dataset, run.path)
    part = subsets(run, small_dataset)[1]
    found = Predictor(open_run(run.path)).outputs(part.values)
    np.testing.assert_allclose(found, read_validation(run), atol=1e-4)


def test_other_patterns_than_it_began_with_are_refused(
    taught: Run, small_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = replace(vocabulary("common17"), groups=vocabulary("common17").groups[:-1])
    monkeypatch.setattr("irjax.engine.run.vocabulary", lambda name: fewer)
    with pytest.raises(InputError, match="common17, which it was taught beside, had other patterns"):
        start_or_resume(taught.path, TAUGHT, small_dataset)


def test_another_split_than_it_has_is_refused(taught: Run, small_dataset: Dataset) -> None:
    assert start_or_resume(taught.path, TAUGHT, small_dataset, taught.split).path == taught.path
    other = draw_split(replace(TAUGHT, split=Split(seed=7)), small_dataset)
    with pytest.raises(InputError, match="its spectra were split otherwise"):
        start_or_resume(taught.path, TAUGHT, small_dataset, other)


def test_a_structure_without_groups_is_named_before_a_run_is_made(small_dataset: Dataset, tmp_path: Path) -> None:
    rows = small_dataset.rows | {
        "inchi": small_dataset.rows["inchi"].copy(),
        "smiles": small_dataset.rows["smiles"].copy(),
    }
    rows["inchi"][3] = rows["smiles"][3] = ""
    damaged = replace(small_dataset, rows=rows, path=tmp_path / "dataset")
    with pytest.raises(InputError, match=r"spectrum 4 .* no labels in common17"):
        start_or_resume(tmp_path / "run", TAUGHT, damaged)
    assert not (tmp_path / "run").exists()


def test_several_at_once_are_as_one_alone(taught: Run, small_dataset: Dataset, tmp_path: Path) -> None:
    runs = [start_or_resume(tmp_path / str(seed), replace(TAUGHT, seed=seed), small_dataset) for seed in (0, 1)]
    train(runs, small_dataset, tmp_path / "both")
    first = open_run(runs[0].path)
    assert jax.tree.map(np.shape, read_weights(first)) == jax.tree.map(np.shape, read_weights(taught))
    losses, alone = ([epoch["loss"] for epoch in read_history(run)] for run in (first, taught))
    assert losses == pytest.approx(alone, rel=1e-5)


def test_it_can_begin_with_another_run(taught: Run, small_dataset: Dataset, tmp_path: Path) -> None:
    """The outputs of the task begin as they were; those beside have no weights to begin with, and are drawn."""
    still = Optimizer(epochs=(1,), learning_rates=(1e-12,), batch_size=16)
    run = start_or_resume(tmp_path / "on", replace(TAUGHT, start=str(taught.path), optimizer=still), small_dataset)
    train([run], small_dataset, run.path)
    old, new = (read_weights(open_run(path))["params"] for path in (taught.path, run.path))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-8), old, new)


def test_a_config_keeps_them_and_refuses_what_is_none() -> None:
    assert config_from_dict(TAUGHT.to_dict()) == TAUGHT
    for wrong in (("common17", "rings"), ("maccs", "maccs"), "maccs", ["maccs"]):
        with pytest.raises(UsageError, match="auxiliary: expected names of vocabularies, each once"):
            Config(auxiliary=wrong)  # pyright: ignore


def test_without_structures_there_is_nothing_to_teach(small_dataset: Dataset) -> None:
    rows = {name: column for name, column in small_dataset.rows.items() if name != "inchi"}
    with pytest.raises(UsageError, match="holds no structures to find groups in"):
        for_dataset(TAUGHT, replace(small_dataset, rows=rows))


def test_another_task_and_structures_without_smiles(tmp_path: Path) -> None:
    molecules = write_photoemission(tmp_path / "data", bundled_emitters(40), {"command": "tests"})
    config = Config(
        Coulomb(filters=(2, 2, 2)),
        Optimizer(epochs=(1,), learning_rates=(1e-3,), batch_size=8),
        task=Curves(points=30),
        auxiliary=("common17",),
    )
    run = start_or_resume(tmp_path / "run", config, molecules)
    train([run], molecules, run.path)
    found = Predictor(open_run(run.path)).outputs(subsets(run, molecules)[1].values)
    assert found.shape[1] == 30
    np.testing.assert_allclose(found, read_validation(run), atol=1e-4)
