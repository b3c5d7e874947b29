"""All figures of an evaluation, as the JSON that `irjax evaluate` writes."""

import math
from collections.abc import Callable

import numpy as np

from irjax.evaluation import metrics
from irjax.evaluation.intervals import bootstrap, covering, interval, left_out, no_narrower, plain
from irjax.evaluation.three_way import rates
from irjax.evaluation.thresholds import DEFAULT

LIKELY = 0.05
"""Probability above which decisions have a calibration error of their own: most others are easy."""
EXACT = ("exact_match_ratio", "exact_match_ratio_at_half")
FEW = 100
"""Molecules, of which resampling does not yet find how unlike each other they can be."""


def scores(
    labels: np.ndarray,
    probabilities: np.ndarray,
    thresholds: np.ndarray,
    names: tuple[str, ...],
    skeletons: np.ndarray,
    phases: np.ndarray,
) -> dict:
    """Figures over all spectra, per group and per phase, with 95 % bootstrap intervals over molecules.

    Args:
        labels: 0/1 [n, groups].
        probabilities: [n, groups].
        thresholds: [groups].
        names: of the groups.
        skeletons: str [n], which spectra are of one molecule.
        phases: str [n].

    Returns:
        `n`, `overall`, `groups` and `phases`, as `irjax evaluate --json` writes them; each group also has `f1_at_half`
        and `intervals`, and `groups_without_positive` counts those that stay out of the macro means.
    """
    drawn = bootstrap(skeletons)
    overall = _with_intervals(_overall, labels, probabilities, thresholds, skeletons, drawn)
    positives = labels.sum(axis=0)
    return {
        "n": len(labels),
        "groups_without_positive": int((positives == 0).sum()),
        "overall": {name: dict(zip(("value", "low", "high"), each, strict=True)) for name, each in overall.items()},
        "groups": _groups(labels, probabilities, thresholds, names, skeletons, drawn),
        "phases": {
            phase: _phase(labels, probabilities, thresholds, skeletons, phases == phase)
            for phase in sorted(set(phases.tolist()), key=lambda name: -int((phases == name).sum()))
        },
    }


def _with_intervals(
    reckon: Callable[..., dict[str, np.ndarray]],
    labels: np.ndarray,
    probabilities: np.ndarray,
    thresholds: np.ndarray,
    skeletons: np.ndarray,
    drawn: np.ndarray,
) -> dict[str, tuple[float | None, float | None, float | None]]:
    """Each figure that `reckon` finds under a weighting, with its lower and upper bound.

    Args:
        drawn: weightings, [resamples, n].
    """
    weightings = (plain(len(labels)), drawn, left_out(skeletons))
    values, spreads, jackknifed = (reckon(labels, probabilities, thresholds, each) for each in weightings)
    found = {}
    for name, (value,) in values.items():
        predicted = probabilities >= (DEFAULT if name.endswith("_at_half") else thresholds)
        low, high = (np.clip(bound, 0, 1) for bound in covering(value, spreads[name], jackknifed[name]))
        low, high = no_surer(name, (low, high), value, labels, predicted, _molecules(skeletons))
        found[name] = _plain(value), _plain(low), _plain(high)
    return found


