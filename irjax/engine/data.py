"""What a run trains on and validates on: its parts of a dataset, with the copies that augmentation adds."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, Shaped, UInt8

from irjax.data.dataset import Dataset
from irjax.data.splits import Partition
from irjax.engine.config import Augmentation, Config
from irjax.engine.run import Run
from irjax.engine.step import COPIED, TrainingData, draw, partner_rows
from irjax.errors import InputError, UsageError
from irjax.models.augment import COMBINATION, augment
from irjax.models.inputs import filled
from irjax.spectra.grid import Grid


@dataclass(frozen=True)
class Subset:
    """The spectra of one part of a split."""

    rows: Int[np.ndarray, " n"]
    """Their indices in the dataset."""
    values: Float[np.ndarray, "n points"]
    targets: Any
    """Of each spectrum, as the task has them."""
    compounds: np.ndarray
    """What spectra of one compound have in common, str [n]."""
    auxiliary: UInt8[np.ndarray, "n bits"]
    """0/1: what else is taught of each."""


def subsets(run: Run, dataset: Dataset) -> tuple[Subset, Subset]:
    """The training and the validation part of a run.

    Raises:
        InputError: one that is needed is empty in this dataset.
    """
    fold = run.config.split.validation_fold
    targets = run.config.task.targets(dataset)
    auxiliary = auxiliary_targets(run.config, dataset)

    def part(name: str) -> Subset:
        rows = run.split.part(dataset, name, fold)
        return Subset(rows, dataset.values[rows], targets[rows], dataset.skeletons[rows], auxiliary[rows])

    require_parts(run.split, dataset, fold)
    return part("train"), part("validation")


def require_parts(split: Partition, dataset: Dataset, fold: int | None) -> None:
    """Refuses a dataset of which nothing trains, or validates where a fold does. Raises InputError naming the part."""
    for part in ("train",) if fold is None else ("train", "validation"):
        if not len(split.part(dataset, part, fold)):
            raise InputError(f"{dataset.path}: no spectrum of it belongs to the part {part!r} of the split")


def auxiliary_targets(config: Config, dataset: Dataset) -> UInt8[np.ndarray, "n bits"]:
    """0/1: what is taught of each spectrum beside the task.

    Raises:
        InputError: a structure of the dataset cannot be read.
    """
    none = np.zeros((len(dataset), 0), np.uint8)
    return np.hstack([none, *map(dataset.labels, config.auxiliary)])


def training_data(config: Config, part: Subset, grid: Grid) -> tuple[TrainingData, Int[np.ndarray, " inputs"]]:
    """A part as the step takes it, and for each of its inputs, copies included, the spectrum it was made of.

    Raises:
        UsageError: as `require_partners`.
    """
    wanted = config.augmentation
    require_partners(config, part.compounds)
    combined = COMBINATION in wanted.kinds
    siblings = sibling_table(part.compounds) if combined else np.zeros((len(part.rows), 0), np.int32)
    values, sources = jax.jit(filled)(jnp.asarray(part.values)), np.arange(len(part.rows))
    if wanted.kinds and not wanted.on_the_fly:
        chosen, copies = _copies(wanted, jax.random.key(config.seed), values, siblings, grid)
        values, sources = jnp.concatenate([values, copies]), np.concatenate([sources, chosen])
    data = TrainingData(
        values=values,
        measured=jnp.asarray(np.isfinite(part.values)[sources]),
        targets=jnp.asarray(part.targets[sources]),
        loss_weights=jnp.asarray(config.task.loss_weights(part.targets)),
        auxiliary=jnp.asarray(part.auxiliary[sources]),
        siblings=jnp.asarray(siblings),
        steps_per_epoch=jnp.int32(-(-len(sources) // config.optimizer.batch_size)),
    )
    return data, sources


def sibling_table(compounds: Shaped[np.ndarray, " n"]) -> Int[np.ndarray, "n most"]:
    """For each spectrum the rows of the others of its compound, -1 after the last."""
    order = np.argsort(compounds.astype(str), kind="stable")
    _, starts = np.unique(compounds[order].astype(str), return_index=True)
    families = np.split(order, starts[1:])
    table = np.full((len(compounds), max(map(len, families), default=1) - 1), -1, np.int32)
    for family in families:
        for row in family if len(family) > 1 else ():
            table[row, : len(family) - 1] = family[family != row]
    return table


def require_partners(config: Config, compounds: Shaped[np.ndarray, " n"]) -> None:
    """Raises UsageError if spectra of one compound are to be combined, and none of these has two."""
    if COMBINATION in config.augmentation.kinds and not compounds_with_several(compounds):
        raise UsageError("augmentation.kinds: combination needs compounds with several spectra; there is none")


def compounds_with_several(compounds: Shaped[np.ndarray, " n"]) -> int:
    """How many compounds have several of these spectra."""
    return int((np.unique(compounds.astype(str), return_counts=True)[1] > 1).sum())


def _copies(
    wanted: Augmentation,
    key: PRNGKeyArray,
    spectra: Float[Array, "n points"],
    siblings: Int[np.ndarray, "n most"],
    grid: Grid,
) -> tuple[Int[np.ndarray, " copies"], Float[Array, "copies points"]]:
    """Which rows are copied, and their changed copies.

    Without combination the choice depends on the key and the share alone: one and the same for every kind, and that
    of a smaller share is a part of it. Combined spectra are drawn with replacement from compounds that have several.
    """
    rows, number = len(spectra), round(wanted.share * len(spectra))
    chosen_key, changed_key, paired_key = (draw(key, COPIED, at) for at in range(3))
    if siblings.shape[1]:
        several = np.flatnonzero((siblings >= 0).any(axis=1))
        chosen = several[np.asarray(jax.random.randint(chosen_key, (number,), 0, len(several)))]
        partners = spectra[partner_rows(paired_key, jnp.asarray(siblings[chosen]), jnp.asarray(chosen))]
    else:
        shuffled = np.asarray(jax.random.permutation(chosen_key, rows))
        chosen, partners = shuffled[np.arange(number) % rows], None
    changed = jax.jit(lambda key, taken, others: augment(wanted.kinds, key, taken, others, grid))
    return chosen, changed(changed_key, spectra[chosen], partners)
