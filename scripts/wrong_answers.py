"""Wrong answers of a run, drawn at random, to be gone through by hand; and where its wrong answers lie.

A decision is wrong where a group's probability and its threshold of highest F1 say otherwise than the label. The first
table, of all wrong decisions, is the share of each phase, of the groups that have most, and how sure the network was.
The CSV has one drawn decision a row, with an empty column for its cause: docs/experiments.md tells of a hundred.

    python scripts/wrong_answers.py runs/reader --data data/nist-1800 --csv wrong.csv [--part test] [--count 100]
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from irjax.answers.judge import Judgement, evaluate
from irjax.answers.predictor import load
from irjax.data.dataset import Dataset, open_dataset
from irjax.files import aside
from irjax.program import exit_status

NEAR = 0.2
"""Of a threshold; such a decision is unsure."""
COLUMNS = ("file", "title", "structure", "phase", "group", "wrong", "probability", "threshold", "also_wrong", "cause")


def rows(
    judged: Judgement,
    wrong: NDArray[np.bool_],
    thresholds: NDArray,
    names: tuple[str, ...],
    dataset: Dataset,
    count: int,
) -> Iterator[dict[str, object]]:
    """The drawn decisions, in the order in which they were drawn."""
    places = np.argwhere(wrong)
    for at, group in np.random.default_rng(0).permutation(places)[:count]:
        known = {name: column[judged.rows[at]] for name, column in dataset.rows.items()}
        others = [names[other] for other in np.flatnonzero(wrong[at]) if other != group]
        yield {
            "file": known["file"],
            "title": known["title"],
            "structure": known["smiles"] or known["inchi"],
            "phase": known["phase"],
            "group": names[group],
            "wrong": "missed" if judged.targets[at, group] else "too many",
            "probability": f"{judged.probabilities[at, group]:.3f}",
            "threshold": f"{thresholds[group]:.3f}",
            "also_wrong": " ".join(others),
            "cause": "",
        }


def tell(
    judged: Judgement, wrong: NDArray[np.bool_], thresholds: NDArray, names: tuple[str, ...], phases: NDArray
) -> None:
    """What all wrong decisions have in common."""
    total, missed = int(wrong.sum()), int((wrong & judged.targets.astype(bool)).sum())
    print(
        f"{total:,} of {wrong.size:,} decisions wrong, in {wrong.any(axis=1).sum():,} of {len(wrong):,} spectra: ",
        end="",
    )
    print(f"{missed:,} groups missed, {total - missed:,} too many\n")
    print("| phase | of the spectra | of the wrong decisions |\n|---|---|---|")
    for phase in sorted(set(phases.tolist())):
        chosen = phases == phase
        print(f"| {phase} | {chosen.mean():.0%} | {wrong[chosen].sum() / total:.0%} |")
    print("\n| group | with the group | missed | too many |\n|---|---|---|---|")
    labels = judged.targets.astype(bool)
    for group in np.argsort(-wrong.sum(axis=0))[:10]:
        found = (labels[:, group].sum(), (wrong & labels)[:, group].sum(), (wrong & ~labels)[:, group].sum())
        print(f"| {names[group]} | {' | '.join(f'{number:,}' for number in found)} |")
    p = judged.probabilities[wrong]
    near = (np.abs(judged.probabilities - thresholds)[wrong] < NEAR).mean()
    sure = ((p > 0.9) | (p < 0.1)).mean()
    print(f"\nwithin {NEAR} of the threshold: {near:.0%}; above 0.9 or below 0.1: {sure:.0%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="a run of groups")
    parser.add_argument("--data", required=True, help="the dataset that it is judged on")
    parser.add_argument("--part", default="test", choices=("test", "validation"))
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--csv", required=True, type=Path, help="where the drawn decisions go")
    arguments = parser.parse_args()
    predictor, dataset = load(arguments.run), open_dataset(arguments.data)
    judged, names = evaluate(predictor, dataset, arguments.part), predictor.run.names
    thresholds = np.asarray(predictor.thresholds)
    wrong = (judged.probabilities >= thresholds) != judged.targets.astype(bool)
    tell(judged, wrong, thresholds, names, dataset.rows["phase"][judged.rows])
    with aside(arguments.csv) as part, part.open("w", newline="") as file:
        table = csv.DictWriter(file, list[str](COLUMNS))
        table.writeheader()
        table.writerows(rows(judged, wrong, thresholds, names, dataset, arguments.count))


if __name__ == "__main__":
    sys.exit(exit_status("wrong_answers.py", main))
