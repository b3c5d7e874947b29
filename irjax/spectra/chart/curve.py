"""The curve in a chart's frame: a path through the ink from left to right, and the ordinate in each pixel column."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage
from scipy.signal import find_peaks

from irjax.spectra.chart.picture import marks
from irjax.spectra.spectrum import SpectrumError

_PAPER, _FRAME, _HIDDEN, _INK = 1.0, 0.4, 0.02, 0.0004
"""What a path pays per pixel of blank paper, of the frame's own lines, of a dark upright grid line, in which a steep
curve may run unseen, and of ink: it rather follows a steep band down and up, hundreds of pixels, than leaves the ink
for two."""
_STEPS = np.array([0, -1, 1])
"""Rows by which a path changes from one column to the next, the first where all cost the same."""
_FAINT = 0.16
"""Ink from which a pixel may be drawn at all; grid lines in light grey stay below once they are taken off."""
_DARK, _LINE = 0.3, 2
"""Ink of grid lines that hide the curve, and the most pixels that they take."""
_LARGE = (0.12, 0.04)
"""Shares of the frame's height and width, one of which a mark exceeds that may be a piece of a curve."""
_REAL_TIP = 0.15
"""How far a tip of the ink must stand out, as a share of the ink's height there, lest it be a ragged edge."""
_OPEN = 0.05
"""Share of the frame's height within which an ordinate counts as told."""
_OWN = 0.4
"""Share of the curve's typical ink from which a pixel belongs to it."""
_FRINGE = 3
"""Pixels beside the curve in which its own ink may have another colour, as a JPEG leaves it."""
_BROAD = 7
"""Pixels that no pen is broad, beside a frame's lines."""
_ONE_COLOUR = 0.93
"""Cosine between the inks of two pixels drawn with one pen."""


@dataclass(frozen=True)
class Curve:
    """The ordinates from the first pixel column that the curve reaches to the last, half a pixel apart."""

    columns: np.ndarray
    """Pixels from the picture's left, float64 [points]."""
    rows: np.ndarray
    """Pixels from the picture's top, float64 [points]."""
    drawn: np.ndarray
    """Pixel columns with ink; in others the row is that of the straight way across, bool [columns]."""
    at_border: np.ndarray
    """Those in which the curve runs along the frame's top or bottom line, or beyond it, bool [columns]."""
    unsure: float
    """Share of its width in which two sides of a band are drawn as one, so that the ink leaves the ordinate open."""
    elsewhere: float
    """Ink of the curve's colour in large marks that the curve does not pass, as a share of the curve's."""
    rivals: float
    """Share of the frame's width in which large marks of other colours lie apart from the curve."""


def trace(ink: np.ndarray, left: int, top: int) -> Curve:
    """The curve within a frame.

    Args:
        ink: what lies within the frame's lines, 0 to 1, float32 [rows, columns, 3].
        left, top: where that lies in the picture.

    Raises:
        SpectrumError: there is no curve from one side towards the other.
    """
    ink, hidden = _without_grid(ink)
    strength = ink.max(axis=2)
    drawn = _large_marks(strength > _FAINT)
    enter, _ = _path(drawn, hidden)
    own, others = _by_colour(ink, strength, drawn, enter)
    drawn = _large_marks(own)
    others = _large_marks(_lines(others) & ~_widened(drawn, _FRINGE))
    enter, leave = _path(drawn, hidden)
    columns = np.arange(drawn.shape[1])
    on_ink = drawn[enter, columns] | drawn[leave, columns]
    if np.count_nonzero(on_ink) < 0.25 * on_ink.size:
        raise SpectrumError("is a picture with a frame but without a curve that crosses it")
    used = slice(int(on_ink.argmax()), on_ink.size - int(on_ink[::-1].argmax()))
    first, last = _reach(drawn, enter, leave)
    border = np.minimum(enter, drawn.shape[0] - 1 - enter) <= 1
    passed = drawn & (np.arange(drawn.shape[0])[:, None] >= first) & (np.arange(drawn.shape[0])[:, None] <= last)
    columns, rows, unsure = _ordinates(strength[:, used], first[used], last[used])
    return Curve(
        columns=left + used.start + columns,
        rows=top + rows,
        drawn=on_ink[used],
        at_border=(border & ~on_ink)[used],
        unsure=unsure,
        elsewhere=float(np.count_nonzero(drawn & ~passed) / max(np.count_nonzero(passed), 1)),
        rivals=float(others.any(axis=0).mean()),
    )


