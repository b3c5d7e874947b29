"""The rectangle of a chart, and the ticks on its lines."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from irjax.spectra.spectrum import SpectrumError

_DARK = 0.3
"""Ink from which a pixel may belong to a line of the frame or to a character."""
_GAP = 4
"""Pixels that the dots of a dotted line may lie apart."""
_TOLERANCE = 3
"""Pixels by which lines may miss each other at a corner."""
_OVERHANG = 12
"""Pixels by which one line of an open frame may reach beyond the other, as a tick does."""
_SHORTEST = (0.3, 0.12)
"""Shares of the picture's height that upright lines take at least: of a picture of a chart, else of a page with one."""
_MOST_LINES = 30
_LIGHT, _FEWEST_RULES = 0.05, 3
"""Ink of a light grid line, and how many of one length make a frame."""


@dataclass(frozen=True)
class Frame:
    """The innermost pixels of a chart's lines; their centres are the axes' ends."""

    left: int
    top: int
    right: int
    bottom: int
    thickness: int
    """Pixels that the thickest of the four lines takes outwards."""

    @property
    def width(self) -> int:
        """Pixels from line to line."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels from line to line."""
        return self.bottom - self.top


@dataclass(frozen=True)
class _Line:
    first: int
    last: int
    start: int
    stop: int

    @property
    def thickness(self) -> int:
        """Pixels."""
        return self.last - self.first + 1


def find_frame(ink: np.ndarray, panel: tuple[int, int, int, int] | None = None) -> Frame:
    """Where a chart's axes end: the largest rectangle of straight lines, else what shows less of a frame.

    That is a panel of another colour than the page, then a left and a bottom line that meet, then level grid lines of
    one length, then a border around the whole picture.

    Args:
        ink: 0 to 1, float32 [rows, columns].
        panel: left, top, right and bottom of a rectangle of another colour, in pixels.

    Raises:
        SpectrumError: there is nothing that could hold a spectrum.
    """
    dark = ink > _DARK
    rows, columns = dark.shape
    across = _lines(dark, 0.4 * columns)
    ground = [Frame(*panel, 1)] if panel else []
    for shortest in _SHORTEST:
        down = _lines(dark.T, shortest * rows)
        closed = list(_closed(across, down))
        around = [
            frame
            for frame in closed
            if frame.left < 3 and frame.top < 3 and frame.right >= columns - 3 and frame.bottom >= rows - 3
        ]
        inner = [frame for frame in closed if frame not in around]
        for frames in (inner, ground, _open(across, down), _ruled(ink), around):
            largest = max(frames, key=lambda frame: frame.width * frame.height, default=None)
            if largest and largest.width >= 100 and largest.height >= 50:
                return largest
    raise SpectrumError(
        "is a picture without a chart: neither a frame nor a left and a bottom line that meet was found"
    )


def _closed(across: list[_Line], down: list[_Line]) -> Iterator[Frame]:
    """The rectangles of four lines."""
    for i, top in enumerate(across):
        for bottom in across[i + 1 :]:
            sides = [side for side in down if _spans(side, top.last, bottom.first)]
            start, stop = max(top.start, bottom.start), min(top.stop, bottom.stop)
            sides = [side for side in sides if side.last >= start - _TOLERANCE and side.first <= stop + _TOLERANCE]
            if len(sides) >= 2:
                left, right = sides[0], sides[-1]
                thickness = max(line.thickness for line in (left, top, right, bottom))
                yield Frame(left.last, top.last, right.first, bottom.first, thickness)


def _open(across: list[_Line], down: list[_Line]) -> list[Frame]:
    """The rectangles of which a left and a bottom line are drawn, each of which may reach a tick beyond the other."""
    return [
        Frame(left.last, left.start, bottom.stop, bottom.first, max(left.thickness, bottom.thickness))
        for bottom in across
        for left in down
        if -_TOLERANCE <= left.first - bottom.start <= _OVERHANG and -_TOLERANCE <= left.stop - bottom.last <= _OVERHANG
    ]


