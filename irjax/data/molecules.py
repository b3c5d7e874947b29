"""Molecules by their atoms and where these are: those of QM9, and the matrix that a network sees of one."""

import csv
import importlib.util
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from irjax.data.bonds import require_apart
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
NUMBERS = {"H": 1, "C": 6, "N": 7, "O": 8, "F": 9}
"""Of the elements of QM9, which are all that a network has met."""
_PARTS = tuple(f"qm9_part{number}.csv" for number in (1, 2, 3))
_DECIMALS = 3
"""Of a coordinate in Å: what the molecules that ship are kept to."""


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
        InputError: more than ATOMS atoms, or two that are nearer than any bond.
    """
    count, charges = len(molecule.numbers), molecule.numbers.astype(float)
    if count > ATOMS:
        raise InputError(f"{count} atoms; a molecule of {ATOMS} is the largest that a network has met")
    require_apart(molecule.numbers, molecule.positions)
    apart = np.linalg.norm(molecule.positions[:, None] - molecule.positions, axis=-1) + np.eye(count)
    matrix = np.where(np.eye(count, dtype=bool), np.diag(charges**2.4 / 2), np.outer(charges, charges) / apart)
    order = np.argsort(-np.linalg.norm(matrix, axis=1), kind="stable")
    padded = np.zeros((ATOMS, ATOMS), np.float32)
    padded[:count, :count] = matrix[np.ix_(order, order)]
    return padded.ravel()


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
    return Molecule(name, row["InChi"], np.array([NUMBERS[each] for each in elements]), positions)
