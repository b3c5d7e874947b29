"""A recurrent network that reads a spectrum from both ends, place after place, as a sentence is read."""

from dataclasses import dataclass
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from irjax.errors import UsageError, require_positive, require_share
from irjax.models.batch import Batch, Convolution
from irjax.models.reader import shown
from irjax.models.winograd import winograd
from irjax.spectra.grid import Grid


@dataclass(frozen=True)
class Recurrent:
    """Layers of gated recurrent units, each running from low to high and from high to low.

    Those of Cho et al. (2014) in the form that cuDNN computes: the reset gate acts after the state's product.
    """

    place: int = 20
    """Points that are read at once; the last place is filled up with nothing."""
    width: int = 128
    """Units of each direction."""
    layers: int = 2
    dropout: float = 0.3

    def __post_init__(self) -> None:
        require_positive("model", self, "place", "width", "layers")
        require_share("model", self, "dropout")

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        """The Flax module; it has no convolutions.

        Raises:
            UsageError: the grid is shorter than one place.
        """
        if grid.points < self.place:
            raise UsageError(f"model.place: {self.place} points are more than the {grid.points} of the grid")
        return _Recurrent(self, outputs)


class _Recurrent(nn.Module):
    config: Recurrent
    outputs: int

    @nn.compact
    def __call__(self, batch: Batch, train: bool) -> Float[Array, "batch outputs"]:
        config = self.config
        x = jnp.pad(shown(batch), ((0, 0), (0, -batch.values.shape[1] % config.place), (0, 0)))
        x = nn.Dense(config.width)(x.reshape(x.shape[0], -1, config.place * x.shape[2]))
        drop = nn.Dropout(config.dropout, deterministic=not train)
        for _ in range(config.layers):
            both: list[Any] = [
                nn.RNN(nn.GRUCell(config.width), reverse=back, keep_order=True)(x) for back in (False, True)
            ]
            x = drop(jnp.concatenate(both, axis=-1))
        # A band is seen by the units that pass it; what they made of it anywhere counts.
        x = x.max(axis=1)
        self.sow("intermediates", "features", x)
        return nn.Dense(self.outputs)(x)
