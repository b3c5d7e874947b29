"""Tables on a terminal: what a file is called steers nothing, and what is not known is a dash."""

import os
import pty
import subprocess
import sys

import numpy as np
import pytest
from rich.console import Console
from rich.table import Table

from irjax.evaluation.agreement import scores
from irjax.pages.tables import answer_table, explanation_table, fold_table, score_tables


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


def test_a_note_on_an_answer_stands_beside_it() -> None:
    group = {"name": "Ketone", "probability": 0.9, "answer": "uncertain", "note": "likely"}
    for table in (answer_table, explanation_table):
        text = shown(table({"file": "a.csv", "groups": [group | {"bands": []}]}))
        assert "uncertain: likely" in text


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


def test_what_was_counted_has_no_decimals() -> None:
    folds = [{"n": 50, "overall": {"top1": {"value": 0.5}, "top5": {"value": 0.9}, "wrong": {"value": 12}}}] * 2
    assert shown(fold_table(folds)).splitlines()[-2].split() == ["1", "50", "0.500", "0.900", "12"]


EVALUATED = {"n": 70, "part": "all", "split": "skeletons", "left_out": 0, "spectra_of_trained_molecules": 60}


def test_figures_of_a_task_without_a_table_are_listed_and_what_flatters_is_said() -> None:
    figures = EVALUATED | {"overall": {"mean_error": {"value": 0.25, "low": 0.2, "high": 0.3}}}
    [table] = score_tables(figures, "network")
    assert table.title == "network: 70 spectra, split by skeletons; 60 of them of molecules that it trained on"
    assert shown(table).splitlines()[-1].split() == ["mean", "error", "0.250", "0.200", "to", "0.300"]


TABLE = (
    "from irjax.pages.tables import answer_table, show\n"
    "show(answer_table({'file': 'a.csv', 'groups': [{'name': 'Ketone', 'probability': 0.9, 'answer': 'present'}]}))"
)
MISTYPED = (
    "from irjax.commands.train import overridden\n"
    "from irjax.engine.config import load_config\n"
    "overridden(load_config('demo'), ['--model.dropuot', '0.1'])"
)


@pytest.mark.parametrize(("program", "word"), [(TABLE, "Ketone"), (MISTYPED, "dropuot")])
@pytest.mark.parametrize(("asked", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_whoever_wants_no_colour_gets_no_escapes(
    program: str, word: str, asked: dict[str, str], coloured: bool
) -> None:
    """On a terminal; elsewhere there are none in any case."""
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    environment = kept | {"TERM": "xterm-256color"} | asked
    subprocess.run([sys.executable, "-c", program], stdout=theirs, stderr=theirs, env=environment, check=False)
    os.close(theirs)
    text = os.read(ours, 100_000).decode()
    os.close(ours)
    assert word in text
    assert ("\x1b[" in text) == coloured


def test_curves_of_one_molecule_have_no_interval() -> None:
    curve = np.linspace(1, 2, 20)[None]
    judged = {"part": "test", "split": "skeletons", "left_out": 0, "spectra_of_trained_molecules": 0}
    text = shown(*score_tables(scores(curve, curve + 0.1, 0.1, np.zeros(1)) | judged, "one"))
    assert "accuracy" in text
    assert "–" in text
