"""A pattern of another technique than infrared, put on a grid: two columns of numbers, or a diffractometer's XRDML."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np

from irjax.spectra.grid import Grid
from irjax.spectra.spectrum import SpectrumError, ascending, require_one_run

_MOST_COLUMNS = 7
"""Abscissa, intensity, its error and what a program adds; formats with ten intensities to a line have more."""
_COPPER = 1.5406
"""Å, Kα1: the radiation that angles are taken to be of."""
_DECIMAL_COMMAS = re.compile(r"[-+]?\d+,\d+\s+[-+]?\d+(,\d+)?(\s|$)")
_THOUSANDS = re.compile(r"\d,\d{3}\b")
_LEAST, _WHOLE = 0.2, 0.85
"""Shares of the grid: less says too little, more leaves little out."""
_COARSEST, _COARSE = 50, 10
"""Points of the grid to a point of the file: between so few no line is seen, or not its shape."""


def read_pattern(text: str, grid: Grid) -> tuple[np.ndarray, list[str]]:
    """The intensities of a pattern on a grid, float32 [points], NaN where it was not measured; and what is doubtful.

    Args:
        text: a file of two columns parted by blanks, semicolons or commas, the abscissa in the grid's unit; lines
            before the first number, and such as begin with #, are left out. Or XRDML, of which the first scan is read.

    Raises:
        SpectrumError: a line holds something else, too little of it lies on the grid, or it is flat.
    """
    x, y = _xrdml(text) if text.lstrip()[:5] == "<?xml" or "<xrdMeasurement" in text[:2000] else _columns(text, grid)
    require_one_run(x)
    x, y, _ = ascending(x, y)
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
    return values.astype(np.float32), _doubts(share, inside, grid)


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


def _columns(text: str, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        cells = _cells(line)
        pair = _pair(cells)
        if pair is not None and len(cells) > _MOST_COLUMNS:
            raise SpectrumError(
                f"line {number}: {len(cells)} numbers; expected an abscissa and an intensity, maybe its error"
            )
        if pair is not None:
            rows.append(pair)
        elif rows and line.strip() and not line.lstrip().startswith("#"):
            raise SpectrumError(f"line {number}: expected an abscissa and an intensity, found {line.strip()[:40]!r}")
    if not rows:
        raise SpectrumError(f"holds no line of two numbers; expected an abscissa ({grid.unit}) and an intensity each")
    x, y = np.array(rows).T
    return x, y


def _cells(line: str) -> list[str]:
    """What stands on a line, without a remark at its end; commas part numbers, or decimals where that cannot be."""
    line = line.split("#")[0].strip()
    if re.search(r"[;\t]", line):
        cells = re.split(r"[;\t]+", line)
        return (
            [cell.strip().replace(",", ".") for cell in cells] if "." not in line else [cell.strip() for cell in cells]
        )
    if _DECIMAL_COMMAS.match(line):
        return line.replace(",", ".").split()
    return [] if ", " in line and _THOUSANDS.search(line) else [cell for cell in re.split(r"[\s,]+", line) if cell]


def _pair(cells: list[str]) -> tuple[float, float] | None:
    try:
        return (float(cells[0].strip('"')), float(cells[1].strip('"'))) if len(cells) >= 2 else None
    except ValueError:
        return None


def _xrdml(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Angles 2θ and counts of the first scan of an XRDML file (PANalytical's, versions 1.0 to 2.x)."""
    if "<!DOCTYPE" in text:
        raise SpectrumError("declares XML entities, which no XRDML file does; it is not read")
    try:
        # In bytes, and the declared encoding overruled: the text was decoded when the file was opened.
        root = ElementTree.fromstring(text.encode(errors="replace"), ElementTree.XMLParser(encoding="utf-8"))
    except ElementTree.ParseError as error:
        raise SpectrumError(f"is XML that is damaged ({error})") from None
    points = next(iter(root.iter(f"{_space(root)}dataPoints")), None)
    if points is None:
        raise SpectrumError("is XML without a scan; expected XRDML with dataPoints, or two columns of numbers")
    space = _space(root)
    counts = points.find(f"{space}counts")
    y = _numbers(counts if counts is not None else points.find(f"{space}intensities"), "counts or intensities")
    factors = points.find(f"{space}beamAttenuationFactors")
    if counts is not None and factors is not None and len(known := _numbers(factors, "factors")) == len(y):
        y = y * known  # counts behind an attenuator
    wavelength = next(root.iter(f"{space}kAlpha1"), None)
    if wavelength is not None and abs(_numbers(wavelength, "wavelength")[0] - _COPPER) > 0.01 * _COPPER:
        raise SpectrumError(f"was measured with {wavelength.text} Å; angles are taken to be of Cu Kα, {_COPPER} Å")
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
            return x, y
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
