"""A file of several spectra to one of each: tables side by side, in rows or one below another, blocks of JCAMP-DX."""

import csv
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from irjax.files import bytes_of
from irjax.spectra import units
from irjax.spectra.jcamp import infrared_blocks
from irjax.spectra.layout import LAYOUTS, Layout, labels_of, layout_of, without_empty_columns, without_label
from irjax.spectra.reading import decoded, is_jcamp, refuse_other_formats
from irjax.spectra.sheet import SHEET, read_sheets
from irjax.spectra.spectrum import SpectrumError
from irjax.spectra.table import HEADER_SIGN, WIDE, counts_rows, first_row, is_abscissa, is_aside, name_samples

LARGEST_TABLE = 32 * 2**20
"""Bytes: a thousand spectra of 3,600 points, and their cells take ten times as much memory."""
_MOST_LINES = 1_000_000
"""Of a table: short ones take most memory, and so many hold five hundred spectra under names."""
_TIMES = 10
"""As much as one of a single spectrum a workbook of several may hold."""
Parts = list[tuple[str, str]]
"""What each spectrum is called, which may be nothing, and the text of a file of it alone."""

_HEAD = 60
"""Lines in which the wavenumbers of spectra in rows stand."""
_LOWEST, _HIGHEST = 10.0, 15_000.0
"""Wavenumbers, beyond which none of an infrared spectrum lies."""
_FEWEST = 20
"""Rows from which a column's running one way means that it is an abscissa."""
_PLACE = re.compile(r"X?([+-]?[\d.,]+(?:[eE][-+]?\d+)?)(?:\s*cm\S*)?")
"""A wavenumber at the head of a column, before which R puts a letter."""


def several_of(path: str | os.PathLike[str]) -> Parts:
    """The spectra of a file, as `several_in` gives them of its content.

    Raises:
        SpectrumError: it cannot be read, or does not hold several spectra; the message names the file.
    """
    try:
        try:
            content = bytes_of(Path(path), LARGEST_TABLE + 1)
        except (OSError, ValueError) as error:
            raise SpectrumError(getattr(error, "strerror", None) or str(error)) from None
        return several_in(content)
    except SpectrumError as error:
        raise SpectrumError(f"{path}: {error}") from None


def several_in(content: bytes) -> Parts:
    """The spectra of a CSV, a text file or a workbook, as `parted` gives them, or the infrared blocks of JCAMP-DX.

    Raises:
        SpectrumError: it does not hold several spectra.
    """
    if len(content) > LARGEST_TABLE:
        raise SpectrumError(f"larger than {LARGEST_TABLE // 2**20} MiB; part it into smaller tables first")
    if re.match(SHEET, content):
        return _of_sheets(read_sheets(content, _TIMES))
    refuse_other_formats(content)
    text = decoded(content)
    if not is_jcamp(text):
        return parted(text)
    if len(blocks := infrared_blocks(text)) > 1:
        return blocks
    raise SpectrumError(_ALONE)


def file_names(called: Iterable[str]) -> list[str]:
    """Names for files, without their ending and all unlike, of what spectra are called."""
    called = list(called)
    width, taken, names = len(str(len(called))), set[str](), []
    for number, each in enumerate(called, 1):
        plain = _STRANGE.sub("_", each).strip("._")[:_LONGEST]
        while not plain or plain.lower() in taken:
            plain = f"{plain}_{number:0{width}}".lstrip("_")
        taken.add(plain.lower())
        names.append(plain)
    return names


_STRANGE = re.compile(r"[^\w.()+%-]+")
"""What has no place in the name of a file."""
_LONGEST = 60


def _of_sheets(sheets: list[tuple[str, str]]) -> Parts:
    """The spectra in all sheets, called by their sheets too; what is no table is passed over where others are."""
    found: Parts = []
    several, refused = False, SpectrumError(_ALONE)  # that of the first sheet, if it has none
    for title, text in reversed(sheets):
        try:
            parts = _parts(text)
        except SpectrumError as error:
            refused = error
            continue
        several |= bool(parts)
        found = [(f"{title} {name}".strip(), part) for name, part in parts or [("", text)]] + found
    if not several and len(found) < 2:
        raise refused
    return found


