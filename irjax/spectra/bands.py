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
OFTEN_MISSING = 700.0
"""cm⁻¹."""


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


def looked_at(
    names: tuple[str, ...], measured: Bool[np.ndarray, " points"], grid: Grid
) -> tuple[Bool[np.ndarray, " groups"], Bool[np.ndarray, " groups"]]:
    """Whether any band of each group was measured, and whether all were; true of a group that the table does not know.

    Bands that begin below OFTEN_MISSING may be missing from all: few instruments show them.

    Args:
        measured: where on the grid.
    """
    bands = group_frequencies()
    seen = _coverage(grid) @ measured >= ENOUGH
    some = {band.group for band, looked in zip(bands, seen, strict=True) if looked}
    missing = {band.group for band, looked in zip(bands, seen, strict=True) if not looked and band.low >= OFTEN_MISSING}
    known = {band.group for band in bands}
    any_seen = np.array([name in some or name not in known for name in names])
    return any_seen, any_seen & np.array([name not in missing for name in names])


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
