"""Schedules, decay, averages, and the weights of the best epoch."""

from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from irjax.data.dataset import Dataset
from irjax.engine.config import Config, Optimizer
from irjax.engine.fit import start_or_resume, train
from irjax.engine.optimizer import is_best, learning_rate, make_optimizer, plateau_factor, scheduled_rate
from irjax.engine.outcome import read_history, read_validation, read_weights
from irjax.models.cnn import CNN

TINY = Config(
    model=CNN(1, filters=2, kernel_size=3, dense_layers=1, dense_nodes=8),
    optimizer=Optimizer(epochs=(3,), learning_rates=(3e-3,), batch_size=32),
)


def test_cosine_with_warm_up_is_that_of_optax() -> None:
    config = Optimizer("cosine", epochs=(10,), learning_rates=(1e-2,), warm_up=2.0)
    wanted = optax.cosine_decay_schedule(1e-2, 8 * 7)
    for step in (14, 15, 40, 69):
        assert float(scheduled_rate(config, jnp.int32(step), 7)) == pytest.approx(float(wanted(step - 14)), rel=1e-5)
    assert float(scheduled_rate(config, 0, 7)) == pytest.approx(1e-2 / 14)
    assert float(scheduled_rate(config, 6, 7)) == pytest.approx(1e-2 / 2)
    assert float(scheduled_rate(config, 70, 7)) == pytest.approx(0, abs=1e-9)


def test_phases_change_with_the_epoch_whatever_its_steps() -> None:
    config = Optimizer(epochs=(2, 1), learning_rates=(1e-3, 1e-4))
    for steps in (1, 5):
        rates = [float(scheduled_rate(config, step, steps)) for step in range(3 * steps)]
        np.testing.assert_allclose(rates, [1e-3] * 2 * steps + [1e-4] * steps, rtol=1e-6)
    assert learning_rate(config, [{}] * 3) is None


def test_decay_is_that_of_adamw_and_leaves_biases_alone() -> None:
    params = {"kernel": jnp.ones((3, 2)), "bias": jnp.ones(2)}
    slope = jax.tree.map(lambda leaf: 0.1 * leaf, params)
    plain, ours = optax.adamw(1.0, weight_decay=0.3), make_optimizer(Optimizer(weight_decay=0.3))
    wanted, _ = plain.update(slope, plain.init(params), params)
    found, _ = ours.update(slope, ours.init(params), params)
    np.testing.assert_allclose(-found["kernel"], wanted["kernel"], rtol=1e-5)
    np.testing.assert_allclose(found["bias"], wanted["bias"] * -1 - 0.3, rtol=1e-5)


def test_the_first_of_equal_epochs_is_best() -> None:
    losses = [3.0, 2.0, 2.0, 1.0]
    history = [{"validation_loss": loss} for loss in losses]
    assert [is_best(history[: n + 1]) for n in range(4)] == [True, True, False, True]
    assert plateau_factor(Optimizer(), history) == 1.0


def test_a_plateau_run_answers_with_the_weights_of_its_best_epoch(small_dataset: Dataset, tmp_path: Path) -> None:
    wild = Optimizer("plateau", epochs=(9,), learning_rates=(0.1,), batch_size=32)
    run = start_or_resume(tmp_path / "plateau", replace(TINY, optimizer=wild), small_dataset)
    train([run], small_dataset, run.path)
    losses = [record["validation_loss"] for record in read_history(run)]
    best = losses.index(min(losses)) + 1
    assert best < len(losses), "the last epoch was the best: nothing was tested"
    labels = small_dataset.labels("irjax37")[run.split.part(small_dataset, "validation", 0)]
    kept = run.config.task.validated(read_validation(run), labels)
    assert kept["validation_loss"] == pytest.approx(min(losses), rel=1e-5)
    short = replace(wild, schedule="phases", epochs=(best,))
    again = start_or_resume(tmp_path / "short", replace(TINY, optimizer=short), small_dataset)
    train([again], small_dataset, again.path)
    assert {record["learning_rate"] for record in read_history(run)[:best]} == {0.1}
    losses = [record["loss"] for record in read_history(run)]
    np.testing.assert_allclose([record["loss"] for record in read_history(again)], losses[:best], rtol=1e-4)
    kernels = (read_weights(each)["params"]["Dense_1"]["kernel"] for each in (again, run))
    np.testing.assert_allclose(*kernels, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize(
    "optimizer",
    [
        Optimizer(
            "cosine", epochs=(3,), learning_rates=(3e-3,), warm_up=0.5, batch_size=32, average=0.9, weight_decay=0.1
        ),
        Optimizer("plateau", epochs=(3,), learning_rates=(3e-3,), batch_size=32, average=0.9, patience=1),
    ],
)
def test_averages_and_best_weights_survive_an_interruption(
    optimizer: Optimizer, small_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(TINY, optimizer=optimizer)
    whole = start_or_resume(tmp_path / "whole", config, small_dataset)
    train([whole], small_dataset, whole.path)
    cut = start_or_resume(tmp_path / "cut", config, small_dataset)

    class Killed(BaseException):
        pass

    def killed(run: object, history: list) -> None:
        if len(history) == 2:
            raise Killed

    monkeypatch.setattr("irjax.engine.fit.write_history", killed)
    with pytest.raises(Killed):
        train([cut], small_dataset, cut.path)
    monkeypatch.undo()
    assert not cut.finished
    train([cut], small_dataset, cut.path)
    for name in ("weights.safetensors", "validation.npy", "answering.json"):
        assert (cut.path / name).read_bytes() == (whole.path / name).read_bytes()


def test_an_average_is_not_the_last_weights(small_dataset: Dataset, tmp_path: Path) -> None:
    found = []
    for average in (0.0, 0.9):
        optimizer = replace(TINY.optimizer, average=average)
        run = start_or_resume(tmp_path / str(average), replace(TINY, optimizer=optimizer), small_dataset)
        train([run], small_dataset, run.path)
        found.append(read_weights(run)["params"]["Dense_0"]["kernel"])
    assert 0 < np.abs(found[0] - found[1]).max() < 0.1
