"""Draw the learning curves of runs side by side.

python scripts/plot_curves.py OUT.png RUN [RUN ...]
"""

import argparse
import itertools
import sys
from pathlib import Path

import matplotlib
from matplotlib import pyplot as plt
from matplotlib.colors import TABLEAU_COLORS

from irjax.engine.outcome import read_history
from irjax.engine.run import open_run
from irjax.program import exit_status

matplotlib.use("Agg")


def main() -> None:
    """Loss and validation F1 over epochs, one colour per run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT.png")
    parser.add_argument("runs", nargs="+", metavar="RUN")
    arguments = parser.parse_args()
    figure, (losses, scores) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    lines = (
        (losses, "loss", ":", "training"),
        (losses, "validation_loss", "-", "validation"),
        (scores, "validation_f1_micro", "--", "micro-F1"),
        (scores, "validation_f1_macro", "-", "macro-F1"),
    )
    for run, colour in zip(map(open_run, arguments.runs), itertools.cycle(TABLEAU_COLORS), strict=False):
        history = read_history(run)
        for axes, key, style, name in lines:
            known = [(record["epoch"], record[key]) for record in history if key in record]
            if known:  # a part without spectra or positives has no such figure
                axes.plot(*zip(*known, strict=True), style, color=colour, label=f"{run.path.name}, {name}")
        for before, after in itertools.pairwise(history):
            if after["learning_rate"] < before["learning_rate"] / 2:  # a cosine falls a little at each epoch
                for axes in (losses, scores):
                    axes.axvline(after["epoch"] - 0.5, color="0.85", linewidth=1, zorder=0)
    losses.set(xlabel="epoch", ylabel="binary cross-entropy", yscale="log")
    scores.set(xlabel="epoch", ylabel="F1 on the validation fold at 0.5", ylim=(0, 1))
    for axes in (losses, scores):
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(fontsize=7, frameon=False)
    figure.savefig(arguments.out, dpi=110)


if __name__ == "__main__":
    sys.exit(exit_status("plot_curves.py", main))
