import numpy as np

from irjax.evaluation.baselines import PooledLogisticRegression, pooled


def test_pooling_takes_the_deepest_band_of_four_points_and_bridges_gaps() -> None:
    spectrum = np.ones((1, 600), np.float32)
    spectrum[0, 402] = 0.5
    spectrum[0, :100] = np.nan
    found = pooled(spectrum)
    assert found.shape == (1, 150)
    assert found[0].argmin() == 100
    assert found[0, :25].tolist() == [1.0] * 25


def test_logistic_regression_finds_a_band_and_survives_a_group_without_positives() -> None:
    chance = np.random.default_rng(0)
    labels = np.zeros((80, 2), np.uint8)
    labels[::2, 0] = 1
    spectra = 1 - 0.05 * chance.random((80, 600)).astype(np.float32)
    spectra[::2, 300] = 0.2
    model = PooledLogisticRegression.fit(spectra, labels)
    found = model.probabilities(spectra)
    assert ((found[:, 0] > 0.5) == (labels[:, 0] == 1)).all()
    assert (found[:, 1] == 0).all()
