"""Where networks and batches lie: a mesh of devices, `fold` by `data`.

Networks are spread over `fold`; the devices along `data` share each batch of a network, which the mean over a batch,
and so batch norm and the gradients, takes in whole. One device is a mesh of one by one: there is no other way.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Shaped


@dataclass(frozen=True)
class Placement:
    """A mesh, and how arrays with a leading axis of networks lie on it."""

    mesh: Mesh

    @classmethod
    def of(cls, networks: int) -> "Placement":
        """All devices, of all processes: in as many groups as divide both them and the networks."""
        groups = math.gcd(networks, jax.device_count())
        shape = (groups, jax.device_count() // groups)
        return cls(jax.make_mesh(shape, ("fold", "data"), axis_types=(AxisType.Auto, AxisType.Auto)))

    @property
    def groups(self) -> int:
        """Groups of devices, each with the same number of networks."""
        return self.mesh.shape["fold"]

    def rows(self, wanted: int) -> int:
        """The least batch of `wanted` rows or more that the devices of a group can share."""
        share = self.mesh.shape["data"]
        return -(-wanted // share) * share

    @property
    def networks(self) -> NamedSharding:
        """Arrays [networks, ...], each network with its group of devices."""
        return NamedSharding(self.mesh, PartitionSpec("fold"))

    @property
    def batches(self) -> NamedSharding:
        """Arrays [networks, batches, rows, ...], the rows of a batch shared by the devices of a group."""
        return NamedSharding(self.mesh, PartitionSpec("fold", None, "data"))

    @property
    def everywhere(self) -> NamedSharding:
        """Arrays that every device holds whole, and so every process can look at."""
        return NamedSharding(self.mesh, PartitionSpec())

    def place(self, tree: Any, sharding: NamedSharding) -> Any:
        """The tree's arrays, which are the same in every process, as arrays of the whole mesh."""

        def put(leaf: Any) -> Shaped[Array, "..."]:
            host = np.asarray(leaf)
            return jax.make_array_from_callback(host.shape, sharding, lambda part: host[part])

        return jax.tree.map(put, tree)

    def per_group(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function of a group's own networks, as one of all networks; XLA spreads its batches over the group."""
        fold = PartitionSpec("fold")
        return jax.shard_map(
            function, mesh=self.mesh, in_specs=fold, out_specs=fold, axis_names={"fold"}, check_vma=False
        )
