"""The network that irjax reads infrared spectra with: residual convolutions, and places that are kept.

A band means what it means because of where it lies, so nothing is averaged over the range: the last layers see every
place. What it is shown is what chemists look at, whatever the amount of substance: absorbance and its root, each on a
scale of its own, transmittance, the slope, and where nothing was measured.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from irjax.errors import UsageError, require_positive
from irjax.models.batch import Batch, Convolution, counted
from irjax.models.inputs import spanned
from irjax.models.layers import halved
from irjax.models.products import product
from irjax.spectra.grid import Grid

_SQUEEZED = 8  # filters whose weights are reckoned through one
_LOWEST = 1e-3  # transmittance that no instrument tells from none


@dataclass(frozen=True)
class Reader:
    """A residual network that keeps places, some 75, each about 48 cm-1 wide; attention over them is an option."""

    stride: int = 3
    """Points from one place to the next in the first convolution: 3 on 1,800 points, 1 on 600."""
    stem: int = 32
    """Filters of the first convolution."""
    widths: tuple[int, ...] = (48, 96, 128)
    """Filters of each stage, which begins by halving the places."""
    kernel_size: int = 5
    attention: int = 0
    """Layers of it after the stages."""
    heads: int = 4
    narrow: int = 64
    """Channels of each place that the dense layer sees."""
    dense: int = 1024
    dropout: float = 0.4

    def __post_init__(self) -> None:
        require_positive("model", self, "stride", "stem", "widths", "kernel_size", "heads", "narrow", "dense")
        if min(self.widths) < _SQUEEZED:
            raise UsageError(f"model.widths must be {_SQUEEZED} or more each, not {min(self.widths)}")
        if self.attention < 0 or self.widths[-1] % self.heads:
            raise UsageError(
                "model.attention must not be below 0, and model.heads must divide the last of model.widths"
            )
        if not 0 <= self.dropout < 1:
            raise UsageError(f"model.dropout must lie from 0 to below 1, not {self.dropout}")

    def build(self, outputs: int, grid: Grid, convolution: Convolution = jax.lax.conv_general_dilated) -> nn.Module:
        """The Flax module.

        Raises:
            UsageError: the stages leave nothing of the grid.
        """
        if (grid.points // self.stride) >> len(self.widths) == 0:
            raise UsageError(f"model.widths: {len(self.widths)} stages leave nothing of {grid.points} points")
        return _Reader(self, outputs, partial(nn.Conv, use_bias=False, conv_general_dilated=convolution))


class _Reader(nn.Module):
    config: Reader
    outputs: int
    convolve: Callable[..., nn.Module]

    @nn.compact
    def __call__(self, batch: Batch, train: bool) -> Float[Array, "batch outputs"]:
        config = self.config
        norm = partial(nn.BatchNorm, momentum=0.99, use_running_average=not train)
        convolve: Any = self.convolve
        first = convolve(config.stem, (3 * config.stride + 2,), (config.stride,))
        x = nn.relu(counted(norm, first(shown(batch)), batch))
        for width in config.widths:
            x = _residual(partial(convolve, kernel_size=(config.kernel_size,)), norm, halved(x), width, batch)
        for _ in range(config.attention):
            x = _Attention(config.heads, config.dropout / 4)(x, train)
        x = nn.Dense(config.narrow)(x).reshape(x.shape[0], -1)
        x = nn.Dropout(config.dropout, deterministic=not train)(nn.relu(x))
        x = nn.relu(nn.Dense(config.dense, dot_general=product)(x))
        self.sow("intermediates", "features", x)
        return nn.Dense(self.outputs)(nn.Dropout(config.dropout, deterministic=not train)(x))


def shown(batch: Batch) -> Float[Array, "batch points 5"]:
    """What the network is shown of each spectrum; 0 where nothing was measured, and the last says where."""
    known = batch.measured.astype(batch.values.dtype)
    absorbance = spanned(-jnp.log10(jnp.clip(batch.values, _LOWEST, None)))
    root = jnp.sqrt(absorbance + 1e-4)
    slope = 4 * jnp.gradient(root, axis=-1)
    channels = [1 - spanned(batch.values), absorbance, root, slope]
    return jnp.stack([channel * known for channel in channels] + [known], axis=-1)


def _residual(
    convolve: Callable[..., Any],
    norm: Callable[..., nn.Module],
    x: Float[Array, "batch points channels"],
    width: int,
    batch: Batch,
) -> Float[Array, "batch points width"]:
    """Two convolutions beside a way past them, the channels of their sum weighed by what the whole spectrum shows."""
    inner = nn.relu(counted(norm, convolve(width)(x), batch))
    inner = counted(norm, convolve(width)(inner), batch)
    past = x if x.shape == inner.shape else counted(norm, convolve(width, kernel_size=(1,))(x), batch)
    weighed = nn.sigmoid(nn.Dense(width)(nn.relu(nn.Dense(width // _SQUEEZED)(inner.mean(axis=1)))))
    return nn.relu(past + inner * weighed[:, None])


class _Attention(nn.Module):
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
