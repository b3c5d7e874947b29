"""The scales of a chart's axes, from the numbers beside its frame or as a person tells them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from irjax.spectra.chart.frame import Frame, ticks
from irjax.spectra.chart.numbers import FINE, Kinds, Label, Reading, lines_of, looks_like, read_scales, words
from irjax.spectra.chart.told import ChartAxes
from irjax.spectra.chart.usual import Axis, allow_per_cent, explaining
from irjax.spectra.doubled import gathered, spread
from irjax.spectra.spectrum import SpectrumError

_X_NUMBERS = np.arange(0.0, 5001.0, 100.0)
_X_FINE = np.arange(0.0, 5001.0, 50.0)
_SNAP = 0.4
"""Heights of a number that its tick may lie from its middle."""
_ALIGNED = 0.3
"""What a reading gains whose numbers all have their ticks."""
_FEWEST = (3, 2)
"""Numbers that tell an axis across, whose scale may be doubled from somewhere, and one upwards."""
_FEW = 0.2
"""What a reading loses that rests on two numbers."""
_MANY = 0.1
"""What a reading gains that rests on as many numbers as any, beside one of a few that stand in line by themselves."""
_USUAL = 0.12
"""What a reading gains whose axis runs as most do."""
_LEAST_LIKENESS, _CONTRADICTS = (0.35, 0.45), (0.08, 0.13)
"""Likeness of labels to their numbers from which these can be told, and by which they may look more like others, each
across and upwards."""
_MOST_DOUBTED = 0.6
"""Share of an axis's numbers that may look more like others."""
_WELL_LEGIBLE, _STRICTER = 0.65, 0.65
"""From which likeness labels are so legible that they may look less like others, and the share that is left of that."""
_LEAST_UNUSUAL = 0.6
"""The same of an axis that runs as few do."""
_CLEARLY, _SAME = 0.03, 0.02
"""By what a reading must be better than any other, and the share of the axis by which two scales may differ as one."""
_OVERRULED = 0.05
"""By how much the numbers may look more like those of another reading, which only what is usual speaks against."""
_BESIDE = 3.0
"""Pixels that numbers may all stand beside their ticks."""
_NEAR_FRAME = 5
"""Heights of a number that it may lie below the frame; further off, the frame is not the axis's."""
_OFF_LINE = 1.6
"""Pixels by which a tick may lie off the straight line through all."""
_HARDLY, _LEGIBLE = 0.15, (0.58, 0.68)
"""Likeness from which hardly legible numbers bear out what the ticks say, and from which they count as legible, each
across and upwards."""
_LARGEST_FRACTION = 10.0
"""What a person tells of an axis that is no per cent; absorbance goes up to 3 and more."""
_LOWEST_END = 1500.0
"""cm⁻¹ that an axis of the mid infrared reaches at least."""


@dataclass(frozen=True)
class Scale:
    """A linear map from pixels to places on an axis."""

    slope: float
    offset: float

    def at(self, pixels: np.ndarray) -> np.ndarray:
        """The values at pixels along the axis."""
        return self.offset + self.slope * pixels


@dataclass(frozen=True)
class Across:
    """The wavenumber axis of a chart."""

    wavenumbers: np.ndarray
    """cm⁻¹ at the columns that were asked for, [n]."""
    words: str
    """What it is and how that is known."""
    of_sdbs: bool
    """Whether it is the axis that the pages of SDBS have."""


