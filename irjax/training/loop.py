"""An epoch of several networks: their batches, steps and validation, wherever they lie."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import optax

from irjax.errors import InputError
from irjax.evaluation import metrics
from irjax.evaluation.intervals import plain
from irjax.evaluation.thresholds import DEFAULT
from irjax.models.cnn import CNN
from irjax.training.config import Config
from irjax.training.data import Part
from irjax.training.drivers import Driver, convolution, in_batches, make_driver, make_judge
from irjax.training.mesh import Layout
from irjax.training.monitor import Monitor
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


class DivergedError(InputError):
    """The loss is no longer finite; the message names step, learning rate and batch."""


@dataclass(frozen=True)
class Member:
    """One of the networks that train side by side; they may differ in their validation fold and seed."""

    config: Config
    training: Part
    validation: Part
    data: TrainingData
    sources: np.ndarray
    """For each input of `data` the spectrum of `training` it was made of."""

    @property
    def steps_per_epoch(self) -> int:
        """Batches of its part, the last one padded."""
        return -(-len(self.sources) // self.config.optimizer.batch_size)


@dataclass(frozen=True)
class Loop:
    """What stays the same from epoch to epoch; arrays of the members are stacked on a leading axis."""

    members: list[Member]
    layout: Layout
    driver: Driver
    judge: Callable[[Any, jax.Array], np.ndarray]
    model: CNN
    optimizer: optax.GradientTransformation
    data: TrainingData
    validation: jax.Array
    files: np.ndarray

    @classmethod
    def of(cls, members: list[Member], files: np.ndarray, whole: bool) -> "Loop":
        """What trains these members.

        Args:
            files: the file of each spectrum of their dataset, str [n], to name a bad batch by.
            whole: whether many steps are one program.
        """
        config, networks = members[0].config, len(members)
        layout = Layout.of(networks)
        model = make_model(config.model, members[0].training.labels.shape[1], convolution(layout, networks, whole))
        optimizer = make_optimizer(config.optimizer)
        # A network alone is never done before the others; and to leave it as it is would cost a copy of it.
        unequal = len({member.steps_per_epoch for member in members}) > 1
        ragged = networks > 1 and (unequal or config.optimizer.schedule == "plateau")
        step = make_step(model, optimizer, config.augmentation)
        data = _stacked([member.data for member in members])
        return cls(
            members,
            layout,
            make_driver(step, layout, networks, ragged, whole),
            make_judge(model, layout, networks, whole),
            model,
            optimizer,
            layout.place(data, layout.networks),
            in_batches([member.validation.transmittance for member in members], layout),
            files,
        )

    @property
    def steps_per_epoch(self) -> int:
        """Those of the member that has most."""
        return max(member.steps_per_epoch for member in self.members)

    def initial_state(self) -> TrainState:
        """State of all members before the first step."""
        seeds = np.array([member.config.seed for member in self.members], np.uint32)
        states = jax.vmap(lambda seed: initial_state(self.model, self.optimizer, seed))
        return jax.jit(states, out_shardings=self.layout.networks)(seeds)

    def epoch(
        self, state: TrainState, epoch: int, rates: list[float | None], shown: Monitor
    ) -> tuple[TrainState, list[dict[str, Any] | None]]:
        """Trains one epoch (counted from 1) and measures the validation parts; None for a member that is over."""
        started = time.monotonic()
        orders = np.stack([self._order(member, epoch, rate) for member, rate in zip(self.members, rates, strict=True)])
        placed = self.layout.place(orders, self.layout.batches)
        current = np.array([rate or 0.0 for rate in rates], np.float32)
        state = with_rates(state, self.layout.place(current, self.layout.networks))
        tallies = jax.tree.map(lambda leaf: np.stack([leaf] * len(self.members)), empty_tally())
        tally, before = self.layout.place(tallies, self.layout.everywhere), (epoch - 1) * self.steps_per_epoch
        with _clean_stop():
            for done, count in self.driver.calls(self.steps_per_epoch):
                state, tally = self.driver.program(state, tally, self.data, placed, count)
                if self.driver.steps_per_call > 1 or shown.due() or done == self.steps_per_epoch:
                    seen = jax.device_get(tally)
                    self._check(seen, orders, epoch, rates)
                    shown.step(before + done, epoch, float(seen.loss.sum() / seen.weight.sum()), float(current.max()))
        losses = np.asarray(tally.loss) / np.maximum(np.asarray(tally.weight), 1)  # 0 of a member that is over
        found = self.judged(state)
        seconds = round(time.monotonic() - started, 3)
        records: list[dict[str, Any] | None] = []
        for at, (member, rate) in enumerate(zip(self.members, rates, strict=True)):
            record = {"epoch": epoch, "learning_rate": rate, "loss": float(losses[at])}
            record |= _validated(member.validation, found[at]) | {"seconds": seconds}
            records.append(None if rate is None else record)
        return state, records

    def _order(self, member: Member, epoch: int, rate: float | None) -> np.ndarray:
        """The member's batches, int32 [steps, rows], -1 where there is nothing to train on."""
        size = member.config.optimizer.batch_size
        full = np.full((self.steps_per_epoch, self.layout.rows(size)), -1, np.int32)
        if rate is not None:
            key = training_key(member.config.seed)
            order = np.asarray(epoch_order(key, epoch, len(member.sources), size))
            full[: len(order), :size] = order
        return full

    def judged(self, state: TrainState) -> list[np.ndarray]:
        """Each member's probabilities of its validation part, float32 [n, groups]."""
        found = self.judge({"params": state.params, "batch_stats": state.batch_stats}, self.validation)
        return [each[: len(member.validation.rows)] for each, member in zip(found, self.members, strict=True)]

    def variables(self, state: TrainState, at: int) -> dict[str, Any]:
        """A member's parameters and statistics, on the host."""
        every = {"params": state.params, "batch_stats": state.batch_stats}
        taken = jax.jit(lambda tree: jax.tree.map(lambda leaf: leaf[at], tree), out_shardings=self.layout.everywhere)
        return jax.device_get(taken(every))

    def _check(self, tally: Tally, orders: np.ndarray, epoch: int, rates: list[float | None]) -> None:
        for at, step in enumerate(tally.bad_step):
            if step < 0:
                continue
            member = self.members[at]
            batch = orders[at, step % member.steps_per_epoch]
            files = self.files[member.training.rows[member.sources[batch[batch >= 0]]]]
            named = ", ".join(files[:5]) + (f" and {len(files) - 5} more" if len(files) > 5 else "")
            raise DivergedError(
                f"the loss is not finite at step {step} (epoch {epoch}), learning rate {rates[at]:.3g}, "
                f"on the batch of {named}; lower optimizer.learning_rates in a new --run"
            )


