"""A report as one HTML file that stands alone: tables, figures and facts, for the screen and for print."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from irjax.files import write_aside
from irjax.pages import figures as draw
from irjax.pages.document import document
from irjax.pages.tables import score_tables

_CSS_PIXELS_PER_INCH = 96


@dataclass(frozen=True)
class Picture:
    """A figure and what it shows."""

    name: str
    """Of its PNG file."""
    figure: draw.Figure
    caption: str


@dataclass(frozen=True)
class Section:
    """A headed part of a report, with an entry in its navigation."""

    heading: str
    parts: Sequence[str | Table | Picture | Mapping[str, Any]]
    """Paragraphs, tables as the terminal shows them, figures, and facts by name, which may nest."""


def evaluation_sections(figures: dict, labels: np.ndarray, probabilities: np.ndarray, title: str) -> list[Section]:
    """What an evaluation found, in tables and in the figures of Jung et al., Chem. Sci. 2023.

    Args:
        figures: as `irjax.answers.judge.Judgement` has them.
        labels, probabilities: 0/1 and 0 to 1, [n, groups], what the figures were reckoned from.
        title: who was judged, above the table of overall figures.
    """
    overall, *by_phase, groups = score_tables(figures, title)
    names = list(figures["groups"])
    thresholds = np.array([group["threshold"] for group in figures["groups"].values()])
    exact = Picture(
        "exact-match",
        draw.exact_match(labels, probabilities, thresholds),
        "Exact match ratio (every group right) against the number of groups that a molecule has, and against the "
        "number of classes considered, the most frequent first. 95 % Wilson intervals over spectra.",
    )
    by_group = [
        Picture(
            "group-scores",
            draw.group_scores(figures),
            "F1, precision and recall of each group. In brackets the spectra that have it; intervals hold 95 % of "
            "bootstrap samples over molecules.",
        ),
        Picture(
            "average-precisions",
            draw.average_precisions(figures),
            "Average precision of each group; a random classifier's equals the share of spectra that have the group.",
        ),
        Picture(
            "accuracies",
            draw.accuracies(figures),
            "Accuracy of presence: the share of spectra with the group in which it was found. Accuracy of absence: "
            "the share of spectra without it in which it was not called present.",
        ),
        Picture(
            "precision-recall",
            draw.precision_recall(labels, probabilities, names),
            "Precision against recall; the dotted line is a random classifier's. Groups that no spectrum has are left "
            "out.",
        ),
    ]
    calibration = Picture(
        "reliability",
        draw.reliability(labels, probabilities),
        "How often a group is there against how probable it was called, in 15 bins of equal mass of all decisions. On "
        "the dotted line probabilities mean what they say; on logarithmic axes, what is below 10⁻⁶ is on the edge.",
    )
    return [
        Section("Overall", [overall, *by_phase, exact]),
        Section("Groups", [groups, *by_group]),
        Section("Calibration", [calibration]),
    ]


def training_section(history: Sequence[Mapping[str, Any]]) -> Section:
    """How training went; `history` is that of `figures.learning_curves`."""
    caption = "Loss and validation F1 by epoch. Dots mark the best epoch, dotted lines where the learning rate falls."
    return Section("Training", [Picture("learning-curves", draw.learning_curves(history), caption)])


def spectra_section(
    wavenumber: np.ndarray, transmittance: np.ndarray, names: Sequence[str], captions: Sequence[str]
) -> Section:
    """Some spectra, [n, points], as chemists draw them, the scale doubled below 2000 cm-1."""
    each = zip(transmittance, names, captions, strict=True)
    pictures = [
        Picture(f"spectrum-{at + 1}", draw.spectrum(wavenumber, values, name, doubled=True), caption)
        for at, (values, name, caption) in enumerate(each)
    ]
    return Section("Spectra", pictures)


def write_pictures(directory: Path, sections: Sequence[Section]) -> None:
    """Writes every figure of some sections as a PNG."""
    for section in sections:
        for part in section.parts:
            if isinstance(part, Picture):
                draw.png(part.figure, directory / f"{part.name}.png")


def write_report(path: str | os.PathLike[str], title: str, sections: Sequence[Section]) -> None:
    """Writes one HTML file that needs no other, in full or not at all."""
    links = "".join(f'<a href="#part-{at}">{escape(part.heading)}</a>' for at, part in enumerate(sections))
    body = "".join(
        f'<section id="part-{at}"><h2>{escape(section.heading)}</h2>{"".join(map(_part, section.parts))}</section>\n'
        for at, section in enumerate(sections)
    )
    head = f"<header><h1>{escape(title)}</h1><nav>{links}</nav></header>"
    write_aside(Path(path), document(title, _STYLE, f"{head}\n<main>\n{body}</main>"))


def _part(part: str | Table | Picture | Mapping[str, Any]) -> str:
    if isinstance(part, str):
        return f"<p>{escape(part)}</p>"
    if isinstance(part, Picture):
        width = round(part.figure.get_figwidth() * _CSS_PIXELS_PER_INCH)
        caption, source = escape(part.caption), draw.as_data_uri(part.figure)
        return (
            f'<figure><img width="{width}" src="{source}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
        )
    if isinstance(part, Table):
        heads = [str(column.header) for column in part.columns]
        rows = zip(*(map(str, column.cells) for column in part.columns), strict=True)
        return _table(str(part.title or ""), heads, rows)
    return _table("", [], _facts(part))


def _facts(facts: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    """(name, value) of each fact, the names of nested ones joined by dots."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _facts(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    caption = f"<caption>{escape(title)}</caption>" if title else ""
    cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in heads)
    head = f"<thead><tr>{cells}</tr></thead>" if heads else ""
    body = "".join(f"<tr>{_row(row)}</tr>" for row in rows)
    kind = "scores" if heads else "facts"
    return f'<div class="table"><table class="{kind}">{caption}{head}<tbody>{body}</tbody></table></div>'


