"""Networks for patterns of lines as they were published, of convolutions, poolings and dense layers.

Those of the synthetic benchmark (Schuetzke et al., npj Comput. Mater. 2023): as in the authors' code every layer pads
SAME, and dropout stands before every dense layer, the outputs included; the dense layers of all but CNN6 are linear,
which is what the paper's claim turns on. And those of Wang et al. (J. Chem. Inf. Model. 2020), of the paper and of its
code, which differ.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import flax.linen as nn
import jax
from jaxtyping import Array, Float

from irjax.errors import require_positive, require_share
from irjax.models.batch import Batch, Convolution, masked_norm
from irjax.models.inputs import spanned, without_noise
from irjax.models.layers import pooled, window_pooled
from irjax.models.products import product
from irjax.models.winograd import winograd
from irjax.spectra.grid import Grid


@dataclass(frozen=True)
class Stage:
    """A convolution and the max-pooling after it; the defaults leave out the pooling."""

    filters: int
    kernel: int
    stride: int = 1
    window: int = 1
    hop: int = 1
    """Of the pooling."""
    padding: str = "SAME"
    """Of the convolution."""


@dataclass(frozen=True)
class _Published:
    """What the shapes with dense layers have in common."""

    dense: tuple[int, ...]
    dropout: float
    relu: bool = False
    """Whether the dense layers have one."""

    def __post_init__(self) -> None:
        require_positive("model", self, "dense")
        require_share("model", self, "dropout")

    @property
    def activation(self) -> Callable[[jax.Array], jax.Array]:
        """Of the dense layers."""
        return nn.relu if self.relu else _linear


@dataclass(frozen=True)
class CNN6(_Published):
    """Six convolutions of 64 filters; the best published."""

    dense: tuple[int, ...] = (3100, 1200)
    dropout: float = 0.7
    relu: bool = True

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        kernels, pools = (35, 30, 25, 20, 15, 10), ((3, 2), (3, 2), (2, 2), (1, 2), (1, 2), (1, 2))
        stages = tuple(Stage(64, kernel, 1, *pool) for kernel, pool in zip(kernels, pools, strict=True))
        return _plain(stages, self.dense, outputs, self.dropout, self.activation, convolution)


@dataclass(frozen=True)
class CNN2(_Published):
    """Two strided convolutions of 64 filters."""

    dense: tuple[int, ...] = (2000, 500)
    dropout: float = 0.3

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        stages = (Stage(64, 50, 2, 3, 2), Stage(64, 25, 3, 2, 3))
        return _plain(stages, self.dense, outputs, self.dropout, self.activation, convolution)


@dataclass(frozen=True)
class VGG(_Published):
    """Pairs of small convolutions with dropout after each pooling."""

    dense: tuple[int, ...] = (120, 84, 186)
    dropout: float = 0.2

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        filters, halving = (6, 16, 16, 32, 32, 64, 64), (0, 2, 4, 6)
        stages = tuple(
            Stage(width, 5, 1, 2, 2) if at in halving else Stage(width, 5) for at, width in enumerate(filters)
        )
        return _Stages(
            stages,
            self.dense,
            outputs,
            after_pooling=self.dropout,
            before_dense=0.0,
            activation=self.activation,
            convolve=partial(nn.Conv, conv_general_dilated=convolution),
        )


@dataclass(frozen=True)
class CNNBatchNorm(_Published):
    """Three convolutions with batch norm and leaky ReLU."""

    dense: tuple[int, ...] = (2048,)
    dropout: float = 0.5

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        return _Stages(
            (Stage(16, 21, 1, 2, 2), Stage(32, 11, 1, 2, 2), Stage(64, 5, 1, 2, 2)),
            self.dense,
            outputs,
            after_pooling=0.0,
            before_dense=self.dropout,
            activation=self.activation,
            convolve=partial(nn.Conv, conv_general_dilated=convolution),
            norm=partial(nn.BatchNorm, momentum=0.99, epsilon=1e-3),
            rectify=partial(nn.leaky_relu, negative_slope=0.1),
        )


@dataclass(frozen=True)
class Wang(_Published):
    """Four convolutions, as the paper of Wang et al. has it; where it does not say how they pad, as their code does."""

    dense: tuple[int, ...] = (120, 84)
    dropout: float = 0.2
    relu: bool = True

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        stages = tuple(Stage(width, 5, 1, 2, 2, "VALID") for width in (6, 16, 32, 64))
        return _diffraction(stages, self, outputs, convolution)


@dataclass(frozen=True)
class WangCode(Wang):
    """Seven convolutions, as the code of Wang et al. has it."""

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        widths = ((6, 2), (16, 1), (16, 2), (32, 1), (32, 2), (64, 1), (64, 2))
        stages = tuple(Stage(width, 5, 1, pool, pool, "VALID") for width, pool in widths)
        return _diffraction(stages, self, outputs, convolution)


@dataclass(frozen=True)
class ResNet:
    """Twelve residual blocks of 100 filters in six stages, each of which begins with half the points."""

    dropout: float = 0.5

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        convolve = partial(nn.Conv, kernel_size=(5,), conv_general_dilated=convolution)
        return _ResNet(outputs, self.dropout, convolve, partial(nn.BatchNorm, momentum=0.99, epsilon=1e-3))


def _diffraction(stages: Sequence[Stage], config: Wang, outputs: int, convolution: Convolution) -> nn.Module:
    return _Stages(
        stages,
        config.dense,
        outputs,
        after_pooling=config.dropout,
        before_dense=0.0,
        activation=config.activation,
        convolve=partial(nn.Conv, conv_general_dilated=convolution),
        filtered=True,
    )


def _linear(x: Float[Array, "..."]) -> Float[Array, "..."]:
    return x


def _plain(
    stages: Sequence[Stage],
    dense: Sequence[int],
    outputs: int,
    dropout: float,
    activation: Callable[[jax.Array], jax.Array],
    convolution: Convolution,
) -> nn.Module:
    convolve = partial(nn.Conv, conv_general_dilated=convolution)
    return _Stages(tuple(stages), tuple(dense), outputs, 0.0, dropout, activation, convolve)


class _Stages(nn.Module):
    """Convolutions, each with its pooling, and dense layers."""

    stages: Sequence[Stage]
    dense: Sequence[int]
    outputs: int
    after_pooling: float
    """Dropout rate there."""
    before_dense: float
    """Dropout rate before every dense layer, the outputs included."""
    activation: Callable[[jax.Array], jax.Array]
    """Of the dense layers."""
    convolve: Callable[..., nn.Module]
    norm: Callable[..., nn.Module] | None = None
    rectify: Callable[[jax.Array], jax.Array] = nn.relu
    filtered: bool = False
    """Whether noise is taken off, once the network is trained."""

    @nn.compact
    def __call__(self, batch: Batch, train: bool) -> Float[Array, "batch outputs"]:
        x = spanned(batch.values)
        x = (x if train or not self.filtered else without_noise(x))[..., None]
        for stage in self.stages:
            convolution: Any = self.convolve(stage.filters, (stage.kernel,), (stage.stride,), padding=stage.padding)
            x = convolution(x)
            if self.norm is not None:
                x = masked_norm(partial(self.norm, use_running_average=not train), x, batch)
            x = self.rectify(x)
            if (stage.window, stage.hop) != (1, 1):
                x = pooled(x, stage.window) if stage.padding == "VALID" else window_pooled(x, stage.window, stage.hop)
                x = nn.Dropout(self.after_pooling, deterministic=not train)(x)
        x = x.reshape(x.shape[0], -1)
        for width in self.dense:
            x = nn.Dropout(self.before_dense, deterministic=not train)(x)
            x = self.activation(nn.Dense(width, dot_general=product)(x))
        self.sow("intermediates", "features", x)
        x = nn.Dropout(self.before_dense, deterministic=not train)(x)
        return nn.Dense(self.outputs)(x)


class _ResNet(nn.Module):
    """64 filters with batch norm, residual blocks, the outputs."""

    outputs: int
    dropout: float
    convolve: Callable[..., nn.Module]
    norm: Callable[..., nn.Module]

    @nn.compact
    def __call__(self, batch: Batch, train: bool) -> Float[Array, "batch outputs"]:
        normed = partial(masked_norm, partial(self.norm, use_running_average=not train))
        convolve: Any = self.convolve
        x = nn.relu(normed(convolve(64)(spanned(batch.values)[..., None]), batch))
        for stride in (2, 1) * 6:
            inner = nn.relu(normed(convolve(100, strides=(stride,))(x), batch))
            inner = normed(convolve(100)(inner), batch)
            if x.shape != inner.shape:
                x = normed(convolve(100, kernel_size=(1,), strides=(stride,))(x), batch)
            x = nn.relu(x + inner)
        x = x.reshape(x.shape[0], -1)
        self.sow("intermediates", "features", x)
        return nn.Dense(self.outputs)(nn.Dropout(self.dropout, deterministic=not train)(x))
