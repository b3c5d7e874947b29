"""What `irjax blend` does: makes one run of several, which answers with their mean."""

import argparse

from irjax.commands.output import say
from irjax.data.dataset import open_dataset
from irjax.engine.blend import blend
from irjax.engine.run import open_run


def run(arguments: argparse.Namespace) -> int:
    made = blend(arguments.out, [open_run(path) for path in arguments.runs], open_dataset(arguments.data))
    say(f"{made.path}: the mean of {len(arguments.runs)} networks; `irjax evaluate` judges it")
    return 0
