"""A multilayer perceptron: every point of the spectrum to every node, which is what convolutions are to beat."""

from dataclasses import dataclass

import flax.linen as nn
from jaxtyping import Array, Float

from irjax.errors import require_positive, require_share
from irjax.models.batch import Batch, Convolution
from irjax.models.products import product
from irjax.models.reader import shown
from irjax.models.winograd import winograd
from irjax.spectra.grid import Grid


@dataclass(frozen=True)
class MLP:
    """Dense layers over what the reader's network is shown."""

    dense: tuple[int, ...] = (512, 256)
    dropout: float = 0.4
    """Before each dense layer but the first, and before the outputs."""

    def __post_init__(self) -> None:
        require_positive("model", self, "dense")
        require_share("model", self, "dropout")

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        """The Flax module; it has no convolutions."""
        return _MLP(self, outputs)


class _MLP(nn.Module):
    config: MLP
    outputs: int

    @nn.compact
    def __call__(self, batch: Batch, train: bool) -> Float[Array, "batch outputs"]:
        x = shown(batch).reshape(batch.values.shape[0], -1)
        drop = nn.Dropout(self.config.dropout, deterministic=not train)
        for at, width in enumerate(self.config.dense):
            x = nn.relu(nn.Dense(width, dot_general=product)(drop(x) if at else x))
        self.sow("intermediates", "features", x)
        return nn.Dense(self.outputs)(drop(x))
