"""The numbers beside a chart's frame, read all at once: those of one axis must lie on one scale.

A single blurred digit of seven pixels is easily misread. So no character is read by itself: every scale that round
numbers at the labels' places can form is tried, and the one whose numbers look most like the labels wins.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage

from irjax.spectra.chart.picture import marks

_GLYPHS = {
    "0": ".###. #...# #...# #...# #...# #...# #...# #...# .###.",
    "1": "..#. .##. #.#. ..#. ..#. ..#. ..#. ..#. ..#.",
    "2": ".###. #...# ....# ....# ...#. ..#.. .#... #.... #####",
    "3": ".###. #...# ....# ....# ..##. ....# ....# #...# .###.",
    "4": "...#. ..##. ..##. .#.#. .#.#. #..#. ##### ...#. ...#.",
    "5": "##### #.... #.... ####. #...# ....# ....# #...# .###.",
    "6": ".###. #...# #.... #.##. ##..# #...# #...# #...# .###.",
    "7": "##### ....# ....# ...#. ...#. ..#.. ..#.. .#... .#...",
    "8": ".###. #...# #...# #...# .###. #...# #...# #...# .###.",
    "9": ".###. #...# #...# #...# #..## .##.# ....# #...# .###.",
    ".": ". . . . . . . # #",
    "-": "... ... ... ... ... ### ... ... ...",
}
_ROWS = 9
_BLUR = 0.6
"""Pixels by which the glyphs and what is compared with them are smoothed, so that no two fonts need agree."""
_OTHER_SHAPE = 0.5
"""What a label loses per logarithm of how much wider or narrower than the text it is."""
_LEAST_LIKENESS = 0.35
"""Mean correlation of labels with their numbers, below which the numbers cannot be told."""
_OFF = 0.35
"""Heights of a label that its middle may lie off its number's place."""
_MISFIT = -0.3
"""Likeness of a label that no number fits, as a word among the numbers."""
_ODD_STEP = 0.15
"""What a scale loses whose numbers do not go in round steps."""
_DARK = 0.3
_MOST_LABELS = 16
_MOST_WORDS = 500
_TEXT_LINES = 3
"""Lines of text from the frame, among which an axis's numbers are looked for."""


@dataclass(frozen=True)
class Label:
    """A word beside the frame: where it stands, and its ink."""

    left: int
    top: int
    right: int
    bottom: int
    ink: np.ndarray

    @property
    def middle(self) -> tuple[float, float]:
        """(x, y), where pixel i reaches from i - 0.5 to i + 0.5."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def height(self) -> int:
        """Pixels."""
        return self.bottom - self.top + 1


@dataclass(frozen=True)
class Reading:
    """The scale that explains an axis's labels best: `numbers` stand at `places`, pixels along the axis."""

    places: np.ndarray
    numbers: np.ndarray
    likeness: float
    text_height: float
    kind: str
    """Which of the tried scales it is."""


def words(ink: np.ndarray, left: int, top: int, along: int) -> list[Label]:
    """The words in a part of a picture beside the frame.

    Args:
        ink: that part, 0 to 1, float32 [rows, columns].
        left, top: where it lies in the picture.
        along: 0 if the part's first row touches the frame, 1 if its last column does; ticks stand on it.
    """
    parts, boxes = marks(ink > _DARK)
    touching = np.unique(parts[0] if along == 0 else parts[:, -1])
    heights = np.array([0] + [rows.stop - rows.start for rows, _ in boxes])
    heights[touching] = 0
    text = (heights >= 4) & (heights <= 40)
    if not text.any():
        return []
    height = float(np.median(heights[text]))
    keep = ((heights > 0) & (heights <= 1.6 * height))[parts]
    joined = ndimage.maximum_filter1d(keep, 2 * round(0.3 * height) + 1, axis=1)
    found = []
    for box in marks(joined)[1][:_MOST_WORDS]:
        rows, columns = np.nonzero(keep[box])
        y, x = box[0].start, box[1].start
        inner = ink[y + rows.min() : y + rows.max() + 1, x + columns.min() : x + columns.max() + 1]
        if inner.shape[0] >= 4:
            place = left + x + int(columns.min()), top + y + int(rows.min())
            found.append(Label(*place, place[0] + inner.shape[1] - 1, place[1] + inner.shape[0] - 1, inner))
    return found


def lines_of(labels: list[Label], along: int) -> Iterator[list[Label]]:
    """The labels that stand in one line, the line nearest to the frame first.

    Args:
        labels: words beside the frame.
        along: 0 for words below the frame, whose middles share a height; 1 for words at its left, which end alike.
    """
    rank = [label.middle[1] if along == 0 else -float(label.right) for label in labels]
    left = sorted(zip(rank, range(len(labels)), strict=True))
    for _ in range(_TEXT_LINES):
        if not left:
            return
        reach = 0.6 * labels[left[0][1]].height
        line = [labels[i] for place, i in left if place <= left[0][0] + reach]
        left = [(place, i) for place, i in left if place > left[0][0] + reach]
        yield sorted(line, key=lambda label: label.middle[along])


