"""Spectra in the columns of a table, beside one of wavenumbers or one below another."""

import csv
import re
from dataclasses import dataclass

import numpy as np

from irjax.spectra import units
from irjax.spectra.layout import NUMERIC, Layout, filled, is_missing, layout_of
from irjax.spectra.several_names import FEWEST, Parts, called, is_run
from irjax.spectra.spectrum import SpectrumError
from irjax.spectra.table import HEADER_SIGN, counts_rows, first_row, is_abscissa, is_aside, name_samples, without_aside

_OTHER_AXIS = re.compile(r"\W*(?:wavelengths?|wellenl[äa]nge|longueur d'onde|lambda|λ|energy)\W*", re.IGNORECASE)
"""What a column is called that says in other units where the points lie."""
_LOOKED_AT = 100
"""Rows from which it is told whether the first is of numbers that name the columns."""
_MOSTLY = 0.8
"""Of steps, how many more go one way than the other."""
_FAR = 10
"""Times the greatest step between wavenumbers, more than which the first of them is not away from the second."""


@dataclass(frozen=True)
class Table:
    """Rows of numbers below a header."""

    layout: Layout
    told: list[tuple[str, list[str]]]
    """The lines above and their cells, as many as the table has columns."""
    start: int
    """Lines above the first row."""
    lines: list[str]
    rows: list[list[str]]
    """Their cells."""
    columns: dict[int, np.ndarray]
    """The numbers of each column [rows], NaN where there are none; but for one that counts the rows."""

    @property
    def names(self) -> list[str]:
        return self.told[-1][1] if self.told else [""] * (max(self.columns) + 1)

    def part(self, x: int, y: int, rows: list[int], unnamed: bool = False) -> str:
        """The text of a table of two columns.

        Args:
            x, y: which columns.
            rows: those of the spectrum.
            unnamed: whether the name of its ordinates would be taken for what it is not.

        Raises:
            SpectrumError: a cell is no number.
        """
        above = self.told[:-1] if self.layout.separator else []  # rows of a header that blanks part are sentences
        head = [f"{cells[x]}\t{cells[y]}" if any(cells[2:]) else line for line, cells in above]
        head += [line for line, _ in self.told[len(above) : -1]]
        names = [name if not self.layout.number.fullmatch(name) else "" for name in (self.names[x], self.names[y])]
        head += [f"{names[0]}\t{'' if unnamed else names[1]}"] if self.told else []
        return "\n".join([*filter(str.strip, head), *self.points(x, y, rows)])

    def points(self, x: int, y: int, rows: list[int]) -> list[str]:
        """A line for each row that has both numbers. Raises as `part`."""
        number, found = self.layout.number, []
        for at in rows:
            row = self.rows[at]
            cells = [row[column] if len(row) > column else "" for column in (x, y)]
            if all(map(number.fullmatch, cells)):
                found.append("\t".join(cells))
            elif not any(map(is_missing, cells)) and any(map(NUMERIC.fullmatch, cells)):
                strange = next(cell for cell in cells if not number.fullmatch(cell))
                raise SpectrumError(f"line {self.start + at + 1}: {strange[:40]!r} is no number")
        return found


def table_of(lines: list[str]) -> Table:
    """The table that is in these lines.

    Raises:
        SpectrumError: there is none, or it cannot be told which cell belongs to which column.
    """
    layout = layout_of(lines)
    rows = layout.rows(lines)
    start = first_row(layout, rows, lines)
    index = int(counts_rows(layout, rows[start:]))
    start += _has_a_corner(_column(layout, rows[start : start + _LOOKED_AT], index))
    while start and _begins_late(layout, rows[start - 1], rows[start], index):
        start -= 1
    body = rows[start:]
    numbered = [at for at, row in enumerate(body) if len(row) > index + 1 and layout.number.fullmatch(row[index])]
    width = max(filled(body[at]) for at in numbered)
    if layout.separator is None and len({len(body[at]) for at in numbered}) > 1:
        raise SpectrumError(
            "its rows have unlike numbers of cells, and blanks part them; which is whose cannot be told"
        )
    above = [HEADER_SIGN.sub("", line) for line in lines[:start] if line.strip()]
    cells = [[*row, *[""] * width][:width] for row in layout.rows(above)]
    if above:
        cells[-1] = _names(layout, above[-1], width)
    columns = {at: _column(layout, body, at) for at in range(index, width)}
    return Table(layout, list(zip(above, cells, strict=True)), start, lines[start:], body, columns)


def _has_a_corner(abscissa: np.ndarray) -> bool:
    """Whether the first row is one of numbers that name the columns: what stands before them is no wavenumber."""
    steps = np.abs(np.diff(abscissa[np.isfinite(abscissa)]))
    return len(steps) >= FEWEST - 1 and bool(steps[0] > _FAR * steps[1:].max())


def _begins_late(layout: Layout, above: list[str], row: list[str], index: int) -> bool:
    """Whether the row above belongs to the table too, where the first spectrum begins further down."""
    cells = above[index:]
    blank = len(above) == len(row) and len(cells) > 2 and bool(layout.number.fullmatch(cells[0])) and not cells[1]
    return blank and any(map(layout.number.fullmatch, cells[2:]))