def parted(text: str) -> Parts:
    """The spectra of a table, each as a table of its own that `read_table` takes; what stands above goes with each.

    Args:
        text: as `read_table` takes it.

    Raises:
        SpectrumError: there is no table of numbers in it, or one spectrum alone.
    """
    if found := _parts(text):
        return found
    raise SpectrumError(_ALONE)


_ALONE = "holds one spectrum and no others beside or below it; `irjax read` shows it"


def _parts(text: str) -> Parts:
    """The spectra of a table; none where one stands alone. Raises as `parted`."""
    if text.count("\n") > _MOST_LINES:
        raise SpectrumError(f"holds over {_MOST_LINES:,} lines; part it into smaller tables first")
    lines = without_label(without_empty_columns(text.rstrip("\x1a").replace("\N{MINUS SIGN}", "-").split("\n")))
    try:
        if found := _labelled(lines) or _in_rows(lines):
            return found
        table = _table_of(lines)
        return _one_below_another(table) or _side_by_side(table)
    except csv.Error as error:
        raise SpectrumError(f"holds a line that is no row of a table ({error})") from None


def _labelled(lines: list[str]) -> Parts:
    """Of rows that each begin with the name of their spectrum."""
    labels = labels_of(lines)
    parts: dict[str, list[str]] = {label: [] for label in labels.values()}
    for at, label in labels.items():
        parts[label].append(_behind(lines[at]))
    first = min(labels, default=0)
    *above, last = [line for line in lines[:first] if line.strip()] or [""]
    head = [*above, _behind(last)]
    return [(label.strip("\"'"), "\n".join([*head, *rows])) for label, rows in parts.items()]


def _behind(line: str) -> str:
    """A line without its first cell."""
    return re.sub(r"^[^;\t,]*[;\t,]", "", line)


def _in_rows(lines: list[str]) -> Parts:
    """Of spectra in rows, below one of wavenumbers."""
    layout, at, places = max(_rows_of_places(lines), key=lambda each: _numbers_below(lines, *each))
    if len(places) <= WIDE:
        return []
    rows = layout.rows(lines[at:])
    if _runs_down(layout, rows, places):
        return []
    head = [line for line in lines[:at] if line.strip() and len(layout.rows([line])[0]) <= WIDE]
    head += [cell for cell in rows[0][: min(places)] if units.x_kind(cell)][-1:]
    found = []
    for row in rows[1:]:
        points = [(place, row[column]) for column, place in places.items() if column < len(row)]
        points = [(place, cell) for place, cell in points if layout.number.fullmatch(cell)]
        if 2 * len(points) > len(places):
            labels = [cell for column, cell in enumerate(row) if cell and column not in places]
            cells = [f"{place!r}\t{layout.value(cell)!r}" for place, cell in points]
            found.append((labels, "\n".join([*head, *cells])))
    return _called(found)


def _rows_of_places(lines: list[str]) -> Iterator[tuple[Layout, int, dict[int, float]]]:
    """Each layout and line, and the wavenumbers in it by their columns."""
    for layout in LAYOUTS:
        for at, row in enumerate(layout.rows(lines[:_HEAD])):
            yield layout, at, _places(layout, row)


def _places(layout: Layout, row: list[str]) -> dict[int, float]:
    """The wavenumbers of a row by their columns, if they run one way and do not count; else none."""
    heads = ((column, _PLACE.fullmatch(cell)) for column, cell in enumerate(row))
    cells = {column: head[1] for column, head in heads if head and layout.number.fullmatch(head[1])}
    found = {column: layout.value(cell) for column, cell in cells.items()}
    values = np.array([*found.values()])
    counts = values.size and values[0] in (0, 1) and set(np.diff(values)) == {1.0}
    return found if _runs_one_way(values) and not counts else {}


