"""The spectra that ship with irjax: lines computed by `scripts/compute_demo_spectra.py`, broadened here.

They are harmonic GFN2-xTB spectra of single molecules: no rotational structure, no hydrogen bonds, no overtones and
no noise. They show how irjax works; what it finds in them says nothing of measured spectra.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np

from irjax.data.dataset import Dataset
from irjax.data.writing import Kept, Result, write_dataset
from irjax.spectra.resample import resample
from irjax.spectra.spectrum import Spectrum

WIDTH = 16.0
"""cm⁻¹, full width at half maximum of every band: that of a typical small molecule in a condensed phase."""
EXAMPLES = ("67-64-1", "64-17-5")
"""CAS numbers left out of the dataset and written as files to be asked about: acetone and ethanol."""
_POINTS = np.linspace(390.0, 4010.0, 1811)


@dataclass(frozen=True)
class Computed:
    """A molecule and its computed lines."""

    cas: str
    name: str
    smiles: str
    wavenumber: np.ndarray
    """cm⁻¹, float64 [lines]."""
    intensity: np.ndarray
    """km/mol, float64 [lines]."""


def computed_spectra() -> Iterator[Computed]:
    """All molecules of the bundled asset, in its order."""
    with files("irjax").joinpath("assets/demo_lines.npz").open("rb") as file:
        pack = np.load(file, allow_pickle=False)
        columns = {name: pack[name] for name in pack.files}
    bounds = columns["offsets"]
    for at, (first, last) in enumerate(pairwise(bounds)):
        yield Computed(
            str(columns["cas"][at]),
            str(columns["name"][at]),
            str(columns["smiles"][at]),
            columns["wavenumber"][first:last] / 10.0,
            columns["intensity"][first:last].astype(np.float64),
        )


def broadened(molecule: Computed) -> Spectrum:
    """Lorentzian bands of one width, scaled to a strongest absorbance of 1."""
    half = WIDTH / 2
    shapes = half**2 / ((_POINTS[:, None] - molecule.wavenumber) ** 2 + half**2)
    absorbance = shapes @ molecule.intensity
    absorbance /= max(absorbance.max(), 1e-12)
    return Spectrum(
        _POINTS, 10.0**-absorbance, molecule.name, "gas", "computed", "cm-1", "absorbance", f"{molecule.cas}.csv"
    )


def write_demo(out: str | os.PathLike[str]) -> Dataset:
    """Writes the bundled spectra as a dataset, and a few of them as CSV files in `examples/` instead.

    Raises:
        InputError: `out` is something else than a dataset, or cannot be written.
    """
    molecules = list(computed_spectra())
    kept = (demo_result(molecule) for molecule in molecules if molecule.cas not in EXAMPLES)
    dataset = write_dataset(out, kept, {"command": "irjax demo-data", "method": "GFN2-xTB, harmonic"})
    folder = Path(out) / "examples"
    folder.mkdir(exist_ok=True)
    for molecule in molecules:
        if molecule.cas in EXAMPLES:
            spectrum = broadened(molecule)
            rows = zip(spectrum.wavenumber.tolist(), spectrum.absorbance.tolist(), strict=True)
            text = "wavenumber (cm-1),absorbance\n" + "".join(f"{x:.1f},{y:.5f}\n" for x, y in rows)
            (folder / f"{molecule.name.replace(' ', '-')}.csv").write_text(text)
    return dataset


def demo_result(molecule: Computed) -> Result:
    """A computed spectrum as one row of a dataset."""
    from irjax.chemistry.labels import label
    from irjax.chemistry.structures import read_structure

    spectrum = broadened(molecule)
    structure = read_structure(smiles=molecule.smiles)
    row = {
        "id": molecule.cas or structure.skeleton,
        "inchi": structure.inchi,
        "smiles": molecule.smiles,
        "inchikey": structure.inchikey,
        "isotopic": str(int(structure.isotopic)),
        "title": spectrum.title,
        "phase": spectrum.phase,
        "technique": spectrum.technique,
        "source": "GFN2-xTB",
        "file": spectrum.source if molecule.cas else f"{structure.skeleton}.csv",
        "points": str(spectrum.wavenumber.size),
        "warnings": "",
    }
    kept = Kept(resample(spectrum), row, label([structure])[0])
    return Result({"file": row["file"], "id": row["id"], "outcome": "kept", "reason": ""}, kept)
