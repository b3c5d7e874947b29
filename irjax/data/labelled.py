"""A spectrum and the structure of its compound as one row of a dataset of infrared spectra."""

from typing import TYPE_CHECKING

import numpy as np

from irjax.chemistry.groups import CORRECTED
from irjax.data.dataset import COLUMNS
from irjax.data.writing import Kept
from irjax.spectra.spectrum import Spectrum

if TYPE_CHECKING:
    from irjax.chemistry.structures import Structure


def labelled(
    values: np.ndarray, spectrum: Spectrum, structure: "Structure", name: str, smiles: str, source: str, file: str
) -> Kept:
    """The row of a spectrum, and the labels of its structure.

    Args:
        values: transmittance on the dataset's grid, [points].
        name: what the compound is called: its ID.
        smiles: as it was given, or nothing.
        source: where the spectrum comes from.
        file: that it stands in.
    """
    from irjax.chemistry.labels import label  # rdkit takes a while to import

    warnings = [*spectrum.warnings, *([structure.warning] if structure.warning else [])]
    isotopic, points = str(int(structure.isotopic)), str(spectrum.wavenumber.size)
    of_compound = (name, structure.inchi, smiles, structure.inchikey, isotopic)
    of_spectrum = (spectrum.title, spectrum.phase, spectrum.technique, source, file, points, " | ".join(warnings))
    row = dict(zip(COLUMNS, of_compound + of_spectrum, strict=True))
    return Kept(values, row, label([structure], CORRECTED)[0])
