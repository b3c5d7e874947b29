"""The numbers beside a chart's frame, read all at once: those of one axis must lie on one scale.

A single blurred digit of seven pixels is easily misread. So no character is read by itself: every scale that round
numbers at the labels' places can form is tried, and the one whose numbers look most like the labels wins.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from scipy import ndimage

from irjax.spectra.chart.faces import FACES, ROWS, brought_to, template
from irjax.spectra.chart.picture import marks
from irjax.spectra.doubled import spread

Kinds = dict[str, tuple[np.ndarray, list[str], np.ndarray]]
"""For each kind of scale the numbers that may stand at a label, ascending, how they are written, and their place on the
axis up to a linear map."""
FINE = "fine"
"""What the name of a kind ends with whose numbers are so close that they are tried only where a label has room for one
of them alone."""
_OTHER_SHAPE = 0.5
"""What a label loses per logarithm of how much wider or narrower than the text it is."""
_OFF = 0.35
"""Heights of a label that its middle may lie off its number's place."""
_MISFIT = -0.3
"""Likeness of a label that no number fits, as a word among the numbers."""
_UNLIKE = 0.03
"""By how much a label must look more like another number to count as doubted."""
_ODD_STEP = 0.15
"""What a scale loses whose numbers do not go in round steps."""
_DARK = 0.3
_MOST_LABELS = 24
_CONSIDERED = 6
"""Scales of a kind among which more than the likeness decides."""
_ANCHORED = 48
"""Numbers that a label looks like most, of which a scale may be hung upon it."""
_MOST_WORDS = 500
_TEXT_LINES = 3
"""Lines of text from the frame, among which an axis's numbers are looked for."""


@dataclass(frozen=True, eq=False)  # each is itself alone, so that what it looks like is reckoned once
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

    def place(self, along: int, side: str) -> float:
        """Where the label stands along an axis, if its `middle`, or its `left` or `right` end, stands at its tick."""
        return self.middle[along] if side == "middle" else float(getattr(self, side))

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
    """How much the labels look like the numbers, 1 at most."""
    legible: float
    """How much each label looks like the number that it looks like most."""
    contradicted: float
    """By how much the mean of those that fit looks more like another number than its own."""
    doubted: float
    """Share of those that fit of which that is true at all."""
    text_height: float
    kind: str
    """Which of the tried scales it is."""

    @property
    def broken(self) -> bool:
        """Whether the scale is doubled below 2000."""
        return self.kind.startswith("broken")

    @property
    def along_axis(self) -> np.ndarray:
        """The numbers' places on the axis, up to a linear map of pixels."""
        return spread(self.numbers) if self.broken else self.numbers


def words(ink: np.ndarray, left: int, top: int, along: int) -> list[Label]:
    """The words in a part of a picture beside the frame.

    Args:
        ink: that part, 0 to 1, float32 [rows, columns].
        left, top: where it lies in the picture.
        along: 0 if the part's first row touches the frame, 1 if its last column does; ticks stand on it.
    """
    parts, boxes = marks(ink > _DARK)
    # Beside a panel without a line a tick may begin a pixel off; numbers do not, save small ones below.
    touching = np.unique(parts[0] if along == 0 else parts[:, -2:])
    heights = np.array([0] + [rows.stop - rows.start for rows, _ in boxes])
    widths = np.array([0] + [columns.stop - columns.start for _, columns in boxes])
    heights[touching] = 0
    text = (heights >= 4) & (heights <= 40)
    if not text.any():
        return []
    upright = text & (heights >= widths) if along == 1 else text  # no letter of a title that runs upwards
    height = float(np.median(heights[upright if upright.any() else text]))
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


def lines_of(labels: list[Label], along: int, side: str) -> Iterator[list[Label]]:
    """The labels that stand in one line, the line nearest to the frame first.

    Args:
        labels: words beside the frame.
        along: 0 for words below the frame, whose middles share a height; 1 for words at its left.
        side: what those at the left share: their `right` end, `left` end or `middle`.
    """
    rank = [label.middle[1] if along == 0 else -label.place(0, side) for label in labels]
    left = sorted(zip(rank, range(len(labels)), strict=True))
    for _ in range(_TEXT_LINES):
        if not left:
            return
        reach = 0.6 * labels[left[0][1]].height
        line = [labels[i] for place, i in left if place <= left[0][0] + reach]
        left = [(place, i) for place, i in left if place > left[0][0] + reach]
        yield sorted(line, key=lambda label: label.middle[along])


def read_scales(labels: list[Label], places: np.ndarray, kinds: Kinds) -> list[Reading]:
    """The scales whose numbers look most like the labels: some of each kind, the best among them.

    Args:
        labels: in order along the axis.
        places: where they stand along it, in pixels.
        kinds: the scales to try.
    """
    if not 2 <= len(labels) <= _MOST_LABELS:
        return []
    alike = {
        kind: np.stack([looks_like(label, tuple(written)) for label in labels], axis=1)
        for kind, (_, written, _) in kinds.items()
    }
    most = np.max([likeness.max(axis=2) for likeness in alike.values()], axis=0)  # whatever kind of number it may be
    found = []
    for kind, (numbers, _, at) in kinds.items():
        for anchors in _anchors(len(labels)):
            found += _best_pairs(labels, places, anchors, alike[kind], most, numbers, at, kind)
    return found


