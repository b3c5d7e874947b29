"""The intervals hold the truth about as often as they say; `scripts/coverage.py` counts over more draws."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from coverage import FIGURES, Truth, coverage, truth


@pytest.fixture(scope="module")
def wanted() -> Truth:
    return truth()


@pytest.mark.parametrize(("spectra", "draws"), [(500, 600), (2500, 120)])
def test_intervals_cover_what_they_promise(spectra: int, draws: int, wanted: Truth) -> None:
    ours, percentiles, _ = coverage(spectra, draws, 200, wanted)
    assert (np.abs(ours - 0.95) <= 0.02).all(), dict(zip(FIGURES, ours, strict=True))
    assert percentiles[-1] < 0.93 - 0.1 * (spectra == 500)  # of average precision, which they are to mend


def test_intervals_of_few_spectra_do_too(wanted: Truth) -> None:
    ours, percentiles, _ = coverage(10, 400, 200, wanted)
    assert (np.abs(ours[:3] - 0.95) <= 0.035).all(), dict(zip(FIGURES, ours, strict=True))
    assert percentiles[1] < 0.91
