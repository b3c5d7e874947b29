"""The intervals hold the truth about as often as they say; `scripts/coverage.py` counts over more draws."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from coverage import FIGURES, coverage, truth

DRAWS = 120


def test_intervals_cover_what_they_promise() -> None:
    wanted = truth()
    ours, percentiles, _ = coverage(500, DRAWS, 200, wanted)
    allowed = 2.6 * np.sqrt(0.95 * 0.05 / DRAWS)  # one in a hundred draws of DRAWS lies further off
    assert (ours >= 0.95 - allowed).all(), dict(zip(FIGURES, ours, strict=True))
    assert percentiles[FIGURES.index("average precision")] < 0.75  # what they are here to mend
