"""The points that spectra of a dataset have in common, and a network learns."""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Grid:
    """Evenly spaced abscissae, ascending, both ends included."""

    first: float
    last: float
    points: int
    unit: str = "cm-1"

    @cached_property
    def values(self) -> np.ndarray:
        """The abscissae, float64 [points]."""
        return np.linspace(self.first, self.last, self.points)

    @property
    def spacing(self) -> float:
        """Between neighbouring points, in the grid's unit."""
        return float(self.values[1] - self.values[0])

    @property
    def infrared(self) -> bool:
        """Whether what lies on it are infrared spectra, as transmittance: all that is in cm-1, and nothing else."""
        return self.unit == INFRARED.unit

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.points} points from {self.first:g} to {self.last:g} {self.unit}"


INFRARED = Grid(400.0, 4000.0, 600)
"""The paper's (Jung et al. 2023, SI: 600 values from 400 to 4000 cm⁻¹)."""


_MOST_POINTS, _FARTHEST = 1_000_000, 1e9
"""Of any grid that was written."""


def grid_from_dict(raw: dict[str, Any]) -> Grid:
    """The grid that `Grid.to_dict` wrote.

    Raises:
        ValueError, TypeError, KeyError: it is none.
    """
    grid = Grid(float(raw["first"]), float(raw["last"]), int(raw["points"]), str(raw["unit"]))
    if not (2 <= grid.points <= _MOST_POINTS and -_FARTHEST < grid.first < grid.last < _FARTHEST):
        raise ValueError(f"no grid has {grid}")
    return grid
