"""The convolutional network of Jung, Jung & Cole (Chem. Sci. 2023, SI, "CNN architecture")."""

from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from irjax.models.products import product


class CNN(nn.Module):
    """Convolution, batch norm, ReLU and max-pooling, repeated with twice the filters; then dense layers.

    Batch norm has the momentum and epsilon of Keras, which the authors used: 0.99 and 1e-3.
    """

    groups: int
    convolutions: int
    filters: int
    kernel_size: int
    dense: tuple[int, ...]
    dropout: float
    kernel_init: Callable = nn.initializers.glorot_uniform()
    activation: Callable[[jax.Array], jax.Array] = nn.relu
    """Of the dense layers; the convolutions keep ReLU."""
    convolve: bool = True
    """Whether each stage convolves and normalises before it pools."""
    pool: bool = True
    """Whether each stage halves the number of points."""
    convolution: Callable[..., jax.Array] = jax.lax.conv_general_dilated
    """How a convolution is computed; see `irjax.models.products`."""
    dtype: Any = jnp.float32
    """Of what layers compute; weights, batch statistics and logits are float32 whatever it is."""

    @nn.compact
    def __call__(self, inputs: jax.Array, train: bool, mask: jax.Array | None = None) -> jax.Array:
        """Logits [batch, groups] of inputs [batch, points].

        Args:
            train: whether dropout acts and batch norm uses (and updates) the statistics of the batch.
            mask: bool [batch], False for padding, which then stays out of the batch statistics.
        """
        x = inputs[..., None]
        where = None if mask is None else mask[:, None, None]
        for layer in range(self.convolutions):
            if self.convolve:
                x = nn.Conv(
                    self.filters * 2**layer,
                    (self.kernel_size,),
                    padding="SAME",
                    kernel_init=self.kernel_init,
                    conv_general_dilated=self.convolution,
                    dtype=self.dtype,
                )(x)
                statistics = {"momentum": 0.99, "epsilon": 1e-3, "dtype": self.dtype}
                x = nn.relu(nn.BatchNorm(use_running_average=not train, **statistics)(x, mask=where))
            x = _halved(x) if self.pool else x
        x = x.reshape(x.shape[0], -1)
        for width in self.dense:
            dense = nn.Dense(width, kernel_init=self.kernel_init, dot_general=product, dtype=self.dtype)
            x = self.activation(dense(x))
            x = nn.Dropout(self.dropout, deterministic=not train)(x)
        return nn.Dense(self.groups, kernel_init=self.kernel_init, dtype=self.dtype)(x).astype(jnp.float32)


def _halved(x: jax.Array) -> jax.Array:
    """Max-pooling of size and stride 2 over points, [batch, points, channels].

    The greater of each pair: the gradient of a window reduction, or of a maximum over an axis, is slow on CPUs.
    """
    batch, points, channels = x.shape
    pairs = x[:, : points // 2 * 2].reshape(batch, points // 2, 2, channels)
    return jnp.maximum(pairs[:, :, 0], pairs[:, :, 1])
