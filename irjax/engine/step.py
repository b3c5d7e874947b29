"""One training step as a pure function of arrays, and what surrounds it: initial state and batch order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import flax.linen as nn
import flax.struct
import jax
import jax.numpy as jnp
import optax
from flax.traverse_util import flatten_dict, unflatten_dict
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, Shaped, UInt8

from irjax.engine.config import Augmentation, Config, Optimizer
from irjax.engine.optimizer import keeps_best, make_optimizer, scheduled_rate
from irjax.models.augment import LEAST, augment, combination, narrower
from irjax.models.batch import Batch, empty_batch
from irjax.models.inputs import filled
from irjax.spectra.grid import Grid
from irjax.tasks.losses import binary_cross_entropy

ORDER, DROPOUT, AUGMENTED, COPIED, MIXED, CUT, EXTENDED = range(7)
"""What a random draw is for; it goes into the key before the number of the step or epoch."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@flax.struct.dataclass
class TrainState:
    """Everything that a step changes, arrays only."""

    step: Int[Array, ""]
    params: Any
    batch_stats: Any
    opt_state: Any
    key: PRNGKeyArray
    factor: Float[Array, ""]
    """What a plateau has cut the scheduled rate to, as a share of it."""
    average: Any
    """The running average of `params`, or nothing."""
    kept: Any
    """Parameters and statistics of the best epoch so far, or nothing."""

    @property
    def variables(self) -> dict[str, Any]:
        """What the network answers with as it is now."""
        return {"params": self.average or self.params, "batch_stats": self.batch_stats}


@flax.struct.dataclass
class EpochSums:
    """What the steps of an epoch add up to, kept on the device until somebody looks."""

    steps: Int[Array, ""]
    loss: Float[Array, ""]
    weight: Float[Array, ""]
    bad_step: Int[Array, ""]
    """First step whose loss was not finite, -1 while there is none."""


@flax.struct.dataclass
class TrainingData:
    """What a network is trained on, on the device."""

    values: Float[Array, "n points"]
    """Spectra without gaps, as `models.inputs.filled` leaves them."""
    measured: Bool[Array, "n points"]
    targets: Any
    """Of each spectrum, as the task has them."""
    loss_weights: Float[Array, "..."]
    """As the task has them."""
    auxiliary: UInt8[Array, "n bits"]
    """0/1: what else is taught of each spectrum, by outputs that come after the task's own."""
    siblings: Int[Array, "n most"]
    """Rows of the same compound, -1 after the last; [n, 0] where nothing combines them."""
    steps_per_epoch: Int[Array, ""]


def draw(key: PRNGKeyArray, purpose: int, number: Int[Array, ""] | int) -> PRNGKeyArray:
    """The key of a purpose's draw at a step or epoch: a resumed run draws what an uninterrupted one would."""
    return jax.random.fold_in(jax.random.fold_in(key, purpose), number)


def initial_state(
    model: nn.Module, config: Optimizer, grid: Grid, seed: Int[Array, ""] | int, start: Mapping[str, Any] = _NOTHING
) -> TrainState:
    """State before the first step, a function of the seed and of the weights to start from.

    Args:
        start: as `start.fitting_weights` finds them; what it lacks is drawn.
    """
    first = jax.random.fold_in(jax.random.key(seed), 0)
    variables: Any = laid_over(model.init(first, empty_batch(grid), train=False), start)
    params, batch_stats = variables["params"], variables.get("batch_stats", {})
    return TrainState(
        step=jnp.zeros((), jnp.int32),
        params=params,
        batch_stats=batch_stats,
        opt_state=make_optimizer(config).init(params),
        key=training_key(seed),
        factor=jnp.ones(()),
        average=jax.tree.map(jnp.copy, params) if config.average else {},
        kept=jax.tree.map(jnp.copy, {"params": params, "batch_stats": batch_stats}) if keeps_best(config) else {},
    )


def laid_over(variables: Any, start: Mapping[str, Any]) -> Any:
    """Variables of a network, those that `start.fitting_weights` found in the place of what was drawn.

    Outputs that are only learned beside have none to find: theirs stay as they were drawn.
    """
    drawn: dict[str, Any] = flatten_dict(variables, sep="/")
    begun: dict[str, Any] = flatten_dict(dict(start), sep="/")
    found = {path: drawn[path].at[tuple(map(slice, leaf.shape))].set(leaf) for path, leaf in begun.items()}
    return unflatten_dict({**drawn, **found}, sep="/")


