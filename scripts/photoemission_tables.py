"""Tables 2 to 5 and figure 7 of Smeds (2019): losses, broadening, points and negative intensities, one training each.

    irjax make photoemission data/qm9 --qm9 --molecules 20000
    python scripts/photoemission_tables.py runs/smeds --data data/qm9 --epochs 100 --png docs/figures/photoemission.png

Every row has the network, split and optimizer of `configs/photoemission.py` but for the epochs; the test part is looked
at once for each. Killed, the same command goes on. A row may be trained beside it, into the directory of its name:

    python train.py --config configs/photoemission.py --data data/qm9 --run runs/smeds/mse-levels-0.5-300 \\
      --optimizer.epochs 100 --task.output levels
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import jax
import matplotlib
import numpy as np
from matplotlib import pyplot as plt

from irjax.answers.judge import Judgement, evaluate
from irjax.answers.predictor import load
from irjax.data.dataset import Dataset, open_dataset
from irjax.engine.config import load_config
from irjax.engine.fit import start_or_resume, train
from irjax.engine.outcome import read_history
from irjax.engine.run import open_run
from irjax.evaluation.agreement import measures
from irjax.program import exit_status
from irjax.tasks.curves import Curves

matplotlib.use("Agg")
ROWS = (
    *(Curves(distance=distance) for distance in ("mse", "smooth-l1", "log-cosh", "cosine", "pearson")),
    Curves(distance="rmse"),
    Curves(distance="huber", threshold=0.1),
    Curves(distance="mae"),
    *(Curves(width=width) for width in (0.3, 0.1)),
    *(Curves(width=0.1, points=points) for points in (500, 700)),
    *(Curves(output=output) for output in ("positive", "levels")),
)
"""Tables 2, then 3 and 4; and what the report leaves to the future. The first is that of figure 7.

A threshold of 1 makes huber the smooth-l1; beyond 0.1 per eV lies nearly all of the squared error.
"""
ABSOLUTE, SHAPE = ("accuracy", "rmse", "mae", "r2"), ("accuracy", "r2", "negative_share", "negative_size")
TITLES = ("loss", "output", "σ", "points", *ABSOLUTE, *(f"{name}, normalised" for name in SHAPE), "still falling")


def trained(home: Path, task: Curves, epochs: int, dataset: Dataset) -> Path:
    """The run of a row, trained now if it is not yet."""
    config = load_config("photoemission")
    optimizer = replace(config.optimizer, epochs=(epochs,))
    path = home / f"{task.distance}-{task.output}-{task.width:g}-{task.points}"
    run = start_or_resume(path, replace(config, task=task, optimizer=optimizer), dataset)
    if not run.finished:
        train([run], dataset, run.path, title=path.name)
        jax.clear_caches()
    return path


def line(task: Curves, path: Path, judged: Judgement) -> str:
    """A row of the table; the last cell is by how much the last tenth of the epochs lowered the validation loss."""
    overall, shape = judged.figures["overall"], judged.figures["normalised"]
    losses = [epoch["validation_loss"] for epoch in read_history(open_run(path))]
    before = losses[-1 - max(1, len(losses) // 10)] if len(losses) > 1 else losses[0]
    cells = [task.distance, task.output, f"{task.width:g}", str(task.points)]
    cells += ["{value:.3f} ({low:.3f} to {high:.3f})".format(**overall[name]) for name in ABSOLUTE]
    cells += [f"{shape[name]['value']:.3g}" for name in SHAPE]
    return f"| {' | '.join(cells)} | {100 * (before - losses[-1]) / abs(before):.1f} % |"


def drawn(task: Curves, judged: Judgement, png: Path) -> None:
    """Figure 7: the best prediction, the worst, and how many are how accurate."""
    wanted = np.asarray(task.broadened(judged.targets))
    accuracy = measures(judged.probabilities, wanted, task.axis.spacing)["accuracy"]
    order = np.argsort(accuracy)
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.4), layout="constrained")
    for axis, at, title in zip(axes, order[[-1, 0]], ("best", "worst"), strict=False):
        axis.plot(task.axis.values, wanted[at], color="black", label="GFN2-xTB")
        axis.plot(task.axis.values, judged.probabilities[at], color="tab:red", label="predicted")
        axis.set(xlabel="energy, eV", ylabel="intensity, 1/eV", title=f"{title}: {100 * accuracy[at]:.1f} %")
        axis.legend(frameon=False)
    axes[2].hist(100 * accuracy, np.arange(np.floor(400 * accuracy.min()), 401) / 4, color="tab:gray")
    axes[2].set(xlabel="accuracy, %", ylabel="molecules", title=f"{len(accuracy):,} molecules")
    figure.savefig(png, dpi=110)


def main() -> None:
    """Train what is not trained yet, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="a directory for the runs")
    parser.add_argument("--data", required=True, help="a dataset of photoemission")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--png", type=Path, help="where figure 7 goes")
    arguments = parser.parse_args()
    dataset = open_dataset(arguments.data)
    print(f"| {' | '.join(TITLES)} |\n|{'---|' * len(TITLES)}", flush=True)
    for task in ROWS:
        run = trained(arguments.out, task, arguments.epochs, dataset)
        judged = evaluate(load(run), dataset, "test")
        print(line(task, run, judged), flush=True)
        if task is ROWS[0] and arguments.png:
            drawn(task, judged, arguments.png)


if __name__ == "__main__":
    sys.exit(exit_status("photoemission_tables.py", main))
