"""One training step as a pure function of arrays, and what surrounds it: initial state, batch order, inference."""

from collections.abc import Callable
from functools import partial
from typing import Any

import flax.linen as nn
import flax.struct
import jax
import jax.numpy as jnp
import numpy as np
import optax

from irjax.models.cnn import CNN
from irjax.models.inputs import network_input
from irjax.models.losses import binary_cross_entropy
from irjax.spectra.resample import GRID
from irjax.training.config import Model


@flax.struct.dataclass
class TrainState:
    """Everything that a step changes, arrays only."""

    step: jax.Array
    params: Any
    batch_stats: Any
    opt_state: optax.OptState
    key: jax.Array


@flax.struct.dataclass
class Tally:
    """What a stretch of steps adds up to, kept on the device until somebody looks."""

    loss: jax.Array
    weight: jax.Array
    bad_step: jax.Array
    """First step whose loss was not finite, -1 while there is none."""


def make_model(config: Model, groups: int) -> CNN:
    """The network that a config describes."""
    gaussian = nn.initializers.normal(0.05**0.5)
    return CNN(
        groups=groups,
        convolutions=config.convolutions,
        filters=config.filters,
        kernel_size=config.kernel_size,
        dense=config.dense,
        dropout=config.dropout,
        kernel_init=gaussian if config.initializer == "gaussian" else nn.initializers.glorot_uniform(),
    )


def initial_state(model: CNN, optimizer: optax.GradientTransformation, seed: int) -> TrainState:
    """State before the first step, a function of the seed alone."""
    key = jax.random.key(seed)
    variables = dict(model.init(jax.random.fold_in(key, 0), jnp.zeros((1, GRID.size)), train=False))
    params = variables["params"]
    return TrainState(
        step=jnp.zeros((), jnp.int32),
        params=params,
        batch_stats=variables["batch_stats"],
        opt_state=optimizer.init(params),
        key=jax.random.fold_in(key, 1),
    )


def empty_tally() -> Tally:
    """A tally of no steps."""
    return Tally(jnp.zeros(()), jnp.zeros(()), jnp.full((), -1, jnp.int32))


@partial(jax.jit, static_argnames=("rows", "batch_size"))
def epoch_order(key: jax.Array, epoch: int, rows: int, batch_size: int) -> jax.Array:
    """The rows of each batch of an epoch, int32 [batches, batch_size]; -1 pads the last batch."""
    shuffled = jax.random.permutation(jax.random.fold_in(key, epoch), rows).astype(jnp.int32)
    batches = -(-rows // batch_size)
    return jnp.pad(shuffled, (0, batches * batch_size - rows), constant_values=-1).reshape(batches, batch_size)


def make_step(
    model: CNN, optimizer: optax.GradientTransformation
) -> Callable[[TrainState, Tally, jax.Array, jax.Array, jax.Array], tuple[TrainState, Tally]]:
    """The step: (state, tally, inputs [n, points], labels [n, groups], order) to (state, tally).

    `order` is that of the epoch the state is in; the step takes its own batch from it. Randomness is a function of
    the step's number, so a resumed run draws what an uninterrupted one would.
    """

    def step(
        state: TrainState, tally: Tally, inputs: jax.Array, labels: jax.Array, order: jax.Array
    ) -> tuple[TrainState, Tally]:
        rows = order[state.step % order.shape[0]]
        real = rows >= 0

        def objective(params: Any) -> tuple[jax.Array, tuple[jax.Array, jax.Array, Any]]:
            logits, updates = model.apply(
                {"params": params, "batch_stats": state.batch_stats},
                inputs[rows],
                train=True,
                mask=real,
                rngs={"dropout": jax.random.fold_in(state.key, state.step)},
                mutable=["batch_stats"],
            )
            total, weight = binary_cross_entropy(logits, labels[rows], real.astype(logits.dtype))
            return total / weight, (total, weight, updates["batch_stats"])

        gradient, (total, weight, batch_stats) = jax.grad(objective, has_aux=True)(state.params)
        updates, opt_state = optimizer.update(gradient, state.opt_state, state.params)
        bad = (tally.bad_step < 0) & ~jnp.isfinite(total)
        tally = Tally(tally.loss + total, tally.weight + weight, jnp.where(bad, state.step, tally.bad_step))
        params = optax.apply_updates(state.params, updates)
        return TrainState(state.step + 1, params, batch_stats, opt_state, state.key), tally

    return step


def make_predictor(model: CNN, batch_size: int = 256) -> Callable[[Any, np.ndarray], np.ndarray]:
    """Probabilities of all spectra: (variables, transmittance [n, points]) to float32 [n, groups], batch by batch."""

    @jax.jit
    def probabilities(variables: Any, transmittance: jax.Array) -> jax.Array:
        logits: Any = model.apply(variables, network_input(transmittance), train=False)
        return jax.nn.sigmoid(logits)

    def predict(variables: Any, transmittance: np.ndarray) -> np.ndarray:
        found = np.zeros((len(transmittance), model.groups), np.float32)
        size = 1 if len(transmittance) == 1 else batch_size
        for start in range(0, len(transmittance), size):
            batch = transmittance[start : start + size]
            padded = np.pad(batch, ((0, size - len(batch)), (0, 0)))
            found[start : start + size] = np.asarray(probabilities(variables, padded))[: len(batch)]
        return found

    return predict
