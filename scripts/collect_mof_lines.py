"""Reckons the lines of the library that ships: 1,012 metal-organic frameworks of CoRE MOF 2019, drawn with seed 0.

pip install irjax[xrd] core-mof
python scripts/collect_mof_lines.py irjax/assets/mof_lines.npz --cache data/mof-lines.jsonl

Takes about half an hour on 2 cores, and goes on where it was stopped. The structures: Y. G. Chung et al., Advances,
Updates, and Analytics for the Computation-Ready, Experimental Metal-Organic Framework Database: CoRE MOF 2019,
J. Chem. Eng. Data 64 (2019) 5985, doi:10.1021/acs.jced.9b00835, licence CC BY 4.0.
"""

import argparse
import sys
from pathlib import Path

from rich.progress import Progress

from irjax.data.crystals import PACKAGE
from irjax.data.library import MATERIALS, drawn_library, write_lines
from irjax.program import exit_status


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    arguments = parser.parse_args()
    with Progress() as bar:
        task = bar.add_task("reckoning lines", total=None)
        library = drawn_library(
            PACKAGE,
            MATERIALS[-1],
            0,
            arguments.cache,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    write_lines(arguments.out, library.materials)
    left_out = [row for row in library.curation if row["outcome"] != "kept"]
    print(f"{arguments.out}: {len(library.materials):,} materials; {len(left_out)} structures left out")
    for row in left_out:
        print(f"  {row['id']}: {row['reason']}")


if __name__ == "__main__":
    sys.exit(exit_status("collect_mof_lines.py", main))
