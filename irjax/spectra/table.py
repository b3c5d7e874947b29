"""Two columns of numbers in a text file, with whatever separator, decimal mark and header a program wrote."""

import csv
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from irjax.spectra import units
from irjax.spectra.spectrum import Spectrum, SpectrumError, ascending, require_one_run

_COMMENT = re.compile(r"^\s*[#%!/]+")
MOST_ROWS = 200_000
_MISSING = ("", "-", "--", "nan", "na", "n/a", "null", "none", "#n/a")
"""What programs write where there is no value."""
_RAMAN_FROM = 250.0
"""cm⁻¹; below it an ordinate without a name may be that of a Raman spectrum."""
_SAMPLE = 400
"""Lines from which the layout is told."""
_ABOUT_AXES = re.compile(
    r"\W*(?:[xy]|(?:[xy][ _-]?)?(?:units?|axis|label|title)|abscissa|ordinate|columns?)\b", re.IGNORECASE
)
"""How a line of a header begins that says what the axes are; words of others may be of the sample."""
_ABOUT_Y = re.compile(r"\W*(?:y|ordinate)", re.IGNORECASE)
_UNIT = re.compile(r"[\[(]?\s*(?:cm|1\s*/\s*cm|[µμu]m|nm|THz)\S*\s*", re.IGNORECASE)
"""A cell that holds the unit of an abscissa and nothing else."""
_NUMERIC = re.compile(r"[-+]?\d[\d.,' \u00a0\u202f]*(?:[eEdD][-+]?\d+)?")


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
        """The numbers in the first two cells of a row, NaN for a missing ordinate; None where they are none."""
        if len(row) < 2 or not self.number.fullmatch(row[0]):
            return None
        if row[1].lower() in _MISSING:
            return self.value(row[0]), np.nan
        return (self.value(row[0]), self.value(row[1])) if self.number.fullmatch(row[1]) else None

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
    lines, single = text.split("\n"), None
    try:
        single = _single_column(lines)
        header, columns, x, y, left_out = single or _columns(lines)
    except csv.Error as error:
        raise SpectrumError(f"holds a line that is no row of a table ({error})") from None
    if re.search(r"\braman\b", header, re.IGNORECASE):
        raise SpectrumError("is a Raman spectrum by its header; expected an infrared one")
    warnings = [left_out] if left_out else []
    if single:
        warnings.append("a column of ordinates after their number and both ends; its abscissa was taken for cm⁻¹")
    require_one_run(x)
    kind_x = units.x_kind(columns[0]) or _mentioned_unit(header, x)
    if kind_x is None:
        kind_x = "micrometre" if x.min() > 0.5 and x.max() < 60 else "wavenumber"
        if kind_x == "micrometre":
            warnings.append("the abscissa has no unit; from its range it was taken for micrometres")
    said = _said_of_ordinate(columns, header)
    kind_y = y_units or min(said, key=lambda kind: kind == "arbitrary", default=None)
    if kind_y is None:
        kind_y = units.guess_y_kind(y)
        warnings.append(
            f"nothing says what the ordinate is; from its range and baseline it was taken for {kind_y} "
            "(--y-units overrules this)"
        )
    if not said and kind_x == "wavenumber" and not y_units and x.min() < _RAMAN_FROM:
        warnings.append(f"begins at {x.min():.0f} cm⁻¹, as Raman spectra do and infrared ones seldom")
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


