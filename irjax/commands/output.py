"""What commands write: files that are there in full or not at all, and the figures of an evaluation."""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from irjax.errors import UsageError, printable
from irjax.files import aside

if TYPE_CHECKING:
    from irjax.data.dataset import Dataset
    from irjax.data.writing import Counted


@contextlib.contextmanager
def output(path: str, source: str = "") -> Iterator[TextIO]:
    """A text file that is there in full or not at all; `-` is standard output.

    Args:
        source: the file that was read, which shall not be written over.

    Raises:
        InputError: it cannot be written.
        UsageError: it is the source.
    """
    if path == "-":
        yield sys.stdout
        return
    require_apart(path, source)
    with aside(Path(path)) as part, part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as out:
        yield out


def require_apart(path: str, *others: str) -> None:
    """Raises UsageError for a file to be written that is one of those read, or of others to be written."""
    for other in filter(None, others):
        linked = os.path.exists(path) and os.path.exists(other) and os.path.samefile(path, other)
        if path != "-" and (linked or os.path.realpath(path) == os.path.realpath(other)):
            raise UsageError(f"{path}: would be written over itself; name another file")


def write_json(path: str, content: Any, source: str = "") -> None:
    """Writes strict JSON; `source` as `output` takes it."""
    with output(path, source) as out:
        out.write(json.dumps(content, indent=2, ensure_ascii=not writes_all(out), allow_nan=False) + "\n")


def writes_all(stream: Any) -> bool:
    """Whether a stream can write every character; else a console writes what is no JSON in the place of some."""
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("_", "-") in ("utf-8", "utf8", "utf-16")


def show_figures(figures: dict[str, Any], title: str, json_file: str | None) -> None:
    """The figures of an evaluation as tables, and as JSON where asked for."""
    from irjax.pages.tables import score_tables, show

    if json_file:
        write_json(json_file, figures)
    if json_file != "-":
        show(*score_tables(figures, title))


def say(text: str, *, aside: bool = False) -> None:
    """Prints a line that may hold names from outside; `aside`, on standard error."""
    print(printable(text), file=sys.stderr if aside else sys.stdout, flush=True)


def warn(lines: tuple[str, ...]) -> None:
    """Warnings, a line each, on standard error."""
    for line in lines:
        print(f"warning: {printable(line)}", file=sys.stderr)


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str], "Counted"]]:
    """Progress bars for long work: `counted("reading spectra")` makes one, to be told how many are done of how many."""
    from rich.progress import Progress

    with Progress(transient=True) as bar:

        def counted(what: str) -> "Counted":
            task = bar.add_task(what, total=None)
            return lambda done, total: bar.update(task, completed=done, total=total)

        yield counted


def warn_of_atr(dataset: "Dataset") -> None:
    """Says how many spectra of a dataset were measured otherwise than the rest, and what was done to them."""
    by_atr = sum(technique == "ATR" for technique in dataset.rows.get("technique", ()))
    if by_atr:
        warn(
            (
                f"{by_atr:,} of {len(dataset):,} spectra were measured by ATR, where band depth goes as 1/wavenumber; "
                "their absorbance was multiplied by wavenumber/1000",
            )
        )
