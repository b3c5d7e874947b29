"""A small network for line patterns: what tells classes apart is which heights stand in which places.

Max-pooling comes first, which keeps heights exactly and costs nothing; then layers that act on each place alone turn a
height into how much it resembles each of several; narrow convolutions and more pooling forgive that peaks move.
"""

from dataclasses import dataclass
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from irjax.errors import UsageError, require_positive, require_share
from irjax.models.batch import Batch, Convolution
from irjax.models.inputs import spanned
from irjax.models.layers import pooled
from irjax.models.winograd import winograd
from irjax.spectra.grid import Grid


@dataclass(frozen=True)
class Heights:
    """Line patterns on a few hundredths of the work of a deep convolutional network."""

    pooling: int = 8
    """Points that are one place from the beginning on."""
    units: tuple[int, ...] = (16, 16)
    """Of the layers that act on each place alone."""
    kernels: tuple[int, ...] = (5, 3)
    """Of the convolutions, in places; 1 looks at each alone."""
    hop: int = 2
    """Places that become one before each convolution."""
    filters: int = 32
    """Of each convolution."""
    slope: float = 4.0
    """Of the first layer's hinges, before they have learned anything."""
    dropout: float = 0.4

    def __post_init__(self) -> None:
        require_positive("model", self, "pooling", "units", "kernels", "hop", "filters", "slope")
        require_share("model", self, "dropout")

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        """The Flax module.

        Raises:
            UsageError: the first pooling leaves fewer than four places.
        """
        if grid.points < 4 * self.pooling:
            raise UsageError(f"model.pooling: {self.pooling} leaves fewer than four places of {grid.points} points")
        return _Heights(self, outputs, convolution)


class _Heights(nn.Module):
    config: Heights
    outputs: int
    convolution: Convolution

    @nn.compact
    def __call__(self, batch: Batch, train: bool) -> Float[Array, "batch outputs"]:
        config, drawn = self.config, nn.initializers.he_normal()
        height = _padded(spanned(batch.values)[..., None], config.pooling)
        x = jnp.concatenate([height, jnp.sqrt(height)], axis=-1)  # the root tells low peaks apart
        for layer, width in enumerate(config.units):
            hinges: dict[str, Any] = {"kernel_init": drawn} if layer else _hinges(config.slope)
            x = nn.relu(nn.Dense(width, **hinges)(x))
        for width in config.kernels:
            convolve = nn.Conv(config.filters, (width,), kernel_init=drawn, conv_general_dilated=self.convolution)
            x = nn.relu(convolve(_padded(x, config.hop)))
        x = x.reshape(x.shape[0], -1)
        self.sow("intermediates", "features", x)
        return nn.Dense(self.outputs)(nn.Dropout(config.dropout, deterministic=not train)(x))


def _hinges(slope: float) -> dict[str, Any]:
    """Initialisers of units that rise from, or fall to, a height each, spread over 0 to 1."""

    def kernel(key: PRNGKeyArray, shape: tuple[int, int], dtype: Any = jnp.float32) -> Float[Array, "inputs units"]:
        inputs, units = shape
        unit = jnp.arange(units)
        rises = (unit // inputs) % 2 == 0
        return jax.nn.one_hot(unit % inputs, inputs, dtype=dtype).T * jnp.where(rises, slope, -slope)

    def bias(key: PRNGKeyArray, shape: tuple[int], dtype: Any = jnp.float32) -> Float[Array, " units"]:
        inputs, units = 2, shape[0]
        unit = jnp.arange(units)
        rises = (unit // inputs) % 2 == 0
        place = (unit // inputs) / max(units // inputs, 1)
        return jnp.where(rises, -slope * place, slope * (place + inputs / units)).astype(dtype)

    return {"kernel_init": kernel, "bias_init": bias}


def _padded(x: Float[Array, "batch points channels"], size: int) -> Float[Array, "batch places channels"]:
    """Max-pooling that leaves no point out; what stands there is at least 0."""
    return pooled(jnp.pad(x, ((0, 0), (0, -x.shape[1] % size), (0, 0))), size)
