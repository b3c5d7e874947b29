"""What `irjax explain` does: the answer to one spectrum and the bands that it rests on."""

import argparse
import sys
from pathlib import Path

from irjax.answers.explain import explain, require_explainable
from irjax.answers.predictor import load
from irjax.commands.output import require_apart, write_json
from irjax.data.dataset import open_dataset
from irjax.errors import UsageError, printable
from irjax.pages.tables import explanation_table, show, similar_table
from irjax.spectra.chart.told import ChartAxes
from irjax.spectra.reading import read_spectrum
from irjax.spectra.spectrum import as_told
from irjax.tasks.task import require_error


def run(arguments: argparse.Namespace) -> int:
    require_error(arguments.error)
    if arguments.html == "-":
        raise UsageError("--html -: a page is a file; name one")
    if arguments.html:
        require_apart(arguments.html, arguments.file, arguments.json or "")
    reference = open_dataset(arguments.reference) if arguments.reference else None
    predictor = load(arguments.run_dir)
    require_explainable(predictor, reference)  # before a file that only another command could read
    spectrum = read_spectrum(arguments.file, arguments.y_units, ChartAxes(arguments.chart_x, arguments.chart_y))
    spectrum = as_told(spectrum, arguments.phase, arguments.technique)
    found = explain(predictor, spectrum, reference, arguments.error)
    if arguments.json:
        write_json(arguments.json, found.to_dict(), arguments.file)
    if arguments.html:
        from irjax.pages.answer import write_answer  # matplotlib takes a second to import

        write_answer(arguments.html, found, spectrum.title or Path(arguments.file).name, not arguments.linear)
    if arguments.json != "-":
        for warning in found.answer.warnings:
            print(printable(f"{arguments.file}: warning: {warning}"), file=sys.stderr)
        shown = found.to_dict()
        show(explanation_table(shown), *([similar_table(shown)] if shown["similar"] else []))
    return 0
