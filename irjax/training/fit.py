"""A training run from its first step, or from where it was interrupted, to weights that can predict."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
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
    make_predictor,
    make_step,
    side_by_side,
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
    runs: Sequence[Run], dataset: Dataset, home: Path, thresholds: np.ndarray | None = None, title: str = ""
) -> None:
    """Trains to the end; killed at any moment, the same call goes on from the last epoch that was saved.

    Several runs, which may differ in their validation fold and seed, are trained by one program, side by side.

    Args:
        home: where the checkpoints and the TensorBoard files go: the run's own directory, if it is one.
        thresholds: for a run that no fold validates, those fitted on out-of-fold predictions, [groups]; else 0.5.
        title: what the progress bar says, one of many; no line is then printed per epoch.

    Raises:
        DivergedError: a loss was not finite.
        InputError: a part of the split is empty in this dataset, or a checkpoint is damaged.
    """
    members = [_member(run, dataset) for run in runs]
    loop = _Loop.of(members, dataset.rows["file"])
    config = runs[0].config.optimizer
    steps = config.total_epochs * loop.steps_per_epoch
    with (
        checkpoints(home / "checkpoints") as saved,
        monitor(home / "tensorboard", steps, config.batch_size * len(members), title) as shown,
    ):
        for member in members if "combination" in runs[0].config.augmentation.kinds else ():
            shown.note(f"{compounds_with_several(member.training.compounds)} compounds have spectra to combine")
        state = loop.initial_state()
        state, histories = saved.restore(state) or (state, [[] for _ in members])
        if histories[0]:
            shown.note(f"goes on after epoch {max(map(len, histories))} (step {int(state.step.max())})")
        while True:
            rates = [learning_rate(config, history) for history in histories]
            if all(rate is None for rate in rates):
                break
            epoch = max(map(len, histories)) + 1
            state, records = loop.epoch(state, epoch, rates, shown)
            for member, history, record in zip(members, histories, records, strict=True):
                if record is not None:
                    history.append(record)
                    write_history(member.run, history)
                    shown.epoch(record, member.name if len(members) > 1 else "")
            saved.save(epoch, state, histories)
        saved.wait()
    for at, member in enumerate(members):
        _finish(member, *loop.network(state, at), thresholds)


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
    step: Any
    predict: Any
    model: CNN
    optimizer: optax.GradientTransformation
    data: TrainingData
    files: np.ndarray

    @classmethod
    def of(cls, members: list[_Member], files: np.ndarray) -> "_Loop":
        config = members[0].run.config
        model = make_model(config.model, len(members[0].run.groups))
        optimizer = make_optimizer(config.optimizer)
        ragged = len({member.steps_per_epoch for member in members}) > 1 or config.optimizer.schedule == "plateau"
        step = side_by_side(make_step(model, optimizer, config.augmentation), len(members), ragged)
        longest = max(len(member.sources) for member in members)
        data = jax.tree.map(lambda *leaves: jnp.stack(leaves), *(_padded(member.data, longest) for member in members))
        return cls(members, jax.jit(step, donate_argnums=(0, 1)), make_predictor(model), model, optimizer, data, files)

    @property
    def steps_per_epoch(self) -> int:
        return max(member.steps_per_epoch for member in self.members)

    def initial_state(self) -> TrainState:
        states = [initial_state(self.model, self.optimizer, member.run.config.seed) for member in self.members]
        return jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)

    def epoch(
        self, state: TrainState, epoch: int, rates: list[float | None], shown: Monitor
    ) -> tuple[TrainState, list[dict[str, Any] | None]]:
        """Trains one epoch (counted from 1) and measures the validation parts; None for a member that is over."""
        started = time.monotonic()
        state = with_rates(state, [rate or 0.0 for rate in rates])
        orders = jnp.stack([self._order(state, at, epoch, rate) for at, rate in enumerate(rates)])
        tally = jax.tree.map(lambda leaf: jnp.stack([leaf] * len(self.members)), empty_tally())
        done, rate = (epoch - 1) * self.steps_per_epoch, max(rate or 0.0 for rate in rates)
        with _clean_stop():
            for step in range(self.steps_per_epoch):
                state, tally = self.step(state, tally, self.data, orders)
                if shown.due():
                    self._check(tally, orders, epoch, rates)
                    shown.step(done + step + 1, epoch, float(tally.loss.sum() / tally.weight.sum()), rate)
        self._check(tally, orders, epoch, rates)
        shown.step(done + self.steps_per_epoch, epoch, float(tally.loss.sum() / tally.weight.sum()), rate)
        losses = np.asarray(tally.loss / tally.weight)
        figures = [
            None if rates[at] is None else self._validated(member, state, at) for at, member in enumerate(self.members)
        ]
        seconds = round(time.monotonic() - started, 3)
        return state, [
            None
            if found is None
            else {"epoch": epoch, "learning_rate": rate, "loss": float(loss), **found, "seconds": seconds}
            for rate, loss, found in zip(rates, losses, figures, strict=True)
        ]

    def _order(self, state: TrainState, at: int, epoch: int, rate: float | None) -> jax.Array:
        member = self.members[at]
        order = epoch_order(state.key[at], epoch, len(member.sources), member.run.config.optimizer.batch_size)
        missing = self.steps_per_epoch - len(order)
        order = jnp.pad(order, ((0, missing), (0, 0)), constant_values=-1)
        return order if rate is not None else jnp.full_like(order, -1)

    def _validated(self, member: _Member, state: TrainState, at: int) -> dict[str, float]:
        if not len(member.validation.rows):
            return {}
        _, found = self.network(state, at)
        labels = member.validation.labels
        clipped = np.clip(found.astype(np.float64), 1e-7, 1 - 1e-7)
        loss = -np.mean(np.where(labels > 0, np.log(clipped), np.log1p(-clipped)))
        counted = metrics.counts(labels, found >= DEFAULT, plain(len(labels)))
        return {
            "validation_loss": float(loss),
            "validation_f1_macro": float(metrics.f1_macro(counted)[0]),
            "validation_f1_micro": float(metrics.f1_micro(counted)[0]),
        }

    def network(self, state: TrainState, at: int) -> tuple[dict[str, Any], np.ndarray]:
        """A member's parameters and statistics, and its probabilities of its validation part, float32 [n, groups]."""
        variables = jax.tree.map(lambda leaf: leaf[at], {"params": state.params, "batch_stats": state.batch_stats})
        return variables, self.predict(variables, self.members[at].validation.transmittance)

    def _check(self, tally: Tally, orders: jax.Array, epoch: int, rates: list[float | None]) -> None:
        for at, step in enumerate(np.asarray(tally.bad_step)):
            if step < 0:
                continue
            member = self.members[at]
            batch = np.asarray(orders[at, step % member.steps_per_epoch])
            files = self.files[member.training.rows[member.sources[batch[batch >= 0]]]]
            named = ", ".join(files[:5]) + (f" and {len(files) - 5} more" if len(files) > 5 else "")
            raise DivergedError(
                f"the loss is not finite at step {step} (epoch {epoch}), learning rate {rates[at]:.3g}, "
                f"on the batch of {named}; lower optimizer.learning_rates in a new --run"
            )


def _padded(data: TrainingData, rows: int) -> TrainingData:
    """The same data with room for `rows` inputs, so that parts of unequal size can be stacked."""
    missing = rows - len(data.inputs)

    def pad(leaf: jax.Array) -> jax.Array:
        return jnp.pad(leaf, ((0, missing), (0, 0))) if missing else leaf

    return replace(data, inputs=pad(data.inputs), labels=pad(data.labels), siblings=pad(data.siblings))


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
