"""A library of materials by the lines that they give in powder diffraction: the bundled one, or one drawn from CIFs."""

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np

from irjax.data.crystals import FIRST, LAST, Lines, many_lines, structure_texts
from irjax.data.resumed import RejectedError
from irjax.data.writing import Counted, verdict
from irjax.errors import InputError, UsageError
from irjax.files import write_aside
from irjax.spectra.grid import Grid
from irjax.spectra.pattern import ANGLES

GRID = Grid(FIRST, LAST, 2251, ANGLES)
"""Of Wang et al. (2020): 0.02° apart."""
MATERIALS = (189, 1012)
"""Sizes of the libraries of Wang et al.; the smaller is the beginning of the larger one."""
ALIKE = 0.99
"""Two materials whose broadened patterns have a higher cosine are one."""
_BREADTH = 0.2
"""Degrees, full width at half maximum of the lines that are compared so."""
_ASSET = "assets/mof_lines.npz"
_ANGLE, _INTENSITY = 1000.0, 50000.0
"""Of the asset's whole numbers: per degree of 2θ, and for the strongest line."""


@dataclass(frozen=True)
class Library:
    """Materials, and what became of every structure that was looked at on the way to them."""

    materials: tuple[Lines, ...]
    curation: tuple[dict[str, str], ...]
    """Rows of curation.csv."""


def bundled_library(number: int) -> Library:
    """The first materials of the library that ships: lines of CoRE MOF 2019, reckoned by `write_lines`.

    Raises:
        UsageError: it has not that many.
    """
    with files("irjax").joinpath(_ASSET).open("rb") as file:
        pack = np.load(file, allow_pickle=False)
        names, cells, bounds = pack["names"], pack["lattices"], pack["offsets"]
        angles, intensities = pack["two_theta"] / _ANGLE, pack["intensity"] / _INTENSITY
    if not 2 <= number <= len(names):
        raise UsageError(f"--materials {number}: the bundled library has 2 to {len(names):,}; --cifs names others")
    found = tuple(
        Lines(str(names[at]), cells[at].astype(float), angles[first:last], intensities[first:last])
        for at, (first, last) in enumerate(pairwise(bounds[: number + 1]))
    )
    return Library(found, tuple(_verdict(lines.name) for lines in found))


def write_lines(path: Path, materials: Sequence[Lines]) -> None:
    """Writes lines in the form in which they ship: a thousandth of a degree, a fifty-thousandth of the strongest."""
    content = io.BytesIO()
    np.savez_compressed(
        content,
        names=np.array([each.name for each in materials]),
        lattices=np.stack([each.lattice for each in materials]).astype(np.float32),
        offsets=np.cumsum([0, *(len(each.two_theta) for each in materials)]).astype(np.int32),
        two_theta=np.concatenate([each.two_theta * _ANGLE for each in materials]).round().astype(np.uint16),
        intensity=np.concatenate([each.intensity * _INTENSITY for each in materials]).round().astype(np.uint16),
    )
    write_aside(path, content.getvalue())


def drawn_library(
    source: str | os.PathLike[str],
    number: int,
    seed: int,
    cache: Path,
    progress: Counted = lambda done, total: None,
) -> Library:
    """Materials drawn from CIF files: those with a line in range, none like one that was drawn before.

    Args:
        source: a folder, zip or tar of CIF files, or the word `core-mof`.
        number: of materials, or 0 for all.
        cache: where lines are kept that were reckoned; a killed run goes on from there.

    Raises:
        InputError: the source has too few, or none.
        UsageError: pymatgen, or the package named, is not installed.
    """
    texts = structure_texts(str(source))
    names = list(texts)
    order = [names[at] for at in np.random.default_rng(seed).permutation(len(names))]
    wanted = number or len(order)
    kept: list[Lines] = []
    curation: list[dict[str, str]] = []
    shapes = np.zeros((wanted, GRID.points), np.float32)
    for lines in many_lines(texts, order, cache):
        name = order[len(curation)]
        if isinstance(lines, RejectedError):
            curation.append(_verdict(name, str(lines)))
            continue
        shape = _shape(lines)
        cosines = shapes[: len(kept)] @ shape
        if len(kept) and cosines.max() > ALIKE:
            twin = kept[int(cosines.argmax())].name
            curation.append(_verdict(name, f"its pattern is that of {twin} (cosine {cosines.max():.3f})"))
            continue
        shapes[len(kept)] = shape
        kept.append(lines)
        curation.append(_verdict(name))
        progress(len(kept), wanted)
        if len(kept) == wanted:
            break
    if len(kept) < max(2, number):
        first = next((row for row in curation if row["reason"]), {"file": "", "reason": "no others"})
        raise InputError(
            f"{source}: {len(kept)} of {len(order)} structures can be told apart, {max(2, number)} were asked for "
            f"(the first left out: {first['file']}: {first['reason']})"
        )
    return Library(tuple(kept), tuple(curation))


def _verdict(name: str, reason: str = "") -> dict[str, str]:
    return verdict(f"{name}.cif", name, reason)


def _shape(lines: Lines) -> np.ndarray:
    """The pattern of lines that are all equally broad, float32 [points] of length 1."""
    width = _BREADTH / np.sqrt(8 * np.log(2))
    offsets = (GRID.values[:, None] - lines.two_theta) / width
    found = np.exp(-0.5 * offsets**2) @ lines.intensity
    return (found / np.linalg.norm(found)).astype(np.float32)
