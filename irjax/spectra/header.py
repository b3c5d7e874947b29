"""What the lines above a table say of its columns: which axis is meant, in what unit, and what is a remark."""

import re
from itertools import pairwise

import numpy as np

from irjax.spectra import units
from irjax.spectra.spectrum import SpectrumError

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
    return not _LIGHT.search(name) and units.x_kind(_MEASURED.sub("", name)) is not None


_LIGHT = re.compile(r"\blaser|\bexcitation", re.IGNORECASE)
"""Of a wavelength that is no abscissa."""


def is_remark(names: list[str], commented: bool) -> bool:
    """Whether the last line of a header only looks like the names of columns, for it has a comma in it.

    Args:
        names: its cells.
        commented: whether it stood behind the sign of a comment.
    """
    if names and _UNITS_OF.fullmatch(names[0]):
        return True
    if any(map(names_abscissa, names)):
        return False
    measures = [name for name in names if _MEASURED.search(name)]
    if measures and not any(map(units.y_kind, measures)):
        return True
    return commented and not any(map(_ABOUT_AXES.match, names))


_UNITS_OF = re.compile(r"\W*[xy][ _-]?units?\W*", re.IGNORECASE)
"""What a line says of one axis alone: `XUNITS;1/CM`."""


def with_units(above: list[str], names: list[str]) -> list[str]:
    """The names of columns that stand in the row `above` their units, with these; what says it all needs no other."""
    if len(names) < 2 or not _UNIT.fullmatch(names[0]) or units.y_kind(names[1]) not in (None, "arbitrary"):
        return names
    above = above[max(len(above) - len(names), 0) :]
    if len(above) != len(names):
        return names
    return [f"{name} {unit}".strip() for name, unit in zip(above, names, strict=True)]


def units_of_graph(header: list[str]) -> list[str]:
    """The units of both columns below `#GR`, as the ASCII files of PerkinElmer have them; none in others."""
    words = [line.strip(" \t,;") for line in header]
    if not words or not words[0].startswith("PE ") or "GR" not in words[:-2]:
        return []
    return words[words.index("GR") + 1 :][:2]


def said_of_ordinate(columns: tuple[str, str], header: str) -> list[str]:
    """What the ordinate is called, the first the surest.

    By its column, by lines about it (one that follows the abscissa's unit alone is its unit), and by lines about both
    axes; `units.y_kind_in_passing` says what the header calls it by the way.
    """
    lines = header.split("\n")
    of_ordinate = [
        line
        for above, line in pairwise(["", *lines])
        if (_ABOUT_AXES.match(line) and _ABOUT_Y.match(line)) or _LONE_UNIT.fullmatch(above)
    ]
    of_axes = [line for line in lines if _ABOUT_AXES.match(line) or names_abscissa(line)]
    told = (*reversed(columns), "\n".join(of_ordinate), "\n".join(of_axes))
    return [kind for kind in map(units.y_kind, told) if kind]


def unit_of_abscissa(column: str, header: str, x: np.ndarray) -> tuple[str, bool]:
    """The unit of an abscissa [points] by what is said of it, else from its range, and whether that may be wrong.

    Raises:
        SpectrumError: it is named after something else, or only counts the points.
    """
    if kind := _said_of_abscissa(column, header, x):
        return kind, False
    if names_other_abscissa(column):
        raise SpectrumError(f"its first column is {column[:40]!r}; an infrared spectrum is drawn over cm⁻¹ or µm")
    if len(x) > _FEWEST_COUNTED and x[0] in (0, 1) and np.all(np.diff(x) == 1):
        raise SpectrumError(
            f"its first column only counts the points, from {x[0]:.0f} to {x[-1]:.0f}; give their wavenumbers beside it"
        )
    wavelength = any(map(units.names_wavelength, [column, *filter(_about_abscissa, header.split("\n"))]))
    kind = _guessed_unit(x, wavelength)
    return kind, bool(wavelength or kind != "wavenumber" or x.max() > _LAST_INFRARED)


def names_other_abscissa(name: str) -> bool:
    """Whether a column's name says what no infrared spectrum is drawn over."""
    return bool(_OTHER_ABSCISSA.search(name))


_OTHER_ABSCISSA = re.compile(
    r"(?:^|[\W_\d])(?:time|zeit|temps|r\.?t\.?|retention|min(?:ute)?[sn]?|sec(?:ond)?s?|"
    r"temp(?:erature|eratur)?|theta|ppm|m/z|mass|angle|winkel|k?(?:j|cal)/mol|"
    r"k?hz|mhz|potential|voltage|volume|concentration|depth|distance|position)(?:$|[\W_\d])",
    re.IGNORECASE,
)
"""In the name of a column, what no infrared spectrum is drawn over."""
_FEWEST_COUNTED = 20
"""Points: fewer whole numbers in a row may be anything."""
_LAST_INFRARED = 8_000.0
"""cm⁻¹, beyond which an abscissa without a unit may as well be a wavelength in nm."""
_LAST_VISIBLE = 1_200.0
"""nm, to which instruments for ultraviolet and visible light go."""
_LAST_WAVENUMBER, _FIRST_WAVENUMBER = 13_000.0, 3_400.0
"""cm⁻¹: a spectrum that goes beyond the one, the near infrared's end, begins above the other, or it is in nm."""


def _guessed_unit(x: np.ndarray, wavelength: bool) -> str:
    """The unit of an abscissa [points] that nothing names, from its range."""
    if x.min() > 0.5 and x.max() < 60:
        return "micrometre"
    if x.max() > _LAST_WAVENUMBER and 700 < x.min() < _FIRST_WAVENUMBER:
        return "nanometre"
    named_wrongly = x.min() < 700 and 2600 < x.max() < _LAST_INFRARED  # as infrared spectra run in cm⁻¹ and none in nm
    return "nanometre" if wavelength and not named_wrongly else "wavenumber"


