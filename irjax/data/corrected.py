"""A dataset made of another: each spectrum corrected, everything else as it was."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from irjax.chemistry.groups import CORRECTED
from irjax.data.dataset import CURATION, Dataset
from irjax.data.molecules import GRID as MATRIX
from irjax.data.writing import Counted, Kept, Result, require_free, write_dataset
from irjax.errors import InputError, UsageError
from irjax.spectra.correction import EMSC, HIGHEST_ORDER, ORDERS, Correction, upright

_BLOCK = 512
_WRITTEN_ANEW = ("format", "grid", "counts", "checksums", "made")
"""Of the manifest; the rest is handed on."""


def correct_dataset(
    out: str | os.PathLike[str],
    dataset: Dataset,
    method: str,
    order: int | None = None,
    replace: bool = False,
    progress: Counted = lambda done, total: None,
) -> Dataset:
    """Writes a dataset of corrected spectra, which notes how they were corrected.

    A spectrum that cannot be corrected is rejected, with the reason in curation.csv.

    Args:
        method: one of `spectra.correction.ORDERS`.
        order: of the polynomial; by default the method's own.
        replace: whether a dataset that is at `out` already gives way.
        progress: told how many spectra of how many are done.

    Raises:
        InputError: the dataset is corrected already or holds no spectra; `out` cannot be written.
        UsageError: an order that makes no sense, `out` is the dataset itself, or a library is missing.
    """
    out = Path(out).absolute()
    if out.resolve() == dataset.path.resolve():
        raise UsageError(f"{out}: the corrected dataset would replace the one it is made of; name a new folder")
    require_free(out, replace)
    correction = correction_for(dataset, method, order)
    noted = {name: value for name, value in dataset.manifest.items() if name not in _WRITTEN_ANEW}
    with threadpool_limits(limits=1, user_api="blas"):  # threads for one spectrum only wait for each other
        return write_dataset(
            out,
            _results(dataset, correction, progress),
            {
                "command": "irjax correct",
                "data": dataset.path.resolve().name,
                "made": dataset.manifest["made"]["command"],
            },
            dataset.grid,
            {"technique": dataset.technique, **noted, "correction": correction.to_dict()},
            list(dataset.rows),
            replace,
        )


def correction_for(dataset: Dataset, method: str, order: int | None = None) -> Correction:
    """The correction of a dataset's spectra; EMSC scales them to their mean, which knows no labels.

    Raises:
        InputError, UsageError: as `correct_dataset`.
    """
    if dataset.correction is not None:
        raise InputError(f"{dataset.path}: {dataset.correction} already; name the dataset that it was made of")
    if dataset.grid.unit == MATRIX.unit:
        raise InputError(f"{dataset.path}: holds molecules in the place of spectra, which have no baseline to correct")
    order = ORDERS[method] if order is None else order
    if not 0 <= order <= HIGHEST_ORDER:
        raise UsageError(f"--order {order}: a polynomial's order lies from 0 to {HIGHEST_ORDER}")
    return Correction(method, order, _mean(dataset) if method == EMSC else ())


def _mean(dataset: Dataset) -> tuple[float, ...]:
    """The mean of absorbances or intensities at each point; where nothing was measured that of the nearest point."""
    total, count = np.zeros(dataset.grid.points), np.zeros(dataset.grid.points)
    for at in range(0, len(dataset), _BLOCK):
        block = upright(dataset.values[at : at + _BLOCK], dataset.grid)
        total += np.nansum(block, axis=0)
        count += np.isfinite(block).sum(axis=0)
    known = np.flatnonzero(count)
    return tuple(np.interp(np.arange(len(count)), known, total[known] / count[known]).tolist())


def _results(dataset: Dataset, correction: Correction, progress: Counted) -> Iterator[Result]:
    """What became of each file of the dataset: rejected as it was, kept and corrected, or rejected now."""
    labels = dataset.labels(CORRECTED) if dataset.grid.infrared else None
    at = 0
    for verdict in _curation(dataset):
        if verdict["outcome"] != "kept":
            yield Result(verdict, None)
            continue
        row = {name: str(column[at]) for name, column in dataset.rows.items()}
        try:
            values = correction(np.asarray(dataset.values[at]), dataset.grid)
            yield Result(verdict, Kept(values, row, None if labels is None else labels[at]))
        except InputError as error:
            yield Result(verdict | {"outcome": "rejected", "reason": str(error)}, None)
        at += 1
        progress(at, len(dataset))


def _curation(dataset: Dataset) -> list[dict[str, str]]:
    """The verdict on each input file of a dataset; those kept are its spectra, in their order.

    Raises:
        InputError: the table is gone, or is not this dataset's.
    """
    path = dataset.path / CURATION
    try:
        with path.open(newline="", encoding="utf-8") as file:
            found = list(csv.DictReader(file))
        if sum(verdict["outcome"] == "kept" for verdict in found) != len(dataset):
            raise ValueError("keeps another number of spectra")
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise InputError(f"{path}: not the verdicts on this dataset's files ({error}); build it anew") from None
    return found
