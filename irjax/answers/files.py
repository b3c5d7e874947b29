"""Answers for files, folders and zips, some at a time."""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from irjax.answers.predictor import Predictor
from irjax.data.archive import Archive
from irjax.errors import InputError
from irjax.spectra.chart.told import NOTHING_TOLD, ChartAxes
from irjax.spectra.grid import INFRARED, Grid
from irjax.spectra.pattern import read_pattern
from irjax.spectra.reading import LARGEST_FILE, content_of, decoded, parse_spectrum
from irjax.spectra.spectrum import SpectrumError
from irjax.tasks.task import DEFAULT_ERROR


def predict_files(
    predictor: Predictor,
    paths: Iterable[str],
    y_units: str | None = None,
    chart: ChartAxes = NOTHING_TOLD,
    error: float = DEFAULT_ERROR,
) -> Iterator[dict[str, Any]]:
    """One record per file, as `irjax predict --format json` writes it; a file that fails has `error`.

    The files are read and answered some at a time, so that memory does not grow with their number.

    Args:
        paths: spectrum files, and folders and zips of them.
        error: the share of answers that may be wrong.
    """
    grid = predictor.run.grid
    row_of = partial(_infrared, predictor, y_units, chart) if grid.unit == INFRARED.unit else partial(_pattern, grid)
    files = _files(paths)
    while some := list(islice(files, _AT_ONCE)):
        records = [_read(name, content, row_of) for name, content in some]
        rows = [record["row"] for record in records if "row" in record]
        found = iter(predictor.probabilities(np.stack(rows)) if rows else ())
        for record in records:
            if "error" in record:
                yield record
                continue
            yield predictor.answer(**record, probabilities=next(found), error=error).to_dict()


_AT_ONCE = 256
"""As many as the network takes in one batch."""

_Content = Callable[[], bytes]
_RowOf = Callable[[bytes, str], tuple[np.ndarray, list[str], str]]
"""From a file's content and name its values on the grid, float32 [points], its warnings, and the sample's phase."""


def _files(paths: Iterable[str]) -> Iterator[tuple[str, _Content]]:
    """Each file's name and what fetches its content; folders and zips are opened."""
    for path in paths:
        if not os.path.isdir(path) and not path.lower().endswith(".zip"):
            yield path, partial(content_of, path)
            continue
        try:
            archive = Archive(path)
            entries = list(archive.entries())
            if not entries:
                raise InputError(f"{path}: holds no files")
        except InputError as error:
            yield path, partial(_fail, error)
            continue
        for name, place in entries:
            yield f"{archive.path}/{name}", partial(_entry, archive, name, place)


def _fail(error: InputError) -> bytes:
    raise error


def _entry(archive: Archive, name: str, place: int) -> bytes:
    try:
        return archive.read(name, place)
    except SpectrumError as error:
        raise SpectrumError(f"{archive.path}/{name}: {str(error).removeprefix(f'{name}: ')}") from None


def _read(name: str, content: _Content, row_of: _RowOf) -> dict[str, Any]:
    """A file's record so far: its `row` on the grid and its warnings, or its error."""
    try:
        row, warnings, phase = row_of(content(), name)
    except InputError as error:
        return {"file": name, "error": str(error)}
    return {"file": name, "row": row, "warnings": warnings, "phase": phase}


def _infrared(
    predictor: Predictor, y_units: str | None, chart: ChartAxes, content: bytes, name: str
) -> tuple[np.ndarray, list[str], str]:
    spectrum = parse_spectrum(content, name, y_units, chart)
    return *predictor.row(spectrum), spectrum.phase


def _pattern(grid: Grid, content: bytes, name: str) -> tuple[np.ndarray, list[str], str]:
    if len(content) > LARGEST_FILE:
        raise SpectrumError(f"{name}: larger than {LARGEST_FILE // 2**20} MiB, which no single pattern is")
    try:
        return read_pattern(decoded(content), grid), [], "unknown"
    except SpectrumError as error:
        raise SpectrumError(f"{name}: {error}") from None
