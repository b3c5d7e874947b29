"""SPC files: both layouts, exponents, several spectra, abscissae of their own; and a second reader where it reads."""

import struct
from pathlib import Path

import numpy as np
import pytest
import spc_io

from irjax.spectra.reading import parse_spectrum, read_spectrum
from irjax.spectra.spc import read_spc
from irjax.spectra.spectrum import SpectrumError

ABSORBANCE = np.linspace(0.1, 0.9, 50)


def new_layout(
    exponent: int, own_exponent: int, flags: int = 0, x_code: int = 1, spectra: int = 1, count: int = 50
) -> bytes:
    """An SPC file of version 0x4B, its ordinates 32-bit whole numbers by the exponent that counts."""
    header = bytearray(512)
    struct.pack_into("<BBBb", header, 0, flags, 0x4B, 0, exponent)
    struct.pack_into("<IddI", header, 4, count, 4000.0, 400.0, spectra)
    header[28:30] = bytes((x_code, 2))
    scale = own_exponent if flags & 4 else exponent
    whole = np.round(ABSORBANCE[:count] * 2.0 ** (32 - scale)).astype("<i4").tobytes()
    own = struct.pack("<BbHfffIIf4x", 0, own_exponent, 0, 0, 0, 0, count, 1, 0)
    return bytes(header) + (own + whole) * spectra


def old_layout(exponent: int, flags: int = 0, spectra: int = 1) -> bytes:
    """One of version 0x4D, its whole numbers high word first."""
    header = bytearray(256)
    struct.pack_into("<BBhfff", header, 0, flags, 0x4D, exponent, 50.0, 4000.0, 400.0)
    header[16:18] = bytes((1, 2))
    whole = np.round(ABSORBANCE * 2.0 ** (32 - exponent)).astype(np.int64).astype("<u4")
    words = np.stack([whole >> 16, whole & 0xFFFF], axis=1).astype("<u2").tobytes()
    return bytes(header) + words + (bytes(32) + words) * (spectra - 1)


@pytest.mark.parametrize(("own", "flags"), [(1, 0), (7, 0), (-128, 0), (3, 4)])
def test_the_exponent_of_a_spectrum_counts_in_files_of_several_alone(own: int, flags: int) -> None:
    found = parse_spectrum(new_layout(1, own, flags), "a.spc")
    np.testing.assert_allclose(found.absorbance[::-1], ABSORBANCE, atol=1e-6)


def test_several_spectra_are_said() -> None:
    assert read_spc(new_layout(1, 1, flags=4, spectra=3)).spectra == 3
    [warning] = parse_spectrum(new_layout(1, 1, flags=4, spectra=3), "a.spc").warnings
    assert "3 spectra; the first" in warning
    assert parse_spectrum(new_layout(1, 1), "a.spc").warnings == ()


def test_per_cent_of_what_a_person_must_tell() -> None:
    content = bytearray(new_layout(1, 1))
    content[29] = 11
    with pytest.raises(SpectrumError, match=r"its ordinate is percent.*--y-units tells which"):
        parse_spectrum(bytes(content), "a.spc")
    found = parse_spectrum(bytes(content), "a.spc", y_units="percent")
    np.testing.assert_allclose(found.transmittance[::-1], ABSORBANCE / 100, atol=1e-6)


def test_zeros_that_fill_a_block_are_no_points() -> None:
    content = new_layout(1, 1)
    np.testing.assert_array_equal(read_spc(content + bytes(128)).y, read_spc(content).y)
    logged = bytearray(content + bytes(64) + b"log")
    struct.pack_into("<I", logged, 248, len(content) + 64)
    np.testing.assert_array_equal(read_spc(bytes(logged)).y, read_spc(content).y)
    for altered in (content + b"\x01" * 128, new_layout(1, 1, count=40) + content[-40:]):
        with pytest.raises(SpectrumError, match="holds others"):
            read_spc(altered)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (b"Raman Shift\0Intensity\0", "Raman"),
        (b"Wavelength (nm)\0Reflectance\0", "nm"),
        (b"cm-1\0Reflectance\0", "refl"),
    ],
)
def test_axes_that_a_file_names_itself_are_not_read_by_its_codes(labels: bytes, said: str) -> None:
    content = bytearray(new_layout(1, 1, flags=32))
    content[218 : 218 + len(labels)] = labels
    with pytest.raises(SpectrumError, match=said):
        parse_spectrum(bytes(content), "a.spc")
    content[218:248] = b"Wavenumber (cm-1)\0Absorbance\0\0"
    np.testing.assert_allclose(parse_spectrum(bytes(content), "a.spc").absorbance[::-1], ABSORBANCE, atol=1e-6)


@pytest.mark.parametrize("labels", [b"Wellenzahl\0Absorption", b"Wavelength\0Absorbance", b"X\0Y", b"cm-1\0Signal"])
def test_names_of_axes_that_are_no_units_leave_the_codes(labels: bytes) -> None:
    content = bytearray(new_layout(1, 1, flags=32))
    content[218:248] = labels.ljust(30, b"\0")
    np.testing.assert_allclose(parse_spectrum(bytes(content), "a.spc").absorbance[::-1], ABSORBANCE, atol=1e-6)


