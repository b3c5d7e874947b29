"""Files to rows on a network's grid, by what needs no network: processes that only read begin in no time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from irjax.data.molecules import GRID as MATRIX
from irjax.data.xyz import matrix_of
from irjax.errors import InputError, UsageError
from irjax.spectra.atr import as_transmission
from irjax.spectra.baseline import levelled
from irjax.spectra.chart.told import NOTHING_TOLD, ChartAxes
from irjax.spectra.correction import Correction
from irjax.spectra.grid import Grid
from irjax.spectra.pattern import read_pattern
from irjax.spectra.plausible import examine
from irjax.spectra.reading import LARGEST_FILE, decoded, parse_spectrum, refuse_other_formats
from irjax.spectra.resample import resample
from irjax.spectra.spectrum import Spectrum, SpectrumError, as_told
from irjax.spectra.unmeasured import without_unmeasured


@dataclass(frozen=True)
class Read:
    """A file that was read."""

    file: str
    row: Float[np.ndarray, " points"]
    """As the network takes it: on its grid, NaN for gaps, corrected if those were that it learned."""
    warnings: list[str]
    phase: str


@dataclass(frozen=True)
class Rows:
    """How what a network is asked about becomes what it takes."""

    grid: Grid
    """Of the network; its unit says whether infrared spectra, patterns or molecules are read."""
    correction: Correction | None
    """What was done to the spectra that it learned."""
    level: bool = True
    """Whether steep base lines are taken off, which it knows too little of to read them."""
    y_units: str | None = None
    chart: ChartAxes = NOTHING_TOLD
    phase: str | None = None
    """Of the samples, whatever the files say of it."""
    technique: str | None = None
    """By which they were measured, whatever the files say of it."""

    def __post_init__(self) -> None:
        told = self.y_units or self.phase or self.technique or self.chart != NOTHING_TOLD
        if told and not self.grid.infrared:
            raise UsageError(
                "units, a phase, a technique and a chart's axes are told of infrared spectra; the run learned others"
            )

    def read(self, content: bytes | Spectrum, name: str) -> Read:
        """The row of a file's content, or of the spectrum that somebody has read of it.

        Raises:
            SpectrumError: it holds nothing that can be read rightly, or nothing to go by; the message names the file.
            UsageError: there are no such units, phase or technique, or it is a spectrum for a network of others.
        """
        if self.grid.infrared:
            found = content
            if not isinstance(found, Spectrum):
                found = parse_spectrum(found, name, self.y_units, self.chart)
            spectrum = as_told(found, self.phase, self.technique)
            return Read(name, *self.of(spectrum), spectrum.phase)
        if isinstance(content, Spectrum):
            raise UsageError(f"{name}: an infrared spectrum; the run learned others, and takes files of such")
        if self.grid.unit == MATRIX.unit:
            return Read(name, _parsed(content, name, matrix_of), [], "unknown")
        row, doubts = _parsed(content, name, lambda text: read_pattern(text, self.grid))
        return Read(name, self._corrected(row, name), doubts, "unknown")

    def of(self, spectrum: Spectrum) -> tuple[np.ndarray, list[str]]:
        """A spectrum as the network takes it, float32 [points], and what speaks against trusting the answer.

        Raises:
            SpectrumError: it says nothing of a compound, or cannot be corrected as those that the network learned.
        """
        spectrum = without_unmeasured(spectrum)
        spectrum = levelled(spectrum) if self.level else spectrum
        doubts = examine(spectrum, self.grid)
        spectrum = as_transmission(spectrum)
        return self._corrected(resample(spectrum, self.grid), spectrum.source), [*spectrum.warnings, *doubts]

    def _corrected(self, row: np.ndarray, source: str) -> np.ndarray:
        try:
            return row if self.correction is None else self.correction(row, self.grid)
        except SpectrumError as error:
            raise SpectrumError(f"{source or 'the spectrum'}: {error}") from None


def read_all(rows: Rows, contents: Iterable[tuple[str, bytes | Spectrum | InputError]]) -> list[Read | dict[str, Any]]:
    """What was read of each file, or a record of why it was not.

    Args:
        contents: the name of each, and what it holds, or why that could not be had.
    """
    return [_read(rows, name, content) for name, content in contents]


def _read(rows: Rows, name: str, content: bytes | Spectrum | InputError) -> Read | dict[str, Any]:
    try:
        if isinstance(content, InputError):
            raise content
        return rows.read(content, name)
    except InputError as error:
        return {"file": name, "error": str(error)}


def _parsed(content: bytes, name: str, parse: Callable[[str], Any]) -> Any:
    if len(content) > LARGEST_FILE:
        raise SpectrumError(f"{name}: larger than {LARGEST_FILE // 2**20} MiB, which no single pattern or molecule is")
    try:
        refuse_other_formats(content)
        return parse(decoded(content))
    except InputError as error:
        raise SpectrumError(f"{name}: {error}") from None
