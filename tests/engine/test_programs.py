"""What jax compiles of a step: how often, what it moves, and that every driver takes the same steps."""

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax.traverse_util import flatten_dict

from irjax.engine.config import Augmentation, Optimizer
from irjax.engine.placement import Placement
from irjax.engine.programs import EpochProgram, in_batches, make_epoch_program, make_judge
from irjax.engine.step import (
    EpochSums,
    TrainingData,
    TrainState,
    empty_sums,
    epoch_order,
    initial_state,
    make_step,
    training_key,
)
from irjax.models.batch import batch_of
from irjax.models.cnn import CNN
from irjax.models.products import shifted_products
from irjax.spectra.grid import INFRARED
from irjax.tasks.groups import Groups

TINY = CNN(filters=4, kernel_size=5, dense_nodes=16, dense_layers=2, dropout=0.2)
AUGMENTED = Augmentation(("noise", "shift", "air"), 0.5, on_the_fly=True)
ROWS, STEPS, BATCH = 21, 11, 8
FAST = Optimizer(epochs=(1,), learning_rates=(1e-3,), batch_size=BATCH)


def ready(
    networks: int, whole: bool, augmentation: Augmentation, ragged: bool = False
) -> tuple[EpochProgram, TrainState, EpochSums, TrainingData, jax.Array]:
    """A driver and all that its program takes, on the device."""
    layout = Placement.of(networks)
    model = TINY.build(3, INFRARED, shifted_products if whole else jax.lax.conv_general_dilated)
    inputs = jax.random.uniform(jax.random.key(0), (networks, ROWS, 600))
    labels = (inputs[..., :3] > 0.5).astype(jnp.uint8)
    data = TrainingData(
        values=inputs,
        measured=jnp.ones(inputs.shape, bool),
        targets=labels,
        loss_weights=jnp.ones((networks, 3)),
        siblings=jnp.zeros((networks, ROWS, 0), jnp.int32),
        steps_per_epoch=jnp.full(networks, STEPS),
    )
    states = jax.vmap(lambda seed: initial_state(model, FAST, INFRARED, seed))(jnp.arange(networks))
    orders = np.stack([epoch_order(training_key(seed), 1, STEPS * BATCH, BATCH) % ROWS for seed in range(networks)])
    sums = jax.tree.map(lambda leaf: np.stack([leaf] * networks), empty_sums())
    state: Any = jax.device_put(states, layout.networks)
    return (
        make_epoch_program(make_step(model, Groups(), FAST, augmentation, INFRARED), layout, networks, ragged, whole),
        state,
        layout.place(sums, layout.everywhere),
        layout.place(data, layout.networks),
        layout.place(orders, layout.batches),
    )


@pytest.mark.parametrize("augmentation", [Augmentation(), AUGMENTED])
@pytest.mark.parametrize(("networks", "whole"), [(1, False), (1, True), (2, True)])
def test_ten_steps_compile_once_and_transfer_nothing(
    networks: int, whole: bool, augmentation: Augmentation, caplog: pytest.LogCaptureFixture
) -> None:
    driver, state, sums, data, order = ready(networks, whole, augmentation)
    calls = list(driver.calls(STEPS))
    assert len(calls) == (1 if whole else STEPS)
    if not whole:
        state, sums = driver.take(state, sums, data, order, calls.pop(0)[1])
    state = replace(state, factor=jax.device_put(jnp.full(networks, 0.1, jnp.float32), Placement.of(networks).networks))
    caplog.clear()
    with jax.transfer_guard("disallow"), jax.log_compiles():
        for _, count in calls:
            state, sums = driver.take(state, sums, data, order, count)
    compiled = [line for line in caplog.messages if line.startswith("Finished XLA compilation")]
    assert len(compiled) == (1 if whole else 0), compiled
    assert state.step.tolist() == [STEPS] * networks
    assert sums.weight.tolist() == [STEPS * BATCH] * networks


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("networks", [1, 2])
def test_a_network_that_is_done_waits_for_the_others(networks: int, whole: bool) -> None:
    """Its batches hold nothing but padding, of which no statistic can be made."""
    driver, state, sums, data, order = ready(networks, whole, Augmentation(), ragged=True)
    shorter = np.array(order)
    shorter[0, STEPS - 2 :] = -1
    order = driver.placement.place(shorter, driver.placement.batches)
    for _, count in driver.calls(STEPS):
        state, sums = driver.take(state, sums, data, order, count)
    assert state.step.tolist() == [STEPS - 2, STEPS][:networks]
    assert sums.weight.tolist() == [(STEPS - 2) * BATCH, STEPS * BATCH][:networks]
    for leaf in jax.tree.leaves((state.params, state.batch_stats)):
        assert np.isfinite(leaf).all()


def test_an_epoch_in_one_program_takes_the_steps_that_are_taken_one_by_one() -> None:
    found = {}
    for whole in (False, True):
        driver, state, sums, data, order = ready(1, whole, AUGMENTED)
        for _, count in driver.calls(STEPS):
            state, sums = driver.take(state, sums, data, order, count)
        found[whole] = jax.device_get(state.params), float(sums.loss[0])
    assert found[True][1] == pytest.approx(found[False][1], rel=1e-5)
    for name, wanted in flatten_dict(found[False][0], sep="/").items():
        # The bias before a batch norm has no gradient but rounding noise, which Adam scales to its rate.
        if not (name.startswith("Conv") and name.endswith("bias")):
            np.testing.assert_allclose(flatten_dict(found[True][0], sep="/")[name], wanted, rtol=1e-3, atol=2e-5)


@pytest.mark.parametrize("whole", [False, True])
def test_each_network_judges_its_own_spectra(whole: bool) -> None:
    model, layout = TINY.build(3, INFRARED, shifted_products), Placement.of(2)
    states = jax.vmap(lambda seed: initial_state(model, FAST, INFRARED, seed))(jnp.arange(2))
    variables = {"params": states.params, "batch_stats": states.batch_stats}
    spectra = [np.random.default_rng(n).random((n, 600), np.float32) for n in (300, 7)]
    found = make_judge(model, layout, 2, whole)(variables, in_batches(spectra, layout))
    for at, own in enumerate(spectra):
        one = jax.tree.map(lambda leaf, at=at: leaf[at], variables)
        wanted: Any = model.apply(one, batch_of(jnp.asarray(own)), train=False)
        np.testing.assert_allclose(found[at, : len(own)], wanted, atol=1e-5)
