"""What the lines above a table say of its columns: which axis is meant, in what unit, and what is a remark."""

import re
from itertools import pairwise

import numpy as np

from irjax.spectra import units

_ABOUT_AXES = re.compile(
    r"\W*(?:[xy]|(?:[xy][ _-]?)?(?:units?|axis)|[xy][ _-]?(?:label|title)|abscissa|ordinate|columns?)\b", re.IGNORECASE
)
"""How a line of a header begins that says what the axes are; words of others may be of the sample."""
_ABOUT_Y = re.compile(r"\W*(?:y|ordinate)", re.IGNORECASE)
_SIGN = r"(?:cm|1\s*/\s*cm|[µμu]m|nm|[TG]Hz|m?eV)"
"""Of the units of an abscissa."""
_UNIT = re.compile(rf"[\[(]?\s*{_SIGN}\S*\s*", re.IGNORECASE)
"""A cell that holds the unit of an abscissa and nothing else."""
_LONE_UNIT = re.compile(r"\W*(?:cm\S{0,5}[1¹]|1\s*/\s*cm|[µμu]m|nm|[TG]Hz|m?eV)\W*", re.IGNORECASE)
"""The same of a line, where a word of the sample may stand as well."""
_MEASURED = re.compile(rf"\d\s*{_SIGN}", re.IGNORECASE)
"""A resolution, a range or a thickness: its unit is not that of a column."""
_RANGE = re.compile(rf"\d\s*(?:[-–—…]|\.\.+|to|bis)\s*\d[\d.,]*\s*{_SIGN}", re.IGNORECASE)
"""From where to where something was measured, which may well be the spectrum."""
_LOWEST, _MIDDLE = 10.0, 7_500.0
"""cm⁻¹: where the far infrared begins, and half-way to where the near infrared ends."""


def names_abscissa(name: str) -> bool:
    """Whether a cell of a header is the name of an abscissa, and no resolution or range in its unit."""
    return units.x_kind(_MEASURED.sub("", name)) is not None


def is_remark(names: list[str], commented: bool) -> bool:
    """Whether the last line of a header only looks like the names of columns, for it has a comma in it.

    Args:
        names: its cells.
        commented: whether it stood behind the sign of a comment.
    """
    if any(map(names_abscissa, names)):
        return False
    measures = [name for name in names if _MEASURED.search(name)]
    if measures and not any(map(units.y_kind, measures)):
        return True
    return commented and not any(map(_ABOUT_AXES.match, names))


def with_units(above: list[str], names: list[str]) -> list[str]:
    """The names of columns that stand in the row `above` their units, with these."""
    if len(names) < 2 or not _UNIT.fullmatch(names[0]):
        return names
    above = above[max(len(above) - len(names), 0) :]
    return [f"{name} {unit}" for name, unit in zip(above, names, strict=True)] if len(above) == len(names) else names


def said_of_ordinate(columns: tuple[str, str], header: str) -> list[str]:
    """What the ordinate is called, the first the surest.

    By its column, by lines about it (one that follows the abscissa's unit alone is its unit), by lines about both axes,
    and in passing.
    """
    lines = header.split("\n")
    of_ordinate = [
        line
        for above, line in pairwise(["", *lines])
        if (_ABOUT_AXES.match(line) and _ABOUT_Y.match(line)) or _LONE_UNIT.fullmatch(above)
    ]
    of_axes = [line for line in lines if _ABOUT_AXES.match(line) or names_abscissa(line)]
    told = (*reversed(columns), "\n".join(of_ordinate), "\n".join(of_axes))
    found = [*map(units.y_kind, told), units.y_kind_in_passing(header)]
    return [kind for kind in found if kind]


def unit_of_abscissa(column: str, header: str, x: np.ndarray) -> str | None:
    """The unit of an abscissa [points] by its column, a line about it, or any line in which it makes sense.

    "25 µm thick" and "resolution 4 cm-1" are not about the abscissa.
    """
    if kind := units.x_kind(column):
        return kind
    for line in reversed(header.split("\n")):
        kind = units.x_kind(line)
        if kind and _about_abscissa(line):
            return kind
        if not (names_abscissa(line) or _RANGE.search(line)):
            continue
        if kind and np.all(x > 0) and np.all(np.abs(units.to_wavenumber(x, kind) - _MIDDLE) < _MIDDLE - _LOWEST):
            return kind
    return None


def is_wavelength(column: str, header: str) -> bool:
    """Whether a column, or a line about the abscissa, calls this a wavelength."""
    return any(map(units.names_wavelength, [column, *filter(_about_abscissa, header.split("\n"))]))


def _about_abscissa(line: str) -> bool:
    return bool(_ABOUT_AXES.match(line)) and not _ABOUT_Y.match(line)
