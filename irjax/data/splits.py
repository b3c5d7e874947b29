"""Test part and folds, by molecule: no compound is ever on both sides."""

import json
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from irjax.data.dataset import Dataset
from irjax.data.stratification import stratified_parts
from irjax.errors import InputError, UsageError

Kind = Literal["skeletons", "rows", "parts"]
FOLDS = 4
"""The paper's five equal parts: one for the test, four folds."""
_NOWHERE = -1
_PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Partition:
    """Which keys belong to the test part and to each fold. It belongs to a run and applies to any dataset."""

    kind: str
    """skeletons: the keys are first blocks of InChIKeys. rows: they are file names, and siblings leak. parts: they are
    what the dataset itself calls its parts."""
    test: tuple[str, ...]
    folds: tuple[tuple[str, ...], ...]
    isotopologues: bool = False
    """Whether isotopically labelled molecules belong to any part; their bands differ from their skeleton's."""
    skeletons: tuple[tuple[str, ...], ...] = ()
    """The molecules of each fold, where the keys are rows."""
    aided: tuple[str, ...] = ()
    """Molecules in no part of which computed spectra beside the measured ones train."""

    def trained_on(self, dataset: Dataset, validation_fold: int | None) -> np.ndarray:
        """Whether a run with this validation fold trains on a spectrum of the same molecule, bool [n].

        Where the dataset says its parts, spectra of one class are in all of them, and the part decides.
        """
        known = self.trained_skeletons(validation_fold)
        keys = self.keys(dataset) if self.kind == "parts" else dataset.skeletons
        return np.array([key in known for key in keys], bool)

    def trained_skeletons(self, validation_fold: int | None) -> set[str]:
        """The molecules that a run with this validation fold trains on, whatever the split's keys are."""
        folds = self.skeletons if self.kind == "rows" else self.folds
        return {key for fold, keys in enumerate(folds) for key in keys if fold != validation_fold} | set(self.aided)

    def keys(self, dataset: Dataset) -> np.ndarray:
        """What this split knows each spectrum of the dataset by, str [n]."""
        if self.kind == "skeletons":
            return dataset.skeletons
        column = {"rows": "file", "parts": "part"}[self.kind]
        return dataset.rows.get(column, np.full(len(dataset), "", dtype=object))

    def membership(self, dataset: Dataset) -> np.ndarray:
        """Each spectrum's fold, the number of folds for the test part, -1 for one that belongs to none; int [n]."""
        place = {key: fold for fold, keys in enumerate((*self.folds, self.test)) for key in keys}
        found = np.array([place.get(key, _NOWHERE) for key in self.keys(dataset)], int)
        return np.where(self._eligible(dataset), found, _NOWHERE)

    def _eligible(self, dataset: Dataset) -> np.ndarray:
        return ~dataset.aid & (~dataset.isotopic | self.isotopologues)

    def part(self, dataset: Dataset, name: str, validation_fold: int | None) -> np.ndarray:
        """Indices of the spectra in a part: train, validation, test or all.

        With `validation_fold` None, all folds train and nothing validates, as in the paper's final fit. Computed
        spectra beside measured ones train, unless a measured one of their molecule validates or tests.
        """
        member = self.membership(dataset)
        trains = (member >= 0) & (member < len(self.folds)) & (member != validation_fold)
        if dataset.aid.any():
            held_out = self.held_out(validation_fold)
            held_out |= set(dataset.skeletons[(member >= 0) & ~trains])  # where the keys are rows
            trains |= dataset.aid & np.array([skeleton not in held_out for skeleton in dataset.skeletons], bool)
        chosen = {
            "train": trains,
            "validation": (member == validation_fold) if validation_fold is not None else np.zeros(len(member), bool),
            "test": member == len(self.folds),
            "all": self._eligible(dataset),
        }
        return np.flatnonzero(chosen[name])

    def held_out(self, validation_fold: int | None) -> set[str]:
        """What tests, or validates."""
        return set(self.test) | (set() if validation_fold is None else set(self.folds[validation_fold]))

    def counts(self, dataset: Dataset, validation_fold: int | None) -> dict[str, int]:
        """How many spectra train, validate and test."""
        return {name: len(self.part(dataset, name, validation_fold)) for name in _PARTS}

    def to_json(self) -> str:
        """The split as JSON, which `split_from_json` reads."""
        return json.dumps(vars(self))


