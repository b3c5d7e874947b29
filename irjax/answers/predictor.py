"""A trained run's answer to a spectrum: what is probable, and for groups present, absent or uncertain."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from irjax.data.archive import Archive
from irjax.engine.run import Run, open_run, read_answering, read_weights
from irjax.errors import InputError
from irjax.spectra.chart.told import NOTHING_TOLD, ChartAxes
from irjax.spectra.grid import INFRARED, Grid
from irjax.spectra.pattern import read_pattern
from irjax.spectra.reading import LARGEST_FILE, content_of, decoded, parse_spectrum, read_spectrum
from irjax.spectra.resample import resample
from irjax.spectra.spectrum import Spectrum, SpectrumError


@dataclass(frozen=True)
class Answer:
    """What a network says of one group."""

    name: str
    probability: float
    answer: str
    """present, absent or uncertain; uncertain is a group that the network saw no positive of."""


class Predictor:
    """A trained network, ready to be asked."""

    def __init__(self, run: Run) -> None:
        import jax

        from irjax.engine.backend import use_compile_cache
        from irjax.engine.step import make_answerer
        from irjax.models.batch import empty_batch

        use_compile_cache()
        self.run = run
        self.task, self.answering = run.config.task, read_answering(run)
        model, weights = run.config.model.build(len(run.names), run.grid), read_weights(run)
        wanted: Any = jax.eval_shape(lambda: model.init(jax.random.key(0), empty_batch(run.grid), train=False))
        kinds = ("params", "batch_stats")
        if jax.tree.map(np.shape, {kind: wanted[kind] for kind in kinds if kind in wanted}) != jax.tree.map(
            np.shape, {kind: weights.get(kind, {}) for kind in kinds if kind in wanted}
        ):
            raise InputError(
                f"{run.path}: its weights do not fit the network of its config.json; one of them was altered"
            )
        self._variables = jax.device_put(weights)
        self._answer = make_answerer(model)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the run cannot vouch for."""
        return tuple(filter(None, (self.run.altered, self.run.warning)))

    @property
    def thresholds(self) -> np.ndarray:
        """From which probability on each group counts as present, float64 [groups]; of a network for groups."""
        return self.answering.values

    def outputs(self, values: np.ndarray) -> np.ndarray:
        """What the network returns, float32 [n, outputs], for spectra on its grid, float32 [n, points], gaps NaN."""
        return self._answer(self._variables, np.asarray(values))

    def probabilities(self, values: np.ndarray) -> np.ndarray:
        """Probabilities, float32 [n, outputs], of spectra on the grid, float32 [n, points] with NaN for gaps."""
        return self.task.probabilities(self.outputs(values))

    def record(self, probabilities: np.ndarray) -> dict[str, Any]:
        """The answer to one spectrum from its probabilities [outputs], as JSON holds it."""
        return self.task.record(self.run.names, self.answering, probabilities)

    def answers(self, probabilities: np.ndarray) -> list[Answer]:
        """The answer for each group, from the probabilities [groups] of one spectrum."""
        return [Answer(**group) for group in self.record(probabilities)["groups"]]

    def predict(self, spectrum: str | os.PathLike[str] | Spectrum) -> list[Answer]:
        """The answer for each group of a spectrum or a spectrum file.

        Raises:
            SpectrumError: the file holds no spectrum that can be read rightly.
        """
        if not isinstance(spectrum, Spectrum):
            spectrum = read_spectrum(spectrum)
        return self.answers(self.probabilities(resample(spectrum, self.run.grid)[None])[0])


def load(run: str | os.PathLike[str]) -> Predictor:
    """Opens a trained run: `irjax.load("runs/small").predict("acetone.jdx")`.

    Raises:
        InputError: there is no such run, or it is not trained to its end.
    """
    return Predictor(open_run(run))


def predict_files(
    predictor: Predictor, paths: Iterable[str], y_units: str | None = None, chart: ChartAxes = NOTHING_TOLD
) -> Iterator[dict[str, Any]]:
    """One record per file, as `irjax predict --format json` writes it; a file that fails has `error`.

    The files are read and answered some at a time, so that memory does not grow with their number.

    Args:
        paths: spectrum files, and folders and zips of them.
    """
    grid = predictor.run.grid
    row_of = partial(_infrared, y_units, chart, grid) if grid.unit == INFRARED.unit else partial(_pattern, grid)
    files = _files(paths)
    while some := list(islice(files, _AT_ONCE)):
        records = [_read(name, content, row_of) for name, content in some]
        rows = [record.pop("row") for record in records if "row" in record]
        found = iter(predictor.probabilities(np.stack(rows)) if rows else ())
        for record in records:
            if "error" in record:
                yield record
                continue
            yield {"file": record["file"], **predictor.record(next(found)), "warnings": record["warnings"]}


_AT_ONCE = 256
"""As many as the network takes in one batch."""

_Content = Callable[[], bytes]
_RowOf = Callable[[bytes, str], tuple[np.ndarray, list[str]]]
"""From a file's content and name its values on the grid, float32 [points], and its warnings."""


def _files(paths: Iterable[str]) -> Iterator[tuple[str, _Content]]:
    """Each file's name and what fetches its content; folders and zips are opened."""
    for path in paths:
        if not os.path.isdir(path) and not path.lower().endswith(".zip"):
            yield path, partial(content_of, path)
            continue
        try:
            archive = Archive(path)
            entries = list(archive.entries())
            if not entries:
                raise InputError(f"{path}: holds no files")
        except InputError as error:
            yield path, partial(_fail, error)
            continue
        for name, place in entries:
            yield f"{archive.path}/{name}", partial(_entry, archive, name, place)


def _fail(error: InputError) -> bytes:
    raise error


def _entry(archive: Archive, name: str, place: int) -> bytes:
    try:
        return archive.read(name, place)
    except SpectrumError as error:
        raise SpectrumError(f"{archive.path}/{name}: {str(error).removeprefix(f'{name}: ')}") from None


def _read(name: str, content: _Content, row_of: _RowOf) -> dict[str, Any]:
    """A file's record so far: its `row` on the grid and its warnings, or its error."""
    try:
        row, warnings = row_of(content(), name)
    except InputError as error:
        return {"file": name, "error": str(error)}
    return {"file": name, "row": row, "warnings": warnings}


def _infrared(
    y_units: str | None, chart: ChartAxes, grid: Grid, content: bytes, name: str
) -> tuple[np.ndarray, list[str]]:
    spectrum = parse_spectrum(content, name, y_units, chart)
    warnings = list(spectrum.warnings)
    if spectrum.technique == "ATR":
        warnings.append("measured by ATR, where band depth goes as 1/wavenumber; the network learned transmission")
    return resample(spectrum, grid), warnings


def _pattern(grid: Grid, content: bytes, name: str) -> tuple[np.ndarray, list[str]]:
    if len(content) > LARGEST_FILE:
        raise SpectrumError(f"{name}: larger than {LARGEST_FILE // 2**20} MiB, which no single pattern is")
    try:
        return read_pattern(decoded(content), grid), []
    except SpectrumError as error:
        raise SpectrumError(f"{name}: {error}") from None
