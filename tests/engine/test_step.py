"""One step: what it changes, how often it compiles, and that it moves nothing off the device."""

from dataclasses import replace

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax.traverse_util import flatten_dict

from irjax.engine.config import Config, Optimizer
from irjax.engine.optimizer import learning_rate
from irjax.engine.programs import side_by_side
from irjax.engine.step import (
    Step,
    TrainingData,
    empty_sums,
    epoch_order,
    initial_state,
    make_step,
)
from irjax.models.batch import batch_of, make_answerer
from irjax.models.cnn import CNN
from irjax.spectra.grid import INFRARED
from irjax.tasks.losses import binary_cross_entropy

TINY = CNN(filters=4, kernel_size=5, dense_nodes=16, dense_layers=2, dropout=0.2)


def of(rows: int, seed: int = 0) -> TrainingData:
    inputs = jax.random.uniform(jax.random.key(seed), (rows, 600))
    labels = (inputs[:, :3] > 0.5).astype(jnp.uint8)
    return TrainingData(
        values=inputs,
        measured=jnp.ones(inputs.shape, bool),
        targets=labels,
        loss_weights=jnp.ones(3),
        auxiliary=jnp.zeros((rows, 0), jnp.uint8),
        siblings=jnp.zeros((rows, 0), jnp.int32),
        steps_per_epoch=jnp.int32(-(-rows // 8)),
    )


@pytest.fixture
def data() -> TrainingData:
    return of(21)


def test_the_rate_falls_after_the_papers_epochs() -> None:
    rates = {epoch: learning_rate(Optimizer(), [{}] * (epoch - 1)) for epoch in (1, 30, 31, 36, 37, 42)}
    wanted = {1: 2.5e-4, 30: 2.5e-4, 31: 2.5e-5, 36: 2.5e-5, 37: 2.5e-6, 42: 2.5e-6}
    assert rates == pytest.approx(wanted, rel=1e-6)
    assert learning_rate(Optimizer(), [{}] * 42) is None


def test_the_rate_falls_tenfold_whenever_validation_stands_still() -> None:
    config = Optimizer(schedule="plateau", epochs=(100,), learning_rates=(1e-3,), lowest_rate=2e-5)

    def after(losses: list[float]) -> float | None:
        return learning_rate(config, [{"validation_loss": loss} for loss in losses])

    falling = [1.0, 0.9, 0.8]
    assert after(falling) == 1e-3
    assert after([*falling, *[0.85] * 4]) == 1e-3
    assert after([*falling, *[0.85] * 5]) == pytest.approx(1e-4)
    assert after([*falling, *[0.85] * 9]) == pytest.approx(1e-4)
    assert after([*falling, *[0.85] * 10]) is None
    assert after([*falling, *[0.85] * 9, 0.7]) == pytest.approx(1e-4)
    assert after([*falling, *([0.85] * 5 + [0.7]), *[0.85] * 5]) == pytest.approx(2e-5)
    assert after([1.0 / n for n in range(1, 101)]) is None


def test_order_visits_every_row_once_and_differs_between_epochs() -> None:
    key = jax.random.key(0)
    first, second = (np.asarray(epoch_order(key, epoch, 21, 8)) for epoch in (1, 2))
    assert first.shape == (3, 8)
    assert sorted(first.ravel()) == [-1] * 3 + list(range(21))
    assert (first != second).any()


def compiled(model: nn.Module, optimizer: Optimizer) -> Step:
    return jax.jit(make_step(model, Config(optimizer=optimizer), INFRARED), donate_argnums=(0, 1))


def test_a_step_without_dropout_is_adam_on_the_mean_loss(data: TrainingData) -> None:
    model, optimizer = replace(TINY, dropout=0.0).build(3, INFRARED), Optimizer()
    state = initial_state(model, optimizer, INFRARED, 0)
    order = epoch_order(state.key, 1, 21, 8)

    def mean_loss(params: dict) -> jax.Array:
        variables = {"params": params, "batch_stats": state.batch_stats}
        logits, _ = model.apply(variables, batch_of(data.values[order[0]]), train=True, mutable=["batch_stats"])
        total, weight = binary_cross_entropy(logits, data.targets[order[0]], jnp.ones(8))
        return total / weight

    loss, gradient = jax.value_and_grad(mean_loss)(state.params)
    adam = optax.adam(2.5e-4)
    updates, _ = adam.update(gradient, adam.init(state.params))
    wanted = optax.apply_updates(state.params, updates)
    found, sums = jax.jit(make_step(model, Config(optimizer=optimizer), INFRARED))(state, empty_sums(), data, order)
    assert float(sums.loss / sums.weight) == pytest.approx(float(loss), rel=1e-5)

    def compare(new: jax.Array, expected: jax.Array, slope: jax.Array) -> None:
        # The bias before a batch norm has no gradient but rounding noise, which Adam's first step scales to its rate.
        real = np.abs(slope) > 1e-6
        np.testing.assert_allclose(np.asarray(new)[real], np.asarray(expected)[real], rtol=1e-4, atol=2e-6)

    jax.tree.map(compare, found.params, wanted, gradient)
    assert sum(int((np.abs(slope) > 1e-6).sum()) for slope in jax.tree.leaves(gradient)) > 1000
    assert int(found.step) == 1


def test_first_bad_step_is_remembered(data: TrainingData) -> None:
    model, optimizer = TINY.build(3, INFRARED), Optimizer()
    state, sums = initial_state(model, optimizer, INFRARED, 0), empty_sums()
    order = epoch_order(state.key, 1, 21, 8)
    poisoned = replace(data, values=data.values.at[order[1, 0]].set(jnp.nan))
    step = compiled(model, optimizer)
    for _ in range(3):
        state, sums = step(state, sums, poisoned, order)
    assert int(sums.bad_step) == 1


def test_a_tiny_set_can_be_learned_by_heart(data: TrainingData) -> None:
    model = CNN(filters=8, kernel_size=5, dense_nodes=64, dense_layers=1, dropout=0.0).build(3, INFRARED)
    optimizer = Optimizer(epochs=(1,), learning_rates=(3e-3,))
    step = compiled(model, optimizer)
    state, sums = initial_state(model, optimizer, INFRARED, 0), empty_sums()
    for epoch in range(120):
        state, sums = step(state, empty_sums(), data, epoch_order(state.key, epoch, 21, 21))
    assert float(sums.loss / sums.weight) < 0.02


def test_three_networks_side_by_side_take_the_steps_that_each_takes_alone() -> None:
    """Ten steps to 1e-5 relative; the parts are of unequal size, so one network ends its epoch before the others."""
    model, optimizer = TINY.build(3, INFRARED), Optimizer()
    sizes, longest = (80, 77, 41), 80
    parts = [of(size, seed) for seed, size in enumerate(sizes)]
    states = [initial_state(model, optimizer, INFRARED, seed) for seed in range(3)]
    orders = [epoch_order(state.key, 1, size, 8) for state, size in zip(states, sizes, strict=True)]
    alone = jax.jit(make_step(model, Config(optimizer=optimizer), INFRARED))
    finals, losses = [], np.full((3, 10), np.nan)
    for at, (state, part, order) in enumerate(zip(states, parts, orders, strict=True)):
        sums = empty_sums()
        for number in range(len(order)):
            state, sums = alone(state, sums, part, order)
            losses[at, number:] = float(sums.loss)
        finals.append(state)

    def grown(part: TrainingData, size: int) -> TrainingData:
        rest = ((0, longest - size), (0, 0))
        values = jnp.pad(part.values, rest, constant_values=1e6)  # would be seen in any statistic it reached
        return replace(
            part,
            values=values,
            measured=jnp.pad(part.measured, rest),
            targets=jnp.pad(part.targets, rest),
            auxiliary=jnp.pad(part.auxiliary, rest),
            siblings=jnp.pad(part.siblings, rest),
        )

    def stack(*leaves: jax.Array) -> jax.Array:
        return jnp.stack(leaves)

    state = jax.tree.map(stack, *states)
    data = jax.tree.map(stack, *(grown(part, size) for part, size in zip(parts, sizes, strict=True)))
    order = jnp.stack([jnp.pad(each, ((0, 10 - len(each)), (0, 0)), constant_values=-1) for each in orders])
    sums = jax.tree.map(stack, *[empty_sums()] * 3)
    step = jax.jit(side_by_side(make_step(model, Config(optimizer=optimizer), INFRARED), 3, ragged=True))
    for number in range(10):
        state, sums = step(state, sums, data, order)
        np.testing.assert_allclose(sums.loss, losses[:, number], rtol=1e-5)
    assert state.step.tolist() == [10, 10, 6]
    for at, alone_state in enumerate(finals):
        for name, wanted in flatten_dict(alone_state.params, sep="/").items():
            # The bias before a batch norm has no gradient but rounding noise, which Adam scales to its rate.
            if not (name.startswith("Conv") and name.endswith("bias")):
                found = flatten_dict(state.params, sep="/")[name][at]
                np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-5, err_msg=name)
        for layer, statistics in alone_state.batch_stats.items():
            np.testing.assert_allclose(state.batch_stats[layer]["var"][at], statistics["var"], rtol=1e-4)


def test_predictor_pads_batches_and_one_spectrum_gives_the_same(data: TrainingData) -> None:
    model, optimizer = TINY.build(3, INFRARED), Optimizer()
    state = initial_state(model, optimizer, INFRARED, 0)
    variables = {"params": state.params, "batch_stats": state.batch_stats}
    spectra = np.asarray(data.values)
    predict = make_answerer(model)
    together = predict(variables, spectra)
    assert together.shape == (21, 3)
    np.testing.assert_allclose(np.concatenate([predict(variables, row[None]) for row in spectra]), together, atol=1e-6)
    assert predict(variables, spectra[:0]).shape == (0, 3)
