"""Two columns of numbers in a text file, with whatever separator, decimal mark and header a program wrote."""

import csv
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from irjax.spectra import units
from irjax.spectra.spectrum import Spectrum, SpectrumError, ascending

_COMMENT = re.compile(r"^\s*[#%!/]+")
MOST_ROWS = 200_000
_SAMPLE = 400
"""Lines from which the layout is told."""


@dataclass(frozen=True)
class _Layout:
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
        """The numbers in the first two cells of a row, None where they are none."""
        if len(row) < 2 or not (self.number.fullmatch(row[0]) and self.number.fullmatch(row[1])):
            return None
        return self.value(row[0]), self.value(row[1])

    def value(self, cell: str) -> float:
        """A cell's number; some programs write the exponent as D."""
        return float(cell.replace(",", ".").upper().replace("D", "E"))

    @cached_property
    def number(self) -> re.Pattern[str]:
        """A number with this decimal mark."""
        mark = re.escape(self.mark)
        return re.compile(rf"[+-]?(?:\d+(?:{mark}\d*)?|{mark}\d+)(?:[eEdD][+-]?\d+)?")


# Decimal points first: a table of whole numbers fits both marks.
_LAYOUTS = tuple(_Layout(separator, mark) for mark in ".," for separator in (";", "\t", ",", None, "|"))


def read_table(text: str, name: str, y_units: str | None = None) -> Spectrum:
    """The spectrum in the first two columns of a text file.

    Args:
        text: the whole file, decoded, with Unix line ends.
        name: the file's name, for a title.
        y_units: one of `units.Y_UNITS`, to overrule words and guesses.

    Raises:
        SpectrumError: there are no two columns of numbers, or a row breaks off.
    """
    try:
        header, columns, x, y, more_columns = _columns(text.split("\n"))
    except csv.Error as error:
        raise SpectrumError(f"holds a line that is no row of a table ({error})") from None
    if re.search(r"\braman\b", header, re.IGNORECASE):
        raise SpectrumError("is a Raman spectrum by its header; expected an infrared one")
    warnings = ["only the first two columns were read"] if more_columns else []
    kind_x = units.x_kind(columns[0]) or units.x_kind(header)
    if kind_x is None:
        kind_x = "micrometre" if x.min() > 0.5 and x.max() < 60 else "wavenumber"
        if kind_x == "micrometre":
            warnings.append("the abscissa has no unit; from its range it was taken for micrometres")
    said = [kind for kind in map(units.y_kind, (*reversed(columns), header)) if kind]
    kind_y = y_units or min(said, key=lambda kind: kind == "arbitrary", default=None)
    if kind_y is None:
        kind_y = units.guess_y_kind(y)
        warnings.append(
            f"nothing says what the ordinate is; from its range and baseline it was taken for {kind_y} "
            "(--y-units overrules this)"
        )
    x, y, order_warnings = ascending(units.to_wavenumber(x, kind_x), y)
    transmittance, unit_warnings = units.to_transmittance(y, kind_y, x, told=y_units is not None)
    state = re.search(r"^\W*(?:state|phase)\b(.*)$", header, re.IGNORECASE | re.MULTILINE)
    return Spectrum(
        wavenumber=x,
        transmittance=transmittance,
        title=name,
        phase=units.phase(state[1]) if state else "unknown",
        technique=units.technique(f"{header} {name}"),
        x_units=kind_x,
        y_units=kind_y,
        warnings=tuple(warnings + order_warnings + unit_warnings),
    )


def _columns(lines: list[str]) -> tuple[str, tuple[str, str], np.ndarray, np.ndarray, bool]:
    """The header, the names of the two columns, the columns, and whether there are more, in the best layout."""
    if len(lines) > MOST_ROWS:
        raise SpectrumError(f"holds over {MOST_ROWS:,} lines; no spectrum does")
    layout = max(_LAYOUTS, key=lambda layout: sum(map(bool, map(layout.pair, layout.rows(lines[:_SAMPLE])))))
    rows = layout.rows(lines)
    first = next((at for at, row in enumerate(rows) if layout.pair(row)), None)
    if first is None:
        raise SpectrumError("holds no two columns of numbers, and is no JCAMP-DX file")
    _refuse_double_commas(layout, lines[first:])
    pairs = []
    for at, row in enumerate(rows[first:], first):
        pair = layout.pair(row)
        if pair:
            pairs.append(pair)
        elif lines[at].strip() and not _COMMENT.match(lines[at]):
            shown = lines[at].strip()[:40]
            raise SpectrumError(f"line {at + 1}: {shown!r} is not a row of two numbers as line {first + 1} is")
    if len(pairs) < 2:
        raise SpectrumError(f"holds {len(pairs)} row of two numbers; a spectrum needs at least 2")
    x, y = np.array(pairs, np.float64).T
    header = [_COMMENT.sub("", line) for line in lines[:first] if line.strip()]
    names = layout.rows(header[-1:])[0] if header else []
    if header and len(names) < 2:
        names = re.split(r"[;,\t|]", header[-1])  # a header may be parted otherwise than the rows
    if len(names) > 1 and layout.number.fullmatch(names[0]):
        raise SpectrumError(f"line {first}: {lines[first - 1].strip()[:40]!r} is not a row of two numbers")
    columns = (names[0], names[1]) if len(names) > 1 else ("", "")
    return "\n".join(header), columns, x, y, len([cell for cell in rows[first] if cell]) > 2


def _refuse_double_commas(layout: _Layout, rows: list[str]) -> None:
    """`400,0,0,95` can be two numbers or four."""
    sample = [line for line in rows[:_SAMPLE] if line.strip()]
    if layout.separator == "," and all(re.fullmatch(r"\s*-?\d+,\d+,-?\d+,\d+\s*", line) for line in sample):
        raise SpectrumError("its commas part both columns and decimals; part the columns by semicolons")
