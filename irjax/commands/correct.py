"""What `irjax correct` does: makes a dataset of another's spectra without their baselines or scatter."""

import argparse

from rich.progress import Progress

from irjax.commands.output import say
from irjax.data.corrected import correct_dataset
from irjax.data.dataset import open_dataset


def run(arguments: argparse.Namespace) -> int:
    dataset = open_dataset(arguments.data)
    with Progress(transient=True) as bar:
        task = bar.add_task("correcting spectra", total=len(dataset))
        corrected = correct_dataset(
            arguments.out,
            dataset,
            arguments.method,
            arguments.order,
            arguments.force,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    rejected = len(dataset) - len(corrected)
    left_out = f"; {rejected:,} could not be, see curation.csv" if rejected else ""
    say(f"{corrected.path}: {len(corrected):,} spectra {corrected.correction}{left_out}")
    return 0
