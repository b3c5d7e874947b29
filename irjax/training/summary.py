"""The layers of a network, without computing anything."""

import jax
import jax.numpy as jnp
from rich.table import Table

from irjax.chemistry.groups import vocabulary
from irjax.spectra.resample import GRID
from irjax.training.config import Config
from irjax.training.step import make_model


def layer_table(config: Config) -> tuple[Table, int]:
    """A table of layers, output shapes and trainable parameters, and the total number of the latter."""
    model = make_model(config.model, len(vocabulary(config.vocabulary).groups))
    inputs = jnp.zeros((1, GRID.size))
    shapes = jax.eval_shape(lambda: model.init(jax.random.key(0), inputs, train=False))
    _, captured = jax.eval_shape(
        lambda: model.apply(
            model.init(jax.random.key(0), inputs, train=False), inputs, train=False, capture_intermediates=True
        )
    )
    table = Table(box=None, pad_edge=False, header_style="")
    for name in ("layer", "output", "parameters"):
        table.add_column(name, justify="left" if name == "layer" else "right")
    outputs = captured["intermediates"]
    total = 0
    layers = sorted(
        shapes["params"], key=lambda name: (name.startswith("Dense"), int(name.split("_")[1]), name[0] == "B")
    )
    for name in layers:
        parameters = shapes["params"][name]
        size = sum(leaf.size for leaf in jax.tree.leaves(parameters))
        total += size
        shape = outputs[name]["__call__"][0].shape[1:]
        table.add_row(name, " × ".join(map(str, shape)), f"{size:,}")
    return table, total
