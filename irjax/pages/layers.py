"""The layers of a network, without computing anything."""

from typing import Any

import jax
from rich.table import Table

from irjax.models.batch import empty_batch
from irjax.models.table import Network
from irjax.spectra.grid import Grid


def layer_table(network: Network, grid: Grid, outputs: int) -> tuple[Table, int]:
    """A table of layers, output shapes and trainable parameters, and the total number of the latter."""
    model, batch = network.build(outputs, grid), empty_batch(grid)

    def layers() -> Any:
        variables: Any = model.init(jax.random.key(0), batch, train=False)
        return variables, model.apply(variables, batch, train=False, capture_intermediates=True)[1]

    shapes, captured = jax.eval_shape(layers)
    table = Table(box=None, pad_edge=False, header_style="")
    for name in ("layer", "output", "parameters"):
        table.add_column(name, justify="left" if name == "layer" else "right")
    given = captured["intermediates"]
    total = 0
    names = sorted(
        shapes["params"], key=lambda name: (name.startswith("Dense"), int(name.rpartition("_")[2]), name[0] == "B")
    )
    for name in names:
        parameters = shapes["params"][name]
        size = sum(leaf.size for leaf in jax.tree.leaves(parameters))
        total += size
        # A cell of a recurrent network gives no output of its own.
        shape = given[name]["__call__"][0].shape[1:] if name in given else ("–",)
        table.add_row(name, " × ".join(map(str, shape)), f"{size:,}")
    return table, total
