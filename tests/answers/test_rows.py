"""What needs no network: files to rows on its grid, of whatever technique."""

import gzip

import numpy as np
import pytest

from irjax.answers.rows import Rows
from irjax.data.molecules import GRID as MATRIX
from irjax.spectra.grid import INFRARED, Grid
from irjax.spectra.spectrum import SpectrumError

ANGLES = Grid(5.0, 6.0, 11, "degrees 2θ")
PATTERN = "\n".join(f"{5 + at / 10:.1f} {at}" for at in range(11)).encode()


@pytest.mark.parametrize("grid", [ANGLES, MATRIX, INFRARED], ids=lambda grid: grid.unit)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        # `mtime`: the parameter is part of the test's name, which must be the same in every worker
        (gzip.compress(PATTERN, mtime=0), r"a\.gz: is compressed; unpack it"),
        (b"%PDF-1.7\n", r"a\.gz: is a PDF"),
        (b"PK\x03\x04" + bytes(40), r"a\.gz: is a zip archive"),
    ],
    ids=["gzip", "pdf", "zip"],
)
def test_a_file_of_another_kind_is_called_by_its_name(grid: Grid, content: bytes, said: str) -> None:
    with pytest.raises(SpectrumError, match=said):
        Rows(grid, None).read(content, "a.gz")


def test_a_pattern_becomes_a_row() -> None:
    np.testing.assert_allclose(Rows(ANGLES, None).read(PATTERN, "a.xy").row, np.arange(11), rtol=1e-6)