def wavenumbers(ink: np.ndarray, frame: Frame, told: ChartAxes, columns: np.ndarray) -> Across:
    """cm⁻¹ at columns of the picture.

    Args:
        ink: of the whole picture, 0 to 1, float32 [rows, columns].
        frame: the chart's.
        told: what a person said.
        columns: pixels from the picture's left, [n].

    Raises:
        SpectrumError: neither the numbers below the frame nor its ticks tell, and nobody did.
    """
    share = (columns - frame.left) / frame.width
    if told.x is not None:
        return Across(_told(told.x, share), "told", of_sdbs=False)
    marks = ticks(ink, frame.bottom, -1, frame.left, frame.right, frame.thickness)
    found = _words_below(ink, frame)
    reading, legible = _x_reading(found, marks, frame)
    if reading is not None:
        ends = _fitted(reading, marks).at(np.array([frame.left, frame.right]))
        axis = Axis(reading.kind, *map(float, gathered(ends) if reading.broken else ends))
        if max(axis.left, axis.right) < _LOWEST_END:
            raise SpectrumError(
                f"is a chart whose axis runs from {axis.left:.0f} to {axis.right:.0f}, which are no wavenumbers of an "
                "infrared spectrum (--chart-x tells it, if they are)"
            )
        return Across(axis.at(share), f"{reading.kind} axis", axis.is_of_sdbs)
    axis = _usual(found, marks, frame) if legible < _LEGIBLE[0] else None
    if axis is None:
        raise SpectrumError(
            "is a chart whose wavenumbers cannot be read from the numbers below its frame; give those at the frame's "
            "left and right line (--chart-x 4000,400, or 4000,2000,400 if the scale is doubled below 2000)"
        )
    doubled = ", doubled below 2000," if axis.kind == "broken" else ""
    words_said = (
        f"axis taken to run from {axis.left:.0f} to {axis.right:.0f} cm⁻¹{doubled} as its ticks suggest, since its "
        "numbers are hardly legible (--chart-x tells it)"
    )
    return Across(axis.at(share), words_said, axis.is_of_sdbs)


def _told(x: tuple[float, ...], share: np.ndarray) -> np.ndarray:
    knots = np.array(x, float)
    if knots.size == 2:
        at = np.array([0.0, 1.0])
    else:
        units = np.abs(np.diff(knots)) * (np.array([0.5, 1.0]) if knots[0] > knots[-1] else np.array([1.0, 0.5]))
        at = np.concatenate(([0.0], np.cumsum(units) / units.sum()))
    return np.interp(share, at, knots)


def _words_below(ink: np.ndarray, frame: Frame) -> list[Label]:
    margin = round(0.1 * frame.width)
    left = max(frame.left - margin, 0)
    below = frame.bottom + frame.thickness
    part = ink[below : below + round(0.35 * frame.height) + 40, left : frame.right + margin]
    near = [word for word in words(part, left, below, 0) if word.top - below <= _NEAR_FRAME * word.height]
    return _beside(near, 0, frame.left, frame.right)


def _x_reading(found: list[Label], marks: np.ndarray, frame: Frame) -> tuple[Reading | None, float]:
    kinds = {}
    for numbers, fine in ((_X_NUMBERS, ""), (_X_FINE, f", {FINE}")):
        for written, commas in (("{:.0f}", ""), ("{:,.0f}", ", commas")):
            texts = [written.format(number) for number in numbers]
            kinds[f"linear{commas}{fine}"] = numbers, texts, numbers
            kinds[f"broken{commas}{fine}"] = numbers, texts, spread(numbers)
    return _clearest(found, 0, kinds, marks, (frame.left, frame.right), _infrared)


def _infrared(first: float, last: float) -> float:
    """What an axis across gains from running as those of infrared spectra mostly do, from one end to the other."""
    from_4000 = abs(first - 4000) < 20
    if abs(last) < 20:  # as spreadsheets draw it
        return 0.5 * _USUAL * from_4000
    return _USUAL * (0.5 * (3300 <= first <= 4200) + 0.5 * from_4000) if 200 <= last <= 1100 else 0.0


def _of_transmittance(first: float, last: float) -> float:
    """What an axis upwards gains, from its top to its bottom, if it shows what charts mostly show."""
    high, low = max(first, last), min(first, last)
    if 112 < high <= 125 and abs(low) < 1:  # as spreadsheets draw it
        return 0.75 * _USUAL
    return _USUAL if (80 <= high <= 112 and -12 <= low <= 60) or (0.05 < high <= 3.5 and -0.2 <= low <= 0.2) else 0.0


