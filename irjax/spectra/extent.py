"""Where a table of two columns begins and ends in a file, and which rows at its ends are no points of it."""

import re
from bisect import bisect
from collections.abc import Collection, Mapping
from itertools import islice

import numpy as np

from irjax.spectra.layout import LAYOUTS, MISSING, Layout, pairs
from irjax.spectra.spectrum import SpectrumError

Rows = Mapping[int, tuple[float, float]]
"""The numbers of each line that is a row."""
_COMMENT = re.compile(r"^\s*[#%!/]+")
_HEADING = re.compile(r"\s*(?:#{3}|\[[^\]]+\]\s*$)")
"""Of what a program tells after the table, such as `##### Extended Information`; numbers may follow."""
_EMPTY = re.compile(r"[\s,;]*$")
"""A line below which a list of peaks may stand."""
_WORDS = re.compile(r"\s*+[^\w\s]*+\s*+[^\W\d_]|\s*+[-=_*~]{3,}\s*$")
"""How a line begins that is no row: with a letter, whatever marks stand before it, or with a rule."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_LOOKED_AT = 20_000
"""Lines after a table in which another may begin."""
_FEWEST = 20
"""Rows that make a table."""
_ENDS = 3
"""Rows at either end that may be none."""
_FARTHEST = 5.0
"""Usual distances, at which a row from the next is far off."""
_UNEVEN = 0.6
"""Of the usual distance: how far those of a table whose numbers were rounded may differ from it."""
_TOO_NARROW = re.compile(r"#{3,}")
"""What a spreadsheet's text has where a column was too narrow for its numbers."""
_TOO_MANY = 10
"""Rows of these above a table are no header."""
_MARK = re.compile(r"[^\w.,+-]")


def is_counted(cells: list[str]) -> bool:
    """Whether these are the numbers of columns and no numbers of a spectrum."""
    return cells == [str(column) for column in range(len(cells))]


def beginning_of(layout: Layout, rows: list[list[str]], lines: list[str], first: int) -> int:
    """The line where the table begins: that of its first whole row, or of rows before it that lack a number.

    Raises:
        SpectrumError: the line before was meant for a row.
    """
    later = next((row for row in islice(rows, first + 1, None) if layout.pair(row)), None)
    place = layout.value(rows[first][0])
    step = layout.value(later[0]) - place if later else np.nan
    start = first
    for at in reversed(range(first)):
        row = rows[at]
        if not any(row):
            continue
        _require_read(layout, row, lines[at], at, place, step)
        if len(row) != len(rows[first]):
            break
        follows = layout.number.fullmatch(row[0]) and abs(place - layout.value(row[0]) - step) < abs(step) / 2
        if follows and not layout.pair(row):
            raise broken(lines, at, first)
        if not follows and (not layout.lacks_place(row) or is_counted(row[1:])):
            break
        start, place = at, layout.value(row[0]) if follows else place - step
    above = [at for at in range(start) if any(rows[at])][-_TOO_MANY:]
    narrow = [at for at in above if _TOO_NARROW.fullmatch(rows[at][0]) and len(rows[at]) == len(rows[first])]
    if len(narrow) == _TOO_MANY and all(layout.number.fullmatch(rows[at][1]) for at in narrow):
        raise broken(lines, narrow[-1], first)
    return start


def _require_read(layout: Layout, row: list[str], line: str, at: int, place: float, step: float) -> None:
    """Refuses a row above those that were read whose first number would go on with theirs, but for marks in it.

    Args:
        at: which line it is, from 0 on.
        place, step: the abscissa of the row below, and how far the next is from it.
    """
    bare = _MARK.sub("", row[0])
    if bare == row[0] or len(row) < 2 or not layout.number.fullmatch(bare):
        return
    if abs(place - layout.value(bare) - step) < abs(step) / 2:
        raise with_thousands(line, at + 1)


def with_thousands(text: str, line: int) -> SpectrumError:
    """That a line is no row for a mark in one of its numbers."""
    return SpectrumError(
        f"line {line}: {text.strip()[:40]!r} is not a row of two numbers; "
        "nothing may stand before a number, or between the thousands of a number"
    )


