"""A pattern of another technique than infrared, put on a grid: two columns of numbers, or a diffractometer's XRDML."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np

from irjax.spectra.grid import Grid
from irjax.spectra.spectrum import SpectrumError, ascending, require_one_run
from irjax.spectra.table import columns_of
from irjax.spectra.units import x_kind

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
_RECIPROCAL = re.compile(r"1/(?:nm|cm|[ÅA])|(?:nm|cm|[ÅA])\^?(?:-1|⁻¹)")
"""A momentum or wavenumber by its unit."""
_MOMENTUM = re.compile(
    r"^[^\w\n]*+(?:q[\s_(\[/]+(?:inverse|1/|nm|[åa](?:ngstr|\^|-1|⁻))|2?th\w*_rad\b)", re.IGNORECASE | re.MULTILINE
)
"""A line that names an abscissa of momenta, or of angles in radians, as programs of integration write it."""
_WAVELENGTH = re.compile(
    r"(?:wave[ _-]?length|k-?alpha|lambda|λ|_WL\d?)[^\n]{0,25}?(?<!\d)(\d[.,]\d+(?:e-?\d+)?)", re.IGNORECASE
)
_ALONE = re.compile(r"\A\s*((?:0?[.,][2-9]|[12][.,]\d)\d{2,})\s*(?:\n|\Z)")
"""A wavelength as the one number of the first line."""
_ENERGY = re.compile(
    r"^[^\w\n]*+(?:photon|beam|x-?ray)?\s*+energy\W*+(\d+(?:[.,]\d+)?)\s*+keV", re.IGNORECASE | re.MULTILINE
)
_KEV = 12.3984
"""Å times keV."""
_OTHER_LINE = re.compile(r"beta|β|ratio", re.IGNORECASE)
"""What speaks of another line than Kα, or of none."""
_ELEMENTS = "Co|Cr|Fe|Mo|Ag|cobalt|chromium|iron|molybdenum|silver"
_ANODE = re.compile(
    rf"(?i:anode|radiation|x-?ray tube|target\W*[:=,]|tube\W*[:=])[^\n]{{0,20}}?\b({_ELEMENTS.title()}|{_ELEMENTS})\b|"
    r"\b(Co|Cr|Fe|Mo|Ag)[ _-]?K[aα-]|, (Co|Cr|Fe|Mo|Ag), I\("
)
_COPPER_ANODE = re.compile(r"(?i:anode|tube|radiation|target)[^\n]{0,20}?\b(?:Cu|copper)\b|\bCu[ _-]?K")
_TWO_THETA = re.compile(r"2\W{0,3}(?:θ|th)|two\W?th|\btth\b|°2|\bangle|\bpos\b", re.IGNORECASE)
_COUNTS = re.compile(r"^\W*[IY](?:\W|_|$|obs|exp|rel)|intens|counts?\b|\bcps\b|\bcts\b|^\W*int\b", re.IGNORECASE)
_BESIDE = re.compile(
    r"^\W*(?:d|h|k|l|t|theta|θ|omega|ω|chi|phi)\b|spacing|omega|time|back|bkg|\bbg\b|calc|diff|sigma|err|esd|std|dev",
    re.IGNORECASE,
)
"""Names of columns: of angles, of what was counted, and of what else stands beside them."""
_NOT_LINEAR = re.compile(r"\W*(?:(?:log(?:10)?|ln|sqrt)(?![a-z])|√)", re.IGNORECASE)
_RIGAKU = re.compile(r"^[ \t]*[\d.]+[ \t]+[\d.]+[ \t]+(\d+(?:\.\d*)?)[ \t]*$", re.MULTILINE)
"""A row of Rigaku's: angle, counts and the factor of what stood before the detector."""
_ATTENUATED = (
    "its third column, the attenuator's factor, is not 1 throughout, and was not heeded; are strong lines cut off?"
)
_GAP = 10
"""Usual steps between two points, beyond which nothing was measured between them."""
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
    values[_between(grid.values, x, max(_GAP * float(np.median(np.diff(x))), grid.spacing))] = np.nan
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
    if np.abs(values[known]).max() > np.finfo(np.float32).max:
        raise SpectrumError("some of its values overflow; its intensities are absurd")
    asked = (x >= grid.first) & (x <= grid.last)
    if grid.unit == ANGLES and not _shows_reflections(x[asked], y[asked]):
        raise SpectrumError("shows no reflection: nothing but noise stands up from its background")
    return values.astype(np.float32), left_out + _doubts(share, inside, grid)


