"""What `irjax summary` does: shows the layers and parameters of a config's network."""

import argparse

from irjax.commands.train import overridden
from irjax.data.dataset import open_dataset
from irjax.engine.config import Config, load_config
from irjax.errors import UsageError
from irjax.pages.layers import layer_table
from irjax.pages.tables import show
from irjax.spectra.grid import Grid


def run(arguments: argparse.Namespace) -> int:
    config = overridden(load_config(arguments.config), arguments.overrides, "irjax summary --config FILE")
    table, total = layer_table(config.model, *_learned(config, arguments.data))
    show(table)
    print(total)
    return 0


def _learned(config: Config, data: str | None) -> tuple[Grid, int]:
    """The grid that the network reads and the number of its outputs: those of a dataset, else those of the task."""
    if data is not None:
        dataset = open_dataset(data)
        return dataset.grid, len(config.task.names(dataset))
    if (expected := config.task.expected()) is not None:
        return expected
    raise UsageError("--data: how many classes this network tells apart, and on which grid, is the dataset's to say")