def end_of(rows: list[list[str]], lines: list[str], first: int, found: Rows, placeless: Collection[int]) -> int:
    """The line at which a table ends.

    Args:
        first: where it begins.
        found: the lines that are rows.
        placeless: those of rows that may be left out.

    Raises:
        SpectrumError: there are too few rows, a line is neither a row nor a comment, or another table follows.
    """
    known = sorted(found)
    if len(known) < 2:
        raise SpectrumError(f"holds {len(known)} row of two numbers; a spectrum needs at least 2")
    headed = _heading(lines, known, found)
    last = known[bisect(known, headed) - 1]
    worded = (at for at in range(last + 1, headed) if _WORDS.match(lines[at]) and rows[at][0].lower() not in MISSING)
    end = next(worded, headed)
    for at in range(first, end):
        if at not in found and at not in placeless and any(rows[at]) and not _COMMENT.match(lines[at]):
            raise broken(lines, at, known[0])
    before = [found[at][0] for at in known[: bisect(known, last)][-2:]]
    for at in range(end, min(end + _ENDS, len(lines))):
        numbers = [float(number.replace(",", ".")) for number in _NUMBER.findall(lines[at])[:2]]
        if len(numbers) > 1 and any(_goes_on(before, number) for number in numbers):
            raise broken(lines, at, known[0])
    after = lines[end : end + _LOOKED_AT]
    if max(pairs(layout, after) for layout in LAYOUTS) >= _FEWEST:
        raise SpectrumError(f"line {end + 1}: another table follows; give a file of one")
    return end


def _heading(lines: list[str], known: list[int], found: Rows) -> int:
    """The line of the first heading that the abscissa does not go on below, or of the first empty one below which it
    goes back; as many lines as there are if none."""
    asked = -1  # of empty lines in a row the first says what all do
    for at in range(known[min(_FEWEST, len(known)) - 1] + 1, len(lines)):
        empty = bool(_EMPTY.match(lines[at]))
        if not (empty or _HEADING.match(lines[at])):
            continue
        below = bisect(known, at)
        if empty and below == asked:
            continue
        asked = below if empty else asked
        before = [found[row][0] for row in known[max(below - 2, 0) : below]]
        if below == len(known):
            if not empty:
                return at
        elif empty:
            if _goes_back(before, found[known[below]][0]) and not _alike(known, below, found):
                return at
        elif not _goes_on(before, found[known[below]][0]):
            return at
    return len(lines)


def _goes_on(x: list[float], further: float) -> bool:
    """Whether an abscissa follows upon those before, as far away as they are from each other."""
    step = x[-1] - x[-2] if len(x) > 1 else 0.0
    return 0.5 * abs(step) < (further - x[-1]) * np.sign(step) < _FARTHEST * abs(step)


def _goes_back(x: list[float], further: float) -> bool:
    """Whether an abscissa lies on the side from which those before come."""
    return (further - x[-1]) * (x[-1] - x[0]) < 0


def _alike(known: list[int], below: int, found: Rows) -> bool:
    """Whether rows lie as close to each other as those above: a further stretch of a spectrum, and no list of peaks."""
    above, after = (np.abs(np.diff([found[row][0] for row in part])) for part in (known[:below], known[below:]))
    return bool(after.size) and bool(np.median(after) < 2 * np.median(above))


def broken(lines: list[str], at: int, good: int) -> SpectrumError:
    """That a line is no row, as another is."""
    return SpectrumError(f"line {at + 1}: {lines[at].strip()[:40]!r} is not a row of two numbers as line {good + 1} is")


def strays(found: Rows) -> list[int]:
    """Lines of two numbers at either end that are no points: a range, how many points there are, a list of peaks.

    All rows between them follow at one distance. A stray lies elsewhere, and its second number is beyond all of theirs,
    or a whole one where theirs are not: the last points before a gap are none.
    """
    lines = sorted(found)
    x, y = np.array([found[at] for at in lines], np.float64).reshape(-1, 2).T
    steps, inner, others = np.diff(x), np.diff(x)[_ENDS:-_ENDS], y[_ENDS:-_ENDS]
    others = others[np.isfinite(others)]
    usual = np.median(inner) if len(inner) >= _FEWEST else 0.0
    if not usual or not others.size or np.any(np.abs(inner - usual) > _UNEVEN * abs(usual)):
        return []
    far = (steps / usual <= 0) | (steps / usual >= _FARTHEST)
    whole = (y % 1 == 0) & (x % 1 == 0) & bool(np.any(others % 1))
    strange = (y < others.min()) | (y > others.max()) | whole
    above = next((at + 1 for at in reversed(range(_ENDS)) if far[at]), 0)
    below = next((_ENDS - at for at in range(_ENDS) if far[len(far) - _ENDS + at]), 0)
    found_above = lines[:above] if strange[:above].all() else []
    return found_above + (lines[len(lines) - below :] if strange[len(lines) - below :].all() else [])
