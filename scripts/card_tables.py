"""Print the tables of docs/model-card.md from the figures of an evaluation.

irjax evaluate pretrained --data data/nist-1800 --json figures.json
python scripts/card_tables.py figures.json
"""

import argparse
import json
import sys
from pathlib import Path

from irjax.program import exit_status

FIGURES = {
    "f1_macro": "macro-F1",
    "f1_macro_at_half": "macro-F1 at 0.5",
    "f1_micro": "micro-F1",
    "f1_micro_at_half": "micro-F1 at 0.5",
    "exact_match_ratio": "exact match ratio",
    "average_precision_macro": "mean average precision",
    "ece": "calibration error (ECE), all decisions",
    "ece_likely": "ECE of decisions with a probability over 0.05",
}


def percent(share: float | None) -> str:
    """With one digit."""
    return "–" if share is None else f"{100 * share:.1f} %"


def digits(value: float | None) -> str:
    """Three; a dash where there is nothing to tell, as of a group that no spectrum has."""
    return "–" if value is None else f"{value:.3f}"


def row(name: str, spectra: int, figures: dict[str, float], rates: dict[str, float]) -> str:
    """Of the table of phases."""
    cells = [name, f"{spectra:,}"]
    cells += [digits(figures[each]) for each in ("f1_macro", "f1_micro", "exact_match_ratio")]
    cells += [percent(rates[each]) for each in ("wrong_when_present", "wrong_of_present")]
    return f"| {' | '.join([*cells, percent(1 - rates['answered'])])} |"


def main() -> None:
    """Three tables: overall, by phase, by group."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", type=Path)
    found = json.loads(parser.parse_args().figures.read_text())
    overall, answers = found["overall"], found["answers"]
    for name, title in FIGURES.items():
        print(f"| {title} | {{value:.3f}} ({{low:.3f}} to {{high:.3f}}) |".format(**overall[name]))
    print(
        "\n| phase | spectra | macro-F1 | micro-F1 | exact match | with the group, answered absent "
        "| answers present, wrong | uncertain |\n|---|---|---|---|---|---|---|---|"
    )
    for phase, figures in sorted(found["phases"].items(), key=lambda each: -each[1]["n"]):
        print(row(phase, figures["n"], figures, answers["phases"][phase]))
    print(row("all", found["n"], {name: figure["value"] for name, figure in overall.items()}, answers["overall"]))
    print(
        "\n| group | spectra | F1 (95 % interval) | precision | recall | AP | threshold | uncertain |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    for name, figures in found["groups"].items():
        low, high = map(digits, figures["intervals"]["f1"])
        cells = [name, f"{figures['n']:,}", f"{digits(figures['f1'])} ({low} to {high})"]
        cells += [digits(figures[each]) for each in ("precision", "recall", "average_precision", "threshold")]
        print(f"| {' | '.join([*cells, percent(1 - answers['groups'][name]['answered'])])} |")


if __name__ == "__main__":
    sys.exit(exit_status("card_tables.py", main))
