"""Molecules by their atoms and where these are: xyz files, those of QM9, and the matrix that a network sees of one."""

import csv
import importlib.util
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from irjax.errors import InputError, UsageError
from irjax.spectra.grid import Grid

ATOMS = 29
"""The most that a molecule of QM9 has, and so the side of its Coulomb matrix."""
GRID = Grid(0.0, ATOMS**2 - 1.0, ATOMS**2, "matrix elements")
"""What lies along the values of a dataset of Coulomb matrices, row after row."""
PACKAGE = "qm9pack"
"""The Python package with the geometries of QM9 (R. Ramakrishnan et al., Sci. Data 2014, 1, 140022; B3LYP)."""
LEVELS = 16
"""The highest occupied orbitals that a spectrum is made of (Smeds 2019)."""
_VALENCE = {1: 1, 6: 4, 7: 5, 8: 6, 9: 7}
"""Electrons of an atom that GFN2-xTB reckons with, by its number."""
_NUMBERS = {"H": 1, "C": 6, "N": 7, "O": 8, "F": 9}
"""Of the elements of QM9, which are all that a network has met."""
_PARTS = tuple(f"qm9_part{number}.csv" for number in (1, 2, 3))
_DECIMALS = 3
"""Of a coordinate in Å: what the molecules that ship are kept to."""
_CLOSEST, _LONGEST = 0.3, 1.75
"""Å: no two atoms are nearer, and no atom of QM9 is as far as the second from all others (1.57 is the farthest)."""


@dataclass(frozen=True)
class Molecule:
    """Atoms in space."""

    name: str
    inchi: str
    """Empty where it is not known."""
    numbers: np.ndarray
    """Nuclear charges, int64 [atoms]."""
    positions: np.ndarray
    """Å, float64 [atoms, 3]."""


def coulomb_matrix(molecule: Molecule) -> np.ndarray:
    """A molecule as a network sees it, float32 [ATOMS * ATOMS], row after row.

    C_ii = Z_i^2.4 / 2 and C_ij = Z_i Z_j / |R_i - R_j|, Å (Smeds 2019, eq. 1), padded with zeros. Its rows fall in
    their norms, so that it is the same in whatever order a file names the atoms.

    Raises:
        InputError: more than ATOMS atoms, or two in one place.
    """
    count, charges = len(molecule.numbers), molecule.numbers.astype(float)
    if count > ATOMS:
        raise InputError(f"{count} atoms; a molecule of {ATOMS} is the largest that a network has met")
    apart = np.linalg.norm(molecule.positions[:, None] - molecule.positions, axis=-1) + np.eye(count)
    if apart.min() < _CLOSEST:
        raise InputError(f"two atoms are {apart.min():.2g} Å apart; expected coordinates in Å")
    matrix = np.where(np.eye(count, dtype=bool), np.diag(charges**2.4 / 2), np.outer(charges, charges) / apart)
    order = np.argsort(-np.linalg.norm(matrix, axis=1), kind="stable")
    padded = np.zeros((ATOMS, ATOMS), np.float32)
    padded[:count, :count] = matrix[np.ix_(order, order)]
    return padded.ravel()


def matrix_of(text: str) -> np.ndarray:
    """The Coulomb matrix of an xyz file, float32 [ATOMS * ATOMS].

    Raises:
        InputError: as `read_xyz` and `coulomb_matrix`; also a molecule with no hydrogen or fewer levels than a spectrum
            is made of, a radical, or one that falls apart.
    """
    molecule = read_xyz(text)
    matrix = coulomb_matrix(molecule)
    # What fluorine saturates is whole without hydrogen.
    if not {_NUMBERS["H"], _NUMBERS["F"]} & set(molecule.numbers.tolist()):
        raise InputError("holds no hydrogen; were its hydrogens left out? A network has met next to none without")
    electrons = sum(_VALENCE[number] for number in molecule.numbers.tolist())
    if electrons % 2:
        raise InputError(f"{electrons} valence electrons; a network has met molecules with all of them in pairs")
    if electrons // 2 < LEVELS:
        raise InputError(
            f"{electrons // 2} occupied orbitals of valence electrons; a network has met molecules of {LEVELS} up"
        )
    apart = np.linalg.norm(molecule.positions[:, None] - molecule.positions, axis=-1)
    farthest = (apart + np.diag(np.full(len(apart), np.inf))).min(axis=0).max()
    if farthest > _LONGEST:
        raise InputError(f"an atom is {farthest:.3g} Å from all others, and bound to none; expected coordinates in Å")
    return matrix


