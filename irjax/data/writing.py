"""Writing a dataset: aside, row by row, and in place once it is complete."""

import csv
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from irjax import __version__
from irjax.chemistry.groups import CORRECTED
from irjax.data.dataset import (
    COLUMNS,
    CURATION,
    CURATION_COLUMNS,
    FORMAT,
    MANIFEST,
    TABLE,
    Dataset,
    array_name,
    open_dataset,
    require_unit,
    sha256,
    write_labels,
)
from irjax.errors import InputError
from irjax.files import clear_dead, finished, folder_aside
from irjax.spectra.grid import INFRARED, Grid

Counted = Callable[[int, int], None]
"""Told, as long work goes on, how much is done and how much there is."""
_INFRARED = MappingProxyType({"technique": "infrared"})


@dataclass(frozen=True)
class Kept:
    """One row of a dataset before it is written."""

    values: np.ndarray
    """float32 [points]."""
    row: dict[str, str]
    """Of spectra.csv."""
    labels: np.ndarray | None = None
    """Of the structure by CORRECTED patterns, uint8 [groups], if it has one."""


@dataclass(frozen=True)
class Result:
    """What became of one input file."""

    curation: dict[str, str]
    """Its row of curation.csv."""
    kept: Kept | None


def verdict(file: str, name: str, reason: str = "") -> dict[str, str]:
    """A row of curation.csv: a file is kept, or rejected for a reason."""
    return dict(zip(CURATION_COLUMNS, (file, name, "rejected" if reason else "kept", reason), strict=True))


def write_dataset(
    out: str | os.PathLike[str],
    results: Iterator[Result],
    made: dict[str, str],
    grid: Grid = INFRARED,
    noted: Mapping[str, Any] = _INFRARED,
    columns: Sequence[str] = COLUMNS,
    replace: bool = False,
) -> Dataset:
    """Writes a dataset aside, row by row, and puts it in place once it is complete.

    Args:
        made: the command and what it was given.
        noted: what else stands in the manifest: the technique, the classes.
        columns: of spectra.csv.
        replace: whether a dataset that is there already gives way to the new one once that is complete.

    Raises:
        InputError: `out` is a dataset and shall not be replaced, or something else; nothing was kept; a row does not
            fit the grid, or holds no number.
    """
    out = Path(out).absolute()
    try:
        clear_dead(out)  # what was there may have to come back before it is looked at
        require_free(out, replace)
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror or error})") from None
    require_unit(out, noted["technique"], grid)
    with folder_aside(out, replace=True) as part:
        name = array_name(noted["technique"])
        outcomes, labels = _write_rows(part, name, results, grid, columns)
        checksums = {each: sha256(part / each) for each in (name, TABLE, CURATION)}
        if labels:
            write_labels(part, CORRECTED, np.stack(labels), checksums[TABLE])
        manifest = {
            "format": FORMAT,
            "grid": grid.to_dict(),
            "counts": {"files": outcomes.total(), "kept": outcomes["kept"], "rejected": outcomes["rejected"]},
            "checksums": checksums,
            "made": made | {"irjax": __version__},
        }
        (part / MANIFEST).write_text(json.dumps({**manifest, **noted}, indent=2, allow_nan=False) + "\n")
    return open_dataset(out)


_OWN_FILES = re.compile(r"((transmittance|intensity)\.npy|(spectra|curation)\.csv|manifest\.json|labels-.*|examples)")


def require_free(out: Path, replace: bool) -> None:
    """Refuses to write a dataset over what a person may want to keep.

    Raises:
        InputError: saying what is there.
    """
    if out.is_symlink():
        raise InputError(f"{out}: a link; name the folder that it leads to, or a new one")
    if out.exists() and not _replaceable(out):
        raise InputError(f"{out}: exists and is not a dataset, or holds more than one; name a new folder")
    if out.is_dir() and finished(out, _OWN_FILES) and not replace:
        raise InputError(f"{out}: a dataset is there already; --force replaces it, or name a new folder")


def _replaceable(out: Path) -> bool:
    """Whether a folder is empty or holds a dataset and nothing that irjax did not write."""
    if not out.is_dir():
        return False
    names = finished(out, _OWN_FILES)
    return not names or (MANIFEST in names and all(_OWN_FILES.fullmatch(name) for name in names))


def _write_rows(
    part: Path, name: str, results: Iterator[Result], grid: Grid, columns: Sequence[str]
) -> tuple[Counter[str], list[np.ndarray]]:
    """Writes the array, spectra.csv and curation.csv; how many files came to what, and the labels."""
    outcomes: Counter[str] = Counter()
    reasons: list[str] = []
    labels: list[np.ndarray] = []
    raw = part / "spectra.raw"
    with (
        raw.open("wb") as array,
        (part / TABLE).open("w", newline="", encoding="utf-8", errors="backslashreplace") as spectra,
        (part / CURATION).open("w", newline="", encoding="utf-8", errors="backslashreplace") as curation,
    ):
        rows = csv.DictWriter(spectra, list[str](columns), lineterminator="\n")
        verdicts = csv.DictWriter(curation, list[str](CURATION_COLUMNS), lineterminator="\n")
        rows.writeheader()
        verdicts.writeheader()
        for result in results:
            verdicts.writerow(result.curation)
            outcomes[result.curation["outcome"]] += 1
            if result.kept:
                _require_row(result.kept.values, result.curation["file"], grid)
                result.kept.values.astype(np.float32).tofile(array)
                rows.writerow(result.kept.row)
                labels += [] if result.kept.labels is None else [result.kept.labels]
            else:
                reasons.append(f"{result.curation['file']}: {result.curation['reason']}")
    if not outcomes["kept"]:
        first = f"; the first: {reasons[0]}" if reasons else ""
        raise InputError(f"no spectrum could be kept of {outcomes.total()} files{first}")
    _with_header(raw, part / name, (outcomes["kept"], grid.points))
    return outcomes, labels


def _require_row(values: np.ndarray, file: str, grid: Grid) -> None:
    """Refuses a row that would shift all that follow, or that says nothing. Raises InputError naming its file."""
    if values.shape != (grid.points,):
        raise InputError(f"{file}: a row of the shape {values.shape}; the grid has {grid.points} points")
    if not np.isfinite(values).any():
        raise InputError(f"{file}: a row without a number in it")


def _with_header(raw: Path, target: Path, shape: tuple[int, int]) -> None:
    """Turns float32 rows that were appended one by one into an .npy file, now that their number is known."""
    with raw.open("rb") as rows, target.open("wb") as array:
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(array, header)
        shutil.copyfileobj(rows, array)
    raw.unlink()
