"""What `irjax demo-data` does: writes the bundled, computed spectra as a dataset."""

import argparse

from irjax.commands.output import say
from irjax.data.demo import write_demo


def run(arguments: argparse.Namespace) -> int:
    dataset = write_demo(arguments.out, arguments.force)
    say(
        f"{dataset.path}: {len(dataset):,} spectra computed with GFN2-xTB in the harmonic approximation; "
        "they show how irjax works, not how well it reads measured spectra"
    )
    return 0
