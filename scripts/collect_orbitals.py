"""Reckons the molecules that ship with their orbital energies: the first 2,000 of QM9 that seed 0 draws.

pip install irjax[photoemission] qm9pack
python scripts/collect_orbitals.py irjax/assets/qm9_orbitals.npz --cache data/qm9-orbitals.jsonl

Takes half a minute on 2 cores. The geometries: R. Ramakrishnan, P. O. Dral, M. Rupp, O. A. von Lilienfeld, Quantum
chemistry structures and properties of 134 kilo molecules, Sci. Data 1 (2014) 140022, doi:10.1038/sdata.2014.22, by way
of the package qm9pack (R. Ramakrishnan, MIT licence).
"""

import argparse
import sys
from pathlib import Path

from rich.progress import Progress

from irjax.data.photoemission import drawn_emitters, write_bundle
from irjax.program import exit_status

MOLECULES, SEED = 2000, 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    arguments = parser.parse_args()
    with Progress() as bar:
        task = bar.add_task("reckoning energies", total=None)
        found = drawn_emitters(
            MOLECULES,
            SEED,
            arguments.cache,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    write_bundle(arguments.out, found)
    left_out = [each for each in found if each.energies is None]
    print(f"{arguments.out}: {MOLECULES:,} molecules; {len(left_out)} left out")
    for each in left_out:
        print(f"  {each.molecule.name}: {each.reason}")


if __name__ == "__main__":
    sys.exit(exit_status("collect_orbitals.py", main))