def _ruled(ink: np.ndarray) -> list[Frame]:
    """The rectangle of evenly spaced level lines, as spreadsheets draw where they leave out all upright ones."""
    lines = [line for line in _lines(ink > _LIGHT, 0.4 * ink.shape[1]) if line.thickness <= _TOLERANCE]
    rules = max(
        ([line for line in lines if abs(line.stop - one.stop) <= _TOLERANCE] for one in lines), key=len, default=[]
    )
    if len(rules) < _FEWEST_RULES or np.ptp(np.diff([line.first for line in rules])) > _TOLERANCE:
        return []
    # Where all of them are: a number at the left of one may seem to belong to it.
    inked = ink[[line.first for line in rules]]
    shared = (inked > 0.5 * np.median(inked, axis=1, keepdims=True)).mean(axis=0) > 0.7
    runs = np.flatnonzero(np.diff(np.concatenate(([0], shared, [0])))).reshape(-1, 2)
    if not runs.size:
        return []
    left, right = runs[np.diff(runs, axis=1).argmax()].tolist()
    return [Frame(left, rules[0].last, right - 1, rules[-1].first, 1)]


def _spans(line: _Line, start: int, stop: int) -> bool:
    return line.start <= start + _TOLERANCE and line.stop >= stop - _TOLERANCE


def _lines(dark: np.ndarray, shortest: float) -> list[_Line]:
    """The horizontal lines of at least a length, in order from the top; close ones are one."""
    padded = np.pad(dark, ((0, 0), (_GAP, _GAP)))
    at = np.arange(padded.shape[1])
    last = np.maximum.accumulate(np.where(padded, at, -10 * _GAP), axis=1)
    following = np.minimum.accumulate(np.where(padded, at, at.size + 10 * _GAP)[:, ::-1], axis=1)[:, ::-1]
    closed = following - last <= _GAP
    run = at - np.maximum.accumulate(np.where(closed, -1, at), axis=1)
    length = run.max(axis=1)
    stop = run.argmax(axis=1) - _GAP
    found: list[_Line] = []
    for row in np.flatnonzero(length >= shortest):
        start = int(stop[row] - length[row] + 1)
        if found and row - found[-1].last <= 1 and abs(found[-1].start - start) + abs(found[-1].stop - stop[row]) < 40:
            joined = min(found[-1].start, start), max(found[-1].stop, int(stop[row]))
            found[-1] = _Line(found[-1].first, int(row), *joined)
        else:
            found.append(_Line(int(row), int(row), start, int(stop[row])))
    longest = sorted(found, key=lambda line: line.start - line.stop)[:_MOST_LINES]
    return sorted(longest, key=lambda line: line.first)


def ticks(ink: np.ndarray, line: int, inwards: int, first: int, last: int, thickness: int) -> np.ndarray:
    """Where short marks stand on a horizontal line of the frame, in pixels from the picture's left, ascending.

    Args:
        ink: 0 to 1, float32 [rows, columns]; transposed for a vertical line.
        line: the line's innermost row.
        inwards: -1 where the frame's inside lies above the line, 1 where it lies below.
        first, last: the columns of the two corners; both count as marks themselves.
        thickness: of the line.
    """
    found = [np.array([first, last], float)]
    for row in (line + 2 * inwards, line - (thickness + 1) * inwards):
        if not 0 <= row < len(ink):
            continue  # the picture ends before
        profile = ink[row, first : last + 1]
        inside = profile[1:-1]
        at = 1 + np.flatnonzero((inside > 0.12) & (inside >= profile[:-2]) & (inside > profile[2:]))
        near = np.stack([profile[at - 1], profile[at], profile[at + 1]])
        found.append(first + at + (near[2] - near[0]) / near.sum(axis=0))
    return np.unique(np.concatenate(found))
