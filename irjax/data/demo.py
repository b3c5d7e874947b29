"""The demo: the computed spectra that ship with irjax as a dataset, and files to be asked about."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np

from irjax.data.computed import POINTS, broadened, computed_result, computed_spectra
from irjax.data.dataset import MANIFEST, Dataset
from irjax.data.writing import write_dataset
from irjax.files import write_aside
from irjax.spectra.spectrum import Spectrum

DRAWN = "drawn-acetone"
"""The example that the network that ships is asked about."""
EXAMPLES = ("67-64-1", "64-17-5")
"""CAS numbers left out of the dataset and written as files to be asked about: acetone and ethanol."""
_ACETONE = (
    (3019, 0.12, 18), (2972, 0.09, 18), (2937, 0.07, 16), (1731, 1.0, 16), (1435, 0.12, 16), (1410, 0.06, 16),
    (1364, 0.60, 12), (1216, 0.55, 14), (1091, 0.03, 16), (891, 0.06, 13), (777, 0.01, 13), (530, 0.12, 16),
)  # fmt: skip
"""Fundamentals of acetone, cm⁻¹ (T. Shimanouchi, Tables of Molecular Vibrational Frequencies, NSRDS-NBS 39, 1972).

With them their strengths, roughly, as a gas shows them, and half widths that stand for rotational branches.
"""
_FIRST_DRAWING = "822b601b78c1ba1d3e338571533f0278f025b4824842fa36d2d14ebebcb8e8ce"
"""SHA-256 of its file, whose bands were Gaussian and which may give way to the present one."""


def drawn_acetone() -> Spectrum:
    """Acetone drawn from the frequencies of its bands, with a little noise: not computed, and nobody's measurement."""
    place, strength, width = np.array(_ACETONE, np.float64).T
    absorbance = (strength / (1 + ((POINTS[:, None] - place) / width) ** 2)).sum(axis=1)  # collisions leave wings
    absorbance += 0.002 * np.random.default_rng(0).normal(size=POINTS.size)
    return Spectrum(POINTS, 10.0**-absorbance, "acetone, drawn", "gas", source=f"{DRAWN}.csv")


def write_demo(out: str | os.PathLike[str], replace: bool = False) -> Dataset:
    """Writes the bundled spectra as a dataset, and a few of them as CSV files in `examples/` instead.

    Args:
        replace: whether another dataset may give way; the same spectra, written before, do in any case.

    Raises:
        InputError: `out` is something else than a dataset, or cannot be written.
    """
    molecules = list(computed_spectra())
    kept = (computed_result(molecule) for molecule in molecules if molecule.cas not in EXAMPLES)
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
        made = json.loads((out / MANIFEST).read_text())["made"]["command"]
        texts = {path.name: path.read_text() for path in folder.glob("[!.]*")}  # none yet, or some, where it was killed
        known = {name: examples.get(name, examples.get(f"computed-{name}")) for name in texts}  # as called before
        first = texts.get(drawn := f"{DRAWN}.csv", "")
        if hashlib.sha256(first.encode()).hexdigest() == _FIRST_DRAWING:
            known[drawn] = first
        return made == "irjax demo-data" and known == texts
    except (OSError, ValueError, KeyError, TypeError):
        return False
