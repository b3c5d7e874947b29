"""Arms of a comparison: networks of several seeds, judged on the same spectra, and the difference between two."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from irjax.evaluation import metrics
from irjax.evaluation.intervals import bootstrap, covering, left_out, no_narrower, plain
from irjax.evaluation.thresholds import DEFAULT

RESAMPLES = 400
"""Fewer than an evaluation's thousand: a study judges a hundred networks."""


@dataclass(frozen=True)
class Answers:
    """What one network says of the spectra of a comparison."""

    probabilities: np.ndarray
    """[n, groups]."""
    thresholds: np.ndarray
    """[groups]."""


@dataclass(frozen=True)
class Arm:
    """Networks that differ in nothing but their seed."""

    name: str
    members: tuple[Answers, ...]
    labels: np.ndarray
    """0/1 [n, groups], what they are judged by."""
    skeletons: np.ndarray
    """str [n]; two arms with the same ones are compared spectrum by spectrum."""


Figure = Callable[[np.ndarray, Answers, np.ndarray], np.ndarray]
"""(labels, member, weights [resamples, n]) to [resamples]."""


def f1_macro(labels: np.ndarray, member: Answers, weights: np.ndarray) -> np.ndarray:
    """Macro-F1 at the member's thresholds."""
    return metrics.f1_macro(metrics.counts(labels, member.probabilities >= member.thresholds, weights))


def f1_macro_at_half(labels: np.ndarray, member: Answers, weights: np.ndarray) -> np.ndarray:
    """Macro-F1 at thresholds of 0.5."""
    return metrics.f1_macro(metrics.counts(labels, member.probabilities >= DEFAULT, weights))


def f1_micro(labels: np.ndarray, member: Answers, weights: np.ndarray) -> np.ndarray:
    """Micro-F1 at the member's thresholds."""
    return metrics.f1_micro(metrics.counts(labels, member.probabilities >= member.thresholds, weights))


def average_precision(labels: np.ndarray, member: Answers, weights: np.ndarray) -> np.ndarray:
    """Mean average precision of the groups."""
    return metrics.mean_of_groups(metrics.average_precision(labels, member.probabilities, weights))


def exact_match(labels: np.ndarray, member: Answers, weights: np.ndarray) -> np.ndarray:
    """Exact match ratio at the member's thresholds."""
    return metrics.exact_match_ratio(labels, member.probabilities >= member.thresholds, weights)


def cross_entropy(labels: np.ndarray, member: Answers, weights: np.ndarray) -> np.ndarray:
    """Mean binary cross-entropy, which needs no threshold; smaller is better."""
    found = np.clip(member.probabilities.astype(np.float64), 1e-7, 1 - 1e-7)
    each = metrics.cross_entropy(labels, found).mean(axis=1)
    return weights @ each / weights.sum(axis=1)


def group_f1(at: int) -> Figure:
    """F1 of one group, by its place."""

    def figure(labels: np.ndarray, member: Answers, weights: np.ndarray) -> np.ndarray:
        found = metrics.counts(labels[:, [at]], (member.probabilities >= member.thresholds)[:, [at]], weights)
        return metrics.f1_macro(found)

    return figure


@dataclass(frozen=True)
class Row:
    """One line of a comparison."""

    figure: str
    arm: str
    spectra: int
    seeds: int
    value: float | None
    """None, like what follows, where the spectra have nothing to reckon it from, such as a positive of a group."""
    low: float | None
    high: float | None
    against: str = ""
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None


def rows(figures: dict[str, Figure], arms: Sequence[Arm]) -> list[Row]:
    """A row per figure and arm; those after the first arm hold the difference to it.

    A value is the mean over the seeds, its interval one of 95 % over molecules and seeds (`intervals.covering`); arms
    judged on the same spectra share the draw of molecules, so that their difference is a paired one.
    """
    found = []
    for name, figure in figures.items():
        drawn = [_drawn(figure, arm) for arm in arms]
        for arm, each in zip(arms, drawn, strict=True):
            row = {"figure": name, "arm": arm.name, "spectra": len(arm.labels), "seeds": len(arm.members)}
            most = np.inf if figure is cross_entropy else 1.0
            bounds = each.bounds()
            if figure is exact_match:  # a share, of which resampling takes 0 and 1 for certain
                bounds = no_narrower(bounds, each.value, len(np.unique(arm.skeletons)))
            low, high = (float(np.clip(bound, 0, most)) for bound in bounds)
            row |= {"value": _known(each.value), "low": _known(low), "high": _known(high)}
            if arm is not arms[0]:
                apart = each - drawn[0]
                low, high = apart.bounds()
                row |= {"against": arms[0].name, "difference": _known(apart.value)}
                row |= {"difference_low": _known(float(low)), "difference_high": _known(float(high))}
            found.append(Row(**row))
    return found


@dataclass(frozen=True)
class _Spread:
    """A figure, and how it varies with the molecules and seeds that happen to be there."""

    value: float
    """The mean over the seeds."""
    drawn: np.ndarray
    """Over bootstrap resamples of molecules and seeds, [resamples]."""
    without: np.ndarray
    """With each block of the molecules left out, [blocks]."""

    def __sub__(self, other: "_Spread") -> "_Spread":
        alike = len(self.without) == len(other.without)  # not where one has too few molecules for all blocks
        without = self.without - other.without if alike else np.zeros(0)
        return _Spread(self.value - other.value, self.drawn - other.drawn, without)

    def bounds(self) -> tuple[np.ndarray | float, np.ndarray | float]:
        """Of the 95 % interval."""
        return covering(self.value, self.drawn, self.without)


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _drawn(figure: Figure, arm: Arm) -> _Spread:
    weightings = plain(len(arm.labels)), bootstrap(arm.skeletons, resamples=RESAMPLES), left_out(arm.skeletons)
    point, each, without = (
        np.stack([figure(arm.labels, member, weights) for member in arm.members]) for weights in weightings
    )
    picked = np.random.default_rng(1).integers(len(each), size=each.shape)
    seeds = np.take_along_axis(each, picked, axis=0).mean(axis=0)
    return _Spread(float(point.mean()), seeds, without.mean(axis=0))
