"""Polymers measured by attenuated total reflection: what runs answer, with band depths corrected and left so.

The spectra are those of Primpke et al. (Anal. Bioanal. Chem. 2018, doi:10.1007/s00216-018-1156-x) in the library of
`open_specy.py`; of its names, those of which a piece of the chain is known. Networks have learned next to no polymers.

    python scripts/try_polymers.py pyopenspecy/data pretrained
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from open_specy import library

from irjax.answers.predictor import Predictor, load
from irjax.chemistry.labels import label
from irjax.chemistry.structures import read_structure
from irjax.evaluation.intervals import bootstrap, interval
from irjax.program import exit_status
from irjax.spectra.reading import spectrum_of
from irjax.spectra.spectrum import Spectrum, as_told

UNITS = {
    "CCCCCCCC": ("HDPE", "Polyethylene", "polyethylene", "polyethylene low density", "polyethylene high density",
                 "polyethylene low density linear", "polyethylene wax", "polyethylene foamed"),
    "CCCCC(C)CCC": ("ethylene propylene",),
    "CC(C)CC(C)CC": ("polypropylene", "polypropylene isotactic", "fibre polypropylene"),
    "CC(CC)CC(CC)C": ("poly(1 butene) isotactic",),
    "CC(CC(C)C)CC(CC(C)C)C": ("poly(4 methyl 1 pentene)",),
    "CC(c1ccccc1)CC(c1ccccc1)C": ("polystyrene", "polystyrene expanded"),
    "COC(=O)c1ccc(cc1)C(=O)OCCOC(=O)c1ccc(cc1)C(=O)OC": (
        "poly(ethylene terephthalate)", "polyethylene terephtalate", "polytehylene terephthalate",
        "polytehylene terephthalate amorphous", "polyethylene terephthalate"),
    "COC(=O)c1ccc(cc1)C(=O)OCCCCOC(C)=O": ("poly(butylene terephthalate)", "polybuthylene terephthalate"),
    "COC(=O)C(C)(C)CC": ("poly(methyl methacrylate)", "polymethyl methacrylate"),
    "CCOC(=O)C(C)(C)CC": ("poly(ethyl methacrylate)",),
    "CCCCOC(=O)C(C)(C)CC": ("poly(n butyl methacrylate)", "butyl methacrylate isobutyl methacrolate"),
    "CC(C)COC(=O)C(C)(C)CC": ("poly(isobutyl methacrylate)",),
    "OCCOC(=O)C(C)(C)CC": ("poly(2 hydroxyethyl methacrylate)",),
    "CCCCCC(=O)NCCCCCC(=O)NCCCC": (
        "polyamide 6", "polyamide 66", "polymaide 66", "nylon 6", "nylon 6 6", "nylon 6 9", "nylon 6 12", "nylon 11",
        "nylon 12", "fibre polyamide 6", "fibre polyamide 6 P6.6", "fibre polyamide 6 (not)stretched"),
    "CNC(=O)c1ccc(cc1)C(=O)NCC(C)CC": ("nylon 6 (3)  T",),
    "O=C(Nc1ccccc1)c1ccccc1": ("aramid",),
    "COC(=O)Oc1ccc(cc1)C(C)(C)c1ccc(cc1)OC(=O)OC": ("polycarbonate",),
    "CC(Cl)CC(Cl)CC": ("poly(vinyl chloride)", "polyvinylchloride", "polyethylene chlorinated"),
    "CC(F)(F)CC(F)(F)C": ("poly(vinylidene fluoride)", "fibre polyvinylidene fluoride"),
    "FC(F)(F)C(F)(F)F": ("poly(tetrafluoroethylene)", "polytetrafluoroethylene"),
    "CC(Cl)(Cl)CC(Cl)C": ("vinylidene chloride vinyl chloride",),
    "CC(Cl)(Cl)CC(C#N)C": ("vinylidene chloride acrylonitrile",),
    "CC(Cl)CC(OC(C)=O)C": ("vinyl chloride vinyl acetate",),
    "CC(OC(C)=O)CC": ("poly(vinyl acetate)", "ethylene vinyl acetate"),
    "CCCC(C(=O)OCC)CC": ("ethylene ethyl acrylate",),
    "CC(OC(=O)CCC)CC": ("poly(vinyl stearate)",),
    "CC(O)CCCC(O)C": ("ethylene vinyl alcohol",),
    "COCCOCCOC": ("poly(ethylene oxide)",),
    "COCOCOC": ("polyacetal", "polyoxymethylene"),
    "CCCCCC(=O)OCCC": ("polycaprolactone",),
    "CC(C)C(=O)OC(C)C(=O)OC": ("polylactic acid", "fibre polyactide"),
    "CCCC(=O)OC(C)CC(=O)OC": ("polyhydroxybutyric acid",),
    "CC(c1ccccc1)CC(C#N)C": ("styrene acrylonitrile",),
    "CC(c1ccccc1)CC(C#N)CC=CC": ("acrylonitrile butadiene styrene",),
    "CC(C#N)CC=CC": ("acrylonitrile butadiene", "nitrile rubber"),
    "CC(C=C)CC(C=C)C": ("1 2 polybutadiene",),
    "CC(c1ccccc1)CC=CC": ("styrene butadiene",),
    "CC(c1ccccc1)CC(C)=CC": ("styrene isoprene",),
    "CC(c1ccccc1)CCCC(CC)C": ("styrene ethylene butylene",),
    "CCC(Cl)=CCC": ("polychloroprene",),
    "CC(c1ccccc1)CC(C)(C)C(=O)OCCCC": ("styrene butyl methacrylate",),
    "CC(c1ccccc1)CC(CO)C": ("styrene allyl alcohol",),
    "CC(c1ccccc1)C1C(=O)OC(=O)C1C": ("styrene maleic anhydride",),
    "CC(OC)C1C(=O)OC(=O)C1C": ("methyl vinyl ether maleic anhydride",),
    "CC(OC)C(C(=O)O)C(C(=O)O)C": ("methyl vinyl ether maleic acid",),
    "CC(C(=O)O)CC(C(=O)O)C": ("poly(acrylic acid)",),
    "CCCC(C(=O)O)CC": ("ethylene acrylic acid", "ethylene methacrylic acid"),
    "CC(C(N)=O)CC(C(N)=O)C": ("polyacrylamide",),
    "CC(N1CCCC1=O)CC": ("polyvinylpyrrolidone",),
    "CC(N1CCCC1=O)CC(OC(C)=O)C": ("n vinylpyrrolidone vinyl acetate",),
    "COc1ccc(cc1)C(C)(C)c1ccc(cc1)Oc1ccc(cc1)S(=O)(=O)c1ccccc1": ("polysulfone",),
    "O(c1ccccc1)c1ccc(cc1)S(=O)(=O)c1ccccc1": ("polyphenylsulfone", "poly(p phenylene ether sulphone)"),
    "Cc1cc(Oc2ccccc2)cc(C)c1Oc1ccccc1": ("poly(2 6 dimethyl p phenylene oxide)",),
    "S(c1ccccc1)c1ccccc1": ("poly(phenylene sulfide)",),
    "CC(c1c(Br)cc(Br)cc1Br)CC": ("poly(2 4 6 tribromostyrene)",),
    "O=C(c1ccccc1)c1ccc(Oc2ccccc2)cc1": ("fibre polyetheretherketone",),
    "O=C1c2cc3C(=O)N(c4ccccc4)C(=O)c3cc2C(=O)N1c1ccc(Oc2ccccc2)cc1": ("polyimide",),
    "CC(C)(c1ccc(OCC(O)COc2ccccc2)cc1)c1ccccc1": ("phenoxy resin",),
    "COC1C(CO)OC(C)C(O)C1O": ("cellulose", "methyl cellulose", "hydroxyethyl cellulose", "hydroxypropyl cellulose"),
    "C[Si](C)(C)O[Si](C)(C)O[Si](C)(C)C": ("silicone rubber",),
}  # fmt: skip
"""A piece of the chain by the library's names, its spelling included."""
FEWEST_FOUND = 100
"""Of the spectra by ATR, without which this is another release."""