def read_xyz(text: str) -> Molecule:
    """The molecule of an xyz file: the number of atoms, a line of any text, then element, x, y and z in Å of each.

    More columns are left out, and so are more lines, as the files of QM9 have them.

    Raises:
        InputError: which line is wrong, and what was expected; or more atoms follow, or another molecule.
    """
    lines = text.splitlines()
    first = lines[0].strip() if lines else ""
    count = int(first) if first.isascii() and first.isdigit() and len(first) < 7 else 0
    if not count:
        raise InputError(f"line 1: expected an xyz file's number of atoms, found {first[:40]!r}")
    if len(lines) < 2 + count:
        raise InputError(f"ends after {max(len(lines) - 2, 0)} of its {count} atoms")
    numbers, positions = [], []
    for number, line in enumerate(lines[2 : 2 + count], start=3):
        element, *cells = line.split() or [""]
        try:
            # 1.2*^-5 is how Mathematica wrote some numbers of QM9.
            place = [float(cell.replace("*^", "e")) for cell in cells[:3]]
        except ValueError:
            place = []
        if len(place) < 3 or not np.isfinite(place).all():
            raise InputError(f"line {number}: expected an element and three coordinates, found {line.strip()[:40]!r}")
        if element not in _NUMBERS:
            raise InputError(f"line {number}: the element {element[:10]!r}; a network has met {', '.join(_NUMBERS)}")
        numbers.append(_NUMBERS[element])
        positions.append(place)
    _require_end(lines, 2 + count)
    return Molecule("", "", np.array(numbers), np.array(positions))


def _require_end(lines: list[str], end: int) -> None:
    """Refuses more atoms than line 1 says, and another molecule. Raises InputError."""
    further = next((at for at in range(end, len(lines)) if lines[at].strip()), len(lines))
    element, *cells = lines[further].split() if further < len(lines) else [""]
    if element in _NUMBERS and len(cells) >= 3:
        raise InputError(f"line {further + 1}: another atom, after the {end - 2} that line 1 says")
    if element.isascii() and element.isdigit() and not cells and further + 2 < len(lines):
        raise InputError(f"line {further + 1}: another molecule begins; give a file of one")


def packaged_molecules() -> Iterator[Molecule]:
    """The molecules of QM9 in the order of the package, without those that its authors found to fall apart.

    Raises:
        InputError: its tables are damaged.
        UsageError: it is not installed.
    """
    found = importlib.util.find_spec(PACKAGE)  # not imported: that fails without a setuptools of long ago
    if found is None or not found.submodule_search_locations:
        raise UsageError(f"--qm9: the package is not installed; pip install {PACKAGE}")
    folder = Path(found.submodule_search_locations[0]) / "data"
    for part in _PARTS:
        try:
            with (folder / part).open(newline="", encoding="utf-8") as file:
                yield from map(_molecule, csv.DictReader(file))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{folder / part}: damaged ({error}); pip install --force-reinstall {PACKAGE}") from None


def _molecule(row: dict[str, str]) -> Molecule:
    elements = json.loads(row["Elements"].replace("'", '"'))
    places = row["XYZ_Ang"].replace(".,", ",").replace(".]", "]")  # JSON has no number that ends in a point
    positions = np.array(json.loads(places), float).round(_DECIMALS)
    if positions.shape != (len(elements), 3):
        raise ValueError(f"{row['XYZ_file']}: {len(elements)} atoms in {len(positions)} places")
    name = row["XYZ_file"].removesuffix(".xyz")
    return Molecule(name, row["InChi"], np.array([_NUMBERS[each] for each in elements]), positions)
