"""Energies of the highest occupied orbitals of molecules, by GFN2-xTB; tblite, which only this file asks.

tblite is an optional extra (`pip install 'irjax[photoemission]'`): the energies of 2,000 molecules ship with irjax.
The method: C. Bannwarth, S. Ehlert, S. Grimme, J. Chem. Theory Comput. 2019, 15, 1652.
"""

import importlib.util
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from irjax.data.molecules import LEVELS, Molecule
from irjax.data.resumed import Entry, RejectedError, entries
from irjax.errors import UsageError, first_line

DECIMALS = 3
"""Of an energy in eV."""
_EV, _BOHR = 27.211386245988, 0.529177210903
"""Of an atomic unit of energy, in eV, and of length, in Å (CODATA 2018)."""


def orbital_energies(molecule: Molecule) -> np.ndarray:
    """Energies of the 16 highest occupied orbitals in eV, ascending, float64 [LEVELS].

    Raises:
        RejectedError: there are fewer, or the calculation did not converge.
    """
    from tblite.interface import Calculator

    try:
        calculator = Calculator("GFN2-xTB", molecule.numbers, molecule.positions / _BOHR)
        calculator.set("verbosity", 0)
        found = calculator.singlepoint()
    except Exception as error:  # tblite's own kinds differ from release to release
        raise RejectedError(f"no energies by GFN2-xTB ({first_line(error, 120)})") from None
    energies: Any = found.get("orbital-energies")
    occupied = np.sort(np.asarray(energies)[np.asarray(found.get("orbital-occupations")) > 1])
    if len(occupied) < LEVELS:
        raise RejectedError(f"{len(occupied)} occupied orbitals of valence electrons; {LEVELS} are needed")
    return (occupied[-LEVELS:] * _EV).round(DECIMALS)


def many_energies(molecules: Sequence[Molecule], cache: Path) -> Iterator[np.ndarray | RejectedError]:
    """The energies of molecules in their order, in parallel, each as soon as those before are there.

    Args:
        cache: as `resumed.entries` takes it.

    Raises:
        InputError: the cache cannot be read.
        UsageError: tblite is not installed.
    """
    if importlib.util.find_spec("tblite") is None:
        raise UsageError("reckoning orbital energies needs tblite; pip install 'irjax[photoemission]' brings it")
    given = {molecule.name: molecule for molecule in molecules}
    for entry in entries(given, _entry, cache, _is_whole, _one_thread):
        yield RejectedError(entry["rejected"]) if "rejected" in entry else np.array(entry["energies"])


def _is_whole(entry: Entry) -> bool:
    return "rejected" in entry or np.shape(entry["energies"]) == (LEVELS,)


def _one_thread() -> None:
    """Before tblite is loaded: threads of several processes on the same cores slow it down thirtyfold."""
    os.environ["OMP_NUM_THREADS"] = "1"


def _entry(molecule: Molecule) -> Entry:
    try:
        return {"energies": orbital_energies(molecule).tolist()}
    except RejectedError as error:
        return {"rejected": str(error)}