@pytest.mark.parametrize("spectra", [1, 3])
def test_the_old_layout_is_read(spectra: int) -> None:
    found = parse_spectrum(old_layout(2, 4 * (spectra > 1), spectra), "a.spc")
    np.testing.assert_allclose(found.absorbance[::-1], ABSORBANCE, atol=1e-6)
    assert (f"{spectra} spectra" in " ".join(found.warnings)) == (spectra > 1)


@pytest.mark.parametrize("cut", [30, 300, 400])
def test_old_files_that_break_off_are_refused(cut: int) -> None:
    with pytest.raises(SpectrumError):
        parse_spectrum(old_layout(2)[:cut], "a.spc")


def test_what_is_no_infrared_spectrum_is_refused_for_what_it_is() -> None:
    with pytest.raises(SpectrumError, match="Raman shift"):
        parse_spectrum(new_layout(1, 1, x_code=13), "a.spc")
    with pytest.raises(SpectrumError, match="m/z"):
        parse_spectrum(new_layout(1, 1, x_code=9), "a.spc")


def test_abscissae_of_its_own_are_those_of_the_first_spectrum() -> None:
    """Flag 0x40: the header's count is no count but where the list of spectra lies."""
    header = bytearray(new_layout(1, 1, flags=0xC4, spectra=2)[:512])
    header[4:8] = struct.pack("<I", 5_000)
    x = np.array([4000.0, 3000.0, 2500.0, 500.0], "<f4")
    whole = np.round(ABSORBANCE[:4] * 2.0**31).astype("<i4").tobytes()
    own = struct.pack("<BbHfffIIf4x", 0, 1, 0, 0, 0, 0, 4, 1, 0) + x.tobytes() + whole
    found = parse_spectrum(bytes(header) + own * 2, "a.spc")
    np.testing.assert_array_equal(found.wavenumber, x[::-1])
    np.testing.assert_allclose(found.absorbance[::-1], ABSORBANCE[:4], atol=1e-6)
    assert "2 spectra; the first" in " ".join(found.warnings)


def require_as_a_second_reader(path: Path) -> None:
    """The first spectrum of a file is what spc-io reads of it."""
    with path.open("rb") as file:
        theirs = spc_io.SPC.from_bytes_io(file)[0]
        x, y = np.array(theirs.xarray), np.array(theirs.yarray)
    ours = read_spc(path.read_bytes())
    np.testing.assert_allclose(ours.x, x, rtol=1e-6)
    np.testing.assert_allclose(ours.y, y, rtol=1e-6)


def test_files_in_circulation(source: Path) -> None:
    folder = source / "data" / "spc"
    ordz = read_spectrum(folder / "m_ordz.spc")
    assert ordz.wavenumber[0] == pytest.approx(698.229736)
    assert ordz.absorbance[0] == pytest.approx(0.0221937, abs=1e-7)
    assert "10 spectra" in " ".join(ordz.warnings)
    raman = read_spc((folder / "DOERNER.spc").read_bytes())
    assert (len(raman.x), raman.x[0], raman.x[-1], raman.y[0], raman.y[-1]) == (1602, 100, 1800, 0, 0)
    require_as_a_second_reader(folder / "m_xyxy.spc")
    for name, what in (("DOERNER.spc", "Raman"), ("m_xyxy.spc", "m/z")):
        with pytest.raises(SpectrumError, match=what):
            read_spectrum(folder / name)


def test_absorbance_is_that_of_a_second_reader(instrument_files: Path) -> None:
    files = sorted((instrument_files / "spc").iterdir())
    assert len(files) >= 7
    for path in files:
        require_as_a_second_reader(path)


def test_wavelengths_of_the_mid_infrared_in_nanometres_are_read() -> None:
    content = bytearray(new_layout(1, 1, flags=32))
    content[8:24] = struct.pack("<dd", 2500.0, 25_000.0)
    content[218:248] = b"Wavelength (nm)\0Absorbance".ljust(30, b"\0")
    spectrum = parse_spectrum(bytes(content), "a.spc")
    assert (spectrum.wavenumber[0], spectrum.wavenumber[-1]) == pytest.approx((400, 4000))


def test_arbitrary_ordinates_from_below_the_infrared_are_doubted() -> None:
    content = bytearray(new_layout(1, 1))
    content[28:30] = bytes([1, 0])
    content[8:24] = struct.pack("<dd", 100.0, 3200.0)
    spectrum = parse_spectrum(bytes(content), "a.spc")
    assert any("as Raman spectra do" in warning for warning in spectrum.warnings)


@pytest.mark.parametrize(("code", "name"), [(4, "counts"), (12, "intensity")])
def test_an_ordinate_that_is_no_absorption_is_refused(code: int, name: str) -> None:
    content = bytearray(new_layout(1, 1))
    content[29] = code
    with pytest.raises(SpectrumError, match=name):
        parse_spectrum(bytes(content), "a.spc")


@pytest.mark.parametrize("said", [b"ACC = ATR diamond\r\n", b"MODEL = Spectrum Two\r\n"])
def test_the_log_says_how_it_was_measured(said: bytes) -> None:
    content = bytearray(new_layout(1, 1))
    struct.pack_into("<I", content, 248, len(content))
    content += struct.pack("<III52x", 64 + len(said), 4096, 64) + said
    assert parse_spectrum(bytes(content), "a.spc").technique == ("ATR" if b"ATR" in said else "transmission")
    struct.pack_into("<I", content, len(content) - len(said) - 56, 2**31)  # a text that lies outside the file
    assert parse_spectrum(bytes(content), "a.spc").technique == "transmission"
