"""Draw the learning curves of runs side by side: `python scripts/plot_curves.py OUT.png RUN [RUN ...]`."""

import itertools
import json
import sys
from pathlib import Path

import matplotlib
from matplotlib import pyplot as plt

matplotlib.use("Agg")


def main(out: Path, runs: list[Path]) -> None:
    """Loss and validation F1 over epochs, one colour per run."""
    figure, (losses, scores) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    for run, colour in zip(runs, itertools.cycle(matplotlib.colormaps["tab10"].colors), strict=False):
        history = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
        epochs = [record["epoch"] for record in history]
        losses.plot(epochs, [record["loss"] for record in history], ":", color=colour, label=f"{run.name}, training")
        losses.plot(
            epochs, [record["validation_loss"] for record in history], color=colour, label=f"{run.name}, validation"
        )
        for name, style in (("f1_micro", "--"), ("f1_macro", "-")):
            if f"validation_{name}" not in history[0]:  # where there is nothing to find
                continue
            values = [record[f"validation_{name}"] for record in history]
            scores.plot(epochs, values, style, color=colour, label=f"{run.name}, {name.replace('f1_', '')}-F1")
        for before, after in itertools.pairwise(history):
            if before["learning_rate"] != after["learning_rate"]:
                for axes in (losses, scores):
                    axes.axvline(after["epoch"] - 0.5, color="0.85", linewidth=1, zorder=0)
    losses.set(xlabel="epoch", ylabel="binary cross-entropy", yscale="log")
    scores.set(xlabel="epoch", ylabel="F1 on the validation fold at 0.5", ylim=(0, 1))
    for axes in (losses, scores):
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(fontsize=7, frameon=False)
    figure.savefig(out, dpi=110)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(run) for run in sys.argv[2:]])
