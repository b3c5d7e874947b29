"""Transfer: a network that begins with the weights of one that has learned something else, and judges itself fairly."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict

from irjax.data.dataset import Dataset
from irjax.data.splits import Partition
from irjax.engine.config import Config
from irjax.engine.outcome import read_weights, weights_checksum
from irjax.engine.run import Run, open_run
from irjax.errors import InputError, UsageError
from irjax.models.batch import variable_shapes
from irjax.tasks.task import Task


def inherited(split: Partition, before: Partition) -> Partition:
    """A split in which everything that `before` knows keeps its place there.

    What the first network learned from trains again, and what it was kept from stays unseen; a molecule that is new
    has the place that `split` gives it. One that it knows by computed spectra alone is in no part.

    Raises:
        UsageError: the two do not divide the same kind of thing into as many parts.
    """
    if split.kind == "parts" == before.kind:
        return split
    if (split.kind, len(split.folds), bool(split.test)) != (before.kind, len(before.folds), bool(before.test)):
        raise UsageError(
            f"start: its run was split by {before.kind} into {len(before.folds)} folds, this one is by {split.kind} "
            f"into {len(split.folds)}; both need one split.kind, split.folds and split.test"
        )
    known = {key for keys in (*before.folds, before.test, before.aided) for key in keys}

    def joined(old: Iterable[str], new: Iterable[str]) -> tuple[str, ...]:
        return (*old, *(key for key in new if key not in known))

    folds = tuple(joined(*fold) for fold in zip(before.folds, split.folds, strict=True))
    return replace(split, test=joined(before.test, split.test), folds=folds, aided=joined(before.aided, split.aided))


def require_startable(config: Config, dataset: Dataset, split: Partition) -> None:
    """Refuses a start that has seen what is to judge, or of which nothing fits; before anything is written.

    Raises:
        UsageError: saying what it has seen, or that nothing fits.
        InputError: there is no such run, or it is not trained to its end.
    """
    first = open_run(config.start)
    run, held_out = first, split.held_out(config.split.validation_fold)
    while True:
        seen = _seen(run, dataset, split, held_out)
        if seen:
            raise UsageError(
                f"start: {run.path} learned from {seen:,} of the molecules that are to validate or test; begin with a "
                "run of the same split.validation_fold"
            )
        if not run.config.start:
            break
        run = open_run(run.config.start)
    names = config.task.names(dataset)
    like = variable_shapes(config.model.build(len(names), dataset.grid), dataset.grid)
    fitting_weights(first, config.task, names, like)


def _seen(run: Run, dataset: Dataset, split: Partition, held_out: set[str]) -> int:
    """How many molecules of a dataset are to judge and have taught a run."""
    if split.kind == "parts" and run.split.kind == "parts":
        if run.dataset != dataset.checksum:
            raise UsageError(
                f"start: {run.path} learned another dataset, and where a dataset says its parts itself, nothing tells "
                "whether they share spectra; begin with a run of the same dataset"
            )
        return 0
    if not split.kind == run.split.kind == "skeletons":
        raise UsageError("start: only a split by molecules keeps them apart; both runs need split.kind skeletons")
    here = held_out & set(dataset.skeletons.tolist())
    return len(here & run.split.trained_skeletons(run.config.split.validation_fold))


def started(run: Run) -> tuple[dict[str, Any], str]:
    """The weights that a run begins with, as its config says, and a line on which of its layers are drawn.

    Raises:
        InputError: the run that it starts from has other weights than when this one was made.
    """
    if not run.config.start:
        return {}, ""
    before = open_run(run.config.start)
    if weights_checksum(before) != run.start_weights:
        raise InputError(f"{before.path}: has other weights than when {run.path} was made; name a new --run")
    like = variable_shapes(run.config.model.build(len(run.names), run.grid), run.grid)
    found = fitting_weights(before, run.config.task, run.names, like)
    drawn = sorted(set(_layers(like)) - set(_layers(found)))
    return found, f"starts from {before.path}; drawn anew: {', '.join(drawn) or 'nothing'}"


def fitting_weights(run: Run, task: Task, names: tuple[str, ...], like: Any) -> dict[str, Any]:
    """The weights and statistics of a run that a network can begin with: of layers that have its name and shapes.

    Layers that lead to the run's outputs are among them only if these stand for the same.

    Args:
        task, names: what the new network learns, and what its outputs are called.
        like: its parameters and batch statistics, or their shapes.

    Raises:
        UsageError: nothing fits.
        InputError: the run is not trained to its end.
    """
    wanted, known = _layers(like), _layers(read_weights(run))
    other = task.describe(names) != run.config.task.describe(run.names)
    fitting: dict[str, Any] = {}
    for layer, arrays in known.items():
        same = {at: leaf.shape for at, leaf in arrays.items()} == {
            at: leaf.shape for at, leaf in wanted.get(layer, {}).items()
        }
        if same and not (other and any(leaf.shape[-1:] == (len(run.names),) for leaf in arrays.values())):
            fitting |= arrays
    if not any(np.ndim(leaf) > 1 for leaf in fitting.values()):
        raise UsageError(f"start: no layer of {run.path} has the name and shape of one of this network")
    return unflatten_dict(fitting, sep="/")


def _layers(variables: Any) -> dict[str, dict[str, Any]]:
    """The arrays of each layer, by their paths: parameters and statistics together."""
    found: dict[str, dict[str, Any]] = {}
    for path, leaf in flatten_dict(variables, sep="/").items():
        found.setdefault("/".join(path.split("/")[1:-1]), {})[path] = leaf
    return found
