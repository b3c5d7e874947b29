"""What the page is answered: spectra from uploads, their groups, the bands behind them, spectra like them."""

import base64
import tempfile
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from irjax import __version__
from irjax.answers.explain import Explanation, explain_row, require_explainable
from irjax.answers.files import Content, Read, answered
from irjax.answers.predictor import Predictor
from irjax.answers.rows import Rows
from irjax.answers.shipped import PRETRAINED, run_path, weights_version
from irjax.chemistry.drawing import drawn
from irjax.chemistry.structures import StructureError
from irjax.data.archive import Archive
from irjax.data.dataset import Dataset
from irjax.errors import InputError, printable
from irjax.spectra.chart.told import ChartAxes
from irjax.spectra.reading import is_picture
from irjax.spectra.several import several_in
from irjax.spectra.several_names import file_names
from irjax.spectra.spectrum import SpectrumError
from irjax.tasks.task import DEFAULT_ERROR

MOST_FILES = 20_000
"""Of one zip."""
_SEVERAL = "irjax split"
"""What the error of a file of several spectra bids use."""
_STEP = 1e-4
"""Of transmittance, to which spectra are sent; thinner than any line on a screen."""


class Analyst:
    """A trained network, and a dataset to find similar spectra in; asked by several threads, it answers one by one."""

    def __init__(self, predictor: Predictor, reference: Dataset | None = None, error: float = DEFAULT_ERROR) -> None:
        require_explainable(predictor, reference)
        self._predictor, self._reference, self._error = predictor, reference, error
        self._asking = Lock()

    def warm(self) -> None:
        """Compiles what answering takes, so that the first person need not wait."""
        row = np.linspace(0.2, 0.9, self._predictor.run.grid.points, dtype=np.float32)
        with self._asking:
            explain_row(self._predictor, "", row, [], error=self._error)

    def about(self) -> dict[str, Any]:
        """What the page shows of itself: versions, the groups, the grid."""
        run = self._predictor.run
        grid = {"first": run.grid.first, "last": run.grid.last, "points": run.grid.points}
        weights = weights_version() if run.path == run_path(PRETRAINED) else ""
        shown = {"version": __version__, "run": run.path.name, "weights": weights, "groups": run.names, "grid": grid}
        return shown | {"error": self._error, "reference": self._reference is not None}

    def rows(self, y_units: str | None, chart: ChartAxes, phase: str | None, technique: str | None) -> Rows:
        """What reads files with what is told of them."""
        return self._predictor.rows(y_units, chart, phase, technique)

    def answers(self, name: str, content: bytes, rows: Rows) -> tuple[int, Generator[dict[str, Any]]]:
        """How many spectra there are, and a record of each: answer and spectrum, or an error.

        They are the files of a zip, or those of a table of several, under the names that `irjax split` gives them.

        Raises:
            InputError: a zip that is damaged or holds too much.
            UsageError: units, a phase or a technique that there are not.
        """
        if name.lower().endswith(".zip"):
            records = self._answered_of_zip(name, content, rows)
            return next(records), records
        [record] = self._answered([(name, lambda: content)], rows)
        parts = _parts(name, content) if _SEVERAL in record.get("error", "") else []
        return (len(parts), self._answered(parts, rows)) if parts else (1, (each for each in [record]))

    def _answered_of_zip(self, name: str, content: bytes, rows: Rows) -> Generator[Any]:
        """The number of files, then a record of each."""
        with tempfile.TemporaryDirectory(prefix="irjax-") as folder:
            held = Path(folder) / "upload.zip"
            held.write_bytes(content)
            try:
                archive = Archive(held)
                entries = list(archive.entries())
            except InputError as error:  # names the file that lies here, and not the person's
                raise InputError(str(error).replace(str(held), name)) from None
            if not 0 < len(entries) <= MOST_FILES:
                raise InputError(f"{name}: holds {len(entries):,} files; expected 1 to {MOST_FILES:,}")
            yield len(entries)
            inside = ((f"{name}/{entry}", partial(archive.read, entry, place)) for entry, place in entries)
            yield from self._answered(inside, rows)

    def _answered(self, files: Any, rows: Rows) -> Generator[dict[str, Any]]:
        found = answered(self._predictor, rows, _noted(files, pictures := set()), self._error)
        while True:
            with self._asking:
                one = next(found, None)
            if one is None:
                return
            record, read = one
            picture = record["file"] in pictures
            if "error" in record:
                record["error"] = printable(record["error"])
            yield {**record, "file": printable(record["file"]), "picture": picture, **_sent(read)}

    def explanation(self, asked: Any) -> dict[str, Any]:
        """The bands behind each group, and similar spectra with their structures, for a record that was sent.

        Raises:
            InputError: it is no such record.
        """
        found = self._explained(asked)
        shown = found.to_dict()
        for each in shown["similar"]:
            try:
                each["structure"] = base64.b64encode(drawn(each["smiles"] or each["inchi"]).encode()).decode()
            except StructureError:
                each["structure"] = ""
        return {
            "bands": {group["name"]: group["bands"] for group in shown["groups"] if group["bands"]},
            "similar": shown["similar"],
        }

    def page(self, asked: Any) -> str:
        """The page of `irjax explain` for a record that was sent. Raises as `explanation`."""
        from irjax.pages.answer import page

        return page(self._explained(asked), str(asked["file"]))

    def _explained(self, asked: Any) -> Explanation:
        points = self._predictor.run.grid.points
        try:
            row = np.array([np.nan if value is None else value for value in asked["spectrum"]], np.float32) * _STEP
            file, phase = str(asked["file"])[:300], str(asked.get("phase", "unknown"))
            warnings = [str(warning) for warning in asked.get("warnings", ())][:20]
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise InputError("expected a record as it was sent: file, phase, warnings, spectrum") from None
        if row.shape != (points,) or not np.isfinite(row).any() or np.isinf(row).any():
            raise InputError(f"expected a spectrum of {points} numbers or gaps")
        with self._asking:
            return explain_row(self._predictor, file, row, warnings, phase, self._reference, self._error)


def _parts(name: str, content: bytes) -> list[tuple[str, Content]]:
    """The spectra of a file of several; none if it cannot be parted."""
    try:
        found = several_in(content)
    except SpectrumError:
        return []
    names = file_names(called for called, _ in found)
    return [(f"{name}/{each}", text.encode) for each, (_, text) in zip(names, found, strict=True)]


def _noted(files: Any, pictures: set[str]) -> Iterator[tuple[str, Content]]:
    """The files as they are, noting the names of pictures as they are read."""

    def fetched(name: str, content: Callable[[], bytes]) -> bytes:
        got = content()
        if is_picture(got):
            pictures.add(name)
        return got

    for name, content in files:
        yield name, partial(fetched, name, content)


def _sent(read: Read | None) -> dict[str, Any]:
    """A spectrum as numbers of `_STEP`, None for gaps."""
    if read is None:
        return {}
    gaps = np.isnan(read.row)
    values = np.rint(np.where(gaps, 0, read.row) / _STEP).astype(int).astype(object)
    values[gaps] = None
    return {"spectrum": values.tolist(), "phase": read.phase}
