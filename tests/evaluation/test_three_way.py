"""Calibration and three answers, on scores whose truth is known."""

import json

import numpy as np
import pytest
from crepes import ConformalClassifier
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from irjax.evaluation.calibration import best_expected_f1_thresholds, fit_calibration, odds_of_all
from irjax.evaluation.metrics import expected_calibration_error
from irjax.evaluation.three_way import ABSENT, PRESENT, UNCERTAIN, Scores, bounds, rates, scores_of
from irjax.tasks.groups import Groups
from irjax.tasks.task import HeldOut

PREVALENCE = np.array([0.3, 0.1, 0.03, 0.01])


def drawn(seed: int, number: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and outputs of a network that knows something of them and is twice as sure as it should be."""
    draw = np.random.default_rng(seed)
    labels = (draw.random((number, len(PREVALENCE))) < PREVALENCE).astype(np.uint8)
    evidence = draw.normal(np.where(labels, 2.0, -2.0), 1.5)  # log-odds: 4 x / 1.5**2
    return labels, 2 * (evidence * 4 / 1.5**2 + logit(PREVALENCE))


def test_calibration_undoes_overconfidence() -> None:
    labels, outputs = drawn(0)
    found = fit_calibration(outputs, labels)
    np.testing.assert_allclose(found.slope, 0.5, atol=0.08)
    fresh_labels, fresh = drawn(1)
    point = np.ones((1, len(fresh)))
    assert expected_calibration_error(fresh_labels, found(fresh), point)[0] < 0.005
    assert expected_calibration_error(fresh_labels, expit(fresh), point)[0] > 0.01


def test_what_is_likelier_there_than_not_is_never_absent() -> None:
    sure = np.linspace(0.7, 0.99, 100)
    labels = np.array([1] * 100 + [0] * 40)
    for unlike in (np.full(40, 0.1), np.full(40, 0.98)):  # the bounds cross, and do not
        found = bounds([scores_of(np.concatenate([sure, unlike]), labels, 100)], np.array([0.8]), 0.1)
        assert found.absent_below[0] == 0.5
        assert found.decide(np.array([[0.49], [0.51], [0.69]])).ravel().tolist() == [ABSENT, UNCERTAIN, UNCERTAIN]


def test_calibration_of_a_common_group_is_that_of_logistic_regression() -> None:
    labels, outputs = drawn(2, 20_000)
    found = fit_calibration(outputs, labels)
    theirs = LogisticRegression(C=np.inf, tol=1e-8).fit(outputs[:, :1], labels[:, 0])
    assert found.slope[0] == pytest.approx(theirs.coef_[0, 0], rel=0.02)
    assert found.offset[0] == pytest.approx(theirs.intercept_[0], abs=0.03)


def test_a_rare_group_is_held_to_what_is_common() -> None:
    labels, outputs = drawn(3)
    labels[:, 3] = 0
    labels[:2, 3] = 1
    outputs[:2, 3] = -20.0  # two freaks
    found = fit_calibration(outputs, labels)
    assert found.slope[3] > 0.25


def test_of_outputs_that_say_the_contrary_the_order_and_the_rate_are_kept() -> None:
    outputs = np.random.default_rng(4).normal(size=(5_000, 1))
    labels = (np.random.default_rng(5).random((5_000, 1)) < expit(-2 - outputs)).astype(np.uint8)
    found = fit_calibration(outputs, labels)
    assert found.slope[0] == 0.05
    assert found(outputs).mean() == pytest.approx(labels.mean(), rel=0.02)


def test_the_expected_f1_has_its_best_threshold_at_half_itself() -> None:
    draw = np.random.default_rng(4)
    p = draw.beta(0.3, 2.0, (200_000, 1))
    y = draw.random(p.shape) < p
    threshold = best_expected_f1_thresholds(p, y.astype(np.uint8))[0]

    def f1(at: float) -> float:
        called = p >= at
        return 2 * (called & y).sum() / (called.sum() + y.sum())

    best = max(f1(at) for at in np.linspace(0.01, 0.99, 99))
    assert f1(threshold) == pytest.approx(best, abs=2e-3)
    assert threshold == pytest.approx(best / 2, abs=5e-3)


def test_a_group_that_nothing_held_out_has_is_called_at_a_half() -> None:
    p = np.full((50, 2), 0.01)
    assert best_expected_f1_thresholds(p, np.zeros((50, 2), np.uint8)).tolist() == [0.5, 0.5]


def test_what_is_all_but_certain_is_not_absent() -> None:
    """Probabilities that round to 1 were written down as 1, and what lay below was absent."""
    labels = np.zeros((200, 2), np.uint8)
    labels[:12, 0], labels[:, 1] = 1, 1
    outputs = np.where(labels, 30.0, -30.0)
    outputs[:12, 0] = np.linspace(20, 40, 12)
    columns = {"phase": np.full(200, "gas", dtype=object)}
    names, task = ("A", "B"), Groups()
    raw = json.loads(json.dumps(task.answering(names, labels, HeldOut(outputs, labels, columns))))
    answering = task.read_answering(names, raw)
    p = task.probabilities(answering, outputs[:12])
    assert p[:, 0].min() > 0.9999
    assert (answering.decide(p[1:], 0.1, columns["phase"][1:12])[:, 0] == PRESENT).all()


def test_both_promises_hold_on_average_over_fresh_draws() -> None:
    """Each of 200 draws calibrates on one half and looks at the other."""
    rate, missed, wrong = 0.1, [], []
    for seed in range(200):
        labels, outputs = drawn(100 + seed)
        p = expit(outputs / 2)
        half = len(p) // 2
        scores = [scores_of(p[:half, at], labels[:half, at], half) for at in range(p.shape[1])]
        decided = bounds(scores, best_expected_f1_thresholds(p[:half], labels[:half]), rate).decide(p[half:])
        present, truth = decided == PRESENT, labels[half:].astype(bool)
        missed.append((truth & (decided == ABSENT)).sum(axis=0) / truth.sum(axis=0))
        wrong.append((present & ~truth).sum(axis=0) / np.maximum(present.sum(axis=0), 1))
    for shares in (np.array(missed), np.array(wrong)):
        error = shares.std(axis=0) / np.sqrt(len(shares))
        assert (shares.mean(axis=0) <= rate + 2 * error).all()


def test_a_group_that_is_missed_in_ground_solids_is_not_called_absent_there() -> None:
    """It is rare there, so that the bound of all spectra would call nearly all of them absent."""
    missed, others, fresh = [], [], 40
    for seed in range(60):
        draw = np.random.default_rng(seed)
        phases = np.array(["gas"] * 4000 + ["mull"] * 300 + ["pellet"] * 300, dtype=object)
        labels = np.zeros((len(phases), 1), np.uint8)
        labels[:400] = labels[4000:4007] = labels[4300:4308] = 1
        outputs = draw.normal(np.where(labels, np.where(phases == "gas", 6.0, -4.0)[:, None], -6.0), 1.5)
        task = Groups()
        raw = task.answering(("A",), labels, HeldOut(outputs, labels, {"phase": phases}))
        answering = task.read_answering(("A",), raw)
        p = task.probabilities(answering, draw.normal([[-4.0]] * fresh + [[-6.0]] * fresh, 1.5))
        decided = answering.decide(p, 0.1, np.full(2 * fresh, "pellet", dtype=object))[:, 0]
        missed.append((decided[:fresh] == ABSENT).mean())
        others.append((decided[fresh:] == ABSENT).mean())
        assert (answering.decide(p, 0.1, np.full(2 * fresh, "gas", dtype=object)) == ABSENT).mean() > 0.9
    assert np.mean(missed) < 0.1 + 2 * np.std(missed) / np.sqrt(len(missed))
    assert np.mean(others) > 0.2  # some are still told apart


def test_too_few_alike_part_the_bounds() -> None:
    p = np.concatenate([np.linspace(0, 0.01, 900), np.linspace(0.3, 1, 100)])
    common_labels = (np.arange(1000) >= 900).astype(np.uint8)
    common = [scores_of(p, common_labels, 1000)]
    half, none = np.array([0.5]), np.zeros(0)
    alone = bounds(common, half, 0.1)
    few = bounds(common, half, 0.1, [Scores(np.array([0.02, 0.6, 0.7]), np.array([0.1, 0.65]))])
    assert few.absent_below[0] == 0.02 < alone.absent_below[0]
    assert alone.present_from[0] < 0.65 < few.present_from[0] == 0.7  # above the highest without the group
    above = bounds(common, half, 0.1, [Scores(np.array([0.6]), np.array([0.1, 0.9]))])
    assert above.decide(np.array([[0.9], [0.901]])).ravel().tolist() == [UNCERTAIN, PRESENT]
    crossing = [scores_of(np.concatenate([np.linspace(0, 0.3, 900), np.linspace(0.6, 1, 100)]), common_labels, 1000)]
    crossed = bounds(crossing, half, 0.1)
    parted = bounds(crossing, half, 0.1, [Scores(np.array([0.2]), np.array([0.1]))])
    assert parted.absent_below[0] == 0.2 < crossed.absent_below[0] == crossed.present_from[0] == parted.present_from[0]
    for without in (None, Scores(none, none), Scores(np.array([0.9, 0.95]), none), Scores(none, np.array([0.01]))):
        assert bounds(common, half, 0.1, [without]) == alone


def test_the_absent_bound_is_that_of_another_implementation() -> None:
    labels, outputs = drawn(5)
    p = expit(outputs[:, 1] / 2)
    y = labels[:, 1]
    held, fresh = slice(0, 2000), slice(2000, None)
    theirs = ConformalClassifier()
    theirs.fit(1 - np.where(y[held], p[held], 1 - p[held]), bins=y[held].astype(int))
    values = theirs.predict_p(np.stack([p[fresh], 1 - p[fresh]], axis=1), bins=np.ones(2000, int), smoothing=False)
    limits = bounds([scores_of(p[held], y[held], 2000)], np.array([0.5]), 0.1)
    ours = p[fresh] < limits.absent_below[0]
    np.testing.assert_array_equal(ours, values[:, 1] <= 0.1)


def test_too_few_spectra_promise_nothing() -> None:
    scores = scores_of(np.linspace(0, 1, 30), (np.arange(30) >= 22).astype(np.uint8), 30)
    limits = bounds([scores], np.array([0.5]), 0.1)
    assert (limits.decide(np.linspace(0, 1, 11)[:, None]) == UNCERTAIN).all()


def test_where_the_bounds_cross_nothing_is_uncertain() -> None:
    p = np.concatenate([np.linspace(0, 0.3, 900), np.linspace(0.6, 1, 100)])
    y = (np.arange(1000) >= 900).astype(np.uint8)
    limits = bounds([scores_of(p, y, 1000)], np.array([0.45]), 0.1)
    assert limits.absent_below[0] == limits.present_from[0]
    decided = limits.decide(np.array([[0.2], [0.9]]))
    assert decided.tolist() == [[ABSENT], [PRESENT]]


def test_where_they_cross_the_threshold_of_highest_f1_must_keep_the_rate_too() -> None:
    positives = np.array([0.1, 0.1, 0.15, 0.2, 0.35, 0.45, 0.55, 0.6, 0.65, 0.65, 0.9])
    negatives = np.array([0.15, 0.2, 0.5])
    p, y = np.concatenate([negatives, positives]), np.repeat([0, 1], [3, 11]).astype(np.uint8)
    limits = bounds([scores_of(p, y, 3)], np.array([0.55]), 0.3)  # 3 of 12 are wrong from 0.15 on, 2 of 10 from 0.2 on
    assert (limits.absent_below[0], limits.present_from[0]) == (0.15, 0.2)
    said = limits.decide(p[:, None])[:, 0] == PRESENT
    assert (said & (y == 0)).sum() + 1 <= 0.3 * said.sum()


def test_the_odds_of_all_is_a_product() -> None:
    p = np.array([[0.9, 0.2], [0.5, 0.5]])
    np.testing.assert_allclose(expit(odds_of_all(p, p >= 0.5)), [0.72, 0.25])


def test_what_is_counted_by_hand() -> None:
    decided = np.array([[PRESENT, ABSENT], [UNCERTAIN, ABSENT], [PRESENT, PRESENT]])
    labels = np.array([[1, 0], [1, 1], [0, 1]])
    assert rates(decided, labels) == {
        "answered": 5 / 6,
        "answered_when_present": 3 / 4,
        "wrong_when_present": 1 / 4,
        "wrong_when_absent": 1 / 2,
        "wrong_of_present": 1 / 3,
        "wrong_of_absent": 1 / 2,
    }
    assert rates(np.full((2, 1), ABSENT), np.zeros((2, 1)))["wrong_of_present"] is None
