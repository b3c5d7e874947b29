"""A spectrum on the grid that the networks see."""

import numpy as np

from irjax.spectra.grid import INFRARED, Grid
from irjax.spectra.spectrum import Spectrum, SpectrumError

WIDEST_GAP = 20.0
"""cm⁻¹; wider gaps between a file's points stay gaps."""


def resample(spectrum: Spectrum, grid: Grid = INFRARED) -> np.ndarray:
    """Transmittance on a grid, float32 [points]; NaN outside the measured range and in wide gaps; not clipped.

    A file sampled at least twice as finely as the grid is averaged over the bin around each grid point, so that no
    band falls between two of them; a coarser one is interpolated linearly, as in the paper's SI.

    Raises:
        SpectrumError: no grid point lies within the measured range.
    """
    at = grid.values
    x, y = spectrum.wavenumber, spectrum.transmittance
    spacing = np.diff(x)
    wide = np.flatnonzero(spacing > WIDEST_GAP)
    # The stretches between wide gaps, and for each grid point the one it may lie in.
    starts, ends = x[np.concatenate(([0], wide + 1))], x[np.concatenate((wide, [-1]))]
    stretch = np.clip(np.searchsorted(starts, at, side="right") - 1, 0, starts.size - 1)
    room = np.minimum(at - starts[stretch], ends[stretch] - at)
    values = np.interp(at, x, y)
    half = grid.spacing / 2
    if 2 * np.count_nonzero(spacing <= half) >= spacing.size:
        # The integral of the straight lines between points, from the first point up to each point. A bin shrinks
        # alike on both sides where its stretch ends, so that its middle stays the grid point.
        area = np.concatenate(([0.0], np.cumsum(spacing * (y[1:] + y[:-1]) / 2)))
        reach = np.clip(room, 0, half)
        total = _integral(at + reach, x, y, area) - _integral(at - reach, x, y, area)
        np.divide(total, 2 * reach, out=values, where=reach > 1e-6)
    values[room < 0] = np.nan
    if np.isnan(values).all():
        raise SpectrumError(
            f"{spectrum.source}: measured from {x[0]:.6g} to {x[-1]:.6g} cm⁻¹ at {x.size} points; "
            f"nothing of it lies on the grid from {grid.first:g} to {grid.last:g} cm⁻¹"
        )
    return values.astype(np.float32)


def _integral(at: np.ndarray, x: np.ndarray, y: np.ndarray, area: np.ndarray) -> np.ndarray:
    """The integral of the straight lines through (x, y) from x[0] to each of `at`."""
    after = np.clip(np.searchsorted(x, at), 1, x.size - 1)
    before = after - 1
    step = at - x[before]
    slope = (y[after] - y[before]) / (x[after] - x[before])
    return area[before] + step * (y[before] + slope * step / 2)