def _without_grid(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ink less what a whole row or column of pixels has of it: grid lines, and what the frame's lines spread.

    A dark line hides the curve that crosses it: there the ink is that of the pixels on either side.

    Returns:
        That, and the columns that a dark line hides, bool [columns].
    """
    hidden = np.quantile(ink, 0.1, axis=0).max(axis=1) > _DARK
    for axis in (0, 1):
        of_lines = np.quantile(ink, 0.1, axis=axis, keepdims=True)
        ink = np.clip(ink - of_lines, 0, None)
        beside = ndimage.maximum_filter1d(ink, 2 * _LINE + 1, axis=1 - axis)
        ink = np.where(of_lines.max(axis=2, keepdims=True) > _DARK, beside, ink)
    return ink, hidden


def _large_marks(drawn: np.ndarray) -> np.ndarray:
    """The mask without lettering, dots and specks: marks that are small beside the frame in both directions."""
    numbered, boxes = marks(drawn)
    sizes = np.array([(0, 0)] + [(rows.stop - rows.start, columns.stop - columns.start) for rows, columns in boxes])
    large = np.any(sizes > np.multiply(drawn.shape, _LARGE), axis=1)
    return large[numbered]


def _path(drawn: np.ndarray, hidden: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows at which the cheapest way from the left edge to the right one enters and leaves each column.

    Dynamic programming over the columns: a way steps to the next column in its row or one beside it, and goes up and
    down within a column; it pays for each pixel that it passes.

    Args:
        drawn: where there is ink, bool [rows, columns].
        hidden: in which columns there may be more, bool [columns].
    """
    cost = np.where(drawn, _INK, _PAPER)
    reached = np.flatnonzero(drawn.any(axis=0))
    between = slice(reached[0], reached[-1] + 1) if reached.size else slice(0)
    cost[[0, -1], between] = np.minimum(cost[[0, -1], between], _FRAME)
    cost[:, hidden] = np.minimum(cost[:, hidden], _HIDDEN)
    cost = np.ascontiguousarray(cost.T)
    below = np.cumsum(cost, axis=1)  # the cost of a column down to each row, with it and without it
    above = below - cost
    totals = np.full((cost.shape[0] + 1, cost.shape[1] + 2), np.inf)  # at leaving a column; nothing is beyond its ends
    totals[0, 1:-1] = 0
    for column in range(cost.shape[0]):
        arrived = _arrived(totals[column], cost[column])
        downwards = np.minimum.accumulate(arrived - below[column]) + below[column]
        upwards = np.minimum.accumulate((arrived + above[column])[::-1])[::-1] - above[column]
        np.minimum(downwards, upwards, out=totals[column + 1, 1:-1])
    enter, leave = np.empty(drawn.shape[1], np.int64), np.empty(drawn.shape[1], np.int64)
    row = int(totals[-1, 1:-1].argmin())
    for column in range(drawn.shape[1] - 1, -1, -1):
        leave[column] = row
        enter[column] = row = _entered(_arrived(totals[column], cost[column]), below[column], above[column], row)
        row += int(_STEPS[totals[column, row + 1 + _STEPS].argmin()])
    return enter, leave


def _arrived(totals: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """What the cheapest way to each row of a column costs that comes from the column before, [rows]."""
    return np.minimum(np.minimum(totals[:-2], totals[1:-1]), totals[2:]) + cost


def _entered(arrived: np.ndarray, below: np.ndarray, above: np.ndarray, row: int) -> int:
    """The row at which the cheapest way that leaves a column at a row entered it."""
    downwards = (arrived - below)[row::-1]
    upwards = (arrived + above)[row:]
    down, up = int(downwards.argmin()), int(upwards.argmin())
    return row - down if downwards[down] + below[row] <= upwards[up] - above[row] else row + up


def _lines(drawn: np.ndarray) -> np.ndarray:
    """The mask without areas, as where a curve is filled down to a line: what is broad in both directions."""
    return drawn & ~_widened(ndimage.binary_opening(drawn, np.ones((_BROAD, _BROAD))), _BROAD)


def _widened(drawn: np.ndarray, pixels: int) -> np.ndarray:
    """The mask with all that lies so near to it."""
    return ndimage.maximum_filter(np.asarray(drawn, np.uint8), 2 * pixels + 1).astype(bool)


def _by_colour(
    ink: np.ndarray, strength: np.ndarray, drawn: np.ndarray, path: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where the ink has the colour and nearly the strength that it has along a path, and where another colour."""
    columns = np.arange(drawn.shape[1])
    on_ink = drawn[path, columns]
    if np.count_nonzero(on_ink) < 0.25 * on_ink.size:
        raise SpectrumError("is a picture with a frame but without a curve that crosses it")
    typical = float(np.median(strength[path, columns][on_ink]))
    strong = on_ink & (strength[path, columns] >= typical)
    colour = np.median(ink[path, columns][strong], axis=0)
    alike = ink @ colour >= _ONE_COLOUR * np.linalg.norm(colour) * np.linalg.norm(ink, axis=2)
    return (strength > max(_OWN * typical, _FAINT)) & alike, (strength > _FAINT) & ~alike


def _reach(drawn: np.ndarray, enter: np.ndarray, leave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first and last row of the curve's ink in each column: the unbroken ink around the path, and more.

    A path crosses a narrow band where its sides first touch, if only in a dot of the grid. Ink further down belongs to
    the curve too where the ink beside it reaches as far; and likewise upwards.
    """
    at, columns = np.arange(drawn.shape[0])[:, None], np.arange(drawn.shape[1])
    starts = np.maximum.accumulate(np.where(drawn, -1, at), axis=0) + 1
    stops = np.minimum.accumulate(np.where(drawn, drawn.shape[0], at)[::-1], axis=0)[::-1] - 1
    first = np.minimum(np.minimum(starts[enter, columns], starts[leave, columns]), np.minimum(enter, leave))
    last = np.maximum(np.maximum(stops[enter, columns], stops[leave, columns]), np.maximum(enter, leave))
    beside = (at >= ndimage.minimum_filter1d(first, 3)) & (at <= ndimage.maximum_filter1d(last, 3)) & drawn
    highest = np.where(beside.any(axis=0), beside.argmax(axis=0), first)
    lowest = np.where(beside.any(axis=0), drawn.shape[0] - 1 - beside[::-1].argmax(axis=0), last)
    return np.minimum(first, highest), np.maximum(last, lowest)


def _ordinates(strength: np.ndarray, first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Where the curve is, from the rows of its ink: at the middle of each stretch of a pixel's width, and between.

    A pen of some width inks a column between the least and the greatest row of the curve within that width. The
    opposite of both, over windows as wide, is the range of the curve over one pixel, wherever it rises or falls. Within
    these ranges the curve is the shortest way that reaches the last row at each downward tip of the ink and the first
    row at each upward tip.

    Args:
        strength: 0 to 1, float32 [rows, columns].
        first, last: the first and last row of the curve's ink in each column, [columns].

    Returns:
        Columns and rows, float64 [points], half a pixel apart; and the share of them whose ranges overlap.
    """
    pen = max(1, round(float(np.quantile(last - first + 1, 0.2))))
    low = _without_pen(last - (pen - 1) / 2, pen)
    high = -_without_pen(-(first + (pen - 1) / 2), pen)  # rows count downwards: the upper edge, turned over
    high, low = np.minimum(high, low), np.maximum(high, low)
    flat = sliding_window_view(last - first + 1 <= pen + 1, pen).all(axis=1)
    centre = sliding_window_view(_centres(strength, first, last), pen).mean(axis=1)
    high, low = np.where(flat, centre, high), np.where(flat, centre, low)
    inner, outer = np.maximum(high[:-1], high[1:]), np.minimum(low[:-1], low[1:])
    between = np.arange(1, high.size)
    highest = np.insert(high, between, np.minimum(inner, outer))
    lowest = np.insert(low, between, np.maximum(inner, outer))
    places, rows = [np.array([0.0, highest.size - 1])], [((highest + lowest) / 2)[[0, -1]]]
    for edge, sign in ((lowest, 1), (highest, -1)):
        tips, found = find_peaks(sign * edge, plateau_size=1, prominence=0)
        real = found["prominences"] >= _REAL_TIP * (lowest - highest)[tips]
        places.append(((found["left_edges"] + found["right_edges"]) / 2 + 0.1 * sign)[real])
        rows.append(edge[tips[real]])
    order = np.argsort(np.concatenate(places))
    at = np.arange(highest.size)
    way = np.interp(at, np.concatenate(places)[order], np.concatenate(rows)[order])
    unsure = float(np.mean(outer - inner > _OPEN * strength.shape[0]))
    return (at + pen - 1) / 2, np.clip(way, highest, lowest), unsure


def _without_pen(edge: np.ndarray, pen: int) -> np.ndarray:
    """The curve's greatest row within each pixel's width, from the greatest within a pen's width around each column.

    The least over a pen's width is that, save at a tip that the pen drew sharper than its width; the tip is kept.

    Args:
        edge: the rows, [columns].
        pen: pixels.

    Returns:
        Rows, [columns - pen + 1].
    """
    narrowed = sliding_window_view(edge, pen).min(axis=1)
    reached = sliding_window_view(np.pad(narrowed, pen - 1, mode="edge"), pen).max(axis=1)
    sharp = np.flatnonzero((edge >= ndimage.maximum_filter1d(edge, 2 * pen - 1, mode="nearest")) & (reached < edge))
    np.maximum.at(narrowed, np.clip(sharp - pen // 2, 0, narrowed.size - 1), edge[sharp])
    return narrowed


def _centres(strength: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """The centre of gravity of each column's ink, in rows, float64 [columns]."""
    at = np.arange(strength.shape[0])[:, None]
    ink = np.where((at >= first - 1) & (at <= last + 1), strength, 0)
    weight = ink.sum(axis=0)
    return np.divide((ink * at).sum(axis=0), weight, out=(first + last) / 2, where=weight > 0)
