"""Two columns of numbers in a text file, with whatever separator, decimal mark and header a program wrote."""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from irjax.spectra import header as headers
from irjax.spectra import units
from irjax.spectra.extent import beginning_of, broken, end_of, is_counted, strays, with_thousands
from irjax.spectra.layout import (
    LAYOUTS,
    NUMERIC,
    SAMPLE,
    THOUSANDS,
    Layout,
    labels_of,
    layout_of,
    without_empty_columns,
    without_label,
)
from irjax.spectra.spectrum import Spectrum, SpectrumError, require_one_run
from irjax.spectra.technique import technique

HEADER_SIGN = re.compile(r"^\s*(?:[#!/]|%(?![TR]\b(?!\s*[=:])))+")
"""What makes a comment of a line above a table, where `%T` is a unit."""
_SIGNED_NAMES = re.compile(r"#[^#\t,;]+(?:[\t,;]+#[^#\t,;]+)+")
"""Names of columns, each behind a sign of its own."""

MOST_ROWS = 200_000


@dataclass(frozen=True)
class Columns:
    """Two columns of numbers, and what stands around them."""

    x: np.ndarray
    y: np.ndarray
    names: tuple[str, str] = ("", "")
    header: str = ""
    footer: str = ""
    left_out: Sequence[str] = ()
    """Warnings, if there are more columns, or rows that say nothing."""


def read_table(text: str, name: str, y_units: str | None = None) -> Spectrum:
    """The spectrum in the first two columns of a text file.

    Args:
        text: the whole file, decoded, with Unix line ends.
        name: the file's name, for a title.
        y_units: one of `units.Y_UNITS`, to overrule words and guesses.

    Raises:
        SpectrumError: there are no two columns of numbers, or a row breaks off.
    """
    found = columns_of(text)
    x, y, header = found.x, found.y, found.header
    warnings = [*found.left_out]
    if speaking := [line for line in header.split("\n") if headers.says_raman(line)]:
        # A sample may have been measured both ways.
        if units.y_kind(found.names[1]) not in units.Y_UNITS or not all(map(headers.is_about_sample, speaking)):
            raise SpectrumError("is a Raman spectrum by its header; expected an infrared one")
        warnings.append("its header speaks of Raman; it was read as an infrared one, as its columns are named")
    if headers.says_raman(name.replace("_", " ")):
        warnings.append("by its name a Raman spectrum; it was read as an infrared one")
    if headers.says_difference(found.names[1]):
        warnings.append(
            "its ordinate is called a difference; bands of what was taken off may be missing or upside down"
        )
    require_one_run(x)
    _refuse_swapped(x, y, found.names)
    kind_x, doubtful = headers.unit_of_abscissa(found.names[0], header, x)
    if doubtful and headers.says_diffraction(header):
        raise SpectrumError("is a diffraction pattern by its header; expected an infrared spectrum")
    if doubtful:
        warnings.append(f"the abscissa has no unit; from its range it was taken for {kind_x}s")
    said, in_passing = headers.said_of_ordinate(found.names, header), units.y_kind_in_passing(header)
    said += [in_passing] if in_passing else []
    kind_y = y_units or min(said, key=lambda kind: kind == "arbitrary", default=None)
    if in_passing and said == [in_passing] and not y_units:
        warnings += units.doubts_of_remark(in_passing, y[np.isfinite(y)])
    if kind_y is None:
        kind_y = units.guess_y_kind(y[np.isfinite(y)])
        called = f", which is called {found.names[1][:40]!r}" if found.names[1] else ""
        warnings.append(
            f"nothing says what the ordinate is{called}; from its range and baseline it was taken for {kind_y} "
            "(--y-units overrules this)"
        )
    if kind_y == "transmittance" and not y_units and units.y_kind_in_passing(found.footer) == "percent":
        kind_y = "percent"  # JASCO's programs say so below the table alone
    if set(said) <= {"arbitrary"} and kind_x == "wavenumber" and not y_units:
        warnings += units.doubts_of_range(x)
    wavenumber, transmittance, doubts = units.converted(x, kind_x, y, kind_y, told=y_units is not None)
    return Spectrum(
        wavenumber=wavenumber,
        transmittance=transmittance,
        title=name,
        phase=headers.phase_of_sample(header),
        technique=technique(header, found.footer),
        x_units=kind_x,
        y_units=kind_y,
        warnings=tuple(warnings + doubts),
    )


