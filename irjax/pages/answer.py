"""One page with the answer to a spectrum: the spectrum with its bands, the groups, warnings, similar spectra."""

import base64
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from irjax import __version__
from irjax.answers.answer import Answer, Group
from irjax.answers.explain import Explanation, RestsOn, Similar
from irjax.chemistry.drawing import drawn
from irjax.chemistry.structures import StructureError
from irjax.files import aside
from irjax.pages import figures as draw
from irjax.pages.document import document

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#8C6D1F", "#5B4BB7")  # Okabe & Ito's
_GREY = "#6E6E6E"
_MOST_SHADED = 8
_LIKELY = 0.05
"""Probability from which on an uncertain group is worth its reasons."""
_NARROW = "34rem"
_ANSWERS = (("present", "Present"), ("uncertain", "Cannot tell"), ("absent", "Absent"))


def write_answer(path: str | os.PathLike[str], explanation: Explanation, title: str, doubled: bool = True) -> None:
    """Writes one HTML file that needs no other, in full or not at all.

    Args:
        title: of the spectrum.
        doubled: gives each cm⁻¹ below 2000 twice the width, as double-beam instruments do.
    """
    with aside(Path(path)) as part:
        part.write_text(page(explanation, title, doubled), encoding="utf-8", errors="backslashreplace")


def page(explanation: Explanation, title: str, doubled: bool = True) -> str:
    """The page as text."""
    answer, colours = explanation.answer, _colours(explanation)
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in answer.warnings)
    parts = [
        f"<p class=file>{escape(answer.file)}</p>" if answer.file != title else "",
        f"<ul class=warnings>{warnings}</ul>" if warnings else "",
        f"<figure>{_spectrum(explanation, colours, doubled)}</figure>",
        _legend(colours),
        *(_groups(explanation, kind, heading, colours) for kind, heading in _ANSWERS),
        _exact(answer),
        _similar(explanation.similar),
    ]
    error = f"{100 * explanation.error:g}&nbsp;%"
    phase = "of a sample whose phase is not stated" if answer.phase == "unknown" else f"of a {answer.phase}"
    made = f"irjax {__version__}, {date.today()}: {explanation.network}, asked {phase}."
    body = "\n".join([f"<h1>{escape(title)}</h1>", *parts, _FOOTER.format(error=error, made=escape(made))])
    return document(title, _STYLE.replace("NARROW", _NARROW), body)


def picture(explanation: Explanation, doubled: bool = True) -> Figure:
    """The spectrum, and behind it the bands that each group found rests on, the darker the more it rests on them.

    Args:
        doubled: gives each cm⁻¹ below 2000 twice the width, as double-beam instruments do.
    """
    colours = _colours(explanation)
    figure = _shaded(explanation, colours, doubled)
    patches = [Patch(color=colour, alpha=0.4, linewidth=0, label=name) for name, colour in colours.items()]
    if patches:
        figure.legend(handles=patches, loc="outside upper left", ncols=4, fontsize=8, frameon=False)
    return figure


def _exact(answer: Answer) -> str:
    """The chance that the answer is right as a whole."""
    if answer.exact is None:
        return ""
    if not answer.present:
        return f"<p>No group is called present; the chance that there is none: {_percent(answer.exact)}.</p>"
    return f"<p>The chance that those present are all there are: {_percent(answer.exact)}.</p>"


def _colours(explanation: Explanation) -> dict[str, str]:
    """A colour for each group found that rests on bands, the surest first."""
    shaded = _surest(one for one in explanation.answer if one.answer == "present" and explanation.bands[one.name])
    return dict(zip((group.name for group in shaded[:_MOST_SHADED]), _COLOURS, strict=False))


def _surest(groups: Iterable[Group]) -> list[Group]:
    """The groups of one answer, the surest first: of those absent the least probable."""
    return sorted(groups, key=lambda group: group.probability if group.answer == "absent" else -group.probability)


def _shaded(explanation: Explanation, colours: Mapping[str, str], doubled: bool, narrow: bool = False) -> Figure:
    """The spectrum, the bands of each coloured group behind it."""
    figure = draw.spectrum(explanation.grid.values, explanation.row.astype(float), doubled=doubled, narrow=narrow)
    [ax] = figure.axes
    for name, colour in colours.items():
        for band in explanation.bands[name]:
            ax.axvspan(band.low, band.high, color=colour, alpha=0.12 + 0.3 * min(band.weight, 0.6), linewidth=0)
    return figure


def _spectrum(explanation: Explanation, colours: Mapping[str, str], doubled: bool) -> str:
    """The spectrum as an image, and another one for a screen so narrow that the numbers of the first are too small."""
    wide, narrow = (_svg(_shaded(explanation, colours, doubled, narrow)) for narrow in (False, True))
    return (
        f'<picture><source media="(max-width: {_NARROW})" srcset="{_source(narrow)}">'
        f"{_image(wide, 'The spectrum, the bands of the groups found marked', 'spectrum')}</picture>"
    )


def _svg(figure: Figure) -> str:
    held = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "irjax"}):
        figure.savefig(held, format="svg", metadata={"Date": None}, transparent=False)
    return held.getvalue()


def _legend(colours: Mapping[str, str]) -> str:
    marks = "".join(f'<li><i style="background:{colour}"></i>{escape(name)}</li>' for name, colour in colours.items())
    return f"<ul class=legend>{marks}</ul>" if marks else ""


