"""Convolutions that see bands, then attention that weighs stretches of the spectrum against each other.

The order of the best published network for functional groups (UltraIR, 2026), for a laptop: learned derivatives of a
smoothed spectrum, a residual stem whose stages are seen together, overlapping stretches, a transformer.
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
from irjax.models.reader import absorbed
from irjax.models.winograd import winograd
from irjax.spectra.grid import Grid

_SMOOTHING = (-2 / 21, 3 / 21, 6 / 21, 7 / 21, 6 / 21, 3 / 21, -2 / 21)
"""Savitzky and Golay (1964): a parabola through seven points."""
_DERIVATIVES = ((-0.5, 0.0, 0.5), (1.0, -2.0, 1.0))
"""What the kernels of the first and second derivative begin as."""
_SCALES = (1.0, 0.5, 0.5)
"""What the curve and its derivatives are weighed by to begin with."""


@dataclass(frozen=True)
class Hybrid:
    """A residual stem to places of 16 cm-1 (on 1,800 points), and attention over overlapping stretches of them."""

    stem: int = 32
    """Filters of the first convolution."""
    widths: tuple[int, ...] = (32, 64, 128)
    """Filters of each stage; all but the last begin by halving the places."""
    stretch: int = 16
    """Places of a stretch; the next begins half of them further on."""
    width: int = 128
    """Of what a stretch is to the transformer."""
    layers: int = 3
    heads: int = 4
    narrow: int = 64
    """Channels of each stretch that the dense layer sees."""
    dense: int = 768
    dropout: float = 0.4

    def __post_init__(self) -> None:
        require_positive("model", self, "stem", "widths", "width", "layers", "heads", "narrow", "dense")
        require_wide(self.widths)
        if self.stretch < 2 or self.stretch % 2:
            raise UsageError(f"model.stretch must be even and at least 2, not {self.stretch}")
        if self.width % self.heads:
            raise UsageError("model.heads must divide model.width")
        require_share("model", self, "dropout")

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        """The Flax module.

        Raises:
            UsageError: the stages leave nothing of the grid.
        """
        if grid.points >> len(self.widths) == 0:
            raise UsageError(f"model.widths: {len(self.widths)} stages leave nothing of {grid.points} points")
        return _Hybrid(self, outputs, partial(nn.Conv, use_bias=False, conv_general_dilated=convolution))


class _Hybrid(nn.Module):
    config: Hybrid
    outputs: int
    convolve: Callable[..., nn.Module]

    @nn.compact
    def __call__(self, batch: Batch, train: bool) -> Float[Array, "batch outputs"]:
        config = self.config
        norm = partial(nn.BatchNorm, momentum=0.99, use_running_average=not train)
        convolve: Any = self.convolve
        first = convolve(config.stem, (7,), (2,))
        x = nn.relu(masked_norm(norm, first(_Derived()(batch)), batch))
        stages = []
        for at, width in enumerate(config.widths):
            x = halved(x) if at < len(config.widths) - 1 else x
            x = residual(partial(convolve, kernel_size=(3,)), norm, x, width, batch)
            stages.append(x)
        x = nn.Dense(config.widths[-1])(jnp.concatenate([_shrunk(stage, x.shape[1]) for stage in stages], axis=-1))
        half = config.stretch // 2
        x = convolve(config.width, (config.stretch,), (half,), padding=((half, half),))(nn.relu(x))
        for _ in range(config.layers):
            x = Attention(config.heads, config.dropout / 4)(x, train)
        return read_out(self, nn.LayerNorm()(x), config, self.outputs, train)


class _Derived(nn.Module):
    """Transmittance, absorbance, its root with two learned derivatives, and what was measured."""

    @nn.compact
    def __call__(self, batch: Batch) -> Float[Array, "batch points 6"]:
        known = batch.measured.astype(batch.values.dtype)
        absorbance, root = absorbed(batch)
        smooth = _along(jnp.pad(root, ((0, 0), (3, 3)), mode="reflect"), jnp.array(_SMOOTHING))
        curves = [root]
        for at, begins in enumerate(_DERIVATIVES):
            kernel = self.param(f"derivative_{at + 1}", lambda _, given=begins: jnp.array(given))
            curves.append(nn.LayerNorm()(_along(jnp.pad(smooth, ((0, 0), (1, 1)), mode="reflect"), kernel)))
        scales = self.param("scales", lambda _: jnp.array(_SCALES))
        x = jnp.stack(curves, axis=-1) * scales
        x = x * nn.sigmoid(nn.Dense(3)(nn.gelu(nn.Dense(16)(x))))
        plain = jnp.stack([1 - spanned(batch.values), absorbance], axis=-1)
        return jnp.concatenate([jnp.concatenate([plain, x], axis=-1) * known[..., None], known[..., None]], axis=-1)


def _along(padded: Float[Array, "batch padded"], kernel: Float[Array, " taps"]) -> Float[Array, "batch points"]:
    """The sum of what lies around each point, weighed by a kernel."""
    points = padded.shape[1] - len(kernel) + 1
    return sum((kernel[at] * padded[:, at : at + points] for at in range(len(kernel))), jnp.zeros(()))


def _shrunk(x: Float[Array, "batch points channels"], places: int) -> Float[Array, "batch places channels"]:
    """The means of as many neighbours as leave so many places."""
    size = x.shape[1] // places
    return x[:, : size * places].reshape(x.shape[0], places, size, -1).mean(axis=2)
