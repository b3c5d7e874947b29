"""An epoch of all the networks that train side by side: their batches, steps and validation, wherever they lie."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Shaped, UInt32

from irjax.engine.config import Config
from irjax.engine.data import Subset
from irjax.engine.monitor import Monitor
from irjax.engine.optimizer import is_best, keeps_best, learning_rate, plateau_factor
from irjax.engine.placement import Placement
from irjax.engine.programs import EpochProgram, convolution, in_batches, make_epoch_program, make_judge
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
from irjax.errors import InputError
from irjax.models.batch import Convolution, variable_shapes
from irjax.spectra.grid import Grid

History = list[dict[str, Any]]
"""The figures of each epoch so far."""


class DivergedError(InputError):
    """The loss or the weights are no longer finite; the message names step, learning rate and batch."""


@dataclass(frozen=True)
class Trainee:
    """One of the networks that train side by side; they may differ in their validation fold and seed."""

    config: Config
    training: Subset
    validation: Subset
    data: TrainingData
    sources: Int[np.ndarray, " inputs"]
    """For each input of `data` the spectrum of `training` it was made of."""

    @property
    def steps_per_epoch(self) -> int:
        """Batches of its part, the last one padded."""
        return -(-len(self.sources) // self.config.optimizer.batch_size)


@dataclass(frozen=True)
class Training:
    """What stays the same from epoch to epoch; arrays of the trainees are stacked on a leading axis."""

    trainees: list[Trainee]
    trained: Any
    """Shapes of the parameters and statistics of one network without outputs for auxiliary targets."""
    placement: Placement
    program: EpochProgram
    judge: Callable[[Any, Array], np.ndarray]
    begin: Callable[[UInt32[np.ndarray, " networks"], Any], TrainState]
    """From their seeds and the weights to start from, the states of all trainees before the first step."""
    data: TrainingData
    validation: Float[Array, "networks batches rows points"]
    files: Shaped[np.ndarray, " spectra"]

    @classmethod
    def of(
        cls,
        trainees: list[Trainee],
        outputs: int,
        grid: Grid,
        files: Shaped[np.ndarray, " spectra"],
        whole: bool,
        way: Convolution | None = None,
    ) -> "Training":
        """What trains these networks.

        Args:
            outputs: how many each has, beside those for auxiliary targets, which it has only while it trains.
            files: the file of each spectrum of their dataset, str [n], to name a bad batch by.
            whole: whether many steps are one program.
            way: to compute convolutions; by default as `programs.convolution` says.
        """
        config, networks = trainees[0].config, len(trainees)
        placement = Placement.of(networks)
        way = way or convolution(placement, networks, whole)
        model = config.model.build(outputs + trainees[0].data.auxiliary.shape[-1], grid, way)
        # A network alone is never done before the others; and to leave it as it is would cost a copy of it.
        unequal = len({trainee.steps_per_epoch for trainee in trainees}) > 1
        ragged = networks > 1 and (unequal or config.optimizer.schedule == "plateau")
        states = jax.vmap(lambda seed, start: initial_state(model, config.optimizer, grid, seed, start))
        return cls(
            trainees,
            {"batch_stats": {}, **variable_shapes(config.model.build(outputs, grid), grid)},
            placement,
            make_epoch_program(make_step(model, config, grid), placement, networks, ragged, whole),
            make_judge(model, placement, networks, whole),
            jax.jit(states, out_shardings=placement.networks),
            placement.place(stacked([trainee.data for trainee in trainees]), placement.networks),
            in_batches([trainee.validation.values for trainee in trainees], placement),
            files,
        )

    @property
    def steps_per_epoch(self) -> int:
        """Those of the trainee that has most."""
        return max(trainee.steps_per_epoch for trainee in self.trainees)

    def initial_state(self, starts: Sequence[Mapping[str, Any]] = ()) -> TrainState:
        """State of all trainees before the first step.

        Args:
            starts: the weights that each begins with, as `start.fitting_weights` finds them; none: all are drawn.
        """
        seeds = np.array([trainee.config.seed for trainee in self.trainees], np.uint32)
        return self.begin(seeds, jax.tree.map(lambda *leaves: np.stack(leaves), *starts) if starts else {})

    def epoch(self, state: TrainState, histories: list[History], shown: Monitor) -> tuple[TrainState, list[History]]:
        """Trains one epoch more and measures the validation parts; a history that is over stays as it is.

        Raises:
            DivergedError: a loss or a weight is not finite.
        """
        started = time.monotonic()
        epoch = max(map(len, histories)) + 1
        optimizers = [trainee.config.optimizer for trainee in self.trainees]
        rates = [learning_rate(*each) for each in zip(optimizers, histories, strict=True)]
        factors = [plateau_factor(*each) for each in zip(optimizers, histories, strict=True)]
        state = replace(state, factor=self._per_network([factor or 0.0 for factor in factors], np.float32))
        state, losses = self._steps(state, epoch, rates, shown)
        found = self.judged(state.variables)
        seconds = round(time.monotonic() - started, 3)
        grown = []
        for at, (trainee, rate, history) in enumerate(zip(self.trainees, rates, histories, strict=True)):
            record = {"epoch": epoch, "learning_rate": rate, "loss": float(losses[at])}
            if len(found[at]):
                record |= trainee.config.task.validated(found[at], trainee.validation.targets)
            grown.append(history if rate is None else [*history, record | {"seconds": seconds}])
        self._require_finite(state, grown)
        if keeps_best(optimizers[0]):
            better = [len(new) > len(old) and is_best(new) for new, old in zip(grown, histories, strict=True)]
            state = replace(state, kept=_best(state.variables, state.kept, self._per_network(better, np.bool_)))
        return state, grown

    def _steps(
        self, state: TrainState, epoch: int, rates: list[float | None], shown: Monitor
    ) -> tuple[TrainState, Float[np.ndarray, " networks"]]:
        orders = np.stack([self.order(*each, epoch) for each in zip(self.trainees, rates, strict=True)])
        placed = self.placement.place(orders, self.placement.batches)
        zeros = jax.tree.map(lambda leaf: np.stack([leaf] * len(self.trainees)), empty_sums())
        sums, before = self.placement.place(zeros, self.placement.everywhere), (epoch - 1) * self.steps_per_epoch
        rate = max(rate or 0.0 for rate in rates)
        with _clean_stop():
            for done, count in self.program.calls(self.steps_per_epoch):
                state, sums = self.program.take(state, sums, self.data, placed, count)
                if self.program.steps_per_call > 1 or shown.due() or done == self.steps_per_epoch:
                    seen = jax.device_get(sums)
                    self._check(seen, orders, epoch, rates)
                    shown.step(before + done, epoch, float(seen.loss.sum() / seen.weight.sum()), rate)
        # 0 of a trainee that is over
        return state, np.asarray(sums.loss) / np.maximum(np.asarray(sums.weight), 1)

    def order(self, trainee: Trainee, rate: float | None, epoch: int) -> Int[np.ndarray, "steps rows"]:
        """The trainee's batches in an epoch, -1 where there is nothing to train on: all of it once its rate is None."""
        size = trainee.config.optimizer.batch_size
        full = np.full((self.steps_per_epoch, self.placement.rows(size)), -1, np.int32)
        if rate is not None:
            order = np.asarray(epoch_order(training_key(trainee.config.seed), epoch, len(trainee.sources), size))
            full[: len(order), :size] = order
        return full

    def _per_network(self, values: list, dtype: type) -> Shaped[Array, " networks"]:
        return self.placement.place(np.array(values, dtype), self.placement.networks)

    def judged(self, variables: Any) -> list[Float[np.ndarray, "n outputs"]]:
        """Each trainee's outputs for its validation part, without those for auxiliary targets."""
        found = self.judge(variables, self.validation)
        auxiliary = self.data.auxiliary.shape[-1]
        found = found[..., : found.shape[-1] - auxiliary]
        return [each[: len(own.validation.rows)] for each, own in zip(found, self.trainees, strict=True)]

    def answering(self, state: TrainState) -> Any:
        """What answers when training is over: of the best epoch, the last, or their average."""
        return state.kept or state.variables

    def taken(self, variables: Any, at: int) -> dict[str, Any]:
        """A trainee's parameters and statistics, on the host, without outputs for auxiliary targets."""

        @partial(jax.jit, out_shardings=self.placement.everywhere)
        def one(tree: Any) -> Any:
            return jax.tree.map(lambda leaf, own: leaf[at][tuple(map(slice, own.shape))], tree, self.trained)

        return jax.device_get(one(variables))

    def _check(
        self, sums: EpochSums, orders: Int[np.ndarray, "networks batches batch"], epoch: int, rates: list[float | None]
    ) -> None:
        for at, step in enumerate(sums.bad_step):
            if step < 0:
                continue
            trainee = self.trainees[at]
            batch = orders[at, step % trainee.steps_per_epoch]
            files = self.files[trainee.training.rows[trainee.sources[batch[batch >= 0]]]]
            named = ", ".join(files[:5]) + (f" and {len(files) - 5} more" if len(files) > 5 else "")
            raise DivergedError(
                f"the loss is not finite at step {step} (epoch {epoch}), learning rate {rates[at]:.3g}, "
                f"on the batch of {named}; lower optimizer.learning_rates in a new --run"
            )

    def _require_finite(self, state: TrainState, histories: list[History]) -> None:
        sound = np.asarray(jax.jit(_finite, out_shardings=self.placement.everywhere)(state.variables))
        for at, history in enumerate(histories):
            figures = [value for value in history[-1].values() if isinstance(value, float)]
            if not (sound[at] and np.isfinite(figures).all()):
                raise DivergedError(
                    f"after epoch {len(history)} weights or validation outputs are not finite, learning rate "
                    f"{history[-1]['learning_rate']:.3g}; lower optimizer.learning_rates in a new --run"
                )


