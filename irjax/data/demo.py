"""Computed spectra, of which some ship with irjax: lines from `scripts/compute_demo_spectra.py`, broadened here.

They are harmonic GFN2-xTB spectra of single molecules: no rotational structure, no hydrogen bonds, no overtones and
no noise. They show how irjax works; what it finds in them says nothing of measured spectra.
"""

import hashlib
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np

from irjax.data.dataset import Dataset
from irjax.data.labelled import labelled
from irjax.data.writing import Result, verdict, write_dataset
from irjax.errors import InputError
from irjax.files import bytes_of, write_aside
from irjax.spectra.grid import INFRARED, Grid
from irjax.spectra.resample import resample
from irjax.spectra.spectrum import Spectrum

WIDTH = 16.0
"""cm⁻¹, full width at half maximum of every band: that of a typical small molecule in a condensed phase."""
MEASURED_WIDTH, MEASURED_SCALE = 12.0, 0.98
"""Width, and factor of the frequencies, at which they resemble measured gas spectra most (cosine of the roots of
absorbance 0.86 on 40 molecules)."""
BUNDLED = "bundled"
DRAWN = "drawn-acetone"
"""The example that the network that ships is asked about."""
EXAMPLES = ("67-64-1", "64-17-5")
"""CAS numbers left out of the dataset and written as files to be asked about: acetone and ethanol."""
_POINTS = np.linspace(390.0, 4010.0, 1811)
_ACETONE = (
    (3019, 0.12, 18), (2972, 0.09, 18), (2937, 0.07, 16), (1731, 1.0, 16), (1435, 0.12, 16), (1410, 0.06, 16),
    (1364, 0.60, 12), (1216, 0.55, 14), (1091, 0.03, 16), (891, 0.06, 13), (777, 0.01, 13), (530, 0.12, 16),
)  # fmt: skip
"""Fundamentals of acetone, cm⁻¹ (T. Shimanouchi, Tables of Molecular Vibrational Frequencies, NSRDS-NBS 39, 1972).

With them their strengths, roughly, as a gas shows them, and half widths that stand for rotational branches.
"""
_FIRST_DRAWING = "822b601b78c1ba1d3e338571533f0278f025b4824842fa36d2d14ebebcb8e8ce"
"""SHA-256 of its file, whose bands were Gaussian and which may give way to the present one."""


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


def computed_spectra(lines: str | os.PathLike[str] = BUNDLED) -> Iterator[Computed]:
    """All molecules of the bundled asset, or of another file of its format, in its order.

    Raises:
        InputError: the file is none.
    """
    try:
        bundled = files("irjax").joinpath("assets/demo_lines.npz")
        with bundled.open("rb") if lines == BUNDLED else io.BytesIO(bytes_of(Path(lines))) as file:
            pack = np.load(file, allow_pickle=False)
            columns = {name: pack[name] for name in ("offsets", "cas", "name", "smiles", "wavenumber", "intensity")}
    except (InputError, MemoryError):
        raise
    except Exception as error:  # numpy has a dozen errors for what is damaged
        raise InputError(f"{lines}: not a file of computed lines ({error}); scripts/ says how to make one") from None
    return (
        Computed(
            str(columns["cas"][at]),
            str(columns["name"][at]),
            str(columns["smiles"][at]),
            columns["wavenumber"][first:last] / 10.0,
            columns["intensity"][first:last].astype(np.float64),
        )
        for at, (first, last) in enumerate(pairwise(columns["offsets"]))
    )


def broadened(molecule: Computed, width: float = WIDTH, scale: float = 1.0) -> Spectrum:
    """Lorentzian bands of one width, scaled to a strongest absorbance of 1.

    Args:
        width: cm⁻¹, full at half maximum.
        scale: of the frequencies.
    """
    half = width / 2
    shapes = half**2 / ((_POINTS[:, None] - scale * molecule.wavenumber) ** 2 + half**2)
    absorbance = shapes @ molecule.intensity
    absorbance /= max(absorbance.max(), 1e-12)
    return Spectrum(
        _POINTS, 10.0**-absorbance, molecule.name, "gas", "computed", "cm-1", "absorbance", f"{molecule.cas}.csv"
    )


def drawn_acetone() -> Spectrum:
    """Acetone drawn from the frequencies of its bands, with a little noise: not computed, and nobody's measurement."""
    place, strength, width = np.array(_ACETONE, np.float64).T
    absorbance = (strength / (1 + ((_POINTS[:, None] - place) / width) ** 2)).sum(axis=1)  # collisions leave wings
    absorbance += 0.002 * np.random.default_rng(0).normal(size=_POINTS.size)
    return Spectrum(_POINTS, 10.0**-absorbance, "acetone, drawn", "gas", source=f"{DRAWN}.csv")


def write_demo(out: str | os.PathLike[str], replace: bool = False) -> Dataset:
    """Writes the bundled spectra as a dataset, and a few of them as CSV files in `examples/` instead.

    Args:
        replace: whether another dataset may give way; the same spectra, written before, do in any case.

    Raises:
        InputError: `out` is something else than a dataset, or cannot be written.
    """
    molecules = list(computed_spectra())
    kept = (demo_result(molecule) for molecule in molecules if molecule.cas not in EXAMPLES)
    made = {"command": "irjax demo-data", "method": "GFN2-xTB, harmonic"}
    examples = {
        f"computed-{molecule.name.replace(' ', '-')}.csv": _table(broadened(molecule))
        for molecule in molecules
        if molecule.cas in EXAMPLES
    }
    examples[f"{DRAWN}.csv"] = _table(drawn_acetone())
    folder = Path(out) / "examples"
    dataset = write_dataset(out, kept, made, replace=replace or _is_demo(Path(out), folder, examples))
    for name, text in examples.items():
        write_aside(folder / name, text)
    return dataset


def _table(spectrum: Spectrum) -> str:
    rows = zip(spectrum.wavenumber.tolist(), spectrum.absorbance.tolist(), strict=True)
    return "wavenumber (cm-1),absorbance\n" + "".join(f"{x:.1f},{y:.5f}\n" for x, y in rows)


def _is_demo(out: Path, folder: Path, examples: dict[str, str]) -> bool:
    """Whether these spectra are there already, with nothing of a person's among the examples, and none changed."""
    try:
        made = json.loads((out / "manifest.json").read_text())["made"]["command"]
        texts = {path.name: path.read_text() for path in folder.glob("[!.]*")}  # none yet, or some, where it was killed
        known = {name: examples.get(name, examples.get(f"computed-{name}")) for name in texts}  # as called before
        first = texts.get(drawn := f"{DRAWN}.csv", "")
        if hashlib.sha256(first.encode()).hexdigest() == _FIRST_DRAWING:
            known[drawn] = first
        return made == "irjax demo-data" and known == texts
    except (OSError, ValueError, KeyError, TypeError):
        return False


def demo_result(molecule: Computed, grid: Grid = INFRARED, width: float = WIDTH, scale: float = 1.0) -> Result:
    """A computed spectrum as one row of a dataset on a grid; width and scale as `broadened` takes them."""
    from irjax.chemistry.structures import read_structure

    spectrum = broadened(molecule, width, scale)
    structure = read_structure(smiles=molecule.smiles)
    name = molecule.cas or structure.skeleton
    file = spectrum.source if molecule.cas else f"{name}.csv"
    kept = labelled(resample(spectrum, grid), spectrum, structure, name, molecule.smiles, "GFN2-xTB", file)
    return Result(verdict(file, name), kept)
