"""A base line that runs up or down beneath the bands, as scattering, a wedge or a bad contact leave it.

A network brings each spectrum to a scale of its own, on which a slope as high as the bands leaves these half of it. Of
the spectra that those which ship have learned 1.5 % have such; other instruments often do.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from irjax.spectra.grid import INFRARED, Grid
from irjax.spectra.spectrum import Spectrum

STEEP = 0.3
"""Of the strongest band, by how much a base line must rise or fall: levelling mends answers where that is foreign, and
costs nothing that shows in the few spectra of the collection that have such (`scripts/try_distortions.py`)."""
SHORTEST = 1000.0
"""cm⁻¹ that must have been measured: a short stretch may be one side of a band."""
WINDOW = 50.0
"""cm⁻¹, the lowest point of which may be of the base line."""
OFTEN = 0.1
"""Share of the spectra that a network learned, beyond which it knows steep base lines as they are."""
MOST_ASKED = 400
"""Spectra of a dataset from which that share is reckoned."""
FAINTEST = 0.002
"""Absorbance of the strongest band, below which there is none."""
_END = 0.1
"""Share of the range at either end, whose lowest points tell how far the base line runs."""
_LOWEST = 1e-4
"""Transmittance, less of which is no more absorbance."""


def levelled(spectrum: Spectrum) -> Spectrum:
    """The spectrum without its base line, and with a warning, if that is steep and bands stand on it."""
    x = spectrum.wavenumber
    inside = (x >= INFRARED.first) & (x <= INFRARED.last)
    if not inside.any() or np.ptp(at := x[inside]) < SHORTEST:
        return spectrum
    absorbance = -np.log10(np.maximum(spectrum.transmittance[inside], _LOWEST))
    end = _END * np.ptp(at)
    run = abs(absorbance[at <= at[0] + end].min() - absorbance[at >= at[-1] - end].min())
    if run < STEEP * (np.ptp(absorbance) - run):  # no band is higher than that
        return spectrum
    rest = absorbance - base_line(at, absorbance)
    if rest.max() < FAINTEST or run < STEEP * rest.max():
        return spectrum
    transmittance = spectrum.transmittance.copy()
    transmittance[inside] = 10**-rest
    warning = (
        f"its base line rises or falls by {100 * run / rest.max():.0f} % of the strongest band; it was taken off, and "
        "broad bands may have gone with it"
    )
    return replace(spectrum, transmittance=transmittance, warnings=(*spectrum.warnings, warning))


def share_steep(values: Float[np.ndarray, "n points"], grid: Grid) -> float:
    """Of some of these spectra, transmittance on a grid with NaN for gaps, the share that would be levelled."""
    some = values[:: max(len(values) // MOST_ASKED, 1)]
    steep = 0
    for row in some:
        known = np.isfinite(row)
        spectrum = Spectrum(grid.values[known], row[known].astype(np.float64))
        steep += levelled(spectrum) is not spectrum
    return steep / max(len(some), 1)


def base_line(x: Float[np.ndarray, " points"], y: Float[np.ndarray, " points"]) -> Float[np.ndarray, " points"]:
    """The rubber band below a curve: the highest line that bends upwards alone, below the lowest point of each window.

    Args:
        x: cm⁻¹, ascending.
        y: absorbance.
    """
    window = ((x - x[0]) // WINDOW).astype(int)
    firsts = np.flatnonzero(np.diff(window, prepend=-1))
    lowest = np.lexsort((y, window))[firsts].tolist()  # sorted by height within each window
    knots: list[int] = []
    for at in lowest:
        while len(knots) > 1 and _bends_down(x, y, knots[-2], knots[-1], at):
            knots.pop()
        knots.append(at)
    line = np.interp(x, x[knots], y[knots])
    for side, inner, beyond in ((knots[0], knots[:2], x < x[knots[0]]), (knots[-1], knots[-2:], x > x[knots[-1]])):
        if len(inner) == 2:  # the line goes on as it runs up to the end
            line[beyond] = y[side] + (x[beyond] - x[side]) * np.diff(y[inner]) / np.diff(x[inner])
    return line


def _bends_down(x: np.ndarray, y: np.ndarray, first: int, middle: int, last: int) -> bool:
    return bool((x[middle] - x[first]) * (y[last] - y[first]) <= (y[middle] - y[first]) * (x[last] - x[first]))
