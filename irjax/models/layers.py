"""Layers that several networks are built of, in the forms that XLA computes fastest."""

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float


def halved(x: Float[Array, "batch points channels"]) -> Float[Array, "batch half channels"]:
    """Max-pooling of size and stride 2; an odd last point is dropped."""
    return pooled(x, 2)


def pooled(x: Float[Array, "batch points channels"], size: int) -> Float[Array, "batch fewer channels"]:
    """Max-pooling of this size and stride; what does not fill a window is dropped.

    The greatest of neighbours: the gradient of a window reduction, or of a maximum over an axis, is slow on CPUs.
    """
    batch, points, channels = x.shape
    windows = x[:, : points // size * size].reshape(batch, points // size, size, channels)
    greatest = windows[:, :, 0]
    for at in range(1, size):
        greatest = jnp.maximum(greatest, windows[:, :, at])
    return greatest


def window_pooled(x: Float[Array, "batch points channels"], size: int, stride: int) -> Float[Array, "batch f channels"]:
    """Max-pooling as Keras does with padding SAME, of windows that overlap or leave points out."""
    return pooled(x, size) if size == stride and x.shape[1] % size == 0 else nn.max_pool(x, (size,), (stride,), "SAME")
