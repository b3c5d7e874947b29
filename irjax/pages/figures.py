"""Every figure, from plain data to a matplotlib `Figure`; numbered ones are those of Jung et al., Chem. Sci. 2023."""

import base64
import io
from collections.abc import Mapping, Sequence
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, MultipleLocator

from irjax.evaluation import metrics
from irjax.evaluation.intervals import plain, wilson
from irjax.files import write_aside
from irjax.spectra.doubled import DOUBLED_FROM, gathered, spread

DOTS_PER_INCH = 150

_BLUE, _RED, _GREEN, _GREY, _PALE = "#0072B2", "#D55E00", "#009E73", "#6E6E6E", "#E4E4E4"  # Okabe & Ito's
_STYLE: dict[Any, Any] = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.0,
    "lines.markersize": 4,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
}
_styled = matplotlib.rc_context(_STYLE)
_BAR: dict[str, Any] = {"linewidth": 1.2, "alpha": 0.6}

_LEFT, _RIGHT = 4000, 400
_LEAST_DEPTH = 0.9  # of its upper end that the scale reaches down to at least, lest noise look like bands
_LEAST_FILLED = 0.2  # of the scale up to 100 % by a curve; one that fills less, on an offset, has its own
_LEAST_SHARE = 1e-6
_STEEP_FALL = 0.5  # a learning rate at most this times the one before is marked; a slow decay falls at every epoch
_ALONG_LINE: dict[str, Any] = {"color": _GREY, "fontsize": 7, "rotation": 90, "ha": "right", "va": "top"}
_HALVES = (0, 0.5, 1), ("0", "0.5", "1")
_WIDE_RANGE = 30  # highest over lowest value from which on a hyperparameter may have a logarithmic axis


