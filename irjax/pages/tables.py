"""The tables that a person reads in a terminal."""

import csv
import os
import statistics
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from irjax.chemistry.groups import CORRECTED, GROUPS, MINIMUM_SPECTRA, PAPER_SPECTRA
from irjax.data.dataset import CURATION, Dataset
from irjax.data.splits import make_split, siblings
from irjax.errors import UsageError, printable

_HEADINGS = {
    "f1_macro": "macro-F1",
    "f1_micro": "micro-F1",
    "f1_macro_at_half": "macro-F1 at 0.5",
    "f1_micro_at_half": "micro-F1 at 0.5",
    "average_precision_macro": "mean average precision",
    "exact_match_ratio": "exact match ratio",
    "exact_match_ratio_at_half": "exact match ratio at 0.5",
    "ece": "calibration error (ECE)",
    "ece_likely": "ECE of decisions over 0.05",
}


_MAXIMA = 8
"""Of a spectrum, the highest, which are listed."""


_ANSWERS = ("present", "uncertain", "absent")
_ROWS, _TELLING, _MOST_UNCERTAIN, _NAMED = 8, 0.01, 12, 4
"""Groups of a spectrum that are listed at least; of those uncertain, how probable they are and how many, to be listed,
and of how many others the names are told."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # which the command line takes for what it is; rich would end the program with 1


def show(*tables: Table) -> None:
    """Prints tables, wide enough for a log file where there is no terminal."""
    console = _Console(color_system=None) if os.environ.get("NO_COLOR") else _Console()
    if not console.is_terminal:
        console = _Console(width=120)
    for table in tables:
        title, table.title = table.title, None  # on a line of its own: rich would break a path at the table's width
        if title:
            console.print(title, style="bold", soft_wrap=True)
        console.print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="", box=None, pad_edge=False)
    for at, column in enumerate(columns):
        table.add_column(column, justify="right" if at else "left")
    return table


def curation_table(dataset: Path) -> Table:
    """How many files were kept, and why the others were not."""
    with (dataset / CURATION).open(newline="", encoding="utf-8") as file:
        verdicts = list(csv.DictReader(file))
    reasons = Counter(_general(row["reason"]) for row in verdicts if row["outcome"] == "rejected")
    table = _table("Curation", "outcome", "files")
    table.add_row("kept", f"{sum(row['outcome'] == 'kept' for row in verdicts):,}")
    for reason, count in reasons.most_common():
        table.add_row(f"rejected: {escape(reason)}", f"{count:,}")
    return table


def _general(reason: str) -> str:
    """A reason without the figures of one file, so that like reasons count together."""
    words = reason.split(":")[0] if len(reason) > 90 else reason
    return " ".join("…" if any(c.isdigit() for c in word) and "=0" not in word else word for word in words.split())


def prevalence_table(dataset: Dataset) -> Table:
    """How often each group occurs, beside the paper's count; * marks groups that the paper would have left out."""
    counts = dataset.labels(CORRECTED).sum(axis=0)
    table = _table(
        f"Functional groups ({CORRECTED})", "group", "spectra", "%", "paper", "paper %", f"<{MINIMUM_SPECTRA}"
    )
    for group, count in zip(GROUPS, counts, strict=True):
        table.add_row(
            group.name,
            f"{count:,}",
            f"{100 * count / len(dataset):.1f}",
            f"{group.count:,}",
            f"{100 * group.count / PAPER_SPECTRA:.1f}",
            "*" if count < MINIMUM_SPECTRA else "",
        )
    return table


def split_table(dataset: Dataset) -> Table:
    """How many test spectra would have a sibling in training, split by molecules and split by rows."""
    table = _table("Test part of a split", "split by", "test spectra", "with a sibling in a fold")
    for kind in ("skeletons", "rows"):
        try:
            split = make_split(dataset, dataset.labels(CORRECTED), kind, isotopologues=False, seed=0)
        except UsageError as error:
            table.add_row(kind, "–", str(error))
            continue
        table.add_row(kind, *(f"{count:,}" for count in siblings(split, dataset)))
    return table


