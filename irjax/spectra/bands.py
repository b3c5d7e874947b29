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
from irjax.spectra.unmeasured import without_light

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
    names: tuple[str, ...], measured: Bool[np.ndarray, "*n points"], grid: Grid
) -> tuple[Bool[np.ndarray, "*n groups"], Bool[np.ndarray, "*n groups"]]:
    """Whether any band of each group was measured, and whether all were; true of a group that the table does not know.

    Bands that begin below OFTEN_MISSING may be missing from all: few instruments show them.

    Args:
        measured: where on the grid.
    """
    of_group, wanted = _members(names)
    seen = measured.astype(np.float32) @ _coverage(grid).T >= ENOUGH - 1e-6  # shares are rounded
    some = (seen @ of_group) | ~of_group.any(axis=0)
    return some, some & ~((~seen & wanted) @ of_group)


def seen(names: tuple[str, ...], values: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of which groups some bands were measured, of which all were, and of which all had light, bool [n, groups] each.

    Args:
        values: transmittance on the grid, [n, points] with NaN for gaps.
    """
    measured, dark = np.isfinite(values), np.stack([without_light(row, grid) for row in values])
    some, every = looked_at(names, measured, grid)
    lit = looked_at(names, measured & ~dark, grid)[1] if dark.any() else every
    return some, every, lit


def not_to_be_told(
    absent: Bool[np.ndarray, "*n groups"], some: Bool[np.ndarray, "*n groups"], every: Bool[np.ndarray, "*n groups"]
) -> Bool[np.ndarray, "*n groups"]:
    """What stays uncertain whatever a network says: a group of no band measured, and absence where one was not.

    Args:
        absent: which groups are said to be absent.
        some, every: as `looked_at` or `seen` gives them.
    """
    return ~some | (absent & ~every)


@lru_cache
def _members(names: tuple[str, ...]) -> tuple[Bool[np.ndarray, "bands groups"], Bool[np.ndarray, " bands"]]:
    """Whose each band is, and whether it must have been measured for its group to be called absent."""
    bands = group_frequencies()
    of_group = np.array([[band.group == name for name in names] for band in bands])
    return of_group, np.array([band.low >= OFTEN_MISSING for band in bands])


@lru_cache
def _coverage(grid: Grid) -> np.ndarray:
    """What makes of a mask on the grid the share of each band that it covers, [bands, points]."""
    x = grid.values
    within = np.stack([(x >= band.low) & (x <= band.high) for band in group_frequencies()])
    return (within / np.maximum(within.sum(axis=1, keepdims=True), 1)).astype(np.float32)


def known_at(group: str, low: float, high: float, strongest: float) -> Band | None:
    """The group's frequency that a stretch of the spectrum falls on, if any: the one it overlaps most.

    To brush one is not to fall on it: at least half of the narrower of both must overlap. And a stretch may be wide
    enough to hold a band and something stronger beside it, by whose name it must not be called.

    Args:
        strongest: where in the stretch most is absorbed, cm-1.
    """
    best, most = None, 0.0
    for band in group_frequencies():
        overlap = min(high, band.high) - max(low, band.low)
        falls_on = 2 * overlap >= min(high - low, band.high - band.low)
        within = 2 * overlap >= high - low or band.low <= strongest <= band.high
        if band.group == group and overlap > most and falls_on and within:
            best, most = band, overlap
    return best
