"""What jax compiles of a step: how often, what it moves, and that every driver takes the same steps."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax.traverse_util import flatten_dict

from irjax.engine.config import Augmentation, Config, Optimizer
from irjax.engine.data import Subset, training_data
from irjax.engine.epochs import Trainee, Training
from irjax.engine.placement import Placement
from irjax.engine.programs import EpochProgram, in_batches, make_judge
from irjax.engine.step import (
    EpochSums,
    TrainingData,
    TrainState,
    empty_sums,
    initial_state,
)
from irjax.models.batch import batch_of
from irjax.models.cnn import CNN
from irjax.models.products import shifted_products
from irjax.spectra.grid import INFRARED

TINY = CNN(filters=4, kernel_size=5, dense_nodes=16, dense_layers=2, dropout=0.2)
AUGMENTED = Augmentation(("noise", "shift", "air"), 0.5, on_the_fly=True)
BATCH, STEPS = 8, 11
ROWS, FEWER = 85, 70
"""Spectra of an epoch of STEPS batches, and of two batches less; the last batch is padded."""
FAST = Optimizer(epochs=(1,), learning_rates=(1e-3,), batch_size=BATCH)


def ready(
    rows: Sequence[int], whole: bool, augmentation: Augmentation
) -> tuple[EpochProgram, TrainState, EpochSums, TrainingData, jax.Array]:
    """What training networks on so many spectra each makes: its program and all that this takes, on the device."""
    config = Config(TINY, FAST, augmentation=augmentation)
    trainees = []
    for seed, number in enumerate(rows):
        values = np.random.default_rng(seed).random((number, 600), np.float32)
        labels, compounds = (values[:, :3] > 0.5).astype(np.uint8), np.arange(number).astype(str)
        part = Subset(np.arange(number), values, labels, compounds, labels[:, :0])
        own = replace(config, seed=seed)
        trainees.append(Trainee(own, part, part, *training_data(own, part, INFRARED)))
    files = np.arange(max(rows)).astype(str)
    training = Training.of(trainees, 3, INFRARED, files, whole, shifted_products if whole else None)
    place, placement = training.placement.place, training.placement
    orders = np.stack([training.order(trainee, 1e-3, epoch=1) for trainee in trainees])
    sums: Any = jax.tree.map(lambda leaf: np.stack([leaf] * len(rows)), empty_sums())
    return (
        training.program,
        training.initial_state(),
        place(sums, placement.everywhere),
        training.data,
        place(orders, placement.batches),
    )


@pytest.mark.parametrize("augmentation", [Augmentation(), AUGMENTED])
@pytest.mark.parametrize(("networks", "whole"), [(1, False), (1, True), (2, True)])
def test_ten_steps_compile_once_and_transfer_nothing(
    networks: int, whole: bool, augmentation: Augmentation, caplog: pytest.LogCaptureFixture
) -> None:
    driver, state, sums, data, order = ready([ROWS] * networks, whole, augmentation)
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
    assert sums.weight.tolist() == [ROWS] * networks


@pytest.mark.parametrize("whole", [False, True])
def test_a_network_that_is_done_waits_for_the_others(whole: bool) -> None:
    """Its batches hold nothing but padding, of which no statistic can be made."""
    driver, state, sums, data, order = ready([FEWER, ROWS], whole, Augmentation())
    for _, count in driver.calls(STEPS):
        state, sums = driver.take(state, sums, data, order, count)
    assert state.step.tolist() == [STEPS - 2, STEPS]
    assert sums.weight.tolist() == [FEWER, ROWS]
    for leaf in jax.tree.leaves((state.params, state.batch_stats)):
        assert np.isfinite(leaf).all()


def test_an_epoch_in_one_program_takes_the_steps_that_are_taken_one_by_one() -> None:
    found = {}
    for whole in (False, True):
        driver, state, sums, data, order = ready([ROWS], whole, AUGMENTED)
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
