"""A pattern of another technique than infrared, put on a grid: two columns of numbers, or a diffractometer's XRDML."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np

from irjax.spectra.grid import Grid
from irjax.spectra.spectrum import SpectrumError, ascending, require_one_run
from irjax.spectra.table import columns_of

ANGLES = "degrees 2θ"
"""The unit of a diffraction pattern's grid."""
_COPPER = 1.5406
"""Å, Kα1: the radiation that angles are taken to be of."""
_NO_ANGLE = re.compile(
    r"\s*(?:d|q|s|theta|θ|omega|ω|energy|[\w -]*spacing)(?![a-z])(?!\W*2)[^,;\t]{0,20}", re.IGNORECASE
)
"""The name of an abscissa of another kind: a distance of planes, a momentum, half the angle."""
_WITH_UNIT = re.compile(r"[(\[]")
"""What tells a line that names columns from a sample's name."""
# A momentum or wavenumber by its unit; a wavelength, but of lines that speak of Kβ or ratios; an anode but of copper.
_RECIPROCAL = re.compile(r"1/(?:nm|cm|[ÅA])|(?:nm|cm|[ÅA])\^?(?:-1|⁻¹)")
_WAVELENGTH = re.compile(r"(?:wave[ _-]?length|k-?alpha|lambda|λ)[^\n]{0,25}?(?<!\d)(\d[.,]\d{2,})", re.IGNORECASE)
_OTHER_LINE = re.compile(r"beta|β|ratio", re.IGNORECASE)
_ANODE = re.compile(r"(?i:anode|target|radiation)[^\n]{0,20}?\b(Co|Cr|Fe|Mo|Ag)\b|\b(Co|Cr|Fe|Mo|Ag)[ _-]?K[aα-]")
_LAST_ANGLE = 180.0
_LEAST, _WHOLE = 0.2, 0.85
"""Shares of the grid: less says too little, more leaves little out."""
_COARSEST, _COARSE = 50, 10
"""Points of the grid to a point of the file: between so few no line is seen, or not its shape."""


def read_pattern(text: str, grid: Grid) -> tuple[np.ndarray, list[str]]:
    """The intensities of a pattern on a grid, float32 [points], NaN where it was not measured; and what is doubtful.

    Args:
        text: a table, as `spectra.table` reads it, of the abscissa in the grid's unit and intensities; or XRDML, of
            which the first scan is read.

    Raises:
        SpectrumError: a line holds something else, it is of other radiation than copper's or no 2θ by what it says, too
            little of it lies on the grid, or it is flat.
    """
    xml = text.lstrip()[:5] == "<?xml" or "<xrdMeasurement" in text[:2000]
    x, y, left_out = _xrdml(text) if xml else _table(text, grid)
    require_one_run(x)
    if (places := len(np.unique(x))) < len(x) / 2:
        raise SpectrumError(f"has {len(x):,} points at {places:,} places; were the decimals of its abscissa lost?")
    x, y, _ = ascending(x, y)
    if grid.unit == ANGLES and x[-1] > _LAST_ANGLE:
        raise SpectrumError(f"goes from {x[0]:.6g} to {x[-1]:.6g}, which no angle 2θ does; give the angles in degrees")
    values = np.interp(grid.values, x, y, left=np.nan, right=np.nan)
    known = np.isfinite(values)
    if known.sum() < 2:
        raise SpectrumError(f"goes from {x[0]:.6g} to {x[-1]:.6g}; nothing of it lies on the grid of {grid}")
    if (share := known.mean()) < _LEAST:
        raise SpectrumError(f"covers {share:.1%} of the grid of {grid}; at least {_LEAST:.0%} is needed")
    inside = ((x >= grid.first) & (x <= grid.last)).sum() / share
    if inside < grid.points / _COARSEST:
        raise SpectrumError(f"has its points so far apart that no line can be seen: {grid} are asked about")
    if values[known].max() <= max(values[known].min(), 0):
        raise SpectrumError("is flat or nowhere above 0, so there is nothing to go by")
    return values.astype(np.float32), left_out + _doubts(share, inside, grid)


def _doubts(share: float, inside: float, grid: Grid) -> list[str]:
    """What speaks against an answer to a pattern.

    Args:
        share: of the grid that was measured.
        inside: points of the file that the whole grid would have at their distance.
    """
    doubts = []
    if share < _WHOLE:
        doubts.append(f"measured over {share:.0%} of the grid of {grid}; what the rest would show is made up")
    if inside < grid.points / _COARSE:
        doubts.append(f"its points lie {grid.points / inside:.0f} times as far apart as those of the grid of {grid}")
    return doubts