def _stacked(parts: list[TrainingData]) -> Any:
    """The data of several networks on a leading axis, on the host, each padded to the room that the largest takes."""

    def stack(*leaves: jax.Array) -> np.ndarray:
        room = np.max([leaf.shape for leaf in leaves], axis=0)
        missing = ([(0, most - own) for most, own in zip(room, leaf.shape, strict=True)] for leaf in leaves)
        fill = -1 if leaves[0].dtype == np.int32 else 0  # what is int32 are rows of siblings
        padded = zip(leaves, missing, strict=True)
        return np.stack([np.pad(np.asarray(leaf), widths, constant_values=fill) for leaf, widths in padded])

    return jax.tree.map(stack, *parts)


def _validated(part: Part, found: np.ndarray) -> dict[str, float]:
    """The figures of probabilities [n, groups] of a validation part; none where it is empty."""
    if not len(part.rows):
        return {}
    clipped = np.clip(found.astype(np.float64), 1e-7, 1 - 1e-7)
    loss = -np.mean(np.where(part.labels > 0, np.log(clipped), np.log1p(-clipped)))
    counted = metrics.counts(part.labels, found >= DEFAULT, plain(len(part.labels)))
    return {
        "validation_loss": float(loss),
        "validation_f1_macro": float(metrics.f1_macro(counted)[0]),
        "validation_f1_micro": float(metrics.f1_micro(counted)[0]),
    }


@contextmanager
def _clean_stop() -> Iterator[None]:
    """Leaves no step in flight when Ctrl-C arrives."""
    try:
        yield
    except KeyboardInterrupt:
        jax.effects_barrier()
        raise
