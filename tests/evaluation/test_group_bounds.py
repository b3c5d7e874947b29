"""Intervals of single groups: resampling takes for certain what few spectra agree on."""

import numpy as np
import pytest

from irjax.evaluation.intervals import bootstrap, wilson
from irjax.evaluation.scores import group_bounds, scores

SPECTRA = 60
NAMES = np.array([f"S{at}" for at in range(SPECTRA)], object)


def of(right: int, missed: int, false: int) -> dict:
    """Bounds of a group that is found in so many spectra, missed in others and seen where it is not."""
    labels, probabilities = np.zeros((SPECTRA, 1), np.uint8), np.full((SPECTRA, 1), 0.1)
    labels[: right + missed] = 1
    probabilities[:right] = probabilities[right + missed : right + missed + false] = 0.9
    bounds = group_bounds(labels, probabilities, np.array([0.5]), NAMES, bootstrap(NAMES))
    return {name: (float(low[0]), float(high[0])) for name, (low, high) in bounds.items()}


def test_one_spectrum_that_was_missed_says_little() -> None:
    low, high = of(right=0, missed=1, false=0)["recall"]
    assert (low, high) == pytest.approx(tuple(float(end) for end in wilson(0.0, 1)))
    assert of(right=0, missed=1, false=0)["f1"][1] > 0.8


def test_f1_is_bounded_by_the_share_of_right_decisions() -> None:
    low, high = (float(end) for end in wilson(3 / 3, 3))
    assert of(right=3, missed=0, false=0)["f1"] == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)))


def test_what_nobody_says_has_any_precision() -> None:
    assert of(right=0, missed=2, false=0)["precision"] == pytest.approx((0.0, 1.0), abs=1e-3)


def test_a_group_without_a_spectrum_has_no_bounds() -> None:
    assert np.isnan(of(right=0, missed=0, false=2)["f1"]).all()


def test_many_spectra_are_bounded_by_resampling() -> None:
    low, high = of(right=20, missed=10, false=5)["f1"]
    assert 0.5 < low < 40 / 55 < high < 0.9


def test_no_spectrum_right_in_full_is_no_certainty() -> None:
    labels = np.ones((SPECTRA, 2), np.uint8)
    figures = scores(labels, np.full((SPECTRA, 2), 0.1), np.full(2, 0.5), ("a", "b"), NAMES, np.full(SPECTRA, "gas"))
    for found in (
        figures["overall"]["exact_match_ratio"],
        {"high": figures["phases"]["gas"]["intervals"]["exact_match_ratio"][1]},
    ):
        assert found["high"] == pytest.approx(float(wilson(0.0, SPECTRA)[1]))


@pytest.mark.parametrize("right", [True, False])
def test_few_spectra_are_no_certainty(right: bool) -> None:
    labels = np.ones((5, 2), np.uint8)
    found = np.full((5, 2), 0.9 if right else 0.1)
    figures = scores(labels, found, np.full(2, 0.5), ("a", "b"), NAMES[:5], np.full(5, "gas"))
    for name in ("f1_macro", "f1_micro", "f1_micro_at_half", "exact_match_ratio"):
        figure = figures["overall"][name]
        assert figure["value"] == right
        assert figure["high"] - figure["low"] > 0.15
    gas = figures["phases"]["gas"]["intervals"]
    assert all(high - low > 0.15 for low, high in gas.values())
