"""Networks trained on all four folds, judged on the test part, with answers that were fitted without it.

What they learned from leaves no fold to fit answers to, so these are those of a run of the same recipe that kept one of
the four to validate. Networks of the first of five folds (`--folds 5 --split.no-test`) are such: what they held out is
the test part of the same split with one.

    irjax blend runs/wwx-1 runs/w-2 runs/wx-1 --data data/nist-1800
    python scripts/on_four_folds.py runs/all-w/folds/fold-0 runs/all-wx/folds/fold-0 --answers runs/wwx-1 \\
        --data data/nist-1800 --groups Nitrile Amide --phases gas pellet [--json FILE]
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from card_tables import FIGURES, digits
from each_fifth import require_shown

from irjax.answers.judge import measured_bands
from irjax.answers.predictor import load
from irjax.data.dataset import open_dataset
from irjax.engine.outcome import read_validation
from irjax.engine.run import open_run
from irjax.files import write_aside
from irjax.program import exit_status


def main() -> None:
    """Judge, print a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", help="networks whose mean is judged")
    parser.add_argument("--answers", required=True, help="the run whose calibration and thresholds they get")
    parser.add_argument("--data", required=True)
    parser.add_argument("--groups", nargs="+", default=[], help="whose F1 is shown besides")
    parser.add_argument("--phases", nargs="+", default=[], help="whose exact matches are shown besides")
    parser.add_argument("--json", type=Path, help="where all figures go")
    arguments = parser.parse_args()
    runs, dataset, fitted = (
        [open_run(path) for path in arguments.runs],
        open_dataset(arguments.data),
        load(arguments.answers),
    )
    rows = fitted.run.split.part(dataset, "test", None)
    held_out = [run.split.part(dataset, "validation", run.config.split.validation_fold) for run in runs]
    if not len(rows) or not all(np.array_equal(rows, each) for each in held_out):
        parser.error("what these runs held out is not the test part of the run whose answers they get")
    task, names = fitted.run.config.task, fitted.run.names
    require_shown(parser, arguments, names)
    said = task.probabilities(fitted.answering, np.mean([read_validation(run) for run in runs], axis=0))
    columns = {name: column[rows] for name, column in dataset.rows.items()} | measured_bands(names, dataset, rows)
    figures = task.scores(names, fitted.answering, said, task.targets(dataset)[rows], columns)
    for name, title in FIGURES.items():
        print("{title}: {value:.3f} ({low:.3f} to {high:.3f})".format(title=title, **figures["overall"][name]))
    for name in arguments.groups:
        print(f"F1 of {name}: {digits(figures['groups'][name]['f1'])}")
    for name in arguments.phases:
        print(f"exact match of {name}: {digits(figures['phases'].get(name, {}).get('exact_match_ratio'))}")
    if arguments.json:
        write_aside(arguments.json, json.dumps(figures))


if __name__ == "__main__":
    sys.exit(exit_status("on_four_folds.py", main))
