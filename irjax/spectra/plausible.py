"""Whether a spectrum has anything to go by, and whether it looks like the infrared spectrum of a compound.

The limits were set on 12,605 measured spectra (NIST); docs/answers.md says how many of them each one touches.
"""

import numpy as np
from jaxtyping import Float

from irjax.spectra.grid import INFRARED, Grid
from irjax.spectra.resample import resample
from irjax.spectra.spectrum import Spectrum, SpectrumError

FEWEST_POINTS = 40
"""Of a file within the grid."""
NARROWEST = 250.0
"""cm⁻¹ that must have been measured."""
FLATTEST = 0.002
"""Absorbance between the lowest and the highest point; the weakest gas measured has 0.003."""
STRAIGHTEST = 0.03
"""What a straight or bent line leaves of the span, as a standard deviation; real spectra have 0.044 and more."""
ROUGHEST = 0.8
"""Roughness of the curve: 1 is white noise, 99.9 % of organic compounds have less than 0.6."""
LEAST_SKEW = 0.2
"""Of absorbance: bands rise from a base line. 99.5 % of real spectra have more than 0.44."""
MOST_SATURATED = 0.12
"""Share of the points where hardly any light comes through; 99.9 % of real spectra have less than 0.11."""
_DARK = 0.02
_LOWEST = 1e-3


def require_something_to_go_by(spectrum: Spectrum, grid: Grid = INFRARED) -> None:
    """Refuses what says nothing of a compound.

    Args:
        grid: of the network that is to be asked.

    Raises:
        SpectrumError: too few points, too narrow a range, a flat line, a bare slope, or noise.
    """
    x, where = spectrum.wavenumber, f"{spectrum.source or 'the spectrum'}: nothing to go by"
    inside = (x >= grid.first) & (x <= grid.last)
    if (points := int(inside.sum())) < FEWEST_POINTS:
        raise SpectrumError(
            f"{where}: {points} points from {grid.first:g} to {grid.last:g} cm⁻¹; at least {FEWEST_POINTS} are needed"
        )
    row = resample(spectrum)
    if (covered := int(np.isfinite(row).sum()) * INFRARED.spacing) < NARROWEST:
        raise SpectrumError(f"{where}: {covered:.0f} cm⁻¹ were measured; at least {NARROWEST:g} are needed")
    absorbance = _absorbance(row[np.isfinite(row)])
    if (span := float(np.ptp(absorbance))) < FLATTEST:
        raise SpectrumError(f"{where}: a flat line, whose absorbance varies by {span:.1g}")
    rest = _without_base_line(absorbance)
    if rest.std() < STRAIGHTEST * span:
        raise SpectrumError(f"{where}: a slope without a band")
    own = _without_base_line(_absorbance(spectrum.transmittance[inside]))
    # The file's own points show noise that a finer grid would smooth, the grid what a finer file would hide.
    if (rough := max(roughness(rest), roughness(own))) > ROUGHEST:
        raise SpectrumError(f"{where}: noise without a band (roughness {rough:.2f}; white noise has 1)")


def doubts(spectrum: Spectrum) -> list[str]:
    """Why a spectrum may not be what it is taken for, a sentence each; none as a rule."""
    row = resample(spectrum)
    known = row[np.isfinite(row)]
    absorbance = _absorbance(known)
    found = []
    spread = absorbance.std()
    skew = float((((absorbance - absorbance.mean()) / spread) ** 3).mean()) if spread else 0.0
    if skew < LEAST_SKEW:
        found.append(
            "most of the range absorbs and bands point the wrong way, as when absorbance is taken for transmittance or "
            "a spectrum stands upside down; is the ordinate right (--y-units)?"
        )
    elif (dark := float((known < _DARK).mean())) > MOST_SATURATED:
        found.append(f"saturated: no light comes through in {100 * dark:.0f} % of the range; measure a thinner sample")
    return found


def roughness(curve: Float[np.ndarray, " points"]) -> float:
    """How much of a curve is noise from point to point: 1 for white noise, near 0 for smooth bands."""
    spread = float(curve.std())
    return float(np.sqrt(np.mean(np.diff(curve, 2) ** 2) / 6) / spread) if spread and len(curve) > 2 else 0.0


def _absorbance(transmittance: np.ndarray) -> np.ndarray:
    return -np.log10(np.clip(transmittance.astype(np.float64), _LOWEST, None))


def _without_base_line(curve: np.ndarray) -> np.ndarray:
    """The curve less the parabola that fits it best."""
    along = np.linspace(-1, 1, len(curve))
    return curve - np.polyval(np.polyfit(along, curve, 2), along)
