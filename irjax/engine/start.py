"""Transfer: a network that begins with the weights of one that has learned something else, and judges itself fairly."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flax.traverse_util import flatten_dict, unflatten_dict

from irjax.data.splits import Split
from irjax.engine.run import Run, read_weights
from irjax.errors import UsageError


def inherited(split: Split, before: Split) -> Split:
    """A split in which everything that `before` knows keeps its place there.

    What the first network learned from trains again, and what it was kept from stays unseen: a molecule that is new
    has the place that `split` gives it.

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
    if split.kind == "rows":
        raise UsageError("start: a split by rows does not keep molecules apart; both runs need split.kind skeletons")
    known = {key for keys in (*before.folds, before.test) for key in keys}

    def joined(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
        return (*old, *(key for key in new if key not in known))

    folds = zip(before.folds, split.folds, strict=True)
    return replace(split, test=joined(before.test, split.test), folds=tuple(joined(*fold) for fold in folds))


def require_unseen(run: Run, split: Split, validation_fold: int | None) -> None:
    """Refuses to begin with a run that learned from molecules which are to judge.

    Raises:
        UsageError: saying how many.
    """
    if split.kind == "parts":
        return
    held_out = set(split.test) | (set() if validation_fold is None else set(split.folds[validation_fold]))
    seen = held_out & run.split.trained_skeletons(run.config.split.validation_fold)
    if seen:
        raise UsageError(
            f"start: {run.path} learned from {len(seen):,} of the molecules that are to validate or test; begin with a "
            "run of the same split.validation_fold"
        )


def fitting_weights(run: Run, names: tuple[str, ...], like: Any) -> dict[str, Any]:
    """The weights and statistics of a run that a network can begin with, by name and shape.

    Layers that lead to its outputs are among them only if these stand for the same.

    Args:
        names: what the outputs of the new network stand for.
        like: its parameters and batch statistics, or their shapes.

    Raises:
        UsageError: nothing fits.
        InputError: the run is not trained to its end.
    """
    wanted: dict[str, Any] = flatten_dict(like, sep="/")
    known: dict[str, Any] = flatten_dict(read_weights(run), sep="/")
    other = names != run.names
    fitting = {
        name: leaf
        for name, leaf in known.items()
        if name in wanted and leaf.shape == wanted[name].shape and not (other and leaf.shape[-1:] == (len(run.names),))
    }
    if not any(leaf.ndim > 1 for leaf in fitting.values()):
        raise UsageError(f"start: no layer of {run.path} has the name and shape of one of this network")
    return unflatten_dict(fitting, sep="/")


def laid_over(variables: Any, start: Mapping[str, Any]) -> Any:
    """Variables of a network, those that `fitting_weights` found in the place of what was drawn."""
    return unflatten_dict({**flatten_dict(variables, sep="/"), **flatten_dict(dict(start), sep="/")}, sep="/")
