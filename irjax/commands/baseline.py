"""What `irjax baseline` does: judges classical methods through a run's split and labels."""

import argparse
import itertools
import sys

from irjax.answers.classical import MATCHING, methods
from irjax.answers.judge import evaluate_baseline
from irjax.commands.output import show_figures, write_json
from irjax.data.dataset import open_dataset
from irjax.engine.run import open_run
from irjax.errors import UsageError
from irjax.evaluation.baselines import FEATURES
from irjax.pages.tables import comparison_table, show


def run(arguments: argparse.Namespace) -> int:
    dataset, judged = open_dataset(arguments.data), open_run(arguments.run_dir)
    known = methods(judged)
    wanted = known if arguments.method == "all" else (arguments.method,)
    if wanted[0] not in known:
        raise UsageError(f"--method {wanted[0]}: invalid choice; what this run learns, {', '.join(known)} can, or all")
    kinds = FEATURES if arguments.features == "both" else (arguments.features,)
    found = {}
    for method, kind in itertools.product(wanted, kinds):
        if method == MATCHING and kind == "pooled" and len(wanted) > 1:
            continue  # it looks for peaks, which pooling moves
        print(f"{method} on {kind} spectra …", file=sys.stderr)
        found[f"{method}, {kind}"] = evaluate_baseline(
            judged, dataset, arguments.part, method, kind, arguments.include_training
        )
    if len(found) == 1:
        ((name, figures),) = found.items()
        show_figures(figures, name, arguments.json)
        return 0
    if arguments.json:
        write_json(arguments.json, found)
    if arguments.json != "-":
        show(comparison_table(found))
    return 0
