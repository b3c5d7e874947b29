"""A training run from its first step, or from where it was interrupted, to weights that can answer."""

import math
import os
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from irjax.data.dataset import Dataset
from irjax.data.splits import Partition, make_split
from irjax.engine.checkpoints import checkpoints
from irjax.engine.config import Config, for_dataset
from irjax.engine.data import (
    auxiliary_targets,
    compounds_with_several,
    require_partners,
    require_parts,
    subsets,
    training_data,
)
from irjax.engine.epochs import Trainee, Training
from irjax.engine.monitor import Monitor, monitor
from irjax.engine.optimizer import plateau_factor
from irjax.engine.outcome import weights_checksum, write_answering, write_history, write_validation, write_weights
from irjax.engine.processes import ending_together, first_process_first, is_first_process, wait_for_all
from irjax.engine.programs import whole_epochs
from irjax.engine.run import CONFIG, FORMAT, Run, create_run, open_run, require_same
from irjax.engine.start import inherited, require_startable, started
from irjax.errors import InputError, UsageError, first_line
from irjax.files import held
from irjax.models.augment import COMBINATION
from irjax.models.batch import variable_shapes
from irjax.models.table import Network
from irjax.spectra.grid import Grid
from irjax.tasks.task import HeldOut, held_out

OUT_OF_FOLD = "out-of-fold predictions"
"""What the answers of a final fit of all folds rest on; runs keep these words, by which such a fit is known again."""
_MOST_PARAMETERS = 2_000_000_000


def start_or_resume(
    path: str | os.PathLike[str], config: Config, dataset: Dataset, split: Partition | None = None
) -> Run:
    """Opens the run at `path` if it has this config, dataset and split, or makes it, with the split drawn or given.

    Raises:
        InputError: another run or something else is there.
        UsageError: the dataset is too small to split, or the config makes no sense for it.
    """
    config = for_dataset(config, dataset)
    if config.start:
        config = replace(config, start=str(Path(config.start).absolute()))
    with first_process_first("run made"):
        if (Path(path) / CONFIG).is_file():
            run = open_run(path)
            require_same(run, config, dataset, split)
            return run
        require_buildable(config.model, len(config.task.names(dataset)), dataset.grid)
        auxiliary_targets(config, dataset)  # which a structure that cannot be read has none of
        split = split or draw_split(config, dataset)
        require_partners(config, dataset.skeletons[split.part(dataset, "train", config.split.validation_fold)])
        if config.start:
            require_startable(config, dataset, split)
        require_parts(split, dataset, config.split.validation_fold)
        begun = weights_checksum(open_run(config.start)) if config.start else ""
        return create_run(path, config, dataset, split, start_weights=begun)


def require_buildable(network: Network, outputs: int, grid: Grid) -> None:
    """Refuses a network that cannot be built, before a run is made of it; takes no memory.

    Raises:
        UsageError: saying why.
    """
    module = network.build(outputs, grid)
    try:
        shapes = variable_shapes(module, grid)
    except Exception as error:  # of whatever layer is first to meet what it cannot have
        raise UsageError(f"model: cannot be built for {grid.points} points ({first_line(error)})") from None
    if (count := sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(shapes))) > _MOST_PARAMETERS:
        raise UsageError(f"model: would have {count:.3g} parameters; {_MOST_PARAMETERS:,} are the most")


def draw_split(config: Config, dataset: Dataset) -> Partition:
    """The split that a config describes; molecules that the run it starts from knows keep their places.

    Raises:
        UsageError: the dataset is too small to split, or the run it starts from has another kind of split.
        InputError: there is no such run.
    """
    wanted, task = config.split, config.task
    strata = task.strata(task.targets(dataset))
    split = make_split(dataset, strata, wanted.kind, wanted.isotopologues, wanted.seed, wanted.folds, wanted.test)
    return inherited(split, open_run(config.start).split) if config.start else split


