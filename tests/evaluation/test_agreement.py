"""Figures of predicted spectra, beside sums written out and scikit-learn's."""

import numpy as np
import pytest
from scipy.stats import t
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from irjax.evaluation.agreement import measures, normalised, scores

SPACING = 0.05


@pytest.fixture
def curves() -> tuple[np.ndarray, np.ndarray]:
    """Found and wanted, [7, 60]; some of what was found is negative."""
    chance = np.random.default_rng(0)
    wanted = chance.random((7, 60)) * 2
    return wanted + 0.5 * chance.normal(size=wanted.shape), wanted


def test_measures_are_those_of_scikit_learn_and_of_the_equations(curves: tuple[np.ndarray, np.ndarray]) -> None:
    found, wanted = curves
    figures = measures(found, wanted, SPACING)
    for name, figure in (("rmse", root_mean_squared_error), ("mae", mean_absolute_error), ("r2", r2_score)):
        np.testing.assert_allclose(figures[name], figure(wanted.T, found.T, multioutput="raw_values"), rtol=1e-9)
    for at, (one, true) in enumerate(zip(found, wanted, strict=True)):
        squares = sum((t - p) ** 2 * SPACING for p, t in zip(one, true, strict=True))
        assert figures["accuracy"][at] == pytest.approx(1 - squares**0.5 / sum(p * SPACING for p in one))
        assert figures["area"][at] == pytest.approx(1 - sum(abs(true - one)) / sum(true))
        below = [-p for p in one if p < 0]
        assert below
        assert figures["negative_share"][at] == len(below) / 60
        assert figures["negative_size"][at] == pytest.approx(sum(below) / sum(one**2) ** 0.5 / 60)


def test_a_perfect_prediction_is_perfect_and_nothing_is_nothing(curves: tuple[np.ndarray, np.ndarray]) -> None:
    _, wanted = curves
    perfect, nothing = (measures(found, wanted, SPACING) for found in (wanted, 0 * wanted))
    for name, value in {"accuracy": 1, "area": 1, "r2": 1, "rmse": 0, "mae": 0, "negative_share": 0}.items():
        np.testing.assert_allclose(perfect[name], value, atol=1e-12)
    np.testing.assert_array_equal(nothing["accuracy"], 0)
    assert np.isfinite(scores(0 * wanted, wanted, SPACING, np.arange(7))["normalised"]["accuracy"]["value"])


def test_normalising_leaves_out_the_height(curves: tuple[np.ndarray, np.ndarray]) -> None:
    found, wanted = curves
    one, other = (scores(found * height, wanted, SPACING, np.arange(7)) for height in (1, 40))
    assert one["normalised"]["accuracy"]["value"] == pytest.approx(other["normalised"]["accuracy"]["value"])
    assert one["overall"]["negative_size"] == pytest.approx(other["overall"]["negative_size"])
    assert one["overall"]["rmse"]["value"] < other["overall"]["rmse"]["value"]
    np.testing.assert_allclose(np.sum(normalised(found) ** 2, axis=1), 1)


def test_intervals_count_a_molecule_once() -> None:
    chance = np.random.default_rng(1)
    wanted = chance.random((400, 20)) + 1
    found = wanted + chance.normal(size=(400, 1)) * 0.3
    once = scores(found, wanted, SPACING, np.arange(400))["overall"]["mae"]
    error = np.abs(found - wanted).mean(axis=1)
    low, high = t.interval(0.95, 399, error.mean(), error.std(ddof=1) / 20)
    assert (once["low"], once["high"]) == pytest.approx((low, high))
    repeated = [np.repeat(each, 4, axis=0) for each in (found, wanted)]
    again = scores(*repeated, SPACING, np.repeat(np.arange(400), 4))["overall"]["mae"]
    assert again == pytest.approx(once)


def test_one_molecule_tells_of_no_other(curves: tuple[np.ndarray, np.ndarray]) -> None:
    found, wanted = curves
    alone = scores(found, wanted, SPACING, np.zeros(7))["overall"]["mae"]
    assert alone["value"] > 0
    assert alone["low"] is alone["high"] is None


@pytest.mark.parametrize("molecules", [2, 4])
def test_intervals_of_few_molecules_hold_the_truth(molecules: int) -> None:
    chance, held = np.random.default_rng(2), 0
    for _ in range(800):
        error = 1 + 0.2 * chance.normal(size=(molecules, 1))
        each = scores(error, np.zeros((molecules, 1)), SPACING, np.arange(molecules))["overall"]["mae"]
        held += each["low"] <= 1 <= each["high"]
    assert held / 800 == pytest.approx(0.95, abs=0.025)