def _refuse_swapped(x: np.ndarray, y: np.ndarray, names: tuple[str, str]) -> None:
    """Refuses an abscissa and an ordinate in each other's place: the first goes to and fro, the second onwards."""
    onwards = np.diff(y)[np.isfinite(np.diff(y))]
    if any(names) or len(onwards) < _FEWEST_ONWARDS or np.ptp(y[np.isfinite(y)]) < np.ptp(x):
        return
    if (np.all(onwards > 0) or np.all(onwards < 0)) and not (np.all(np.diff(x) > 0) or np.all(np.diff(x) < 0)):
        raise SpectrumError(
            f"its second column runs from {y[0]:.6g} to {y[-1]:.6g} and its first to and fro; put the wavenumbers first"
        )


_FEWEST_ONWARDS = 20
"""Steps of an abscissa: fewer may go one way by chance."""


Choose = Callable[[list[str]], tuple[int, int] | None]
"""Which columns are abscissa and ordinate by the names of all; nothing where these do not tell."""


def columns_of(text: str, choose: Choose | None = None) -> Columns:
    """The two columns of a file that are a spectrum, or a pattern.

    Args:
        text: as `read_table` takes it.
        choose: for what is no infrared spectrum.

    Raises:
        SpectrumError: there are no two columns of numbers, or a row breaks off.
    """
    text = text.rstrip("\x1a").replace("\N{MINUS SIGN}", "-")  # DOS programs end a file by the first
    lines = without_label(without_empty_columns(text.split("\n")))
    try:
        return _single_column(lines) or _columns(lines, choose)
    except csv.Error as error:
        raise SpectrumError(f"holds a line that is no row of a table ({error})") from None


def _columns(lines: list[str], choose: Choose | None) -> Columns:
    """The two columns that are the spectrum."""
    if len(lines) > MOST_ROWS:
        raise SpectrumError(f"holds over {MOST_ROWS:,} lines; no spectrum does")
    layout = layout_of(lines)
    rows = layout.rows(lines)
    first = first_row(layout, rows, lines)
    start = beginning_of(layout, rows, lines, first)
    told = [at for at in range(start) if lines[at].strip()]
    header = [HEADER_SIGN.sub("", lines[at]) for at in told]
    names = _names(layout, header, rows[first], line=max(told, default=0) + 1)
    commented = bool(told and HEADER_SIGN.match(lines[told[-1]])) and not _SIGNED_NAMES.fullmatch(lines[told[-1]])
    if headers.is_remark(names, commented):
        names = []
    _refuse_double_commas(layout, lines[start:], names)
    numbers = sum(bool(layout.number.fullmatch(cell)) for cell in rows[first])
    if index := counts_rows(layout, rows[start:]):
        names = [""] * (len(rows[first]) - len(names)) + names
    if numbers > WIDE and len(rows) - first < 5:
        raise _on_its_side(numbers, first)
    # A comment may name two columns in any order, but hardly three.
    in_order = not commented or len(names) == len(rows[first]) > 2
    told_apart = choose(names) if choose and (in_order or len(names) == len(rows[first])) else None
    at_x, at_y = told_apart or _chosen(names if in_order else [], numbers, int(index))
    found, end, left_out = _points(layout, rows, lines, start, (at_x, at_y))
    x, y = np.array(found, np.float64).T
    chosen = (names[at_x], names[at_y]) if len(names) > max(at_x, at_y) else ("", "")
    which = "the first two columns" if {at_x, at_y} == {0, 1} else f"the columns {at_x + 1} and {at_y + 1}"
    more = len([cell for cell in rows[first] if cell]) - int(index) > 2
    left_out = [*([f"only {which} were read"] if more else []), *left_out]
    return Columns(x, y, chosen, "\n".join(header), "\n".join(lines[end:]), left_out)


