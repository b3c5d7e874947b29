"""Compare trained runs spectrum by spectrum: figures, and paired differences to the first, with intervals.

Each network is named, with its runs, one for each seed, and the dataset that it reads:

    python scripts/compare.py paper=runs/paper@data/nist-spectra reader=runs/reader@data/nist-1800
    python scripts/compare.py a=runs/a-seed0,runs/a-seed1,runs/a-seed2@data/nist-1800 blend=…

Datasets may differ in their grid, not in their files. A value is the mean over the seeds, its interval a 95 % bootstrap
over molecules and seeds, as in docs/reproduction.md; all networks share the draw of molecules.
"""

import argparse
import re
import sys

import numpy as np

from irjax.answers.judge import evaluate
from irjax.answers.predictor import load
from irjax.data.dataset import open_dataset
from irjax.errors import UsageError
from irjax.program import exit_status
from irjax.study import arms
from irjax.study.page import table

FIGURES = {
    "macro-F1": arms.f1_macro,
    "micro-F1": arms.f1_micro,
    "exact match ratio": arms.exact_match,
    "mean average precision": arms.average_precision,
    "binary cross-entropy": arms.cross_entropy,
}


def arm(words: str, part: str) -> tuple[arms.Arm, tuple[str, ...]]:
    """A network of one or several seeds, judged, and the files of the spectra that judge it."""
    found = re.fullmatch(r"([^=]+)=([^@]+)@(.+)", words)
    if not found:
        raise UsageError(f"{words}: expected NAME=RUN,RUN,…@DATASET")
    dataset, members = open_dataset(found[3]), []
    predictors = {path: load(path) for path in found[2].split(",")}
    judged = {path: evaluate(predictor, dataset, part) for path, predictor in predictors.items()}
    for path, predictor in predictors.items():
        said = judged[path].probabilities
        if any(np.array_equal(said, other.probabilities) for other in members):
            raise UsageError(f"{path}: says the same as a run before it; those of one network differ in their seeds")
        members.append(arms.Answers(said, predictor.thresholds))
    first = next(iter(judged.values()))  # all of one part
    files = tuple(dataset.rows["file"][first.rows].tolist())
    return arms.Arm(found[1], tuple(members), first.targets, dataset.skeletons[first.rows]), files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="+", metavar="NAME=RUN,RUN@DATASET")
    parser.add_argument("--part", default="test", choices=("test", "validation"))
    arguments = parser.parse_args()
    judged = [arm(words, arguments.part) for words in arguments.networks]
    if any(files != judged[0][1] for _, files in judged):
        parser.error("the networks are judged by different spectra; they need one split of the same files")
    if any(not np.array_equal(each.labels, judged[0][0].labels) for each, _ in judged):
        parser.error("the networks learned other groups, whose figures cannot be compared")
    if len({each.name for each, _ in judged}) < len(judged):
        parser.error("two of the networks have one name")
    print("\n".join(table(arms.rows(FIGURES, [each for each, _ in judged]))))


if __name__ == "__main__":
    sys.exit(exit_status("compare.py", main))
