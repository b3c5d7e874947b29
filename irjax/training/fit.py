"""A training run from its first step, or from where it was interrupted, to weights that can predict."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax

from irjax.data.dataset import Dataset
from irjax.data.splits import Split, make_split
from irjax.errors import InputError
from irjax.evaluation import metrics
from irjax.evaluation.intervals import plain
from irjax.evaluation.thresholds import DEFAULT, best_f1_thresholds
from irjax.models.cnn import CNN
from irjax.training.checkpoints import checkpoints
from irjax.training.config import Config
from irjax.training.data import Part, compounds_with_several, parts, training_data
from irjax.training.devices import ending_together, first_process_first, is_first_process, wait_for_all
from irjax.training.drivers import Driver, convolution, in_batches, make_driver, make_judge, whole_epochs
from irjax.training.mesh import Layout
from irjax.training.monitor import Monitor, monitor
from irjax.training.optimizer import learning_rate, make_optimizer
from irjax.training.run import (
    Run,
    create_run,
    open_run,
    require_same,
    write_history,
    write_thresholds,
    write_validation,
    write_weights,
)
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


def start_or_resume(path: str | os.PathLike[str], config: Config, dataset: Dataset, split: Split | None = None) -> Run:
    """Opens the run at `path` if it has this config and dataset, or makes it, with the split drawn or given.

    Raises:
        InputError: another run or something else is there.
        UsageError: the dataset is too small to split.
    """
    with first_process_first("run made"):
        if (Path(path) / "config.json").is_file():
            run = open_run(path)
            require_same(run, config, dataset)
            return run
        wanted = config.split
        if split is None:
            labels = dataset.labels(config.vocabulary)
            split = make_split(dataset, labels, wanted.kind, wanted.isotopologues, wanted.seed, wanted.folds)
        return create_run(path, config, dataset, split)


def train(
    runs: Sequence[Run],
    dataset: Dataset,
    home: Path,
    thresholds: np.ndarray | None = None,
    title: str = "",
    whole: bool | None = None,
) -> None:
    """Trains to the end; killed at any moment, the same call goes on from the last epoch that was saved.

    Several runs, which may differ in their validation fold and seed, are trained by one program, side by side. Where
    several processes train together, each makes this call, and the first one writes.

    Args:
        home: where the checkpoints and the TensorBoard files go: the run's own directory, if it is one.
        thresholds: for a run that no fold validates, those fitted on out-of-fold predictions, [groups]; else 0.5.
        title: what the progress bar says, one of many; no line is then printed per epoch.
        whole: whether many steps are one program. By default only accelerators do it.

    Raises:
        DivergedError: a loss was not finite.
        InputError: a part of the split is empty in this dataset, or a checkpoint is damaged.
    """
    members = [_member(run, dataset) for run in runs]
    loop = _Loop.of(members, dataset.rows["file"], whole_epochs() if whole is None else whole)
    config = runs[0].config.optimizer
    steps = config.total_epochs * loop.steps_per_epoch
    with (
        checkpoints(home / "checkpoints") as saved,
        monitor(home / "tensorboard", steps, config.batch_size * len(members), title) as shown,
        ending_together(),
    ):
        for member in members if "combination" in runs[0].config.augmentation.kinds else ():
            shown.note(f"{compounds_with_several(member.training.compounds)} compounds have spectra to combine")
        state = loop.initial_state()
        state, histories = saved.restore(state) or (state, [[] for _ in members])
        done = max(map(len, histories))
        if done:
            shown.note(f"goes on after epoch {done} (step {done * loop.steps_per_epoch})")
        while True:
            rates = [learning_rate(config, history) for history in histories]
            if all(rate is None for rate in rates):
                break
            epoch = max(map(len, histories)) + 1
            state, records = loop.epoch(state, epoch, rates, shown)
            for member, history, record in zip(members, histories, records, strict=True):
                if record is not None:
                    history.append(record)
                    if is_first_process():
                        write_history(member.run, history)
                    shown.epoch(record, member.name if len(members) > 1 else "")
            saved.save(epoch, state, histories)
        saved.wait()
    found = loop.judged(state)
    for at, member in enumerate(members):
        variables = loop.variables(state, at)
        if is_first_process():
            _finish(member, variables, found[at], thresholds)
    wait_for_all("finished")


@dataclass(frozen=True)
class _Member:
    """One of the networks that train side by side."""

    run: Run
    training: Part
    validation: Part
    data: TrainingData
    sources: np.ndarray
    """For each input of `data` the spectrum of `training` it was made of."""

    @property
    def name(self) -> str:
        return self.run.path.name

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self.sources) // self.run.config.optimizer.batch_size)


def _member(run: Run, dataset: Dataset) -> _Member:
    training, validation = parts(run, dataset)
    return _Member(run, training, validation, *training_data(run.config, training))


@dataclass(frozen=True)
class _Loop:
    """What stays the same from epoch to epoch; arrays of the members are stacked on a leading axis."""

    members: list[_Member]
    layout: Layout
    driver: Driver
    judge: Callable[[Any, jax.Array], np.ndarray]
    model: CNN
    optimizer: optax.GradientTransformation
    data: TrainingData
    validation: jax.Array
    files: np.ndarray

    @classmethod
    def of(cls, members: list[_Member], files: np.ndarray, whole: bool) -> "_Loop":
        config, networks = members[0].run.config, len(members)
        layout = Layout.of(networks)
        model = make_model(config.model, len(members[0].run.groups), convolution(layout, networks, whole))
        optimizer = make_optimizer(config.optimizer)
        ragged = len({member.steps_per_epoch for member in members}) > 1 or config.optimizer.schedule == "plateau"
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
        return max(member.steps_per_epoch for member in self.members)

    def initial_state(self) -> TrainState:
        seeds = np.array([member.run.config.seed for member in self.members], np.uint32)
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
        losses = np.asarray(tally.loss) / np.asarray(tally.weight)
        found = self.judged(state)
        seconds = round(time.monotonic() - started, 3)
        records: list[dict[str, Any] | None] = []
        for at, (member, rate) in enumerate(zip(self.members, rates, strict=True)):
            record = {"epoch": epoch, "learning_rate": rate, "loss": float(losses[at])}
            record |= _validated(member.validation, found[at]) | {"seconds": seconds}
            records.append(None if rate is None else record)
        return state, records

    def _order(self, member: _Member, epoch: int, rate: float | None) -> np.ndarray:
        """The member's batches, int32 [steps, rows], -1 where there is nothing to train on."""
        size = member.run.config.optimizer.batch_size
        full = np.full((self.steps_per_epoch, self.layout.rows(size)), -1, np.int32)
        if rate is not None:
            key = training_key(member.run.config.seed)
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


def _finish(member: _Member, variables: dict[str, Any], found: np.ndarray, cross_validated: np.ndarray | None) -> None:
    """Writes what predicting needs; the thresholds last, since they mark the run as finished."""
    run = member.run
    write_weights(run, variables)
    positives = member.training.labels.sum(axis=0)
    fold = run.config.split.validation_fold
    if fold is not None:
        write_validation(run, found)
        fitted = best_f1_thresholds(member.validation.labels, found)
        write_thresholds(run, fitted, positives, f"validation fold {fold}")
    elif cross_validated is not None:
        write_thresholds(run, cross_validated, positives, "out-of-fold predictions")
    else:
        write_thresholds(run, np.full(len(run.groups), DEFAULT), positives, "none: all folds train, so 0.5")
