"""The network's shape, its input, and layers against an independent computation."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from irjax.models.batch import batch_of, empty_batch
from irjax.models.cnn import CNN
from irjax.models.inputs import network_input
from irjax.models.layers import halved, pooled, window_pooled
from irjax.spectra.grid import INFRARED
from irjax.tasks.losses import binary_cross_entropy


def leaves(tree: object) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


def test_the_papers_network_has_its_parameters() -> None:
    model = CNN().build(37, INFRARED)
    assert CNN().dense == (4927, 2785, 1574)
    shapes = jax.eval_shape(lambda: model.init(jax.random.key(0), empty_batch(INFRARED), train=False))
    assert leaves(shapes["params"]) == 64_015_708
    assert leaves(shapes) == 64_015_894


def test_padding_never_reaches_batch_statistics_or_logits() -> None:
    model = CNN(filters=4, kernel_size=5, dense_layers=1, dense_nodes=8, dropout=0.0).build(3, INFRARED)
    x = jax.random.uniform(jax.random.key(0), (6, 600))
    variables = model.init(jax.random.key(1), batch_of(x), train=False)
    logits, updates = model.apply(variables, batch_of(x), train=True, mutable=["batch_stats"])
    padded = batch_of(jnp.concatenate([x, jnp.eye(3, 600)]))  # one point of 600: unlike any other
    padded = replace(padded, real=jnp.arange(9) < 6)
    masked, masked_updates = model.apply(variables, padded, train=True, mutable=["batch_stats"])
    np.testing.assert_allclose(masked[:6], logits, rtol=2e-5, atol=1e-5)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), masked_updates, updates)


def test_the_forward_pass_equals_plain_numpy() -> None:
    model = CNN(1, filters=3, dense_layers=1, dense_nodes=5, dropout=0.5).build(2, INFRARED)
    x = np.random.default_rng(0).random((2, 600)).astype(np.float32)
    x[:, :2] = 0, 1  # as wide as the network would stretch them
    variables = model.init(jax.random.key(0), batch_of(jnp.asarray(x)), train=False)
    p = jax.tree.map(np.asarray, variables["params"])
    kernel, bias = p["Conv_0"]["kernel"], p["Conv_0"]["bias"]
    padded = np.pad(x, ((0, 0), (5, 5)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 11, axis=1)
    convolved = windows @ kernel[:, 0] + bias
    normed = convolved / np.sqrt(1 + 1e-3) * p["BatchNorm_0"]["scale"] + p["BatchNorm_0"]["bias"]
    pooled = np.maximum(normed, 0).reshape(2, 300, 2, 3).max(axis=2).reshape(2, -1)
    hidden = np.maximum(pooled @ p["Dense_0"]["kernel"] + p["Dense_0"]["bias"], 0)
    wanted = hidden @ p["Dense_1"]["kernel"] + p["Dense_1"]["bias"]
    np.testing.assert_allclose(
        model.apply(variables, batch_of(jnp.asarray(x)), train=False), wanted, rtol=1e-4, atol=1e-5
    )


def test_pooling_of_an_odd_length_drops_the_last_point() -> None:
    x = jnp.arange(10.0).reshape(1, 5, 2)
    np.testing.assert_array_equal(halved(x)[0], [[2, 3], [6, 7]])


@pytest.mark.parametrize(("size", "points"), [(2, 7), (3, 12), (8, 20)])
def test_pooling_takes_the_greatest_of_each_window(size: int, points: int) -> None:
    x = jax.random.normal(jax.random.key(size), (2, points, 3))
    whole = points // size * size
    wanted = np.asarray(x)[:, :whole].reshape(2, -1, size, 3).max(axis=2)
    np.testing.assert_array_equal(pooled(x, size), wanted)


def test_pooling_of_overlapping_windows_pads_as_keras_does() -> None:
    x = jnp.array([3.0, 1, 4, 1, 5, 9, 2]).reshape(1, 7, 1)
    np.testing.assert_array_equal(window_pooled(x, 3, 2)[0, :, 0], [3, 4, 9, 9])
    np.testing.assert_array_equal(window_pooled(x, 2, 3)[0, :, 0], [3, 5, 2])
    np.testing.assert_array_equal(window_pooled(x[:, :6], 2, 2)[0, :, 0], [3, 4, 9])


def test_features_are_there_for_whoever_asks() -> None:
    model = CNN(1, filters=2, dense_layers=1, dense_nodes=5).build(2, INFRARED)
    variables = model.init(jax.random.key(0), empty_batch(INFRARED), train=False)
    _, found = model.apply(variables, empty_batch(INFRARED), train=False, mutable=["intermediates"])
    assert found["intermediates"]["features"][0].shape == (1, 5)


def test_input_fills_gaps_and_edges_and_scales_each_spectrum() -> None:
    spectrum = np.full(600, np.nan, np.float32)
    spectrum[100:500] = 0.9
    spectrum[200] = 0.5
    spectrum[300:304] = np.nan
    spectrum[299], spectrum[304] = 0.8, 0.9
    found = np.asarray(network_input(jnp.asarray(np.stack([spectrum, 0.999 + 0.001 * spectrum]))))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[0, :100], 1)
    np.testing.assert_allclose(found[0, 500:], 1)
    np.testing.assert_allclose(found[0, 200], 0)
    np.testing.assert_allclose(found[0, 299:305], np.linspace(0.75, 1, 6), rtol=1e-5)
    np.testing.assert_allclose(found[1], found[0], atol=2e-4)  # a weak spectrum looks like a strong one


@pytest.mark.parametrize("value", [np.nan, 0.7])
def test_input_of_a_flat_or_empty_spectrum_is_flat(value: float) -> None:
    assert (np.asarray(network_input(jnp.full((1, 600), value))) == 0).all()


def test_loss_is_a_sum_and_its_weight() -> None:
    logits = jnp.array([[2.0, -1.0], [0.0, 3.0], [9.0, 9.0]])
    labels = jnp.array([[1, 0], [1, 1], [0, 0]])
    total, weight = binary_cross_entropy(logits, labels, jnp.array([1.0, 1.0, 0.0]))
    p = 1 / (1 + np.exp(-np.asarray(logits[:2], np.float64)))
    wanted = -np.where(np.asarray(labels[:2]) == 1, np.log(p), np.log1p(-p)).mean(axis=1).sum()
    assert float(weight) == 2
    assert float(total) == pytest.approx(wanted, rel=1e-6)
