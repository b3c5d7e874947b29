"""A training run from its first step, or from where it was interrupted, to weights that can predict."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from irjax.data.dataset import Dataset
from irjax.data.splits import Split, make_split
from irjax.evaluation.thresholds import DEFAULT, best_f1_thresholds
from irjax.training.checkpoints import checkpoints
from irjax.training.config import Config
from irjax.training.data import compounds_with_several, parts, training_data
from irjax.training.devices import ending_together, first_process_first, is_first_process, wait_for_all
from irjax.training.drivers import whole_epochs
from irjax.training.loop import Loop, Member
from irjax.training.monitor import monitor
from irjax.training.optimizer import learning_rate
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
    loop = Loop.of(members, dataset.rows["file"], whole_epochs() if whole is None else whole)
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
            for run, history, record in zip(runs, histories, records, strict=True):
                if record is not None:
                    history.append(record)
                    if is_first_process():
                        write_history(run, history)
                    shown.epoch(record, run.path.name if len(runs) > 1 else "")
            saved.save(epoch, state, histories)
        saved.wait()
    found = loop.judged(state)
    for at, (run, member) in enumerate(zip(runs, members, strict=True)):
        variables = loop.variables(state, at)
        if is_first_process():
            _finish(run, member, variables, found[at], thresholds)
    wait_for_all("finished")


def _member(run: Run, dataset: Dataset) -> Member:
    training, validation = parts(run, dataset)
    return Member(run.config, training, validation, *training_data(run.config, training))


def _finish(
    run: Run, member: Member, variables: dict[str, Any], found: np.ndarray, cross_validated: np.ndarray | None
) -> None:
    """Writes what predicting needs; the thresholds last, since they mark the run as finished."""
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