def _columns(lines: list[str]) -> tuple[str, tuple[str, str], np.ndarray, np.ndarray, str]:
    """The header, the names of the two columns, the columns, and a warning if there are more, in the best layout."""
    if len(lines) > MOST_ROWS:
        raise SpectrumError(f"holds over {MOST_ROWS:,} lines; no spectrum does")
    layout = max(_LAYOUTS, key=lambda layout: sum(map(bool, map(layout.pair, layout.rows(lines[:_SAMPLE])))))
    rows = layout.rows(lines)
    first = next((at for at, row in enumerate(rows) if layout.pair(row) and row[1]), None)
    if first is None:
        raise SpectrumError("holds no two columns of numbers, and is no JCAMP-DX file")
    header = [_COMMENT.sub("", line) for line in lines[:first] if line.strip()]
    names = layout.rows(header[-1:])[0] if header else []
    if header and len(names) < 2:
        names = re.split(r"[;,\t|]", header[-1])  # a header may be parted otherwise than the rows
    if len(names) > 1 and names[0] and all(_NUMERIC.fullmatch(name) for name in names if name):
        marked = not all(layout.number.fullmatch(name) for name in names if name)
        why = "; nothing may stand between the thousands of a number" if marked else ""
        raise SpectrumError(f"line {first}: {lines[first - 1].strip()[:40]!r} is not a row of two numbers{why}")
    if layout.separator is None and len(names) > len(rows[first]):
        names = []  # words of a sentence, not names of columns
    extra = len(names) - len(rows[first])
    if extra > 0 and not units.x_kind(names[0]) and units.x_kind(names[extra]):
        names = names[extra:]  # what the rows of the header are called stands before the columns
    names = _with_units(layout, header, names)
    if len(names) != len(rows[first]):
        _refuse_double_commas(layout, lines[first:])
    numbers = sum(bool(layout.number.fullmatch(cell)) for cell in rows[first])
    if index := _counts_rows(layout, rows[first:]):
        names = [""] * (len(rows[first]) - len(names)) + names
    if numbers > 10 and len(rows) - first < 5:
        raise SpectrumError(f"holds {numbers} numbers in line {first + 1}, a table on its side; transpose it")
    commented = bool(_COMMENT.match(next((line for line in reversed(lines[:first]) if line.strip()), "")))
    if commented and not any(_ABOUT_AXES.match(name) or units.x_kind(name) for name in names):
        names = []  # a remark with a comma in it
    # A comment may name its columns in any order.
    at_x, at_y = _chosen([] if commented else names, numbers, int(index))
    pairs = []
    for at, row in enumerate(rows[first:], first):
        pair = layout.pair([row[at_x], row[at_y]] if len(row) > max(at_x, at_y) else [])
        if pair:
            pairs.append(pair)
        elif lines[at].strip() and not _COMMENT.match(lines[at]):
            shown = lines[at].strip()[:40]
            raise SpectrumError(f"line {at + 1}: {shown!r} is not a row of two numbers as line {first + 1} is")
    if len(pairs) < 2:
        raise SpectrumError(f"holds {len(pairs)} row of two numbers; a spectrum needs at least 2")
    x, y = np.array(pairs, np.float64).T
    columns = (names[at_x], names[at_y]) if len(names) > max(at_x, at_y) else ("", "")
    which = "the first two columns" if {at_x, at_y} == {0, 1} else f"the columns {at_x + 1} and {at_y + 1}"
    more = len([cell for cell in rows[first] if cell]) - int(index) > 2
    return "\n".join(header), columns, x, y, f"only {which} were read" if more else ""


def _with_units(layout: _Layout, header: list[str], names: list[str]) -> list[str]:
    """The names of columns that stand in the row above their units, with these."""
    if len(header) < 2 or len(names) < 2 or not _UNIT.fullmatch(names[0]):
        return names
    above = layout.rows(header[-2:-1])[0]
    above = above[max(len(above) - len(names), 0) :]
    return [f"{name} {unit}" for name, unit in zip(above, names, strict=True)] if len(above) == len(names) else names


