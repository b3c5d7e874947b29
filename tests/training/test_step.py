"""One step: what it changes, how often it compiles, and that it moves nothing off the device."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from irjax.models.losses import binary_cross_entropy
from irjax.training.config import Model, Optimizer
from irjax.training.optimizer import make_optimizer, make_schedule
from irjax.training.step import empty_tally, epoch_order, initial_state, make_model, make_predictor, make_step

TINY = Model(filters=4, kernel_size=5, dense_nodes=16, dense_layers=2, dropout=0.2)


@pytest.fixture
def batch() -> tuple[jax.Array, jax.Array]:
    inputs = jax.random.uniform(jax.random.key(0), (21, 600))
    return inputs, (inputs[:, :3] > 0.5).astype(jnp.uint8)


def test_schedule_falls_after_the_papers_epochs() -> None:
    schedule = make_schedule(Optimizer(), steps_per_epoch=10)
    rates = {epoch: float(np.asarray(schedule((epoch - 1) * 10))) for epoch in (1, 30, 31, 36, 37, 42)}
    wanted = {1: 2.5e-4, 30: 2.5e-4, 31: 2.5e-5, 36: 2.5e-5, 37: 2.5e-6, 42: 2.5e-6}
    assert rates == pytest.approx(wanted, rel=1e-6)
    assert float(np.asarray(schedule(299))) == pytest.approx(2.5e-4)


def test_order_visits_every_row_once_and_differs_between_epochs() -> None:
    key = jax.random.key(0)
    first, second = (np.asarray(epoch_order(key, epoch, 21, 8)) for epoch in (1, 2))
    assert first.shape == (3, 8)
    assert sorted(first.ravel()) == [-1] * 3 + list(range(21))
    assert (first != second).any()


def test_a_step_without_dropout_is_adam_on_the_mean_loss(batch: tuple[jax.Array, jax.Array]) -> None:
    inputs, labels = batch
    model, optimizer = make_model(replace(TINY, dropout=0.0), 3), make_optimizer(Optimizer(), 3)
    state = initial_state(model, optimizer, 0)
    order = epoch_order(state.key, 1, 21, 8)

    def mean_loss(params: dict) -> jax.Array:
        variables = {"params": params, "batch_stats": state.batch_stats}
        logits, _ = model.apply(variables, inputs[order[0]], train=True, mutable=["batch_stats"])
        total, weight = binary_cross_entropy(logits, labels[order[0]], jnp.ones(8))
        return total / weight

    loss, gradient = jax.value_and_grad(mean_loss)(state.params)
    adam = optax.adam(2.5e-4)
    updates, _ = adam.update(gradient, adam.init(state.params))
    wanted = optax.apply_updates(state.params, updates)
    found, tally = jax.jit(make_step(model, optimizer))(state, empty_tally(), inputs, labels, order)
    assert float(tally.loss / tally.weight) == pytest.approx(float(loss), rel=1e-5)

    def compare(new: jax.Array, expected: jax.Array, slope: jax.Array) -> None:
        # The bias before a batch norm has no gradient but rounding noise, which Adam's first step scales to its rate.
        real = np.abs(slope) > 1e-6
        np.testing.assert_allclose(np.asarray(new)[real], np.asarray(expected)[real], rtol=1e-4, atol=2e-6)

    jax.tree.map(compare, found.params, wanted, gradient)
    assert sum(int((np.abs(slope) > 1e-6).sum()) for slope in jax.tree.leaves(gradient)) > 1000
    assert int(found.step) == 1


def test_ten_steps_compile_once_and_transfer_nothing(batch: tuple[jax.Array, jax.Array]) -> None:
    inputs, labels = batch
    model, optimizer = make_model(TINY, 3), make_optimizer(Optimizer(), 3)
    compiled = jax.jit(make_step(model, optimizer), donate_argnums=(0, 1))
    state, tally = initial_state(model, optimizer, 0), empty_tally()
    order = epoch_order(state.key, 1, 21, 8)
    state, tally = compiled(state, tally, inputs, labels, order)
    with jax.transfer_guard("disallow"):
        for _ in range(10):
            state, tally = compiled(state, tally, inputs, labels, order)
    assert compiled._cache_size() == 1
    assert int(state.step) == 11


def test_first_bad_step_is_remembered(batch: tuple[jax.Array, jax.Array]) -> None:
    inputs, labels = batch
    model, optimizer = make_model(TINY, 3), make_optimizer(Optimizer(), 3)
    step = jax.jit(make_step(model, optimizer))
    state, tally = initial_state(model, optimizer, 0), empty_tally()
    order = epoch_order(state.key, 1, 21, 8)
    poisoned = inputs.at[order[1, 0]].set(jnp.nan)
    for _ in range(3):
        state, tally = step(state, tally, poisoned, labels, order)
    assert int(tally.bad_step) == 1


def test_a_tiny_set_can_be_learned_by_heart(batch: tuple[jax.Array, jax.Array]) -> None:
    inputs, labels = batch
    model = make_model(Model(filters=8, kernel_size=5, dense_nodes=64, dense_layers=1, dropout=0.0), 3)
    optimizer = make_optimizer(Optimizer(epochs=(1,), learning_rates=(3e-3,)), 3)
    step = jax.jit(make_step(model, optimizer), donate_argnums=(0, 1))
    state, tally = initial_state(model, optimizer, 0), empty_tally()
    for epoch in range(120):
        order = epoch_order(state.key, epoch, 21, 21)
        state, tally = step(state, empty_tally(), inputs, labels, order)
    assert float(tally.loss / tally.weight) < 0.02


def test_predictor_pads_batches_and_one_spectrum_gives_the_same(batch: tuple[jax.Array, jax.Array]) -> None:
    model, optimizer = make_model(TINY, 3), make_optimizer(Optimizer(), 3)
    state = initial_state(model, optimizer, 0)
    variables = {"params": state.params, "batch_stats": state.batch_stats}
    spectra = np.asarray(batch[0])
    predict = make_predictor(model, batch_size=8)
    together = predict(variables, spectra)
    assert together.shape == (21, 3)
    np.testing.assert_allclose(np.concatenate([predict(variables, row[None]) for row in spectra]), together, atol=1e-6)
    assert predict(variables, spectra[:0]).shape == (0, 3)
