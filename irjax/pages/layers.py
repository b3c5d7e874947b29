"""The layers of a network, without computing anything."""

from typing import Any

import jax
from rich.table import Table

from irjax.data.dataset import open_dataset
from irjax.engine.config import Config
from irjax.errors import UsageError
from irjax.models.batch import empty_batch


def layer_table(config: Config, data: str | None = None) -> tuple[Table, int]:
    """A table of layers, output shapes and trainable parameters, and the total number of the latter.

    Args:
        data: a dataset that says on which grid and for how many names; without it, that of the task.

    Raises:
        UsageError: only a dataset can say it.
    """
    if data is not None:
        dataset = open_dataset(data)
        grid, outputs = dataset.grid, len(config.task.names(dataset))
    elif (expected := config.task.expected()) is not None:
        grid, outputs = expected
    else:
        raise UsageError(
            "--data: how many classes this network tells apart, and on which grid, is the dataset's to say"
        )
    model, batch = config.model.build(outputs, grid), empty_batch(grid)

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