def _said_of_abscissa(column: str, header: str, x: np.ndarray) -> str | None:
    """The unit of an abscissa [points] by its column, a line about it, or any line in which it makes sense.

    "25 µm thick" and "resolution 4 cm-1" are not about the abscissa, nor is "thickness (nm): 200"; a line that is "nm"
    alone is, above a spectrum of ultraviolet and visible light, which would pass for one of the far infrared.
    """
    if kind := units.x_kind(column):
        return kind
    of_wavelength = units.names_wavelength(column)
    for above, line in reversed([*pairwise(["", *header.split("\n")])]):
        kind = units.x_kind(line)
        if _QUANTITY.search(line):
            continue
        visible = kind == "nanometre" and _LONE_UNIT.fullmatch(line) and x.max() < _LAST_VISIBLE
        visible = visible and not _BARE_NUMBER.fullmatch(above)  # of a film or a laser
        if kind and (_about_abscissa(line) or visible):
            return kind
        if (
            kind in units.RARE
            or (of_wavelength and kind == "wavenumber")
            or not (names_abscissa(line) or _RANGE.search(line))
        ):
            continue
        if kind and np.all(x > 0) and np.all(np.abs(units.to_wavenumber(x, kind) - _MIDDLE) < _MIDDLE - _LOWEST):
            return kind
    return None


_BARE_NUMBER = re.compile(r"\W*\d+(?:[.,]\d+)?\W*")
_QUANTITY = re.compile(r"(?:\b[µμu]m|\bnm|micro(?:n|met[a-z]+)s?|nanomet[a-z]+)\b[^\w\n+-]*\d", re.IGNORECASE)
"""A length and how much of it there is, as of a film, a lamp or a stage."""


def phase_of_sample(header: str) -> str:
    """What a line about the sample's state says of it; `unknown` where none does."""
    found = map(units.phase, [*_STATE.findall(header), *_SOLID.findall(header)])
    return next((phase for phase in found if phase != "unknown"), "unknown")


_STATE = re.compile(
    r"^[^\w\n]*+(?:(?:sample|sampling|physical)[ _-]*+)?(?:state|phase|form|matrix|medium|sampling|procedure|"
    r"preparation|prep|aggregatzustand|zustand|probenvorbereitung|präparation) *+(?:of (?:the )?sample *+)?"
    r"(?:\([^()\n]{0,40}\) *+)?"
    r"[\"']?+ *+(?:[=:,;\t]|(?=(?:gas|vapou?r|liquid|neat|solid|solution|mull|pellet|film)\b))(.*)$",
    re.IGNORECASE | re.MULTILINE,
)
"""A line that says what the sample was: "Sampling, KBr pellet", and not "Phase correction: Mertz"."""


_SOLID = re.compile(
    r"^[^\w\n]*+(?:sample|sample type|probe|method|technique)[\"']?+ *+[=:,;\t]"
    r"([^\n]{0,80}\b(?:(?:KBr|KCl|CsI)[ -]?(?:pellet|dis[ck]|press\w*)|(?:nujol|fluorolube|paraffin)[ -]mull))",
    re.IGNORECASE | re.MULTILINE,
)
"""A line that may be about anything, and says how a solid was prepared."""


def says_diffraction(header: str) -> bool:
    """Whether the header of a table without units speaks of the angle of a diffraction pattern."""
    return bool(_DIFFRACTION.search(header))


_DIFFRACTION = re.compile(r"(?<![\d.])(?:2|two)[\W_]{0,3}(?:theta|θ)", re.IGNORECASE)


def says_raman(words: str) -> bool:
    """Whether a header or a name says that this is a Raman spectrum, and not that the instrument takes those as well.

    So does the laser that excites one; that of interferometers, of 633 nm, does not.
    """
    return any(_RAMAN.search(line) and not _INFRARED.search(line) for line in words.split("\n"))


_RAMAN = re.compile(
    r"(?<![a-z])raman(?:[ _-]?shift)?(?![a-z])|\blabram|拉曼|ラマン|라만|рамановск|\brel\.?[ \t]*(?:1/cm|cm)|"
    r"\b(?:laser|excitation)(?:[ _]*wavelength)?(?:[ \t]*[\[(]nm[\])])?[ \t]*[=:,;]\W{0,5}"
    r"(?!63[23])[4-9]\d\d(?:[.,]\d+)?[ \t]*(?:nm(?:_edge)?)?[ \t]*$",
    re.IGNORECASE,
)
_INFRARED = re.compile(r"\bft-?ir\b|\binfra-?red ?(?:[/&+]|and) ?(?:ft-?)?raman", re.IGNORECASE)
"""Of a line about an instrument that takes both."""


def says_difference(ordinate: str) -> bool:
    """Whether the name of an ordinate says that another spectrum was taken off: Δ absorbance, difference spectrum."""
    return bool(_DIFFERENCE.search(ordinate))


_DIFFERENCE = re.compile(
    r"[Δ∆]|\bdelta[ _-]?(?:a|od|t|abs\w*|trans\w*)\b|\bdiff(?:eren[czt]\w*|érenc\w*)?\b", re.IGNORECASE
)


def is_about_sample(line: str) -> bool:
    """Whether a line of a header is about the sample, and may speak of other measurements."""
    return bool(_ABOUT_SAMPLE.match(line))


_ABOUT_SAMPLE = re.compile(r"\W*(?:sample|title|name|comment|remark|description|created)", re.IGNORECASE)


def _about_abscissa(line: str) -> bool:
    return bool(_ABOUT_AXES.match(line)) and not _ABOUT_Y.match(line)