def training_key(seed: Int[Array, ""] | int) -> PRNGKeyArray:
    """The key of all draws while a network trains."""
    return jax.random.fold_in(jax.random.key(seed), 1)


def empty_sums() -> EpochSums:
    """The sums of no steps."""
    return EpochSums(jnp.zeros((), jnp.int32), jnp.zeros(()), jnp.zeros(()), jnp.full((), -1, jnp.int32))


@partial(jax.jit, static_argnames=("rows", "batch_size"))
def epoch_order(key: PRNGKeyArray, epoch: int, rows: int, batch_size: int) -> Int[Array, "batches batch_size"]:
    """The rows of each batch of an epoch; -1 pads the last batch."""
    shuffled = jax.random.permutation(draw(key, ORDER, epoch), rows).astype(jnp.int32)
    batches = -(-rows // batch_size)
    return jnp.pad(shuffled, (0, batches * batch_size - rows), constant_values=-1).reshape(batches, batch_size)


@dataclass(frozen=True)
class Step:
    """One training step, a pure function of (state, sums, data, order) to (state, sums).

    `order` is that of an epoch, which the sums count the steps of; the step takes its own batch from it.
    """

    gradients: Callable[
        [TrainState, EpochSums, TrainingData, Int[Array, "batches batch"]], tuple[Any, TrainState, EpochSums]
    ]
    """The loss's gradients; the state with new batch statistics; the sums."""
    config: Optimizer

    def __call__(
        self, state: TrainState, sums: EpochSums, data: TrainingData, order: Int[Array, "batches batch"]
    ) -> tuple[TrainState, EpochSums]:
        gradients, state, sums = self.gradients(state, sums, data, order)
        return self.moved(state, gradients, data.steps_per_epoch), sums

    def moved(self, state: TrainState, gradients: Any, steps_per_epoch: Int[Array, ""]) -> TrainState:
        """The state one step on, with its weights moved along these gradients."""
        direction, opt_state = make_optimizer(self.config).update(gradients, state.opt_state, state.params)
        rate = -state.factor * scheduled_rate(self.config, state.step, steps_per_epoch)
        params = optax.apply_updates(state.params, jax.tree.map(lambda leaf: rate * leaf, direction))
        average = state.average
        if self.config.average:
            # Early on the average of the steps so far, lest the initial weights linger.
            old = jnp.minimum(self.config.average, (1 + state.step) / (10 + state.step))
            average = jax.tree.map(lambda mean, new: old * mean + (1 - old) * new, average, params)
        return replace(state, step=state.step + 1, params=params, opt_state=opt_state, average=average)


def make_step(model: nn.Module, config: Config, grid: Grid) -> Step:
    """The step of a network that learns on a grid what a config describes, as it describes."""

    def gradients(
        state: TrainState, sums: EpochSums, data: TrainingData, order: Int[Array, "batches batch"]
    ) -> tuple[Any, TrainState, EpochSums]:
        batch, targets, auxiliary = _shown(config.augmentation, grid, state, data, order[sums.steps])

        def objective(params: Any) -> tuple[Float[Array, ""], tuple[Any, ...]]:
            outputs, updates = model.apply(
                {"params": params, "batch_stats": state.batch_stats},
                batch,
                train=True,
                rngs={"dropout": draw(state.key, DROPOUT, state.step)},
                mutable=["batch_stats"],
            )
            real, own = batch.real.astype(jnp.float32), outputs.shape[-1] - data.auxiliary.shape[-1]
            total, weight = config.task.loss(outputs[:, :own], targets, real, data.loss_weights)
            loss, sound = total / weight, jnp.isfinite(total)
            if data.auxiliary.shape[-1]:
                beside, count = binary_cross_entropy(outputs[:, own:], auxiliary, real)
                loss, sound = loss + beside / count, sound & jnp.isfinite(beside)
            return loss, (total, weight, sound, updates.get("batch_stats", {}))

        gradient, (total, weight, sound, batch_stats) = jax.grad(objective, has_aux=True)(state.params)
        bad = (sums.bad_step < 0) & ~sound
        sums = EpochSums(
            sums.steps + 1,
            sums.loss + total,
            sums.weight + weight,
            jnp.where(bad, state.step, sums.bad_step),
        )
        return gradient, replace(state, batch_stats=batch_stats), sums

    return Step(gradients, config.optimizer)


def _shown(
    augmentation: Augmentation, grid: Grid, state: TrainState, data: TrainingData, rows: Int[Array, " batch"]
) -> tuple[Batch, Any, UInt8[Array, "batch bits"]]:
    """The spectra of a step as the network is shown them, the task's targets for each, and what is taught beside."""
    values = data.values[rows]
    if augmentation.on_the_fly:
        values = _augmented(augmentation, grid, draw(state.key, AUGMENTED, state.step), values, data, rows)
    measured, auxiliary = data.measured[rows], data.auxiliary[rows]
    targets = data.targets[rows]
    if augmentation.mixture:
        key = draw(state.key, MIXED, state.step)
        values, measured, targets, auxiliary = _mixtures(
            augmentation.mixture, grid, key, (rows >= 0).sum(), values, measured, targets, auxiliary
        )
    if augmentation.extended:
        key = draw(state.key, EXTENDED, state.step)
        measured |= jax.random.bernoulli(key, augmentation.extended, (len(rows), 1))
    if augmentation.cut:
        measured &= _narrowed(augmentation.cut, grid, draw(state.key, CUT, state.step), len(rows))
    if augmentation.mixture or augmentation.cut:
        values = filled(jnp.where(measured, values, jnp.nan))
    return Batch(values, measured, rows >= 0), targets, auxiliary


def _augmented(
    augmentation: Augmentation,
    grid: Grid,
    key: PRNGKeyArray,
    spectra: Float[Array, "batch points"],
    data: TrainingData,
    rows: Int[Array, " batch"],
) -> Float[Array, "batch points"]:
    chosen, changed, paired = jax.random.split(key, 3)
    partners = data.values[partner_rows(paired, data.siblings[rows], rows)] if data.siblings.shape[1] else None
    acts = jax.random.bernoulli(chosen, augmentation.share, (len(spectra), 1))
    return jnp.where(acts, augment(augmentation.kinds, changed, spectra, partners, grid), spectra)


def _mixtures(
    share: float,
    grid: Grid,
    key: PRNGKeyArray,
    real: Int[Array, ""],
    spectra: Float[Array, "batch points"],
    measured: Bool[Array, "batch points"],
    *labels: UInt8[Array, "batch groups"],
) -> tuple[Shaped[Array, "batch ..."], ...]:
    """A share of the spectra, each mixed with the one before it in the batch, where both were measured, and labels,
    then those of both.

    Args:
        real: how many of the batch are spectra; padding comes after them, and is mixed with none.
    """
    chosen, mixed = jax.random.split(key)
    acts = jax.random.bernoulli(chosen, share, (len(spectra), 1))
    before = (jnp.arange(len(spectra)) - 1) % jnp.maximum(real, 1)
    both = combination(mixed, spectra, spectra[before], grid, LEAST)
    joined = (jnp.where(acts, jnp.maximum(each, each[before]), each) for each in labels)
    return jnp.where(acts, both, spectra), jnp.where(acts, measured & measured[before], measured), *joined


def _narrowed(share: float, grid: Grid, key: PRNGKeyArray, batch: int) -> Bool[Array, "batch points"]:
    """All of the grid, or for a share of the batch a part of it."""
    chosen, parts = jax.random.split(key)
    return ~jax.random.bernoulli(chosen, share, (batch, 1)) | narrower(parts, batch, grid)


def partner_rows(
    key: PRNGKeyArray, siblings: Int[Array, "batch most"], rows: Int[Array, " batch"]
) -> Int[Array, " batch"]:
    """For each of `rows` one of its siblings, or itself where it has none."""
    number = (siblings >= 0).sum(axis=-1)
    pick = jnp.floor(jax.random.uniform(key, rows.shape) * number).astype(jnp.int32)
    return jnp.where(number > 0, jnp.take_along_axis(siblings, pick[:, None], axis=-1)[:, 0], rows)
