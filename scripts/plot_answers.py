"""Draw how a probability becomes one of three answers.

    python scripts/plot_answers.py docs/figures/three-answers.png

The spectrum is the acetone that `make demo` draws, the network the one that ships.
"""

import argparse
import sys
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import pyplot as plt
from scipy.special import logit

from irjax import load
from irjax.data.demo import drawn_acetone
from irjax.program import exit_status
from irjax.tasks.task import DEFAULT_ERROR

matplotlib.use("Agg")

GROUPS = 14
"""Of the highest probability."""
LOW, HIGH = 0.001, 0.9995
"""Ends of the axis."""
COLOURS = {"absent": "#D8DDE3", "uncertain": "#F4D58D", "present": "#9ED0B5"}
TICKS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)


def main() -> None:
    """A row per group: where each answer begins, and where the spectrum lies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT.png")
    out = parser.parse_args().out
    reader = load()
    answer = reader.predict(drawn_acetone())
    bounds = reader.answering.bounds(DEFAULT_ERROR, "other")  # of gases, as acetone's spectrum is one
    shown = sorted(answer, key=lambda group: -group.probability)[:GROUPS]
    left, right = logit(LOW), logit(HIGH)
    figure, axes = plt.subplots(figsize=(7.2, 4.4), layout="constrained")
    for row, group in enumerate(shown):
        at = reader.run.names.index(group.name)
        ends = logit(np.clip([0, bounds.absent_below[at], bounds.present_from[at], 1], LOW, HIGH))
        for begin, end, colour in zip(ends[:-1], ends[1:], COLOURS.values(), strict=True):
            axes.barh(row, end - begin, left=begin, height=0.72, color=colour)
        place = np.clip(logit(group.probability), left, right)
        axes.plot(place, row, "o", color="black", markersize=5, clip_on=False)
    for name, colour in COLOURS.items():
        axes.barh(0, 0, color=colour, label=f"answered {name}")
    axes.plot([], [], "o", color="black", markersize=5, label="this spectrum")
    axes.set_yticks(range(len(shown)), [group.name for group in shown])
    axes.invert_yaxis()
    axes.set_xticks(logit(TICKS), [f"{100 * tick:g} %" for tick in TICKS])
    axes.set(xlim=(left, right), xlabel="probability that the group is there")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=9)
    figure.savefig(out, dpi=120)


if __name__ == "__main__":
    sys.exit(exit_status("plot_answers.py", main))
