"""Whether the noise of measured diffraction patterns is normal or Poisson's: Wang et al. (2020) say that it is neither.

    python scripts/measure_noise.py experimental_patterns.zip

What they call noise is all that lies below a pattern's 401 largest points, its background with it. Counted of it as it
is and of the differences of neighbours, which hold no background: the variance over the mean, 1 of Poisson's, of
patterns whose values are whole counts; and how many pass D'Agostino and Pearson's test at 0.001, the differences in
units of their counting noise.
"""

import argparse
import sys

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.stats import normaltest

from irjax.data.archive import Archive
from irjax.data.diffraction import KEPT
from irjax.errors import InputError
from irjax.program import exit_status
from irjax.spectra.reading import decoded
from irjax.spectra.spectrum import SpectrumError, ascending
from irjax.spectra.table import columns_of

SMOOTHED = 21
"""Points over which the level is a mean."""
PASSED = 0.001


def noise(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All below the largest points, and the differences of neighbours among it, each in units of its counting noise."""
    below = counts < np.sort(counts)[-KEPT]
    level = np.maximum(uniform_filter1d(counts, SMOOTHED), 1e-9)
    beside = below[1:] & below[:-1]
    return counts[below], (np.diff(counts) / np.sqrt(2 * level[1:]))[beside]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", help="a folder or zip of measured patterns")
    archive = Archive(parser.parse_args().patterns)
    spread, tested = [], []
    for name, place in archive.entries():
        try:
            found = columns_of(decoded(archive.read(name, place)))
            counts = ascending(found.x, found.y)[1]
        except SpectrumError as error:
            print(f"left out: {error}")
            continue
        if len(counts) < 3 * KEPT:
            print(f"left out: {name} has {len(counts)} points")
            continue
        both = noise(counts)
        tested.append([normaltest(each).pvalue > PASSED for each in both])
        if np.array_equal(counts, counts.round()):
            spread.append([both[0].var() / both[0].mean(), both[1].var()])
    if not spread:
        raise InputError(f"{archive.path}: no pattern of whole counts, {3 * KEPT} points and more")
    normal = np.array(tested).sum(axis=0)
    print("\n| | normal | whole counts: variance over mean, median | 5 % | 95 % |\n|---|---|---|---|---|")
    for at, what in enumerate(("as it is", "differences of neighbours")):
        low, middle, high = np.quantile(np.array(spread)[:, at], (0.05, 0.5, 0.95))
        print(f"| {what} | {normal[at]} of {len(tested)} | {middle:.2f} ({len(spread)}) | {low:.2f} | {high:.2f} |")


if __name__ == "__main__":
    sys.exit(exit_status("measure_noise.py", main))
