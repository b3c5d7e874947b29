"""One training step as a pure function of arrays, and what surrounds it: initial state, batch order, inference."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import flax.linen as nn
import flax.struct
import jax
import jax.numpy as jnp
import numpy as np
import optax

from irjax.models.augment import augment
from irjax.models.cnn import CNN
from irjax.models.inputs import network_input, spanned
from irjax.models.losses import binary_cross_entropy
from irjax.spectra.resample import GRID
from irjax.training.config import Augmentation, Model

ORDER, DROPOUT, AUGMENTED, COPIED = range(4)
"""What a random draw is for; it goes into the key before the number of the step or epoch."""


@flax.struct.dataclass
class TrainState:
    """Everything that a step changes, arrays only."""

    step: jax.Array
    params: Any
    batch_stats: Any
    opt_state: Any
    key: jax.Array


@flax.struct.dataclass
class Tally:
    """What the steps of an epoch add up to, kept on the device until somebody looks."""

    steps: jax.Array
    loss: jax.Array
    weight: jax.Array
    bad_step: jax.Array
    """First step whose loss was not finite, -1 while there is none."""


@flax.struct.dataclass
class TrainingData:
    """What a network is trained on, on the device."""

    inputs: jax.Array
    """float32 [n, points]: network inputs; with augmentation on the fly, transmittance without gaps."""
    labels: jax.Array
    """uint8 [n, groups]."""
    positive_weight: jax.Array
    """float32 [groups], of the loss."""
    siblings: jax.Array
    """int32 [n, most]: rows of the same compound, -1 after the last; [n, 0] where nothing combines them."""


def draw(key: jax.Array, purpose: int, number: jax.Array | int) -> jax.Array:
    """The key of a purpose's draw at a step or epoch: a resumed run draws what an uninterrupted one would."""
    return jax.random.fold_in(jax.random.fold_in(key, purpose), number)


def make_model(config: Model, groups: int, convolution: Callable[..., jax.Array] = jax.lax.conv_general_dilated) -> CNN:
    """The network that a config describes; every way to compute a convolution takes the same weights."""
    gaussian = nn.initializers.normal(0.05**0.5)
    return CNN(
        groups=groups,
        convolutions=config.convolutions,
        filters=config.filters,
        kernel_size=config.kernel_size,
        dense=config.dense,
        dropout=config.dropout,
        kernel_init=gaussian if config.initializer == "gaussian" else nn.initializers.glorot_uniform(),
        activation=getattr(nn, config.activation),
        convolve=config.convolve,
        pool=config.pool,
        convolution=convolution,
        dtype=jnp.dtype(config.precision),
    )


def initial_state(model: CNN, optimizer: optax.GradientTransformation, seed: jax.Array | int) -> TrainState:
    """State before the first step, a function of the seed alone."""
    first = jax.random.fold_in(jax.random.key(seed), 0)
    variables = dict(model.init(first, jnp.zeros((1, GRID.size)), train=False))
    params = variables["params"]
    return TrainState(
        step=jnp.zeros((), jnp.int32),
        params=params,
        batch_stats=variables.get("batch_stats", {}),
        opt_state=optimizer.init(params),
        key=training_key(seed),
    )


def training_key(seed: jax.Array | int) -> jax.Array:
    """The key of all draws while a network trains."""
    return jax.random.fold_in(jax.random.key(seed), 1)


def with_rates(state: TrainState, rates: jax.Array) -> TrainState:
    """States of several networks with these learning rates, [networks], from now on."""
    current = state.opt_state.hyperparams
    return replace(state, opt_state=state.opt_state._replace(hyperparams={**current, "learning_rate": rates}))


def empty_tally() -> Tally:
    """A tally of no steps."""
    return Tally(jnp.zeros((), jnp.int32), jnp.zeros(()), jnp.zeros(()), jnp.full((), -1, jnp.int32))


