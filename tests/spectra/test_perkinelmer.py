"""SP files of PerkinElmer, made up block by block as their instruments write them."""

import struct
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from irjax.spectra.reading import parse_spectrum
from irjax.spectra.spectrum import SpectrumError

ABSORBANCE = np.linspace(0.1, 0.9, 37)
WAVENUMBERS = np.linspace(4000, 400, 37)


def block(number: int, content: bytes) -> bytes:
    return struct.pack("<Hi", number, len(content)) + content


def words(number: int, said: str, encoding: str = "utf-8") -> bytes:
    raw = said.encode(encoding)
    return block(number, struct.pack("<HH", 0x7523, len(raw)) + raw)


def sp(
    y: np.ndarray = ABSORBANCE,
    ends: tuple[float, float] = (4000.0, 400.0),
    step: float = -100.0,
    label: str = "A",
    abscissa: str = "cm-1",
    accessory: str = "",
    dataset: int = 120,
    name: str = "acetone, film",
    encoding: str = "utf-8",
) -> bytes:
    """A file of one spectrum, with a history in which the numbers of its own blocks come again."""
    history = block(121, words(0x8B72, "Spectrum Two") + words(0x8B77, accessory) + words(0x8B78, "MIR"))
    values = y.astype("<f8").tobytes()
    parts = [
        block(0x8B7F, history),
        block(0x8B72, struct.pack("<Hdd", 0x751D, *ends)),
        block(0x8B74, struct.pack("<Hd", 0x751B, step)),
        words(0x8B77, abscissa),
        words(0x8B78, label),
        words(0x8B81, name, encoding),
        block(0x8B7C, struct.pack("<Hi", 0x7516, len(values)) + values),
    ]
    return b"PEPE2D constant interval DataSet file".ljust(44, b"\0") + block(dataset, b"".join(parts))


@pytest.mark.parametrize(
    "content",
    [sp(), sp(10**-ABSORBANCE * 100, label="%T"), sp(ABSORBANCE[::-1], step=100.0), sp(ends=(400.0, 4000.0))],
    ids=["absorbance", "per cent", "rising", "ends the other way"],
)
def test_the_spectrum_is_read_with_its_name(content: bytes) -> None:
    found = parse_spectrum(content, "a.sp")
    np.testing.assert_allclose(found.absorbance[::-1], ABSORBANCE, atol=1e-12)
    np.testing.assert_allclose(found.wavenumber, np.linspace(400, 4000, 37))
    assert (found.title, found.phase, found.technique) == ("acetone, film", "film", "transmission")
    assert found.warnings == ()


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_names_are_read_in_either_encoding(encoding: str) -> None:
    found = parse_spectrum(sp(name="Benzoesäure, Lösung", encoding=encoding), "a.sp")
    assert (found.title, found.phase) == ("Benzoesäure, Lösung", "solution")


def test_a_text_that_begins_alike_is_none() -> None:
    rows = "\n".join(f"{x} {y}" for x, y in zip(WAVENUMBERS, ABSORBANCE, strict=True))
    assert parse_spectrum(f"PEPEROMIA oil\ncm-1 absorbance\n{rows}".encode(), "a.txt").wavenumber.size == 37


