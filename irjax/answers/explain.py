"""The bands that an answer rests on: what the network says once a stretch of the spectrum is flattened.

A stretch is flattened down to the base line beside it. How far the log-odds of a group fall is how much the answer
rests on it. Gradients are no measure here: networks that read spectra bring each to a scale of its own, so that along
the way from an empty spectrum to the measured one nothing changes but at its very beginning.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from irjax.answers.answer import Answer
from irjax.answers.predictor import Predictor
from irjax.answers.shipped import called
from irjax.data.dataset import Dataset
from irjax.engine.run import require_alike
from irjax.errors import UsageError
from irjax.spectra.bands import known_at
from irjax.spectra.grid import Grid
from irjax.spectra.spectrum import Spectrum
from irjax.tasks.groups import Groups
from irjax.tasks.task import DEFAULT_ERROR

WIDTHS = (40.0, 100.0)
"""cm⁻¹ of the stretches; each width is moved along by half of itself."""
LEAST = 0.25
"""Share of a group's greatest fall that a point must have to belong to a band."""
SMALLEST_FALL = 0.3
"""Log-odds that the greatest must have, lest noise be called a band."""
MOST_BANDS, MOST_SIMILAR = 4, 5
FAINTEST = 0.015
"""How far absorbance rises in a band that is seen, as a share of how far it does anywhere."""
_OVERLAP = 0.7
"""Share of what was measured that a reference must have too, lest a short one be like everything."""
_LOWEST = 1e-3


@dataclass(frozen=True)
class RestsOn:
    """A stretch of the spectrum that speaks for a group."""

    low: float
    """cm⁻¹."""
    high: float
    weight: float
    """Its share of all that speaks for the group."""
    known: str | None
    """The group frequency that it falls on, if it does."""
    faint: bool
    """Whether hardly anything absorbs there."""


@dataclass(frozen=True)
class Similar:
    """A reference spectrum."""

    id: str
    title: str
    smiles: str
    inchi: str
    """Empty where the dataset does not hold the one or the other."""
    similarity: float
    """Cosine of the roots of absorbance, 1 for equal spectra."""


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """An answer and what it rests on."""

    answer: Answer
    row: Float[np.ndarray, " points"]
    """The spectrum as the network saw it, corrected if it learned such: transmittance on its grid, gaps NaN."""
    grid: Grid
    bands: dict[str, tuple[RestsOn, ...]]
    """Of each group, the heaviest first."""
    similar: tuple[Similar, ...]
    error: float
    """The share of answers that may be wrong."""
    network: str
    """Which one answered."""

    def __repr__(self) -> str:
        return f"<Explanation of {self.answer!r} by {self.network}>"

    def to_dict(self) -> dict[str, Any]:
        """As `irjax explain --json` writes it."""
        found = self.answer.to_dict()
        for group in found["groups"]:
            group["bands"] = [asdict(band) for band in self.bands[group["name"]]]
        return found | {"similar": [asdict(each) for each in self.similar]}


def explain(
    predictor: Predictor, spectrum: Spectrum, reference: Dataset | None = None, error: float = DEFAULT_ERROR
) -> Explanation:
    """The answer to a spectrum, the bands behind it, and the spectra of a dataset that are most like it.

    Args:
        error: the share of answers that may be wrong.

    Raises:
        SpectrumError: the spectrum says nothing of a compound.
        UsageError: the run did not learn groups of infrared spectra.
        InputError: the reference lies on another grid, or is corrected otherwise than what the run learned.
    """
    require_explainable(predictor, reference)
    row, warnings = predictor.row(spectrum)
    return explain_row(predictor, spectrum.source, row, warnings, spectrum.phase, reference, error)


def require_explainable(predictor: Predictor, reference: Dataset | None) -> None:
    """Refuses a run whose answers rest on no bands, and a reference unlike what it learned. Raises as `explain`."""
    if not predictor.run.grid.infrared or not isinstance(predictor.run.config.task, Groups):
        raise UsageError(f"{predictor.run.path}: learned no functional groups, whose bands alone can be explained")
    if reference is not None:
        require_alike(predictor.run, reference)


def explain_row(
    predictor: Predictor,
    file: str,
    row: Float[np.ndarray, " points"],
    warnings: list[str],
    phase: str = "unknown",
    reference: Dataset | None = None,
    error: float = DEFAULT_ERROR,
) -> Explanation:
    """The same for a spectrum as `Predictor.row` gives it, transmittance on the network's grid with NaN for gaps."""
    grid = predictor.run.grid
    probabilities = predictor.probabilities(row[None])[0]
    answer = predictor.answer(file, row, warnings, probabilities, error, phase)
    falls = attribution(predictor, row)
    bands = {name: _bands(name, falls[:, at], row, grid) for at, name in enumerate(predictor.run.names)}
    similar = () if reference is None else most_similar(row, reference)
    return Explanation(answer, row, grid, bands, similar, error, called(predictor.run.path))


