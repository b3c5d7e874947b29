"""Whether a spectrum has anything to go by, and whether it looks like the infrared spectrum of a compound.

The limits were set on 12,605 measured spectra (NIST); docs/doubts.md says how many of them each one touches.
"""

from functools import lru_cache

import numpy as np

from irjax.spectra.fringes import fringes, quiet_points
from irjax.spectra.grid import INFRARED, Grid
from irjax.spectra.resample import WIDEST_GAP, resample
from irjax.spectra.spectrum import Spectrum, SpectrumError
from irjax.spectra.units import x_kind, y_kind

FEWEST_POINTS = 40
"""Of a file within the grid."""
NARROWEST = 250.0
"""cm⁻¹ that must have been measured."""
FLATTEST = 0.002
"""Absorbance between the lowest and the highest point; the weakest gas measured has 0.003."""
STRAIGHTEST = 0.03
"""What a straight or bent line leaves of the span, as a standard deviation; real spectra have 0.044 and more in
absorbance, 0.055 in transmittance."""
ROUGHEST = 0.8
"""Roughness of the curve: 1 is white noise, 99.9 % of organic compounds have less than 0.6."""
MOST_SKEWED = 4.0
"""Of noise; where it was cut off at the base line it has 1.6."""
LEAST_SKEW = 0.2
"""Of absorbance: bands rise from a base line. 99.5 % of real spectra have more than 0.44."""
MOST_SATURATED = 0.12
"""Share of the points where hardly any light comes through; 99.9 % of real spectra have less than 0.11."""
SMOOTHEST = 0.012
"""Roughness; 99.9 % of real spectra have more."""
TOO_SMOOTH = (
    "too smooth for an infrared spectrum: broad bands alone, as of water, of an empty beam, or in UV/Vis; nothing is "
    "said of any group; is it the right file, and the sample dry?"
)
NO_BANDS = (
    "nothing stands out to one side as bands do: noise that was smoothed, a drift, a step or a wave; nothing is said "
    "of any group"
)
WRONG_WAY = (
    "most of the range absorbs and bands point the wrong way, as when absorbance is taken for transmittance or a "
    "spectrum stands upside down; nothing is said of any group; is the ordinate right (--y-units)?"
)
NOISIEST = 0.02
"""Noise from point to point of the grid, as a share of the span of the transmittance; all 12,605 real ones have less.
"""
COARSEST = 0.02
"""What ordinates may be rounded to, as a share of the span; beyond it one group of fifty and more is lost."""
_FEWEST_ROUNDED, _BESIDE_STEP, _ON_STEPS = 200, 0.1, 0.9
"""Points from which it is told, how far beside a multiple of the step an ordinate may lie, and how many lie nearer.
"""
_FEWEST_QUIET = 30
"""Points from which it is told."""
ONLY_AIR = (
    "little more than the bands of water vapour and carbon dioxide; nothing is said of any group; is there a sample in "
    "the beam?"
)
UNTOLD = frozenset({TOO_SMOOTH, NO_BANDS, WRONG_WAY, ONLY_AIR})
"""Doubts after which no answer is left."""
LEAST_ONE_SIDED = 0.3
"""Skewness of what stands out, in absorbance and in transmittance; 99.1 % of real spectra have more in both."""
MOST_EVEN, STRETCH, FEWEST_STRETCHES = 0.2, 60, 7
"""Spread of what stands out in the quietest stretch of so many points of the grid, as a share of the spread in all of
them, noise from point to point left out; asked of so many stretches. Noise that was smoothed has about as much
everywhere, even if it was cut off at the base line; 99.95 % of real spectra have less."""
MOST_WAVE = 0.7
"""Of the spread of what stands out, that of fringes: beyond it there is nothing but them."""
LEAST_STANDING, NONE_STANDING = 0.25, 0.12
"""Share of the spread of absorbance that stands out; 99.6 % and 99.99 % of real spectra have more."""
SURROUNDINGS = 100.0
"""cm⁻¹ on either side, from the mean of which a band stands out."""
SHORTEST = 1000.0
"""cm⁻¹ that must have been measured for it to be asked: a short stretch may be one side of a band."""
DEEPEST_DIP = 0.3
"""Of the absorbance below its median, as a share of the span; 99.4 % of real spectra have less."""
MOST_AIR, LEAST_STRETCH, LEAST_DIOXIDE = 0.75, 0.15, 0.5
"""Share of all absorption that lies where water vapour and carbon dioxide absorb, if that of the O–H stretch of vapour
or of the C=O stretch of carbon dioxide is beyond the others: nitro groups and acids absorb where vapour bends, but not
above. The first says nothing where the bend was not measured: acids as gases stretch there too."""
SHARPEST, FEWEST_BANDS = 0.28, 12
"""Roughness and number of bands: few and sharp ones are lines; 0.2 % of real spectra have such, gases of few atoms."""
_BEND, _STRETCH, _DIOXIDE, _DIOXIDES_BEND = (1300.0, 2000.0), (3450.0, 4000.0), (2280.0, 2400.0), (640.0, 700.0)
"""cm⁻¹ of water vapour and of carbon dioxide."""
_REMEMBERED = 64
"""Numbers of points for which the lines that are taken off are kept: of a collection most spectra have the same."""
_NANOMETRES = 1900.0, 6000.0, 26_000.0
"""From above the first to between the others go wavelengths of the mid infrared in nm, hardly a spectrum in cm⁻¹."""
_NEAR_INFRARED = 3400.0, 13_000.0
"""But in cm⁻¹ spectra of the near infrared begin above the first and end below the other."""
_MICROMETRES = 60.0
"""Below which wavelengths of the infrared lie, and no wavenumbers of it."""
_SHIFTS = 180.0
"""cm⁻¹ that Raman spectra reach below and infrared ones hardly ever: of 12,622 of NIST one."""
_DARK = 0.02
_LOWEST = 1e-3


