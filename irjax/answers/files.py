"""Answers for files, folders and zips, some at a time."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from itertools import count, islice
from threading import Event
from typing import Any

import numpy as np

from irjax.answers.predictor import UNNAMED, Predictor, Source
from irjax.answers.rows import Read, Rows, read_all
from irjax.data.archive import Archive, holds_many
from irjax.data.workers import pool
from irjax.errors import InputError
from irjax.spectra.chart.told import NOTHING_TOLD, ChartAxes
from irjax.spectra.reading import content_of
from irjax.spectra.spectrum import Spectrum, SpectrumError
from irjax.tasks.task import DEFAULT_ERROR


def predict_files(
    predictor: Predictor,
    paths: Iterable[str],
    y_units: str | None = None,
    chart: ChartAxes = NOTHING_TOLD,
    error: float = DEFAULT_ERROR,
    processes: int = 1,
    phase: str | None = None,
    technique: str | None = None,
) -> Iterator[dict[str, Any]]:
    """One record per file, as `irjax predict --format json` writes it; a file that fails has `error`.

    The files are read and answered some at a time, so that memory does not grow with their number; the next are read
    while the network looks at those before.

    Args:
        paths: files of spectra, or of molecules where a network predicts theirs, and folders and zips of them.
        error: the share of answers that may be wrong.
        processes: that read beside this one where there are many files; a script that asks for more than one must
            begin with `if __name__ == "__main__":`, since each of them imports it.
        phase: of the samples, one of `PHASES`, whatever the files say of it.
        technique: by which they were measured, one of `TECHNIQUES`, whatever the files say of it.
    """
    rows = predictor.rows(y_units, chart, phase, technique)
    return (record for record, _ in answered(predictor, rows, contents(paths), error, processes))


Content = Callable[[], bytes | Spectrum]
"""Fetches what a file holds. Raises InputError if that cannot be had."""


def answered(
    predictor: Predictor,
    rows: Rows,
    files: Iterable[tuple[str, Content]],
    error: float = DEFAULT_ERROR,
    processes: int = 1,
) -> Iterator[tuple[dict[str, Any], Read | None]]:
    """A record per file, as `predict_files` gives it, and what was read of it; None of a file that failed.

    Args:
        rows: of the predictor, which reads the files.
        files: their names and what fetches their contents.
        processes: as `predict_files` takes them.
    """
    stream = _read_ahead(rows, iter(files), processes)
    with closing(stream):
        while each := list(islice(stream, _AT_ONCE)):
            values = [one.row for one in each if isinstance(one, Read)]
            found = iter(predictor.probabilities(np.stack(values)) if values else ())
            for one in each:
                if isinstance(one, Exception):
                    raise one
                if isinstance(one, Read):
                    yield predictor.answer(**vars(one), probabilities=next(found), error=error).to_dict(), one
                else:
                    yield one, None


_AT_ONCE = 256
"""Files that are answered together, in a few batches of the network; as many are read ahead."""
_TOGETHER = 16
"""Files that are sent to a process at a time: few, since whoever has enough waits until it has read them."""
_FEW = 64
"""Times as many, a thousand, are read by one thread before processes begin."""
_MOST_BYTES = 2**25
"""Of the contents that wait for processes."""


def _read_ahead(
    rows: Rows, files: Iterator[tuple[str, Content]], processes: int
) -> Generator[Read | dict[str, Any] | Exception]:
    """What was read of each file, some ahead of who asks; last, if that ends with an error, the error."""
    ended, problem = Event(), None
    ahead = deque[tuple[Future[list[Read | dict[str, Any]]], int]]()
    try:
        with ExitStack() as begun:
            thread = begun.enter_context(ThreadPoolExecutor(1))
            begun.callback(ended.set)  # before the thread is waited for
            readers: Executor | None = None
            for number in count():
                some, problem = _next(files)
                if number == _FEW and processes > 1:
                    readers = begun.enter_context(pool(processes))
                if readers is None:
                    ahead.append((thread.submit(_fetched_and_read, rows, some, ended.is_set), 0))
                else:
                    contents = [(name, _fetched(content)) for name, content in some]
                    size = sum(len(content) for _, content in contents if isinstance(content, bytes))
                    ahead.append((readers.submit(read_all, rows, contents), size))
                last = problem is not None or len(some) < _TOGETHER
                while ahead and (
                    last or len(ahead) * _TOGETHER > _AT_ONCE or sum(each for _, each in ahead) > _MOST_BYTES
                ):
                    yield from ahead.popleft()[0].result()
                if last:
                    break
    except Exception as error:
        problem = error
    if problem is not None:
        yield problem


def _next(files: Iterator[tuple[str, Content]]) -> tuple[list[tuple[str, Content]], Exception | None]:
    """Some files, and the error that came before there were enough."""
    some: list[tuple[str, Content]] = []
    try:
        some.extend(islice(files, _TOGETHER))  # keeps what came before an error
    except Exception as error:
        return some, error
    return some, None


def _fetched(content: Content) -> bytes | Spectrum | InputError:
    try:
        return content()
    except InputError as error:
        return error


def _fetched_and_read(
    rows: Rows, some: list[tuple[str, Content]], stop: Callable[[], bool]
) -> list[Read | dict[str, Any]]:
    return read_all(rows, ((name, _fetched(content)) for name, content in some if not stop()))


def contents(sources: Iterable[Source]) -> Iterator[tuple[str, Content]]:
    """Each file's name and what fetches its content; folders and zips are opened."""
    for source in sources:
        if isinstance(source, Spectrum):
            yield source.source, partial(_same, source)
            continue
        if not isinstance(source, str | os.PathLike):
            yield UNNAMED, partial(bytes, source)
            continue
        path = os.fspath(source)
        if not holds_many(path):
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


def _same(spectrum: Spectrum) -> Spectrum:
    return spectrum


def _fail(error: InputError) -> bytes:
    raise error


def _entry(archive: Archive, name: str, place: int) -> bytes:
    try:
        return archive.read(name, place)
    except SpectrumError as error:
        raise SpectrumError(f"{archive.path}/{name}: {str(error).removeprefix(f'{name}: ')}") from None