def _at_thresholds(
    labels: np.ndarray, probabilities: np.ndarray, thresholds: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """The figures of each phase, [resamples] each."""
    predicted = probabilities >= thresholds
    found = metrics.counts(labels, predicted, weights)
    return {
        "f1_macro": metrics.f1_macro(found),
        "f1_micro": metrics.f1_micro(found),
        "exact_match_ratio": metrics.exact_match_ratio(labels, predicted, weights),
    }


def _overall(
    labels: np.ndarray, probabilities: np.ndarray, thresholds: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """The figures of all spectra, [resamples] each."""
    at_half = metrics.counts(labels, probabilities >= DEFAULT, weights)
    precision = metrics.average_precision(labels, probabilities, weights)
    return _at_thresholds(labels, probabilities, thresholds, weights) | {
        "f1_macro_at_half": metrics.f1_macro(at_half),
        "f1_micro_at_half": metrics.f1_micro(at_half),
        "average_precision_macro": metrics.mean_of_groups(precision),
        "exact_match_ratio_at_half": metrics.exact_match_ratio(labels, probabilities >= DEFAULT, weights),
        "ece": metrics.expected_calibration_error(labels, probabilities, weights),
        "ece_likely": metrics.expected_calibration_error(labels, probabilities, weights, LIKELY),
    }


def _groups(
    labels: np.ndarray,
    probabilities: np.ndarray,
    thresholds: np.ndarray,
    names: tuple[str, ...],
    skeletons: np.ndarray,
    drawn: np.ndarray,
) -> dict:
    point = plain(len(labels))
    figures = metrics.per_group(labels, probabilities, thresholds, point)
    bounds = group_bounds(labels, probabilities, thresholds, skeletons, drawn)
    at_half = metrics.per_group(labels, probabilities, np.full(len(names), DEFAULT), point)["f1"][0]
    return {
        name: {
            "n": int(labels[:, at].sum()),
            **{metric: _plain(figures[metric][0, at]) for metric in metrics.PER_GROUP},
            "f1_at_half": _plain(at_half[at]),
            "threshold": float(thresholds[at]),
            "intervals": {metric: [_plain(low[at]), _plain(high[at])] for metric, (low, high) in bounds.items()},
        }
        for at, name in enumerate(names)
    }


def group_bounds(
    labels: np.ndarray, probabilities: np.ndarray, thresholds: np.ndarray, skeletons: np.ndarray, drawn: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Lower and upper bounds of each of `metrics.PER_GROUP`, [groups] each, NaN where there is no figure.

    Percentiles over resamples, no narrower than Wilson's interval of as many decisions; `scripts/coverage.py` says how
    often they hold.

    Args:
        labels, probabilities, thresholds, skeletons: as `scores` takes them.
        drawn: weightings, [resamples, n].
    """
    point = plain(len(labels))
    figures = metrics.per_group(labels, probabilities, thresholds, point)
    spreads = metrics.per_group(labels, probabilities, thresholds, drawn)
    number = metrics.decisions(metrics.counts(labels, probabilities >= thresholds, point))
    alone = _molecules(skeletons) / len(labels)  # a molecule's spectra are no evidence each
    bounds = {}
    for name, values in spreads.items():
        low, high = interval(values)
        share, each = figures[name][0], alone * number[name][0]
        low, high = (_f1_no_narrower if name == "f1" else no_narrower)((low, high), share, each)
        bounds[name] = np.where(np.isnan(share), np.nan, low), np.where(np.isnan(share), np.nan, high)
    return bounds


def no_surer(
    name: str,
    bounds: tuple[np.ndarray | float, np.ndarray | float],
    value: np.ndarray | float,
    labels: np.ndarray,
    predicted: np.ndarray,
    molecules: int,
) -> tuple[np.ndarray | float, np.ndarray | float]:
    """Bounds of a figure, no narrower than Wilson's of the decisions it rests on.

    Those over several groups and of FEW molecules and more are left to resampling, but for exact matches; calibration
    errors are no shares.

    Args:
        name: of the figure.
        predicted: bool [n, groups].
        molecules: of the spectra, which are no evidence each.
    """
    if name in EXACT:
        return no_narrower(bounds, value, molecules)
    if molecules >= FEW and labels.shape[1] > 1:
        return bounds
    alone = molecules / len(labels)
    if name.startswith("f1"):  # of groups that are there, or are said to be
        return _f1_no_narrower(bounds, value, alone * np.count_nonzero(labels.astype(bool) | predicted))
    return no_narrower(bounds, value, alone * labels.sum()) if name.startswith("average_precision") else bounds


def _molecules(skeletons: np.ndarray) -> int:
    return len(set(skeletons.tolist()))


def _f1_no_narrower(
    bounds: tuple[np.ndarray | float, np.ndarray | float], f1: np.ndarray | float, number: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """As `no_narrower`, of an F1: by the share of right decisions that makes it, of those that count for it."""
    low, high, share = (each / (2 - each) for each in (*bounds, f1))
    low, high = no_narrower((low, high), share, number)
    return 2 * low / (1 + low), 2 * high / (1 + high)


def _phase(
    labels: np.ndarray, probabilities: np.ndarray, thresholds: np.ndarray, skeletons: np.ndarray, chosen: np.ndarray
) -> dict:
    drawn = bootstrap(skeletons[chosen])
    figures = _with_intervals(
        _at_thresholds, labels[chosen], probabilities[chosen], thresholds, skeletons[chosen], drawn
    )
    return {
        "n": int(chosen.sum()),
        **{name: value for name, (value, _, _) in figures.items()},
        "intervals": {name: [low, high] for name, (_, low, high) in figures.items()},
    }


def answer_rates(decided: np.ndarray, labels: np.ndarray, names: tuple[str, ...], phases: np.ndarray) -> dict:
    """How often each kind of answer is wrong: over all decisions, per group and per phase.

    Args:
        decided: [n, groups], as `three_way.Bounds.decide` gives them.
        labels: 0/1 [n, groups].
    """
    return {
        "overall": rates(decided, labels),
        "groups": {name: rates(decided[:, at], labels[:, at]) for at, name in enumerate(names)},
        "phases": {phase: rates(decided, labels, phases == phase) for phase in sorted(set(phases.tolist()))},
    }


def _plain(value: float | np.ndarray) -> float | None:
    """A number that JSON can hold; null where there is no figure."""
    number = float(value)
    return number if math.isfinite(number) else None
