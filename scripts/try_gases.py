"""Spectra of common gases that come with the Python package `jcamp`: what runs answer.

Many are NIST's quantitative standards, at a resolution that the collection lacks; eight are the collection's own. Known
groups are those of the structures below; what has no carbon has none. Of each run, over all files and over molecules
that it never met: spectra right in full at the thresholds of highest F1, groups missed and too many, and binary
cross-entropy.

    pip download jcamp==1.3.2 --no-deps --no-binary :all: && tar xzf jcamp-1.3.2.tar.gz
    python scripts/try_gases.py jcamp-1.3.2/data/infrared_spectra pretrained
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from rdkit import Chem

from irjax.answers.predictor import Predictor, load
from irjax.chemistry.labels import label
from irjax.chemistry.structures import read_structure
from irjax.evaluation.metrics import cross_entropy
from irjax.program import exit_status
from irjax.spectra.reading import read_spectrum

STRUCTURES = {
    "1,1,1-trichloroethane": "CC(Cl)(Cl)Cl", "1,1-dichloroethene": "C=C(Cl)Cl", "1,2-dichloroethane": "ClCCCl",
    "1,2-dimethylbenzene": "Cc1ccccc1C", "1,3-butadiene": "C=CC=C", "1,3-dimethylbenzene": "Cc1cccc(C)c1",
    "1,4-dimethylbenzene": "Cc1ccc(C)cc1", "1-butanol": "CCCCO", "1-butene": "C=CCC", "2-butanone": "CCC(C)=O",
    "acetone": "CC(C)=O", "acetonitrile": "CC#N", "acrylonitrile": "C=CC#N", "ammonia": "N", "benzene": "c1ccccc1",
    "butadiene": "C=CC=C", "butane": "CCCC", "carbon dioxide": "O=C=O", "carbon monoxide": "[C-]#[O+]",
    "carbon tetrafluoride": "FC(F)(F)F", "chlorobenzene": "Clc1ccccc1", "chloroform": "ClC(Cl)Cl",
    "cis-butene": "C/C=C\\C", "dichlorodifluoromethane": "FC(F)(Cl)Cl", "dichloromethane": "ClCCl", "ethane": "CC",
    "ethanol": "CCO", "ethanol2": "CCO", "ethyl acetate": "CCOC(C)=O", "ethyl acrylate": "C=CC(=O)OCC",
    "ethyl benzene": "CCc1ccccc1", "ethyl tert-butyl ether": "CCOC(C)(C)C", "ethylene": "C=C",
    "ethylene oxide": "C1CO1", "hexafluoroethane": "FC(F)(F)C(F)(F)F", "hydrogen sulfide": "S",
    "iso-butane": "CC(C)C", "iso-butylene": "C=C(C)C", "iso-pentane": "CCC(C)C", "isopropanol_ASDF": "CC(C)O",
    "isopropyl alcohol": "CC(C)O", "m-xylene": "Cc1cccc(C)c1", "methane": "C", "methanol": "CO",
    "methyl bromide": "CBr", "methyl tert-butyl ether": "COC(C)(C)C", "methyl_iodide": "CI", "n-butane": "CCCC",
    "n-heptane": "CCCCCCC", "n-pentane": "CCCCC", "neo-pentane": "CC(C)(C)C", "ozone": "[O-][O+]=O",
    "p-xylene": "Cc1ccc(C)cc1", "penta fluoroethane": "FC(F)C(F)(F)F", "propane": "CCC", "propylene": "C=CC",
    "propylene oxide": "CC1CO1", "sulfur dioxide": "O=S=O", "sulphur hexafluoride": "FS(F)(F)(F)(F)F",
    "tetrachloroethene": "ClC(Cl)=C(Cl)Cl", "toluene": "Cc1ccccc1", "trans-butene": "C/C=C/C",
    "vinyl acetate": "C=COC(C)=O", "vinyl chloride": "C=CCl", "water": "O",
}  # fmt: skip
FEWEST_FOUND = 60
"""Of the files above, without which this is another release."""


def line(said: np.ndarray, called: np.ndarray, labels: np.ndarray) -> str:
    """What is counted of some spectra, probabilities and 0/1 [n, groups] each."""
    right = int((called == labels).all(axis=1).sum())
    loss = cross_entropy(labels.astype(np.uint8), np.clip(said, 1e-7, 1 - 1e-7)).mean()
    missed, many = int((labels & ~called).sum()), int((called & ~labels).sum())
    return f"{right} of {len(labels)} right in full; {missed} missed, {many} too many; cross-entropy {loss:.4f}"


def judge(name: str, reader: Predictor, files: dict[str, Path]) -> None:
    """Reads, asks, counts, and names what went wrong."""
    task: Any = reader.task
    groups = reader.run.names
    structures = [read_structure(smiles=STRUCTURES[each]) for each in files]
    labels = label(structures, task.vocabulary).astype(bool)
    said = reader.probabilities(np.stack([reader.row(read_spectrum(path))[0] for path in files.values()]))
    called = said >= reader.thresholds
    met = reader.run.split.trained_skeletons(reader.run.config.split.validation_fold)
    keys = [Chem.MolToInchiKey(structure.molecule).split("-")[0] for structure in structures]
    new = np.array([key not in met for key in keys])
    print(f"{name}, all: {line(said, called, labels)}")
    print(f"{name}, never met: {line(said[new], called[new], labels[new])}")
    for at in np.flatnonzero((called != labels).any(axis=1)):
        wrong = [
            f"{'no ' * int(labels[at, g])}{groups[g]} ({said[at, g]:.2f})"
            for g in np.flatnonzero(called[at] != labels[at])
        ]
        print(f"  {list(files)[at]}{', new' * int(new[at])}: {', '.join(wrong)}")


def main() -> None:
    """Find the files, ask each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("runs", nargs="+", help="of groups; pretrained is the one that ships")
    arguments = parser.parse_args()
    files = {name: path for name in STRUCTURES if (path := arguments.folder / f"{name}.jdx").is_file()}
    if len(files) < FEWEST_FOUND:
        parser.error(
            f"{arguments.folder}: holds {len(files)} of {len(STRUCTURES)} files; data/infrared_spectra of jcamp"
        )
    for run in arguments.runs:
        judge(run, load(run), files)


if __name__ == "__main__":
    sys.exit(exit_status("try_gases.py", main))