def _single_column(lines: list[str]) -> tuple[str, tuple[str, str], np.ndarray, np.ndarray, str] | None:
    """What `_columns` gives, of the ASCII files of PerkinElmer and Agilent (.asp); None where it is none.

    A number to a line: how many points, the first and the last abscissa, three of the instrument's, the ordinates.
    """
    cells = [line.strip() for line in lines if line.strip()]
    plain, value = _LAYOUTS[0].number, _LAYOUTS[0].value
    if len(cells) < _ASP_HEADER + 2 or not all(map(plain.fullmatch, cells[:_ASP_HEADER])):
        return None
    count, first, last = map(value, cells[:3])
    if count != len(cells) - _ASP_HEADER or not all(map(plain.fullmatch, cells)) or first == last:
        return None
    return "", ("cm-1", ""), np.linspace(first, last, int(count)), np.array([*map(value, cells[_ASP_HEADER:])]), ""


_ASP_HEADER = 6


def _counts_rows(layout: _Layout, rows: list[list[str]]) -> bool:
    """Whether the first of three columns or more does nothing but count, as R and pandas write it."""
    numbered = [row for row in rows[:_SAMPLE] if len(row) > 2 and layout.pair(row[1:])]
    counted = [layout.value(row[0]) for row in numbered if layout.number.fullmatch(row[0])]
    return len(counted) > 2 and len(counted) == len(numbered) and counted[0] in (0, 1) and set(np.diff(counted)) == {1}


def _chosen(names: list[str], numbers: int, first: int) -> tuple[int, int]:
    """Which columns are abscissa and ordinate: by their names where they have any, else the first two.

    Raises:
        SpectrumError: there are several spectra side by side.
    """
    named_x = [at for at, name in enumerate(names) if at >= first and units.x_kind(name)]
    at_x = named_x[0] if named_x else first
    said = {at: units.y_kind(name) for at, name in enumerate(names) if at >= first and at != at_x}
    ordinates = [at for at, kind in said.items() if kind not in (None, "arbitrary")]
    alike = len(ordinates) > 1 and len({said[at] for at in ordinates}) == 1
    if alike or (not ordinates and numbers - first > 3):
        raise SpectrumError(
            f"holds {numbers - first} columns of numbers, several spectra side by side; give a file of two columns each"
        )
    return at_x, ordinates[0] if ordinates else first + (at_x == first)


def _refuse_double_commas(layout: _Layout, rows: list[str]) -> None:
    """`400,0,0,95` can be two numbers or four, and `400,0,95` two or three."""
    sample = [line for line in rows[:_SAMPLE] if line.strip()]
    if layout.separator != "," or not all(re.fullmatch(r"\s*-?\d+(,-?\d+){2,3}\s*", line) for line in sample):
        return
    cells = [line.split(",") for line in sample]
    if {len(row) for row in cells} != {3} or {row[1].strip() for row in cells} <= {"0", "1"}:
        raise SpectrumError("its commas part both columns and decimals; part the columns by semicolons")


def _said_of_ordinate(columns: tuple[str, str], header: str) -> list[str]:
    """What the ordinate is called: by its column, by lines about the axes, and in passing, the first the surest."""
    about_axes = "\n".join(line for line in header.split("\n") if _ABOUT_AXES.match(line) or units.x_kind(line))
    found = [*map(units.y_kind, (*reversed(columns), about_axes)), units.y_kind_in_passing(header)]
    return [kind for kind in found if kind]


def _mentioned_unit(header: str, x: np.ndarray) -> str | None:
    """The unit of an abscissa [points] that a line of a header about it names, or any line in which it makes sense.

    "25 µm thick" and "resolution 4 cm-1" are not about the abscissa.
    """
    for line in reversed(header.split("\n")):
        kind = units.x_kind(line)
        if kind and _ABOUT_AXES.match(line) and not _ABOUT_Y.match(line):
            return kind
        if kind and np.all(x > 0) and np.all(np.abs(units.to_wavenumber(x, kind) - _MIDDLE) < _MIDDLE - _LOWEST):
            return kind
    return None


_LOWEST, _MIDDLE = 10.0, 7_500.0
"""cm⁻¹: where the far infrared begins, and half-way to where the near infrared ends."""
