"""Answers for files, folders and zips, some at a time."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice, takewhile
from threading import Event
from typing import Any

import numpy as np
from jaxtyping import Float

from irjax.answers.predictor import Predictor
from irjax.data.archive import Archive
from irjax.data.molecules import GRID as MATRIX
from irjax.data.molecules import coulomb_matrix, read_xyz
from irjax.errors import InputError
from irjax.spectra.chart.told import NOTHING_TOLD, ChartAxes
from irjax.spectra.grid import INFRARED
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

    The files are read and answered some at a time, so that memory does not grow with their number; the next are read
    while the network looks at those before.

    Args:
        paths: files of spectra, or of molecules where a network predicts theirs, and folders and zips of them.
        error: the share of answers that may be wrong.
    """
    return (record for record, _ in answered(predictor, _files(paths), y_units, chart, error))


Content = Callable[[], bytes]
"""Fetches a file's content. Raises InputError if that cannot be had."""


@dataclass(frozen=True)
class Read:
    """A spectrum file that was read."""

    file: str
    row: Float[np.ndarray, " points"]
    """As the network takes it: on its grid, NaN for gaps, corrected if those were that it learned."""
    warnings: list[str]
    phase: str


def answered(
    predictor: Predictor,
    files: Iterable[tuple[str, Content]],
    y_units: str | None = None,
    chart: ChartAxes = NOTHING_TOLD,
    error: float = DEFAULT_ERROR,
) -> Iterator[tuple[dict[str, Any], Read | None]]:
    """A record per file, as `predict_files` gives it, and what was read of it; None of a file that failed.

    Args:
        files: their names and what fetches their contents.
    """
    row_of = row_reader(predictor, y_units, chart)
    waiting, ended = iter(files), Event()

    def some() -> list[Read | dict[str, Any]]:
        wanted = takewhile(lambda _: not ended.is_set(), waiting)
        return [_read(name, content, row_of) for name, content in islice(wanted, _AT_ONCE)]

    with ThreadPoolExecutor(1) as reader:  # which reads some while the network looks at those before
        try:
            each = some()
            while each:
                following = reader.submit(some)
                rows = [one.row for one in each if isinstance(one, Read)]
                found = iter(predictor.probabilities(np.stack(rows)) if rows else ())
                for one in each:
                    if isinstance(one, Read):
                        yield predictor.answer(**vars(one), probabilities=next(found), error=error).to_dict(), one
                    else:
                        yield one, None
                each = following.result()
        finally:
            ended.set()


_AT_ONCE = 256
"""As many as the network takes in one batch."""

RowReader = Callable[[bytes, str], tuple[np.ndarray, list[str], str]]
"""From a file's content and name its values on the grid, float32 [points], its warnings, and the sample's phase."""


def row_reader(predictor: Predictor, y_units: str | None = None, chart: ChartAxes = NOTHING_TOLD) -> RowReader:
    """What reads a file for a network: as an infrared spectrum, a pattern or a molecule, whichever it learned."""
    unit = predictor.run.grid.unit
    if unit == INFRARED.unit:
        return partial(_infrared, predictor, y_units, chart)
    return _molecule if unit == MATRIX.unit else partial(_pattern, predictor)


def _files(paths: Iterable[str]) -> Iterator[tuple[str, Content]]:
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


def _read(name: str, content: Content, row_of: RowReader) -> Read | dict[str, Any]:
    """What was read of a file, or a record of why it was not."""
    try:
        return Read(name, *row_of(content(), name))
    except InputError as error:
        return {"file": name, "error": str(error)}


def _infrared(
    predictor: Predictor, y_units: str | None, chart: ChartAxes, content: bytes, name: str
) -> tuple[np.ndarray, list[str], str]:
    spectrum = parse_spectrum(content, name, y_units, chart)
    return *predictor.row(spectrum), spectrum.phase


def _pattern(predictor: Predictor, content: bytes, name: str) -> tuple[np.ndarray, list[str], str]:
    row = _parsed(content, name, lambda text: read_pattern(text, predictor.run.grid))
    return predictor.corrected(row, name), [], "unknown"


def _molecule(content: bytes, name: str) -> tuple[np.ndarray, list[str], str]:
    return _parsed(content, name, lambda text: coulomb_matrix(read_xyz(text))), [], "unknown"


def _parsed(content: bytes, name: str, parse: Callable[[str], np.ndarray]) -> np.ndarray:
    if len(content) > LARGEST_FILE:
        raise SpectrumError(f"{name}: larger than {LARGEST_FILE // 2**20} MiB, which no single pattern or molecule is")
    try:
        return parse(decoded(content))
    except InputError as error:
        raise SpectrumError(f"{name}: {error}") from None