def _usual(found: list[Label], marks: np.ndarray, frame: Frame) -> Axis | None:
    """The axis of those that charts usually have whose ticks these are, if the words below do not contradict it.

    Ticks at even steps stand on many an axis, so that words that look like its numbers must bear a linear one out; a
    scale that is doubled below 2000 speaks for itself, unless there are words that look like anything but its numbers.
    """
    axes = explaining(marks - frame.left, frame.width)
    if not axes:
        return None
    likeness = np.array([_borne_out(axis, found, frame) for axis in axes])
    order = np.argsort(-likeness, kind="stable")
    best = axes[order[0]]
    clear = len(axes) == 1 or likeness[order[0]] - likeness[order[1]] >= _CLEARLY
    if likeness[order[0]] >= (_HARDLY if best.kind == "broken" else 2 * _HARDLY) and clear:
        return best
    return axes[0] if len(axes) == 1 and axes[0].kind == "broken" and likeness[0] > -_HARDLY else None


def _borne_out(axis: Axis, found: list[Label], frame: Frame) -> float:
    """How much the words below the frame look like the axis's numbers at their places; 0 where there are none."""
    likeness, texts = [0.0], tuple(f"{number:.0f}" for number in _X_NUMBERS)
    for line in lines_of(found, 0, "middle"):
        each = []
        for label in line:
            wavenumber = axis.at(np.array((label.middle[0] - frame.left) / frame.width))
            number = _X_NUMBERS[np.abs(_X_NUMBERS - wavenumber).argmin()]
            off = abs(float(axis.share(np.array(number))) * frame.width + frame.left - label.middle[0])
            alike = looks_like(label, texts).max(axis=0)
            own = alike[number == _X_NUMBERS][0]
            each.append(float(2 * own - alike.max()) if off <= label.height else 0.0)  # less what another has more
        if len(each) >= 3:
            likeness.append(float(np.mean(each)))
    return max(likeness) if max(likeness) > 0 else min(likeness)


def ordinates(
    ink: np.ndarray, frame: Frame, told: ChartAxes, rows: np.ndarray, of_sdbs: bool = False
) -> tuple[np.ndarray, str]:
    """The ordinate at rows of the picture, and whether it is `per cent`, a `fraction`, or counted from the top.

    Args and errors as `wavenumbers`, at the left of the frame instead of below. Where numbers cannot be read and the
    other axis is that of SDBS, 0 to 100 per cent are assumed, as its pages have it.
    """
    if told.y is not None:
        low, high = told.y
        values = low + (high - low) * (frame.bottom - rows) / frame.height
        kind = "per cent" if max(told.y) > _LARGEST_FRACTION else "fraction"
        return values, kind + (" from the top" if low > high else "")
    marks = ticks(ink.T, frame.left, 1, frame.top, frame.bottom, frame.thickness)
    reading, legible = _y_reading(ink, frame, marks)
    if reading is not None:
        scale = _fitted(reading, marks)
        if reading.kind == "counts":
            raise SpectrumError(
                f"is a chart whose ordinate goes up to {reading.numbers.max():.0f}, neither per cent nor absorbance "
                "(--chart-y tells it, if it is either)"
            )
        return scale.at(rows), reading.kind + (" from the top" if scale.slope > 0 else "")
    if of_sdbs and legible < _LEGIBLE[1] and allow_per_cent(marks - frame.top, frame.height):
        return 100 * (frame.bottom - rows) / frame.height, "per cent, assumed to run from 0 to 100"
    raise SpectrumError(
        "is a chart whose ordinate cannot be read from the numbers at the left of its frame; give those at the "
        "frame's bottom and top line (--chart-y 0,100, or 100,0 where they are counted from the top)"
    )


