"""Compute the infrared line lists that irjax ships for demonstrations: real small molecules, calculated spectra.

Structures come from the PyPI package `chemicals` (compounds in use, with CAS numbers), chosen so that each functional
group is on enough of them. Each is embedded, optimised, and given harmonic frequencies and infrared intensities by
GFN2-xTB. The default 3,000 molecules take some 40 minutes on two cores; about 2 % of them are rejected.

Needs `apt install xtb` (6.5.1 was used) and `pip install chemicals`. A stopped run goes on when started again.

    python scripts/compute_demo_spectra.py compute build/demo
    python scripts/compute_demo_spectra.py pack build/demo
"""

import argparse
import importlib.resources
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

from irjax.chemistry.groups import vocabulary
from irjax.chemistry.labels import label
from irjax.chemistry.structures import StructureError, read_structure
from irjax.program import exit_status

ASSET = Path("irjax/assets/demo_lines.npz")
SEED = 20230
ELEMENTS = {"H", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Br", "I"}
LARGEST, LARGEST_RARE = 11, 14
"""Heavy atoms of any molecule, and of one taken for a rare group."""
RARE_QUOTA, COMMON_QUOTA = 40, 130
"""Molecules wanted per group: first the smallest, so many that failures leave 20; then any, for a balanced set."""
LOWEST, HIGHEST, IMAGINARY_LIMIT = 100.0, 4500.0, -30.0
"""cm-1: the range of the modes kept, and the hardest negative mode that is still noise at a minimum."""


class RejectedError(Exception):
    """A molecule without a usable spectrum; the message is the reason that is counted."""


def source_rows() -> Iterator[tuple[str, str, str]]:
    """(SMILES, CAS number, name) of every compound of `chemicals`; its own look-up is slow, so its files are read."""
    folder = importlib.resources.files("chemicals") / "Identifiers"
    for source in ("chemical identifiers pubchem small", "chemical identifiers pubchem large", "Inorganic db"):
        for line in (folder / f"{source}.tsv").read_text(encoding="utf-8").splitlines():
            fields = line.split("\t")
            # Columns: PubChem number, CAS, formula, mass, SMILES, InChI, InChIKey, systematic name, names in use.
            yield fields[4], fields[1], fields[7:9][-1]


def suitable(smiles: str) -> bool:
    """Whether a SMILES is one neutral closed-shell molecule of an admitted size, of common elements."""
    molecule = None if "." in smiles else Chem.MolFromSmiles(smiles)
    if molecule is None or not 2 <= molecule.GetNumHeavyAtoms() <= LARGEST_RARE or Chem.GetFormalCharge(molecule):
        return False
    atoms = molecule.GetAtoms()
    return all(a.GetSymbol() in ELEMENTS and not (a.GetIsotope() or a.GetNumRadicalElectrons()) for a in atoms)


def candidates(rows: Iterable[tuple[str, str, str]]) -> list[dict]:
    """The suitable molecules, one per InChIKey skeleton, as records.

    A record holds id (the skeleton), smiles, cas, name, size [heavy atoms, atoms] and groups (indices in irjax37).
    """
    found: dict[str, dict] = {}
    for smiles, cas, name in (row for row in rows if suitable(row[0])):
        with suppress(StructureError):
            structure = read_structure(smiles=smiles)
            size = [structure.molecule.GetNumHeavyAtoms(), Chem.AddHs(structure.molecule).GetNumAtoms()]
            groups = np.flatnonzero(label([structure], "irjax37")[0]).tolist()
            identity = {"id": structure.skeleton, "smiles": smiles, "cas": cas, "name": name}
            found.setdefault(structure.skeleton, {**identity, "size": size, "groups": groups})
    return list(found.values())


def group_counts(records: Iterable[dict]) -> dict[str, int]:
    """Molecules that carry each group of irjax37, in the order of the vocabulary."""
    counts = Counter(group for record in records for group in record["groups"])
    return {name: counts[index] for index, name in enumerate(vocabulary("irjax37").names)}


def select(pool: list[dict], total: int) -> list[dict]:
    """A reproducible choice of `total` candidates, in random order: rare groups, then common ones, then any."""
    smallest_first = sorted(pool, key=lambda one: (one["size"][0] > LARGEST, one["size"], one["id"]))
    shuffled = [one for one in smallest_first if one["size"][0] <= LARGEST]
    rarest_first = np.argsort([*group_counts(pool).values()], kind="stable").tolist()
    random = np.random.default_rng(SEED)
    random.shuffle(shuffled)
    chosen: dict[str, dict] = {}
    carried: Counter[int] = Counter()
    for offers, quota in ((smallest_first, RARE_QUOTA), (shuffled, COMMON_QUOTA)):
        for group in rarest_first:
            for one in offers:
                if carried[group] >= quota:
                    break
                if group in one["groups"] and one["id"] not in chosen:
                    chosen[one["id"]] = one
                    carried.update(one["groups"])
    selection = [*chosen.values(), *(one for one in shuffled if one["id"] not in chosen)][:total]
    random.shuffle(selection)
    return selection


def embedded(smiles: str) -> Chem.Mol:
    """The molecule with hydrogens and one force-field geometry, the same on every run. Raises RejectedError."""
    molecule = Chem.AddHs(read_structure(smiles=smiles).molecule)
    parameters = rdDistGeom.ETKDGv3()
    parameters.randomSeed = SEED
    if rdDistGeom.EmbedMolecule(molecule, parameters) < 0:
        raise RejectedError("no geometry")
    if rdForceFieldHelpers.MMFFOptimizeMolecule(molecule, maxIters=1000) < 0:  # MMFF94 lacks parameters for it
        rdForceFieldHelpers.UFFOptimizeMolecule(molecule, maxIters=1000)
    return molecule


def same_bonds(molecule: Chem.Mol, positions: np.ndarray) -> bool:
    """Whether positions [atoms, 3] (angstrom) still show the bonds of the molecule, and no others.

    A bond may stretch to 1.3 times the sum of the covalent radii; other atoms must stay beyond 1.15 times.
    """
    radii = np.array([Chem.GetPeriodicTable().GetRcovalent(atom.GetAtomicNum()) for atom in molecule.GetAtoms()])
    ratio = np.linalg.norm(positions[:, None] - positions[None], axis=-1) / (radii[:, None] + radii[None])
    bonded = Chem.GetAdjacencyMatrix(molecule).astype(bool)
    np.fill_diagonal(ratio, np.inf)
    return bool((ratio[bonded] < 1.3).all() and (ratio[~bonded] > 1.15).all())


def vibrations(vibspectrum: str) -> np.ndarray:
    """Modes [modes, 2] of xtb's `vibspectrum` file: wavenumber (cm-1) and intensity (km/mol), rotations left out."""
    rows = [line.split() for line in vibspectrum.splitlines() if not line.startswith(("$", "#"))]
    # The symmetry column is empty for translations and rotations, so columns are counted from the end.
    modes = np.array([[float(row[-4]), float(row[-3])] for row in rows])
    return modes[np.abs(modes[:, 0]) > 0.01]


def optimised_modes(folder: str, geometry: str) -> np.ndarray:
    """Modes [modes, 2] after xtb optimised the named geometry in the folder; leaves xtbopt.xyz there."""
    command, environment = ["xtb", geometry, "--ohess", "tight"], {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60, check=True)
    return vibrations(Path(folder, "vibspectrum").read_text(encoding="utf-8"))


def line_list(smiles: str) -> np.ndarray:
    """Modes [modes, 2] of a molecule: wavenumber (cm-1) and intensity (km/mol). Raises RejectedError."""
    molecule = embedded(smiles)
    with tempfile.TemporaryDirectory(prefix="xtb_") as folder:
        Chem.MolToXYZFile(molecule, f"{folder}/mol.xyz")
        try:
            modes = optimised_modes(folder, "mol.xyz")
            if modes[:, 0].min() < IMAGINARY_LIMIT:
                # Often a methyl group on top of its barrier; xtb left a geometry displaced along that mode.
                modes = optimised_modes(folder, "xtbhess.xyz")
            positions = np.loadtxt(f"{folder}/xtbopt.xyz", skiprows=2, usecols=(1, 2, 3), ndmin=2)
        except (subprocess.SubprocessError, FileNotFoundError) as error:
            raise RejectedError("timeout" if isinstance(error, subprocess.TimeoutExpired) else "xtb failed") from error
    if not same_bonds(molecule, positions):
        raise RejectedError("bonds changed")
    if modes[:, 0].min() < IMAGINARY_LIMIT:
        raise RejectedError("imaginary mode")
    return modes[(modes[:, 0] >= LOWEST) & (modes[:, 0] <= HIGHEST)]


def computed(one: dict) -> dict:
    """The record of one selected molecule: its identity with its modes, or with the reason it was rejected."""
    started = time.monotonic()
    try:
        outcome = {"modes": np.round(line_list(one["smiles"]), 4).tolist()}
    except RejectedError as reason:
        outcome = {"rejected": str(reason)}
    return {**one, **outcome, "seconds": round(time.monotonic() - started, 2)}


def read_records(path: Path) -> list[dict]:
    """The records of a JSON-lines file; none where it does not exist."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def compute(folder: Path, total: int, jobs: int) -> None:
    """Select the molecules once, and append a record to results.jsonl for each that has none yet."""
    if shutil.which("xtb") is None:
        raise SystemExit("the program xtb is missing: apt install xtb")
    folder.mkdir(parents=True, exist_ok=True)
    chosen, results = folder / "selection.jsonl", folder / "results.jsonl"
    if not chosen.exists():
        pool = candidates(source_rows())
        print("molecules in the source:", group_counts(pool), flush=True)
        chosen.write_text("".join(json.dumps(one) + "\n" for one in select(pool, total)), encoding="utf-8")
    done = {record["id"] for record in read_records(results)}
    left = [one for one in read_records(chosen) if one["id"] not in done]
    with ThreadPoolExecutor(jobs) as workers, results.open("a", buffering=1, encoding="utf-8") as file:
        for number, record in enumerate(workers.map(computed, left), start=1):
            file.write(json.dumps(record) + "\n")
            if number % 100 == 0:
                print(f"{number} of {len(left)}", flush=True)


def pack(folder: Path, output: Path) -> None:
    """Write the accepted line lists of results.jsonl as one compressed .npz of plain arrays, and print the counts.

    skeleton, smiles, cas, name: unicode [molecules], in the order of the skeleton
    offsets: int32 [molecules + 1]; molecule i has the modes offsets[i] to offsets[i + 1]
    wavenumber: uint16 [modes], in 0.1 cm-1, rising within a molecule
    intensity: float16 [modes], in km/mol
    """
    records = read_records(folder / "results.jsonl")
    kept = sorted((one for one in records if "modes" in one), key=lambda one: one["id"])
    modes = np.concatenate([one["modes"] for one in kept])
    np.savez_compressed(
        output,
        skeleton=np.array([one["id"] for one in kept]),
        **{key: np.array([one[key] for one in kept]) for key in ("smiles", "cas", "name")},  # pyright: ignore
        offsets=np.cumsum([0] + [len(one["modes"]) for one in kept], dtype=np.int32),
        wavenumber=np.round(modes[:, 0] * 10).astype(np.uint16),
        intensity=modes[:, 1].astype(np.float16),
    )
    print(f"{len(kept)} molecules, {len(modes)} modes, {output.stat().st_size} bytes")
    print("molecules per group:", group_counts(kept))
    print("rejected:", dict(Counter(one["rejected"] for one in records if "rejected" in one)))
    print(f"computing time: {sum(one['seconds'] for one in records) / 3600:.2f} core hours")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("compute", "pack"), help="compute, or write what was computed so far")
    parser.add_argument("folder", type=Path, help="where selection.jsonl and results.jsonl are kept")
    parser.add_argument("--molecules", type=int, default=3000, help="compute: how many to try (default 3000)")
    parser.add_argument("--jobs", type=int, default=2, help="compute: xtb runs at a time, a core each (default 2)")
    parser.add_argument("--output", type=Path, default=ASSET, help=f"pack: the file to write (default {ASSET})")
    arguments = parser.parse_args()
    with rdBase.BlockLogs():
        if arguments.step == "compute":
            compute(arguments.folder, arguments.molecules, arguments.jobs)
        else:
            pack(arguments.folder, arguments.output)


if __name__ == "__main__":
    sys.exit(exit_status("compute_demo_spectra.py", main))