def _names(layout: Layout, line: str, width: int) -> list[str]:
    """The names of the columns in the line above them; all of it for the first where they do not fit."""
    ways = [layout.rows([line])[0], line.split("\t"), re.split(r"\s{2,}", line.strip())]
    if '"' in line:
        ways.append(next(csv.reader([line], delimiter=" ", skipinitialspace=True), []))
    ways = [[cell.strip().strip("\"'") for cell in way] for way in ways]
    for way in ways:
        if len(way) == width or (len(way) > width and not any(way[width:])):
            return way[:width]
    for way in ways:
        if len(way) == width - 1 > 1 and all(way) and not is_abscissa(way[0]):
            return ["", *way]  # R names no column of the names of rows
    return [*ways[0], *[""] * width][:width] if len(ways[0]) < width else [line, *[""] * (width - 1)]


def _column(layout: Layout, rows: list[list[str]], at: int) -> np.ndarray:
    """The numbers of a column, NaN where there are none."""
    cells = (row[at] if len(row) > at else "" for row in rows)
    return np.array([layout.value(cell) if layout.number.fullmatch(cell) else np.nan for cell in cells])


def one_below_another(table: Table) -> Parts:
    """Of a column in which the wavenumbers begin anew; what another column has in all rows of a spectrum names it.

    Raises:
        SpectrumError: several columns may be their ordinates.
    """
    x, runs = next(((x, runs) for x, values in table.columns.items() if len(runs := _runs(values)) > 1), (0, []))
    if not runs:
        return []
    constant = [at for at in range(len(table.names)) if all(len({*_cells(table, run, at)}) == 1 for run in runs)]
    y = _ordinate(table, [at for at in table.columns if at != x and at not in constant])
    if y is None:
        return []
    found = []
    for run, head in zip(runs, _heads(table, runs), strict=True):
        labels = [cell for at in constant for cell in _cells(table, run[:1], at)] + head[:1]
        text = "\n".join([*head, *table.points(x, y, [*run])]) if head else table.part(x, y, [*run])
        found.append((labels, text))
    return called(found)


def _ordinate(table: Table, columns: list[int]) -> int | None:
    """Which of the columns is that of the ordinates, by their names where there are several. Raises as the caller."""
    columns = [at for at in columns if np.isfinite(table.columns[at]).sum() > 1]
    beside = [at for at in columns if not is_aside(table.names[at]) and not is_abscissa(table.names[at])]
    named = [at for at in beside if units.y_kind(table.names[at])]
    if name_samples([table.names[at] for at in named], [table.names[at] for at in beside if at not in named]):
        named = []
    chosen = [named, beside, columns]
    if (only := next((each[0] for each in chosen if len(each) == 1), None)) is not None or not columns:
        return only
    raise SpectrumError(
        f"its wavenumbers begin anew, beside {len(columns)} columns of numbers; which of them are the ordinates cannot "
        "be told"
    )


def _heads(table: Table, runs: list[np.ndarray]) -> list[list[str]]:
    """The lines above each spectrum, given its rows; none at all where nothing stands between two."""
    ends = [0, *(int(run[-1]) + 1 for run in runs)]
    heads = [[line for line in table.lines[end : run[0]] if line.strip()] for end, run in zip(ends, runs, strict=False)]
    return [[line for line, _ in table.told], *heads[1:]] if any(heads) else heads


def _cells(table: Table, rows: np.ndarray, at: int) -> list[str]:
    """What stands in a column."""
    return [table.rows[each][at] for each in rows if len(table.rows[each]) > at]


def _runs(values: np.ndarray) -> list[np.ndarray]:
    """The rows of each spectrum of a column of wavenumbers [rows]; none if it is no such column."""
    at = np.flatnonzero(np.isfinite(values))
    steps = np.diff(values[at])
    runs = np.split(at, np.flatnonzero(np.sign(steps) == -np.sign(np.median(steps))) + 1) if len(steps) else []
    return runs if all(is_run(values[run]) for run in runs) else []


def side_by_side(table: Table) -> Parts:
    """Of columns beside the one of wavenumbers, or pairs of columns.

    Raises:
        SpectrumError: it cannot be told which numbers are a spectrum.
    """
    names, rows = table.names, _rows(table)
    pairs = _pairs(table)
    if len(pairs) < 2:
        return []
    titles = [names[y] for _, y in pairs]
    said = [name for name in titles if units.y_kind(name) not in (None, "arbitrary")]
    # `A` beside `B` is no absorbance, and one transmission oil among other oils no transmittance.
    samples = 0 < 2 * len(said) < len(titles) or name_samples(said, [name for name in titles if name not in said])
    found = []
    for x, y in pairs:
        text = table.part(x, y, rows, unnamed=samples)
        told = [cells for _, cells in table.told if any(cells[1:])]
        found.append(([cells[y] or cells[x] for cells in reversed(told)], text))
    return called(found)


