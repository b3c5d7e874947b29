"""A trained run, ready to be asked: what is probable, and for groups present, absent or uncertain."""

import os
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike

from irjax.answers.answer import Answer, answer_of
from irjax.answers.rows import Rows
from irjax.answers.shipped import PRETRAINED, called, run_path
from irjax.data.archive import holds_many
from irjax.data.dataset import Dataset, open_dataset
from irjax.engine.outcome import network_as_trained, read_answering, read_weights
from irjax.engine.run import Run, open_run
from irjax.errors import InputError, UsageError
from irjax.spectra.bands import not_to_be_told, seen
from irjax.spectra.baseline import OFTEN
from irjax.spectra.chart.told import NOTHING_TOLD, ChartAxes
from irjax.spectra.plausible import UNTOLD
from irjax.spectra.reading import content_of, parse_spectrum, read_spectrum, spectrum_of
from irjax.spectra.spectrum import Spectrum, as_told
from irjax.spectra.unmeasured import runs, without_light
from irjax.tasks.groups import ABSENT_WORD, UNCERTAIN_WORD
from irjax.tasks.task import DEFAULT_ERROR, require_error

if TYPE_CHECKING:
    from irjax.answers.explain import Explanation

UNNAMED = "spectrum"
"""What a file is called whose bytes are all that was given."""
_MOST_STRETCHES = 3
_BYTES = bytes | bytearray | memoryview
Source = str | os.PathLike[str] | _BYTES | Spectrum
_ONE = str | os.PathLike | _BYTES | Spectrum
"""The same, as `isinstance` takes it."""


