import numpy as np
import pytest

from irjax.cli import BASELINES
from irjax.evaluation.baselines import METHODS, features, fit


def test_pooling_takes_the_deepest_band_of_four_points() -> None:
    inputs = np.ones((1, 600), np.float32)
    inputs[0, 402] = 0.5
    assert features(inputs, "raw").shape == (1, 600)
    found = features(inputs, "pooled")
    assert found.shape == (1, 150)
    assert np.flatnonzero(found[0]).tolist() == [100]
    assert found[0, 100] == 0.5


def test_the_command_line_names_every_method() -> None:
    assert set(BASELINES) == set(METHODS)


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
    chance = np.random.default_rng(0)
    x, labels = chance.random((3500, 4)), np.zeros((3500, 2), np.uint8)
    labels[:, 0] = x[:, 0] > 0.5
    chosen = np.random.default_rng(0).permutation(3500)[: METHODS["svm"].most]
    whole, part = fit(METHODS["svm"], x, labels)(x), fit(METHODS["svm"], x[np.sort(chosen)], labels[np.sort(chosen)])(x)
    np.testing.assert_allclose(whole, part)