@partial(jax.jit, static_argnames=("rows", "batch_size"))
def epoch_order(key: jax.Array, epoch: int, rows: int, batch_size: int) -> jax.Array:
    """The rows of each batch of an epoch, int32 [batches, batch_size]; -1 pads the last batch."""
    shuffled = jax.random.permutation(draw(key, ORDER, epoch), rows).astype(jnp.int32)
    batches = -(-rows // batch_size)
    return jnp.pad(shuffled, (0, batches * batch_size - rows), constant_values=-1).reshape(batches, batch_size)


@dataclass(frozen=True)
class Step:
    """One training step, a pure function of (state, tally, data, order) to (state, tally).

    `order` is that of an epoch, which the tally counts the steps of; the step takes its own batch from it.
    """

    gradients: Callable[[TrainState, Tally, TrainingData, jax.Array], tuple[Any, TrainState, Tally]]
    """The loss's gradients; the state with everything new but weights and optimizer; the tally."""
    optimizer: optax.GradientTransformation

    def __call__(
        self, state: TrainState, tally: Tally, data: TrainingData, order: jax.Array
    ) -> tuple[TrainState, Tally]:
        gradients, state, tally = self.gradients(state, tally, data, order)
        return self.moved(state, gradients), tally

    def moved(self, state: TrainState, gradients: Any) -> TrainState:
        """The state with its weights moved along these gradients."""
        updates, opt_state = self.optimizer.update(gradients, state.opt_state, state.params)
        return replace(state, params=optax.apply_updates(state.params, updates), opt_state=opt_state)


def make_step(model: CNN, optimizer: optax.GradientTransformation, augmentation: Augmentation) -> Step:
    """The step of a network."""

    def gradients(
        state: TrainState, tally: Tally, data: TrainingData, order: jax.Array
    ) -> tuple[Any, TrainState, Tally]:
        rows = order[tally.steps]
        real = rows >= 0
        inputs = data.inputs[rows]
        if augmentation.on_the_fly:
            inputs = _augmented(augmentation, draw(state.key, AUGMENTED, state.step), inputs, data, rows)

        def objective(params: Any) -> tuple[jax.Array, tuple[jax.Array, jax.Array, Any]]:
            logits, updates = model.apply(
                {"params": params, "batch_stats": state.batch_stats},
                inputs,
                train=True,
                mask=real,
                rngs={"dropout": draw(state.key, DROPOUT, state.step)},
                mutable=["batch_stats"],
            )
            each = real.astype(logits.dtype)
            total, weight = binary_cross_entropy(logits, data.labels[rows], each, data.positive_weight)
            return total / weight, (total, weight, updates.get("batch_stats", {}))

        gradient, (total, weight, batch_stats) = jax.grad(objective, has_aux=True)(state.params)
        bad = (tally.bad_step < 0) & ~jnp.isfinite(total)
        tally = Tally(
            tally.steps + 1,
            tally.loss + total,
            tally.weight + weight,
            jnp.where(bad, state.step, tally.bad_step),
        )
        return gradient, replace(state, step=state.step + 1, batch_stats=batch_stats), tally

    return Step(gradients, optimizer)


def _augmented(
    augmentation: Augmentation, key: jax.Array, spectra: jax.Array, data: TrainingData, rows: jax.Array
) -> jax.Array:
    chosen, changed, paired = jax.random.split(key, 3)
    partners = data.inputs[partner_rows(paired, data.siblings[rows], rows)] if data.siblings.shape[1] else None
    acts = jax.random.bernoulli(chosen, augmentation.share, (len(spectra), 1))
    return spanned(jnp.where(acts, augment(augmentation.kinds, changed, spectra, partners), spectra))


def partner_rows(key: jax.Array, siblings: jax.Array, rows: jax.Array) -> jax.Array:
    """For each of `rows` [batch] one of its siblings [batch, most], or itself where it has none."""
    number = (siblings >= 0).sum(axis=-1)
    pick = jnp.floor(jax.random.uniform(key, rows.shape) * number).astype(jnp.int32)
    return jnp.where(number > 0, jnp.take_along_axis(siblings, pick[:, None], axis=-1)[:, 0], rows)


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