def test_the_accessory_says_how_it_was_measured() -> None:
    assert parse_spectrum(sp(accessory="UATR Two"), "a.sp").technique == "ATR"
    assert parse_spectrum(sp(accessory="No ATR"), "a.sp").technique == "transmission"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (sp(label="EGY"), "its ordinate is a single beam"),
        (sp(label="%R"), "its ordinate is reflectance"),
        (sp(abscissa="nm"), "its abscissa is nm"),
        (sp(label=""), r"its ordinate is not named; .* \(--y-units tells which\)"),
        (sp(step=-90.0), "37 points, but 4000 to 400 in steps of -90 promise others"),
        (sp(y=ABSORBANCE[:1]), "1 points, but"),
        (sp()[:-8], "no axis or no ordinates; it is cut or altered"),
        (sp()[:46], "breaks off or points outside itself"),
        (sp(dataset=119), "without a spectrum at even steps"),
        (sp().replace(struct.pack("<HiH", 0x8B74, 10, 0x751B), struct.pack("<HiH", 0x8B74, 10, 0x751C)), "layout"),
        (sp().replace(struct.pack("<Hi", 0x8B7C, 302), struct.pack("<Hi", 0x8B70, 302)), "no axis or no ordinates"),
        (sp().replace(struct.pack("<Hi", 0x7516, 296), struct.pack("<Hi", 0x7516, 4096)), "cut or altered"),
        (sp().replace(struct.pack("<Hi", 0x8B72, 18), struct.pack("<Hi", 0x8B72, -18)), "no axis or no ordinates"),
        (b"PEPEDataSet - 4DConst3DInterval".ljust(60, b"\0"), "is an image of many spectra"),
    ],
)
def test_what_is_none_is_refused_for_what_it_is(content: bytes, said: str) -> None:
    with pytest.raises(SpectrumError, match=said):
        parse_spectrum(content, "a.sp")


def test_bytes_after_the_blocks_are_nothing() -> None:
    whole = sp()
    longer = whole[:44] + block(120, whole[50:] + b"\xff" * 9)
    np.testing.assert_array_equal(parse_spectrum(longer, "a.sp").absorbance, parse_spectrum(whole, "a.sp").absorbance)


def asc(*units: str, kind: str = "IR", parted: str = "\t", x: np.ndarray = WAVENUMBERS) -> bytes:
    """The form of text, whose header has words and numbers a line each."""
    above = [f"PE {kind}       SUBTECH     SPECTRUM    ASCII       PEDS        4.00", "   -1", "a.asc", "19/03/01"]
    above += ["10:11", "100.0", "#HDR", "-1", "#GR", *units, "1.0", "0.0", "4000.000000", "-1.0", "37", "8", "#DATA"]
    rows = [f"{at:.6f}{parted}{y:.6f}" for at, y in zip(x, ABSORBANCE, strict=True)]
    return "\r\n".join([*(line + parted.strip() for line in above), *rows]).encode()


@pytest.mark.parametrize("parted", ["\t", ",", "  "])
def test_the_form_of_text_tells_its_units_below_gr(parted: str) -> None:
    found = parse_spectrum(asc("CM-1", "A", parted=parted), "a.asc")
    np.testing.assert_allclose(found.absorbance[::-1], ABSORBANCE, atol=1e-6)
    assert found.warnings == ()
    with pytest.raises(SpectrumError, match="its ordinate is a single beam"):
        parse_spectrum(asc("CM-1", "EGY", parted=parted), "a.asc")


def test_a_spectrum_of_the_ultraviolet_is_not_taken_for_one_in_wavenumbers() -> None:
    lengths = np.linspace(800, 200, 37)
    assert parse_spectrum(asc("NM", "A", kind="UV", x=lengths), "a.sp").wavenumber.min() == 12_500
    rows, infrared = (
        "\n".join(f"{at} {y}" for at, y in zip(x, ABSORBANCE, strict=True)) for x in (lengths, WAVENUMBERS)
    )
    assert parse_spectrum(f"sample 1\nnm\nabs\n{rows}".encode(), "a.txt").wavenumber.min() == 12_500
    near = "\n".join(f"{x} {y}" for x, y in zip(np.linspace(1190, 600, 37), ABSORBANCE, strict=True))
    assert parse_spectrum(f"film\n200\nnm\nAbsorbance\n{near}".encode(), "a.txt").wavenumber.max() == 1190
    film = parse_spectrum(f"film\n25\nµm\nlaser\n632.8\nnm\n{infrared}".encode(), "a.txt")
    np.testing.assert_array_equal(film.wavenumber, WAVENUMBERS[::-1])


def test_every_cut_and_every_byte_changed_is_read_or_refused() -> None:
    whole = sp(ABSORBANCE[:5], step=-900.0)
    draw: Any = np.random.default_rng(0)
    for at in range(len(whole)):
        altered = bytearray(whole)
        altered[at] = int(draw.integers(256))
        for content in (whole[:at], bytes(altered)):
            with suppress(SpectrumError):
                parse_spectrum(content, "a.sp")
