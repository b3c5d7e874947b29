"""What `irjax build` does: makes a dataset of spectrum files and a table of structures."""

import argparse
from dataclasses import replace

from irjax.commands.output import progress, say, warn_of_atr
from irjax.data.dataset import CURATION
from irjax.data.ingest import build_dataset
from irjax.pages.tables import curation_table, prevalence_table, show, split_table
from irjax.spectra.chart.told import ChartAxes
from irjax.spectra.grid import INFRARED


def run(arguments: argparse.Namespace) -> int:
    with progress() as counted:
        dataset = build_dataset(
            arguments.out,
            arguments.spectra,
            arguments.structures,
            counted("reading spectra"),
            ChartAxes(arguments.chart_x, arguments.chart_y),
            replace(INFRARED, points=arguments.points),
            arguments.computed,
            arguments.force,
        )
    show(curation_table(dataset.path), prevalence_table(dataset), split_table(dataset))
    unmatched = dataset.manifest["compounds_without_file"]
    if unmatched["count"]:
        such = f"such as {', '.join(unmatched['such_as'])}"
        say(f"{unmatched['count']:,} of {unmatched['of']:,} compounds have no spectrum file, {such}")
    warn_of_atr(dataset)
    say(f"{dataset.path}: {len(dataset):,} spectra; every file's verdict is in {dataset.path / CURATION}")
    return 0