def _points(
    layout: Layout, rows: list[list[str]], lines: list[str], start: int, columns: tuple[int, int]
) -> tuple[list[tuple[float, float]], int, list[str]]:
    """The points of a table that begins at a line, the line at which it ends, and warnings of what was left out."""
    within = [at for at in range(start, len(rows)) if len(rows[at]) > max(columns)]
    cells = {at: [rows[at][column] for column in columns] for at in within}
    found = {at: pair for at, each in cells.items() if (pair := layout.pair(each))}
    placeless = {at for at, each in cells.items() if layout.lacks_place(each)}
    wide = len(rows[start])
    for at in found if layout.separator == "," else ():
        longer = len(rows[at]) > wide
        if longer and "".join(rows[at]).isdigit():
            raise broken(lines, at, start)  # a decimal comma among columns that commas part
        if len(rows[at]) > 2 and (_TORN if longer else _TORN_ALIKE).fullmatch(",".join(rows[at][-2:])):
            raise with_thousands(lines[at], at + 1)
    few = len(placeless) <= _FEW * len(found)
    end = end_of(rows, lines, start, found, placeless if few else ())
    found, lost = {at: pair for at, pair in found.items() if at < end}, sum(at < end for at in placeless)
    stray = strays(found)
    left_out = [f"rows without an abscissa were left out: {lost}"] if lost else []
    left_out += [f"line {at + 1} was left out: {lines[at].strip()[:40]!r} is no point of the table" for at in stray]
    return [pair for at, pair in found.items() if at not in stray], end, left_out


def first_row(layout: Layout, rows: list[list[str]], lines: list[str]) -> int:
    """The line of the first whole row of numbers.

    Raises:
        SpectrumError: there is none.
    """
    pairs = [(at, row) for at, row in enumerate(rows) if layout.pair(row) and row[1]][:3]
    if pairs and is_counted(pairs[0][1]):
        pairs = pairs[1:]  # pandas numbers columns that have no names; no abscissa is 0
    if not pairs:
        for other in LAYOUTS:
            for at, row in enumerate(other.rows(lines[:SAMPLE])):
                if (numbers := sum(bool(other.number.fullmatch(cell)) for cell in row)) > WIDE:
                    raise _on_its_side(numbers, at)
        if sum(bool(_THOUSANDS.search(line)) for line in lines[:SAMPLE]) > 1:
            raise SpectrumError("holds no two columns of numbers; nothing may stand between the thousands of a number")
        if sum(bool(_BOTH_MARKS.fullmatch(line)) for line in lines[:SAMPLE]) > 1:
            raise SpectrumError("marks the decimals of one column by commas and of the other by points; use one mark")
        if names := len({*labels_of(lines).values()}):
            raise SpectrumError(
                f"its first column holds {names} names, as of several spectra; `irjax split` makes a file of each"
            )
        raise SpectrumError("holds no two columns of numbers, and is of no other format that is read")
    return pairs[0][0]


_THOUSANDS = re.compile(rf"(?<![\d.,])\d{{1,3}}[.,{THOUSANDS}]\d{{3}}(?:[.,]\d+)?[\"']?\s*[;\t,|]")
"""`1.000,5;` or `"1,000.5",`."""
_BOTH_MARKS = re.compile(r"\s*+[+-]?\d+(?:,\d+[^\S\t]*+[;\t|]\s*+[+-]?\d*\.|\.\d+[^\S\t]*+[;\t|]\s*+[+-]?\d*,)\d+\s*")
"""`1715,5;0.82` or the other way round."""


_TORN, _TORN_ALIKE = re.compile(r"\d{1,3},\d{3}(\.\d+)?"), re.compile(r"\d{1,3},0\d\d(\.\d+)?")
"""The last two cells of a row that are one number of thousands, if it has more cells than others, and if it has not."""


_FEW = 0.1
"""Of a table's rows, how many may lack their abscissa: a cell was lost, and no column."""
WIDE = 10
"""Numbers, more than which no line of a spectrum's table has."""


def _on_its_side(numbers: int, at: int) -> SpectrumError:
    return SpectrumError(
        f"holds {numbers} numbers in line {at + 1}, a table on its side; `irjax split` makes a file of each row"
    )


