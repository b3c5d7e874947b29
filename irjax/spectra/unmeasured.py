"""Stretches of a file at which nothing was measured, though it has numbers there.

A window, a solvent or a thick sample lets no light through at an end of the range, or the detector sees none there,
which would pass for bands; software draws a straight line, or zeros, over what it cut out, which would pass for the
absence of bands.
"""

from dataclasses import replace

import numpy as np

from irjax.spectra.grid import INFRARED, Grid
from irjax.spectra.spectrum import Spectrum
from irjax.spectra.units import y_kind

DARK = 0.02
"""Transmittance, on the mean of a few points, below which there is no light."""
DUSKY = 0.1
"""Transmittance of a point beside such a stretch that belongs to it."""
_EVENED = 9
"""Points of that mean."""
NOISY, IMPOSSIBLE = 0.05, (-0.05, 1.1)
"""Change of transmittance from point to point, on such a mean, that no bands of a sample make where it also leaves
these."""
SHORTEST_END = 30.0
"""cm⁻¹ of an end of the range."""
BROADEST, BROAD_FROM = 150.0, 2400.0
"""cm⁻¹ that no band of a sample is broad, but for those of O–H and N–H, which lie beyond the second figure."""
SHORTEST_LINE, FEWEST_POINTS, MOST_LINES = 60.0, 20, 3
"""cm⁻¹ and points of a straight line, and how many there are at most."""
BY_CHANCE, SHARE = 20.0, 0.25
"""cm⁻¹ of every other line, or its share of those: a chart that was drawn point by point has many of all lengths."""
SHORTEST_LEFT = 500.0
"""cm⁻¹ that must be left of a spectrum."""
COARSEST = 2e-3
"""Step that ordinates are rounded to, beyond which a level stretch looks like a line."""
_EXACT, _NOISELESS, _BESIDE = 1e-9, 1e-5, 3
"""Of ordinates: what is equal, what only computed curves are free of, and in how many points beside a line it shows."""
_FAINTEST = 1e-6
"""Transmittance, the least of which an absorbance is taken."""
DARKEST, WIDEST_BAND = 0.01, 60.0
"""Transmittance, and cm⁻¹ beyond which a stretch of no light within the range hides other bands than the one it is."""

Stretch = tuple[int, int]
"""The first point, and the one after the last."""


def without_unmeasured(spectrum: Spectrum) -> Spectrum:
    """The spectrum less what was not measured, with a warning for each such stretch.

    As it was if there is none, or if next to nothing would be left, as of a flat line.
    """
    kept = np.ones(spectrum.wavenumber.size, bool)
    found = []
    for why, stretches in (
        ("no light comes through", _dark(spectrum)),
        ("nothing but noise", _noisy_ends(spectrum)),
        ("software drew a straight line", _drawn_lines(spectrum)),
    ):
        for first, end in stretches:
            if kept[first:end].mean() > 0.5:  # else it was named already, as where zeros stand for no light
                found.append((why, (first, end)))
            kept[first:end] = False
    left = np.diff(spectrum.wavenumber)[kept[1:] & kept[:-1]].sum()
    if kept.all() or left < SHORTEST_LEFT:
        return spectrum
    return replace(
        spectrum,
        wavenumber=spectrum.wavenumber[kept],
        transmittance=spectrum.transmittance[kept],
        warnings=(
            *spectrum.warnings,
            *(f"{why} {_between(spectrum, each)}: taken for not measured" for why, each in found),
        ),
    )


def without_light(row: np.ndarray, grid: Grid) -> np.ndarray:
    """Where a spectrum has no light over more than a band is wide, bool [points].

    Args:
        row: transmittance on the grid, [points] with NaN for gaps.
    """
    found = np.zeros(row.size, bool)
    for first, end in runs(row < DARKEST):
        found[first:end] = (end - first) * grid.spacing >= WIDEST_BAND
    return found


def runs(true: np.ndarray) -> list[Stretch]:
    """Stretches throughout which something is true, bool [points]."""
    changes = np.diff(np.concatenate(([False], true, [False])).astype(np.int8))
    return list(zip(np.flatnonzero(changes > 0).tolist(), np.flatnonzero(changes < 0).tolist(), strict=True))


def _between(spectrum: Spectrum, stretch: Stretch) -> str:
    first, end = stretch
    return f"from {spectrum.wavenumber[first]:.0f} to {spectrum.wavenumber[end - 1]:.0f} cm⁻¹"


