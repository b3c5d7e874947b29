"""Several networks as one: the mean of what they return."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from irjax.errors import UsageError
from irjax.models.batch import Batch, Convolution
from irjax.models.winograd import winograd
from irjax.spectra.grid import Grid


@dataclass(frozen=True)
class Blend:
    """Networks that were trained each on its own; `irjax blend` makes a run of them."""

    members: tuple[Any, ...]
    """Frozen configs of `models.table`."""

    def __post_init__(self) -> None:
        if not self.members:
            raise UsageError("a blend needs members")

    def build(self, outputs: int, grid: Grid, convolution: Convolution = winograd) -> nn.Module:
        """The Flax module."""
        return _Blend([member.build(outputs, grid, convolution) for member in self.members])


class _Blend(nn.Module):
    members: Sequence[nn.Module]

    def __call__(self, batch: Batch, train: bool) -> Float[Array, "batch outputs"]:
        said: list[Any] = [member(batch, train) for member in self.members]
        return jnp.stack(said).mean(axis=0)


def member_name(at: int) -> str:
    """Under which a member's variables stand among those of the blend."""
    return f"members_{at}"
