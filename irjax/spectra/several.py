"""A file of several spectra to one of each: tables side by side, in rows or one below another, blocks of JCAMP-DX."""

import csv
import os
import re
from pathlib import Path

import numpy as np

from irjax.files import bytes_of
from irjax.spectra.jcamp import infrared_blocks
from irjax.spectra.layout import NUMERIC, SAMPLE, labels_of, without_empty_columns, without_label
from irjax.spectra.reading import decoded, is_jcamp, refuse_other_formats
from irjax.spectra.several_columns import one_below_another, side_by_side, table_of
from irjax.spectra.several_names import FEWEST, Parts
from irjax.spectra.several_rows import in_rows
from irjax.spectra.sheet import SHEET, read_sheets
from irjax.spectra.spectrum import SpectrumError
from irjax.spectra.table import WIDE, read_table

LARGEST_TABLE = 32 * 2**20
"""Bytes: a thousand spectra of 3,600 points, and their cells take ten times as much memory."""
_MOST_LINES = 1_000_000
"""Of a table: short ones take most memory, and so many hold five hundred spectra under names."""
_TIMES = 10
"""As much as one of a single spectrum a workbook of several may hold."""


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


def _of_sheets(sheets: list[tuple[str, str]]) -> Parts:
    """The spectra in all sheets, called by their sheets too; what is none is passed over where others are."""
    found: Parts = []
    several, refused = False, SpectrumError(_ALONE)  # that of the first sheet, if it has none
    for title, text in reversed(sheets):
        try:
            parts = _parts(text)
            if parts or len(read_table(text, title).wavenumber) >= FEWEST:  # fewer are a list of peaks or samples
                found = [(f"{title} {name}".strip(), part) for name, part in parts or [("", text)]] + found
        except SpectrumError as error:
            refused = error
            continue
        several |= bool(parts)
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
    lines = text.rstrip("\x1a").replace("\N{MINUS SIGN}", "-").split("\n")
    quoted = any('"' in line for line in lines[:SAMPLE])  # names, maybe, with what parts columns in them
    lines = without_label(lines if quoted else without_empty_columns(lines))
    try:
        with np.errstate(all="ignore"):  # absurd numbers overflow, and are none
            if found := _labelled(lines) or in_rows(lines):
                return found
            table = table_of(lines)
            return one_below_another(table) or side_by_side(table)
    except csv.Error as error:
        raise SpectrumError(f"holds a line that is no row of a table ({error})") from None
    except SpectrumError as error:
        said, bidden, _ = str(error).partition("; `irjax split`")
        raise SpectrumError(
            f"{said}, of which no row or column is told to be wavenumbers" if bidden else said
        ) from None


def _labelled(lines: list[str]) -> Parts:
    """Of rows that each begin with the name of their spectrum.

    Raises:
        SpectrumError: some row among them has no name.
    """
    labels = labels_of(lines)
    first = min(labels, default=0)
    separator = next((each for each in ";\t," if lines[first].split(each)[0].strip() == labels.get(first)), None)
    if separator is None or sum(bool(NUMERIC.fullmatch(cell.strip())) for cell in lines[first].split(separator)) > WIDE:
        return []
    for at in sorted({*range(len(lines))}.difference(labels)):
        cells = [cell.strip() for cell in lines[at].split(separator)]
        numbers = sum(bool(NUMERIC.fullmatch(cell)) for cell in cells)
        if numbers > 1 and (at > first or numbers == len(cells)):
            raise SpectrumError(
                f"line {at + 1}: begins with no name as the other rows do; which spectrum it is of cannot be told"
            )
    parts: dict[str, list[str]] = {label: [] for label in labels.values()}
    for at, label in labels.items():
        parts[label].append(lines[at].split(separator, 1)[1])
    *above, last = [line for line in lines[:first] if line.strip()] or [""]
    head = [*above, last.split(separator, 1)[-1] if separator in last else ""]
    found: Parts = []
    for label, rows in parts.items():
        name, text = label.strip("\"'"), [*head, *rows]
        again = one_below_another(table_of(text)) if _comes_again(rows, separator) else []
        found += [(f"{name} {number}".strip(), part) for number, part in again] or [(name, "\n".join(text))]
    return found


def _comes_again(rows: list[str], separator: str) -> bool:
    """Whether the first cell that is not the same in all rows comes more than once, as wavenumbers of replicates do."""
    columns = (set(cells) for cells in zip(*(row.split(separator, 2)[:2] for row in rows), strict=False))
    return next((len(cells) < len(rows) for cells in columns if len(cells) > 1), False)
