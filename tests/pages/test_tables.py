"""Tables on a terminal: what a file is called steers nothing, and what is not known is a dash."""

from rich.console import Console
from rich.table import Table

from irjax.pages.tables import answer_table, fold_table


def shown(table: Table) -> str:
    console = Console(width=200, force_terminal=True)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_a_file_name_steers_no_terminal() -> None:
    groups = [{"name": "Ketone", "probability": 0.9, "answer": "present"}]
    text = shown(answer_table({"file": "es\x1b]0;owned\x07[bold]c.csv", "groups": groups}))
    assert "\x1b]0" not in text
    assert "[bold]c" in text


def test_a_fold_without_a_figure_has_a_dash() -> None:
    names = (
        "f1_macro_at_half",
        "f1_micro_at_half",
        "exact_match_ratio_at_half",
        "average_precision_macro",
        "ece",
    )
    folds = [
        {"n": 5, "groups": {}, "overall": {name: {"value": value} for name in names}} for value in (0.25, None, 0.75)
    ]
    lines = shown(fold_table(folds)).splitlines()
    assert any("–" in line for line in lines)
    assert any("0.500 ± 0.354" in line for line in lines)
    assert "–" in shown(fold_table(folds[:2])).splitlines()[-2]
