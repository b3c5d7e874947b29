"""What `irjax correct` does: makes a dataset of another's spectra without their baselines or scatter."""

import argparse

from irjax.commands.output import progress, say
from irjax.data.corrected import correct_dataset
from irjax.data.dataset import CURATION, open_dataset


def run(arguments: argparse.Namespace) -> int:
    dataset = open_dataset(arguments.data)
    with progress() as counted:
        corrected = correct_dataset(
            arguments.out,
            dataset,
            arguments.method,
            arguments.order,
            arguments.force,
            counted("correcting spectra"),
        )
    rejected = len(dataset) - len(corrected)
    left_out = f"; {rejected:,} could not be, see {CURATION}" if rejected else ""
    say(f"{corrected.path}: {len(corrected):,} spectra {corrected.correction}{left_out}")
    return 0
