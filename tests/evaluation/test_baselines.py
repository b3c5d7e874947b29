from dataclasses import replace

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from irjax.evaluation.baselines import CLASS_METHODS, METHODS, Method, features, fit


def test_pooling_takes_the_deepest_band_of_four_points() -> None:
    inputs = np.ones((1, 600), np.float32)
    inputs[0, 402] = 0.5
    assert features(inputs, "raw").shape == (1, 600)
    found = features(inputs, "pooled")
    assert found.shape == (1, 150)
    assert np.flatnonzero(found[0]).tolist() == [100]
    assert found[0, 100] == 0.5


@pytest.mark.parametrize("name", METHODS)
def test_each_method_finds_bands_and_survives_a_group_without_positives(name: str) -> None:
    chance = np.random.default_rng(0)
    labels = np.zeros((80, 3), np.uint8)
    labels[::2, 0] = 1
    labels[:40, 2] = 1
    spectra = 1 - 0.05 * chance.random((80, 600))
    spectra[::2, 300] = 0.2
    spectra[:40, 100] = 0.2
    x = features(spectra, "pooled")
    found = fit(METHODS[name], x, labels)(x)
    assert ((found[:, [0, 2]] > 0.5) == (labels[:, [0, 2]] == 1)).all()
    assert (found[:, 1] == 0).all()


def test_a_method_of_high_cost_is_given_a_stated_number_of_spectra() -> None:
    x, labels = np.arange(90.0)[:, None], np.zeros((90, 2), np.uint8)
    labels[::2, 0] = 1
    limited = Method(KNeighborsClassifier(1), per_group=True, most=30)
    once, again = (fit(limited, x, labels)(x)[:, 0] for _ in range(2))
    exact = (once == labels[:, 0]).sum()
    assert 30 <= exact < 70  # each of the 30 finds itself, and of the others, whose neighbours alternate, about half
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(fit(replace(limited, most=None), x, labels)(x)[:, 0], labels[:, 0])


@pytest.mark.parametrize("name", CLASS_METHODS)
def test_each_method_tells_classes_apart_and_gives_a_missing_one_nothing(name: str) -> None:
    chance = np.random.default_rng(0)
    classes = np.repeat([0, 1, 3], 12).astype(np.int32)
    spectra = np.zeros((36, 80))
    spectra[np.arange(36), 10 + 20 * classes] = 0.8 + 0.2 * chance.random(36)
    found = fit(CLASS_METHODS[name], spectra, classes)(spectra)
    assert found.shape == (36, 4)
    assert (found.argmax(axis=1) == classes).all()
    assert (found[:, 2] <= found.min(axis=1)).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_bands_that_lead_upwards_are_pooled_as_they_are() -> None:
    inputs = np.zeros((1, 5000), np.float32)
    inputs[0, 402] = 0.5
    found = features(inputs, "pooled", dips=False)
    assert found.shape == (1, 1250)
    assert found[0, 100] == 0.5


def test_points_that_fill_no_window_are_pooled_all_the_same() -> None:
    found = features(np.array([[0.0, 0.2, 0.1, 0.0, 0.0, 0.9]]), "pooled", dips=False)
    np.testing.assert_allclose(found, [[0.2, 0.9]])


@pytest.mark.parametrize("name", CLASS_METHODS)
def test_two_classes_are_told_apart_and_a_third_is_known_of(name: str) -> None:
    chance = np.random.default_rng(0)
    classes = np.repeat([0, 1], 30)
    x = chance.random((60, 8)) * 0.1
    x[classes == 1, 3] += 1
    found = fit(CLASS_METHODS[name], x, classes, 3)(x)
    assert found.shape == (60, 3)
    np.testing.assert_array_equal(found.argmax(axis=1), classes)
