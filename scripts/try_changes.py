"""How many spectra of a validation fold are read right in full, as measured and changed as instruments change them.

Their answers stay fitted to the fold as measured. Prints a Markdown table: of the first network the share, of the
others the difference, spectrum by spectrum, and half of its 95 % interval, in bold where that excludes 0.

    python scripts/try_changes.py runs/v-base-1 runs/w-cut --data data/nist-1800
"""

import argparse
import sys

import numpy as np
from check_answers import KINDS

from irjax.answers.judge import evaluate
from irjax.answers.predictor import load
from irjax.data.dataset import Dataset, open_dataset
from irjax.program import exit_status


def right(path: str, dataset: Dataset) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The spectra of its validation fold, and for each kind of change whether their groups are all told, bool [n]."""
    network = load(path)
    judged = evaluate(network, dataset, "validation")
    values, found = np.array(dataset.values[judged.rows]), {}
    for name, changed in KINDS.items():
        outputs = network.outputs(changed(values, dataset.grid).astype(np.float32))
        said = network.task.probabilities(network.answering, outputs) >= network.thresholds
        found[name] = (said == judged.targets.astype(bool)).all(axis=1)
    return judged.rows, found


def difference(first: np.ndarray, other: np.ndarray) -> str:
    """Of shares, paired, with half of its interval."""
    each = other.astype(float) - first
    mean, half = each.mean(), 1.96 * each.std() / np.sqrt(len(each))
    said = f"{mean:+.3f}"
    return f"{f'**{said}**' if abs(mean) > half else said} ± {half:.3f}"


def main() -> None:
    """Ask all of them of every kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", help="that validate on one fold of one split")
    parser.add_argument("--data", required=True)
    arguments = parser.parse_args()
    dataset = open_dataset(arguments.data)
    (rows, first), *beside = [right(path, dataset) for path in arguments.runs]
    if not all(np.array_equal(rows, others) for others, _ in beside):
        parser.error("these runs validate on different spectra, so that nothing is paired; name runs of one fold")
    others = [found for _, found in beside]
    print(f"| the fold is | {' | '.join(arguments.runs)} |\n|{'---|' * (len(arguments.runs) + 1)}")
    for name, share in first.items():
        cells = [f"{share.mean():.3f}", *(difference(share, other[name]) for other in others)]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    sys.exit(exit_status("try_changes.py", main))
