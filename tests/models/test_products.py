"""Products and convolutions in other forms give what the plain ones give, and so do their gradients."""

from collections.abc import Callable
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from irjax.models.products import product, shifted_products
from irjax.training.config import Model
from irjax.training.step import make_model


def numbers(*shape: int) -> jax.Array:
    return jax.random.normal(jax.random.key(sum(shape)), shape)


def test_a_product_and_its_gradients_are_those_of_a_matrix_product() -> None:
    rows, kernel = numbers(7, 30), numbers(30, 11)

    def total(multiply: Callable[[jax.Array, jax.Array], jax.Array]) -> Callable:
        return jax.value_and_grad(lambda rows, kernel: jnp.sum(jnp.sin(multiply(rows, kernel))), argnums=(0, 1))

    jax.tree.map(
        lambda found, wanted: np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5),
        total(product)(rows, kernel),
        total(jnp.matmul)(rows, kernel),
    )


def test_products_of_several_networks_at_once() -> None:
    rows, kernels = numbers(3, 7, 30), numbers(3, 30, 11)
    np.testing.assert_allclose(jax.vmap(product)(rows, kernels), rows @ kernels, rtol=1e-4, atol=1e-5)


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


def test_both_convolutions_and_precisions_take_the_same_weights() -> None:
    config = Model(filters=4, kernel_size=5, dense_nodes=16, dense_layers=2)
    spectra = jax.random.uniform(jax.random.key(0), (6, 600))
    plain = make_model(config, 3)
    variables = plain.init(jax.random.key(1), spectra, train=False)
    wanted = plain.apply(variables, spectra, train=False)
    shifted = make_model(config, 3, shifted_products).apply(variables, spectra, train=False)
    np.testing.assert_allclose(shifted, wanted, rtol=1e-4, atol=1e-5)
    half = make_model(replace(config, precision="bfloat16"), 3)
    assert {leaf.dtype for leaf in jax.tree.leaves(half.init(jax.random.key(1), spectra, train=False))} == {
        jnp.dtype("float32")
    }
    logits = half.apply(variables, spectra, train=False)
    assert logits.dtype == jnp.float32
    assert 0 < float(jnp.abs(logits - wanted).max()) < 0.05
