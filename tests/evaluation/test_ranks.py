"""How far down the right class stands, against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import top_k_accuracy_score

from irjax.evaluation.intervals import wilson
from irjax.evaluation.matching import match
from irjax.evaluation.ranks import ranks, scores


def test_top_k_is_that_of_scikit_learn() -> None:
    chance = np.random.default_rng(0)
    found, classes = chance.random((400, 12)), chance.integers(0, 12, 400)
    figures = scores(found, classes)["overall"]
    for most in range(1, 6):
        wanted = top_k_accuracy_score(classes, found, k=most, labels=range(12))
        assert figures[f"top{most}"]["value"] == pytest.approx(wanted)
        assert figures[f"top{most}"]["low"] < wanted < figures[f"top{most}"]["high"]
    assert figures["wrong"]["value"] == 400 - round(400 * figures["top1"]["value"])


def test_a_class_that_is_level_with_the_right_one_counts_as_before_it() -> None:
    assert ranks(np.ones((2, 4)), np.array([0, 3])).tolist() == [3, 3]


def test_what_is_no_number_is_no_hit() -> None:
    assert ranks(np.full((1, 4), np.nan), np.array([2])).tolist() == [3]
    assert ranks(np.array([[0.3, np.nan, 0.9]]), np.array([2])).tolist() == [1]


@pytest.mark.parametrize("share", [0.002, 0.3, 0.998])
def test_the_interval_holds_the_share_in_95_of_100_samples(share: float) -> None:
    hits = np.random.default_rng(1).binomial(4500, share, 4000)
    low, high = wilson(hits / 4500, 4500)
    assert 0.93 < ((low <= share) & (share <= high)).mean() < 0.975


def test_matching_finds_moved_peaks_and_tells_heights_apart() -> None:
    library = [(np.array([100, 400]), np.array([1.0, 0.5])), (np.array([100, 400]), np.array([1.0, 0.62]))]
    spectra = np.zeros((3, 600))
    spectra[0, [130, 430]] = 1.0, 0.47
    spectra[1, [80, 380]] = 1.0, 0.64
    spectra[2, [100, 200, 400, 500]] = 1.0
    found = match(spectra, library)
    assert found[:2].argmax(axis=1).tolist() == [0, 1]
    assert found[2].max() < 0.6


def test_of_classes_that_match_in_full_the_nearest_comes_first_however_many_peaks_others_have() -> None:
    exact, off = (np.array([100, 400]), np.ones(2)), (np.array([110, 390, 600]), np.ones(3))
    spectrum = np.zeros((1, 700))
    spectrum[0, [100, 400]] = 1.0
    assert match(spectrum, [exact, (off[0][:2], off[1][:2]), (np.array([9]), np.ones(1))]).argmax() == 0
    both = np.zeros((1, 700))
    both[0, [100, 400, 600]] = 1.0
    assert (
        match(both, [off, (np.array([100, 400, 600]), np.ones(3)), (np.arange(0, 690, 30), np.ones(23))]).argmax() == 1
    )
