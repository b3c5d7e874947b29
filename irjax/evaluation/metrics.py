"""The metrics of the paper's SI ("Evaluation metrics"), for many weightings of the spectra at once.

A weighting [resamples, n] says how often each spectrum counts: all ones for the plain figure, how often it was drawn
for a bootstrap. Every function returns one row per weighting. A group without a positive is NaN and stays out of the
macro means; a group with positives and no hit has F1 0.
"""

from dataclasses import dataclass

import numpy as np

PER_GROUP = ("f1", "precision", "recall", "average_precision", "accuracy_presence", "accuracy_absence")
ECE_BINS = 15


@dataclass(frozen=True)
class Counts:
    """Decisions of each kind, float64 [resamples, groups] each."""

    true_positive: np.ndarray
    false_positive: np.ndarray
    false_negative: np.ndarray
    true_negative: np.ndarray


def counts(labels: np.ndarray, predicted: np.ndarray, weights: np.ndarray) -> Counts:
    """Counts of decisions; labels and predicted are bool [n, groups], weights [resamples, n]."""
    labels, predicted = labels.astype(bool), predicted.astype(bool)
    kinds = (labels & predicted, ~labels & predicted, labels & ~predicted, ~labels & ~predicted)
    return Counts(*(weights @ kind.astype(np.float64) for kind in kinds))


def per_group(labels: np.ndarray, probabilities: np.ndarray, thresholds: np.ndarray, weights: np.ndarray) -> dict:
    """Each of PER_GROUP as [resamples, groups]; a group counts as present from its threshold on."""
    found = counts(labels, probabilities >= thresholds, weights)
    positive = found.true_positive + found.false_negative
    negative = found.true_negative + found.false_positive
    present = np.where(positive > 0, 1.0, np.nan)
    return {
        "f1": f1(found) * present,
        "precision": _share(found.true_positive, found.true_positive + found.false_positive) * present,
        "recall": _share(found.true_positive, positive) * present,
        "average_precision": average_precision(labels, probabilities, weights),
        "accuracy_presence": _share(found.true_positive, positive) * present,
        "accuracy_absence": np.where(negative > 0, _share(found.true_negative, negative), np.nan),
    }


def f1(found: Counts) -> np.ndarray:
    """Harmonic mean of precision and recall; 0 where nothing is there and nothing was found."""
    hits = 2 * found.true_positive
    return _share(hits, hits + found.false_positive + found.false_negative)


def decisions(found: Counts) -> dict[str, np.ndarray]:
    """How many decisions each of PER_GROUP is a share of, [resamples, groups].

    F1 is one of those on spectra that have the group or are said to: with a share u of them right it is 2u / (1 + u).
    """
    present = found.true_positive + found.false_negative
    return {
        "f1": present + found.false_positive,
        "precision": found.true_positive + found.false_positive,
        "recall": present,
        "average_precision": present,
        "accuracy_presence": present,
        "accuracy_absence": found.true_negative + found.false_positive,
    }


def f1_macro(found: Counts) -> np.ndarray:
    """Mean F1 of the groups that have a positive, [resamples]."""
    return mean_of_groups(np.where(found.true_positive + found.false_negative > 0, f1(found), np.nan))


def f1_micro(found: Counts) -> np.ndarray:
    """F1 of all decisions taken together, [resamples]."""
    return f1(Counts(*(kind.sum(axis=1) for kind in vars(found).values())))


def exact_match_ratio(labels: np.ndarray, predicted: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Share of spectra with every group right (SI, eq. S9), [resamples]."""
    exact = (labels.astype(bool) == predicted).all(axis=1).astype(np.float64)
    return _share(weights @ exact, weights.sum(axis=1))


def cross_entropy(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Binary cross-entropy of each decision in nats, [n, groups] as its arguments; no probability is 0 or 1."""
    return -np.where(labels > 0, np.log(probabilities), np.log1p(-probabilities))


def average_precision(labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum over thresholds of (R_n - R_{n-1}) P_n (SI, eq. S8), [resamples, groups]; NaN without a positive."""
    columns = zip(labels.T, probabilities.T, strict=True)
    return np.stack([_average_precision(label, score, weights) for label, score in columns], axis=1)


def descending(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order from the highest score down, int [n], and where in it each threshold stands, int [thresholds].

    Equal scores pass a threshold together, so it stands at the last of them.
    """
    order = np.argsort(-score, kind="stable")
    return order, np.flatnonzero(np.append(np.diff(score[order]) != 0, True))


def _average_precision(label: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    if not label.any():
        return np.full(len(weights), np.nan)
    order, last = descending(score)
    true = label[order].astype(bool)
    # Recall rises at thresholds that a positive passes alone, few where a group is rare.
    passed, first = np.unique(np.searchsorted(last, np.flatnonzero(true)), return_index=True)
    ends = last[passed] + 1
    gain = np.add.reduceat(weights[:, order[true]], first, axis=1)
    said = np.add.reduceat(weights[:, order[: ends[-1]]], np.append(0, ends[:-1]), axis=1)
    positives, called = np.cumsum(gain, axis=1), np.cumsum(said, axis=1)
    total = positives[:, -1]
    return np.where(total > 0, _share((gain * _share(positives, called)).sum(axis=1), total), np.nan)


def expected_calibration_error(
    labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray, above: float = 0.0
) -> np.ndarray:
    """Mean distance of probability from frequency over 15 bins of equal mass, [resamples]; equal ones share a bin.

    Args:
        above: decisions count whose probability is higher; with 0 all do. NaN where none is.
    """
    order = np.argsort(probabilities, axis=None, kind="stable")
    order = order[np.searchsorted(probabilities.ravel()[order], above, side="right" if above else "left") :]
    spectrum = order // labels.shape[1]
    ascending = probabilities.ravel()[order]
    excess = ascending - labels.ravel()[order]
    errors = []
    for weighting in weights if len(order) else ():
        drawn = weighting[spectrum]
        mass = np.cumsum(drawn)
        edges = np.searchsorted(mass, mass[-1] * np.arange(1, ECE_BINS) / ECE_BINS, side="right")
        edges = np.searchsorted(ascending, ascending[np.minimum(edges, len(drawn) - 1)])
        first, end = np.concatenate(([0], edges)), np.concatenate((edges, [len(drawn)]))
        bins = np.add.reduceat(drawn * excess, np.minimum(first, len(drawn) - 1))
        bins = np.where(first < end, bins, 0)  # of an empty one reduceat gives the next decision
        errors.append(np.abs(bins).sum() / mass[-1] if mass[-1] else np.nan)
    return np.array(errors) if errors else np.full(len(weights), np.nan)


def mean_of_groups(values: np.ndarray) -> np.ndarray:
    """Mean over the groups that have a figure, [resamples] of [resamples, groups]."""
    known = ~np.isnan(values)
    number = known.sum(axis=1)
    return np.where(number > 0, np.where(known, values, 0).sum(axis=1) / np.maximum(number, 1), np.nan)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros_like(part, dtype=np.float64), where=whole > 0)
