"""The wavenumber axes that charts usually have, for those whose numbers are hardly legible: the ticks tell which."""

from dataclasses import dataclass

import numpy as np

from irjax.spectra.doubled import gathered, spread

_LEFT = 4000.0
_RIGHT = (400.0, 450.0, 500.0, 550.0, 600.0, 650.0, 700.0)
_STEPS = {
    "linear": [(step, step) for step in (1000, 500, 400, 250, 200, 100, 50)],
    "broken": [
        (above, below)
        for above, each in ((1000, (500,)), (500, (500, 250, 200, 100)), (400, (200,)), (200, (100,)), (100, (100, 50)))
        for below in each
    ],
}
"""cm⁻¹ between ticks above and below 2000."""
_NEAR = 1.3
"""Pixels that a tick may lie off its place."""
_LEAST_EXPLAINED = 0.9
"""F1 of the ticks that an axis has and those that are there, from which it explains them."""
_PARTS = (2, 4, 5, 10)
"""Into how many parts ticks divide 0 to 100 per cent."""


@dataclass(frozen=True)
class Axis:
    """An axis across: what stands at the frame's left line and at its right one, cm⁻¹."""

    kind: str
    """linear, or broken: doubled below 2000."""
    left: float
    right: float

    @property
    def is_of_sdbs(self) -> bool:
        """Whether the pages of SDBS have it."""
        return (self.kind, round(self.left, -2), round(self.right, -2)) == ("broken", 4000, 400)

    def at(self, share: np.ndarray) -> np.ndarray:
        """The wavenumbers at shares of the frame's width."""
        if self.kind == "linear":
            return self.left + (self.right - self.left) * share
        first, last = spread(np.array([self.left, self.right]))
        return gathered(first + (last - first) * share)

    def share(self, wavenumber: np.ndarray) -> np.ndarray:
        """The share of the frame's width at which wavenumbers stand."""
        at = spread if self.kind == "broken" else np.asarray
        first, last = at(np.array([self.left, self.right]))
        return (at(wavenumber) - first) / (last - first)


def explaining(ticks: np.ndarray, width: int) -> list[Axis]:
    """The usual axes whose ticks are those of a chart, whatever their steps; the best first.

    Args:
        ticks: where they stand, in pixels from the frame's left line, the corners included or not, [n].
        width: of the frame, in pixels.
    """
    inner = ticks[(ticks > _NEAR) & (ticks < width - _NEAR)]
    if inner.size < 3:
        return []
    found = {}
    for kind, steps in _STEPS.items():
        for right in _RIGHT:
            axis = Axis(kind, _LEFT, right)
            wanted = [width * axis.share(_tick_numbers(axis, *each)) for each in steps]
            found[axis] = max(_explained(inner, each, width) for each in wanted)
    explained = [axis for axis, share in found.items() if share >= _LEAST_EXPLAINED]
    return sorted(explained, key=lambda axis: -found[axis])


def allow_per_cent(ticks: np.ndarray, height: int) -> bool:
    """Whether an axis upwards may run from 0 to 100: its ticks, if it has any, divide it into equal parts, all but one.

    Args:
        ticks: where they stand, in pixels from the frame's upper line, the corners included or not, and where the curve
            begins, [n].
        height: of the frame, in pixels.
    """
    inner = ticks[(ticks > _NEAR) & (ticks < height - _NEAR)]
    if inner.size < 2:
        return True
    off = (np.abs(inner[:, None] - np.arange(1, parts) * height / parts) for parts in _PARTS)
    return any(each.min(axis=0).max() <= _NEAR and np.count_nonzero(each.min(axis=1) > _NEAR) <= 1 for each in off)


def _tick_numbers(axis: Axis, above: int, below: int) -> np.ndarray:
    numbers = np.concatenate([np.arange(axis.left, 2000.0, -above), np.arange(2000.0, axis.right, -below)])
    if axis.kind == "linear":
        numbers = np.arange(axis.left, axis.right, -above)
    return numbers[(numbers < axis.left) & (numbers > axis.right)]


def _explained(there: np.ndarray, wanted: np.ndarray, width: int) -> float:
    """F1 of the wanted ticks, each of which needs one of those that are there."""
    wanted = wanted[(wanted > _NEAR) & (wanted < width - _NEAR)]
    if not wanted.size:
        return 0.0
    off = np.abs(there[:, None] - wanted)
    hits = min(np.count_nonzero(off.min(axis=0) <= _NEAR), np.count_nonzero(off.min(axis=1) <= _NEAR))
    return 2 * hits / (there.size + wanted.size)
