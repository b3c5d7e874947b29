"""Small JCAMP-DX texts for the tests, and what they hold."""

import numpy as np
import pytest

from irjax.spectra.reading import parse_spectrum
from irjax.spectra.spectrum import Spectrum, SpectrumError

HEADER = {
    "TITLE": "test",
    "JCAMP-DX": "4.24",
    "DATA TYPE": "INFRARED SPECTRUM",
    "XUNITS": "1/CM",
    "YUNITS": "ABSORBANCE",
    "YFACTOR": "0.01",
    "FIRSTX": "400",
    "LASTX": "405",
    "NPOINTS": "6",
}
AFFN = "400 100 110 105\n403 95 -20 0"
X = [400, 401, 402, 403, 404, 405]
A = [1.0, 1.1, 1.05, 0.95, -0.2, 0.0]
"""What HEADER and AFFN hold."""


def jdx(rows: str = AFFN, table: str = "XYDATA=(X++(Y..Y))", **changes: str | None) -> str:
    """HEADER with the changes (underscores for blanks, None to leave a record out), then the table."""
    header = {**HEADER, **{name.replace("_", " "): value for name, value in changes.items()}}
    records = [f"##{name}={value}" for name, value in header.items() if value is not None]
    return "\n".join([*records, f"##{table}", rows, "##END=", ""])


def pairs(rows: str, table: str = "XYPOINTS=(XY..XY)", **changes: str | None) -> str:
    nothing = {"YFACTOR": None, "FIRSTX": None, "LASTX": None}
    return jdx(rows, table, **{**nothing, "NPOINTS": str(len(rows.split("\n"))), **changes})


def read(text: str | bytes, y_units: str | None = None) -> Spectrum:
    return parse_spectrum(text if isinstance(text, bytes) else text.encode(), "test.jdx", y_units)


def check(spectrum: Spectrum, x: list[float] = X, a: list[float] = A) -> None:
    np.testing.assert_allclose(spectrum.wavenumber, x, rtol=1e-12)
    np.testing.assert_allclose(spectrum.absorbance, a, rtol=1e-12, atol=1e-12)


def refusal(text: str | bytes, y_units: str | None = None) -> str:
    with pytest.raises(SpectrumError) as caught:
        read(text, y_units)
    message = str(caught.value)
    assert message.startswith("test.jdx: ")
    return message


def line_of(text: str, row: str) -> int:
    return text.split("\n").index(row) + 1