def _y_reading(ink: np.ndarray, frame: Frame, marks: np.ndarray) -> tuple[Reading | None, float]:
    margin = round(0.06 * frame.height) + 8
    top = max(frame.top - margin, 0)
    right = frame.left - frame.thickness + 1
    part = ink[top : frame.bottom + margin, :right]
    found = words(part, 0, top, 1)
    beside = _beside(found, 1, frame.top, frame.bottom)
    return _clearest(beside, 1, _Y_KINDS, marks, (frame.top, frame.bottom), _of_transmittance)


def _kind(decimals: int, *parts: np.ndarray) -> tuple[np.ndarray, list[str], np.ndarray]:
    numbers = np.concatenate(parts)
    return numbers, [f"{number:.{decimals}f}" for number in numbers], numbers


_Y_KINDS = {
    "per cent": _kind(0, np.arange(-20.0, 126, 5)),
    "per cent, tenths": _kind(1, np.arange(-20.0, 126, 5)),
    "fraction": _kind(0, np.arange(5.0)),
    "fraction, tenths": _kind(1, np.arange(-5, 41) / 10),
    "fraction, hundredths": _kind(2, np.arange(-4, 41) / 20),
    f"per cent, {FINE}": _kind(0, np.arange(5.0, 126)),
    f"per cent, tenths, {FINE}": _kind(1, np.arange(10, 251) / 2),
    f"fraction, hundredths, {FINE}": _kind(2, np.arange(-20, 201) / 100),
    "counts": _kind(0, np.zeros(1), np.arange(200.0, 1000, 100), np.arange(1000.0, 10001, 500)),
}
"""Numbers that may stand at an axis upwards, counts as those of other spectra. From 1 to 4 they are absorbance: no
chart ends at 4 per cent."""


def _beside(found: list[Label], along: int, first: int, last: int) -> list[Label]:
    """The words that stand at a place of the axis."""
    ends = (("left", "right"), ("top", "bottom"))[along]
    return [
        word
        for word in found
        if getattr(word, ends[1]) > first - word.height / 2 and getattr(word, ends[0]) < last + word.height / 2
    ]


def _readings(found: list[Label], along: int, kinds: Kinds, marks: np.ndarray) -> Iterator[tuple[str, Reading]]:
    """Which side of each word stands at its tick, and what the words of a line then read, each but once."""
    tried = set[tuple[tuple[int, ...], bytes]]()
    for side in ("middle", "left", "right"):
        for line in lines_of(found, along, "right" if side == "middle" else side):
            places = np.array([label.place(along, side if along == 0 else "middle") for label in line])
            if (this := (tuple(map(id, line)), places.tobytes())) in tried:
                continue
            tried.add(this)
            told = set[tuple[str, bytes, bytes]]()
            for reading in sorted(read_scales(line, places, kinds), key=lambda each: -each.likeness):
                same = reading.kind, reading.places.tobytes(), reading.numbers.tobytes()
                if reading.places.size >= _FEWEST[along] and same not in told and not _bent(reading, marks):
                    told.add(same)
                    yield side, reading