def _ends(spectrum: Spectrum, blind: np.ndarray) -> list[Stretch]:
    """Ends of the range all of whose points are blind, bool [points]; none where most of the range is."""
    x, seen = spectrum.wavenumber, np.flatnonzero(~blind)
    if not seen.size or x[seen[-1]] - x[seen[0]] < (x[-1] - x[0]) / 2:
        return []
    ends = [(0, int(seen[0])), (int(seen[-1]) + 1, x.size)]
    return [(first, end) for first, end in ends if end > first and x[end - 1] - x[first] >= SHORTEST_END]


def _dark(spectrum: Spectrum) -> list[Stretch]:
    """Ends of the range at which no light comes through, and what is too broad to be one band of a sample."""
    if spectrum.transmittance.min() > DARK:  # as most: what follows takes ten times as long
        return []
    blind = _evened(spectrum.transmittance) < DARK
    blind |= (_evened(blind) > 0) & (spectrum.transmittance < DUSKY)  # its first and last points, which a mean has lost
    ends, x = _ends(spectrum, blind), spectrum.wavenumber
    inner = [
        (first, end)
        for first, end in runs(blind)
        if x[0] < x[first] and x[end - 1] < BROAD_FROM and x[end - 1] - x[first] >= BROADEST
    ]
    return ends + inner


def _noisy_ends(spectrum: Spectrum) -> list[Stretch]:
    """Ends of the range that a detector does not see: noise that goes where no transmittance is."""
    light, (low, high) = spectrum.transmittance, IMPOSSIBLE
    if light.min() >= low and light.max() <= high:
        return []
    jitter = _evened(np.abs(np.pad(np.diff(light, 2), 1, mode="edge"))) / np.sqrt(6)
    return [
        (first, end)
        for first, end in _ends(spectrum, jitter > NOISY)
        if light[first:end].min() < low or light[first:end].max() > high
    ]


def _evened(curve: np.ndarray) -> np.ndarray:
    """The mean of a few points around each."""
    return np.convolve(np.pad(curve, _EVENED // 2, mode="edge"), np.ones(_EVENED) / _EVENED, "valid")


def _drawn_lines(spectrum: Spectrum) -> list[Stretch]:
    """Straight lines, in the ordinate that the file has, in a curve that else has none."""
    first, end = np.searchsorted(spectrum.wavenumber, (INFRARED.first, INFRARED.last))
    x, curve = spectrum.wavenumber[first:end], spectrum.transmittance[first:end]
    if x.size < FEWEST_POINTS:
        return []
    if y_kind(spectrum.y_units) == "absorbance":
        curve = -np.log10(np.maximum(curve, _FAINTEST))
    lines = _lines(x, curve)
    lengths = [*(x[last - 1] - x[start] for start, last in lines), 0.0]
    for count in range(min(MOST_LINES, len(lines)), 0, -1):
        shortest, (start, last) = lengths[count - 1], lines[count - 1]
        if shortest < SHORTEST_LINE or last - start < FEWEST_POINTS:
            continue
        if lengths[count] <= max(BY_CHANCE, SHARE * shortest):
            return sorted((int(first) + start, int(first) + last) for start, last in lines[:count])
    return []


def _lines(x: np.ndarray, curve: np.ndarray) -> list[Stretch]:
    """Stretches on which a curve runs straight, as far as its rounding tells, beyond BY_CHANCE, the longest first."""
    rises, widths = np.diff(curve), np.diff(x)
    steps = np.abs(rises)
    step = float(steps[steps > _EXACT].min(initial=1.0))
    if step > COARSEST:
        return []
    bends = np.abs(np.diff(rises / widths)) * np.minimum(widths[:-1], widths[1:])
    turns = np.concatenate(([0], np.flatnonzero(bends > 2 * step + _EXACT) + 1, [x.size - 1]))
    abrupt = max(2 * step, _NOISELESS)
    found = []
    for at in np.flatnonzero(np.diff(x[turns]) > BY_CHANCE):
        first, last = int(turns[at]), int(turns[at + 1])
        chord = np.interp(x[first : last + 1], x[[first, last]], curve[[first, last]])
        outside = bends[max(first - _BESIDE, 0) : first], bends[last - 1 : last - 1 + _BESIDE]
        if np.abs(curve[first : last + 1] - chord).max() > step + _EXACT:
            continue
        if all(beside.max() > abrupt for beside in outside if beside.size):  # else a level into which a curve runs out
            found.append((first, last + 1))  # with the points that it was drawn between
    return sorted(found, key=lambda each: x[each[0]] - x[each[1] - 1])
