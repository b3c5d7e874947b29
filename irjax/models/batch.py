"""What every network is handed, whatever it makes of it."""

from collections.abc import Callable
from typing import Any

import flax.linen as nn
import flax.struct
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from irjax.models.inputs import filled
from irjax.spectra.grid import Grid

Convolution = Callable[..., jax.Array]
"""Takes the place of `lax.conv_general_dilated` in `flax.linen.Conv`; see `irjax.models.products`."""


@flax.struct.dataclass
class Batch:
    """Some spectra on one grid."""

    values: Float[Array, "batch points"]
    """As they were measured, gaps bridged (`inputs.filled`); the network chooses their scale."""
    measured: Bool[Array, "batch points"]
    """False where nothing was measured and the value is made up."""
    real: Bool[Array, " batch"]
    """False for padding, which may reach no statistic."""


def batch_of(values: Float[Array, "batch points"]) -> Batch:
    """Spectra with NaN where nothing was measured, as a batch without padding."""
    return Batch(filled(values), jnp.isfinite(values), jnp.ones(values.shape[0], bool))


def empty_batch(grid: Grid) -> Batch:
    """A batch of one, to make a network's weights with."""
    return batch_of(jnp.zeros((1, grid.points)))


def variable_shapes(module: nn.Module, grid: Grid) -> dict[str, Any]:
    """A network's parameters and batch statistics as shapes alone; takes no memory."""
    found: Any = jax.eval_shape(lambda: module.init(jax.random.key(0), empty_batch(grid), train=False))
    return {kind: found[kind] for kind in ("params", "batch_stats") if kind in found}


def counted(norm: Callable[..., nn.Module], x: jax.Array, batch: Batch) -> jax.Array:
    """Applies a batch norm to [batch, points, channels], with statistics of the real rows alone."""
    return norm()(x, mask=batch.real[:, None, None])