def _finite(variables: Any) -> Bool[Array, " networks"]:
    """Whether all weights of each network are finite."""
    each = [jnp.isfinite(leaf).all(axis=tuple(range(1, leaf.ndim))) for leaf in jax.tree.leaves(variables)]
    return jnp.stack(each).all(axis=0)


@jax.jit
def _best(new: Any, old: Any, better: Bool[Array, " networks"]) -> Any:
    """The new variables of those networks that have never been better, and the old ones of the others."""

    def chosen(new: Shaped[Array, "networks ..."], old: Shaped[Array, "networks ..."]) -> Shaped[Array, "networks ..."]:
        return jnp.where(better.reshape(-1, *[1] * (new.ndim - 1)), new, old)

    return jax.tree.map(chosen, new, old)


def stacked(parts: list[TrainingData]) -> Any:
    """The data of several networks on a leading axis, on the host, each padded to the room that the largest takes."""

    def stack(*leaves: Shaped[Array, "..."]) -> Shaped[np.ndarray, "networks ..."]:
        room = np.max([leaf.shape for leaf in leaves], axis=0).astype(int)
        missing = [[(0, most - own) for most, own in zip(room, leaf.shape, strict=True)] for leaf in leaves]
        fill = -1 if leaves[0].dtype == np.int32 else 0  # int32 are rows of siblings, or classes that nothing looks at
        padded = zip(leaves, missing, strict=True)
        return np.stack(
            [np.pad(np.asarray(leaf), widths, constant_values=fill) if widths else leaf for leaf, widths in padded]
        )

    return jax.tree.map(stack, *parts)


@contextmanager
def _clean_stop() -> Iterator[None]:
    """Leaves no step in flight when Ctrl-C arrives."""
    try:
        yield
    except KeyboardInterrupt:
        jax.effects_barrier()
        raise