def score_tables(figures: dict, title: str) -> list[Table]:
    """Overall figures, phases and groups of an evaluation, with 95 % intervals."""
    left_out = figures["left_out"]
    part = "" if figures["part"] == "all" else f"{figures['part']} "
    where = f"{figures['n']:,} {part}spectra, split by {figures['split']}"
    if left_out:
        where += f"; {left_out:,} of trained molecules left out"
    elif seen := figures["spectra_of_trained_molecules"]:
        where += f"; {seen:,} of them of molecules that it trained on"
    if "normalised" in figures:
        return [_curve_table(figures, f"{title}: {where}")]
    if "classes" in figures:
        return [_rank_table(figures, f"{title}: {where}")]
    if "groups" not in figures:
        return [_plain_table(figures, f"{title}: {where}")]
    overall = _table(f"{title}: {where}", "figure", "value", "95 % interval")
    for name, heading in _HEADINGS.items():
        figure = figures["overall"][name]
        overall.add_row(heading, _number(figure["value"]), _range(figure["low"], figure["high"]))
    missing = figures["groups_without_positive"]
    if missing:
        overall.add_row(f"(groups without a spectrum, left out of macro means: {missing})", "", "")
    phases = _table("By phase", "phase", "spectra", "macro-F1", "micro-F1", "exact match", "95 % interval")
    for name, phase in figures["phases"].items():
        values = (_number(phase[metric]) for metric in ("f1_macro", "f1_micro", "exact_match_ratio"))
        phases.add_row(name, f"{phase['n']:,}", *values, _range(*phase["intervals"]["exact_match_ratio"]))
    groups = _table(
        "By group", "group", "spectra", "F1", "95 % interval", "precision", "recall", "AP", "presence", "absence",
        "threshold", "F1 at 0.5",
    )  # fmt: skip
    for name, group in figures["groups"].items():
        metrics = ("precision", "recall", "average_precision", "accuracy_presence", "accuracy_absence", "threshold")
        groups.add_row(
            name,
            f"{group['n']:,}",
            _number(group["f1"]),
            _range(*group["intervals"]["f1"]),
            *(_number(group[metric]) for metric in metrics),
            _number(group["f1_at_half"]),
        )
    return [overall, phases, *_promises(figures.get("answers")), groups]


def _promises(answers: dict | None) -> list[Table]:
    """How often three answers are wrong, if there are three."""
    if answers is None:
        return []
    title = f"Three answers, at most {100 * answers['error']:g} % wrong"
    table = _table(title, "phase", "uncertain", "answers present, wrong", "with the group, answered absent")
    for name, rates in {"all": answers["overall"], **answers["phases"]}.items():
        uncertain = None if rates["answered"] is None else 1 - rates["answered"]
        table.add_row(name, *map(_number, (uncertain, rates["wrong_of_present"], rates["wrong_when_present"])))
    return [table]


def _plain_table(figures: dict, title: str) -> Table:
    """The overall figures of a task that has no table of its own."""
    table = _table(title, "figure", "value", "95 % interval")
    for name, figure in figures["overall"].items():
        table.add_row(name.replace("_", " "), _number(figure["value"]), _range(figure["low"], figure["high"]))
    return table


def _rank_table(figures: dict, title: str) -> Table:
    """How often the right one of many classes is the first, or among the first few."""
    table = _table(f"{title}; {figures['classes']:,} classes", "figure", "value", "95 % interval")
    for name, figure in figures["overall"].items():
        bounds = figure["low"], figure["high"]
        if name == "wrong":
            table.add_row(f"wrong of {figures['n']:,}", f"{figure['value']:,}", _range(*bounds, ".0f"))
        else:
            table.add_row(name.replace("top", "top-"), f"{figure['value']:.4f}", _range(*bounds, ".4f"))
    return table


def _curve_table(figures: dict, title: str) -> Table:
    """How near predicted spectra come to the true ones, as they are and of length 1."""
    table = _table(title, "figure", "value", "95 % interval", "normalised", "95 % interval")
    for name, figure in figures["overall"].items():
        cells = [
            text
            for each in (figure, figures["normalised"][name])
            for text in (f"{each['value']:.4g}", _range(each["low"], each["high"], ".4g"))
        ]
        table.add_row(name.replace("_", " "), *cells)
    return table


def comparison_table(found: dict[str, dict]) -> Table:
    """The overall figures of several methods, a row each, with what each was trained on."""
    shown = ("f1_macro", "f1_macro_at_half", "f1_micro", "exact_match_ratio", "average_precision_macro", "ece")
    if not all("groups" in figures for figures in found.values()):
        shown = ("top1", "top5", "wrong")
    table = _table("Methods", "method", "trained on", *(_HEADINGS.get(name, name) for name in shown))
    table.columns[0].no_wrap = True
    for name, figures in found.items():
        values = (_number(figures["overall"][key]["value"]) for key in shown)
        table.add_row(name, f"{figures['trained_on']:,}", *values)
    return table


