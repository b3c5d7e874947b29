"""Where groups absorb: the group frequencies that chemists read by.

The ranges are those of J. Coates, "Interpretation of Infrared Spectra, A Practical Approach" (Encyclopedia of
Analytical Chemistry, 2000) and of the tables that it draws on, some cm-1 wider for what rings, conjugation and phases
do.
"""

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from jaxtyping import Bool

from irjax.spectra.grid import Grid

ENOUGH = 0.6
"""Share of a band that must have been measured for it to count as looked at."""


@dataclass(frozen=True)
class Band:
    """A group frequency."""

    group: str
    low: float
    """cm⁻¹."""
    high: float
    vibration: str


@cache
def group_frequencies() -> tuple[Band, ...]:
    """All that the table holds."""
    with files("irjax").joinpath("assets/bands.csv").open(encoding="utf-8") as file:
        return tuple(
            Band(row["group"], float(row["low"]), float(row["high"]), row["vibration"]) for row in csv.DictReader(file)
        )


def looked_at(names: tuple[str, ...], measured: Bool[np.ndarray, " points"], grid: Grid) -> Bool[np.ndarray, " groups"]:
    """Whether any band of each group was measured; true of a group that the table does not know.

    Args:
        measured: where on the grid.
    """
    bands = group_frequencies()
    shares = _coverage(grid) @ measured
    seen = {band.group for band, share in zip(bands, shares, strict=True) if share >= ENOUGH}
    known = {band.group for band in bands}
    return np.array([name in seen or name not in known for name in names])


@lru_cache
def _coverage(grid: Grid) -> np.ndarray:
    """What makes of a mask on the grid the share of each band that it covers, [bands, points]."""
    x = grid.values
    within = np.stack([(x >= band.low) & (x <= band.high) for band in group_frequencies()])
    return within / np.maximum(within.sum(axis=1, keepdims=True), 1)


def known_at(group: str, low: float, high: float) -> Band | None:
    """The group's frequency that a stretch of the spectrum falls on: the one it overlaps most, if any."""
    best, most = None, 0.0
    for band in group_frequencies():
        overlap = min(high, band.high) - max(low, band.low)
        if band.group == group and overlap > most:
            best, most = band, overlap
    return best
