"""Datasets of photoemission: the spectrum of a molecule from its geometry (Smeds 2019; Ghosh et al., Adv. Sci. 2019).

A row holds a molecule's Coulomb matrix and the energies of its 16 highest occupied orbitals; the task makes spectra of
these, as broad and as fine as it is asked to.
"""

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np

from irjax.chemistry.structures import read_structure
from irjax.data.dataset import Dataset
from irjax.data.molecules import GRID, LEVELS, PACKAGE, Molecule, coulomb_matrix, packaged_molecules
from irjax.data.orbitals import DECIMALS, many_energies
from irjax.data.resumed import RejectedError
from irjax.data.writing import Counted, Kept, Result, verdict, write_dataset
from irjax.errors import InputError, UsageError
from irjax.files import write_aside

TECHNIQUE = "photoemission"
COLUMNS = ("id", "file", "inchi", "inchikey", "energies")
_ASSET = "assets/qm9_orbitals.npz"
_THOUSAND = 1000
"""Of the asset's whole numbers, per Å and per eV."""


@dataclass(frozen=True)
class Emitter:
    """A molecule and the levels that its electrons are emitted from, or why there are none."""

    molecule: Molecule
    energies: np.ndarray | None
    """eV, ascending, float64 [LEVELS]."""
    reason: str = ""


def bundled_emitters(number: int | None) -> list[Emitter]:
    """The first molecules of those that ship, by default all of them.

    Raises:
        UsageError: there are not that many.
    """
    with files("irjax").joinpath(_ASSET).open("rb") as file:
        pack = np.load(file, allow_pickle=False)
        names, inchis, bounds = pack["names"], pack["inchis"], np.cumsum([0, *pack["atoms"]])
        numbers, positions = pack["numbers"].astype(np.int64), pack["positions"] / _THOUSAND
        energies = pack["energies"] / _THOUSAND
    number = len(names) if number is None else number
    if not 1 <= number <= len(names):
        raise UsageError(f"--molecules {number}: 1 to {len(names):,} ship with irjax; --qm9 has more")
    return [
        Emitter(Molecule(str(names[at]), str(inchis[at]), numbers[a:b], positions[a:b]), energies[at])
        for at, (a, b) in enumerate(pairwise(bounds[: number + 1]))
    ]


def write_bundle(path: Path, emitters: Sequence[Emitter]) -> None:
    """Writes molecules with energies in the form in which they ship: thousandths of an Å and of an eV."""

    def whole(arrays: list[np.ndarray]) -> np.ndarray:
        return (np.concatenate(arrays) * _THOUSAND).round().astype(np.int16)

    kept = [(each.molecule, each.energies) for each in emitters if each.energies is not None]
    content = io.BytesIO()
    np.savez_compressed(
        content,
        names=np.array([molecule.name for molecule, _ in kept]),
        inchis=np.array([molecule.inchi for molecule, _ in kept]),
        atoms=np.array([len(molecule.numbers) for molecule, _ in kept], np.uint8),
        numbers=np.concatenate([molecule.numbers for molecule, _ in kept]).astype(np.uint8),
        positions=whole([molecule.positions for molecule, _ in kept]),
        energies=whole([energies for _, energies in kept]).reshape(-1, LEVELS),
    )
    write_aside(path, content.getvalue())


def drawn_emitters(
    number: int | None, seed: int, cache: Path, progress: Counted = lambda done, total: None
) -> list[Emitter]:
    """Molecules of QM9 in the order that a seed gives, until so many have energies; by default all.

    Args:
        cache: where energies are kept that were reckoned; a killed run goes on from there.

    Raises:
        InputError: QM9 has fewer.
        UsageError: tblite or the package with QM9 is not installed, or the number makes no sense.
    """
    if number is not None and number < 1:
        raise UsageError(f"--molecules {number}: at least 1")
    molecules = list(packaged_molecules())
    order = np.random.default_rng(seed).permutation(len(molecules))
    ordered = [molecules[at] for at in order]
    total, done = number or len(ordered), 0
    found = []
    for molecule, energies in zip(ordered, many_energies(ordered, cache), strict=True):
        if isinstance(energies, RejectedError):
            found.append(Emitter(molecule, None, str(energies)))
            continue
        found.append(Emitter(molecule, energies))
        done += 1
        progress(done, total)
        if done == number:
            break
    if done < (number or 1):
        first = next((f" (the first left out: {each.reason})" for each in found if each.energies is None), "")
        asked = f"{number or 1:,}"
        raise InputError(f"{PACKAGE}: {done:,} molecules have {LEVELS} occupied levels, {asked} were asked for{first}")
    return found


def write_photoemission(
    out: str | os.PathLike[str], emitters: Sequence[Emitter], made: dict[str, str], replace: bool = False
) -> Dataset:
    """Writes molecules as a dataset: their Coulomb matrices, and their energies as a column.

    Raises:
        InputError: `out` is something else than a dataset, or cannot be written; no molecule was kept.
    """
    noted = {"technique": TECHNIQUE}
    return write_dataset(out, map(_result, emitters), made, GRID, noted, COLUMNS, replace)


def _result(emitter: Emitter) -> Result:
    molecule, reason = emitter.molecule, emitter.reason
    file = f"{molecule.name}.xyz"
    if emitter.energies is None:
        return Result(verdict(file, molecule.name, reason), None)
    try:
        key = read_structure(molecule.inchi).inchikey
        values = coulomb_matrix(molecule)
    except InputError as error:
        return Result(verdict(file, molecule.name, str(error)), None)
    described = {
        "id": molecule.name,
        "file": file,
        "inchi": molecule.inchi,
        "inchikey": key,
        "energies": " ".join(f"{energy:.{DECIMALS}f}" for energy in emitter.energies),
    }
    return Result(verdict(file, molecule.name), Kept(values, described))
