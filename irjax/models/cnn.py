"""The convolutional network of Jung, Jung & Cole (Chem. Sci. 2023, SI, "CNN architecture")."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from irjax.errors import UsageError, require_choices, require_positive, require_share
from irjax.models.batch import Batch, Convolution, masked_norm
from irjax.models.inputs import spanned
from irjax.models.layers import halved
from irjax.models.products import product
from irjax.models.winograd import winograd
from irjax.spectra.grid import Grid

_MOST_LAYERS = 100
Activation = Literal["relu", "leaky_relu", "elu", "gelu", "tanh", "sigmoid"]


@dataclass(frozen=True)
class CNN:
    """The paper's network; the defaults are the optimum of its Table S2."""

    convolutions: int = 2
    filters: int = 31
    """Of the first convolution; each further one has twice as many."""
    kernel_size: int = 11
    dense_layers: int = 3
    dense_nodes: int = 4927
    """Of the first dense layer."""
    dense_divisor: float = 0.5653
    """Each further dense layer has this share of the one before it."""
    dropout: float = 0.486
    initializer: Literal["glorot", "gaussian"] = "glorot"
    """glorot: uniform, as the authors' code. gaussian: variance 0.05, as their SI."""
    activation: Activation = "relu"
    """Of the dense layers; the convolutions keep ReLU."""
    convolve: bool = True
    """False: nothing but pooling before the dense layers."""
    pool: bool = True
    """False: the dense layers see every point of the last convolution."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of what the layers compute; weights, batch statistics and the loss are float32 in any case."""

    def __post_init__(self) -> None:
        require_positive("model", self, "convolutions", "filters", "kernel_size", "dense_nodes")
        require_choices("model", self)
        require_positive("model", self, "dense_divisor")
        if not 0 <= self.dense_layers <= _MOST_LAYERS or self.convolutions > _MOST_LAYERS:
            raise UsageError(f"model.convolutions and model.dense_layers must not exceed {_MOST_LAYERS}")
        if min(self.dense, default=1) < 1:
            raise UsageError(f"model.dense_*: dense layers of {self.dense} nodes make no network")
        require_share("model", self, "dropout")

    @property
    def dense(self) -> tuple[int, ...]:
        """Nodes of each dense layer."""
        widths = [self.dense_nodes]
        while len(widths) < self.dense_layers:
            widths.append(int(widths[-1] * self.dense_divisor))
        return tuple(widths[: self.dense_layers])

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        """The Flax module.

        Raises:
            UsageError: the poolings leave nothing of the grid.
        """
        if self.pool and grid.points >> self.convolutions == 0:
            raise UsageError(f"model.convolutions: {self.convolutions} poolings leave nothing of {grid.points} points")
        gaussian = nn.initializers.normal(0.05**0.5)
        drawn = {"kernel_init": gaussian if self.initializer == "gaussian" else nn.initializers.glorot_uniform()}
        dtype = jnp.dtype(self.precision)
        # Batch norm has the momentum and epsilon of Keras, which the authors used.
        norm = partial(nn.BatchNorm, momentum=0.99, epsilon=1e-3, dtype=dtype)
        convolve = partial(
            nn.Conv, kernel_size=(self.kernel_size,), conv_general_dilated=convolution, dtype=dtype, **drawn
        )
        return _CNN(
            widths=tuple(self.filters * 2**layer for layer in range(self.convolutions)),
            dense=self.dense,
            outputs=outputs,
            dropout=self.dropout,
            stage=partial(_convolved, convolve, norm) if self.convolve else _as_it_is,
            pooling=halved if self.pool else lambda x: x,
            layer=partial(nn.Dense, dtype=dtype, **drawn),
            activation=getattr(nn, self.activation),
        )


def _convolved(
    convolve: Callable[..., nn.Module],
    norm: Callable[..., nn.Module],
    x: Float[Array, "batch points channels"],
    width: int,
    batch: Batch,
    train: bool,
) -> Float[Array, "batch points width"]:
    convolution: Any = convolve(width)
    return nn.relu(masked_norm(partial(norm, use_running_average=not train), convolution(x), batch))


def _as_it_is(
    x: Float[Array, "batch points channels"], width: int, batch: Batch, train: bool
) -> Float[Array, "batch points channels"]:
    return x


class _CNN(nn.Module):
    """Convolution, batch norm, ReLU and max-pooling, repeated; then dense layers."""

    widths: Sequence[int]
    dense: Sequence[int]
    outputs: int
    dropout: float
    stage: Callable[[jax.Array, int, Batch, bool], jax.Array]
    pooling: Callable[[jax.Array], jax.Array]
    layer: Callable[..., nn.Module]
    activation: Callable[[jax.Array], jax.Array]

    @nn.compact
    def __call__(self, batch: Batch, train: bool) -> Float[Array, "batch outputs"]:
        x = spanned(batch.values)[..., None]
        for width in self.widths:
            x = self.pooling(self.stage(x, width, batch, train))
        x = x.reshape(x.shape[0], -1)
        for width in self.dense:
            dense: Any = self.layer(width, dot_general=product)
            x = self.activation(dense(x))
            x = nn.Dropout(self.dropout, deterministic=not train)(x)
        self.sow("intermediates", "features", x)
        last: Any = self.layer(self.outputs)
        return last(x).astype(jnp.float32)