def read_scale(
    labels: list[Label],
    along: int,
    kinds: dict[str, tuple[np.ndarray, list[str], np.ndarray]],
) -> Reading | None:
    """The scale whose numbers look most like the labels, None where no scale explains at least two of them.

    Args:
        labels: in order along the axis.
        along: 0 for an axis across, 1 for one down.
        kinds: for each kind of scale the numbers that may stand at a label, how they are written, and their place
            on the axis up to a linear map.
    """
    if not 2 <= len(labels) <= _MOST_LABELS:
        return None
    best: Reading | None = None
    for kind, (numbers, written, at) in kinds.items():
        likeness = np.array([_likeness(label, written) for label in labels])
        for anchors in _anchors(len(labels)):
            reading = _best_pair(labels, along, anchors, likeness, numbers, at, kind)
            if reading.likeness > (best.likeness if best else _LEAST_LIKENESS):
                best = reading
    return best


def _best_pair(
    labels: list[Label],
    along: int,
    anchors: tuple[int, int],
    likeness: np.ndarray,
    numbers: np.ndarray,
    at: np.ndarray,
    kind: str,
) -> Reading:
    """The best scale of a kind: every pair of numbers at the two anchors gives one, and a number to each other label.

    Args:
        labels, along, kind: as in `read_scale`.
        anchors: two of the labels.
        likeness: of each label to each number, [labels, numbers].
        numbers, at: the numbers and their places on the axis, ascending, [numbers].
    """
    first, last = anchors
    places = np.array([label.middle[along] for label in labels])
    height = float(np.median([label.height for label in labels]))
    slope = (at[None, :] - at[:, None]) / (places[last] - places[first])
    wanted = at[:, None, None] + slope[:, :, None] * (places - places[first])
    nearest = np.searchsorted((at[1:] + at[:-1]) / 2, wanted)
    fits = np.abs(at[nearest] - wanted) <= _OFF * height * np.abs(slope)[:, :, None]
    score = np.where(fits, likeness[np.arange(len(labels)), nearest], _MISFIT).mean(axis=2)
    odd = ~_is_round(np.abs(np.diff(numbers[nearest], axis=2)))
    score = np.where(slope == 0, -1, score - _ODD_STEP * odd.mean(axis=2))
    a, b = np.unravel_index(score.argmax(), score.shape)
    chosen = fits[a, b]
    return Reading(places[chosen], numbers[nearest[a, b]][chosen], float(score[a, b]), height, kind)


def _is_round(steps: np.ndarray) -> np.ndarray:
    """Whether a step is 1, 2, 2.5 or 5 times a power of ten, as the steps between an axis's numbers are."""
    leading = steps / 10.0 ** np.floor(np.log10(np.maximum(steps, 1e-9)) + 1e-9)
    return np.any(np.abs(leading[..., None] - np.array([1, 2, 2.5, 5])) < 1e-6, axis=-1, keepdims=True)[..., 0]


def _anchors(count: int) -> list[tuple[int, int]]:
    """Pairs of labels far apart; more than one pair, as one label may be no number."""
    pairs = {(first, last) for first in (0, 1) for last in (count - 1, count - 2) if last > first}
    return sorted(pairs)


def _likeness(label: Label, texts: list[str]) -> np.ndarray:
    """How much a label looks like each text: the correlation of the pictures at one size, less for another shape."""
    rows, columns = label.ink.shape
    found = np.empty(len(texts))
    templates = [_template(text) for text in texts]
    for width in {template.shape[1] for template in templates}:
        scaled = ndimage.zoom(label.ink, (_ROWS / rows, width / columns), order=1, mode="nearest", grid_mode=True)
        scaled = _standard(ndimage.gaussian_filter(scaled, _BLUR))
        shape = abs(np.log(columns / rows / (width / _ROWS)))
        for i, template in enumerate(templates):
            if template.shape[1] == width:
                found[i] = np.mean(scaled * template) - _OTHER_SHAPE * shape
    return found


def _standard(picture: np.ndarray) -> np.ndarray:
    """The picture with mean 0 and standard deviation 1, or 0 where it is of one shade."""
    return (picture - picture.mean()) / max(float(picture.std()), 1e-6)


@lru_cache(maxsize=1024)
def _template(text: str) -> np.ndarray:
    """The text drawn with _GLYPHS, a blank column between characters, blurred, as `_standard` leaves it."""
    columns: list[np.ndarray] = []
    for character in text:
        glyph = np.array([[pixel == "#" for pixel in row] for row in _GLYPHS[character].split()], float)
        columns += [glyph, np.zeros((_ROWS, 1))]
    return _standard(ndimage.gaussian_filter(np.concatenate(columns[:-1], axis=1), _BLUR))