def _rows(table: Table) -> list[int]:
    """The rows of the table, up to a line of words below which it does not go on. Raises as `side_by_side`."""
    each = np.sum([np.isfinite(values) for values in table.columns.values()], axis=0)
    numbers = {*np.flatnonzero(each > 1).tolist()}
    worded = [at for at, line in enumerate(table.lines) if re.match(r"\W*[^\W\d_]{2}", line) and at not in numbers]
    second = sorted(numbers)[1:2]
    end = next((at for at in worded if second < [at] and not HEADER_SIGN.match(table.lines[at])), len(table.rows))
    places = table.columns[min(table.columns)]
    above, below = (part[np.isfinite(part)] for part in (places[:end], places[end:]))
    if (
        above.size
        and below.size
        and 0 < (below[0] - above[-1]) * np.sign(above[-1] - above[0]) < _FAR * np.abs(np.diff(above)).max()
    ):
        return list(range(len(table.rows)))
    if sum(at > end for at in numbers) > FEWEST:
        raise SpectrumError(f"line {table.start + end + 1}: another table follows; make a file of each table")
    return list(range(end))


def _pairs(table: Table) -> list[tuple[int, int]]:
    """The columns of each spectrum's wavenumbers and ordinates: the next column of wavenumbers to the left is its own.

    Raises as `side_by_side`.
    """
    columns, names = table.columns, table.names
    abscissae = _abscissae(columns, names)
    ordinates = [at for at in columns if at not in abscissae and not _passed_over(names, at)]
    for at in ordinates:
        _require_ordinates(table, at)
    numbers = {at: int(np.isfinite(columns[at]).sum()) for at in ordinates}
    enough = max(2, min(FEWEST, max(numbers.values(), default=0) / 4))  # fewer are a list of peaks beside
    ordinates = [at for at in ordinates if numbers[at] >= enough and not _counts(columns[at])]
    return [(max((x for x in abscissae if x < y), default=abscissae[0]), y) for y in ordinates]


def _abscissae(columns: dict[int, np.ndarray], names: list[str]) -> list[int]:
    """The columns of wavenumbers: by the names that say so, else by their numbers."""
    named = [at for at in columns if is_abscissa(names[at]) and _goes_on(columns[at])]
    first = [*named, min(columns)][0]
    like = {at for at in columns if at == first or _is_like(columns[at], columns[first])}
    again = {at for at in like if names[at] in (names[first], "")}
    if named or len(again) > 1:
        return sorted({first, *again, *like.intersection(named)})
    return [at for at, values in columns.items() if is_run(values) and not _counts(values)] or [first]


def _goes_on(values: np.ndarray) -> bool:
    """Whether nine of ten steps between the numbers of a column go one way, as in a digitised curve."""
    steps = np.sign(np.diff(values[np.isfinite(values)]))
    steps = steps[steps != 0]
    return len(steps) > 0 and abs(steps.sum()) > _MOSTLY * len(steps)


def _is_like(values: np.ndarray, first: np.ndarray) -> bool:
    """Whether the numbers of a column run on within about the range of the first abscissa."""
    values, first = values[np.isfinite(values)], first[np.isfinite(first)]
    alike = values.size and first.size and first.min() / 2 <= np.median(values) <= 2 * first.max()
    return bool(alike and _goes_on(values))


def _passed_over(names: list[str], at: int) -> bool:
    """Whether a column says how sure another is, or where the points lie in other units."""
    if _OTHER_AXIS.fullmatch(names[at]):
        return True
    if not is_aside(names[at]):
        return False
    bare = without_aside(names[at]).lower()  # `mask` and `S1 SD` beside `S1`, but no `surgical mask`
    return not bare or any(other != at and name.lower().startswith(bare) for other, name in enumerate(names))


def _counts(values: np.ndarray) -> bool:
    """Whether a column only counts, forwards or backwards."""
    steps = np.diff(values[np.isfinite(values)])
    return (
        len(steps) > 1
        and steps[0] != 0
        and bool(np.all(steps == steps[0]))
        and np.nanmin(np.abs(values)) < abs(steps[0])
    )


def _require_ordinates(table: Table, at: int) -> None:
    """Refuses a column in which another mark stands for decimals, or that numbers the spectra. Raises SpectrumError."""
    values = table.columns[at]
    cells = [row[at] for row in table.rows if len(row) > at and row[at]] if not np.isfinite(values).any() else []
    if len(cells) > 1 and all(map(NUMERIC.fullmatch, cells)):
        raise SpectrumError("marks the decimals of one column by commas and of the other by points; use one mark")
    numbers = values[np.isfinite(values)]
    kinds = np.unique(numbers)
    if 2 <= len(kinds) <= len(numbers) / FEWEST and np.all(kinds == np.round(kinds)) and not _is_mostly_one(numbers):
        column = repr(table.names[at][:40]) if table.names[at] else at + 1
        raise SpectrumError(f"its column {column} numbers spectra one below another; write words, as S1, for numbers")


def _is_mostly_one(numbers: np.ndarray) -> bool:
    """Whether most of a column is one number, as where a detector saw nothing."""
    return np.unique(numbers, return_counts=True)[1].max() > len(numbers) / 2