def _best_pairs(
    labels: list[Label],
    places: np.ndarray,
    anchors: tuple[int, int],
    likeness: np.ndarray,
    most: np.ndarray,
    numbers: np.ndarray,
    at: np.ndarray,
    kind: str,
) -> list[Reading]:
    """The best scales of a kind: a pair of numbers at the two anchors gives one, and a number to each other label.

    Args:
        labels, places, kind: as in `read_scales`.
        anchors: two of the labels.
        likeness: of each label to each number, [faces, labels, numbers].
        most: of each label to the number of any kind that it looks like most, [faces, labels].
        numbers, at: the numbers and their places on the axis, ascending, [numbers].
    """
    first, last = anchors
    height = float(np.median([label.height for label in labels]))
    one, other = (at[np.sort(np.argsort(-likeness[:, i].max(axis=0))[:_ANCHORED])] for i in anchors)
    slope = (other[None, :] - one[:, None]) / (places[last] - places[first])
    wanted = one[:, None] + slope * (places - places[first])[:, None, None]  # of each label, [labels, first, last]
    nearest = np.searchsorted((at[1:] + at[:-1]) / 2, wanted)
    fits = np.abs(at[nearest] - wanted) <= _OFF * height * np.abs(slope)
    alike = (np.where(fits[i], likeness[:, i, nearest[i]], _MISFIT) for i in range(len(labels)))
    each = sum(alike, np.zeros((len(FACES), *slope.shape))) / len(labels)
    face = each.max(axis=(1, 2)).argmax()
    too_close = kind.endswith(FINE) & (np.diff(at).min() < 2 * _OFF * height * np.abs(slope))
    score = np.where((slope == 0) | too_close, -1, each[face])
    within_reach = score >= np.sort(score, axis=None)[-_CONSIDERED:][0] - _ODD_STEP  # others cannot come among the best
    score[within_reach] -= _ODD_STEP * _oddness(numbers[nearest[:, within_reach]].T)
    legible = float(most[face].mean())
    found = []
    for pair in np.argsort(-score, axis=None)[:_CONSIDERED]:
        a, b = np.unravel_index(pair, score.shape)
        chosen = fits[:, a, b]
        own = likeness[face, np.arange(len(labels)), nearest[:, a, b]]
        against = (most[face] - own)[chosen]
        mean, share = (float(against.mean()), float(np.mean(against > _UNLIKE))) if against.size else (0.0, 0.0)
        said = numbers[nearest[:, a, b]][chosen]
        found.append(Reading(places[chosen], said, float(score[a, b]), legible, mean, share, height, kind))
    return found


def _oddness(numbers: np.ndarray) -> np.ndarray:
    """Share of the steps between numbers, [..., labels], that are not round or of which the numbers are no multiples.

    Three numbers that name an axis's ends and middle need not go in round steps.
    """
    steps = np.abs(np.diff(numbers, axis=-1))
    if steps.shape[-1] < 3:
        return np.zeros(steps.shape[:-1])
    parts = numbers[..., :-1] / np.maximum(steps, 1e-9)
    return (~_is_round(steps) | (np.abs(parts - np.round(parts)) > 0.01)).mean(axis=-1)


def _is_round(steps: np.ndarray) -> np.ndarray:
    """Whether a step is 1, 2, 2.5, 4 or 5 times a power of ten, as the steps between an axis's numbers are."""
    leading = steps / 10.0 ** np.floor(np.log10(np.maximum(steps, 1e-9)) + 1e-9)
    return np.any(np.abs(leading[..., None] - np.array([1, 2, 2.5, 4, 5])) < 1e-6, axis=-1, keepdims=True)[..., 0]


def _anchors(count: int) -> list[tuple[int, int]]:
    """Pairs of labels far apart; more than one pair, as one label may be no number."""
    pairs = {(first, last) for first in (0, 1) for last in (count - 1, count - 2) if last > first}
    return sorted(pairs)


@lru_cache(maxsize=1024)
def looks_like(label: Label, texts: tuple[str, ...]) -> np.ndarray:
    """How much a label looks like each text in each face, [faces, texts].

    It is the correlation of the pictures at one size, less for another shape.
    """
    rows, columns = label.ink.shape
    found = np.empty((len(FACES), len(texts)))
    for width, (faces, numbers, pictures) in _by_width(texts).items():
        scaled = brought_to(label.ink, width)
        shape = abs(np.log(columns / rows / (width / ROWS)))
        found[faces, numbers] = pictures @ scaled.ravel() / scaled.size - _OTHER_SHAPE * shape
    return found


@cache
def _by_width(texts: tuple[str, ...]) -> dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The templates of each width: which face and text, [templates], and their pixels, [templates, pixels]."""
    drawn = [(face, text, template(name, said)) for face, name in enumerate(FACES) for text, said in enumerate(texts)]
    found = {}
    for width in sorted({picture.shape[1] for _, _, picture in drawn}):
        faces, numbers, pictures = zip(*(each for each in drawn if each[2].shape[1] == width), strict=True)
        found[width] = np.array(faces), np.array(numbers), np.stack([picture.ravel() for picture in pictures])
    return found
