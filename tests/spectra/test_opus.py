"""OPUS files made byte by byte: whole numbers, several spectra, blocks that hold less than they promise."""

import struct

import numpy as np
import pytest

from irjax.spectra.reading import parse_spectrum
from irjax.spectra.spectrum import SpectrumError

ABSORBANCE = np.linspace(0.1, 0.9, 40)
DATA = 4 << 10 | 15
"""The type of a block of absorbance; with bit 4 that of its parameters."""


def parameter(name: str, value: int | float | str) -> bytes:
    if isinstance(value, str):
        raw = value.encode().ljust(8, b"\0")
        return name.encode() + b"\0" + struct.pack("<hh", 2, len(raw) // 2) + raw
    raw = struct.pack("<i" if isinstance(value, int) else "<d", value)
    return name.encode() + b"\0" + struct.pack("<hh", 0 if isinstance(value, int) else 1, len(raw) // 2) + raw


def opus(whole: bool = False, spectra: int = 1, promised: int = 40, data: int = DATA) -> bytes:
    factor = 1e-4 if whole else 1.0
    y = (ABSORBANCE / factor).astype("<i4" if whole else "<f4").tobytes()
    axis = [
        ("NPT", promised),
        ("FXV", 4000.0),
        ("LXV", 400.0),
        ("CSF", factor),
        ("DXU", "WN"),
        ("DPF", 2 if whole else 1),
    ]
    status = b"".join(parameter(name, value) for name, value in axis) + b"END\0" + bytes(4)
    blocks = [(data, y), (data | 1 << 4, status)] * spectra
    start, position = 24, 24 + 12 * len(blocks)
    directory, body = b"", b""
    for kind, content in blocks:
        directory += struct.pack("<iii", kind, len(content) // 4, position + len(body))
        body += content
    return b"\n\n\xfe\xfe" + bytes(8) + struct.pack("<iii", start, 0, len(blocks)) + directory + body + bytes(400)


@pytest.mark.parametrize("whole", [False, True])
def test_ordinates_are_read_as_the_file_says_they_are_written(whole: bool) -> None:
    found = parse_spectrum(opus(whole), "a.0")
    np.testing.assert_allclose(found.absorbance[::-1], ABSORBANCE, atol=2e-4)
    assert found.warnings == ()


def test_a_second_spectrum_is_said() -> None:
    [warning] = parse_spectrum(opus(spectra=2), "a.0").warnings
    assert "2 spectra; the first was read" in warning


def test_a_block_that_holds_fewer_points_than_promised_is_refused() -> None:
    with pytest.raises(SpectrumError, match="promises 80 points and holds fewer"):
        parse_spectrum(opus(promised=80), "a.0")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (12, "without absorbance or transmittance; it holds reflectance"),
        (10, "it holds Raman scattering"),
        (2, "it holds an interferogram"),
        (99, "it holds nothing that is known"),
    ],
)
@pytest.mark.parametrize("y_units", [None, "absorbance"])
def test_what_else_a_file_holds_is_called_by_its_name(code: int, said: str, y_units: str | None) -> None:
    with pytest.raises(SpectrumError, match=said):
        parse_spectrum(opus(data=code << 10 | 15), "a.0", y_units)
