"""Each fifth of a dataset, asked of networks that learned the other four, its answers fitted to those four as well.

The runs were cross-validated without a test part (`--folds 5 --split.no-test`) and are blended here as `irjax blend`
does. One line a fifth, the first of which is the test part of the same split with one, then one of all together:

    python scripts/each_fifth.py runs/all-n2 runs/all-x --data data/nist-1800 --groups Nitrile Amide --phases gas pellet
"""

import argparse
import sys

import numpy as np
from card_tables import digits
from check_answers import calibrated, counts, folds_of_rows, told

from irjax.data.dataset import open_dataset
from irjax.engine.blend import held_out_by
from irjax.engine.folds import folds_of
from irjax.engine.run import open_run
from irjax.evaluation.scores import scores
from irjax.evaluation.three_way import UNCERTAIN
from irjax.program import exit_status
from irjax.spectra.spectrum import PHASES

FIGURES = {
    "macro-F1": "f1_macro",
    "micro-F1": "f1_micro",
    "exact match": "exact_match_ratio",
    "mean AP": "average_precision_macro",
}

PROMISES = ("with the group, absent", "present, wrong")


def require_shown(parser: argparse.ArgumentParser, arguments: argparse.Namespace, names: tuple[str, ...]) -> None:
    """Ends with a line where a group or a phase that is to be shown is none."""
    for asked, known in ((arguments.groups, names), (arguments.phases, PHASES)):
        if unknown := sorted(set(asked) - set(known)):
            parser.error(f"no {', '.join(unknown)}; expected some of {', '.join(known)}")


def main() -> None:
    """Count and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", help="what is blended")
    parser.add_argument("--data", required=True)
    parser.add_argument("--groups", nargs="+", default=[], help="whose F1 is shown besides")
    parser.add_argument("--phases", nargs="+", default=[], help="whose exact matches are shown besides")
    arguments = parser.parse_args()
    runs, dataset = [open_run(path) for path in arguments.runs], open_dataset(arguments.data)
    crosses = [cross for run in runs if (cross := folds_of(run)) is not None]
    if len(crosses) < len(runs):
        parser.error("a run has no folds (train.py --folds)")
    task, names = runs[0].config.task, runs[0].names
    require_shown(parser, arguments, names)
    rows, outputs = held_out_by(runs, dataset)
    labels, phases, skeletons = task.targets(dataset)[rows], dataset.rows["phase"][rows], dataset.skeletons[rows]
    fold = folds_of_rows(crosses[0], dataset)
    shown = [*FIGURES, *arguments.groups, *arguments.phases, *PROMISES, "uncertain"]
    print(f"| fifth | spectra | {' | '.join(shown)} |\n|---|---|{'---|' * len(shown)}")
    right, unsure = np.zeros(len(rows), bool), np.zeros(labels.shape, bool)
    for at in range(len(crosses[0].folds)):
        here = fold == at
        answering = calibrated(task, names, outputs[~here], labels[~here], phases[~here])
        said, values = task.probabilities(answering, outputs[here]), np.asarray(dataset.values[rows[here]])
        right[here] = ((said >= answering.values) == labels[here].astype(bool)).all(axis=1)
        decided = told(answering, said, phases[here], values, names, dataset.grid)
        unsure[here] = decided == UNCERTAIN
        figures = scores(labels[here], said, answering.values, names, skeletons[here], phases[here])
        cells = [figures["overall"][name]["value"] for name in FIGURES.values()]
        cells += [figures["groups"][name]["f1"] for name in arguments.groups]
        cells += [figures["phases"].get(name, {}).get("exact_match_ratio") for name in arguments.phases]
        cells += [part / max(whole, 1) for part, whole in counts(decided, labels[here])[: len(PROMISES)]]
        cells.append(float(unsure[here].mean()))
        print(f"| {at} | {here.sum():,} | {' | '.join(map(digits, cells))} |", flush=True)
    print(f"all {len(rows):,}: exact match {right.mean():.3f}, uncertain {unsure.mean():.3f}")


if __name__ == "__main__":
    sys.exit(exit_status("each_fifth.py", main))