def split_from_json(text: str | bytes) -> Partition:
    """The split that `Partition.to_json` wrote.

    Raises:
        InputError: the text is none.
    """
    try:
        raw = json.loads(text)
        split = Partition(
            raw["kind"],
            tuple(raw["test"]),
            tuple(map(tuple, raw["folds"])),
            raw["isotopologues"],
            tuple(map(tuple, raw.get("skeletons", ()))),
            tuple(raw.get("aided", ())),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"not a split ({error}); expected kind, test, folds and isotopologues") from None
    if split.kind not in get_args(Kind) or len(split.folds) < 2:
        raise InputError(f"not a split: expected a kind of {', '.join(get_args(Kind))} and two folds or more")
    return split


def make_split(
    dataset: Dataset,
    labels: np.ndarray,
    kind: str,
    isotopologues: bool,
    seed: int,
    folds: int = FOLDS,
    test: bool = True,
) -> Partition:
    """A test part and folds, of equal size and with the groups equally frequent in each.

    They are drawn over molecules, or over rows, which leaks.

    Args:
        labels: uint8 [n, groups].
        kind: of Kind; `parts` takes what the dataset says.
        isotopologues: whether isotopically labelled molecules take part.
        seed: of the draw.
        test: whether there is a test part; without it the folds hold all spectra.

    Raises:
        UsageError: too few molecules for so many parts.
        InputError: the dataset calls a part what none is called.
    """
    if kind == "parts":
        _require_parts(dataset)
        return Partition(kind, ("test",), (("validation",), ("train",)), isotopologues)
    empty = Partition(kind, (), (), isotopologues)
    eligible = empty.part(dataset, "all", None)
    keys = empty.keys(dataset)[eligible]
    unique, inverse = np.unique(keys.astype(str), return_inverse=True)
    wanted = folds + test
    if len(unique) < wanted:
        raise UsageError(
            f"{len(unique)} {kind} cannot be split into {wanted} parts ({folds} folds{' and the test part' * test}); "
            "fewer folds or more spectra are needed"
        )
    carried = np.zeros((len(unique), labels.shape[1]), np.uint8)
    np.maximum.at(carried, inverse, labels[eligible])
    drawn = stratified_parts(carried, wanted, seed)
    parts = [tuple(unique[drawn == part].tolist()) for part in range(wanted)]
    split = Partition(kind, *((parts[0], tuple(parts[1:])) if test else ((), tuple(parts))), isotopologues)
    aided = set(dataset.skeletons[dataset.aid].tolist()) - set(dataset.skeletons[eligible].tolist())
    split = replace(split, aided=tuple(sorted(aided)))
    if kind == "skeletons":
        return split
    member = split.membership(dataset)
    trained = (sorted(set(dataset.skeletons[member == fold].tolist())) for fold in range(folds))
    return replace(split, skeletons=tuple(map(tuple, trained)))


def _require_parts(dataset: Dataset) -> None:
    """Refuses a dataset whose own parts are not called by their names. Raises InputError naming the row."""
    for at, part in enumerate(dataset.rows["part"]):
        if part and part not in _PARTS:
            place, words = f"{dataset.path / 'spectra.csv'}, spectrum {at + 1}", ", ".join(_PARTS)
            raise InputError(
                f"{place}: the part {str(part)!r}; expected {words}, or nothing where a spectrum belongs to none"
            )


def siblings(split: Partition, dataset: Dataset) -> tuple[int, int]:
    """(test spectra, those of them whose molecule also has a spectrum in a fold)."""
    member = split.membership(dataset)
    last = len(split.folds)
    test = dataset.skeletons[member == last]
    trained = set(dataset.skeletons[(member >= 0) & (member < last)])
    return len(test), sum(skeleton in trained for skeleton in test)
