"""What `irjax predict` prints, file by file as the answers come."""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from textwrap import indent
from typing import Any

from irjax.answers.files import predict_files
from irjax.answers.predictor import load
from irjax.commands.output import writes_all
from irjax.data.workers import available
from irjax.errors import printable
from irjax.pages.tables import answer_table, show
from irjax.spectra.chart.told import ChartAxes
from irjax.tasks.task import require_error

Record = dict[str, Any]


def run(arguments: argparse.Namespace) -> int:
    chart = ChartAxes(arguments.chart_x, arguments.chart_y)
    require_error(arguments.error)
    failed, predictor = False, load(arguments.run_dir)

    def records() -> Iterator[Record]:
        nonlocal failed
        told = arguments.y_units, chart, arguments.error
        found = predict_files(predictor, arguments.files, *told, available(), arguments.phase, arguments.technique)
        for record in found:
            failed |= "error" in record
            yield record
            if arguments.format != "json":
                _tell(record)

    FORMS[arguments.format](records())
    return 1 if failed else 0


def _tell(record: Record) -> None:
    """What stands in no table, on standard error."""
    for warning in record.get("warnings", ()):
        print(printable(f"{record['file']}: warning: {warning}"), file=sys.stderr)
    if "error" in record:
        print(printable(f"irjax predict: {record['error']}"), file=sys.stderr)


def _print_json(records: Iterable[Record]) -> None:
    before, ascii_alone = "[\n", not writes_all(sys.stdout)
    for record in records:
        print(before + indent(json.dumps(record, indent=2, ensure_ascii=ascii_alone, allow_nan=False), "  "), end="")
        before = ",\n"
    print("\n]")


_HEADINGS = {
    "groups": ("file", "group", "probability", "answer", "note", "warnings"),
    "classes": ("file", "class", "probability", "warnings"),
    "curve": ("file", "x", "y", "warnings"),
}
"""Of a table, by what a record holds; what could not be read has a row of its own."""


def _print_csv(records: Iterable[Record]) -> None:
    table, headings, unread = csv.writer(sys.stdout, lineterminator="\n"), (), []
    for record in records:
        kind = next((kind for kind in _HEADINGS if kind in record), None)
        if kind is None and not headings:
            unread.append(record)  # until it is known what the others hold
            continue
        if kind and not headings:
            headings = _HEADINGS[kind]
            table.writerows([headings, *(row for each in unread for row in _csv_rows(each, headings))])
        table.writerows(_csv_rows(record, headings))
    if not headings:
        table.writerow(_HEADINGS["groups"])
        table.writerows(row for record in unread for row in _csv_rows(record, _HEADINGS["groups"]))


def _csv_rows(record: Record, headings: tuple[str, ...]) -> list[list[str]]:
    """The rows of one file; the last cell of each says what speaks against it."""
    file, doubts = record["file"], " | ".join(record.get("warnings", ()))
    if "error" in record:
        return [[file, *[""] * (len(headings) - 2), f"error: {record['error']}"]]
    curve = record.get("curve", {"x": (), "y": ()})
    rows = [
        [group["name"], f"{group['probability']:.6f}", group["answer"], group.get("note", "")]
        for group in record.get("groups", ())
    ]
    rows += [[likely["name"], f"{likely['probability']:.6f}"] for likely in record.get("classes", ())]
    rows += [[f"{x:g}", f"{y:.6f}"] for x, y in zip(curve["x"], curve["y"], strict=True)]
    return [[file, *row, doubts] for row in rows]


def _print_tables(records: Iterable[Record]) -> None:
    for record in records:
        if "error" not in record:
            show(answer_table(record))


FORMS: dict[str, Callable[[Iterable[Record]], None]] = {"table": _print_tables, "json": _print_json, "csv": _print_csv}