def attribution(predictor: Predictor, row: Float[np.ndarray, " points"]) -> Float[np.ndarray, "points groups"]:
    """How far the calibrated log-odds of each group fall when what lies around each point is flattened.

    Args:
        row: transmittance on the network's grid, NaN for gaps.
    """
    grid = predictor.run.grid
    stretches = [stretch for width in WIDTHS for stretch in _stretches(row, grid, width)]
    changed = np.stack([row, *(flattened(row, first, last) for first, last in stretches)])
    odds = predictor.answering.calibration.slope * predictor.outputs(changed).astype(np.float64)
    total, times = np.zeros((len(row), odds.shape[1])), np.zeros(len(row))
    for (first, last), said in zip(stretches, odds[1:], strict=True):
        total[first : last + 1] += odds[0] - said
        times[first : last + 1] += 1
    return total / np.maximum(times, 1)[:, None]


def flattened(row: Float[np.ndarray, " points"], first: int, last: int) -> Float[np.ndarray, " points"]:
    """The spectrum without what absorbs between two points: down to the base line there, faded in and out.

    The base line is straight, in absorbance, between the lowest places within the stretch's own width on either side;
    a line between the two points themselves would make a new band wherever one of them lies on a band. Both must have
    been measured; gaps between them stay gaps.
    """
    size = last - first
    absorbance = _absorbance(row)
    left = float(np.nanmin(absorbance[max(first - size, 0) : first + 1]))
    right = float(np.nanmin(absorbance[last : last + size + 1]))
    inside = slice(first, last + 1)
    fade = np.clip(4 * np.minimum(np.linspace(0, 1, size + 1), np.linspace(1, 0, size + 1)), 0, 1)
    excess = np.maximum(absorbance[inside] - np.linspace(left, right, size + 1), 0)
    changed = row.copy()
    changed[inside] = row[inside] * 10 ** (fade * excess)
    return changed


def _stretches(row: np.ndarray, grid: Grid, width: float) -> list[tuple[int, int]]:
    """First and last points of stretches of this width, half of it apart, whose ends were measured."""
    size = max(round(width / grid.spacing), 2)
    firsts = range(0, grid.points - size, max(size // 2, 1))
    return [(first, first + size) for first in firsts if np.isfinite(row[[first, first + size]]).all()]


def _bands(
    group: str, falls: Float[np.ndarray, " points"], row: Float[np.ndarray, " points"], grid: Grid
) -> tuple[RestsOn, ...]:
    """The stretches where flattening costs a group most, the heaviest first."""
    if falls.max(initial=0) < SMALLEST_FALL:
        return ()
    within = np.concatenate([[False], falls >= LEAST * falls.max(), [False]])
    firsts, ends = np.flatnonzero(within[1:] & ~within[:-1]), np.flatnonzero(within[:-1] & ~within[1:])
    whole, absorbance = np.maximum(falls, 0).sum(), _absorbance(row)
    span, reach = float(np.nanmax(absorbance) - np.nanmin(absorbance)), round(max(WIDTHS) / grid.spacing)
    found = []
    for first, end in zip(firsts, ends, strict=True):
        low, high = float(grid.values[first]), float(grid.values[end - 1])
        strongest = float(grid.values[first + int(np.nan_to_num(absorbance[first:end], nan=-np.inf).argmax())])
        known = known_at(group, low, high, strongest)
        weight = float(falls[first:end].sum() / whole)
        beside = absorbance[max(first - reach, 0) : end + reach]
        faint = bool(np.nanmax(absorbance[first:end]) - np.nanmin(beside) < FAINTEST * span)
        found.append(RestsOn(low, high, weight, known.vibration if known else None, faint))
    return tuple(sorted(found, key=lambda band: -band.weight)[:MOST_BANDS])


def most_similar(row: Float[np.ndarray, " points"], reference: Dataset) -> tuple[Similar, ...]:
    """The spectra of a dataset that are most like one, by the cosine of the roots of absorbance where both exist."""
    wanted = _root(row[None])[0]
    likeness = np.empty(len(reference))
    for at in range(0, len(reference), 2048):
        theirs = _root(np.asarray(reference.values[at : at + 2048]))
        both = np.isfinite(row) & np.isfinite(reference.values[at : at + 2048])
        shared = both.sum(axis=1) >= _OVERLAP * np.isfinite(row).sum()
        norms = np.sqrt((theirs**2 * both).sum(axis=1) * (wanted**2 * both).sum(axis=1))
        likeness[at : at + 2048] = shared * (theirs * wanted * both).sum(axis=1) / np.maximum(norms, 1e-9)
    best = np.argsort(-likeness, kind="stable")[:MOST_SIMILAR]
    rows = reference.rows
    return tuple(
        Similar(
            str(rows["id"][at]),
            str(rows["title"][at]),
            str(rows["smiles"][at]),
            str(rows["inchi"][at]),
            float(likeness[at]),
        )
        for at in best
        if likeness[at] > 0
    )


def _root(values: np.ndarray) -> np.ndarray:
    """The root of absorbance above its lowest, [n, points]; 0 for gaps."""
    absorbance = _absorbance(values)
    return np.sqrt(np.nan_to_num(absorbance - np.nanmin(absorbance, axis=1, keepdims=True)))


def _absorbance(transmittance: np.ndarray) -> np.ndarray:
    return -np.log10(np.maximum(transmittance, _LOWEST))
