"""The network that reads a molecule's Coulomb matrix as a picture (Smeds 2019, section 2.2; Ghosh et al. 2019)."""

from dataclasses import dataclass

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from irjax.data.molecules import ATOMS, GRID
from irjax.errors import UsageError, require_positive
from irjax.models.batch import Batch, Convolution
from irjax.models.winograd import winograd
from irjax.spectra.grid import Grid


@dataclass(frozen=True)
class Coulomb:
    """Blocks of three 3 × 3 convolutions and a pooling, and one dense layer: 221,529 parameters for 300 outputs."""

    filters: tuple[int, ...] = (22, 47, 42)
    """Of each block's convolutions."""

    def __post_init__(self) -> None:
        require_positive("model", self, "filters")

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        """The Flax module.

        Raises:
            UsageError: the grid is not that of Coulomb matrices, or the poolings leave nothing of it.
        """
        if grid != GRID:
            raise UsageError(f"model: coulomb reads Coulomb matrices, not {grid}")
        if 2 ** len(self.filters) > ATOMS:
            raise UsageError(f"model.filters: {len(self.filters)} poolings leave nothing of {ATOMS} rows")
        return _Coulomb(self, outputs, convolution)


class _Coulomb(nn.Module):
    config: Coulomb
    outputs: int
    convolution: Convolution

    @nn.compact
    def __call__(self, batch: Batch, train: bool) -> Float[Array, "batch outputs"]:
        x = batch.values.reshape(-1, ATOMS, ATOMS, 1)
        for width in self.config.filters:
            for _ in range(3):
                x = nn.relu(nn.Conv(width, (3, 3), conv_general_dilated=self.convolution)(x))
            x = _quartered(x)
        x = x.reshape(x.shape[0], -1)
        self.sow("intermediates", "features", x)
        return nn.Dense(self.outputs)(x)


def _quartered(x: Float[Array, "batch rows columns channels"]) -> Float[Array, "batch half half channels"]:
    """Max-pooling of 2 × 2; an odd last row and column is dropped. Of neighbours, as in `layers.pooled`."""
    rows, columns = (size // 2 * 2 for size in x.shape[1:3])
    x = x[:, :rows, :columns]
    across = jnp.maximum(x[:, ::2], x[:, 1::2])
    return jnp.maximum(across[:, :, ::2], across[:, :, 1::2])
