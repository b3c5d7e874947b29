"""A study as a page of Markdown: a table per comparison, and beside each difference what it shows."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from irjax.study.arms import Row
from irjax.study.plan import PLAN

_LOWER_IS_BETTER = {"binary cross-entropy"}
_ELSEWHERE = (
    ("charts are digitised by pixel mapping; 2,832 poor ones were taken out by hand", "charts.md"),
    ("50 evaluations of a Gaussian process found the network", "tuning.md"),
    ("the network's figures after 42 epochs", "experiments.md"),
)


KEPT = "<!-- What follows was not made by the study, which keeps it. -->"


def page(
    found: Mapping[str, Sequence[Row]],
    facts: Sequence[str],
    before: str = "",
    left_out: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The whole page.

    Args:
        found: the rows of each comparison that is done, by name.
        facts: how the study was made, a sentence or a command each.
        before: the page as it was, of which everything from KEPT on stays.
        left_out: why comparisons cannot be made, by name.
    """
    parts = ["# Reproduction", "", *facts, ""]
    for comparison in PLAN:
        parts += [f"## {comparison.title}", "", f"*Claimed:* {comparison.claim}", "", f"*Done:* {comparison.done}", ""]
        why = f"Not run: {left_out[comparison.name]}." if comparison.name in left_out else "Not run yet."
        parts += table(found[comparison.name]) if comparison.name in found else [why]
        parts += [""]
    parts += ["## Measured on other pages", "", "| the SI says | put to the test in |", "|---|---|"]
    parts += [f"| {claim} | [{name}]({name}) |" for claim, name in _ELSEWHERE]
    _, mark, rest = before.partition(KEPT)
    return "\n".join([*parts, ""]) + ("\n" + mark + rest if mark else "")


def table(rows: Sequence[Row]) -> list[str]:
    """One comparison, the lines of a Markdown table."""
    lines = [
        "| figure | networks | spectra | seeds | value (95 %) | difference (95 %) | |",
        "|---|---|---|---|---|---|---|",
    ]
    for _, block in groupby(rows, key=lambda row: row.figure):
        lines += [_line(row, named=at == 0) for at, row in enumerate(block)]
    return lines


def _line(row: Row, named: bool) -> str:
    value = "nothing to reckon it from"
    if row.value is not None and row.low is not None and row.high is not None:
        value = f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"
    cells = [row.figure if named else "", row.arm, f"{row.spectra:,}", str(row.seeds), value]
    if row.difference is None or row.difference_low is None or row.difference_high is None:
        return f"| {' | '.join(cells)} | | |"
    difference = f"{row.difference:+.3f} ({row.difference_low:+.3f} to {row.difference_high:+.3f})"
    return f"| {' | '.join([*cells, difference, verdict(row)])} |"


def verdict(row: Row) -> str:
    """Better, worse, or no difference shown: whether the interval of the difference leaves out 0."""
    assert row.difference_low is not None
    assert row.difference_high is not None
    if row.difference_low <= 0 <= row.difference_high:
        return "no difference shown"
    higher = row.difference_low > 0
    return "worse" if higher == (row.figure in _LOWER_IS_BETTER) else "better"
