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
from jaxtyping import Array, Float, Int

from irjax.engine.placement import Placement
from irjax.engine.step import EpochSums, Step, TrainingData, TrainState
from irjax.models.batch import Convolution, batch_of, spectra_at_once
from irjax.models.products import shifted_products
from irjax.models.winograd import winograd

_STEPS_PER_CALL = 1024
"""An epoch of 40,000 spectra is one program; one of a million still lets the progress bar move."""
_COPY_LESS = {"xla_cpu_copy_insertion_use_region_analysis": True}
"""Without it XLA copies the weights at every step: it does not see that the old ones are read before they are moved."""


def whole_epochs() -> bool:
    """Whether this backend takes an epoch as one program."""
    return jax.default_backend() != "cpu"


def convolution(placement: Placement, networks: int, whole: bool) -> Convolution:
    """The way to compute convolutions that suits these programs."""
    alone = networks == placement.groups and not (whole and jax.default_backend() == "cpu")
    return winograd if alone else shifted_products


@dataclass(frozen=True)
class EpochProgram:
    """Takes the steps of an epoch, of several networks at once."""

    take: Callable[..., tuple[TrainState, EpochSums]]
    """(state, sums, data, order, how many steps) to (state, sums); state and sums that went in are donated."""
    steps_per_call: int
    placement: Placement

    def calls(self, steps: int) -> Iterator[tuple[int, Int[Array, ""]]]:
        """For each call that an epoch takes: the steps done after it, and the steps it does, on the device already."""
        counts: dict[int, Int[Array, ""]] = {}
        for start in range(0, steps, self.steps_per_call):
            end = min(start + self.steps_per_call, steps)
            if end - start not in counts:
                counts[end - start] = self.placement.place(np.int32(end - start), self.placement.everywhere)
            yield end, counts[end - start]


def make_epoch_program(step: Step, placement: Placement, networks: int, ragged: bool, whole: bool) -> EpochProgram:
    """The epoch of a step.

    Args:
        ragged: as `side_by_side` takes it.
        whole: whether many steps are one program.
    """
    spread = placement.per_group(side_by_side(step, networks // placement.groups, ragged))

    def program(
        state: TrainState,
        sums: EpochSums,
        data: TrainingData,
        order: Int[Array, "networks batches batch"],
        count: Int[Array, ""],
    ) -> tuple[TrainState, EpochSums]:
        if not whole:
            return spread(state, sums, data, order)
        return jax.lax.fori_loop(0, count, lambda _, carry: spread(*carry, data, order), (state, sums))

    each, all_see = placement.networks, placement.everywhere
    compiled = jax.jit(
        program,
        donate_argnums=(0, 1),
        in_shardings=(each, all_see, each, placement.batches, all_see),
        out_shardings=(each, all_see),
        compiler_options=_COPY_LESS if jax.default_backend() == "cpu" else None,
    )
    return EpochProgram(compiled, _STEPS_PER_CALL if whole else 1, placement)


def side_by_side(step: Step, networks: int, ragged: bool) -> Callable[..., tuple[TrainState, EpochSums]]:
    """The step of several networks at once; state, sums, data and order have a leading axis of networks.

    Args:
        ragged: whether an epoch has more steps for some networks than for others. A network whose order holds nothing
            but padding is left as it is.
    """

    def unless_done(
        state: TrainState, sums: EpochSums, data: TrainingData, order: Int[Array, "networks batches batch"]
    ) -> tuple[TrainState, EpochSums]:
        at = jnp.minimum(sums.steps, len(order) - 1)
        goes_on = (sums.steps < len(order)) & (order[at] >= 0).any()
        after = step(state, sums, data, order)
        return jax.tree.map(lambda new, old: jnp.where(goes_on, new, old), after, (state, sums))

    if networks == 1 and ragged:
        return _first_of(unless_done)
    if networks == 1:
        # A convolution under vmap is many times slower on CPUs, even over an axis of one; but where the optimizer
        # takes the first of each array, XLA copies weights and means at every step, which takes as long as Adam itself.
        gradients = _first_of(step.gradients)

        def alone(
            state: TrainState, sums: EpochSums, data: TrainingData, order: Int[Array, "networks batches batch"]
        ) -> tuple[TrainState, EpochSums]:
            found, state, sums = gradients(state, sums, data, order)
            return jax.vmap(step.moved)(state, found, data.steps_per_epoch), sums

        return alone
    return jax.vmap(unless_done if ragged else step)


def _first_of(function: Callable) -> Callable:
    """The function of the first of each array, with its result as the first of one."""

    def alone(*stacked: Any) -> Any:
        result = function(*jax.tree.map(lambda leaf: leaf[0], stacked))
        return jax.tree.map(lambda leaf: leaf[None], result)

    return alone


Batches = Float[Array, "networks batches rows points"]
OwnBatches = Float[Array, "batches rows points"]
"""Of one network."""


def in_batches(spectra: list[Float[np.ndarray, "n points"]], placement: Placement) -> Batches:
    """Each network's spectra as batches, flat ones last."""
    longest = max(1, *map(len, spectra))
    rows = placement.rows(min(spectra_at_once(), longest))
    padded = np.zeros((len(spectra), -(-longest // rows) * rows, spectra[0].shape[-1]), np.float32)
    for at, each in enumerate(spectra):
        padded[at, : len(each)] = each
    return placement.place(padded.reshape(len(spectra), -1, rows, padded.shape[-1]), placement.batches)


def make_judge(
    model: nn.Module, placement: Placement, networks: int, whole: bool
) -> Callable[[Any, Batches], Float[np.ndarray, "networks n outputs"]]:
    """Each network's outputs for its own batches: from (variables, batches of `in_batches`).

    Args:
        whole: whether all batches are one program.
    """

    def one(variables: Any, batches: OwnBatches, at: Int[Array, ""]) -> Float[Array, "rows outputs"]:
        return jnp.asarray(model.apply(variables, batch_of(batches[at]), train=False))

    def every(variables: Any, batches: OwnBatches, at: Int[Array, " batches"]) -> Float[Array, "batches rows outputs"]:
        return jax.lax.map(lambda index: one(variables, batches, index), at)

    def program(variables: Any, batches: Batches, at: Int[Array, "..."]) -> Float[Array, "networks ... outputs"]:
        local = _first_of(judged) if networks == placement.groups else jax.vmap(judged)
        return placement.per_group(local)(variables, batches, jnp.broadcast_to(at, (networks, *at.shape)))

    judged = every if whole else one
    compiled = jax.jit(
        program, in_shardings=(placement.networks, placement.batches, None), out_shardings=placement.everywhere
    )

    def judge(variables: Any, batches: Batches) -> Float[np.ndarray, "networks n outputs"]:
        numbers = np.arange(batches.shape[1], dtype=np.int32)
        found = [compiled(variables, batches, at) for at in ([numbers] if whole else numbers)]
        return np.concatenate([np.asarray(each).reshape(networks, -1, each.shape[-1]) for each in found], axis=1)

    return judge