def _table(text: str, grid: Grid) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The two columns of a table, as `spectra.table` tells them, without points that have no intensity."""
    found = columns_of(text)
    if grid.unit == ANGLES:
        last = found.header.split("\n")[-1]
        _refuse_others(found.names[0] or (last if _WITH_UNIT.search(last) else ""), found.header)
    known = np.isfinite(found.y)
    return found.x[known], found.y[known], list(found.left_out)


def _refuse_others(name: str, header: str) -> None:
    """Refuses what is no 2θ of copper by the name of its column or by the lines above. Raises SpectrumError."""
    if _NO_ANGLE.match(name) or _RECIPROCAL.search(name):
        raise SpectrumError(f"its first column is called {name.strip()[:40]!r}; expected angles 2θ in degrees")
    for line in header.split("\n"):
        said = None if _OTHER_LINE.search(line) else _WAVELENGTH.search(line)
        if said and not any(_is_copper(factor * float(said[1].replace(",", "."))) for factor in (1, 10)):  # Å, nm
            raise _other_radiation(f"a wavelength of {said[1]}")
    if anode := _ANODE.search(header):
        raise _other_radiation(f"{anode[1] or anode[2]} Kα")


def _is_copper(wavelength: float) -> bool:
    return abs(wavelength - _COPPER) <= 0.01 * _COPPER


def _other_radiation(said: str) -> SpectrumError:
    return SpectrumError(f"was measured with {said}; angles are taken to be of Cu Kα, {_COPPER} Å")


def _xrdml(text: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Angles 2θ and counts of the first scan of an XRDML file (PANalytical's, versions 1.0 to 2.x), and if of more."""
    if "<!DOCTYPE" in text:
        raise SpectrumError("declares XML entities, which no XRDML file does; it is not read")
    try:
        # In bytes, and the declared encoding overruled: the text was decoded when the file was opened.
        root = ElementTree.fromstring(text.encode(errors="replace"), ElementTree.XMLParser(encoding="utf-8"))
    except ElementTree.ParseError as error:
        raise SpectrumError(f"is XML that is damaged ({error})") from None
    scans = list(root.iter(f"{_space(root)}dataPoints"))
    if not scans:
        raise SpectrumError("is XML without a scan; expected XRDML with dataPoints, or two columns of numbers")
    points = scans[0]
    space = _space(root)
    counts = points.find(f"{space}counts")
    y = _numbers(counts if counts is not None else points.find(f"{space}intensities"), "counts or intensities")
    factors = points.find(f"{space}beamAttenuationFactors")
    if counts is not None and factors is not None and len(known := _numbers(factors, "factors")) == len(y):
        y = y * known  # counts behind an attenuator
    wavelength = next(root.iter(f"{space}kAlpha1"), None)
    if wavelength is not None and not _is_copper(_numbers(wavelength, "wavelength")[0]):
        raise _other_radiation(f"{wavelength.text} Å")
    for positions in points.iter(f"{space}positions"):
        if positions.get("axis") == "2Theta":
            listed, ends = positions.find(f"{space}listPositions"), ("startPosition", "endPosition")
            if listed is not None:
                x = _numbers(listed, "listPositions")
            else:
                first, last = (_numbers(positions.find(f"{space}{name}"), name)[0] for name in ends)
                x = np.linspace(first, last, len(y))
            if len(x) != len(y):
                raise SpectrumError(f"holds {len(x)} angles and {len(y)} counts")
            return x, y, [f"only the first of {len(scans)} scans was read"] if len(scans) > 1 else []
    raise SpectrumError("holds a scan without positions on the axis 2Theta")


def _space(root: ElementTree.Element) -> str:
    """The namespace of all elements, as ElementTree writes it before their names."""
    return root.tag.split("}")[0] + "}" if root.tag.startswith("{") else ""


def _numbers(element: ElementTree.Element | None, what: str) -> np.ndarray:
    try:
        found = np.array((element.text or "").split() if element is not None else [], float)
    except ValueError:
        found = np.zeros(0)
    if not len(found) or not np.isfinite(found).all():
        raise SpectrumError(f"its {what} are missing or no numbers")
    return found
