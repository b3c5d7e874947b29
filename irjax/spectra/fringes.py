"""Interference fringes: the wave that light reflected within a film or a cell lays under a spectrum.

A film of thickness d and refractive index n gives waves 1 / (2 n d) apart. They are looked for where compounds have
next to no bands, as the sine wave that explains most of what parabolas leave there.
"""

from functools import cache

import numpy as np

from irjax.spectra.grid import INFRARED

QUIET = (((1850.0, 2250.0), (2420.0, 2700.0)), ((2010.0, 2270.0), (2400.0, 2780.0)))
"""cm⁻¹; carbon dioxide lies between the two ranges of a pair, and below the second pair the overtones of arenes."""
PERIODS = 15.0, 150.0
"""cm⁻¹; of films and cells from about 200 down to 20 µm. Longer waves are told from a base line by nothing."""
LEAST_EXPLAINED = 0.6
"""Of the variance in the quiet ranges."""
WEAKEST = 0.0075
"""Amplitude, as a share of the span of the transmittance. 0.1 % of the 12,605 real spectra reach both limits."""
_TRIED = 3
"""Waves per resolved one."""


def fringes(row: np.ndarray) -> tuple[float, float] | None:
    """Amplitude, as a share of the span, and period in cm⁻¹ of the fringes of a spectrum; None where it has none.

    Args:
        row: transmittance on the grid `INFRARED`, NaN where nothing was measured.
    """
    span = float(np.nanmax(row) - np.nanmin(row))
    for at in range(len(QUIET)):
        quiet, lines, waves, periods = _waves(at)
        y = row[quiet].astype(np.float64)
        if not np.isfinite(y).all():
            continue
        y -= lines @ (lines.T @ y)
        explained = ((waves @ y) ** 2).reshape(-1, 2).sum(axis=1)
        best = int(explained.argmax())
        amplitude = float(np.sqrt(2 * explained[best] / y.size)) / span
        if explained[best] >= LEAST_EXPLAINED * float(y @ y) and amplitude >= WEAKEST:
            return amplitude, float(periods[best])
    return None


def quiet_points() -> np.ndarray:
    """Which points of the grid `INFRARED` lie where next to no bands do, bool [points]."""
    return _waves(0)[0]


@cache
def _waves(pair: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Which points are quiet, orthonormal parabolas of each range, pairs of waves free of them, and their periods."""
    within = [(low <= INFRARED.values) & (high >= INFRARED.values) for low, high in QUIET[pair]]
    quiet = np.logical_or(*within)
    x = INFRARED.values[quiet]
    parabolas = [part[quiet] * ((x - x[part[quiet]].mean()) / 200.0) ** power for part in within for power in range(3)]
    lines = np.linalg.qr(np.stack(parabolas, axis=1))[0]
    shortest, longest = PERIODS
    frequencies = np.arange(1 / longest, 1 / shortest, 1 / np.ptp(x) / _TRIED)
    turns = 2 * np.pi * frequencies[:, None] * x
    waves = np.stack([np.cos(turns), np.sin(turns)], axis=2)  # [waves, points, 2]
    waves -= lines @ (lines.T @ waves)
    return quiet, lines, np.linalg.qr(waves)[0].transpose(0, 2, 1).reshape(-1, x.size), 1 / frequencies