class Predictor:
    """A trained network, ready to be asked.

    Threads may share one. Other processes load their own, and are to be spawned, not forked: XLA, which the network
    runs on, does not outlive a fork.
    """

    def __init__(self, run: Run) -> None:
        import jax

        from irjax.engine.backend import prepare_to_answer
        from irjax.models.batch import make_answerer, variable_shapes

        prepare_to_answer()
        self.run = run
        self.task, self.answering = run.config.task, read_answering(run)
        self.model, weights = run.config.model.build(len(run.names), run.grid), read_weights(run)
        # What a network's shapes are is known once it is traced, which the first answer would wait for.
        known = network_as_trained(run)
        if not known and jax.tree.map(np.shape, variable_shapes(self.model, run.grid)) != jax.tree.map(
            np.shape, weights
        ):
            raise InputError(
                f"{run.path}: its weights do not fit the network of its config.json; one of them was altered"
            )
        self.variables = jax.device_put(weights)
        self._answer = make_answerer(self.model)
        self._rows = self.rows()

    def __repr__(self) -> str:
        return f"<Predictor {called(self.run.path)}: {len(self.run.names)} outputs, {self.run.grid.points} points>"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the run cannot vouch for, which each answer says too."""
        return tuple(filter(None, (self.run.altered, self.run.warning)))

    @property
    def thresholds(self) -> np.ndarray:
        """From which probability on each group counts as present, float64 [groups]; of a network for groups."""
        return self.answering.values

    def outputs(self, values: np.ndarray) -> np.ndarray:
        """What the network returns, float32 [n, outputs], for spectra on its grid, float32 [n, points], gaps NaN.

        They are taken as a dataset holds them: already corrected, where the run learned corrected spectra.
        """
        return self._answer(self.variables, np.asarray(values))

    def probabilities(self, values: np.ndarray) -> np.ndarray:
        """Probabilities, float64 [n, outputs], of spectra on the grid, float32 [n, points] with NaN for gaps."""
        return self.task.probabilities(self.answering, self.outputs(values))

    def record(self, probabilities: np.ndarray, error: float = DEFAULT_ERROR, phase: str = "unknown") -> dict[str, Any]:
        """The answer to one spectrum from its probabilities [outputs], as the task has it.

        Args:
            error: the share of answers that may be wrong.
            phase: of the spectrum.
        """
        return self.task.record(self.run.names, self.answering, probabilities, error, phase)

    def rows(
        self,
        y_units: str | None = None,
        chart: ChartAxes = NOTHING_TOLD,
        phase: str | None = None,
        technique: str | None = None,
    ) -> Rows:
        """What reads files for this network, with what is told of them."""
        return Rows(self.run.grid, self.run.correction, self.run.steep < OFTEN, y_units, chart, phase, technique)

    def row(self, spectrum: Spectrum) -> tuple[np.ndarray, list[str]]:
        """A spectrum as the network takes it, float32 [points], and what speaks against trusting the answer.

        Raises:
            SpectrumError: it says nothing of a compound, or cannot be corrected as those that the run learned.
        """
        return self._rows.of(spectrum)

    def answer(
        self,
        file: str,
        row: np.ndarray,
        warnings: list[str],
        probabilities: np.ndarray,
        error: float = DEFAULT_ERROR,
        phase: str = "unknown",
    ) -> Answer:
        """The answer to one spectrum; groups whose bands were not measured are uncertain, all where nothing is to see.

        Args:
            row: the spectrum on the grid, float32 [points] with NaN for gaps.
            warnings: of the spectrum so far.
            probabilities: [outputs].
            phase: of the spectrum.
        """
        record = self.record(probabilities, error, phase)
        warnings = [*self.warnings, *warnings]
        if "groups" in record and self.run.grid.infrared:
            if untold := self._untold(record["groups"], row):
                warnings = [*warnings, *untold]
                record["exact"] = None
            if not UNTOLD.isdisjoint(warnings):
                for group in record["groups"]:
                    _leave_open(group)
                record["exact"] = None
        # A record that is asked again has its warnings already.
        return answer_of(file, record, list(dict.fromkeys(warnings)), phase)

    def _untold(self, groups: list[dict[str, Any]], row: np.ndarray) -> list[str]:
        """Makes uncertain what cannot be known, and says why: groups without a band measured, and absence where one was
        not, or where no light came through."""
        grid = self.run.grid
        absent = np.array([group["answer"] == ABSENT_WORD for group in groups])
        some, every, lit = (each[0] for each in seen(self.run.names, row[None], grid))
        unmeasured = not_to_be_told(absent, some, every)
        unlit = not_to_be_told(absent, some, lit) & ~unmeasured
        said = []
        for which, where, words in (
            (
                unmeasured,
                np.isfinite,
                "measured {}, which leaves out bands of these groups, so that nothing is said of them",
            ),
            (
                unlit,
                partial(without_light, grid=grid),
                "no light comes through {}, where these groups may have bands, so that nothing is said of them",
            ),
        ):
            named = [groups[at] for at in np.flatnonzero(which)]
            for group in named:
                _leave_open(group)
            if named:
                why = words.format(_stretches(grid.values, where(row)))
                said.append(f"{why}: {', '.join(group['name'] for group in named)}")
        return said

    @overload
    def predict(
        self,
        spectrum: Source,
        *,
        y_units: str | None = None,
        error: float = DEFAULT_ERROR,
        phase: str | None = None,
        technique: str | None = None,
    ) -> Answer: ...
    @overload
    def predict(
        self,
        spectrum: ArrayLike,
        intensity: ArrayLike,
        y_units: str,
        error: float = DEFAULT_ERROR,
        phase: str | None = None,
        technique: str | None = None,
    ) -> Answer: ...
    @overload
    def predict(
        self,
        spectrum: Iterable[Source],
        *,
        y_units: str | None = None,
        error: float = DEFAULT_ERROR,
        phase: str | None = None,
        technique: str | None = None,
    ) -> Any: ...
    def predict(
        self,
        spectrum: Source | Iterable[Source] | ArrayLike,
        intensity: ArrayLike | None = None,
        y_units: str | None = None,
        error: float = DEFAULT_ERROR,
        phase: str | None = None,
        technique: str | None = None,
    ) -> Any:
        """The answer to a spectrum; for several files a table, a row each.

        Args:
            spectrum: a file's path or content, a Spectrum, or wavenumbers [points] in cm⁻¹; or a list of such files,
                folders and zips.
            intensity: with wavenumbers, the ordinate at each.
            y_units: absorbance, transmittance or percent; needed with `intensity`, else it overrules what a file says.
            error: the share of answers that may be wrong.
            phase: of the sample, one of `PHASES`, whatever the file says: ground solids are promised for on their own.
            technique: "ATR", whose band depths are then mended, or "transmission", whatever the file says; of arrays
                nobody else can tell.

        Returns:
            An `Answer`; for a list a pandas DataFrame where pandas is installed, else a list of rows as dicts: `file`,
            each group's probability, `exact`, `present`, `uncertain`, `warnings`, and `error`, empty but for what
            could not be read.

        A network of patterns or molecules takes files alone, their paths or bytes.

        >>> import irjax
        >>> answer = irjax.load().predict("drawn-acetone.csv")
        >>> answer.present
        ('Alkane', 'Ketone')
        >>> answer["Ketone"].probability > 0.5
        True
        >>> answer.warnings
        ()

        Raises:
            SpectrumError: the file holds no spectrum that can be read rightly, or nothing to go by.
            UsageError: wavenumbers without intensities or units, units, a phase or a technique that there are not,
                an `error` that no bounds are fitted to, or something else than a file for a network of patterns or
                molecules.
        """
        require_error(error)
        if intensity is None and not isinstance(spectrum, _ONE | np.ndarray):
            return self._table(_sources(spectrum, y_units), self.rows(y_units, NOTHING_TOLD, phase, technique), error)
        rows = self.rows(y_units, phase=phase, technique=technique)
        if self.run.grid.infrared:
            found = _spectrum(spectrum, intensity, y_units)
            read = rows.read(found, found.source)
        else:
            read = rows.read(*self._other(spectrum))
        return self.answer(**vars(read), probabilities=self.probabilities(read.row[None])[0], error=error)

    def explain(
        self,
        spectrum: Source | ArrayLike,
        intensity: ArrayLike | None = None,
        y_units: str | None = None,
        reference: Dataset | str | os.PathLike[str] | None = None,
        error: float = DEFAULT_ERROR,
        phase: str | None = None,
        technique: str | None = None,
    ) -> "Explanation":
        """The answer to a spectrum with the bands behind it: `reader.explain("unknown.jdx").bands["Ketone"]`.

        Args:
            spectrum, intensity, y_units, error, phase, technique: as `predict` takes them, one spectrum at a time.
            reference: a dataset, or where it lies, to find the most similar spectra in.

        >>> import irjax
        >>> bands = irjax.load().explain("drawn-acetone.csv").bands["Ketone"]
        >>> 1600 < bands[0].low < bands[0].high < 1900
        True

        Raises:
            InputError: the reference is no dataset, or lies on another grid.
            SpectrumError, UsageError: as `predict`; also a run that did not learn groups of infrared spectra.
        """
        require_error(error)
        from irjax.answers.explain import explain  # which asks this predictor

        if isinstance(reference, str | os.PathLike):
            reference = open_dataset(reference)
        found = as_told(_spectrum(spectrum, intensity, y_units), phase, technique)
        return explain(self, found, reference, error)

    def _other(self, file: Any) -> tuple[bytes, str]:
        """The content and the name of a file of what this network learned, which is no infrared spectrum."""
        if isinstance(file, _BYTES):
            return bytes(file), UNNAMED
        if isinstance(file, str | os.PathLike):
            return content_of(file), os.fspath(file)
        raise UsageError(f"{self.run.path}: learned no infrared spectra; predict takes a file's path or its bytes here")

    def _table(self, sources: list[Source], rows: Rows, error: float) -> Any:
        from irjax.answers.files import answered, contents  # which asks this predictor
        from irjax.answers.table import table

        return table(record for record, _ in answered(self, rows, contents(sources), error))


def _leave_open(group: dict[str, Any]) -> None:
    """Makes a group's answer uncertain for what is wrong with the spectrum, whatever there was to note on it."""
    group["answer"] = UNCERTAIN_WORD
    group.pop("note", None)


