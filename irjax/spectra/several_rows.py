"""Spectra in the rows of a table, below a row of wavenumbers."""

import re
from collections.abc import Iterator

import numpy as np

from irjax.spectra import header as headers
from irjax.spectra import units
from irjax.spectra.layout import LAYOUTS, Layout, filled, is_missing
from irjax.spectra.several_names import Parts, called, is_run, runs_one_way
from irjax.spectra.spectrum import SpectrumError
from irjax.spectra.table import WIDE, is_abscissa

_HEAD = 60
"""Lines in which the wavenumbers stand."""
_BELOW = 20
"""Rows below them that tell separators and the mark of decimals."""
_FEWEST_POINTS = 3
_PLACE = re.compile(r"(?:[Xx]|spc\.|nir\.|wn[._]?)?([+-]?[\d.,]+(?:[eE][-+]?\d+)?)(?:\s*[(\[]?(?:1/)?cm\S*)?")
"""A wavenumber at the head of a column, before which R and its packages put a letter or a word."""
_SPREAD = re.compile(r"\W*(?:s\.?d\.?|std\W*dev\w*|stdev|sem|(?:std\W*)?error|uncertainty)\W*", re.IGNORECASE)
"""What a row is called that says how sure the others are."""
Places = dict[int, float]
"""The wavenumbers of a row by their columns."""


def in_rows(lines: list[str]) -> Parts:
    """The spectra of a table whose rows they are; none of another table.

    Raises:
        SpectrumError: it cannot be told which number lies at which wavenumber.
    """
    layout, at, places = max(_rows_of_places(lines), key=lambda each: _numbers_below(lines, *each))
    if len(places) <= WIDE:
        return []
    rows = layout.rows(lines[at:])
    if _runs_down(layout, rows, places):
        return []
    axis, axes = _axis(layout, rows, places), _axes(layout, rows, places)
    head = [line for line in lines[:at] if line.strip() and len(layout.rows([line])[0]) <= WIDE]
    head += [cell for cell in rows[axis][: min(places)] if units.x_kind(cell)][-1:]
    places = _places(layout, rows[axis])
    shift = _shift(rows[axis], rows[axes:], places)
    places = {column + shift: place for column, place in places.items()}
    beside = [column for column in range(max(map(len, rows))) if column not in places]
    found = []
    for number, row in enumerate(rows[axes:], at + axes + 1):
        if points := _points(layout, row, places, number, len(rows[axis]) + shift):
            labels = [row[column] if column < len(row) else "" for column in beside]
            if not _SPREAD.fullmatch("".join(labels)):
                found.append((labels, "\n".join([*head, *points])))
    return called(found)


def _points(layout: Layout, row: list[str], places: Places, number: int, width: int) -> list[str]:
    """A line for each point of a row; none of a row of words.

    Raises:
        SpectrumError: it cannot be told where its numbers belong.
    """
    cells = [(place, row[column]) for column, place in places.items() if column < len(row)]
    points = [(place, layout.value(cell)) for place, cell in cells if layout.number.fullmatch(cell)]
    strange = [cell for _, cell in cells if not (layout.number.fullmatch(cell) or is_missing(cell))]
    if len(points) < _FEWEST_POINTS or len(strange) > len(points):
        return []
    if strange:
        raise SpectrumError(f"line {number}: {strange[0][:40]!r} is no number")
    if filled(row) > width:
        raise SpectrumError(
            f"line {number}: has {filled(row)} cells and the row of wavenumbers {width}; which is whose cannot be told"
        )
    x, y = np.array(points).T
    if runs_one_way(y) and x.min() / 2 < np.median(y) < 2 * x.max():
        raise SpectrumError(f"line {number}: wavenumbers again; make a file of each table")
    return [f"{place!r}\t{value!r}" for place, value in points]


def _shift(head: list[str], rows: list[list[str]], places: Places) -> int:
    """How many columns the rows begin before their wavenumbers: R gives the column of their names none."""
    longer = {filled(row) - filled(head) for row in rows if len(row) > WIDE}
    return int(min(places) == 0 and longer == {1})


def _axes(layout: Layout, rows: list[list[str]], places: Places) -> int:
    """How many rows of wavenumbers, wavelengths or channels stand above the spectra."""
    more = (at for at in range(1, len(rows)) if 2 * len(_places(layout, rows[at])) <= len(places))
    return next(more, len(rows))


def _axis(layout: Layout, rows: list[list[str]], places: Places) -> int:
    """Which of these the spectra lie over: the one called wavenumbers, else the last."""
    axes = range(_axes(layout, rows, places))
    named = [at for at in axes if any(units.x_kind(cell) == "wavenumber" for cell in rows[at])]
    return [*axes, *named][-1]


def _rows_of_places(lines: list[str]) -> Iterator[tuple[Layout, int, Places]]:
    """Each layout and line, and the wavenumbers in it."""
    for layout in LAYOUTS:
        for at, row in enumerate(layout.rows(lines[:_HEAD])):
            yield layout, at, _places(layout, row)


def _places(layout: Layout, row: list[str]) -> Places:
    """The wavenumbers of a row, if they run one way and do not count; else none. A corner may hold another number."""
    heads = ((column, _PLACE.fullmatch(cell)) for column, cell in enumerate(row))
    cells = {column: head[1] for column, head in heads if head and layout.number.fullmatch(head[1])}
    found = {column: layout.value(cell) for column, cell in cells.items()}
    values = np.array([*found.values()])
    if values.size > 2 and 0 in found and not runs_one_way(values) and runs_one_way(values[1:]):
        del found[0]
        values = values[1:]
    counts = values.size and values[0] in (0, 1) and set(np.diff(values)) == {1.0}
    return found if runs_one_way(values) and not counts else {}


def _numbers_below(lines: list[str], layout: Layout, at: int, places: Places) -> tuple[int, int]:
    """How many wavenumbers a line has, and how many numbers stand below them, which tell marks and separators."""
    if len(places) <= WIDE:
        return len(places), 0
    below = layout.rows(lines[at + 1 : at + 1 + _BELOW])
    return len(places), sum(
        bool(layout.number.fullmatch(row[column])) for row in below for column in places if column < len(row)
    )


def _runs_down(layout: Layout, rows: list[list[str]], places: Places) -> bool:
    """Whether wavenumbers rather stand in a column, and what looks like some above the others are names of samples.

    Raises:
        SpectrumError: what stands above the column says so, and its range does not.
    """
    corner = rows[0][0] if 0 not in places else ""
    span = np.ptp([place for column, place in places.items() if column])
    cells = ([row[at] if len(row) > at else "" for row in rows] for at in range(max(min(places), 1)))
    down = [np.array([layout.value(cell) for cell in column if layout.number.fullmatch(cell)]) for column in cells]
    down = [values for values in down if is_run(values)]
    if not down or headers.names_other_abscissa(corner):
        return False
    if any(np.ptp(values) > span for values in down):
        return True
    if is_abscissa(corner):
        raise SpectrumError(
            f"its wavenumbers may run across or down below {corner[:40]!r}; name its columns by words, or its rows"
        )
    return False