def _names(layout: Layout, header: list[str], row: list[str], line: int) -> list[str]:
    """The names of columns: the cells of the last line of a header, with the units that stand below them.

    Args:
        row: the first of numbers.
        line: where in the file the header ends, from 1 on.

    Raises:
        SpectrumError: they are numbers, which means that a row was not understood.
    """
    if graph := headers.units_of_graph(header):
        return graph
    names = [name.lstrip("#") for name in layout.rows(header[-1:])[0]] if header else []
    if len(names) > len(row) == len([*filter(None, names)]):
        names = [*filter(None, names)]  # parted more widely than the rows, as Renishaw's programs do
    if header and len(names) < 2:
        names = re.split(r"[;,\t|]", header[-1])  # a header may be parted otherwise than the rows
    if len(names) > 1 and names[0] and not is_counted(names) and all(NUMERIC.fullmatch(name) for name in names if name):
        if not all(layout.number.fullmatch(name) for name in names if name):
            raise with_thousands(header[-1], line)
        raise SpectrumError(f"line {line}: {header[-1].strip()[:40]!r} is not a row of two numbers")
    if layout.separator is None and len(names) > len(row):
        names = []  # words of a sentence, not names of columns
    extra = len(names) - len(row)
    if extra > 0 and not units.x_kind(names[0]) and units.x_kind(names[extra]):
        names = names[extra:]  # what the rows of the header are called stands before the columns
    return headers.with_units(layout.rows(header[-2:-1])[0], names) if len(header) > 1 else names


def _single_column(lines: list[str]) -> Columns | None:
    """What `_columns` gives, of the ASCII files of PerkinElmer and Agilent (.asp); None where it is none.

    A number to a line: how many points, the first and the last abscissa, three of the instrument's, the ordinates.
    """
    cells = [line.strip() for line in lines if line.strip()]
    plain, value = LAYOUTS[0].number, LAYOUTS[0].value
    if len(cells) < _ASP_HEADER + 2 or not all(map(plain.fullmatch, cells[:_ASP_HEADER])):
        return None
    count, first, last = map(value, cells[:3])
    if count != len(cells) - _ASP_HEADER or not all(map(plain.fullmatch, cells)) or first == last:
        return None
    ordinates = np.array([*map(value, cells[_ASP_HEADER:])])
    told = "a column of ordinates after their number and both ends; its abscissa was taken for cm⁻¹"
    return Columns(np.linspace(first, last, int(count)), ordinates, ("cm-1", ""), left_out=[told])


_ASP_HEADER = 6


def counts_rows(layout: Layout, rows: list[list[str]]) -> bool:
    """Whether the first of three columns or more does nothing but count, as R and pandas write it."""
    numbered = [row for row in rows[:SAMPLE] if len(row) > 2 and layout.pair(row[1:])]
    counted = [layout.value(row[0]) for row in numbered if layout.number.fullmatch(row[0])]
    return len(counted) > 2 and len(counted) == len(numbered) and counted[0] in (0, 1) and set(np.diff(counted)) == {1}


def _chosen(names: list[str], numbers: int, first: int) -> tuple[int, int]:
    """Which columns are abscissa and ordinate: by their names where they have any, else the first two.

    Raises:
        SpectrumError: there are several spectra side by side.
    """
    named_x = [at for at, name in enumerate(names) if at >= first and is_abscissa(name)]
    places = [at for at in named_x if _PLACE.match(names[at]) and units.x_kind(names[at]) == "micrometre"]
    if len(places) > 1:  # of the points of a map, beside their wavenumbers
        named_x = [at for at in named_x if at not in places] or named_x
    at_x = named_x[0] if named_x else first
    others = [at for at in range(first, len(names)) if at != at_x and not is_aside(names[at])]
    said = {at: units.y_kind(names[at]) for at in others}
    ordinates = [at for at, kind in said.items() if kind not in (None, "arbitrary")]
    alike = len(ordinates) > 1 and len({said[at] for at in ordinates}) == 1
    named = [at for at in others if names[at] and not names[at].isdecimal()]  # after their samples
    unsaid = [names[at] for at in named if said[at] is None]
    samples = len(unsaid) == len(named) > 1 and bool(named_x or names[at_x] in ("x", "X"))
    samples = samples or name_samples([names[at] for at in ordinates], unsaid)
    if alike or samples or (not ordinates and numbers - first > 3):
        raise SpectrumError(
            f"holds {numbers - first} columns of numbers, several spectra side by side; "
            "`irjax split` makes a file of each"
        )
    read = [at for at in ordinates if said[at] not in units.REFUSED] or ordinates
    spare = [at for at in others if at < numbers]  # remarks may stand in the last columns
    return at_x, [*read, *spare, first + (at_x == first)][0]