def train(
    runs: Sequence[Run],
    dataset: Dataset,
    home: Path,
    out_of_fold: HeldOut | None = None,
    title: str = "",
) -> None:
    """Trains to the end; killed at any moment, the same call goes on from the last epoch that was saved.

    Several runs, which may differ in their validation fold and seed, are trained by one program, side by side. Where
    several processes train together, each makes this call, and the first one writes.

    Args:
        home: where the checkpoints and the TensorBoard files go: the run's own directory, if it is one.
        out_of_fold: for a run that no fold validates, what its folds' networks said, to fit its answers to.
        title: what the progress bar says, one of many; no line is then printed per epoch.

    Raises:
        DivergedError: a loss or a weight was not finite.
        InputError: a part of the split is empty in this dataset, a checkpoint is damaged, or an older irjax began it.
    """
    for run in runs:
        if run.format < FORMAT:
            raise InputError(f"{run.path}: an older irjax began to train it, and only that can go on; name a new --run")
    trainees = [_trainee(run, dataset) for run in runs]
    training = Training.of(trainees, len(runs[0].names), dataset.grid, dataset.rows["file"], whole_epochs())
    with held(home) if is_first_process() else nullcontext():
        variables = training.answering(_last_state(training, runs, home, title))
        found = training.judged(variables)
        for at, (run, trainee) in enumerate(zip(runs, trainees, strict=True)):
            taken = training.taken(variables, at)
            if is_first_process():
                _finish(run, trainee, dataset, taken, found[at], out_of_fold)
    wait_for_all("finished")


def _last_state(training: Training, runs: Sequence[Run], home: Path, title: str) -> Any:
    """The state after the last epoch, each epoch saved, from the last one that was."""
    config = runs[0].config.optimizer
    with (
        checkpoints(home / "checkpoints") as saved,
        monitor(
            home / "tensorboard", config.total_epochs * training.steps_per_epoch, config.batch_size * len(runs), title
        ) as shown,
        ending_together(),
    ):
        for trainee in training.trainees if COMBINATION in runs[0].config.augmentation.kinds else ():
            shown.note(f"{compounds_with_several(trainee.training.compounds)} compounds have spectra to combine")
        state = training.initial_state([] if saved.begun else _starts(runs, shown))
        state, histories = saved.restore(state) or (state, [[] for _ in runs])
        done = max(map(len, histories))
        if done:
            shown.note(f"goes on after epoch {done} (step {done * training.steps_per_epoch})")
        while any(plateau_factor(config, history) is not None for history in histories):
            before, (state, histories) = histories, training.epoch(state, histories, shown)
            for run, history, old in zip(runs, histories, before, strict=True):
                if len(history) > len(old):
                    if is_first_process():
                        write_history(run, history)
                    shown.epoch(history[-1], run.path.name if len(runs) > 1 else "")
            saved.save(max(map(len, histories)), state, histories)
        saved.wait()
    return state


def _starts(runs: Sequence[Run], shown: Monitor) -> list[dict[str, Any]]:
    """The weights that each run begins with, and a line for a person on what is drawn all the same."""
    found = [started(run) for run in runs]
    for said in dict.fromkeys(said for _, said in found if said):
        shown.note(said)
    return [weights for weights, _ in found]


def _trainee(run: Run, dataset: Dataset) -> Trainee:
    training, validation = subsets(run, dataset)
    return Trainee(run.config, training, validation, *training_data(run.config, training, dataset.grid))


def _finish(
    run: Run,
    trainee: Trainee,
    dataset: Dataset,
    variables: dict[str, Any],
    outputs: Float[np.ndarray, "n outputs"],
    out_of_fold: HeldOut | None,
) -> None:
    """Writes what predicting needs; what turns outputs into answers last, since it marks the run as finished."""
    fold = run.config.split.validation_fold
    fitted_on, said = "nothing: all folds train", None
    if fold is not None:
        write_validation(run, outputs)
        fitted_on = f"validation fold {fold}"
        said = held_out(outputs, run.config.task, dataset, trainee.validation.rows)
    elif out_of_fold is not None:
        fitted_on, said = OUT_OF_FOLD, out_of_fold
    weights = write_weights(run, variables)
    answering = run.config.task.answering(run.names, trainee.training.targets, said)
    write_answering(run, {"fitted_on": fitted_on, "weights": weights} | answering)