def _shows_reflections(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether anything stands up from the background beyond what noise alone does, be it one point or degrees wide.

    What is left of intensities, in units of their counting noise, once the median over 4° is taken off, is averaged
    over 1 to 51 points; of white noise no average reaches 7 times its standard deviation. Noise that was smoothed, or
    interpolated, seems less than it is and passes.
    """
    from scipy.ndimage import median_filter, uniform_filter1d

    width = max(round(_BACKGROUND / float(np.median(np.diff(x)))), 5)
    if len(y) < 4 * width:
        return True  # too short to tell
    mean = uniform_filter1d(y, width)
    scaled = y / np.sqrt(mean) if mean.min() > 0 else y
    noise = np.median(np.abs(np.diff(scaled, 2))) / _MEDIAN_OF_SECOND
    left = scaled - median_filter(scaled, width)
    means = (uniform_filter1d(left, points) * np.sqrt(points) for points in _SCALES)
    return any(bool(each.max() > _SURE * noise) for each in means)


_BACKGROUND = 4.0
"""Degrees."""
_SCALES, _SURE = (1, 3, 9, 25, 51), 7.0
_MEDIAN_OF_SECOND = 0.6745 * 6**0.5
"""Of the absolute second differences of white noise with a standard deviation of 1."""


def _between(at: np.ndarray, x: np.ndarray, apart: float) -> np.ndarray:
    """Which places lie between two points, ascending, that are further apart, and at neither, bool [places]."""
    after = np.clip(np.searchsorted(x, at), 1, len(x) - 1)
    beside = np.minimum(np.abs(at - x[after - 1]), np.abs(x[after] - at))
    return (x[after] - x[after - 1] > apart) & (beside > 1e-6)


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
    found = columns_of(text, _angle_and_counts if grid.unit == ANGLES else None)
    x, y, left_out = found.x, found.y, list(found.left_out)
    if grid.unit == ANGLES:
        last = found.header.split("\n")[-1]
        _refuse_others(found.names[0] or (last if _WITH_UNIT.search(last) else ""), found.header)
        if _NOT_LINEAR.match(found.names[1]):
            raise SpectrumError(
                f"its intensities are called {found.names[1].strip()[:40]!r}; expected counts as they are"
            )
        if "*RAS_INT_START" in text:
            behind = any(float(factor) != 1 for factor in _RIGAKU.findall(text))
            left_out = [_ATTENUATED] if behind else [each for each in left_out if "two columns" not in each]
    else:
        _refuse_another_unit(found.names[0], grid)
    known = np.isfinite(y)
    return x[known], y[known], left_out


def _refuse_another_unit(name: str, grid: Grid) -> None:
    """Refuses an abscissa by its column's name in another unit than a grid's. Raises SpectrumError."""
    if (kind := x_kind(name)) and kind != x_kind(f"({grid.unit})"):
        raise SpectrumError(f"its first column is called {name.strip()[:40]!r}; expected one in {grid.unit}")


def _angle_and_counts(names: list[str]) -> tuple[int, int] | None:
    """The columns of 2θ and of what was counted, where names tell which these are."""
    angles = [at for at, name in enumerate(names) if _TWO_THETA.search(name) and not _BESIDE.search(name)]
    others = [at for at, name in enumerate(names) if at not in angles[:1] and not _BESIDE.search(name)]
    counts = [at for at in others if _COUNTS.search(names[at])] or others
    return (angles[0], counts[0]) if angles and len(counts) == 1 else None


def _refuse_others(name: str, header: str) -> None:
    """Refuses what is no 2θ of copper by the name of its column or by the lines above. Raises SpectrumError."""
    if _NO_ANGLE.match(name) or _RECIPROCAL.search(name):
        raise SpectrumError(f"its first column is called {name.strip()[:40]!r}; expected angles 2θ in degrees")
    if said := _MOMENTUM.search(header):
        raise SpectrumError(f"its abscissa is called {said[0].strip(' #')[:40]!r}; expected angles 2θ in degrees")
    for line in header.split("\n"):
        said = None if _OTHER_LINE.search(line) else _WAVELENGTH.search(line)
        if said and not _may_be_copper(said[1]):
            raise _other_radiation(f"a wavelength of {said[1]}")
    if (alone := _ALONE.match(header)) and not _may_be_copper(alone[1]):
        raise _other_radiation(f"a wavelength of {alone[1]}")
    if (energy := _ENERGY.search(header)) and not _is_copper(_KEV / max(float(energy[1].replace(",", ".")), 1e-3)):
        raise _other_radiation(f"{energy[1]} keV")
    if (anode := _ANODE.search(header)) and not _COPPER_ANODE.search(header):
        raise _other_radiation(f"{anode[1] or anode[2] or anode[3]} Kα")


def _may_be_copper(said: str) -> bool:
    """Whether a wavelength in Å, nm or m, with as many decimals as it is written with, is that of copper."""
    number = said.lower().replace(",", ".")
    decimals = len(number.split("e")[0].split(".")[1])
    power = float(f"1e{number.split('e')[1]}") if "e" in number else 1.0
    rounding = 0.5 * 10.0**-decimals * power
    return any(abs(float(number) - _COPPER / unit) <= max(0.01 * _COPPER / unit, rounding) for unit in (1, 10, 1e10))


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
    space = _space(root)
    scans = list(root.iter(f"{space}dataPoints"))
    if not scans:
        raise SpectrumError("is XML without a scan; expected XRDML with dataPoints, or two columns of numbers")
    anode = next(root.iter(f"{space}anodeMaterial"), None)
    wavelength = next(root.iter(f"{space}kAlpha1"), None)
    told = 0.0 if wavelength is None else _numbers(wavelength, "wavelength")[0]
    if wavelength is not None and told and not _is_copper(told):
        raise _other_radiation(f"{wavelength.text} Å")
    if not told and anode is not None and (anode.text or "").strip() not in ("Cu", ""):
        raise _other_radiation(f"an anode of {(anode.text or '').strip()[:20]}")
    over = ((points, positions) for points in scans for positions in points.iter(f"{space}positions"))
    points, positions = next((each for each in over if _along_two_theta(each[1], space)), (None, None))
    if points is None or positions is None:
        raise SpectrumError("holds a scan without positions on the axis 2Theta that tell its beginning and end")
    y = _counted(points, space)
    listed = positions.find(f"{space}listPositions")
    if listed is not None:
        x = _numbers(listed, "listPositions")
    else:
        first, last = (_numbers(positions.find(f"{space}{name}"), name)[0] for name in _ENDS)
        x = np.linspace(first, last, len(y))
    if len(x) != len(y):
        raise SpectrumError(f"holds {len(x)} angles and {len(y)} counts")
    which = "the first" if points is scans[0] else "the first over 2θ"
    return x, y, [f"only {which} of {len(scans)} scans was read"] if len(scans) > 1 else []


_ENDS = ("startPosition", "endPosition")


def _along_two_theta(positions: ElementTree.Element, space: str) -> bool:
    """Whether these are the angles of a scan over 2θ, and not the single one of another scan."""
    told = positions.find(f"{space}listPositions"), positions.find(f"{space}{_ENDS[0]}")
    return positions.get("axis") == "2Theta" and any(each is not None for each in told)


def _counted(points: ElementTree.Element, space: str) -> np.ndarray:
    """What was scattered: counts in equal times and without the attenuator that they were taken behind."""
    counts = points.find(f"{space}counts")
    if counts is None:
        return _numbers(points.find(f"{space}intensities"), "counts or intensities")
    y = _numbers(counts, "counts or intensities")
    for name in ("beamAttenuationFactors", "countingTimes"):
        factors = points.find(f"{space}{name}")
        if factors is not None and len(known := _numbers(factors, name)) == len(y) and known.min() > 0:
            y = y * known if name == "beamAttenuationFactors" else y * known.mean() / known
    return y


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