def _numbers_below(lines: list[str], layout: Layout, at: int, places: dict[int, float]) -> tuple[int, int]:
    """How many wavenumbers a line has, and how many numbers the next, which tell the mark of decimals."""
    if len(places) <= WIDE:
        return len(places), 0
    below = layout.rows(lines[at + 1 : at + 2])
    return len(places), sum(bool(layout.number.fullmatch(cell)) for row in below for cell in row)


def _runs_one_way(values: np.ndarray) -> bool:
    """Whether these may be the wavenumbers of a spectrum."""
    steps = np.diff(values)
    within = len(values) > 1 and values.min() >= _LOWEST and values.max() <= _HIGHEST
    return bool(within and (np.all(steps > 0) or np.all(steps < 0)))


def _runs_down(layout: Layout, rows: list[list[str]], places: dict[int, float]) -> bool:
    """Whether wavenumbers rather stand in a column, and what looks like some above the others are names of samples."""
    span = np.ptp([place for column, place in places.items() if column])
    down = (_column(layout, rows, column) for column in range(max(min(places), 1)))
    return any(_is_run(values) and np.nanmax(values) - np.nanmin(values) > span for values in down)


def _called(found: list[tuple[list[str], str]]) -> Parts:
    """The spectra by the first of their labels that differs in all; by all labels where none does."""
    shortest = min((len(labels) for labels, _ in found), default=0)
    for at in range(shortest):
        if len({labels[at] for labels, _ in found}) == len(found):
            return [(labels[at], text) for labels, text in found]
    return [(" ".join(labels), text) for labels, text in found]


@dataclass(frozen=True)
class _Table:
    """Rows of numbers below a header."""

    layout: Layout
    told: list[tuple[str, list[str]]]
    """The lines above and their cells, as many as the table has columns."""
    lines: list[str]
    rows: list[list[str]]
    """Their cells."""
    columns: dict[int, np.ndarray]
    """The numbers of each column [rows], NaN where there are none; but for one that counts the rows."""

    @property
    def names(self) -> list[str]:
        return self.told[-1][1] if self.told else [""] * (max(self.columns) + 1)

    def part(self, x: int, y: int, rows: list[list[str]], unnamed: bool = False) -> str:
        """The text of a table of two columns.

        Args:
            x, y: which columns.
            rows: those of the spectrum.
            unnamed: whether the name of its ordinates would be taken for what it is not.
        """
        above = self.told[:-1] if self.layout.separator else []  # rows of a header that blanks part are sentences
        head = [f"{cells[x]}\t{cells[y]}" if any(cells[2:]) else line for line, cells in above]
        head += [line for line, _ in self.told[len(above) : -1]]
        head += [f"{self.names[x]}\t{'' if unnamed else self.names[y]}"] if self.told else []
        return "\n".join([*filter(str.strip, head), *self.points(x, y, rows)])

    def points(self, x: int, y: int, rows: list[list[str]]) -> list[str]:
        """A line for each row that has both numbers."""
        cells = [(row[x], row[y]) for row in rows if len(row) > max(x, y)]
        return ["\t".join(pair) for pair in cells if all(map(self.layout.number.fullmatch, pair))]


def _table_of(lines: list[str]) -> _Table:
    """The table that is in these lines. Raises as `parted`."""
    layout = layout_of(lines)
    rows = layout.rows(lines)
    start = first_row(layout, rows, lines)
    width, body = len(rows[start]), rows[start:]
    index = int(counts_rows(layout, body))
    above = [HEADER_SIGN.sub("", line) for line in lines[:start] if line.strip()]
    cells = layout.rows(above)
    if index and cells and len(cells[-1]) == width - 1:
        cells[-1] = ["", *cells[-1]]  # R names no column of row numbers
    told = [(line, [*row, *[""] * width][:width]) for line, row in zip(above, cells, strict=True)]
    return _Table(layout, told, lines[start:], body, {at: _column(layout, body, at) for at in range(index, width)})


