"""Interference fringes: the wave that light reflected within a film or a cell lays under a spectrum.

A film of thickness d and refractive index n gives waves 1 / (2 n d) apart. They are looked for where compounds have
next to no bands, as the sine wave that explains most of what a parabola leaves there.
"""

from functools import cache

import numpy as np
from jaxtyping import Float

from irjax.spectra.grid import INFRARED

QUIET = ((1850.0, 2250.0), (2420.0, 2700.0))
"""cm⁻¹; between them lies carbon dioxide."""
PERIODS = 15.0, 150.0
"""cm⁻¹; of films and cells from about 200 down to 20 µm. Longer waves are told from a base line by nothing."""
LEAST_EXPLAINED = 0.6
"""Of the variance in the quiet ranges."""
WEAKEST = 0.0075
"""Amplitude, as a share of the span of the transmittance. 0.04 % of the 12,605 real spectra reach both limits."""
_TRIED = 3
"""Waves per resolved one."""


def fringes(row: Float[np.ndarray, " points"]) -> tuple[float, float] | None:
    """Amplitude, as a share of the span, and period in cm⁻¹ of the fringes of a spectrum; None where it has none.

    Args:
        row: transmittance on the grid `INFRARED`, NaN where nothing was measured.
    """
    quiet, lines, waves, periods = _waves()
    y = row[quiet].astype(np.float64)
    if not np.isfinite(y).all():
        return None
    y -= lines @ (lines.T @ y)
    explained = ((waves @ y) ** 2).reshape(-1, 2).sum(axis=1)
    best, all_there_is = int(explained.argmax()), float(y @ y)
    amplitude = float(np.sqrt(2 * explained[best] / y.size)) / float(np.nanmax(row) - np.nanmin(row))
    if explained[best] < LEAST_EXPLAINED * all_there_is or amplitude < WEAKEST:
        return None
    return amplitude, float(periods[best])


@cache
def _waves() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Which points are quiet, orthonormal parabolas of each range, pairs of waves free of them, and their periods."""
    at = INFRARED.values
    within = [(at >= low) & (at <= high) for low, high in QUIET]
    quiet = np.logical_or.reduce(within)
    x = at[quiet]
    parts = [part[quiet] * ((x - np.mean(ends)) / 200.0) ** power for part, ends in zip(within, QUIET, strict=True)
             for power in range(3)]  # fmt: skip
    lines = np.linalg.qr(np.stack(parts, axis=1))[0]
    shortest, longest = PERIODS
    frequencies = np.arange(1 / longest, 1 / shortest, 1 / np.ptp(x) / _TRIED)
    turns = 2 * np.pi * frequencies[:, None] * x
    pairs = np.stack([np.cos(turns), np.sin(turns)], axis=2)  # [waves, points, 2]
    pairs -= lines @ (lines.T @ pairs)
    return quiet, lines, np.linalg.qr(pairs)[0].transpose(0, 2, 1).reshape(-1, x.size), 1 / frequencies