def _row(cells: Sequence[str]) -> str:
    first, *others = map(escape, cells)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in others)


_STYLE = """
:root { color-scheme: light dark; --text: #1c1c1c; --page: #fff; --quiet: #5c5c5c; --line: #d8d8d8; --link: #0b5c94; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e4e4; --page: #17191c; --quiet: #a5a5a5; --line: #3a3d42; --link: #7ebdec; }
}
body { margin: 0 auto; padding: 0 1.25rem 3rem; max-width: 60rem; color: var(--text); background: var(--page);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 1.5rem 0 0.5rem; font-size: 1.6rem; }
h2 { margin: 2.5rem 0 0.75rem; padding-bottom: 0.25rem; font-size: 1.2rem; border-bottom: 1px solid var(--line); }
nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; }
a { color: var(--link); }
.table { margin: 1rem 0; overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.87rem; font-variant-numeric: tabular-nums; }
caption { padding-bottom: 0.4rem; font-weight: 600; text-align: left; }
th, td { padding: 0.15rem 0.75rem 0.15rem 0; font-weight: 400; text-align: left; vertical-align: top; }
thead th { color: var(--quiet); vertical-align: bottom; }
tbody tr { border-top: 1px solid var(--line); }
.scores td, .scores thead th + th { text-align: right; }
.scores td, .scores th { white-space: nowrap; }
.facts td { overflow-wrap: anywhere; }
figure { margin: 1.5rem 0; }
img { max-width: 100%; height: auto; padding: 0.75rem; box-sizing: border-box; background: #fff; border-radius: 4px; }
figcaption { max-width: 45rem; color: var(--quiet); font-size: 0.87rem; }
@media print {
  :root { color-scheme: light; --text: #000; --page: #fff; --quiet: #444; --line: #bbb; --link: #000; }
  nav { display: none; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  .table { overflow: visible; }
  table { font-size: 7pt; }
  th, td { padding-right: 0.5rem; }
  img { padding: 0; }
}
"""
