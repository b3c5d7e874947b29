"""What `irjax study` does: runs every comparison of docs/reproduction.md, and writes the page."""

import argparse
from pathlib import Path

from irjax.commands.output import say
from irjax.data.dataset import open_dataset
from irjax.engine.backend import prepare
from irjax.study.study import run_study


def run(arguments: argparse.Namespace) -> int:
    prepare()
    out = Path(arguments.out)
    page = Path(arguments.page) if arguments.page else out / "reproduction.md"
    drawn = Path(arguments.drawn) if arguments.drawn else None
    dataset = open_dataset(arguments.data)
    run_study(out, dataset, arguments.preset, drawn, page, lambda text: say(text, aside=True))
    say(f"{page}: every comparison is there")
    return 0
