"""A pattern of another technique than infrared: two columns of numbers, abscissa and intensity, put on a grid."""

import re

import numpy as np

from irjax.spectra.grid import Grid
from irjax.spectra.spectrum import SpectrumError, ascending

_APART = re.compile(r"[\s,;]+")


def read_pattern(text: str, grid: Grid) -> np.ndarray:
    """The intensities of a pattern on a grid, float32 [points]; NaN where it was not measured.

    Args:
        text: a file of two columns parted by blanks, commas or semicolons, the abscissa in the grid's unit; lines
            before the first number, and such as begin with #, are left out.

    Raises:
        SpectrumError: a line holds something else, or nothing of it lies on the grid.
    """
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        pair = _pair(line)
        if pair is not None:
            rows.append(pair)
        elif rows and line.strip() and not line.lstrip().startswith("#"):
            raise SpectrumError(f"line {number}: expected an abscissa and an intensity, found {line.strip()[:40]!r}")
    if not rows:
        raise SpectrumError(f"holds no line of two numbers; expected an abscissa ({grid.unit}) and an intensity each")
    x, y, _ = ascending(*np.array(rows).T)
    at = grid.values
    values = np.interp(at, x, y, left=np.nan, right=np.nan)
    if np.isfinite(values).sum() < 2:
        raise SpectrumError(f"goes from {x[0]:.6g} to {x[-1]:.6g}; nothing of it lies on the grid of {grid}")
    return values.astype(np.float32)


def _pair(line: str) -> tuple[float, float] | None:
    cells = [cell for cell in _APART.split(line.strip()) if cell]
    try:
        return (float(cells[0]), float(cells[1])) if len(cells) >= 2 else None
    except ValueError:
        return None
