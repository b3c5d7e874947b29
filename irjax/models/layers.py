"""Layers that several networks are built of, in the forms that XLA computes fastest."""

from collections.abc import Callable
from typing import Any, Protocol

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from irjax.errors import UsageError
from irjax.models.batch import Batch, masked_norm
from irjax.models.products import product

SQUEEZED = 8
"""Filters whose weights are reckoned through one."""


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


def residual(
    convolve: Callable[..., Any],
    norm: Callable[..., nn.Module],
    x: Float[Array, "batch points channels"],
    width: int,
    batch: Batch,
) -> Float[Array, "batch points width"]:
    """Two convolutions beside a way past them, the channels of their sum weighed by what the whole spectrum shows."""
    inner = nn.relu(masked_norm(norm, convolve(width)(x), batch))
    inner = masked_norm(norm, convolve(width)(inner), batch)
    past = x if x.shape == inner.shape else masked_norm(norm, convolve(width, kernel_size=(1,))(x), batch)
    weighed = nn.sigmoid(nn.Dense(width)(nn.relu(nn.Dense(width // SQUEEZED)(inner.mean(axis=1)))))
    return nn.relu(past + inner * weighed[:, None])


class Attention(nn.Module):
    """A layer of a transformer: every place looks at every other."""

    heads: int
    dropout: float

    @nn.compact
    def __call__(self, x: Float[Array, "batch places width"], train: bool) -> Float[Array, "batch places width"]:
        _, places, width = x.shape
        x = x + self.param("places", nn.initializers.normal(0.02), (places, width))
        drop = nn.Dropout(self.dropout, deterministic=not train)
        x = x + drop(nn.MultiHeadDotProductAttention(self.heads)(nn.LayerNorm()(x)))
        inner = nn.gelu(nn.Dense(2 * width)(nn.LayerNorm()(x)))
        return x + drop(nn.Dense(width)(inner))


def require_wide(widths: tuple[int, ...]) -> None:
    """Refuses filters too few to be squeezed, as `residual` does. Raises UsageError."""
    if min(widths) < SQUEEZED:
        raise UsageError(f"model.widths must be {SQUEEZED} or more each, not {min(widths)}")


class Ending(Protocol):
    """How a network ends."""

    @property
    def narrow(self) -> int: ...
    @property
    def dense(self) -> int: ...
    @property
    def dropout(self) -> float: ...


def read_out(
    network: nn.Module, x: Float[Array, "batch places channels"], ending: Ending, outputs: int, train: bool
) -> Float[Array, "batch outputs"]:
    """A dense layer that sees every place, by a few channels of each, and the outputs; layers of the network itself."""
    x = nn.Dense(ending.narrow)(x).reshape(x.shape[0], -1)
    x = nn.Dropout(ending.dropout, deterministic=not train)(nn.relu(x))
    x = nn.relu(nn.Dense(ending.dense, dot_general=product)(x))
    network.sow("intermediates", "features", x)
    return nn.Dense(outputs)(nn.Dropout(ending.dropout, deterministic=not train)(x))
