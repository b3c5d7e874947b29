"""What `irjax label` does: finds the functional groups of the structures in a table."""

import argparse
import csv
import sys

from irjax.chemistry.groups import vocabulary
from irjax.chemistry.labels import label
from irjax.chemistry.structures import StructureError, read_structure
from irjax.commands.output import output, say
from irjax.data.compounds import read_compounds
from irjax.errors import UsageError, printable


def run(arguments: argparse.Namespace) -> int:
    names = vocabulary(arguments.vocabulary).names
    failed = 0
    compounds = read_compounds(arguments.csv)
    if arguments.structure and not any(getattr(compound, arguments.structure) for compound in compounds):
        raise UsageError(f"{arguments.csv}: no row has an entry in the column {arguments.structure}")
    as_drawn = arguments.structure == "smiles"
    with output(arguments.out, arguments.csv) as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["id", *names])
        for compound in compounds:
            inchi = "" if arguments.structure == "smiles" else compound.inchi
            smiles = "" if arguments.structure == "inchi" else compound.smiles
            try:
                cells = label([read_structure(inchi, smiles)], arguments.vocabulary, as_drawn)[0].tolist()
            except StructureError as error:
                failed += 1
                print(printable(f"{arguments.csv}, line {compound.line}, {compound.id}: {error}"), file=sys.stderr)
                cells = [""] * len(names)
            table.writerow([compound.id, *cells])
    if arguments.out != "-":
        say(f"{arguments.out}: {len(compounds) - failed:,} labelled, {failed:,} could not be read")
    return 1 if failed == len(compounds) else 0
