"""What `irjax summary` does: shows the layers and parameters of a config's network."""

import argparse

from irjax.commands.train import overridden
from irjax.engine.config import load_config
from irjax.pages.layers import layer_table
from irjax.pages.tables import show


def run(arguments: argparse.Namespace) -> int:
    config = overridden(load_config(arguments.config), arguments.overrides, "irjax summary --config FILE")
    table, total = layer_table(config, arguments.data)
    show(table)
    print(total)
    return 0
