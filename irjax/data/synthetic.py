"""The synthetic benchmark of Schuetzke et al. (npj Comput. Mater. 2023), and others like it.

A class is a list of peaks. Its copies for training and validation have each peak moved by -50 to 49 points and its
height by up to 0.05 either way, a Gaussian of one width (sigma 2 to 5 points) in the place of every peak, and 1 as
their maximum. The test set is fixed: all peaks of a class moved alike, and their heights raised or lowered alike, at
sigma 2.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from irjax.data.dataset import Dataset
from irjax.data.writing import Counted, Kept, Result, verdict, write_dataset
from irjax.errors import InputError
from irjax.evaluation.matching import FARTHEST, HEIGHT_CHANGE
from irjax.files import json_of
from irjax.spectra.grid import Grid

TECHNIQUE = "synthetic"
COPIES = {"train": 50, "validation": 10}
"""Of each class."""
WIDTHS, TEST_WIDTH = (2.0, 5.0), 2.0
HIGHEST = 2.0
"""Heights are cut off here, and at 0."""
COLUMNS = ("id", "file", "part", "class")

_BENCHMARK = "c18d303fc1f3137ee3cbed4ed4dd175bc3abbbed42506f218e8d4143eed63159"
_CHALLENGE = "bf9e397cb77a5aeeed034cd8aca162cca1b186ab1865020d2f8ff708b4579be0"
"""Fingerprints of the two published specs, whose test sets and copies have exceptions."""
_Variant = tuple[int, float]
"""A test spectrum: by how much its peaks are moved, and their heights changed."""


@dataclass(frozen=True)
class Spec:
    """The classes of a benchmark."""

    points: int
    peaks: tuple[tuple[np.ndarray, np.ndarray], ...]
    """Positions, int, and heights, float, of each class's peaks."""

    @cached_property
    def fingerprint(self) -> str:
        """Of the peaks alone; the published test sets have exceptions of their own."""
        plain = [[self.points], *([positions.tolist(), heights.tolist()] for positions, heights in self.peaks)]
        return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def read_spec(path: str | os.PathLike[str]) -> Spec:
    """The spec in a JSON file as the benchmark's authors write it: `datapoints`, and `spectra` by the class's number.

    Raises:
        InputError: it is none; which class is wrong, and how.
    """
    path = Path(path)
    try:
        raw = json_of(path)
        points, spectra = raw["datapoints"], raw["spectra"]
        classes = [
            (name, spectra[name]["peak_positions"], spectra[name]["peak_heights"])
            for name in map(str, range(len(spectra)))
        ]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"{path}: not a spec ({type(error).__name__}: {error}); expected JSON with datapoints and spectra, "
            "numbered from 0, each with peak_positions and peak_heights"
        ) from None
    if not (type(points) is int and 2 * FARTHEST < points <= 100_000 and 2 <= len(classes) <= 100_000):
        raise InputError(f"{path}: datapoints must lie from {2 * FARTHEST + 1} to 100,000, with 2 to 100,000 classes")
    return Spec(points, tuple(_peaks(f"{path}, class {name}", points, *lists) for name, *lists in classes))


def _peaks(place: str, points: int, positions: Any, heights: Any) -> tuple[np.ndarray, np.ndarray]:
    sound = isinstance(positions, list) and isinstance(heights, list) and 0 < len(positions) == len(heights) <= 1000
    if not sound or not all(type(at) is int and FARTHEST <= at < points - FARTHEST for at in positions):
        raise InputError(
            f"{place}: expected as many peak_heights as peak_positions, the latter whole numbers from {FARTHEST} to "
            f"{points - FARTHEST - 1}"
        )
    if len(set(positions)) < len(positions):
        raise InputError(f"{place}: two of its peak_positions are the same; each peak stands at a place of its own")
    if not all(type(height) in (int, float) and 0 < height <= HIGHEST for height in heights):
        raise InputError(f"{place}: peak_heights must be numbers above 0, up to {HIGHEST:g}")
    if max(heights) <= HEIGHT_CHANGE:
        raise InputError(
            f"{place}: its highest peak is {max(heights):g}; changes of {HEIGHT_CHANGE:g} would leave none"
        )
    return np.array(positions), np.array(heights, float)


def drawn_spec(seed: int, classes: int = 500, points: int = 5000) -> Spec:
    """Classes as the benchmark's were drawn: Γ(1.2, scale 1.2) + 2 peaks, at most 10, 100 points from either end."""
    chance = np.random.default_rng([seed, 0])
    numbers = np.clip(np.rint(chance.gamma(1.2, 1.2, classes) + 2), 2, 10).astype(int)
    peaks = []
    for number in numbers:
        positions = np.sort(chance.choice(np.arange(100, points - 100), number, replace=False))
        heights = chance.integers(1, 101, number)
        peaks.append((positions, heights / heights.max()))
    return Spec(points, tuple(peaks))