def _one_below_another(table: _Table) -> Parts:
    """Of a column in which the wavenumbers begin anew; what another column has in all rows of a spectrum names it."""
    x, runs = next(((x, runs) for x, values in table.columns.items() if len(runs := _runs(values)) > 1), (0, []))
    if not runs:
        return []
    spectra = [[table.rows[at] for at in run] for run in runs]
    constant = [at for at in range(len(table.names)) if all(len({*_cells(rows, at)}) == 1 for rows in spectra)]
    ordinates = [at for at in table.columns if at != x and at not in constant]
    if not ordinates:
        return []
    y = min(ordinates, key=lambda at: (at < x, at))  # the next on the right
    found = []
    for rows, head in zip(spectra, _heads(table, runs), strict=True):
        labels = [cell for at in constant for cell in _cells(rows[:1], at)] + head[:1]
        text = "\n".join([*head, *table.points(x, y, rows)]) if head else table.part(x, y, rows)
        found.append((labels, text))
    return _called(found)


def _heads(table: _Table, runs: list[np.ndarray]) -> list[list[str]]:
    """The lines above each spectrum, given its rows; none at all where nothing stands between two."""
    ends = [0, *(int(run[-1]) + 1 for run in runs)]
    heads = [[line for line in table.lines[end : run[0]] if line.strip()] for end, run in zip(ends, runs, strict=False)]
    return [[line for line, _ in table.told], *heads[1:]] if any(heads) else heads


def _cells(rows: list[list[str]], at: int) -> list[str]:
    """What stands in a column."""
    return [row[at] for row in rows if len(row) > at]


def _runs(values: np.ndarray) -> list[np.ndarray]:
    """The rows of each spectrum of a column of wavenumbers [rows]; none if it is no such column."""
    at = np.flatnonzero(np.isfinite(values))
    steps = np.diff(values[at])
    runs = np.split(at, np.flatnonzero(np.sign(steps) == -np.sign(np.median(steps))) + 1) if len(steps) else []
    return runs if all(_is_run(values[run]) for run in runs) else []


def _side_by_side(table: _Table) -> Parts:
    """Of columns beside the one of wavenumbers, or pairs of columns."""
    names, pairs = table.names, _pairs(table.columns, table.names)
    if len(pairs) < 2:
        return []
    called = [names[y] for _, y in pairs]
    said = [name for name in called if units.y_kind(name) not in (None, "arbitrary")]
    samples = name_samples(said, [name for name in called if name not in said])  # `A` beside `B` is no absorbance
    found = []
    for x, y in pairs:
        text = table.part(x, y, table.rows, unnamed=samples or bool(table.layout.number.fullmatch(names[y])))
        told = [cells for _, cells in table.told if any(cells[1:])]
        found.append(([cells[y] or cells[x] for cells in reversed(told)], text))
    return _called(found)


def _pairs(columns: dict[int, np.ndarray], names: list[str]) -> list[tuple[int, int]]:
    """The columns of each spectrum's wavenumbers and ordinates: the next column of wavenumbers to the left is its own.

    Args:
        columns: their numbers [rows], NaN where there are none.
        names: of all columns, which may be empty.
    """
    abscissae = [at for at, values in columns.items() if is_abscissa(names[at]) or _is_run(values)] or [min(columns)]
    ordinates = [at for at, values in columns.items() if at not in abscissae and np.isfinite(values).sum() > 1]
    return [
        (max((x for x in abscissae if x < y), default=abscissae[0]), y) for y in ordinates if not is_aside(names[y])
    ]


def _column(layout: Layout, rows: list[list[str]], at: int) -> np.ndarray:
    """The numbers of a column, NaN where there are none."""
    cells = (row[at] if len(row) > at else "" for row in rows)
    return np.array([layout.value(cell) if layout.number.fullmatch(cell) else np.nan for cell in cells])


def _is_run(values: np.ndarray) -> bool:
    """Whether the numbers of a column may be wavenumbers."""
    values = values[np.isfinite(values)]
    return len(values) >= _FEWEST and _runs_one_way(values)