def _sources(given: Any, y_units: str | None) -> list[Source]:
    """The files and spectra of a list of them. Raises as `Predictor.predict`."""
    listed = isinstance(given, Iterable) and not (hasattr(given, "read") or hasattr(given, "columns"))
    files: list[Any] = list(given) if listed else [given]
    strange = [file for file in files if not isinstance(file, _ONE)]
    if strange:
        raise UsageError(
            "predict takes a file's path or its bytes, a list of files, or wavenumbers, intensities and their units; "
            f"not {f'a {type(given).__name__} of ' if listed else 'a '}{type(strange[0]).__name__}"
        )
    for file in files:
        _require_source(file, y_units)
    return files


def _require_source(given: Source, y_units: str | None) -> None:
    """Refuses a file's content in the place of its path, and units of what has units. Raises as `Predictor.predict`."""
    if isinstance(given, Spectrum) and y_units is not None:
        raise UsageError("a Spectrum has its ordinate already; y_units goes with arrays or a file")
    if isinstance(given, str) and "\n" in given:
        raise UsageError("this is the content of a file, not its path; hand over the path, or content.encode()")


def _spectrum(given: Any, intensity: ArrayLike | None, y_units: str | None) -> Spectrum:
    """The one spectrum that was handed over. Raises as `Predictor.predict`."""
    if isinstance(intensity, str):
        raise UsageError(f"intensities come second; what the ordinate is goes by its name: y_units={intensity[:20]!r}")
    if intensity is not None:
        return spectrum_of(given, intensity, y_units or "")
    if isinstance(given, _ONE):
        _require_source(given, y_units)
    if isinstance(given, Spectrum):
        return given
    if isinstance(given, _BYTES):
        return parse_spectrum(bytes(given), UNNAMED, y_units)
    if isinstance(given, str | os.PathLike):
        if holds_many(given):
            raise UsageError(f"{given}: may hold many spectra; predict([{str(given)!r}]) gives a table of them")
        return read_spectrum(given, y_units)
    if isinstance(given, np.ndarray) and given.dtype.kind in "iuf":
        raise UsageError("wavenumbers alone are no spectrum: predict(wavenumbers, intensities, 'absorbance')")
    raise UsageError(
        "expected one spectrum, a file's path or its bytes, or wavenumbers, intensities and their units; predict takes "
        "lists of files too"
    )


def _stretches(wavenumber: np.ndarray, measured: np.ndarray) -> str:
    """`from 400 to 1500 and from 1900 to 4000 cm⁻¹`."""
    ends = runs(measured)
    shown = ends if len(ends) <= _MOST_STRETCHES else [(ends[0][0], ends[-1][1])]
    words = " and ".join(f"from {wavenumber[first]:.0f} to {wavenumber[end - 1]:.0f}" for first, end in shown)
    return f"{words} cm⁻¹" if len(shown) == len(ends) else f"{words} cm⁻¹ with gaps"


def load(run: str | os.PathLike[str] = PRETRAINED) -> Predictor:
    """Opens a trained run, by default the one that ships: `irjax.load().predict("acetone.jdx")`.

    Raises:
        InputError: there is no such run, or it is not trained to its end.
    """
    return Predictor(open_run(run_path(run)))
