"""Datasets of powder diffraction: which material of a library gave a pattern (Wang et al., J. Chem. Inf. Model. 2020).

Whatever a network is trained on, it is tested on patterns as an instrument would measure them, with backgrounds, seeds
and strengths of their own.
"""

import os
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal

import numpy as np

from irjax.data.dataset import Dataset
from irjax.data.diffraction import (
    NOISE_PATTERNS,
    PERMUTATIONS,
    TESTED,
    TRAINED,
    Orientable,
    backgrounds_of,
    drawn_patterns,
    measured,
    noise_of,
    orientable,
    read_patterns,
    theoretical,
    with_noise,
)
from irjax.data.library import GRID, Library
from irjax.data.workers import available, pool
from irjax.data.writing import Counted, Kept, Result, verdict, write_dataset

TECHNIQUE = "xrd"
COLUMNS = ("id", "file", "part", "class")
Copies = Literal["measured", "published"]
"""What a network is trained on: patterns as an instrument would measure them, or those of Wang et al."""
TESTS = 3
"""Patterns of each material to test with."""
COPIES = {"train": 48, "validation": 8}
"""Of each material, as measured; as published it is 72, a fifth of all of them to validate with."""
_DRAWN = 24
"""Patterns that stand in for measured ones."""
_FEW = 16
"""Materials, for fewer of which no processes are started."""
_CHUNK = 16
"""Materials that a process is handed at a time."""
_MATCHED = 40
"""Lines of each material that peak matching looks for, the strongest."""


@dataclass(frozen=True)
class Scene:
    """What patterns are drawn from."""

    materials: tuple[Orientable, ...]
    training: np.ndarray
    """Measured patterns whose background and noise training copies have, float64 [n, points]."""
    testing: np.ndarray
    """Those of the test patterns."""
    copies: Copies
    seed: int

    @cached_property
    def backgrounds(self) -> dict[bool, np.ndarray]:
        """Of training copies (False) and of test patterns (True), float64 [n, points]."""
        return {False: backgrounds_of(self.training), True: backgrounds_of(self.testing)}


def scene(library: Library, noise: str | None, copies: Copies, seed: int) -> Scene:
    """A scene; of measured patterns every third is kept for the test.

    Args:
        noise: a folder or zip of measured patterns; without it they are drawn.
    """
    chance = np.random.default_rng([seed, 0])
    patterns = read_patterns(noise) if noise else drawn_patterns(_DRAWN, chance)
    kept = np.arange(len(patterns)) % 3 == 2
    return Scene(tuple(map(orientable, library.materials)), patterns[~kept], patterns[kept], copies, seed)


def write_xrd(
    out: str | os.PathLike[str],
    library: Library,
    drawn_from: Scene,
    made: dict[str, str],
    replace: bool = False,
    progress: Counted = lambda done, total: None,
) -> Dataset:
    """Writes the patterns of a library as a dataset that says its parts; a function of the scene alone.

    Raises:
        InputError: `out` is something else than a dataset, or cannot be written.
    """
    noted = {
        "technique": TECHNIQUE,
        "classes": [lines.name for lines in library.materials],
        "peaks": [strongest(material) for material in drawn_from.materials],
        "seed": drawn_from.seed,
        "copies": drawn_from.copies,
    }
    rejected = (Result(row, None) for row in library.curation if row["outcome"] != "kept")

    def results() -> Iterator[Result]:
        yield from rejected
        yield from _results(drawn_from, progress)

    return write_dataset(out, results(), made, GRID, noted, COLUMNS, replace)


def strongest(material: Orientable) -> list[list[float]]:
    """Places in points and heights of the lines that peak matching goes by."""
    lines = material.lines
    best = np.sort(np.argsort(-lines.intensity, kind="stable")[:_MATCHED])
    places = (lines.two_theta[best] - GRID.first) / GRID.spacing
    return [places.round(2).tolist(), lines.intensity[best].round(5).tolist()]


def _results(drawn_from: Scene, progress: Counted) -> Iterator[Result]:
    """Materials in their order, reckoned by several processes."""
    total = len(drawn_from.materials)
    parts = _published_parts(drawn_from) if drawn_from.copies == "published" else None
    chunks = [range(first, min(first + _CHUNK, total)) for first in range(0, total, _CHUNK)]
    few = total < _FEW
    if few:
        _start(drawn_from)
    with nullcontext() if few else pool(available(), _start, drawn_from) as workers:
        done = 0
        for found in map(_chunk, chunks) if workers is None else workers.map(_chunk, chunks):
            for number, rows in found:
                for at, (part, values) in enumerate(rows):
                    named = part if parts is None or part == "test" else parts[number, at]
                    yield _kept(drawn_from, number, at, named, values)
                done += 1
            progress(done, total)


_scene: Scene


def _start(drawn_from: Scene) -> None:
    global _scene  # sent to a worker once, not with each of its tasks
    _scene = drawn_from


def _chunk(numbers: range) -> list[tuple[int, list[tuple[str, np.ndarray]]]]:
    return [(number, list(copies_of(_scene, number))) for number in numbers]


def _kept(drawn_from: Scene, number: int, at: int, part: str, values: np.ndarray) -> Result:
    material = drawn_from.materials[number].lines.name
    name = f"{material}/{at}"
    described = {"id": name, "file": name, "part": part, "class": material}
    return Result(verdict(name, name), Kept(values, described))


def _published_parts(drawn_from: Scene) -> np.ndarray:
    """A random fifth of all copies to validate with, as Wang et al. split them, str [materials, copies]."""
    each = NOISE_PATTERNS * PERMUTATIONS
    size = len(drawn_from.materials) * each
    order = np.random.default_rng([drawn_from.seed, 1]).permutation(size)
    return np.where(order < size // 5, "validation", "train").reshape(-1, each)


def copies_of(drawn_from: Scene, number: int) -> Iterator[tuple[str, np.ndarray]]:
    """Part and pattern, float32 [points], of all that is drawn of a material; published ones are all train."""
    material = drawn_from.materials[number]
    if drawn_from.copies == "published":
        pattern = theoretical(material.lines)
        chance = np.random.default_rng([drawn_from.seed, 2, number])
        for noisy in drawn_from.training[:NOISE_PATTERNS]:
            for _ in range(PERMUTATIONS):
                yield "train", with_noise(pattern, noise_of(noisy), chance)
    else:
        for part, count in COPIES.items():
            yield from _measured(drawn_from, number, part, count)
    yield from _measured(drawn_from, number, "test", TESTS)


def _measured(drawn_from: Scene, number: int, part: str, count: int) -> Iterator[tuple[str, np.ndarray]]:
    tests = part == "test"
    chance = np.random.default_rng([drawn_from.seed, 3, ("train", "validation", "test").index(part), number])
    others = [other for at, other in enumerate(drawn_from.materials) if at != number]
    strengths = TESTED if tests else TRAINED
    draw = partial(measured, drawn_from.materials[number], strengths, others, drawn_from.backgrounds[tests], chance)
    for _ in range(count):
        yield part, draw()
