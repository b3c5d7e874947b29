"""A table of answers, a row a file, for who asks of many from Python."""

from collections.abc import Iterable
from typing import Any

from irjax.tasks.groups import PRESENT_WORD, UNCERTAIN_WORD


def table(records: Iterable[dict[str, Any]]) -> Any:
    """The records of `answered` as a pandas DataFrame, where pandas is installed, else as a list of dicts."""
    rows = [_row(record) for record in records]
    try:
        import pandas
    except ImportError:
        return rows
    columns = dict.fromkeys(key for row in sorted(rows, key=len, reverse=True) for key in row)
    return pandas.DataFrame(rows, columns=list(columns or ("file", *_said({}))))


def _row(record: dict[str, Any]) -> dict[str, Any]:
    chances = {each["name"]: each["probability"] for kind in ("groups", "classes") for each in record.get(kind, ())}
    return {"file": record["file"], **chances, **record.get("curve", {}), **_said(record)}


def _said(record: dict[str, Any]) -> dict[str, Any]:
    """What every row has."""
    groups = record.get("groups", ())
    named = {
        word: tuple(group["name"] for group in groups if group["answer"] == word)
        for word in (PRESENT_WORD, UNCERTAIN_WORD)
    }
    warnings = tuple(record.get("warnings", ()))
    return {"exact": record.get("exact"), **named, "warnings": warnings, "error": record.get("error", "")}
