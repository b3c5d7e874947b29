"""What a run trains on and validates on: its parts of a dataset, with the copies that augmentation adds."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from irjax.data.dataset import Dataset
from irjax.errors import InputError, UsageError
from irjax.models.augment import augment
from irjax.models.inputs import filled, spanned
from irjax.training.config import Augmentation, Config, Loss
from irjax.training.run import Run
from irjax.training.step import COPIED, TrainingData, draw, partner_rows


@dataclass(frozen=True)
class Part:
    """The spectra of one part of a split."""

    rows: np.ndarray
    """Their indices in the dataset, int [n]."""
    transmittance: np.ndarray
    """float32 [n, points]."""
    labels: np.ndarray
    """uint8 [n, groups]."""
    compounds: np.ndarray
    """What spectra of one compound have in common, str [n]."""


def parts(run: Run, dataset: Dataset) -> tuple[Part, Part]:
    """The training and the validation part of a run.

    Raises:
        InputError: one that is needed is empty in this dataset.
    """
    fold = run.config.split.validation_fold
    labels = dataset.labels(run.config.vocabulary)
    training, validation = (
        Part(rows, dataset.transmittance[rows], labels[rows], dataset.skeletons[rows])
        for rows in (run.split.part(dataset, part, fold) for part in ("train", "validation"))
    )
    if not len(training.rows) or (fold is not None and not len(validation.rows)):
        raise InputError(f"{dataset.path}: no spectrum of it belongs to the training or validation part of {run.path}")
    return training, validation


def training_data(config: Config, part: Part) -> tuple[TrainingData, np.ndarray]:
    """A part as the step takes it, and for each of its inputs, copies included, the spectrum it was made of, int [n].

    Raises:
        UsageError: spectra of one compound are to be combined, and no compound has two.
    """
    wanted = config.augmentation
    combined = "combination" in wanted.kinds
    siblings = sibling_table(part.compounds) if combined else np.zeros((len(part.rows), 0), np.int32)
    if combined and not siblings.shape[1]:
        raise UsageError("augmentation.kinds: combination needs compounds with several spectra; there is none")
    inputs = jax.jit(filled)(jnp.asarray(part.transmittance))
    sources = np.arange(len(part.rows))
    if not wanted.on_the_fly:
        plain = jax.jit(spanned)(inputs)
        if wanted.kinds:
            chosen, copies = _copies(wanted, jax.random.key(config.seed), inputs, siblings)
            plain, sources = jnp.concatenate([plain, copies]), np.concatenate([sources, chosen])
        inputs = plain
    weight = positive_weights(config.loss, part.labels)
    labels = jnp.asarray(part.labels[sources])
    return TrainingData(inputs, labels, jnp.asarray(weight), jnp.asarray(siblings)), sources


def sibling_table(compounds: np.ndarray) -> np.ndarray:
    """For each spectrum the rows of the others of its compound, int32 [n, most], -1 after the last."""
    order = np.argsort(compounds.astype(str), kind="stable")
    _, starts = np.unique(compounds[order].astype(str), return_index=True)
    families = np.split(order, starts[1:])
    table = np.full((len(compounds), max(map(len, families), default=1) - 1), -1, np.int32)
    for family in families:
        for row in family if len(family) > 1 else ():
            table[row, : len(family) - 1] = family[family != row]
    return table


def compounds_with_several(compounds: np.ndarray) -> int:
    """How many compounds have several of these spectra."""
    return int((np.unique(compounds.astype(str), return_counts=True)[1] > 1).sum())


def positive_weights(loss: Loss, labels: np.ndarray) -> np.ndarray:
    """How much a positive of each group counts, float32 [groups]; a group without one has no use for it."""
    positives = labels.sum(axis=0, dtype=np.int64)
    ratio = (len(labels) - positives) / np.maximum(positives, 1)
    balanced = np.where((positives > 0) & (ratio > 0), np.maximum(ratio, 1e-9) ** loss.balance, 1.0)
    return (loss.positive_weight * balanced).astype(np.float32)


def _copies(
    wanted: Augmentation, key: jax.Array, spectra: jax.Array, siblings: np.ndarray
) -> tuple[np.ndarray, jax.Array]:
    """Which rows are copied, int [m], and their changed copies as network inputs, float32 [m, points].

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
    changed = jax.jit(lambda key, taken, others: spanned(augment(wanted.kinds, key, taken, others)))
    return chosen, changed(changed_key, spectra[chosen], partners)
