"""Whether a network that has learned one set of spectra learns another with fewer: fine-tuned against from scratch.

Three pairs: computed spectra to measured ones, gases to condensed phases, the 37 groups to the 17 that others report
on. Of the second set all spectra of the molecules of 100, 300, 1,000 drawn ones train, and all there are; validation
and test part are those of the whole set, whose molecules the first network never met. Both arms have the same network,
steps and rates.

    python scripts/transfer.py runs/transfer --data data/nist-spectra

Killed, the same command goes on.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import numpy as np

from irjax.answers.judge import evaluate
from irjax.answers.predictor import load
from irjax.data.computed import computed_result, computed_spectra
from irjax.data.dataset import Dataset, open_dataset
from irjax.data.splits import Partition, make_split
from irjax.data.writing import Kept, Result, verdict, write_dataset
from irjax.engine.config import Augmentation, Config, Optimizer
from irjax.engine.fit import start_or_resume, train
from irjax.engine.start import inherited
from irjax.models.reader import Reader
from irjax.program import exit_status
from irjax.tasks.groups import Groups

NETWORK = Reader(stride=1, stem=16, widths=(24, 48, 64), narrow=32, dense=256)
SIZES = {100: (40, 16), 300: (40, 16), 1000: (30, 32), None: (15, 64)}
"""Epochs and batch size for each number of spectra that are drawn, whose molecules train with all of theirs; None: all.
"""
FIGURES = ("f1_macro_at_half", "f1_micro_at_half", "average_precision_macro", "exact_match_ratio_at_half")


@dataclass(frozen=True)
class Pair:
    """What is learned first, and what then."""

    title: str
    first: Dataset
    second: Dataset
    task: Groups
    """Of the second."""


def config(epochs: int, batch_size: int, task: Groups, start: str = "", seed: int = 0) -> Config:
    """A training of either arm."""
    return Config(
        model=NETWORK,
        optimizer=Optimizer(
            "cosine", (epochs,), (1e-3,), warm_up=1.0, batch_size=batch_size, weight_decay=0.05, average=0.99
        ),
        task=task,
        augmentation=Augmentation(("shift", "intensity", "noise"), share=0.25, on_the_fly=True),
        start=start,
        seed=seed,
    )


def part_of(dataset: Dataset, rows: np.ndarray, out: Path) -> Dataset:
    """Some spectra of a dataset as one of their own."""
    if out.is_dir():
        return open_dataset(out)
    labels = dataset.labels("irjax37")

    def results() -> Iterator[Result]:
        for row in rows:
            known = {name: str(column[row]) for name, column in dataset.rows.items()}
            yield Result(verdict(known["file"], known["id"]), Kept(dataset.values[row], known, labels[row]))

    return write_dataset(out, results(), {"command": "scripts/transfer.py"}, dataset.grid)


def fewer(split: Partition, dataset: Dataset, most: int | None, seed: int) -> Partition:
    """The split with the molecules of so many spectra, drawn, left to train on; the fold that validates stays."""
    if most is None:
        return split
    rows = np.random.default_rng(seed).permutation(split.part(dataset, "train", 0))
    kept = set(dataset.skeletons[rows[:most]].tolist())
    return replace(
        split, folds=(split.folds[0], *(tuple(key for key in fold if key in kept) for fold in split.folds[1:]))
    )


def trained(path: Path, wanted: Config, dataset: Dataset, split: Partition) -> Path:
    """The run there, trained now if it is not yet."""
    run = start_or_resume(path, wanted, dataset, split)
    if not run.finished:
        train([run], dataset, run.path, title=path.name)
        jax.clear_caches()
    return path


def pairs(out: Path, dataset: Dataset) -> list[Pair]:
    """The three pairs, their datasets made if need be."""
    gas = dataset.rows["phase"] == "gas"
    condensed = ~gas & (dataset.rows["phase"] != "unknown")
    computed = out / "computed"
    if not computed.is_dir():
        write_dataset(
            computed, map(computed_result, computed_spectra()), {"command": "scripts/transfer.py"}, dataset.grid
        )
    return [
        Pair("computed to measured", open_dataset(computed), dataset, Groups()),
        Pair(
            "gas to condensed",
            part_of(dataset, np.flatnonzero(gas), out / "gas"),
            part_of(dataset, np.flatnonzero(condensed), out / "condensed"),
            Groups(),
        ),
        Pair("37 groups to 17", dataset, dataset, Groups(vocabulary="common17")),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="a directory for datasets and runs")
    parser.add_argument("--data", required=True, help="a dataset of measured spectra on 600 points")
    parser.add_argument("--seeds", type=int, default=1, help="each with spectra of its own (default: 1)")
    arguments = parser.parse_args()
    dataset = open_dataset(arguments.data)
    split = make_split(dataset, dataset.labels("irjax37"), "skeletons", isotopologues=False, seed=0)
    table = {}
    for pair in pairs(arguments.out, dataset):
        name = pair.title.replace(" ", "-")
        # Molecules that validate or test the second network are kept from the first, whichever set they come from.
        own = make_split(pair.first, pair.first.labels("irjax37"), "skeletons", isotopologues=False, seed=0)
        first = trained(
            arguments.out / f"{name}-first", config(*SIZES[None], Groups()), pair.first, inherited(own, split)
        )
        for most, seed in ((most, seed) for most in SIZES for seed in range(arguments.seeds)):
            for arm, start in (("scratch", ""), ("fine-tuned", str(first))):
                wanted = config(*SIZES[most], pair.task, start, seed)
                path = arguments.out / f"{name}-{most or 'all'}-{arm}-{seed}"
                run = trained(path, wanted, pair.second, fewer(split, pair.second, most, seed))
                figures = evaluate(load(run), pair.second, "test").figures["overall"]
                table[path.name] = {figure: figures[figure] for figure in FIGURES}
                shown = "  ".join("{value:.3f} ({low:.3f} to {high:.3f})".format(**figures[each]) for each in FIGURES)
                print(f"{pair.title:21} {most or 'all':>5} {arm:10} {shown}", flush=True)
    (arguments.out / "table.json").write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    sys.exit(exit_status("transfer.py", main))
