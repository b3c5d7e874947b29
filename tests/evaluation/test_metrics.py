"""The metrics against scikit-learn's, and at the edges."""

import math

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, precision_score, recall_score

from irjax.evaluation import metrics
from irjax.evaluation.intervals import bootstrap, interval, plain
from irjax.evaluation.scores import scores
from irjax.evaluation.thresholds import FEWEST_POSITIVES, best_f1_thresholds

N, GROUPS = 400, 6


@pytest.fixture(scope="module")
def decisions() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, probabilities with many ties, thresholds."""
    chance = np.random.default_rng(0)
    labels = (chance.random((N, GROUPS)) < [0.5, 0.2, 0.1, 0.05, 0.02, 0.3]).astype(np.uint8)
    probabilities = np.clip(chance.normal(0.35, 0.2, labels.shape) + 0.3 * labels, 0, 1).round(2)
    return labels, probabilities.astype(np.float32), np.linspace(0.3, 0.7, GROUPS)


def test_per_group_equals_scikit_learn(decisions: tuple[np.ndarray, ...]) -> None:
    labels, probabilities, thresholds = decisions
    predicted = probabilities >= thresholds
    found = metrics.per_group(labels, probabilities, thresholds, plain(N))
    for at in range(GROUPS):
        y, p = labels[:, at], predicted[:, at]
        wanted = {
            "f1": f1_score(y, p, zero_division=0),
            "precision": precision_score(y, p, zero_division=0),
            "recall": recall_score(y, p),
            "average_precision": average_precision_score(y, probabilities[:, at]),
            "accuracy_presence": accuracy_score(y[y == 1], p[y == 1]),
            "accuracy_absence": accuracy_score(y[y == 0], p[y == 0]),
        }
        for name, value in wanted.items():
            assert found[name][0, at] == pytest.approx(value, abs=1e-12), name


def test_overall_equals_scikit_learn(decisions: tuple[np.ndarray, ...]) -> None:
    labels, probabilities, thresholds = decisions
    predicted = probabilities >= thresholds
    counted = metrics.counts(labels, predicted, plain(N))
    assert metrics.f1_macro(counted)[0] == pytest.approx(f1_score(labels, predicted, average="macro"))
    assert metrics.f1_micro(counted)[0] == pytest.approx(f1_score(labels, predicted, average="micro"))
    assert metrics.exact_match_ratio(labels, predicted, plain(N))[0] == pytest.approx(accuracy_score(labels, predicted))


def test_weighting_is_the_same_as_repeating(decisions: tuple[np.ndarray, ...]) -> None:
    labels, probabilities, thresholds = decisions
    times = np.random.default_rng(1).integers(0, 4, N)
    weighted = metrics.per_group(labels, probabilities, thresholds, times[None].astype(float))
    rows = np.repeat(np.arange(N), times)
    repeated = metrics.per_group(labels[rows], probabilities[rows], thresholds, plain(len(rows)))
    for name in metrics.PER_GROUP:
        np.testing.assert_allclose(weighted[name], repeated[name], rtol=1e-12)
    ece = metrics.expected_calibration_error
    np.testing.assert_allclose(
        ece(labels, probabilities, times[None].astype(float)),
        ece(labels[rows], probabilities[rows], plain(len(rows))),
        atol=2e-3,  # the two may part equal probabilities between bins differently
    )


def test_calibration_error_of_a_calibrated_and_of_an_overconfident_forecast() -> None:
    chance = np.random.default_rng(2)
    probabilities = chance.random((4000, 10))
    labels = (chance.random(probabilities.shape) < probabilities).astype(np.uint8)
    assert metrics.expected_calibration_error(labels, probabilities, plain(4000))[0] < 0.01
    sure = np.where(probabilities > 0.5, 1.0, 0.0)
    assert metrics.expected_calibration_error(labels, sure, plain(4000))[0] == pytest.approx(0.25, abs=0.005)


def test_calibration_error_by_hand() -> None:
    labels = np.array([[0], [0], [1], [1]] * 15)
    probabilities = np.linspace(0, 1, 60)[:, None]
    order = np.array_split(np.argsort(probabilities[:, 0]), 15)
    by_hand = sum(abs((probabilities[part] - labels[part]).sum()) for part in order) / 60
    assert metrics.expected_calibration_error(labels, probabilities, plain(60))[0] == pytest.approx(by_hand)


def test_calibration_error_knows_no_order_of_equal_probabilities() -> None:
    labels = (np.arange(300) < 30).astype(int)[:, None]
    for right in (labels, labels[::-1]):
        assert metrics.expected_calibration_error(right, np.full((300, 1), 0.1), plain(300))[0] < 1e-12
    draw = np.random.default_rng(0)
    probabilities = draw.integers(0, 6, (300, 1)) / 6
    order = draw.permutation(300)
    each = [(labels, probabilities), (labels[order], probabilities[order])]
    found = [metrics.expected_calibration_error(*these, plain(300))[0] for these in each]
    assert found[0] == pytest.approx(found[1])


def test_calibration_error_of_few_decisions_counts_each_once() -> None:
    one = metrics.expected_calibration_error(np.array([[1]]), np.array([[0.6]]), plain(1))
    few = metrics.expected_calibration_error(np.array([[1, 0, 1]]), np.array([[0.9, 0.2, 0.7]]), plain(1))
    np.testing.assert_allclose([*one, *few], [0.4, (0.1 + 0.2 + 0.3) / 3])


def test_group_without_positive_is_left_out_and_without_hit_is_zero() -> None:
    labels = np.array([[0, 1, 1], [0, 0, 1], [0, 1, 0]], np.uint8)
    probabilities = np.array([[0.1, 0.2, 0.9], [0.2, 0.1, 0.8], [0.1, 0.3, 0.1]])
    figures = scores(labels, probabilities, np.full(3, 0.5), ("none", "missed", "found"), *two_texts(3))
    assert figures["groups"]["none"]["f1"] is None
    assert figures["groups"]["missed"]["f1"] == 0
    assert figures["groups"]["found"]["f1"] == 1
    assert figures["overall"]["f1_macro"]["value"] == 0.5
    assert figures["groups_without_positive"] == 1
    assert figures["phases"]["gas"]["n"] == 3


def two_texts(count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.array([f"S{at}" for at in range(count)], object), np.array(["gas"] * count, object)


def test_intervals_hold_the_value_and_shrink_with_more_molecules(decisions: tuple[np.ndarray, ...]) -> None:
    labels, probabilities, thresholds = decisions
    names = tuple("abcdef")
    widths = []
    for count in (100, N):
        figures = scores(labels[:count], probabilities[:count], thresholds, names, *two_texts(count))
        for figure in figures["overall"].values():
            assert figure["low"] < figure["value"] < figure["high"]
        widths.append(figures["overall"]["f1_micro"]["high"] - figures["overall"]["f1_micro"]["low"])
    assert widths[1] < widths[0]


def test_bootstrap_draws_molecules_not_spectra() -> None:
    drawn = bootstrap(np.array(["A", "A", "A", "B", "C"], object), resamples=50)
    assert (drawn[:, 0] == drawn[:, 1]).all()
    assert (drawn[:, [0, 3, 4]].sum(axis=1) == 3).all()


def test_interval_leaves_out_resamples_without_a_figure() -> None:
    values = np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, np.nan]])
    low, high = interval(values)
    assert 1 <= low[0] < high[0] <= 2
    assert math.isnan(low[1])


def test_thresholds_reach_the_best_f1(decisions: tuple[np.ndarray, ...]) -> None:
    labels, probabilities, _ = decisions
    fitted = best_f1_thresholds(labels, probabilities)
    for at in range(GROUPS):
        y, p = labels[:, at], probabilities[:, at]
        best = max(f1_score(y, p >= cut) for cut in np.unique(p))
        assert f1_score(y, p >= fitted[at]) == pytest.approx(best)


def test_threshold_of_a_rare_group_stays_at_one_half() -> None:
    labels = np.zeros((50, 2), np.uint8)
    labels[: FEWEST_POSITIVES - 1, 0] = 1
    assert best_f1_thresholds(labels, np.random.default_rng(0).random((50, 2))).tolist() == [0.5, 0.5]
