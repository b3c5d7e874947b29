"""Arms of a comparison: networks of several seeds, judged on the same spectra, and the difference between two."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from irjax.evaluation import metrics
from irjax.evaluation.intervals import bootstrap, interval, plain
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

    A value is the mean over the seeds. Its interval is a 95 % bootstrap over molecules and seeds; arms judged on the
    same spectra share the draw of molecules, so that their difference is a paired one.
    """
    found = []
    for name, figure in figures.items():
        values, spreads = zip(*(_drawn(figure, arm) for arm in arms), strict=True)
        for at, arm in enumerate(arms):
            row = {"figure": name, "arm": arm.name, "spectra": len(arm.labels), "seeds": len(arm.members)}
            low, high = interval(spreads[at])
            row |= {"value": _known(float(values[at])), "low": _known(float(low)), "high": _known(float(high))}
            if at:
                low, high = interval(spreads[at] - spreads[0])
                row |= {"against": arms[0].name, "difference": _known(float(values[at] - values[0]))}
                row |= {"difference_low": _known(float(low)), "difference_high": _known(float(high))}
            found.append(Row(**row))
    return found


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _drawn(figure: Figure, arm: Arm) -> tuple[float, np.ndarray]:
    """The mean over the seeds, and its values over bootstrap resamples of molecules and seeds."""
    weights = bootstrap(arm.skeletons, resamples=RESAMPLES)
    point = np.array([figure(arm.labels, member, plain(len(arm.labels)))[0] for member in arm.members])
    each = np.stack([figure(arm.labels, member, weights) for member in arm.members])
    picked = np.random.default_rng(1).integers(len(each), size=(len(each), each.shape[1]))
    return float(point.mean()), np.take_along_axis(each, picked, axis=0).mean(axis=0)
