"""A training run from its first step, or from where it was interrupted, to weights that can predict."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from irjax.data.dataset import Dataset
from irjax.data.splits import make_split
from irjax.errors import InputError
from irjax.evaluation import metrics
from irjax.evaluation.intervals import plain
from irjax.evaluation.thresholds import DEFAULT, best_f1_thresholds
from irjax.models.inputs import network_input
from irjax.training.checkpoints import checkpoints
from irjax.training.config import Config
from irjax.training.monitor import Monitor, monitor
from irjax.training.optimizer import make_optimizer, make_schedule
from irjax.training.run import Run, create_run, open_run, require_same, write_aside, write_thresholds, write_weights
from irjax.training.step import (
    Tally,
    TrainState,
    empty_tally,
    epoch_order,
    initial_state,
    make_model,
    make_predictor,
    make_step,
)


class DivergedError(Exception):
    """The loss is no longer finite; the message names step, learning rate and batch."""


@dataclass(frozen=True)
class Part:
    """The spectra of one part of a split."""

    rows: np.ndarray
    """Their indices in the dataset, int [n]."""
    transmittance: np.ndarray
    """float32 [n, points]."""
    labels: np.ndarray
    """uint8 [n, groups]."""


def start_or_resume(path: str | os.PathLike[str], config: Config, dataset: Dataset) -> Run:
    """Opens the run at `path` if it has this config and dataset, or makes it.

    Raises:
        InputError: another run or something else is there.
        UsageError: the dataset is too small to split.
    """
    if (Path(path) / "config.json").is_file():
        run = open_run(path)
        require_same(run, config, dataset)
        return run
    wanted = config.split
    split = make_split(dataset, dataset.labels(config.vocabulary), wanted.kind, wanted.isotopologues, wanted.seed)
    return create_run(path, config, dataset, split)


def train(run: Run, dataset: Dataset) -> None:
    """Trains to the end; killed at any moment, the same call goes on from the last epoch that was saved.

    Raises:
        DivergedError: a loss was not finite.
        InputError: a part of the split is empty in this dataset, or a checkpoint is damaged.
    """
    labels = dataset.labels(run.config.vocabulary)
    fold = run.config.split.validation_fold
    training, validation = (
        Part(rows, dataset.transmittance[rows], labels[rows])
        for rows in (run.split.part(dataset, part, fold) for part in ("train", "validation"))
    )
    if not len(training.rows) or (fold is not None and not len(validation.rows)):
        raise InputError(f"{dataset.path}: no spectrum of it belongs to the training or validation part of {run.path}")
    config = run.config.optimizer
    steps_per_epoch = -(-len(training.rows) // config.batch_size)
    optimizer = make_optimizer(config, steps_per_epoch)
    model = make_model(run.config.model, len(run.groups))
    loop = _Loop(
        step=jax.jit(make_step(model, optimizer), donate_argnums=(0, 1)),
        predict=make_predictor(model),
        schedule=make_schedule(config, steps_per_epoch),
        training=training,
        inputs=jax.jit(network_input)(jnp.asarray(training.transmittance)),
        labels=jnp.asarray(training.labels),
        validation=validation,
        files=dataset.rows["file"],
        batch_size=config.batch_size,
        steps_per_epoch=steps_per_epoch,
    )
    with (
        checkpoints(run.path / "checkpoints") as saved,
        monitor(run.path / "tensorboard", config.total_epochs * steps_per_epoch, config.batch_size) as shown,
    ):
        state = initial_state(model, optimizer, run.config.seed)
        state, history = saved.restore(state) or (state, [])
        if history:
            shown.note(f"goes on after epoch {len(history)} (step {int(state.step)})")
        for epoch in range(len(history) + 1, config.total_epochs + 1):
            state, record = loop.epoch(state, epoch, shown)
            history.append(record)
            saved.save(epoch, state, history)
            write_aside(run.path / "history.jsonl", "".join(json.dumps(line) + "\n" for line in history))
            shown.epoch(record)
        saved.wait()
    _finish(run, state, loop)


@dataclass(frozen=True)
class _Loop:
    """What stays the same from epoch to epoch."""

    step: Any
    predict: Any
    schedule: optax.Schedule
    training: Part
    inputs: jax.Array
    labels: jax.Array
    validation: Part
    files: np.ndarray
    batch_size: int
    steps_per_epoch: int

    def epoch(self, state: TrainState, epoch: int, shown: Monitor) -> tuple[TrainState, dict[str, Any]]:
        """Trains one epoch (counted from 1) and measures the validation part."""
        started = time.monotonic()
        order = epoch_order(state.key, epoch, len(self.training.rows), self.batch_size)
        tally = empty_tally()
        first = (epoch - 1) * self.steps_per_epoch
        rate = self._rate(first)
        with _clean_stop():
            for step in range(first, first + self.steps_per_epoch):
                state, tally = self.step(state, tally, self.inputs, self.labels, order)
                if shown.due():
                    self._check(tally, order)
                    shown.step(step + 1, epoch, float(tally.loss / tally.weight), rate)
        self._check(tally, order)
        record: dict[str, Any] = {"epoch": epoch, "learning_rate": rate, "loss": float(tally.loss / tally.weight)}
        shown.step(first + self.steps_per_epoch, epoch, record["loss"], rate)
        seconds = time.monotonic() - started
        return state, record | self._validated(state) | {"seconds": round(seconds, 3)}

    def _validated(self, state: TrainState) -> dict[str, float]:
        if not len(self.validation.rows):
            return {}
        labels, found = self.validation.labels, self.predictions(state)
        clipped = np.clip(found.astype(np.float64), 1e-7, 1 - 1e-7)
        loss = -np.mean(np.where(labels > 0, np.log(clipped), np.log1p(-clipped)))
        counted = metrics.counts(labels, found >= DEFAULT, plain(len(labels)))
        return {
            "validation_loss": float(loss),
            "validation_f1_macro": float(metrics.f1_macro(counted)[0]),
            "validation_f1_micro": float(metrics.f1_micro(counted)[0]),
        }

    def predictions(self, state: TrainState) -> np.ndarray:
        """Probabilities of the validation part, float32 [n, groups]."""
        return self.predict({"params": state.params, "batch_stats": state.batch_stats}, self.validation.transmittance)

    def _rate(self, step: int) -> float:
        return float(np.asarray(self.schedule(step)))

    def _check(self, tally: Tally, order: jax.Array) -> None:
        step = int(tally.bad_step)
        if step < 0:
            return
        batch = np.asarray(order[step % self.steps_per_epoch])
        files = self.files[self.training.rows[batch[batch >= 0]]]
        named = ", ".join(files[:5]) + (f" and {len(files) - 5} more" if len(files) > 5 else "")
        raise DivergedError(
            f"the loss is not finite at step {step} (epoch {step // self.steps_per_epoch + 1}), learning rate "
            f"{self._rate(step):.3g}, on the batch of {named}; lower optimizer.learning_rates in a new --run"
        )


@contextmanager
def _clean_stop() -> Iterator[None]:
    """Leaves no step in flight when Ctrl-C arrives."""
    try:
        yield
    except KeyboardInterrupt:
        jax.effects_barrier()
        raise


def _finish(run: Run, state: TrainState, loop: _Loop) -> None:
    """Writes what predicting needs; the thresholds last, since they mark the run as finished."""
    write_weights(run, {"params": state.params, "batch_stats": state.batch_stats})
    positives = loop.training.labels.sum(axis=0)
    fold = run.config.split.validation_fold
    if fold is None:
        write_thresholds(run, np.full(len(run.groups), DEFAULT), positives, "none: all folds train, so 0.5")
    else:
        fitted = best_f1_thresholds(loop.validation.labels, loop.predictions(state))
        write_thresholds(run, fitted, positives, f"validation fold {fold}")
