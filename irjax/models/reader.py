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
import jax.numpy as jnp
from jaxtyping import Array, Float

from irjax.errors import UsageError, require_positive, require_share
from irjax.models.batch import Batch, Convolution, masked_norm
from irjax.models.inputs import spanned
from irjax.models.layers import Attention, halved, read_out, require_wide, residual
from irjax.models.winograd import winograd
from irjax.spectra.grid import Grid

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
        require_wide(self.widths)
        if self.attention < 0 or self.widths[-1] % self.heads:
            raise UsageError(
                "model.attention must not be below 0, and model.heads must divide the last of model.widths"
            )
        require_share("model", self, "dropout")

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
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
        x = nn.relu(masked_norm(norm, first(shown(batch)), batch))
        for width in config.widths:
            x = residual(partial(convolve, kernel_size=(config.kernel_size,)), norm, halved(x), width, batch)
        for at in range(config.attention):  # by the names that weights have had since before the layer was shared
            x = Attention(config.heads, config.dropout / 4, name=f"_Attention_{at}")(x, train)
        return read_out(self, x, config, self.outputs, train)


def shown(batch: Batch) -> Float[Array, "batch points 5"]:
    """What the network is shown of each spectrum; 0 where nothing was measured, and the last says where."""
    known = batch.measured.astype(batch.values.dtype)
    absorbance, root = absorbed(batch)
    slope = 4 * jnp.gradient(root, axis=-1)
    channels = [1 - spanned(batch.values), absorbance, root, slope]
    return jnp.stack([channel * known for channel in channels] + [known], axis=-1)


def absorbed(batch: Batch) -> tuple[Float[Array, "batch points"], Float[Array, "batch points"]]:
    """Absorbance from its lowest, 0, to its highest, 1, and the root of it, in which weak bands are seen."""
    absorbance = spanned(-jnp.log10(jnp.clip(batch.values, _LOWEST, None)))
    return absorbance, jnp.sqrt(absorbance + 1e-4)