def write_synthetic(
    out: str | os.PathLike[str],
    spec: Spec,
    seed: int,
    made: dict[str, str],
    replace: bool = False,
    progress: Counted = lambda done, total: None,
) -> Dataset:
    """Writes the copies that a seed gives and the fixed test set as a dataset that says its parts.

    Raises:
        InputError: `out` is something else than a dataset, or cannot be written.
    """
    names = [str(number) for number in range(len(spec.peaks))]
    noted = {
        "technique": TECHNIQUE,
        "classes": names,
        "peaks": [[positions.tolist(), heights.tolist()] for positions, heights in spec.peaks],
        "seed": seed,
    }
    grid = Grid(0.0, spec.points - 1.0, spec.points, "points")
    return write_dataset(out, _results(spec, seed, progress), made, grid, noted, COLUMNS, replace)


def _results(spec: Spec, seed: int, progress: Counted) -> Iterator[Result]:
    for number in range(len(spec.peaks)):
        for part, values in (*copies(spec, number, seed).items(), ("test", fixed_spectra(spec, number))):
            for at, row in enumerate(values):
                name = f"{part}-{number}-{at}"
                described = {"id": name, "file": name, "part": part, "class": str(number)}
                yield Result(verdict(name, name), Kept(row, described))
        progress(number + 1, len(spec.peaks))


def copies(spec: Spec, number: int, seed: int) -> dict[str, np.ndarray]:
    """The training and validation copies of a class, float32 [copies, points] each, a function of the seed."""
    positions, heights = spec.peaks[number]
    chance = np.random.default_rng([seed, 1, number])
    size = (sum(COPIES.values()), len(positions))
    moved = positions + chance.integers(-FARTHEST, FARTHEST, size)
    changed = heights + chance.uniform(-HEIGHT_CHANGE, HEIGHT_CHANGE, size)
    if spec.fingerprint == _CHALLENGE:
        changed = np.where(heights == 1, heights, changed)
    values = patterns(spec.points, moved, np.clip(changed, 0, HIGHEST), chance.uniform(*WIDTHS, size[0]))
    return {"train": values[: COPIES["train"]], "validation": values[COPIES["train"] :]}


def fixed_spectra(spec: Spec, number: int) -> np.ndarray:
    """The test spectra of a class, float32 [spectra, points]; heights of 1 stay."""
    positions, heights = spec.peaks[number]
    variants = _test_variants(spec.fingerprint, number)
    moved = np.array([positions + shift for shift, _ in variants])
    changed = np.array([np.where(heights == 1, heights, heights + change) for _, change in variants])
    return patterns(spec.points, moved, np.clip(changed, 0, HIGHEST), np.full(len(variants), TEST_WIDTH))


def _test_variants(fingerprint: str, number: int) -> list[_Variant]:
    """In the order of the published test sets, with their exceptions."""
    if fingerprint == _CHALLENGE:
        return _challenge_variants(number)
    shift, change = 30, 0.04
    if fingerprint == _BENCHMARK:
        shift = 17 if number in (8, 318) else shift
        change = 0.025 if number in (164, 219, 281, 347) else change
    return [(moved, changed) for changed in (0.0, change, -change) for moved in (0, -shift, shift)]


def _challenge_variants(number: int) -> list[_Variant]:
    shift, exact, raised, lowered = 30, 0.0, 0.03, -0.03
    kind = number % 3
    if number < 9:
        shifts, changes = (0, -shift, shift), (exact, lowered)
    elif number < 18:
        shifts, changes = ((0, shift), (-shift, shift), (0, -shift))[kind], (exact, raised, lowered)
    else:
        shifts, changes = (0, -shift, shift), ((exact, raised), (lowered, raised), (exact, lowered))[kind]
    return [(moved, changed) for changed in changes for moved in shifts]


def patterns(points: int, positions: np.ndarray, heights: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Spectra of Gaussian peaks with 1 as their maximum, float32 [n, points].

    The widths are those of `scipy.ndimage.gaussian_filter1d`, cut off at four sigma, nothing beyond the ends.

    Args:
        positions, heights: [n, peaks]; of two peaks at one point the last one is there.
        widths: sigma in points, [n].
    """
    lines = np.zeros((len(positions), points))
    np.put_along_axis(lines, positions, heights, axis=1)
    reach = np.floor(4 * widths + 0.5).astype(int)
    farthest = int(reach.max())
    offsets = np.arange(-farthest, farthest + 1)
    shape = np.exp(-0.5 * (offsets / widths[:, None]) ** 2) * (np.abs(offsets) <= reach[:, None])
    shape /= shape.sum(axis=1, keepdims=True)
    wide = np.pad(lines, ((0, 0), (farthest, farthest)))
    found = sum(shape[:, [at]] * wide[:, at : at + points] for at in range(len(offsets)))
    found = np.asarray(found)
    return (found / found.max(axis=1, keepdims=True)).astype(np.float32)
