"""Present, absent or uncertain, at a rate of errors that is promised.

Two promises, each from spectra that the network has not seen. Of the spectra that have a group, at most the rate is
answered "absent": conformal prediction within the class (V. Vovk et al., Algorithmic Learning in a Random World, 2005).
Of the answers "present", at most the rate is wrong: the threshold is the lowest whose answers among held-out spectra,
one wrong answer more counted than there were, keep the rate. That one more is the price of having looked for the lowest
(as in conformal selection, Y. Jin & E. J. Candès, J. Mach. Learn. Res. 2023, 24, 244), and what a rare group must earn:
ten answers without an error for a rate of 10 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

ABSENT, PRESENT, UNCERTAIN = 0, 1, -1


@dataclass(frozen=True)
class Scores:
    """Calibrated probabilities of one group for held-out spectra."""

    positives: Float[np.ndarray, " n"]
    """All spectra that have it, ascending."""
    negatives: Float[np.ndarray, " m"]
    """The highest of those that have it not, so many that no threshold worth trying lies below them; ascending."""


@dataclass(frozen=True)
class Bounds:
    """From which probability on a group is present, and below which it is absent; what lies between is uncertain."""

    absent_below: Float[np.ndarray, " groups"]
    present_from: Float[np.ndarray, " groups"]

    def decide(self, probabilities: Float[np.ndarray, "n groups"]) -> Int[np.ndarray, "n groups"]:
        """ABSENT, PRESENT or UNCERTAIN."""
        sure = np.where(probabilities < self.absent_below, ABSENT, UNCERTAIN)
        return np.where(probabilities >= self.present_from, PRESENT, sure)


def scores_of(probabilities: Float[np.ndarray, " n"], labels: UInt8[np.ndarray, " n"], most: int) -> Scores:
    """What the promises for a group rest on.

    Args:
        most: how many negatives to keep at most; as many as there are positives in all suffice for rates up to 0.5.
    """
    negatives = np.sort(probabilities[labels == 0])
    return Scores(np.sort(probabilities[labels > 0]), negatives[max(len(negatives) - most, 0) :])


def merged(scores: Sequence[Scores]) -> Scores:
    """Those of several kinds of spectra together."""
    positives = np.sort(np.concatenate([each.positives for each in scores]))
    return Scores(positives, np.sort(np.concatenate([each.negatives for each in scores])))


def bounds(
    scores: list[Scores],
    thresholds: Float[np.ndarray, " groups"],
    rate: float,
    alike: Sequence[Scores | None] = (),
) -> Bounds:
    """The bounds that keep both promises.

    Where they cross, the threshold of highest F1, or what of it lies between them, decides, so that nothing is
    uncertain; where that does not keep the rate, the lowest above it that does, and what lies between is.
    What is more likely there than not is never absent, whatever the rate would allow.

    Args:
        thresholds: of highest F1.
        rate: from 0 to 0.5, of errors.
        alike: of each group perhaps spectra more like those that are asked about than `scores` are, but few: they part
            the bounds so far that answers to them keep the rate, without the margin that a promise asks for.
    """
    absent = np.minimum([_absent_below(each.positives, rate) for each in scores], _LIKELIER)
    present = np.array([_present_from(each, rate) for each in scores])
    for at in np.flatnonzero(present <= absent):
        between = float(np.clip(thresholds[at], present[at], absent[at]))
        present[at] = _present_from(scores[at], rate, above=between)
        absent[at] = min(absent[at], present[at])
    for at, few in enumerate(alike):
        if few and len(few.positives):
            absent[at] = min(absent[at], _absent_below(few.positives, rate, least=1))
        if few and len(few.negatives):
            present[at] = max(present[at], _present_from(few, rate, more=0))
    return Bounds(absent, present)


_LIKELIER = 0.5
"""Probability from which on a group is likelier there than not."""


def _absent_below(positives: np.ndarray, rate: float, least: int = 0) -> float:
    """So that of exchangeable spectra with the group at most `rate` lie below it; too few of them, and nothing does.

    Args:
        least: 1 to take the lowest of too few, below which none of them lies, though the next one may.
    """
    allowed = max(int(np.floor(rate * (len(positives) + 1) + 1e-9)), least)
    return float(positives[allowed - 1]) if allowed else -np.inf


def _present_from(scores: Scores, rate: float, more: int = 1, above: float = -np.inf) -> float:
    """The lowest threshold of which (wrong answers + 1) / answers is at most the rate; none, and nothing reaches it.

    Args:
        more: 0 to count the wrong answers as they are, so that what lies above all of them is present.
        above: the lowest threshold to try: the share that is wrong may rise again above one that keeps the rate.
    """
    positives, negatives = scores.positives, scores.negatives
    thresholds = np.unique(np.concatenate([positives, negatives, [above]]))
    thresholds = thresholds[np.isfinite(thresholds) & (thresholds >= above)]
    thresholds = np.append(thresholds, np.nextafter(thresholds[-1:], np.inf))
    wrong = len(negatives) - np.searchsorted(negatives, thresholds)
    called = wrong + len(positives) - np.searchsorted(positives, thresholds)
    earned = wrong + more <= rate * called + 1e-9
    return float(thresholds[earned].min()) if earned.any() else np.inf


def rates(
    decided: Int[np.ndarray, "n groups"],
    labels: UInt8[np.ndarray, "n groups"],
    chosen: np.ndarray | slice = slice(None),
) -> dict[str, float | None]:
    """How many decisions were made, and how many of them wrong, of groups or spectra taken together.

    Args:
        chosen: the spectra to look at.
    """
    decided, labels = decided[chosen], labels[chosen].astype(bool)
    present, absent = decided == PRESENT, decided == ABSENT

    def share(part: np.ndarray, whole: np.ndarray) -> float | None:
        return float(np.count_nonzero(part & whole) / np.count_nonzero(whole)) if whole.any() else None

    return {
        "answered": share(decided != UNCERTAIN, np.ones_like(labels)),
        "answered_when_present": share(decided != UNCERTAIN, labels),
        "wrong_when_present": share(absent, labels),
        "wrong_when_absent": share(present, ~labels),
        "wrong_of_present": share(~labels, present),
        "wrong_of_absent": share(labels, absent),
    }
