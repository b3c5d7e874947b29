"""Products and convolutions in other forms give what the plain ones give, and so do their gradients."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from irjax.models.batch import batch_of
from irjax.models.cnn import CNN
from irjax.models.products import product, shifted_products
from irjax.spectra.grid import INFRARED

ONE_BY_ONE = (((1,), (0,)), ((), ()))


def numbers(*shape: int) -> jax.Array:
    return jax.random.normal(jax.random.key(sum(shape)), shape)


def test_a_product_and_its_gradients_are_those_of_a_matrix_product() -> None:
    rows, kernel = numbers(7, 30), numbers(30, 11)
    multiplied = partial(product, dimension_numbers=ONE_BY_ONE)

    def total(multiply: Callable[[jax.Array, jax.Array], jax.Array]) -> Callable:
        return jax.value_and_grad(lambda rows, kernel: jnp.sum(jnp.sin(multiply(rows, kernel))), argnums=(0, 1))

    jax.tree.map(
        lambda found, wanted: np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5),
        total(multiplied)(rows, kernel),
        total(jnp.matmul)(rows, kernel),
    )


@pytest.mark.parametrize(("strides", "padding"), [((1, 1), "SAME"), ((2, 1), "VALID"), ((3, 2), [(1, 2), (0, 1)])])
def test_shifted_products_of_two_dimensions(strides: tuple[int, int], padding: str | list[tuple[int, int]]) -> None:
    layer = {"kernel_size": (3, 2), "strides": strides, "padding": padding}
    inputs = numbers(2, 11, 13, 3)
    plain = nn.Conv(4, **layer)
    variables = plain.init(jax.random.key(0), inputs)
    found = nn.Conv(4, **layer, conv_general_dilated=shifted_products).apply(variables, inputs)
    np.testing.assert_allclose(found, plain.apply(variables, inputs), rtol=1e-4, atol=1e-4)


def test_products_of_several_networks_at_once() -> None:
    rows, kernels = numbers(3, 7, 30), numbers(3, 30, 11)
    found = jax.vmap(partial(product, dimension_numbers=ONE_BY_ONE))(rows, kernels)
    np.testing.assert_allclose(found, rows @ kernels, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("width", [1, 4, 5, 11])
def test_shifted_products_are_a_convolution(width: int) -> None:
    inputs, kernel = numbers(2, 40, 3), numbers(width, 3, 6)

    def native(inputs: jax.Array, kernel: jax.Array) -> jax.Array:
        return jax.lax.conv_general_dilated(inputs, kernel, (1,), "SAME", dimension_numbers=("NHC", "HIO", "NHC"))

    for found, wanted in zip(
        jax.vjp(shifted_products, inputs, kernel)[1](numbers(2, 40, 6)),
        jax.vjp(native, inputs, kernel)[1](numbers(2, 40, 6)),
        strict=True,
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(shifted_products(inputs, kernel), native(inputs, kernel), rtol=1e-4, atol=1e-4)


PADDED = ((2, "SAME"), (3, "SAME"), (1, "VALID"), (2, [(3, 1)]))


@pytest.mark.parametrize(
    ("width", "stride", "padding"),
    [*((width, *steps) for width in (2, 5) for steps in PADDED), (50, 2, [(3, 1)])],
)
def test_shifted_products_stride_and_pad(width: int, stride: int, padding: str | list[tuple[int, int]]) -> None:
    layer = {"kernel_size": (width,), "strides": (stride,), "padding": padding}
    inputs = numbers(2, 61, 3)
    plain = nn.Conv(4, **layer)
    variables = plain.init(jax.random.key(0), inputs)
    found = nn.Conv(4, **layer, conv_general_dilated=shifted_products).apply(variables, inputs)
    np.testing.assert_allclose(found, plain.apply(variables, inputs), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "layer",
    [
        {"kernel_size": (3,), "kernel_dilation": (2,)},
        {"kernel_size": (3,), "input_dilation": (2,), "padding": ((1, 1),)},
        {"kernel_size": (3,), "feature_group_count": 2},
        {"kernel_size": (3, 3, 3)},
        {"kernel_size": (3,), "precision": "highest"},
    ],
)
def test_what_shifted_products_cannot_do_is_left_to_xla(layer: dict) -> None:
    inputs = numbers(2, 20, 4) if len(layer["kernel_size"]) == 1 else numbers(2, 9, 9, 9, 4)
    plain, other = nn.Conv(4, **layer), nn.Conv(4, **layer, conv_general_dilated=shifted_products)
    weights = jax.vmap(plain.init, in_axes=(0, None))(jax.random.split(jax.random.key(0)), inputs)
    each = [jax.tree.map(lambda leaf, at=at: leaf[at], weights) for at in range(2)]
    wanted = jnp.stack([plain.apply(one, inputs) for one in each])
    found = jax.vmap(other.apply, in_axes=(0, None))(weights, inputs)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("shape", "layer"), [((2, 3, 4), {}), ((3, 3, 4), {}), ((3, 4), {"precision": "highest"})])
def test_what_a_product_cannot_do_is_refused(shape: tuple[int, ...], layer: dict) -> None:
    with pytest.raises(NotImplementedError, match="product: rows of a matrix by a matrix"):
        nn.Dense(5, dot_general=product, **layer).init(jax.random.key(0), numbers(*shape))
    with pytest.raises(NotImplementedError, match="product: rows of a matrix by a matrix"):
        product(numbers(4, 4), numbers(4, 4), (((1,), (1,)), ((), ())))


def test_both_convolutions_and_precisions_take_the_same_weights() -> None:
    config = CNN(filters=4, kernel_size=5, dense_nodes=16, dense_layers=2)
    spectra = batch_of(jax.random.uniform(jax.random.key(0), (6, 600)))
    plain = config.build(3, INFRARED)
    variables = plain.init(jax.random.key(1), spectra, train=False)
    wanted = plain.apply(variables, spectra, train=False)
    shifted = config.build(3, INFRARED, shifted_products).apply(variables, spectra, train=False)
    np.testing.assert_allclose(shifted, wanted, rtol=1e-4, atol=1e-5)
    half = replace(config, precision="bfloat16").build(3, INFRARED)
    assert {leaf.dtype for leaf in jax.tree.leaves(half.init(jax.random.key(1), spectra, train=False))} == {
        jnp.dtype("float32")
    }
    logits = half.apply(variables, spectra, train=False)
    assert logits.dtype == jnp.float32
    assert 0 < float(jnp.abs(logits - wanted).max()) < 0.05