def _groups(explanation: Explanation, kind: str, heading: str, colours: Mapping[str, str]) -> str:
    chosen = _surest(group for group in explanation.answer.groups if group.answer == kind)
    if not chosen:
        return ""
    shown = [group for group in chosen if kind == "present" or (kind == "uncertain" and group.probability >= _LIKELY)]
    rest = _in_words([group for group in chosen if group not in shown])
    if not shown:
        return f"<h2>{heading}</h2>{rest}"
    rows = "".join(
        f"<tr><th scope=row>{escape(group.name)}{_note(group)}</th><td class=chance>"
        f"{_bar(group.probability, colours.get(group.name, _GREY))} {_percent(group.probability)}</td>"
        f"<td>{_rests_on(explanation.bands[group.name])}</td></tr>"
        for group in shown
    )
    head = "<tr><th scope=col>group</th><th scope=col>probability</th><th scope=col>rests on, cm⁻¹</th></tr>"
    return f"<h2>{heading}</h2><table>{head}{rows}</table>{rest}"


def _note(group: Group) -> str:
    return f"<small>{escape(group.note)}</small>" if group.note else ""


def _in_words(groups: Sequence[Group]) -> str:
    """Groups that no reasons are given for, the improbable ones together."""
    likely = [f"{escape(each.name)}&nbsp;{_percent(each.probability)}" for each in groups if each.probability >= 0.01]
    names = [escape(each.name) for each in groups if each.probability < 0.01]
    told = [", ".join(likely), f"below 1&nbsp;%: {', '.join(names)}" if names else ""]
    if groups and groups[0].answer == "absent":
        told.reverse()
    return f"<p>{'; '.join(filter(None, told))}</p>" if groups else ""


def _bar(share: float, colour: str) -> str:
    return f'<span class=bar><b style="width:{100 * share:.0f}%;background:{colour}"></b></span>'


def _rests_on(bands: Sequence[RestsOn]) -> str:
    """The heaviest first, each with its share of all that speaks for the group."""
    return "; ".join(
        f"{band.low:.0f}–{band.high:.0f}"
        + (f" <em>{escape(band.known)}</em>" if band.known else "")
        + f"&nbsp;{_percent(band.weight)}"
        + (" (hardly absorbs)" if band.faint else "")
        for band in bands
    )


def _similar(similar: Sequence[Similar]) -> str:
    if not similar:
        return ""
    rows = "".join(
        f"<tr><th scope=row>{escape(each.title or each.id)}</th><td>{each.similarity:.3f}</td>"
        f"<td>{_structure(each.smiles or each.inchi)}</td></tr>"
        for each in similar
    )
    head = "<tr><th scope=col>spectrum</th><th scope=col>likeness</th><th scope=col>structure</th></tr>"
    doubt = "<p>They need not be the same compound: others often reach a likeness of 0.95.</p>"
    return f"<h2>Most similar reference spectra</h2>{doubt}<table>{head}{rows}</table>"


def _structure(text: str) -> str:
    """Drawn, where it can be; its text else."""
    try:
        return _image(drawn(text), text, "structure")
    except StructureError:
        return f"<span class=structure>{escape(text)}</span>"


def _image(svg: str, alt: str, kind: str = "") -> str:
    """As an image of its own, so that nothing in a title can become markup of the page."""
    return f'<img class="{kind}" alt="{escape(alt)}" src="{_source(svg)}">'


def _source(svg: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _percent(share: float) -> str:
    return (
        "&lt;&nbsp;1&nbsp;%" if share < 0.01 else "&gt;&nbsp;99&nbsp;%" if share > 0.99 else f"{100 * share:.0f}&nbsp;%"
    )


_STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --soft: #666; --line: #ddd; --paper: #fff; --warn: #fff4e0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --soft: #a0a0a0; --line: #3a3a3a; --paper: #16181b; --warn: #3b2f18; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 60rem; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 1.5rem 0 .4rem; }
.file, .structure { color: var(--soft); margin: 0; overflow-wrap: anywhere; }
figure { margin: 1rem 0 .25rem; } img { max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
img.spectrum { width: 100%; }
ul.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; margin: 0; }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .4em; border-radius: 2px; }
ul.warnings { background: var(--warn); padding: .6rem .6rem .6rem 1.8rem; border-radius: 4px; margin: .75rem 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); }
th[scope=col] { font-size: .85rem; color: var(--soft); font-weight: normal; }
th[scope=row] { font-weight: 600; } .chance { white-space: nowrap; } em { color: var(--soft); }
small { display: block; color: var(--soft); font-weight: normal; }
tr > :first-child { min-width: 8rem; }
.bar { display: inline-block; width: 5rem; height: .55rem; background: var(--line); border-radius: 3px; }
.bar b { display: block; height: 100%; border-radius: 3px; }
footer { color: var(--soft); font-size: .85rem; margin-top: 2rem; }
@media (max-width: NARROW) {
  body { font-size: 15px; padding: .6rem; }
  tr:first-child { display: none; } tr { display: block; border-bottom: 1px solid var(--line); padding: .4rem 0; }
  th, td { display: inline-block; border: 0; padding: 0 .6rem 0 0; white-space: normal; }
}
@media print { @page { size: A4; margin: 15mm; } body { max-width: none; padding: 0; font-size: 10pt; }
  tr, figure { break-inside: avoid; } * { print-color-adjust: exact; } }
"""

_FOOTER = """<footer>{made} “Present”: of such answers at most {error} should be wrong; of spectra that have a group, at
most {error} should be answered “absent”. The shaded stretches are where flattening the spectrum changes the answer
most; the strongest band of all may be shaded for other groups too, since without it the rest grows.</footer>"""
