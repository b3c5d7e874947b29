"""What accuracy costs: macro-F1 on the test part against parameters, training time and answers a second.

    python benchmarks/cost_curve.py runs/mlp runs/gru runs/reader=runs/reader-a,runs/reader-b --data data/nist-1800

Each run is judged on its own test part (a dataset on the grid that it learned must be among those given), and the
networks answer in turn, five rounds of the whole part, so that all see the same machine. Training time is what the
runs' histories say, folds included, a blend's that of its members; with other work beside, it is an upper bound.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import jax
import matplotlib
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

from irjax.answers.judge import evaluate
from irjax.answers.predictor import Predictor, load
from irjax.data.dataset import Dataset, open_dataset
from irjax.errors import UsageError
from irjax.program import exit_status

matplotlib.use("Agg")
ROUNDS = 5


@dataclass(frozen=True)
class Cost:
    """One network."""

    name: str
    parameters: int
    minutes: float
    """Of training."""
    rate: float
    """Answers a second."""
    f1: tuple[float, float, float]
    """Macro-F1 with its interval."""


def minutes(run: Path, members: list[Path]) -> float:
    """Training time of a run, or of those that were blended into it, folds included: epochs times the median one.

    The median, since a machine may have been halted or busy in between.
    """
    found = 0.0
    for file in (file for path in (members or [run]) for file in path.rglob("history.jsonl")):
        seconds = [json.loads(line)["seconds"] for line in file.read_text().splitlines()]
        found += len(seconds) * float(np.median(seconds)) / 60
    if not found:
        raise UsageError(f"{run}: no history of its training; of a blend, name those it was made of, as {run}=RUN,RUN")
    return found


def rates(predictors: list[Predictor], spectra: list[np.ndarray]) -> list[float]:
    """Answers a second of each, the median of some rounds taken in turn."""
    taken = np.zeros((ROUNDS + 1, len(predictors)))
    for turn in range(ROUNDS + 1):
        for at, (predictor, seen) in enumerate(zip(predictors, spectra, strict=True)):
            started = time.perf_counter()
            predictor.probabilities(seen)
            taken[turn, at] = len(seen) / (time.perf_counter() - started)
    return np.median(taken[1:], axis=0).tolist()  # the first compiles


def drawn(costs: list[Cost], out: Path) -> None:
    """Three panels, macro-F1 over each cost."""
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), sharey=True, layout="constrained")
    panels = (("parameters", "parameters"), ("minutes", "training, minutes"), ("rate", "answers a second"))
    for axis, (field, label) in zip(axes, panels, strict=True):
        for at, cost in enumerate(costs):
            value, low, high = cost.f1
            bars = [[value - low], [high - value]]
            axis.errorbar(getattr(cost, field), value, bars, fmt="o", color=f"C{at}", capsize=2, label=cost.name)
        axis.set(xlabel=label, xscale="log")
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.xaxis.set_major_formatter(EngFormatter(sep=""))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.25)
    axes[0].set_ylabel("macro-F1, test part")
    axes[2].legend(fontsize=7, frameon=False)
    figure.savefig(out, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="or BLEND=RUN,RUN: those it was made of")
    parser.add_argument("--data", nargs="+", required=True, help="datasets that they were trained on")
    parser.add_argument("--png", type=Path, help="draws the curve")
    arguments = parser.parse_args()
    datasets = {dataset.checksum: dataset for dataset in map(open_dataset, arguments.data)}
    named = [str(run).partition("=") for run in arguments.runs]
    paths = [Path(name) for name, _, _ in named]
    members = [[Path(each) for each in others.split(",") if each] for _, _, others in named]
    predictors = [load(path) for path in paths]
    for predictor in predictors:
        if predictor.run.dataset not in datasets:
            raise UsageError(f"--data: {predictor.run.path} was trained on {predictor.run.dataset_path}, name that too")
    own: list[Dataset] = [datasets[predictor.run.dataset] for predictor in predictors]
    judged = [evaluate(predictor, dataset, "test") for predictor, dataset in zip(predictors, own, strict=True)]
    spectra = [dataset.values[found.rows] for dataset, found in zip(own, judged, strict=True)]
    costs = []
    for at, rate in enumerate(rates(predictors, spectra)):
        found = judged[at].figures["overall"]["f1_macro"]
        parameters = sum(leaf.size for leaf in jax.tree.leaves(predictors[at].variables["params"]))
        f1 = (found["value"], found["low"], found["high"])
        costs.append(
            Cost(
                paths[at].relative_to(os.path.commonpath([path.parent for path in paths])).as_posix(),
                parameters,
                minutes(paths[at], members[at]),
                rate,
                f1,
            )
        )
    for cost in costs:
        value, low, high = cost.f1
        print(
            f"| {cost.name} | {cost.parameters:,} | {cost.minutes:.0f} min | {cost.rate:,.0f} | "
            f"{value:.3f} ({low:.3f} to {high:.3f}) |"
        )
    if arguments.png:
        drawn(costs, arguments.png)


if __name__ == "__main__":
    sys.exit(exit_status("cost_curve.py", main))