def examine(spectrum: Spectrum, grid: Grid = INFRARED) -> list[str]:
    """Why a spectrum may not be what it is taken for, a sentence each; none as a rule.

    Args:
        grid: of the network that is to be asked.

    Raises:
        SpectrumError: it says nothing of a compound: too few points, too narrow a range, wavelengths for wavenumbers,
            no light, a flat line, a bare slope, or noise.
    """
    x, where = spectrum.wavenumber, f"{spectrum.source or 'the spectrum'}: nothing to go by"
    inside = (x >= grid.first) & (x <= grid.last)
    _require_points(spectrum, grid, inside, where)
    row = resample(spectrum)
    known = row[np.isfinite(row)]
    if (covered := known.size * INFRARED.spacing) < NARROWEST:
        raise SpectrumError(f"{where}: {covered:.0f} cm⁻¹ were measured; at least {NARROWEST:g} are needed")
    absorbance = _absorbance(known)
    in_percent = "percent" in (spectrum.y_units, y_kind(spectrum.y_units))
    if known.max() < (_DARK if in_percent else _LOWEST):
        fraction = 2 * np.median(known) > known.max()  # most of a range does not absorb
        other = ("transmittance" if fraction else "absorbance") if in_percent else "percent"
        raise SpectrumError(f"{where}: no light comes through anywhere; is the ordinate {other} (--y-units {other})?")
    if (span := float(np.ptp(absorbance))) < FLATTEST:
        raise SpectrumError(f"{where}: a flat line, whose absorbance varies by {span:.1g}")
    rest = _without_base_line(absorbance)
    bent = _without_base_line(known)  # a line that is bent in transmittance is bent otherwise in absorbance
    if rest.std() < STRAIGHTEST * span or bent.std() < STRAIGHTEST * np.ptp(known):
        raise SpectrumError(
            f"{where}: a slope beside which bands count for nothing; if it has any, take off its base line"
        )
    rough = roughness(rest)
    own = _without_base_line(_absorbance(spectrum.transmittance[inside]))
    # The file's own points show noise that a finer grid would smooth, the grid what a finer file would hide. Sharp
    # lines of a gas are rough too, but stand up from the base line.
    if rough > ROUGHEST or (roughness(own) > ROUGHEST and _skew(own) < MOST_SKEWED):
        raise SpectrumError(
            f"{where}: noise without a band (roughness {max(rough, roughness(own)):.2f}; white noise has 1)"
        )
    wave = fringes(row)
    coarse = _rounding(spectrum.transmittance[inside])
    return [*_shifts(float(x[0])), *coarse, *_disturbances(row, wave), *_doubts(row, absorbance, rough, wave)]