def _clearest(
    found: list[Label],
    along: int,
    kinds: Kinds,
    marks: np.ndarray,
    corners: tuple[int, int],
    usual: Callable[[float, float], float],
) -> tuple[Reading | None, float]:
    """The best reading of a line of words, whichever side of each stands at its tick, and how legible they are.

    There is no reading where another is as good, or where the words look like other numbers than those that fit.
    """
    read = list(_readings(found, along, kinds, marks))
    if not read:
        return None, 0.0
    longest, seen = max(reading.places.size for _, reading in read), list[tuple[float, np.ndarray, Reading]]()
    for side, reading in read:
        ends, size = _ends(reading, np.array(corners)), reading.places.size
        gains = _ALIGNED * _aligned(reading, marks) + usual(*ends) + _MANY * size / longest - _FEW * (size == 2)
        seen.append((reading.likeness + gains - 0.001 * (side != "middle"), ends, reading))
    seen.sort(key=lambda each: -each[0])
    worth, ends, best = next(each for each in seen if not any(_part_of(each[2], other) for _, _, other in seen))
    others = [
        (other, reading)
        for other, theirs, reading in seen
        if np.abs(theirs - ends).max() > _SAME * np.abs(ends[1] - ends[0])
        and not _part_of(reading, best)
        and not all(_contradictions(reading, along))
    ]
    clear = worth - max((other for other, _ in others), default=-1.0) >= _CLEARLY
    as_many = [reading.likeness for _, reading in others if reading.places.size >= best.places.size]
    clear &= max(as_many, default=-1.0) - best.likeness <= _OVERRULED
    least = _LEAST_LIKENESS[along] if usual(*ends) else _LEAST_UNUSUAL
    told = clear and best.likeness >= least and not any(_contradictions(best, along))
    legible = max(reading.legible for _, reading in read)
    return (replace(best, kind=best.kind.split(",")[0]) if told else None), legible


def _contradictions(reading: Reading, along: int) -> tuple[bool, bool]:
    """Whether the labels look too much more like other numbers than a reading's, and whether too many of them do."""
    most = _CONTRADICTS[along] * (_STRICTER if reading.legible >= _WELL_LEGIBLE else 1)
    return reading.contradicted > most, reading.doubted > _MOST_DOUBTED


def _part_of(reading: Reading, other: Reading) -> bool:
    """Whether a reading explains fewer of the numbers that another does, and these no better."""
    fewer = set(reading.places.tolist()) < set(other.places.tolist())
    return fewer and reading.likeness < other.likeness


def _bent(reading: Reading, marks: np.ndarray) -> bool:
    """Whether more than one in four of the labels' ticks lie off the straight line that their numbers should form."""
    scale = _fitted(reading, marks)
    off = np.abs(scale.at(_places(reading, marks)) - reading.along_axis) / abs(scale.slope)
    return bool(np.mean(off > max(_OFF_LINE, 0.2 * reading.text_height)) > 0.25)


def _ends(reading: Reading, corners: np.ndarray) -> np.ndarray:
    """The values at the two corners of the frame."""
    values = _line(reading.places, reading.along_axis).at(corners)
    return gathered(values) if reading.broken else values


def _aligned(reading: Reading, marks: np.ndarray) -> float:
    """Share of the numbers that stand at ticks, all by the same few pixels beside them, as letters need some room."""
    beside = _nearest(reading, marks) - reading.places
    usual = np.median(beside)
    close = abs(usual) <= max(_BESIDE, 0.25 * reading.text_height)
    return float(close and np.mean(np.abs(beside - usual) <= _OFF_LINE))


def _nearest(reading: Reading, marks: np.ndarray) -> np.ndarray:
    """The tick that each number stands nearest to, in pixels along the axis."""
    return marks[np.abs(marks[:, None] - reading.places).argmin(axis=0)]


def _places(reading: Reading, marks: np.ndarray) -> np.ndarray:
    """The labels' ticks, in pixels along the axis; the labels' own places where there are none."""
    nearest = _nearest(reading, marks)
    close = np.abs(nearest - reading.places) <= max(2.0, _SNAP * reading.text_height)
    return np.where(close, nearest, reading.places)


def _fitted(reading: Reading, marks: np.ndarray) -> Scale:
    """The straight line through the labels' ticks, or through the labels where there are none."""
    return _line(_places(reading, marks), reading.along_axis)


def _line(places: np.ndarray, values: np.ndarray) -> Scale:
    """The straight line of least squares through values at places, [labels] each, not all at one place."""
    middle = places.mean()
    off = places - middle
    slope = float(off @ values / (off @ off))
    return Scale(slope, float(values.mean() - slope * middle))
