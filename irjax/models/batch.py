"""What every network is handed, whatever it makes of it."""

from collections.abc import Callable
from typing import Any

import flax.linen as nn
import flax.struct
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from irjax.models.inputs import filled
from irjax.spectra.grid import Grid

Convolution = Callable[..., jax.Array]
"""Takes the place of `lax.conv_general_dilated` in `flax.linen.Conv`; see `models.winograd` and `models.products`."""


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


def spectra_at_once() -> int:
    """How many a network answers at once: on a CPU so few that what its layers hand on stays in the cache."""
    return 64 if jax.default_backend() == "cpu" else 256


def make_answerer(model: nn.Module) -> Callable[[Any, np.ndarray], np.ndarray]:
    """Outputs for all spectra: (variables, values [n, points] with NaN for gaps) to float32 [n, outputs]."""
    at_once = spectra_at_once()

    @jax.jit
    def outputs(variables: Any, values: Float[Array, "batch points"]) -> Float[Array, "batch outputs"]:
        return jnp.asarray(model.apply(variables, batch_of(values), train=False))

    def answer(variables: Any, values: Float[np.ndarray, "n points"]) -> Float[np.ndarray, "n outputs"]:
        size = 1 if len(values) == 1 else at_once
        found = []
        for start in range(0, max(len(values), 1), size):
            batch = values[start : start + size]
            padded = np.pad(batch, ((0, size - len(batch)), (0, 0)))
            found.append(np.asarray(outputs(variables, padded))[: len(batch)])
        return np.concatenate(found)

    return answer


def masked_norm(
    norm: Callable[..., nn.Module], x: Float[Array, "batch points channels"], batch: Batch
) -> Float[Array, "batch points channels"]:
    """Applies a batch norm, with statistics of the real rows alone."""
    return norm()(x, mask=batch.real[:, None, None])