def _require_points(spectrum: Spectrum, grid: Grid, inside: np.ndarray, where: str) -> None:
    """Refuses too few points within a grid, which `inside` [points] marks, or such as lie too far apart or are in nm.

    Raises:
        SpectrumError: saying so, after `where`.
    """
    x = spectrum.wavenumber
    micrometres = x.min() > 1 and x.max() < _MICROMETRES and x_kind(spectrum.x_units) == "wavenumber"
    if (points := int(inside.sum())) < FEWEST_POINTS:
        raise SpectrumError(
            f"{where}: {points} points from {grid.first:g} to {grid.last:g} cm⁻¹; at least {FEWEST_POINTS} are needed "
            f"(its abscissa was read as {spectrum.x_units or 'wavenumber'}, {x.min():.4g} to {x.max():.4g} cm⁻¹"
            + ("; is it in µm? they are 10,000 / µm)" if micrometres else ")")
        )
    lowest, least_high, highest = _NANOMETRES
    near = x.min() > _NEAR_INFRARED[0] and x.max() < _NEAR_INFRARED[1]
    if x.min() > lowest and least_high < x.max() < highest and not near and x_kind(spectrum.x_units) == "wavenumber":
        raise SpectrumError(
            f"{where}: {x.min():.0f} to {x.max():.0f} cm⁻¹, as wavelengths in nm of the infrared would read; "
            "is the abscissa in nm? if not, leave out what lies beyond 4000 cm⁻¹"
        )
    apart = np.diff(x[inside])
    if np.median(apart) > WIDEST_GAP and apart[apart <= WIDEST_GAP].sum() < NARROWEST:
        raise SpectrumError(
            f"{where}: its points lie {np.median(apart):.0f} cm⁻¹ apart; across more than {WIDEST_GAP:g} nothing "
            "counts as measured"
        )


def _shifts(first: float) -> list[str]:
    """Whether a spectrum that begins there, in cm⁻¹, may be one of Raman scattering."""
    if first >= _SHIFTS:
        return []
    return [
        f"begins at {first:.0f} cm⁻¹, as Raman spectra do and infrared ones hardly ever; of Raman scattering nothing "
        "that is said here holds"
    ]


def _rounding(transmittance: np.ndarray) -> list[str]:
    """Whether the ordinates that a file holds were rounded so far that bands are lost."""
    levels = np.unique(transmittance.round(9))
    if transmittance.size < _FEWEST_ROUNDED or levels.size > 1 + 1 / COARSEST:  # some lie nearer than that then
        return []
    step = max(_step(levels), _step(np.unique(_absorbance(levels).round(9))))
    if not step > COARSEST:
        return []
    return [
        f"coarsely rounded: its ordinates are {100 * step:.0f} % of the strongest band apart, between which weak bands "
        "are lost; export more decimals"
    ]


def _step(levels: np.ndarray) -> float:
    """What ascending values were rounded to, as a share of their span; 0 where they are no multiples of anything."""
    if levels.size < 2:
        return 0.0
    step = np.diff(levels).min()
    steps = (levels - levels[0]) / step
    rounded = np.mean(np.abs(steps - steps.round()) < _BESIDE_STEP) > _ON_STEPS
    return float(step / np.ptp(levels)) if rounded else 0.0


def _disturbances(row: np.ndarray, wave: tuple[float, float] | None) -> list[str]:
    """What lies over the bands of a spectrum on the grid: fringes, else noise, which they would be taken for."""
    if wave:
        return [
            f"interference fringes, a wave every {wave[1]:.0f} cm⁻¹ of {100 * wave[0]:.1f} % of the strongest band, "
            "which pass for bands and hide them; measure a wedged or roughened film, or remove them in the "
            "instrument's software"
        ]
    if (shaken := _noise(row)) > NOISIEST:
        return [
            f"noisy: from point to point by {100 * shaken:.0f} % of the strongest band, in which weak bands are lost "
            "and seen where there are none; measure longer, or more substance"
        ]
    return []


def _doubts(row: np.ndarray, absorbance: np.ndarray, rough: float, wave: tuple[float, float] | None) -> list[str]:
    """What a spectrum on the grid may be instead of that of a compound; its absorbance where it was measured."""
    found = []
    at, known = INFRARED.values[np.isfinite(row)], row[np.isfinite(row)]
    lowest, low, middle = _quantiles(absorbance, (0.002, 0.05, 0.5))
    if _skew(absorbance) < LEAST_SKEW:
        found.append(WRONG_WAY)
    elif (dark := float((known < _DARK).mean())) > MOST_SATURATED:
        found.append(f"saturated: no light comes through in {100 * dark:.0f} % of the range; measure a thinner sample")
    elif middle - lowest > DEEPEST_DIP * np.ptp(absorbance):
        found.append(
            "bands point both ways, as in reflectance, a difference of two spectra, or on a broad background; convert "
            "or correct it in the instrument's software"
        )
    if rough < SMOOTHEST:
        found.append(TOO_SMOOTH)
    elif known.size * INFRARED.spacing > SHORTEST and _bandless(known, absorbance, wave):
        found.append(NO_BANDS)
    if rough > SHARPEST and _bands(absorbance) < FEWEST_BANDS:
        found.append(
            "a few sharp lines on a level line, as in NMR or of a gas of few atoms; hardly any compound has those"
        )
    if _only_air(at, np.maximum(absorbance - low, 0)):
        found.append(ONLY_AIR)
    return found