def fold_table(folds: list[dict]) -> Table:
    """The figures of each fold, of groups at thresholds of 0.5, and their mean and standard deviation."""
    shown: tuple[str, ...] = (
        "f1_macro_at_half",
        "f1_micro_at_half",
        "exact_match_ratio_at_half",
        "average_precision_macro",
        "ece",
    )
    if "groups" not in folds[0]:
        shown = ("accuracy", "rmse", "r2") if "normalised" in folds[0] else ("top1", "top5", "wrong")
    table = _table("Cross-validation", "fold", "spectra", *(_HEADINGS.get(name, name) for name in shown))
    for at, figures in enumerate(folds):
        values = (_number(figures["overall"][name]["value"]) for name in shown)
        table.add_row(str(at), f"{figures['n']:,}", *values)
    columns = ([figures["overall"][name]["value"] for figures in folds] for name in shown)
    known = ([value for value in column if value is not None] for column in columns)
    spreads = (
        f"{statistics.fmean(each):.3f} ± {statistics.stdev(each):.3f}" if len(each) > 1 else "–" for each in known
    )
    table.add_row("mean", "", *spreads)
    return table


def answer_table(record: dict) -> Table:
    """The answers for one file: what is present first, then what is uncertain, then the likeliest of the rest."""
    if "curve" in record:
        return _maxima_table(record)
    if "classes" in record:
        table = _table(_title(record["file"]), "class", "probability")
        for likely in record["classes"]:
            table.add_row(_title(likely["name"]), f"{likely['probability']:.3f}")
        return table
    groups = sorted(record["groups"], key=lambda group: -group["probability"])
    by_answer = {word: [group for group in groups if group["answer"] == word] for word in _ANSWERS}
    telling = [group for group in by_answer["uncertain"] if group["probability"] >= _TELLING][:_MOST_UNCERTAIN]
    shown = [*by_answer["present"], *telling]
    shown += by_answer["absent"][: max(_ROWS - len(shown), 0)]
    table = _table(_title(record["file"]), "group", "probability", "answer")
    for group in shown:
        style = "bold" if group["answer"] == "present" else "dim"
        table.add_row(group["name"], f"{group['probability']:.3f}", _called(group), style=style)
    hidden = {word: [group["name"] for group in each if group not in shown] for word, each in by_answer.items()}
    if rest := hidden["uncertain"]:
        named = f": {', '.join(rest)}" if len(rest) <= _NAMED else ""
        table.add_row(f"… and {len(rest)} uncertain{named}", "", "", style="dim")
    if rest := hidden["absent"]:
        table.add_row(f"… and {len(rest)} absent", "", "", style="dim")
    return table


def _maxima_table(record: dict) -> Table:
    """Where a predicted spectrum is highest."""
    x, y = record["curve"]["x"], record["curve"]["y"]
    maxima = [at for at in range(1, len(x) - 1) if y[at - 1] < y[at] >= y[at + 1]]
    table = _table(_title(record["file"]), "maximum at, eV", "intensity, 1/eV")
    for at in sorted(sorted(maxima, key=lambda at: -y[at])[:_MAXIMA]):
        table.add_row(f"{x[at]:.2f}", f"{y[at]:.3f}")
    return table


def explanation_table(found: dict) -> Table:
    """What is present or uncertain in one file, and the bands that each rests on."""
    rank = {"present": 0, "uncertain": 1}
    groups = sorted(
        (group for group in found["groups"] if group["answer"] in rank and group["probability"] >= 0.01),
        key=lambda group: (rank[group["answer"]], -group["probability"]),
    )
    table = _table(_title(found["file"]), "group", "probability", "answer", "rests on, cm⁻¹")
    table.columns[3].justify = "left"
    for group in groups:
        bands = (
            f"{band['low']:.0f}–{band['high']:.0f}"
            + (f" ({band['known']})" if band["known"] else "")
            + f" {100 * band['weight']:.0f} %"
            + (" (hardly absorbs)" if band["faint"] else "")
            for band in group["bands"]
        )
        style = "bold" if group["answer"] == "present" else "dim"
        table.add_row(group["name"], f"{group['probability']:.3f}", _called(group), "; ".join(bands), style=style)
    return table


def similar_table(found: dict) -> Table:
    """The reference spectra that are most like one file's, the likest first."""
    table = _table("most similar, which need not be the same compound", "spectrum", "likeness", "structure")
    table.columns[2].justify = "left"
    for each in found["similar"]:
        structure = each["smiles"] or each["inchi"]
        table.add_row(_title(each["title"] or each["id"]), f"{each['similarity']:.3f}", _title(structure))
    return table


def _called(group: dict) -> str:
    """The answer, and the note on it if there is one."""
    return ": ".join(filter(None, (group["answer"], group.get("note"))))


def _title(file: str) -> str:
    """A name from outside, whose characters neither mark up a table nor steer a terminal."""
    return escape(printable(file))


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def _range(low: float | None, high: float | None, form: str = ".3f") -> str:
    return "–" if low is None or high is None else f"{low:{form}} to {high:{form}}"
