"""Cross-validation: a network per fold, thresholds from what each says of the fold it has not seen, one final fit."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import numpy as np
from jaxtyping import Float, Int

from irjax.data.dataset import Dataset
from irjax.data.splits import Partition
from irjax.engine.config import Config
from irjax.engine.fit import OUT_OF_FOLD, start_or_resume, train
from irjax.engine.outcome import VALIDATION, fitted_on, read_validation
from irjax.engine.processes import wait_for_all
from irjax.engine.run import CONFIG, Run, open_run, require_own
from irjax.errors import InputError, UsageError
from irjax.tasks.task import held_out

_FOLDS = "folds"
"""Where the runs of the folds lie, beside their final fit."""


@dataclass(frozen=True)
class CrossValidation:
    """A cross-validated run: `final` trains on all folds, each of `folds` on all but its own."""

    final: Run
    folds: tuple[Run, ...]

    def rows(self, dataset: Dataset, fold: int) -> Int[np.ndarray, " n"]:
        """The spectra of a fold.

        Raises:
            InputError: the dataset is not the one that the run was trained on, so that its rows are others.
        """
        require_own(self.final, dataset)
        return self.final.split.part(dataset, "validation", fold)

    def out_of_fold(self, dataset: Dataset) -> tuple[Int[np.ndarray, " n"], Float[np.ndarray, "n outputs"]]:
        """The spectra of all folds, and the outputs of the network that has not seen each."""
        rows = np.concatenate([self.rows(dataset, fold) for fold in range(len(self.folds))])
        return rows, np.concatenate([read_validation(run) for run in self.folds])


def start_folds(
    path: str | os.PathLike[str], config: Config, dataset: Dataset, split: Partition | None = None
) -> CrossValidation:
    """Opens or makes the final run at `path` and the runs of the folds under it; all share one split, drawn or given.

    Raises:
        InputError: another run or something else is there.
        UsageError: the dataset is too small to split, or says itself which spectra validate; the run to start from
            has no network for each fold.
    """
    if "part" in dataset.rows:
        raise UsageError(f"{dataset.path}: says itself which spectra train, validate and test, so it has no folds")
    path = Path(path)
    if config.start and not (path / CONFIG).is_file():  # once begun, it needs its start no more
        before = folds_of(open_run(config.start))
        if before is None or len(before.folds) != config.split.folds:
            raise UsageError(
                f"start: {config.start} has no {config.split.folds} folds; cross-validation begins each network with "
                "the one that has not seen its fold, so train that run with --folds too"
            )
    final = start_or_resume(path, _with_fold(config, None), dataset, split)
    folds = [
        start_or_resume(_home(path, fold), _with_fold(config, fold), dataset, final.split)
        for fold in range(config.split.folds)
    ]
    return CrossValidation(final, tuple(folds))


def folds_of(run: Run) -> CrossValidation | None:
    """The cross-validation that a run is the final fit of; None where it is none.

    Raises:
        InputError: a run of a fold is damaged, or gone.
    """
    paths = [_home(run.path, fold) for fold in range(run.config.split.folds)]
    if not any(path.is_dir() for path in paths):
        return None
    missing = [path.name for path in paths if not path.is_dir()]
    if missing:
        raise InputError(f"{run.path}: its {', '.join(missing)} is gone; the same command makes it anew")
    return CrossValidation(run, tuple(map(open_run, paths)))


def out_of_fold(run: Run, dataset: Dataset) -> tuple[Int[np.ndarray, " n"], Float[np.ndarray, "n outputs"]] | None:
    """The spectra that a run held out, or its folds did, and what networks that had not seen them said.

    None of a run that held out nothing, or another dataset's.

    Raises:
        InputError: the run, or one of its folds, is not trained to its end, damaged or gone.
    """
    if dataset.checksum != run.dataset:
        return None
    cross = folds_of(run)
    if cross is not None:
        return cross.out_of_fold(dataset)
    fold = run.config.split.validation_fold  # where all folds trained, each was judged by a network of its own
    if fold is None and not (run.path / VALIDATION).is_file():
        return None
    folds = range(len(run.split.folds)) if fold is None else [fold]
    return np.concatenate([run.split.part(dataset, "validation", fold) for fold in folds]), read_validation(run)


def train_folds(cross: CrossValidation, dataset: Dataset, title: str = "") -> None:
    """Trains what is not trained yet: the folds, then the final fit, its answers fitted to the out-of-fold predictions.

    Args:
        title: as `train` takes it.

    Raises:
        DivergedError: a loss was not finite.
        InputError: a fold is empty in this dataset, or a checkpoint is damaged.
    """
    train_each(cross.folds, dataset, cross.final.path / _FOLDS, title)
    if not cross.final.finished or fitted_on(cross.final) != OUT_OF_FOLD:  # it was trained before the folds
        rows, found = cross.out_of_fold(dataset)
        said = held_out(found, cross.final.config.task, dataset, rows)
        train([cross.final], dataset, cross.final.path, said, title)


def train_each(runs: Sequence[Run], dataset: Dataset, home: Path, title: str = "") -> None:
    """Trains those of several runs that are not trained yet, by one program where `side_by_side_is_better`.

    Args:
        home: where the checkpoints of a common program go; else each run has its own.
        title: as `train` takes it.

    Raises:
        DivergedError, InputError: as `train`.
    """
    together = side_by_side_is_better(runs, home)
    wait_for_all("decided")  # before one of several processes makes checkpoints that another would find
    waiting = [run for run in runs if not run.finished]
    if together and waiting:
        train(runs, dataset, home, title=title)
    else:
        for run in waiting:
            train([run], dataset, run.path, title=f"{title}/{run.path.name}" if title else "")


def side_by_side_is_better(runs: Sequence[Run], home: Path) -> bool:
    """Whether one program should train these runs: as it was begun, whose checkpoints are in `home` or in each run.

    What is new is trained side by side by accelerators, and by CPUs where each run has devices of its own; a CPU that
    several share is faster with one after the other.
    """
    if (home / "checkpoints").is_dir():
        return True
    if any((run.path / "checkpoints").is_dir() for run in runs):
        return False
    return jax.default_backend() != "cpu" or (len(runs) > 1 and jax.device_count() % len(runs) == 0)


def _home(final: Path, fold: int) -> Path:
    """Where the run of a fold lies, of a final run's path."""
    return final / _FOLDS / f"fold-{fold}"


def _with_fold(config: Config, fold: int | None) -> Config:
    start = str(_home(Path(config.start), fold)) if config.start and fold is not None else config.start
    return replace(config, split=replace(config.split, validation_fold=fold), start=start)
