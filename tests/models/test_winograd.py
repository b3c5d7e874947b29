"""Convolutions in fewer products give what the plain ones give, and so do their gradients."""

from collections.abc import Callable
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from irjax.engine.config import load_config
from irjax.models.batch import batch_of
from irjax.models.winograd import winograd
from irjax.spectra.grid import INFRARED

ORDERS = {1: ("NHC", "HIO", "NHC"), 2: ("NHWC", "HWIO", "NHWC")}


def numbers(*shape: int) -> jax.Array:
    return jax.random.normal(jax.random.key(sum(shape)), shape)


def exactly(inputs: jax.Array, kernel: jax.Array, before: tuple[int, ...], places: tuple[int, ...]) -> np.ndarray:
    """A convolution by its definition, in float64."""
    found = np.zeros((len(inputs), *places, kernel.shape[-1]))
    around = [(0, 0), *((first, places[at] + kernel.shape[at]) for at, first in enumerate(before)), (0, 0)]
    wide = np.pad(np.asarray(inputs, np.float64), around)
    for at in np.ndindex(kernel.shape[:-2]):
        taken = (slice(first, first + count) for first, count in zip(at, places, strict=True))
        found += wide[(slice(None), *taken)] @ np.asarray(kernel[at], np.float64)
    return found


def asked(convolution: Callable, *arrays: Any) -> str:
    """What XLA is asked for."""
    return str(jax.make_jaxpr(convolution)(*arrays))


@pytest.mark.parametrize(
    ("points", "widths", "pads"),
    [
        ((50,), (3,), [(1, 1)]),
        ((49,), (4,), [(1, 2)]),
        ((3,), (5,), [(2, 2)]),
        ((20,), (6,), [(0, 0)]),
        ((41,), (7,), [(6, 0)]),
        ((7, 10), (3, 5), [(0, 1), (2, 2)]),
    ],
)
def test_it_is_a_convolution_and_so_are_its_gradients(
    points: tuple[int, ...], widths: tuple[int, ...], pads: list[tuple[int, int]]
) -> None:
    inputs, kernel = numbers(8, *points, 24), numbers(*widths, 24, 16) / np.sqrt(24 * np.prod(widths))
    order = jax.lax.conv_dimension_numbers(inputs.shape, kernel.shape, ORDERS[len(points)])
    given = {"window_strides": (1,) * len(points), "padding": pads, "dimension_numbers": order}
    short, native = (jax.jit(partial(way, **given)) for way in (winograd, jax.lax.conv_general_dilated))
    assert "conv_general_dilated" not in asked(short, inputs, kernel)

    found, pulled = jax.vjp(short, inputs, kernel)
    wanted = exactly(inputs, kernel, tuple(first for first, _ in pads), found.shape[1:-1])
    assert found.shape == native(inputs, kernel).shape
    np.testing.assert_allclose(found, wanted, atol=3e-5)
    assert np.sqrt(np.mean((found - wanted) ** 2) / np.mean(wanted**2)) < 5e-6
    slope = numbers(*found.shape)
    for mine, theirs in zip(pulled(slope), jax.vjp(native, inputs, kernel)[1](slope), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-5 * float(jnp.abs(theirs).max()))


@pytest.mark.parametrize(
    ("shape", "features", "layer"),
    [
        ((8, 40, 16), 16, {"kernel_size": (5,), "strides": (2,)}),
        ((8, 40, 16), 16, {"kernel_size": (5,), "kernel_dilation": (2,)}),
        ((8, 40, 16), 16, {"kernel_size": (5,), "input_dilation": (2,), "padding": [(2, 2)]}),
        ((8, 40, 32), 16, {"kernel_size": (5,), "feature_group_count": 2}),
        ((8, 40, 16), 16, {"kernel_size": (5,), "precision": "highest"}),
        ((8, 40, 16), 16, {"kernel_size": (5,), "dtype": jnp.bfloat16}),
        ((8, 40, 16), 16, {"kernel_size": (5,), "padding": [(7, 0)]}),
        ((8, 40, 16), 16, {"kernel_size": (8,)}),
        ((8, 40, 16), 16, {"kernel_size": (1,)}),
        ((8, 40, 16), 4, {"kernel_size": (5,)}),
        ((8, 40, 4), 16, {"kernel_size": (5,)}),
        ((2, 40, 16), 16, {"kernel_size": (5,)}),
        ((8, 9, 9, 9, 16), 16, {"kernel_size": (3, 3, 3)}),
    ],
)
def test_the_rest_is_left_to_xla(shape: tuple[int, ...], features: int, layer: dict) -> None:
    inputs = numbers(*shape)
    plain, short = nn.Conv(features, **layer), nn.Conv(features, **layer, conv_general_dilated=winograd)
    variables = jax.eval_shape(plain.init, jax.random.key(0), inputs)
    assert asked(short.apply, variables, inputs) == asked(plain.apply, variables, inputs)
    assert asked(short.apply, variables, inputs).count("conv_general_dilated") == 1


def test_several_networks_at_once() -> None:
    inputs, kernels = numbers(3, 8, 40, 16), numbers(3, 5, 16, 16)
    given = {"window_strides": (1,), "padding": "SAME", "dimension_numbers": ((0, 2, 1), (2, 1, 0), (0, 2, 1))}
    way = partial(winograd, **given)
    found = jax.jit(jax.vmap(way))(inputs, kernels)
    for each in range(3):
        np.testing.assert_allclose(found[each], jax.jit(way)(inputs[each], kernels[each]), rtol=1e-4, atol=1e-4)


def test_networks_answer_alike() -> None:
    model = load_config("reader-b").model
    spectra = batch_of(jax.random.uniform(jax.random.key(0), (8, INFRARED.points)))
    plain = model.build(37, INFRARED, jax.lax.conv_general_dilated)
    variables = jax.jit(partial(plain.init, train=False))(jax.random.key(1), spectra)
    ways = plain, model.build(37, INFRARED)
    wanted, found = (jax.jit(partial(way.apply, train=False))(variables, spectra) for way in ways)
    assert 0 < float(jnp.abs(found - wanted).max()) < 1e-5
