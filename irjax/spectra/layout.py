"""How the cells of a table are parted and its numbers written."""

import csv
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np

MISSING = (
    *("", "-", "--", "nan", "na", "n/a", "null", "none", "inf", "-inf", "+inf"),
    *("#n/a", "#num!", "#zahl!", "#div/0!", "#value!", "#wert!", "#nv"),
    *("---", "n.a.", "<na>", "over", "under", "overflow", "ovld"),
)
"""What programs write where there is no value; asterisks and what Windows calls infinite (1.#INF00) are others."""
_NO_VALUE = re.compile(r"\*[*.]*|-?1\.#[a-z]+\d*")
SAMPLE = 400
"""Lines from which the layout is told."""
THOUSANDS = "' \u2019\u00b4\u00b7\u02bc_\u00a0\u2007\u2009\u202f"
"""What stands between the thousands of a number, beside the marks of decimals."""
NUMERIC = re.compile(
    rf"[-+]?(?:\d[\d.,' \u00a0\u202f]*|\d{{1,3}}(?:[{THOUSANDS}]\d{{3}})+(?:[.,]\d*)?)(?:[eEdD][-+]?\d+)?"
)
_FEWEST = 20
"""Rows from which it is told that a column is empty."""


@dataclass(frozen=True)
class Layout:
    """How the columns are parted (None: by blanks) and what marks the decimals."""

    separator: str | None
    mark: str

    def rows(self, lines: list[str]) -> list[list[str]]:
        """The cells of each line, without quotes and surrounding blanks."""
        if self.separator is None:
            return [[word.strip("\"'") for word in line.split()] for line in lines]
        cells = (next(csv.reader([line], delimiter=self.separator), []) for line in lines)
        return [[cell.strip().strip("'") for cell in row] for row in cells]

    def pair(self, row: list[str]) -> tuple[float, float] | None:
        """The numbers in the first two cells of a row, NaN for a missing ordinate; None where they are none."""
        if len(row) < 2 or not self.number.fullmatch(row[0]):
            return None
        if is_missing(row[1]):
            return self.value(row[0]), np.nan
        return (self.value(row[0]), self.value(row[1])) if self.number.fullmatch(row[1]) else None

    def lacks_place(self, row: list[str]) -> bool:
        """Whether a row of a table has an ordinate, but nothing that says where."""
        return len(row) > 1 and row[0].lower() in MISSING and bool(self.number.fullmatch(row[1]))

    def value(self, cell: str) -> float:
        """A cell's number; some programs write the exponent as D, spreadsheets the sign of per cent."""
        return float(cell.rstrip("% \u00a0\u202f").replace(",", ".").upper().replace("D", "E"))

    @cached_property
    def number(self) -> re.Pattern[str]:
        """A number with this decimal mark."""
        mark = re.escape(self.mark)
        return re.compile(rf"[+-]?(?:\d+(?:{mark}\d*)?|{mark}\d+)(?:[eEdD][+-]?\d+)?[ \u00a0\u202f]?%?")


def is_missing(cell: str) -> bool:
    """Whether a cell is empty, or says that there is no value."""
    return cell.lower() in MISSING or bool(_NO_VALUE.fullmatch(cell.lower()))


def filled(row: list[str]) -> int:
    """How many cells a row has without the empty ones at its end."""
    return next((at for at in range(len(row), 0, -1) if row[at - 1]), 0)


# Decimal points first: a table of whole numbers fits both marks.
LAYOUTS = tuple(Layout(separator, mark) for mark in ".," for separator in (";", "\t", ",", None, "|"))


def pairs(layout: Layout, lines: list[str]) -> int:
    """How many lines are rows of two numbers."""
    return sum(map(bool, map(layout.pair, layout.rows(lines))))


def layout_of(lines: list[str]) -> Layout:
    """That of a table, told from where it begins; below the longest of headers, from its middle."""
    for begin in (0, len(lines) // 2):
        counted = [pairs(layout, lines[begin : begin + SAMPLE]) for layout in LAYOUTS]
        if max(counted) > 1:
            break
    return LAYOUTS[counted.index(max(counted))]


def without_empty_columns(lines: list[str]) -> list[str]:
    """The lines without columns that are empty in all rows of numbers, as of a spreadsheet where they were cleared."""
    for separator in _SEPARATORS:
        if sum(separator * 2 in line or line.startswith(separator) for line in lines[:SAMPLE]) < _FEWEST:
            continue
        rows = [line.split(separator) for line in lines]
        numbers = [row for row in rows if sum(bool(NUMERIC.fullmatch(cell.strip())) for cell in row) > 1]
        empty = {at for at in range(min(map(len, numbers), default=0)) if not any(row[at].strip() for row in numbers)}
        if empty:
            return [separator.join(cell for at, cell in enumerate(row) if at not in empty) for row in rows]
    return lines


def without_label(lines: list[str]) -> list[str]:
    """The lines without a first column that says the same word in all rows of numbers, as of the sample."""
    middle = len(lines) // 2
    for separator in _SEPARATORS:
        if not _labels(lines[middle : middle + SAMPLE], separator):
            continue
        labels = _labels(lines, separator).values()
        if len(labels) > max(_FEWEST, middle) and len({*labels}) == 1:
            rows = [line.split(separator) for line in lines]
            return [separator.join(row[1:] if len(row) > 2 else row) for row in rows]
    return lines


def labels_of(lines: list[str]) -> dict[int, str]:
    """The words before the rows of numbers of a table that has one before most of them, each before many; else none.

    Returns:
        them by the numbers of their lines.
    """
    found = max((_labels(lines, separator) for separator in _SEPARATORS), key=len)
    each = min(Counter(found.values()).values(), default=0)
    return found if each >= _FEWEST and len(found) > len(lines) // 2 else {}


_SEPARATORS = ";\t,"
"""Which may part a word from numbers."""


def _labels(lines: list[str], separator: str) -> dict[int, str]:
    """The word before each row of numbers that has one, by the number of its line."""
    rows = ((at, line.split(separator, 3)) for at, line in enumerate(lines))
    labelled = [(at, row) for at, row in rows if len(row) > 2 and _WORD.search(row[0]) and not _is_numeric(row[0])]
    return {at: row[0].strip() for at, row in labelled if all(map(_is_numeric, row[1:3]))}


_WORD = re.compile(r"\w")


def _is_numeric(cell: str) -> bool:
    return bool(NUMERIC.fullmatch(cell.strip()))
