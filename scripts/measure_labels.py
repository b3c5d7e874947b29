"""Measure the functional-group labels on NIST compounds that have both an InChI and the structure as drawn.

Prints the figures of `docs/labels.md` as Markdown tables, in some 40 seconds on one core: what each group's pattern
matches, as published and as corrected; the nine groups of Table S3; how far labels from the InChI agree with those of
the drawn structure, without and with each repair rule; and every compound on which they still differ.

    python scripts/measure_labels.py data/nist/nist_compounds.csv data/nist/nist_drawn_smiles.csv
"""

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from rdkit import Chem

from irjax.chemistry.groups import EXCLUDED_GROUPS, GROUPS, REPAIR_RULES, vocabulary
from irjax.chemistry.structures import Structure, StructureError, read_structure, repair_mobile_hydrogens
from irjax.program import exit_status

RULES = {
    "none (as published)": (),
    "imidic acids and their sulfur analogues": REPAIR_RULES[:1],
    "exocyclic imines": REPAIR_RULES[1:4],
    "lactams": REPAIR_RULES[4:],
    "all": REPAIR_RULES,
}

CHARGE_SEPARATED = {
    "Azide": "[$(*[NX2]=[NX2+]=[NX1-]),$(*[NX2-][NX2+]#[NX1])]",
    "Nitrate": "[OX2][NX3+](=[OX1])[OX1-]",
}
"""The groups of Table S3 that RDKit writes otherwise than the printed pattern does, in RDKit's form."""


def read_compounds(inchi_csv: Path, drawn_csv: Path) -> dict[str, tuple[Structure, Structure]]:
    """The structures from drawing and InChI of each compound, by NIST number, where both can be read."""
    with inchi_csv.open(encoding="utf-8", newline="") as file:
        inchi = {row["ID"]: row["inchi"] for row in csv.DictReader(file)}
    compounds = {}
    with drawn_csv.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                compounds[row["ID"]] = read_structure(smiles=row["smiles"]), read_structure(inchi=inchi[row["ID"]])
            except StructureError as error:
                print(f"Left out: {row['ID']} `{row['smiles']}`: {error}.\n")
    return compounds


def labels(molecules: Iterable[Chem.Mol], patterns: Iterable[str]) -> np.ndarray:
    """Whether each molecule carries each pattern, bool [molecules, patterns]."""
    compiled = [Chem.MolFromSmarts(pattern) for pattern in patterns]
    return np.array([[molecule.HasSubstructMatch(pattern) for pattern in compiled] for molecule in molecules], bool)


def repaired(molecules: Iterable[Chem.Mol], rules: tuple[str, ...]) -> list[Chem.Mol]:
    """The molecules after the given repair rules only."""
    return [repair_mobile_hydrogens(molecule, rules) for molecule in molecules]


def code(pattern: str | None) -> str:
    """A table cell for a pattern, empty where there is none."""
    return f"`{pattern}`" if pattern else ""


def table(title: str, header: str, rows: Iterable[Sequence[object]]) -> None:
    """Print one Markdown table; `header` holds its column names, parted by commas."""
    columns = header.split(", ")
    print(f"## {title}\n")
    for row in (columns, ["---"] * len(columns), *rows):
        print(f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in row)} |")
    print()


def main() -> None:
    """Read both files and print the four tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inchi_csv", type=Path, help="columns ID, inchi")
    parser.add_argument("drawn_csv", type=Path, help="columns ID, smiles")
    arguments = parser.parse_args()
    compounds = read_compounds(arguments.inchi_csv, arguments.drawn_csv)
    print(f"{len(compounds)} compounds with both structures.\n")

    published, ours = vocabulary("jung2023"), vocabulary("irjax37")
    drawn = [structure.molecule for structure, _ in compounds.values()]
    literal = [structure.literal for _, structure in compounds.values()]
    by_rules = {name: repaired(literal, rules) for name, rules in RULES.items()}
    drawn_published, drawn_ours = labels(drawn, published.patterns), labels(drawn, ours.patterns)
    literal_published = labels(literal, published.patterns)
    repaired_ours = labels(by_rules["all"], ours.patterns)

    rows = []
    for at, group in enumerate(GROUPS):
        lost = (drawn_published & ~drawn_ours)[:, at].sum()
        gained = (drawn_ours & ~drawn_published)[:, at].sum()
        patterns = [code(pattern) for pattern in (group.published, group.ran, group.corrected)]
        counts = [array[:, at].sum() for array in (literal_published, drawn_published, drawn_ours, repaired_ours)]
        rows.append([group.name, *patterns, *counts, lost, gained, lost + gained])
    columns = "published pipeline (literal InChI), published pattern (drawn), ours (drawn), ours (repaired InChI)"
    table("Groups", f"group, printed, run where different, ours, {columns}, lost, gained, changed", rows)
    for group in (group for group in GROUPS if group.ran):
        matched = labels(drawn, [group.published]).sum()
        print(f"{group.name} as printed, `{group.published}`: {matched} drawn structures.\n")

    rows = []
    for group in EXCLUDED_GROUPS:
        other = CHARGE_SEPARATED.get(group.name)
        counts = [labels(drawn, [pattern]).sum() if pattern else "" for pattern in (group.published, other)]
        rows.append([group.name, code(group.published), group.count, counts[0], code(other), counts[1]])
    table("Groups of Table S3", "group, printed, spectra in the paper, drawn, RDKit's form, drawn in that form", rows)

    rows = []
    for name, molecules in by_rules.items():
        row = [name]
        for truth, patterns in ((drawn_published, published.patterns), (drawn_ours, ours.patterns)):
            wrong = (labels(molecules, patterns) != truth).any(axis=1).sum()
            row += [wrong, f"{100 * (1 - wrong / len(compounds)):.2f} %"]
        rows.append(row)
    columns = "jung2023 vectors that differ, jung2023 agree, irjax37 vectors that differ, irjax37 agree"
    table("Label vectors from the InChI against those of the drawing", f"repair rules, {columns}", rows)

    rows = []
    for (number, (structure, _)), truth, found in zip(compounds.items(), drawn_ours, repaired_ours, strict=True):
        if (truth != found).any():
            only = [", ".join(np.array(ours.names)[mask]) for mask in (truth & ~found, found & ~truth)]
            rows.append([number, code(structure.smiles), *only])
    table(f"Residue: {len(rows)} compounds", "NIST, drawn, only in the drawing, only in the repaired InChI", rows)


if __name__ == "__main__":
    sys.exit(exit_status("measure_labels.py", main))