@_styled
def spectrum(
    wavenumber: np.ndarray, transmittance: np.ndarray, title: str = "", doubled: bool = False, narrow: bool = False
) -> Figure:
    """A spectrum as chemists draw it, from 4000 to 400 cm⁻¹, bands pointing down.

    Args:
        wavenumber: cm⁻¹, [points].
        transmittance: 0 to 1, [points]; NaN is a gap in the line.
        title: above the spectrum.
        doubled: gives each cm⁻¹ below 2000 twice the width, as double-beam instruments do.
        narrow: for a telephone, with half as many numbers below it.
    """
    figure, (ax,) = _panels(3.6 if narrow else 7.0, 2.7 if narrow else 3.0)
    apart = 800 if narrow else 400
    percent = 100 * transmittance
    ax.plot(wavenumber, percent, color="black", linewidth=0.8)
    ticks = np.arange(_LEFT, _RIGHT - 1, -apart)
    if doubled:
        ax.set_xscale("function", functions=(spread, gathered))
        ticks = np.concatenate(
            (ticks[ticks > DOUBLED_FROM + apart / 2], np.arange(DOUBLED_FROM, _RIGHT - 1, -apart // 2))
        )
    ax.xaxis.set_major_locator(FixedLocator(ticks.tolist()))
    ax.xaxis.set_minor_locator(MultipleLocator(100))
    shown = percent[np.isfinite(percent) & (wavenumber >= _RIGHT) & (wavenumber <= _LEFT)]
    lowest, highest = (shown.min(), shown.max()) if shown.size else (0.0, 100.0)
    high = max(highest, 100.0) if highest - lowest > _LEAST_FILLED * (100.0 - lowest) else highest
    low = min(lowest, _LEAST_DEPTH * high)
    ax.set_ylim(low - 0.03 * (high - low), high + 0.03 * (high - low))
    ax.set(xlabel="Wavenumber / cm⁻¹", ylabel="Transmittance / %", xlim=(_LEFT, _RIGHT))
    ax.set_title(title.replace("$", r"\$"))  # in a file's name a dollar opens no formula
    return figure


@_styled
def group_scores(figures: Mapping[str, Any]) -> Figure:
    """Figure 2: F1 with its 95 % interval, precision and recall of each group, the best F1 on top.

    `figures` is what `evaluation.scores` returns.
    """
    figure, ax, groups = _group_rows(figures, "f1")
    _dots(ax, groups, "f1", "F1, 95 % interval", "o", _BLUE)
    _dots(ax, groups, "precision", "Precision", "^", _RED, bars=False)
    _dots(ax, groups, "recall", "Recall", "s", _GREEN, bars=False)
    _legend_above(ax)
    return figure


@_styled
def average_precisions(figures: Mapping[str, Any]) -> Figure:
    """Figure 4: average precision of each group with its 95 % interval, and a random classifier's.

    `figures` is what `evaluation.scores` returns.
    """
    figure, ax, groups = _group_rows(figures, "average_precision")
    _dots(ax, groups, "average_precision", "Average precision, 95 % interval", "o", _BLUE)
    chance = [group["n"] / figures["n"] if group["n"] else np.nan for group in groups.values()]
    ax.plot(chance, range(len(groups)), "|", markersize=7, color=_RED, label="By chance")
    _legend_above(ax)
    return figure


@_styled
def accuracies(figures: Mapping[str, Any]) -> Figure:
    """Figure 5: the share of present groups that are found and of absent groups that are not called present.

    `figures` is what `evaluation.scores` returns.
    """
    figure, ax, groups = _group_rows(figures, "accuracy_presence")
    _dots(ax, groups, "accuracy_presence", "Accuracy of presence, 95 % interval", "o", _BLUE)
    _dots(ax, groups, "accuracy_absence", "Accuracy of absence, 95 % interval", "D", _RED)
    _legend_above(ax)
    return figure


def _group_rows(figures: Mapping[str, Any], metric: str) -> tuple[Figure, Axes, dict[str, Any]]:
    """An empty panel with one row per group, and the groups from top to bottom: by the metric, those without last."""
    ranks = {name: 1 if group[metric] is None else -group[metric] for name, group in figures["groups"].items()}
    groups = {name: figures["groups"][name] for name in sorted(ranks, key=ranks.__getitem__)}
    figure, (ax,) = _panels(6.5, 0.9 + 0.2 * len(groups), grid="both")
    ax.set_yticks(range(len(groups)), [f"{name} ({group['n']:,})" for name, group in groups.items()])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set(xlim=(-0.02, 1.02), ylim=(len(groups) - 0.4, -0.6), ylabel="Functional group (spectra that have it)")
    for at, group in enumerate(groups.values()):
        if not group["n"]:
            ax.text(0.01, at, "no spectrum has it", va="center", color=_GREY, backgroundcolor="white")
    return figure, ax, groups


def _dots(ax: Axes, groups: Mapping, metric: str, label: str, marker: str, color: str, bars: bool = True) -> None:
    rows, face = np.arange(len(groups)), color if marker == "o" else "none"  # hollow ones leave seen what they cover
    values = np.array([group[metric] for group in groups.values()], dtype=float)
    if bars:
        bounds = np.array([group["intervals"][metric] for group in groups.values()], dtype=float)
        ax.hlines(rows, *bounds.T, color=color, **_BAR)
    ax.plot(values, rows, marker, label=label, color=color, markerfacecolor=face, clip_on=False)


def _legend_above(ax: Axes) -> None:
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=5, borderaxespad=0.2, columnspacing=1.5)


@_styled
def exact_match(labels: np.ndarray, probabilities: np.ndarray, thresholds: np.ndarray) -> Figure:
    """Figure 3: the share of spectra with every group right, with 95 % Wilson intervals.

    On the left against the number of groups that the molecule has, on the right against the number of classes
    considered, from the most frequent group alone to all of them.

    Args:
        labels, probabilities: 0/1 and 0 to 1, [n, groups].
        thresholds: [groups].
    """
    right = (probabilities >= thresholds) == labels.astype(bool)
    figure, (by_size, by_classes) = _panels(7.0, 3.0, columns=2, sharey=True, grid="y")

    size = labels.astype(int).sum(axis=1)
    sizes, spectra = np.unique(size, return_counts=True)
    share = np.array([right[size == number].all(axis=1).mean() for number in sizes])
    by_size.vlines(sizes, *wilson(share, spectra), color=_BLUE, **_BAR)
    by_size.plot(sizes, share, "o", color=_BLUE)
    by_size.set_xticks(sizes, [f"{number}\n({count:,})" for number, count in zip(sizes, spectra, strict=True)])
    by_size.set(xlabel="Groups in the molecule\n(number of spectra)", ylabel="Exact match ratio", ylim=(-0.02, 1.02))

    order = np.argsort(-labels.astype(int).sum(axis=0), kind="stable")
    classes = np.arange(1, labels.shape[1] + 1)
    share = np.logical_and.accumulate(right[:, order], axis=1).mean(axis=0)
    by_classes.fill_between(classes, *wilson(share, np.array(len(labels))), color=_BLUE, alpha=0.2, linewidth=0)
    by_classes.plot(classes, share, marker="o", markersize=2.5, color=_BLUE)
    by_classes.text(classes[-1], share[-1] + 0.04, f"{share[-1]:.3f}", ha="right")
    by_classes.set(xlabel="Classes considered,\nthe most frequent first")
    by_classes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


@_styled
def precision_recall(labels: np.ndarray, probabilities: np.ndarray, names: Sequence[str]) -> Figure:
    """Precision against recall, one panel per group that has a positive, with average precision and chance.

    Args:
        labels, probabilities: 0/1 and 0 to 1, [n, groups].
        names: of the groups.
    """
    precision = metrics.average_precision(labels, probabilities, plain(len(labels)))[0]
    drawn = np.flatnonzero(~np.isnan(precision)).tolist()
    figure, axes, columns = _small_multiples(len(drawn), 6, 1.2, 1.3, sharex=True)
    for ax, at in zip(axes, drawn, strict=True):
        ax.axhline(labels[:, at].mean(), color=_GREY, linewidth=0.6, linestyle=":")
        ax.plot(*_curve(labels[:, at], probabilities[:, at]), drawstyle="steps-pre", color=_BLUE)
        ax.set_title(f"{names[at]}\nAP {precision[at]:.2f}", fontsize=7)
        ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
        ax.set_xticks(*_HALVES)
        ax.set_yticks(*_HALVES)
    for ax in axes[-columns:]:
        ax.tick_params(labelbottom=True)  # where the last row is not full, the panels above it end their columns
    figure.supxlabel("Recall", fontsize=8)
    figure.supylabel("Precision", fontsize=8)
    return figure


def _curve(label: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(recall, precision) at each threshold, from recall 0 on; the area under its steps is the average precision."""
    order, last = metrics.descending(score)
    hits = np.cumsum(label[order].astype(int))[last]
    precision = hits / (last + 1)
    return np.append(0, hits / hits[-1]), np.append(precision[0], precision)


@_styled
def reliability(labels: np.ndarray, probabilities: np.ndarray) -> Figure:
    """How often a group is there against how probable it was called, in 15 bins of equal mass of all decisions.

    Equal probabilities share a bin. Most decisions are about groups that are surely absent, so the right panel has
    logarithmic axes from 10⁻⁶ on, with whatever is less on their edges. Bars are 95 % Wilson intervals.

    Args:
        labels, probabilities: 0/1 and 0 to 1, [n, groups].
    """
    order = np.argsort(probabilities, axis=None, kind="stable")
    edges = np.arange(1, metrics.ECE_BINS) * order.size // metrics.ECE_BINS
    edges = np.searchsorted(probabilities.ravel(), probabilities.ravel()[order[edges]], sorter=order)
    bins = [held for held in np.split(order, edges) if held.size]
    said = np.array([probabilities.ravel()[held].mean(dtype=float) for held in bins])
    found = np.array([labels.ravel()[held].mean() for held in bins])
    bounds = wilson(found, np.array([held.size for held in bins]))
    error = metrics.expected_calibration_error(labels, probabilities, plain(len(labels)))[0]

    figure, (whole, small) = _panels(6.5, 3.4, columns=2)
    for ax, low in ((whole, 0), (small, _LEAST_SHARE)):
        at, height = np.maximum(said, low), np.maximum(found, low)
        ax.plot((low, 1), (low, 1), color=_GREY, linewidth=0.6, linestyle=":")
        ax.vlines(at, np.maximum(bounds[0], low), bounds[1], color=_BLUE, **_BAR)
        ax.plot(at, height, "o", color=_BLUE, clip_on=False, zorder=3)
        ax.set(xlabel="Mean probability", ylabel="Share that is there", box_aspect=1)
    whole.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), title=f"Calibration error (ECE) {error:.4f}")
    small.set(xscale="log", yscale="log", xlim=(_LEAST_SHARE, 1), ylim=(_LEAST_SHARE, 1), title="Logarithmic")
    return figure


@_styled
def learning_curves(history: Sequence[Mapping[str, Any]]) -> Figure:
    """Loss and validation F1 by epoch; the best epoch of each is marked, and where the learning rate falls steeply.

    Args:
        history: one record per epoch as in a run's history.jsonl: epoch, loss, learning_rate and, where there is a
            validation part, validation_loss and, if it has a positive, validation_f1_macro and validation_f1_micro.
    """
    epoch = np.array([record["epoch"] for record in history])
    scored = "validation_f1_macro" in history[0]
    figure, axes = _panels(6.5, 4.6 if scored else 2.6, rows=2 if scored else 1, sharex=True, grid="y")
    series = [(axes[0], "loss", "Training", _GREY)]
    if "validation_loss" in history[0]:
        series.append((axes[0], "validation_loss", "Validation", _BLUE))
    if scored:
        series += [
            (axes[1], "validation_f1_macro", "Macro-F1", _BLUE),
            (axes[1], "validation_f1_micro", "Micro-F1", _GREEN),
        ]
        axes[1].set(ylabel="Validation F1 at 0.5", ylim=(0, 1.02))
    for ax, key, label, color in series:
        values = np.array([record[key] for record in history])
        ax.plot(epoch, values, color=color, label=label)
        if key != "loss":
            best = np.argmin(values) if key == "validation_loss" else np.argmax(values)
            label = f"Best: {values[best]:.4g}, epoch {epoch[best]}"
            ax.plot(epoch[best], values[best], "o", color=color, label=label)
    for before, after in pairwise(history):
        if after["learning_rate"] <= _STEEP_FALL * before["learning_rate"]:
            at, label = after["epoch"] - 0.5, f"learning rate {after['learning_rate']:.2g}"
            axes[0].text(at, 1, label, transform=axes[0].get_xaxis_transform(), **_ALONG_LINE)
            for ax in axes:
                ax.axvline(at, color=_GREY, linewidth=0.6, linestyle=":")
    axes[0].set(ylabel="Loss", ylim=(0, None))
    axes[-1].set(xlabel="Epoch")
    axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    for ax in axes:
        ax.legend()
    return figure


@_styled
def convergence(objectives: Sequence[float | None], outcomes: Sequence[str]) -> Figure:
    """A search for hyperparameters: the objective of each trial, and the lowest so far.

    Args:
        objectives: of each trial in order, lower is better; None or NaN for one without.
        outcomes: "done", or in a word how the trial failed; failed trials are marked on the upper edge.
    """
    values, done = np.array(objectives, dtype=float), np.array(outcomes) == "done"
    trial = np.arange(len(values))  # numbered as their folders are
    figure, (ax,) = _panels(6.5, 3.0, grid="y")
    ax.plot(trial[done], values[done], "o", color=_BLUE, alpha=0.7, label="Trial")
    best = np.fmin.accumulate(np.where(done, values, np.nan))
    ax.plot(trial, best, drawstyle="steps-post", color=_RED, label="Lowest so far")
    edge: dict[str, Any] = {"linestyle": "none", "color": "black", "transform": ax.get_xaxis_transform()}
    for outcome, marker in zip(sorted(set(outcomes) - {"done"}), cycle("x+12"), strict=False):
        at = trial[np.array(outcomes) == outcome]
        ax.plot(at, np.full(len(at), 0.97), marker=marker, label=outcome.capitalize(), **edge)
    ax.set(xlabel="Trial", ylabel="Objective")
    ax.margins(y=0.1)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    _legend_above(ax)
    return figure


@_styled
def dimensions(parameters: Sequence[Mapping[str, float]], objectives: Sequence[float | None]) -> Figure:
    """A search for hyperparameters: the objective against each of them, the best trial in all panels marked.

    Args:
        parameters: of each trial.
        objectives: of each trial, lower is better; None, NaN or infinity for one that failed, which is left out.
    """
    values = np.array(objectives, dtype=float)
    known = np.flatnonzero(np.isfinite(values))
    names = list(dict.fromkeys(name for trial in parameters for name in trial))
    figure, axes, _ = _small_multiples(len(names), 4, 1.75, 1.9)
    for ax, name in zip(axes, names, strict=True):
        at = np.array([trial.get(name, np.nan) for trial in parameters], dtype=float)
        ax.plot(at[known], values[known], "o", markersize=3, color=_BLUE, alpha=0.6)
        best = known[np.argsort(values[known])[:1]]
        ax.plot(at[best], values[best], "*", markersize=9, color=_RED)
        ax.set(xlabel=name, xscale="log" if _spread_by_factors(at) else "linear")
    figure.supylabel("Objective", fontsize=8)
    figure.align_xlabels()
    return figure


def _spread_by_factors(values: np.ndarray) -> bool:
    """Whether values spread over a wide range evenly in their logarithm rather than in themselves."""
    low, middle, high = np.nanquantile(values, (0, 0.5, 1))
    wide = 0 < _WIDE_RANGE * low <= high
    return wide and abs(middle - np.sqrt(low * high)) < abs(middle - (low + high) / 2)


def png(figure: Figure, path: Path) -> None:
    """Writes a PNG at 150 dots per inch, in full or not at all."""
    write_aside(path, _png_bytes(figure))


def as_data_uri(figure: Figure) -> str:
    """The PNG as `data:image/png;base64,…`, for a page that stands alone."""
    return "data:image/png;base64," + base64.b64encode(_png_bytes(figure)).decode()


def _png_bytes(figure: Figure) -> bytes:
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=DOTS_PER_INCH)
    return held.getvalue()


def _panels(
    width: float, height: float, rows: int = 1, columns: int = 1, grid: Any = None, **shared: Any
) -> tuple[Figure, list[Axes]]:
    """A figure of a size in inches and its panels, row by row."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False, **shared).flat)
    for ax in axes:
        # Ticks are made when drawn, long after the style was in force.
        ax.tick_params(which="major", width=0.6, length=3, labelsize=8)
        ax.tick_params(which="minor", width=0.4, length=1.5)
        if grid:
            ax.grid(axis=grid, color=_PALE, linewidth=0.5)
    return figure, axes


def _small_multiples(
    number: int, most: int, width: float, height: float, **shared: Any
) -> tuple[Figure, list[Axes], int]:
    """A figure of `number` panels of a size in inches, `most` to a row; the panels and how many a row has."""
    columns, rows = max(min(most, number), 1), max(-(-number // most), 1)
    figure, axes = _panels(width * columns + 0.4, height * rows + 0.4, rows, columns, sharey=True, **shared)
    for ax in axes[number:]:
        ax.set_visible(False)
    return figure, axes[:number], columns
