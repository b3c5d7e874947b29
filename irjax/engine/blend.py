"""Trained runs made into one, whose answers are fitted to the mean of what they said of spectra they had not seen."""

import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from irjax.data.dataset import Dataset
from irjax.engine.folds import out_of_fold
from irjax.engine.outcome import read_weights, write_answering, write_validation, write_weights
from irjax.engine.run import Run, create_run, require_fitting, require_own
from irjax.errors import UsageError
from irjax.models.blend import Blend, member_name
from irjax.tasks.task import held_out


def blend(out: str | os.PathLike[str], runs: Sequence[Run], dataset: Dataset) -> Run:
    """A new run at `out` whose network is the mean of the networks of others.

    Raises:
        UsageError: the runs differ in their split, dataset, grid or task, or held out nothing.
        InputError: the dataset is another than theirs; `out` exists; a run is not finished.
    """
    (rows, outputs), first = held_out_by(runs, dataset), runs[0]
    config = replace(first.config, model=Blend(tuple(run.config.model for run in runs)), auxiliary=(), start="")
    each = [read_weights(run) for run in runs]  # before anything is written: one may not be trained to its end
    kinds = sorted({kind for variables in each for kind in variables})
    variables = {
        kind: {member_name(at): variables[kind] for at, variables in enumerate(each) if kind in variables}
        for kind in kinds
    }
    trained = first.split.part(dataset, "train", config.split.validation_fold)
    targets = config.task.targets(dataset)[trained]
    answering = config.task.answering(first.names, targets, held_out(outputs, config.task, dataset, rows))
    how = "the mean of out-of-fold outputs" if config.split.validation_fold is None else "the validation fold"

    def fill(blended: Run) -> None:
        weights = write_weights(blended, variables)
        write_validation(blended, outputs)
        write_answering(blended, {"fitted_on": how, "weights": weights} | answering)

    return create_run(out, config, dataset, first.split, fill)


def held_out_by(runs: Sequence[Run], dataset: Dataset) -> tuple[Int[np.ndarray, " n"], Float[np.ndarray, "n outputs"]]:
    """The spectra that no run trained on, or none of its folds, and the mean of what they said of them.

    Raises:
        UsageError: the runs differ in their split, grid or task, or held out nothing.
        InputError: the dataset is another than theirs, or a run is not finished.
    """
    first, found = runs[0], []
    for run in runs:
        require_fitting(run, dataset)
        require_own(run, dataset)
        same = (run.split, run.grid, run.config.task, run.names, run.config.split.validation_fold)
        if same != (first.split, first.grid, first.config.task, first.names, first.config.split.validation_fold):
            raise UsageError(f"{run.path}: has another split, grid or task than {first.path}")
        said = out_of_fold(run, dataset)
        if said is None:
            raise UsageError(f"{run.path}: trained on all folds and held out nothing; --folds does")
        found.append(said)
    return found[0][0], np.mean([outputs for _, outputs in found], axis=0)
