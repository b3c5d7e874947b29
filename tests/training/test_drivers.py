"""What jax compiles of a step: how often, what it moves, and that every driver takes the same steps."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax.traverse_util import flatten_dict

from irjax.models.products import shifted_products
from irjax.training.config import Augmentation, Model, Optimizer
from irjax.training.drivers import Driver, in_batches, make_driver, make_judge
from irjax.training.mesh import Layout
from irjax.training.optimizer import make_optimizer
from irjax.training.step import (
    Tally,
    TrainingData,
    TrainState,
    empty_tally,
    epoch_order,
    initial_state,
    make_model,
    make_step,
    training_key,
    with_rates,
)

TINY = Model(filters=4, kernel_size=5, dense_nodes=16, dense_layers=2, dropout=0.2)
AUGMENTED = Augmentation(("noise", "shift", "air"), 0.5, on_the_fly=True)
ROWS, STEPS, BATCH = 21, 11, 8


def ready(
    networks: int, whole: bool, augmentation: Augmentation, ragged: bool = False
) -> tuple[Driver, TrainState, Tally, TrainingData, jax.Array]:
    """A driver and all that its program takes, on the device."""
    layout, optimizer = Layout.of(networks), make_optimizer(Optimizer())
    model = make_model(TINY, 3, shifted_products if whole else jax.lax.conv_general_dilated)
    inputs = jax.random.uniform(jax.random.key(0), (networks, ROWS, 600))
    labels = (inputs[..., :3] > 0.5).astype(jnp.uint8)
    data = TrainingData(inputs, labels, jnp.ones((networks, 3)), jnp.zeros((networks, ROWS, 0), jnp.int32))
    states = jax.vmap(lambda seed: initial_state(model, optimizer, seed))(jnp.arange(networks))
    orders = np.stack([epoch_order(training_key(seed), 1, STEPS * BATCH, BATCH) % ROWS for seed in range(networks)])
    tally = jax.tree.map(lambda leaf: np.stack([leaf] * networks), empty_tally())
    state: Any = jax.device_put(states, layout.networks)
    return (
        make_driver(make_step(model, optimizer, augmentation), layout, networks, ragged, whole),
        with_rates(state, layout.place(np.full(networks, 1e-3, np.float32), layout.networks)),
        layout.place(tally, layout.everywhere),
        layout.place(data, layout.networks),
        layout.place(orders, layout.batches),
    )


@pytest.mark.parametrize("augmentation", [Augmentation(), AUGMENTED])
@pytest.mark.parametrize(("networks", "whole"), [(1, False), (1, True), (2, True)])
def test_ten_steps_compile_once_and_transfer_nothing(
    networks: int, whole: bool, augmentation: Augmentation, caplog: pytest.LogCaptureFixture
) -> None:
    driver, state, tally, data, order = ready(networks, whole, augmentation)
    calls = list(driver.calls(STEPS))
    assert len(calls) == (1 if whole else STEPS)
    if not whole:
        state, tally = driver.program(state, tally, data, order, calls.pop(0)[1])
    state = with_rates(state, jax.device_put(jnp.full(networks, 1e-4, jnp.float32), Layout.of(networks).networks))
    caplog.clear()
    with jax.transfer_guard("disallow"), jax.log_compiles():
        for _, count in calls:
            state, tally = driver.program(state, tally, data, order, count)
    compiled = [line for line in caplog.messages if line.startswith("Finished XLA compilation")]
    assert len(compiled) == (1 if whole else 0), compiled
    assert state.step.tolist() == [STEPS] * networks
    assert tally.weight.tolist() == [STEPS * BATCH] * networks


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("networks", [1, 2])
def test_a_network_that_is_done_waits_for_the_others(networks: int, whole: bool) -> None:
    """Its batches hold nothing but padding, of which no statistic can be made."""
    driver, state, tally, data, order = ready(networks, whole, Augmentation(), ragged=True)
    shorter = np.array(order)
    shorter[0, STEPS - 2 :] = -1
    order = driver.layout.place(shorter, driver.layout.batches)
    for _, count in driver.calls(STEPS):
        state, tally = driver.program(state, tally, data, order, count)
    assert state.step.tolist() == [STEPS - 2, STEPS][:networks]
    assert tally.weight.tolist() == [(STEPS - 2) * BATCH, STEPS * BATCH][:networks]
    for leaf in jax.tree.leaves((state.params, state.batch_stats)):
        assert np.isfinite(leaf).all()


def test_an_epoch_in_one_program_takes_the_steps_that_are_taken_one_by_one() -> None:
    found = {}
    for whole in (False, True):
        driver, state, tally, data, order = ready(1, whole, AUGMENTED)
        for _, count in driver.calls(STEPS):
            state, tally = driver.program(state, tally, data, order, count)
        found[whole] = jax.device_get(state.params), float(tally.loss[0])
    assert found[True][1] == pytest.approx(found[False][1], rel=1e-5)
    for name, wanted in flatten_dict(found[False][0], sep="/").items():
        # The bias before a batch norm has no gradient but rounding noise, which Adam scales to its rate.
        if not (name.startswith("Conv") and name.endswith("bias")):
            np.testing.assert_allclose(flatten_dict(found[True][0], sep="/")[name], wanted, rtol=1e-3, atol=2e-5)


@pytest.mark.parametrize("whole", [False, True])
def test_each_network_judges_its_own_spectra(whole: bool) -> None:
    model, layout = make_model(TINY, 3, shifted_products), Layout.of(2)
    states = jax.vmap(lambda seed: initial_state(model, make_optimizer(Optimizer()), seed))(jnp.arange(2))
    variables = {"params": states.params, "batch_stats": states.batch_stats}
    spectra = [np.random.default_rng(n).random((n, 600), np.float32) for n in (300, 7)]
    found = make_judge(model, layout, 2, whole)(variables, in_batches(spectra, layout))
    for at, own in enumerate(spectra):
        one = jax.tree.map(lambda leaf, at=at: leaf[at], variables)
        spread = (own - own.min(1, keepdims=True)) / np.ptp(own, axis=1, keepdims=True)
        wanted = jax.nn.sigmoid(model.apply(one, spread, train=False))
        np.testing.assert_allclose(found[at, : len(own)], wanted, atol=1e-5)