def is_aside(name: str) -> bool:
    """Whether a column says how sure another is, or was measured without the sample; not what was corrected for it."""
    return bool(_ASIDE.search(name)) and not _CORRECTED.search(name)


def without_aside(name: str) -> str:
    """What is left of the name of such a column without the words that make it one, and without its unit."""
    return re.sub(r"[\W_]+", " ", _ASIDE.sub(" ", re.sub(r"[(\[][^)\]]*[)\]]", "", name))).strip()


def name_samples(understood: list[str], others: list[str]) -> bool:
    """Whether what would be a unit alone is a sample among others: `A` beside `B`, `ABS` beside `PET`."""
    return any(any(map(style.fullmatch, understood)) and any(map(style.fullmatch, others)) for style in _STYLES)


_PLACE = re.compile(r"\W*[xy]\b", re.IGNORECASE)
_STYLES = re.compile("[A-Za-z]"), re.compile("[A-Z]{2,5}")
"""Of names: a letter, or a few capitals."""
_ASIDE = re.compile(
    r"(?:^|[\W_])(?:std\.?[ _]?dev\.?|standard[ _]deviation|standardabweichung|stddev|sem|rsd|std|stdev|sd|err|errors?|"
    r"sigma|σ|uncertainty|blank|solvent|empty|background|l[öo]e?semittel|leer\w*|"
    r"blindprobe|hintergrund|blanc|solvant|fond|temperature|mask|flags?|fit|base[ _]?line|dy/dx)(?:$|[\W_])",
    re.IGNORECASE,
)
"""In the name of a column that says how sure another is, or what was measured without the sample or beside it."""
_CORRECTED = re.compile(r"corr|subtract|removed|\bfree\b|abgezogen|korr", re.IGNORECASE)


def is_abscissa(name: str) -> bool:
    """Whether a column's name is that of an abscissa, and not of an ordinate per length, or at a thickness."""
    return bool(_BARE_ABSCISSA.fullmatch(name)) or (headers.names_abscissa(name) and not units.y_kind(name))


_BARE_ABSCISSA = re.compile(r"\W*(?:wn|nu|ν\u0303?|frequency|frequenz|freq)\W*", re.IGNORECASE)
"""Of wavenumbers without their unit."""


def _refuse_double_commas(layout: Layout, rows: list[str], names: list[str]) -> None:
    """`400,0,0,95` can be two numbers or four, and `400,0,95` two or three."""
    named = len([name for name in names if name])
    if named == 2 and not any(units.x_kind(name) or units.y_kind(name) for name in names):
        named = 0  # a title with a comma in it
    sample = ["".join(line.split()) for line in rows[:SAMPLE] if line.strip()]
    if layout.separator != "," or not all(map(_WHOLE_NUMBERS.fullmatch, sample)):
        return
    cells = [line.split(",") for line in sample]
    lengths = {len(row) for row in cells}
    if named > 2 and lengths == {named}:
        return
    decimals = any(re.match(r"0\d|.*e", cell, re.IGNORECASE) for row in cells if len(row) > 2 for cell in row[1:])
    if lengths != {2} and (named == 2 or lengths != {3} or decimals or {row[1] for row in cells} <= {"0", "1"}):
        raise SpectrumError("its commas part both columns and decimals; part the columns by semicolons")


_WHOLE_NUMBERS = re.compile(r"[+-]?\d+(,[+-]?\d+){1,3}(e[+-]?\d+)?", re.IGNORECASE)
