"""The libraries of Open Specy (doi:10.1021/acs.analchem.1c00123), as the Python package `pyopenspecy` holds them.

    pip download pyopenspecy==0.0.1 --no-deps && unzip pyopenspecy-0.0.1-py3-none-any.whl

Its intensities were scaled to lie from 0 to 1.
"""

import csv
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

Row = dict[str, str]
_FEWEST = 100
"""Points of a spectrum; some of the library have lost theirs."""


def library(folder: Path, kind: str, wanted: Callable[[Row], bool]) -> Iterator[tuple[Row, np.ndarray, np.ndarray]]:
    """What is said of each spectrum that is wanted, and its wavenumbers and intensities, which lie from 0 to 1.

    Args:
        folder: pyopenspecy/data.
        kind: ftir, whose intensities are absorbance, or raman.
    """
    with open(folder / f"{kind}_metadata.csv", encoding="utf-8", errors="replace") as table:
        known = {row["sample_name"]: row for row in csv.DictReader(table) if wanted(row)}
    with open(folder / f"{kind}_library.csv", encoding="utf-8") as table:
        rows = csv.reader(table)
        heads = next(rows)
        wavenumber, intensity, sample = map(heads.index, ("wavenumber", "intensity", "sample_name"))
        points = {name: array("d") for name in known}
        for row in rows:
            if row[sample] in points:
                points[row[sample]].extend((float(row[wavenumber]), float(row[intensity])))
    for name, found in points.items():
        x, y = np.array(found).reshape(-1, 2).T
        if x.size >= _FEWEST:
            yield known[name], x, y
