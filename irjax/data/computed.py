"""Computed spectra: lines that ship with irjax, from `scripts/compute_demo_spectra.py`, or of other files, broadened.

They are harmonic GFN2-xTB spectra of single molecules: no rotational structure, no hydrogen bonds, no overtones and
no noise. They show how irjax works; what it finds in them says nothing of measured spectra.
"""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np

from irjax.data.labelled import labelled
from irjax.data.writing import Result, verdict
from irjax.errors import InputError
from irjax.files import bytes_of
from irjax.spectra.grid import INFRARED, Grid
from irjax.spectra.resample import resample
from irjax.spectra.spectrum import Spectrum

WIDTH = 16.0
"""cm⁻¹, full width at half maximum of every band: that of a typical small molecule in a condensed phase."""
MEASURED_WIDTH, MEASURED_SCALE = 12.0, 0.98
"""Width, and factor of the frequencies, at which they resemble measured gas spectra most (cosine of the roots of
absorbance 0.86 on 40 molecules)."""
BUNDLED = "bundled"
POINTS = np.linspace(390.0, 4010.0, 1811)
"""Wavenumbers at which they are drawn, cm⁻¹."""


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
    shapes = half**2 / ((POINTS[:, None] - scale * molecule.wavenumber) ** 2 + half**2)
    absorbance = shapes @ molecule.intensity
    absorbance /= max(absorbance.max(), 1e-12)
    return Spectrum(
        POINTS, 10.0**-absorbance, molecule.name, "gas", "computed", "cm-1", "absorbance", f"{molecule.cas}.csv"
    )


def computed_result(molecule: Computed, grid: Grid = INFRARED, width: float = WIDTH, scale: float = 1.0) -> Result:
    """A computed spectrum as one row of a dataset on a grid; width and scale as `broadened` takes them."""
    from irjax.chemistry.structures import read_structure

    spectrum = broadened(molecule, width, scale)
    structure = read_structure(smiles=molecule.smiles)
    name = molecule.cas or structure.skeleton
    file = spectrum.source if molecule.cas else f"{name}.csv"
    kept = labelled(resample(spectrum, grid), spectrum, structure, name, molecule.smiles, "GFN2-xTB", file)
    return Result(verdict(file, name), kept)
