"""Answers for files, folders and zips, some at a time."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from functools import partial
from itertools import count
from threading import Event
from typing import Any

import numpy as np

from irjax.answers.predictor import Predictor
from irjax.answers.rows import Read, Rows
from irjax.data.archive import Archive
from irjax.data.workers import pool
from irjax.errors import InputError
from irjax.spectra.chart.told import NOTHING_TOLD, ChartAxes
from irjax.spectra.reading import content_of
from irjax.spectra.spectrum import SpectrumError
from irjax.tasks.task import DEFAULT_ERROR


def predict_files(
    predictor: Predictor,
    paths: Iterable[str],
    y_units: str | None = None,
    chart: ChartAxes = NOTHING_TOLD,
    error: float = DEFAULT_ERROR,
    processes: int = 1,
) -> Iterator[dict[str, Any]]:
    """One record per file, as `irjax predict --format json` writes it; a file that fails has `error`.

    The files are read and answered some at a time, so that memory does not grow with their number; the next are read
    while the network looks at those before.

    Args:
        paths: files of spectra, or of molecules where a network predicts theirs, and folders and zips of them.
        error: the share of answers that may be wrong.
        processes: that read beside this one where there are many files; a script that asks for more than one must
            begin with `if __name__ == "__main__":`, since each of them imports it.
    """
    return (record for record, _ in answered(predictor, _files(paths), y_units, chart, error, processes))


Content = Callable[[], bytes]
"""Fetches a file's content. Raises InputError if that cannot be had."""


def answered(
    predictor: Predictor,
    files: Iterable[tuple[str, Content]],
    y_units: str | None = None,
    chart: ChartAxes = NOTHING_TOLD,
    error: float = DEFAULT_ERROR,
    processes: int = 1,
) -> Iterator[tuple[dict[str, Any], Read | None]]:
    """A record per file, as `predict_files` gives it, and what was read of it; None of a file that failed.

    Args:
        files: their names and what fetches their contents.
        processes: as `predict_files` takes them.
    """
    for each in _read_ahead(predictor.rows(y_units, chart), iter(files), processes):
        rows = [one.row for one in each if isinstance(one, Read)]
        found = iter(predictor.probabilities(np.stack(rows)) if rows else ())
        for one in each:
            if isinstance(one, Read):
                yield predictor.answer(**vars(one), probabilities=next(found), error=error).to_dict(), one
            else:
                yield one, None


_AT_ONCE = 256
"""As many as the network takes in one batch."""
_MOST_BYTES = 2**25
"""Of the files that are read in one go."""
_FEW = 4
"""Times as many are read by the time that processes have begun."""
_Fetched = list[tuple[str, bytes | InputError]]


def _read_ahead(
    rows: Rows, files: Iterator[tuple[str, Content]], processes: int
) -> Iterator[list[Read | dict[str, Any]]]:
    """What was read of the files, some at a time, the next while a network looks at those before."""
    ended, chunks, problem = Event(), _fetched(files), None
    ahead = deque[Future[list[Read | dict[str, Any]]]]()
    with ExitStack() as begun:
        reader: Executor = begun.enter_context(ThreadPoolExecutor(1))
        begun.callback(ended.set)  # before the thread is waited for
        read, most = partial(_read_all, rows, stop=ended.is_set), 1
        try:
            for at in count():
                try:
                    some = next(chunks, None)
                except Exception as error:  # told once the answers to what was read before are out
                    some, problem = None, error
                if some is None:
                    break
                if at == _FEW and processes > 1:
                    reader = begun.enter_context(pool(processes))
                    read, most = partial(_read_all, rows), processes
                ahead.append(reader.submit(read, some))
                if len(ahead) > most:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        except BrokenProcessPool:
            raise InputError(
                "the system ended a process that read files, perhaps for want of memory; try again"
            ) from None
        except BaseException:
            reader.shutdown(wait=False, cancel_futures=True)
            raise
    if problem is not None:
        raise problem


def _fetched(files: Iterator[tuple[str, Content]]) -> Iterator[_Fetched]:
    """Contents, as many at a time as go together."""
    some: _Fetched = []
    size = 0
    for name, fetch in files:
        try:
            content: bytes | InputError = fetch()
        except InputError as error:
            content = error
        some.append((name, content))
        size += len(content) if isinstance(content, bytes) else 0
        if len(some) == _AT_ONCE or size > _MOST_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _read_all(rows: Rows, some: _Fetched, stop: Callable[[], bool] = lambda: False) -> list[Read | dict[str, Any]]:
    """What was read of each file, or a record of why it was not."""
    return [_read(rows, name, content) for name, content in some if not stop()]


def _read(rows: Rows, name: str, content: bytes | InputError) -> Read | dict[str, Any]:
    try:
        if isinstance(content, InputError):
            raise content
        return rows.read(content, name)
    except InputError as error:
        return {"file": name, "error": str(error)}


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
