"""A network for powder diffraction patterns: which lines stand where matters more than how strong each is.

Preferred orientation changes intensities severalfold, so their roots are seen; what lies under the lines is taken off;
convolutions tell lines from noise, and poolings forgive that displacement and strain move them.
"""

from dataclasses import dataclass

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from irjax.errors import UsageError, require_positive, require_share
from irjax.models.batch import Batch, Convolution, masked_norm
from irjax.models.inputs import spanned
from irjax.models.layers import pooled
from irjax.models.products import product
from irjax.models.winograd import winograd
from irjax.spectra.grid import Grid

_BREADTH = 64
"""Points among which the lowest is taken for background."""


@dataclass(frozen=True)
class Diffraction:
    """Powder patterns, by convolutions between poolings and one dense layer."""

    first_pooling: int = 4
    """Points that are one place from the beginning on."""
    kernel_size: int = 5
    """Of every convolution."""
    filters: tuple[int, ...] = (32, 64)
    """Of each, a pooling by two after it."""
    dense: int = 384
    dropout: float = 0.3

    def __post_init__(self) -> None:
        require_positive("model", self, "first_pooling", "kernel_size", "filters", "dense")
        require_share("model", self, "dropout")

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        """The Flax module.

        Raises:
            UsageError: the poolings leave nothing of the grid.
        """
        if grid.points < self.first_pooling * 2 ** len(self.filters):
            raise UsageError(f"model.filters: {len(self.filters)} poolings leave nothing of {grid.points} points")
        return _Diffraction(self, outputs, convolution)


class _Diffraction(nn.Module):
    config: Diffraction
    outputs: int
    convolution: Convolution

    @nn.compact
    def __call__(self, batch: Batch, train: bool) -> Float[Array, "batch outputs"]:
        config = self.config
        height = spanned(above_background(batch.values))
        x = jnp.stack([jnp.sqrt(height), height], axis=-1)
        x = pooled(x, config.first_pooling)
        for width in config.filters:
            convolve = nn.Conv(width, (config.kernel_size,), use_bias=False, conv_general_dilated=self.convolution)

            def norm() -> nn.Module:
                return nn.BatchNorm(use_running_average=not train, momentum=0.95)

            x = pooled(nn.relu(masked_norm(norm, convolve(x), batch)), 2)
        x = x.reshape(x.shape[0], -1)
        x = nn.Dropout(config.dropout, deterministic=not train)(x)
        x = nn.relu(nn.Dense(config.dense, dot_general=product)(x))
        self.sow("intermediates", "features", x)
        return nn.Dense(self.outputs)(nn.Dropout(config.dropout, deterministic=not train)(x))


def above_background(values: Float[Array, "batch points"]) -> Float[Array, "batch points"]:
    """What stands above the lowest values far and wide, at least 0; straight lines join those of windows."""
    batch, points = values.shape
    windows = jnp.pad(values, ((0, 0), (0, -points % _BREADTH)), mode="edge").reshape(batch, -1, _BREADTH)
    low = windows.min(axis=-1)
    beside = jnp.pad(low, ((0, 0), (1, 1)), mode="edge")
    low = jnp.minimum(low, (beside[:, :-2] + beside[:, 2:]) / 2)
    at = (jnp.arange(points) + 0.5) / _BREADTH - 0.5  # beyond the first and the last middle the lines go on
    left = jnp.clip(jnp.floor(at).astype(jnp.int32), 0, max(low.shape[1] - 2, 0))
    share = at - left
    under = low[:, left] * (1 - share) + low[:, jnp.minimum(left + 1, low.shape[1] - 1)] * share
    return jnp.maximum(values - under, 0)
