"""Networks for diffraction patterns, ours and the published ones, and what they see."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from irjax.data.library import GRID
from irjax.errors import UsageError
from irjax.models.batch import Batch, empty_batch
from irjax.models.benchmark import Wang, WangCode
from irjax.models.diffraction import Diffraction, above_background
from irjax.models.inputs import without_noise

PEAKS = np.exp(-0.5 * ((GRID.values[:, None] - [8.0, 15.3, 31.7]) / 0.1) ** 2) @ [1.0, 0.4, 0.7]


def parameters(network: Wang | Diffraction) -> int:
    module = network.build(1012, GRID)
    shapes = jax.eval_shape(lambda: module.init(jax.random.key(0), empty_batch(GRID), train=False))
    return sum(int(np.prod(leaf.shape)) for leaf in jax.tree.leaves(shapes["params"]))


def test_the_published_networks_have_the_layers_that_were_published() -> None:
    convolutions = sum(5 * before * after + after for before, after in ((1, 6), (6, 16), (16, 32), (32, 64)))
    dense = sum(before * after + after for before, after in ((136 * 64, 120), (120, 84), (84, 1012)))
    assert parameters(Wang()) == convolutions + dense
    widths = (1, 6, 16, 16, 32, 32, 64, 64)
    convolutions = sum(5 * before * after + after for before, after in pairwise(widths))
    dense = sum(before * after + after for before, after in ((133 * 64, 120), (120, 84), (84, 1012)))
    assert parameters(WangCode()) == convolutions + dense


def test_noise_is_taken_off_where_there_is_some_and_nowhere_else() -> None:
    noisy = PEAKS + np.random.default_rng(0).normal(0, 0.05, GRID.points)
    found = np.asarray(without_noise(jnp.asarray(np.stack([PEAKS, noisy]), jnp.float32)))
    np.testing.assert_allclose(found[0], PEAKS, atol=1e-6)
    wanted = np.fft.irfft(np.where(np.arange(GRID.points // 2 + 1) < 200, np.fft.rfft(noisy), 0), GRID.points)
    np.testing.assert_allclose(found[1], wanted, atol=1e-4)
    assert np.abs(found[1] - PEAKS).mean() < 0.6 * np.abs(noisy - PEAKS).mean()


def test_background_is_taken_off_and_peaks_stay() -> None:
    slow = 3 + 2 * np.exp(-(GRID.values - 5) / 8) + 0.5 * np.sin(GRID.values / 6)
    found = np.asarray(above_background(jnp.asarray((PEAKS + slow)[None], jnp.float32)))[0]
    assert found.min() >= 0
    between = np.abs(GRID.values[:, None] - [8.0, 15.3, 31.7]).min(axis=1) > 1
    assert found[between].max() < np.abs(slow[128:] - slow[:-128]).max()  # no more than it falls within two windows
    for at, height in ((8.0, 1.0), (15.3, 0.4), (31.7, 0.7)):
        assert found[np.abs(GRID.values - at) < 0.1].max() == pytest.approx(height, abs=0.2)


def test_counts_on_another_scale_are_the_same_pattern() -> None:
    module = Diffraction(filters=(8, 8), dense=16).build(5, GRID)
    variables = module.init(jax.random.key(1), empty_batch(GRID), train=False)

    def outputs(values: np.ndarray) -> np.ndarray:
        row = jnp.asarray(values[None], jnp.float32)
        batch = Batch(row, jnp.ones(row.shape, bool), jnp.ones(1, bool))
        return np.asarray(module.apply(variables, batch, train=False))

    np.testing.assert_allclose(outputs(PEAKS), outputs(5000 * PEAKS + 40), atol=1e-4)


def test_too_few_points_are_refused() -> None:
    with pytest.raises(UsageError, match="poolings leave nothing"):
        Diffraction(filters=(8, 8, 8, 8, 8, 8, 8, 8, 8, 8)).build(5, GRID)
