"""The scales of a chart's axes, from the numbers beside its frame or as a person tells them."""

from dataclasses import dataclass

import numpy as np

from irjax.spectra.chart.frame import Frame, ticks
from irjax.spectra.chart.numbers import Label, Reading, lines_of, read_scale, words
from irjax.spectra.chart.told import ChartAxes
from irjax.spectra.spectrum import SpectrumError

BREAK = 2000.0
"""cm⁻¹; in a broken axis 100 cm⁻¹ below take the width of 200 above (SDBS: 10 to 16 units for 4000–2000–400)."""
_X_NUMBERS = np.arange(100.0, 5001.0, 100.0)
_SNAP = 0.4
"""Heights of a number that its tick may lie from its middle."""


@dataclass(frozen=True)
class Scale:
    """A linear map from pixels, and what its values are."""

    slope: float
    offset: float
    kind: str

    def at(self, pixels: np.ndarray) -> np.ndarray:
        """The values at pixels along the axis."""
        return self.offset + self.slope * pixels


def spread(wavenumber: np.ndarray) -> np.ndarray:
    """A wavenumber's place on a broken axis, up to a linear map."""
    return np.where(wavenumber > BREAK, BREAK + (wavenumber - BREAK) / 2, wavenumber)


def gathered(place: np.ndarray) -> np.ndarray:
    """The wavenumber at a place on a broken axis: the inverse of `spread`."""
    return np.where(place > BREAK, BREAK + (place - BREAK) * 2, place)


def wavenumbers(ink: np.ndarray, frame: Frame, told: ChartAxes, columns: np.ndarray) -> tuple[np.ndarray, str]:
    """cm⁻¹ at columns of the picture, and the axis in words.

    Args:
        ink: of the whole picture, 0 to 1, float32 [rows, columns].
        frame: the chart's.
        told: what a person said.
        columns: pixels from the picture's left, [n].

    Raises:
        SpectrumError: the numbers below the frame cannot be read, and nobody told them.
    """
    if told.x is not None:
        knots = np.array([told.x[0], *told.x[1:]], float)
        if knots.size == 2:
            at = np.array([0.0, 1.0])
        else:
            units = np.abs(np.diff(knots)) * (np.array([0.5, 1.0]) if knots[0] > knots[-1] else np.array([1.0, 0.5]))
            at = np.concatenate(([0.0], np.cumsum(units) / units.sum()))
        share = (columns - frame.left) / frame.width
        return np.interp(share, at, knots), "told"
    reading = _x_reading(ink, frame)
    if reading is None:
        raise SpectrumError(
            "is a chart whose wavenumbers cannot be read from the numbers below its frame; give those at the frame's "
            "left and right line (--chart-x 4000,400, or 4000,2000,400 if the scale is doubled below 2000)"
        )
    marks = ticks(ink, frame.bottom, -1, frame.left, frame.right, frame.thickness)
    broken = reading.kind == "broken"
    scale = _fitted(reading, marks, spread(reading.numbers) if broken else reading.numbers)
    places = scale.at(columns)
    return (gathered(places) if broken else places), f"{reading.kind} axis"


def _x_reading(ink: np.ndarray, frame: Frame) -> Reading | None:
    margin = round(0.1 * frame.width)
    left = max(frame.left - margin, 0)
    below = frame.bottom + frame.thickness
    part = ink[below : below + round(0.35 * frame.height) + 40, left : frame.right + margin]
    found = words(part, left, below, 0)
    numbers = [f"{number:.0f}" for number in _X_NUMBERS]
    kinds = {"linear": (_X_NUMBERS, numbers, _X_NUMBERS), "broken": (_X_NUMBERS, numbers, spread(_X_NUMBERS))}
    return _best(_beside(found, 0, frame.left, frame.right), 0, kinds)


def ordinates(ink: np.ndarray, frame: Frame, told: ChartAxes, rows: np.ndarray) -> tuple[np.ndarray, str]:
    """The ordinate at rows of the picture, and whether it is `per cent`, a `fraction`, or counted from the top.

    Args and errors as `wavenumbers`, at the left of the frame instead of below.
    """
    if told.y is not None:
        low, high = told.y
        values = low + (high - low) * (frame.bottom - rows) / frame.height
        kind = "per cent" if max(told.y) > 2 else "fraction"
        return values, kind + (" from the top" if low > high else "")
    reading = _y_reading(ink, frame)
    if reading is None:
        raise SpectrumError(
            "is a chart whose ordinate cannot be read from the numbers at the left of its frame; give those at the "
            "frame's bottom and top line (--chart-y 0,100, or 100,0 where they are counted from the top)"
        )
    marks = ticks(ink.T, frame.left, 1, frame.top, frame.bottom, frame.thickness)
    scale = _fitted(reading, marks, reading.numbers)
    return scale.at(rows), reading.kind.split(",")[0] + (" from the top" if scale.slope > 0 else "")


def _y_reading(ink: np.ndarray, frame: Frame) -> Reading | None:
    margin = round(0.06 * frame.height) + 8
    top = max(frame.top - margin, 0)
    right = frame.left - frame.thickness + 1
    part = ink[top : frame.bottom + margin, :right]
    found = words(part, 0, top, 1)
    percents, tenths, hundredths = np.arange(-20.0, 111, 5), np.arange(-2, 21) / 10, np.arange(-4, 41) / 20
    kinds = {
        "per cent": (percents, [f"{v:.0f}" for v in percents], percents),
        "fraction, tenths": (tenths, [f"{v:.1f}" for v in tenths], tenths),
        "fraction, hundredths": (hundredths, [f"{v:.2f}" for v in hundredths], hundredths),
    }
    return _best(_beside(found, 1, frame.top, frame.bottom), 1, kinds)


def _beside(found: list[Label], along: int, first: int, last: int) -> list[Label]:
    """The words that stand at a place of the axis."""
    return [word for word in found if first - word.height < word.middle[along] < last + word.height]


def _best(found: list[Label], along: int, kinds: dict) -> Reading | None:
    readings = [read_scale(line, along, kinds) for line in lines_of(found, along)]
    return max((reading for reading in readings if reading), key=lambda r: r.likeness, default=None)


def _fitted(reading: Reading, marks: np.ndarray, values: np.ndarray) -> Scale:
    """The straight line through the labels' ticks, or through their middles where there are none."""
    nearest = marks[np.abs(marks[:, None] - reading.places).argmin(axis=0)]
    reach = max(2.0, _SNAP * reading.text_height)
    places = np.where(np.abs(nearest - reading.places) <= reach, nearest, reading.places)
    slope, offset = np.polyfit(places, values, 1)
    return Scale(float(slope), float(offset), reading.kind)
