"""How far a scanned page lies from level, by its long straight lines, and the page turned back."""

import numpy as np
from PIL import Image

_MOST = 3.0
"""Degrees to either side that are tried."""
_APART = 0.1
"""Degrees between those that are tried, before the longest level line tells more closely."""
_NEAR = (4.0, 2.0)
"""Pixels from the line within which it is fitted, at first and then."""
_DARK = 0.3
"""Ink from which a pixel may belong to a line."""
_MOST_PIXELS = 200_000
_LEAST = 0.7
"""Pixels by which a line across the whole picture must be off to be worth a turn."""


def tilt_of(ink: np.ndarray) -> float:
    """Degrees, counterclockwise, by which a page must be turned for its lines to be level; 0 where they are, or none.

    Args:
        ink: 0 to 1, float32 [rows, columns].
    """
    dark = np.flatnonzero(ink > _DARK)
    y, x = np.unravel_index(dark[:: 1 + dark.size // _MOST_PIXELS], ink.shape)
    if not y.size:
        return 0.0
    tried = np.arange(-_MOST, _MOST + _APART / 2, _APART)
    turn = np.tan(np.radians(tried[np.argmax([_gathered(x, y, np.tan(np.radians(each))) for each in tried])]))
    rows = y - turn * x
    line = np.array([0.0, np.bincount(np.round(rows - rows.min()).astype(int)).argmax() + rows.min()])
    for reach in _NEAR:
        near = np.abs(rows - np.polyval(line, x)) <= reach
        line = np.polyfit(x[near], rows[near], 1) if np.ptp(x[near]) > ink.shape[1] / 4 else line
    turn += line[0]
    return float(np.degrees(np.arctan(turn))) if abs(turn) * ink.shape[1] >= _LEAST else 0.0


def turned(colours: np.ndarray, degrees: float) -> np.ndarray:
    """A picture turned counterclockwise, on a page of the colour of its rim; float32 [rows, columns, 3], 0 to 1."""
    rim = np.concatenate([colours[[0, -1]].reshape(-1, 3), colours[:, [0, -1]].reshape(-1, 3)])
    paper = tuple(int(each) for each in 255 * np.median(rim, axis=0))
    picture = Image.fromarray(np.round(255 * colours).astype(np.uint8))
    return np.asarray(picture.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=paper), np.float32) / 255


def _gathered(x: np.ndarray, y: np.ndarray, turn: float) -> float:
    """How much pixels at (x, y), [n] each, gather in few rows and columns once the page is turned by a slope."""
    rows, columns = (np.bincount(np.round(each - each.min()).astype(int)) for each in (y - turn * x, x + turn * y))
    return float((rows.astype(float) ** 2).sum() + (columns.astype(float) ** 2).sum())