def _only_air(at: np.ndarray, absorbed: np.ndarray) -> bool:
    """Whether nearly all that is absorbed, at each wavenumber, is absorbed by water vapour and carbon dioxide."""
    bend, stretch, dioxide, dioxides_bend = (
        absorbed[(at >= low) & (at < high)].sum() / max(absorbed.sum(), np.finfo(float).tiny)
        for low, high in (_BEND, _STRETCH, _DIOXIDE, _DIOXIDES_BEND)
    )
    witness = (stretch > LEAST_STRETCH and at[0] < _BEND[0]) or dioxide > LEAST_DIOXIDE
    return bool(bend + stretch + dioxide + dioxides_bend > MOST_AIR and witness)


def _bandless(known: np.ndarray, absorbance: np.ndarray, wave: tuple[float, float] | None) -> bool:
    """Whether hardly anything stands out, as much of it everywhere, or as much downwards as upwards.

    Args:
        wave: what `fringes` found: they are everywhere, and bands may stand on them.
    """
    up, down = _standing(absorbance), -_standing(known)
    share = float(up.std() / absorbance.std())
    one_sided = min(_skew(up), _skew(down)) > LEAST_ONE_SIDED
    if share < NONE_STANDING or (share < LEAST_STANDING and not one_sided):
        return True
    if wave:
        return float(wave[0] * np.ptp(known) / np.sqrt(2)) > MOST_WAVE * float(down.std())
    return _evenness(up) > MOST_EVEN


def _evenness(standing: np.ndarray) -> float:
    """The least spread of any stretch as a share of that of all; 0 of a range too short to tell."""
    if (stretches := standing.size // STRETCH) < FEWEST_STRETCHES:
        return 0.0
    parts = standing[: stretches * STRETCH].reshape(stretches, STRETCH)
    spread = np.maximum(parts.var(axis=1) - np.mean(np.diff(parts, 2) ** 2, axis=1) / 6, 0.0)
    return float(np.sqrt(spread.min() / max(spread.mean(), np.finfo(float).tiny)))


def _standing(curve: np.ndarray) -> np.ndarray:
    """A curve less the mean of what surrounds each point."""
    reach = round(SURROUNDINGS / INFRARED.spacing)
    sums = np.cumsum(np.concatenate(([0.0], np.full(reach, curve[0]), curve, np.full(reach, curve[-1]))))
    width = 2 * reach + 1
    return curve - (sums[width:] - sums[:-width]) / width


def _quantiles(values: np.ndarray, shares: tuple[float, ...]) -> np.ndarray:
    """As `np.quantile`, which takes several times as long for a few hundred values."""
    return np.interp(np.multiply(shares, values.size - 1), np.arange(values.size), np.sort(values))


def _skew(curve: np.ndarray) -> float:
    """How far the values reach above their mean rather than below it."""
    apart = curve - curve.mean()
    squared = apart * apart
    spread = float(squared.mean()) ** 0.5
    return float(squared @ apart) / apart.size / spread**3 if spread else 0.0


def _bands(absorbance: np.ndarray) -> int:
    """Maxima that stand out of the noise."""
    smooth = np.convolve(absorbance, np.ones(5) / 5, "same")
    rises = np.diff(smooth) > 0
    high = smooth[1:-1] > smooth.min() + 0.03 * np.ptp(smooth)
    return int((rises[:-1] & ~rises[1:] & high).sum())


def _noise(row: np.ndarray) -> float:
    """Standard deviation of what changes from point to point where next to no bands lie, as a share of the span."""
    changes = np.diff(np.where(quiet_points(), row, np.nan).astype(np.float64), 2)
    known = np.abs(changes[np.isfinite(changes)])
    if known.size < _FEWEST_QUIET:
        return 0.0
    return float(np.median(known) / 0.6745 / np.sqrt(6) / (np.nanmax(row) - np.nanmin(row)))


def roughness(curve: np.ndarray) -> float:
    """How much of a curve is noise from point to point: 1 for white noise, near 0 for smooth bands."""
    spread = float(curve.std())
    return float(np.sqrt(np.mean(np.diff(curve, 2) ** 2) / 6) / spread) if spread and len(curve) > 2 else 0.0


def _absorbance(transmittance: np.ndarray) -> np.ndarray:
    return -np.log10(np.clip(transmittance.astype(np.float64), _LOWEST, None))


def _without_base_line(curve: np.ndarray) -> np.ndarray:
    """The curve less the parabola that fits it best."""
    lines = _lines(curve.size)
    return curve - (curve @ lines.T) @ lines


@lru_cache(_REMEMBERED)
def _lines(points: int) -> np.ndarray:
    """A constant, a slope and a bend, orthonormal."""
    slope = np.linspace(-1, 1, points)
    bend = slope**2 - np.mean(slope**2)  # orthogonal to the slope by its evenness
    return np.stack([line / np.sqrt(line @ line) for line in (np.ones(points), slope, bend)])
