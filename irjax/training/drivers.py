"""Several networks and many steps as programs: what jax compiles of a step, on this backend and this mesh.

On CPUs a convolution under `vmap` or in a loop that jax compiles is 10 to 20 times slower (an open XLA bug), so steps
are called one by one there; elsewhere an epoch is one program.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from irjax.models.inputs import network_input
from irjax.models.products import shifted_products
from irjax.training.mesh import Layout
from irjax.training.step import Step, Tally, TrainingData, TrainState

_STEPS_PER_CALL = 1024
"""An epoch of 40,000 spectra is one program; one of a million still lets the progress bar move."""
_JUDGED_AT_ONCE = 256
_COPY_LESS = {"xla_cpu_copy_insertion_use_region_analysis": True}
"""Without it XLA copies the weights at every step: it does not see that the old ones are read before they are moved."""


def whole_epochs() -> bool:
    """Whether this backend takes an epoch as one program."""
    return jax.default_backend() != "cpu"


def convolution(layout: Layout, networks: int, whole: bool) -> Callable[..., jax.Array]:
    """The way to compute convolutions that suits the driver."""
    alone = networks == layout.groups and not (whole and jax.default_backend() == "cpu")
    return jax.lax.conv_general_dilated if alone else shifted_products


@dataclass(frozen=True)
class Driver:
    """Takes the steps of an epoch, of several networks at once."""

    program: Callable[..., tuple[TrainState, Tally]]
    """(state, tally, data, order, how many steps) to (state, tally); state and tally that went in are donated."""
    steps_per_call: int
    layout: Layout

    def calls(self, steps: int) -> Iterator[tuple[int, jax.Array]]:
        """For each call that an epoch takes: the steps done after it, and the steps it does, on the device already."""
        counts: dict[int, jax.Array] = {}
        for start in range(0, steps, self.steps_per_call):
            end = min(start + self.steps_per_call, steps)
            if end - start not in counts:
                counts[end - start] = self.layout.place(np.int32(end - start), self.layout.everywhere)
            yield end, counts[end - start]


def make_driver(step: Step, layout: Layout, networks: int, ragged: bool, whole: bool) -> Driver:
    """The driver of a step.

    Args:
        ragged: as `side_by_side` takes it.
        whole: whether many steps are one program.
    """
    spread = layout.per_group(side_by_side(step, networks // layout.groups, ragged))

    def program(
        state: TrainState, tally: Tally, data: TrainingData, order: jax.Array, count: jax.Array
    ) -> tuple[TrainState, Tally]:
        if not whole:
            return spread(state, tally, data, order)
        return jax.lax.fori_loop(0, count, lambda _, carry: spread(*carry, data, order), (state, tally))

    each, all_see = layout.networks, layout.everywhere
    compiled = jax.jit(
        program,
        donate_argnums=(0, 1),
        in_shardings=(each, all_see, each, layout.batches, all_see),
        out_shardings=(each, all_see),
        compiler_options=_COPY_LESS if jax.default_backend() == "cpu" else None,
    )
    return Driver(compiled, _STEPS_PER_CALL if whole else 1, layout)


def side_by_side(step: Step, networks: int, ragged: bool) -> Callable[..., tuple[TrainState, Tally]]:
    """The step of several networks at once; state, tally, data and order have a leading axis of networks.

    Args:
        ragged: whether an epoch has more steps for some networks than for others. A network whose order holds nothing
            but padding is left as it is.
    """

    def unless_done(state: TrainState, tally: Tally, data: TrainingData, order: jax.Array) -> tuple[TrainState, Tally]:
        at = jnp.minimum(tally.steps, len(order) - 1)
        goes_on = (tally.steps < len(order)) & (order[at] >= 0).any()
        after = step(state, tally, data, order)
        return jax.tree.map(lambda new, old: jnp.where(goes_on, new, old), after, (state, tally))

    if networks == 1 and ragged:
        return _first_of(unless_done)
    if networks == 1:
        # A convolution under vmap is many times slower on CPUs, even over an axis of one; but where the optimizer
        # takes the first of each array, XLA copies weights and means at every step, which takes as long as Adam itself.
        gradients = _first_of(step.gradients)

        def alone(state: TrainState, tally: Tally, data: TrainingData, order: jax.Array) -> tuple[TrainState, Tally]:
            found, state, tally = gradients(state, tally, data, order)
            return jax.vmap(step.moved)(state, found), tally

        return alone
    return jax.vmap(unless_done if ragged else step)


def _first_of(function: Callable) -> Callable:
    """The function of the first of each array, with its result as the first of one."""

    def alone(*stacked: Any) -> Any:
        result = function(*jax.tree.map(lambda leaf: leaf[0], stacked))
        return jax.tree.map(lambda leaf: leaf[None], result)

    return alone


def in_batches(spectra: list[np.ndarray], layout: Layout) -> jax.Array:
    """Each network's spectra, float32 [n, points], as batches [networks, batches, rows, points], flat ones last."""
    longest = max(1, *map(len, spectra))
    rows = layout.rows(min(_JUDGED_AT_ONCE, longest))
    padded = np.zeros((len(spectra), -(-longest // rows) * rows, spectra[0].shape[-1]), np.float32)
    for at, each in enumerate(spectra):
        padded[at, : len(each)] = each
    return layout.place(padded.reshape(len(spectra), -1, rows, padded.shape[-1]), layout.batches)


def make_judge(model: nn.Module, layout: Layout, networks: int, whole: bool) -> Callable[[Any, jax.Array], np.ndarray]:
    """What each network says of its own batches: (variables, batches of `in_batches`) to float32 [networks, n, groups].

    Args:
        whole: whether all batches are one program.
    """

    def one(variables: Any, batches: jax.Array, at: jax.Array) -> jax.Array:
        logits: Any = model.apply(variables, network_input(batches[at]), train=False)
        return jax.nn.sigmoid(logits)

    def every(variables: Any, batches: jax.Array, at: jax.Array) -> jax.Array:
        return jax.lax.map(lambda index: one(variables, batches, index), at)

    def program(variables: Any, batches: jax.Array, at: jax.Array) -> jax.Array:
        local = _first_of(judged) if networks == layout.groups else jax.vmap(judged)
        return layout.per_group(local)(variables, batches, jnp.broadcast_to(at, (networks, *at.shape)))

    judged = every if whole else one
    compiled = jax.jit(program, in_shardings=(layout.networks, layout.batches, None), out_shardings=layout.everywhere)

    def judge(variables: Any, batches: jax.Array) -> np.ndarray:
        numbers = np.arange(batches.shape[1], dtype=np.int32)
        found = [compiled(variables, batches, at) for at in ([numbers] if whole else numbers)]
        return np.concatenate([np.asarray(each).reshape(networks, -1, each.shape[-1]) for each in found], axis=1)

    return judge