def polymers(folder: Path) -> tuple[list[str], list[Spectrum]]:
    """The names and spectra of those measured by ATR of which a piece is known."""
    known = {name for names in UNITS.values() for name in names}
    names, spectra = [], []
    for row, x, y in library(
        folder, "ftir", lambda row: row["instrument_mode"] == "ATR" and row["spectrum_identity"] in known
    ):
        names.append(row["spectrum_identity"])
        spectra.append(spectrum_of(x, y, "absorbance"))
    return names, spectra


def judge(name: str, reader: Predictor, names: list[str], spectra: list[Spectrum]) -> None:
    """Asks of all spectra, corrected and as they are, and counts."""
    task: Any = reader.task
    groups = np.array(reader.run.names)
    units = [next(unit for unit, called in UNITS.items() if each in called) for each in names]
    labels = label([read_structure(smiles=unit) for unit in units], task.vocabulary).astype(bool)
    right = {}
    for technique in ("ATR", "transmission"):
        answers = [reader.predict(as_told(each, None, technique)) for each in spectra]
        said = np.array([[group.probability for group in answer] for answer in answers])
        word = np.array([[group.answer for group in answer] for answer in answers])
        called = said >= reader.thresholds
        right[technique] = (called == labels).all(axis=1)
        missed, wrong = (word == "absent") & labels, (word == "present") & ~labels
        print(
            f"{name}, as {technique}: {right[technique].sum()} of {len(labels)} right in full; of {labels.sum()} "
            f"groups {missed.sum()} absent, of {(word == 'present').sum()} answers present {wrong.sum()} wrong; "
            f"{(word == 'uncertain').mean():.1%} uncertain, {(word == 'uncertain')[labels].mean():.1%} of those there"
        )
        for at, group in enumerate(groups):
            if labels[:, at].any() or wrong[:, at].any():
                print(
                    f"  {group}: {labels[:, at].sum()} there, {missed[:, at].sum()} absent, "
                    f"{(word[:, at] == 'present').sum()} present, {wrong[:, at].sum()} wrong"
                )
        for at in np.flatnonzero((missed | wrong).any(axis=1)):
            told = [f"{'no ' * int(labels[at, g])}{groups[g]}" for g in np.flatnonzero(missed[at] | wrong[at])]
            print(f"    {names[at]}: {', '.join(told)}")
    gain = right["ATR"].astype(float) - right["transmission"]
    drawn = bootstrap(np.array(units))
    low, high = interval(drawn @ gain / drawn.sum(axis=1))
    print(f"{name}: right in full, corrected less left so: {gain.mean():+.3f} ({low:+.3f} to {high:+.3f}), by material")


def main() -> None:
    """Find the spectra, ask each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="pyopenspecy/data")
    parser.add_argument("runs", nargs="+", help="of groups; pretrained is the one that ships")
    arguments = parser.parse_args()
    names, spectra = polymers(arguments.folder)
    if len(names) < FEWEST_FOUND:
        parser.error(f"{arguments.folder}: {len(names)} spectra by ATR of polymers that are known here")
    for run in arguments.runs:
        judge(run, load(run), names, spectra)


if __name__ == "__main__":
    sys.exit(exit_status("try_polymers.py", main))
