"""One infrared spectrum, in the units that everything above this room works in."""

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from irjax.errors import InputError, UsageError

PHASES = ("gas", "liquid", "solution", "mull", "pellet", "film", "solid", "unknown")
TECHNIQUES = ("transmission", "ATR")
"""How a person may say that a spectrum was measured."""


_NO_INFRARED = 10.0
"""cm⁻¹, below which 4.000 may stand for 4000."""


class SpectrumError(InputError):
    """A file that holds no infrared spectrum that can be read rightly; the message says why."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Transmittance over ascending wavenumber, at the file's own points and never clipped.

    As the readers make it, and `spectrum_of` of arrays; made by hand nothing of it is checked.
    """

    wavenumber: np.ndarray
    """cm⁻¹, float64 [points], strictly ascending."""
    transmittance: np.ndarray
    """0 to 1 where the instrument was perfect, float64 [points]; an absorbance A becomes 10^-A."""
    title: str = ""
    phase: str = "unknown"
    """One of PHASES."""
    technique: str = "transmission"
    """One of TECHNIQUES, "ATR, corrected" or one of `atr.DISTORTED` as the file says, computed for the bundled ones."""
    x_units: str = ""
    y_units: str = ""
    """The units as the file names them, or as they were told or guessed."""
    source: str = ""
    """The file that was read."""
    checks: dict[str, str] = field(default_factory=dict)
    """What the header promises, and whether the data keep it: ok, differs or not stated."""
    warnings: tuple[str, ...] = ()

    @property
    def absorbance(self) -> np.ndarray:
        """−log10 of the transmittance, NaN where that is not positive; float64 [points]."""
        positive = np.where(self.transmittance > 0, self.transmittance, np.nan)
        return -np.log10(positive)


def as_told(spectrum: Spectrum, phase: str | None, technique: str | None) -> Spectrum:
    """The spectrum of a sample in the phase and by the technique that are told, whatever the file says.

    Raises:
        UsageError: there is no such phase, or no such technique.
    """
    for told, known, what in ((phase, PHASES, "phase"), (technique, TECHNIQUES, "technique")):
        if told is not None and told not in known:
            raise UsageError(f"no {what} {told!r}; expected {', '.join(known)}")
    return replace(spectrum, phase=phase or spectrum.phase, technique=technique or spectrum.technique)


def ascending(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Points in strictly ascending order, without missing values; repeated abscissae are averaged.

    Raises:
        SpectrumError: fewer than two points are left.
    """
    warnings = []
    finite = np.isfinite(x) & np.isfinite(y)
    if not finite.all():
        warnings.append(f"points without a value were left out: {np.count_nonzero(~finite)}")
        x, y = x[finite], y[finite]
    if x.size < 2:
        raise SpectrumError(f"holds {x.size} points with a value; a spectrum needs at least 2")
    if np.all(np.diff(x) < 0):
        x, y = x[::-1], y[::-1]
    elif not np.all(np.diff(x) > 0):
        unique, first = np.unique(x, return_inverse=True)
        if unique.size < 2:
            raise SpectrumError("all its points lie at one wavenumber")
        if unique.size < x.size:
            warnings.append(f"{x.size - unique.size} points at a wavenumber already given were averaged with it")
        else:
            warnings.append("the points were not in order and have been sorted")
        times = np.bincount(first)
        mean = np.bincount(first, weights=y) / times
        if (times > 1).mean() > 0.5 and np.abs(y - mean[first]).mean() > 2 * np.abs(np.diff(mean)).mean():
            raise SpectrumError(
                "gives most of its points more than once, with other values: several spectra in one table; give a file "
                "of one"
            )
        x, y = unique, mean
    return np.ascontiguousarray(x), np.ascontiguousarray(y), warnings


def require_one_run(x: np.ndarray) -> None:
    """Refuses an abscissa [points] that runs one way and begins anew: spectra one below another, 4.000 for 4000.

    Raises:
        SpectrumError: it does.
    """
    if not x.size:
        return
    steps = np.diff(x[np.append(True, np.diff(x) != 0)])
    onward = np.sign(np.median(steps)) if len(steps) else 0
    back = np.flatnonzero(np.sign(steps) == -onward)
    if not onward or not len(back) or not np.all(np.abs(steps[back]) > np.ptp(x) / 2):
        return
    runs = np.split(x[np.append(True, np.diff(x) != 0)], back + 1)
    ends = sorted((run.min(), run.max()) for run in runs)
    overlap = any(after[0] < before[1] for before, after in pairwise(ends))
    if overlap or ends[0][1] < _NO_INFRARED:  # two stretches that adjoin are one spectrum
        raise SpectrumError(
            f"its abscissa begins anew, {np.abs(steps[back[0]]):.6g} back: several spectra one below another, of which "
            "`irjax split` makes a file of each, or marks between the thousands of a number, which may not be there"
        )
