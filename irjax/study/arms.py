"""Arms of a comparison: networks of several seeds, judged on the same spectra, and the difference between two."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from irjax.evaluation import metrics
from irjax.evaluation.intervals import bootstrap, covering, left_out, plain
from irjax.evaluation.scores import no_surer
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


Reckoning = Callable[[np.ndarray, Answers, np.ndarray], np.ndarray]
"""(labels, member, weights [resamples, n]) to [resamples]."""
_Bounds = tuple[np.ndarray | float, np.ndarray | float]


@dataclass(frozen=True)
class Figure:
    """What arms are compared by."""

    name: str
    """As `scores.no_surer` knows it."""
    reckon: Reckoning
    group: int | None = None
    """The place of the one group that it is of; None of all."""
    most: float = 1.0
    """What it can be at most."""

    def __call__(self, arm: Arm, weights: np.ndarray) -> np.ndarray:
        """The figure of each network of an arm, [members, resamples]."""
        labels, members = self._seen(arm)
        return np.stack([self.reckon(labels, member, weights) for member in members])

    def bounds(self, arm: Arm, value: float, resampled: _Bounds) -> tuple[float, float]:
        """What the figure's bounds by resampling become for an arm: within what it can be, no surer than its data."""
        labels, members = self._seen(arm)
        # All seeds judge the same molecules: their decisions count once, in the mean.
        every = np.concatenate([labels] * len(members))
        called = np.concatenate([member.probabilities >= member.thresholds for member in members])
        low, high = no_surer(self.name, resampled, value, every, called, len(np.unique(arm.skeletons)))
        return float(np.clip(low, 0, self.most)), float(np.clip(high, 0, self.most))

    def _seen(self, arm: Arm) -> tuple[np.ndarray, list[Answers]]:
        """The labels of the groups that count, and what each network says of these."""
        at = slice(None) if self.group is None else [self.group]
        each = [(member.probabilities[:, at], member.thresholds[at]) for member in arm.members]
        half = self.name.endswith("_at_half")
        members = [Answers(said, np.full_like(own, DEFAULT) if half else own) for said, own in each]
        return arm.labels[:, at], members


def _of_decisions(figure: Callable[[metrics.Counts], np.ndarray]) -> Reckoning:
    return lambda labels, member, weights: figure(
        metrics.counts(labels, member.probabilities >= member.thresholds, weights)
    )


def _average_precision(labels: np.ndarray, member: Answers, weights: np.ndarray) -> np.ndarray:
    return metrics.mean_of_groups(metrics.average_precision(labels, member.probabilities, weights))


def _exact_match(labels: np.ndarray, member: Answers, weights: np.ndarray) -> np.ndarray:
    return metrics.exact_match_ratio(labels, member.probabilities >= member.thresholds, weights)


def _cross_entropy(labels: np.ndarray, member: Answers, weights: np.ndarray) -> np.ndarray:
    found = np.clip(member.probabilities.astype(np.float64), 1e-7, 1 - 1e-7)
    each = metrics.cross_entropy(labels, found).mean(axis=1)
    return weights @ each / weights.sum(axis=1)


f1_macro = Figure("f1_macro", _of_decisions(metrics.f1_macro))
"""Macro-F1 at the member's thresholds."""
f1_macro_at_half = Figure("f1_macro_at_half", _of_decisions(metrics.f1_macro))
"""Macro-F1 at thresholds of 0.5."""
f1_micro = Figure("f1_micro", _of_decisions(metrics.f1_micro))
"""Micro-F1 at the member's thresholds."""
average_precision = Figure("average_precision_macro", _average_precision)
"""Mean average precision of the groups."""
exact_match = Figure("exact_match_ratio", _exact_match)
"""Exact match ratio at the member's thresholds."""
cross_entropy = Figure("cross_entropy", _cross_entropy, most=np.inf)
"""Mean binary cross-entropy, which needs no threshold; smaller is better."""


def group_f1(at: int) -> Figure:
    """F1 of one group, by its place."""
    return Figure("f1", f1_macro.reckon, at)


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
            low, high = figure.bounds(arm, each.value, each.bounds())
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

    def bounds(self) -> _Bounds:
        """Of the 95 % interval."""
        return covering(self.value, self.drawn, self.without)


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _drawn(figure: Figure, arm: Arm) -> _Spread:
    weightings = plain(len(arm.labels)), bootstrap(arm.skeletons, resamples=RESAMPLES), left_out(arm.skeletons)
    point, each, without = (figure(arm, weights) for weights in weightings)
    picked = np.random.default_rng(1).integers(len(each), size=each.shape)
    seeds = np.take_along_axis(each, picked, axis=0).mean(axis=0)
    return _Spread(float(point.mean()), seeds, without.mean(axis=0))
