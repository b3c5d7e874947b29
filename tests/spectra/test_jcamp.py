"""JCAMP-DX: tables, blocks, records and units, on texts small enough to check by eye."""

import numpy as np
import pytest
from jcamp_texts import AFFN, A, check, jdx, line_of, pairs, read, refusal

from irjax.spectra.asdf import decode_pairs
from irjax.spectra.spectrum import SpectrumError


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(AFFN, id="AFFN"),
        pytest.param("400 100\n401 110 105\n\n403 95 -20 0", id="lines of any length"),
        pytest.param("400, 100, 110, 105\n403, 95, -20, 0", id="commas"),
        pytest.param("400 1.0E+02 1.1e2 10.5E1\n403 .95D2 -2.E+001 0.0", id="exponents"),
        pytest.param("400+100+110+105\n403+95-20+0", id="PAC"),
        pytest.param("400A00A10A05\n403I5b0@", id="SQZ"),
        pytest.param("400 A00 A10 A05\n403 I5 b0 @", id="SQZ with blanks"),
        pytest.param("400A00J0n\n402A05j0j15\n404b0K0\n405@", id="DIF with check values"),
        pytest.param("400A00J0n\n402A05j0j15\n404b0K0", id="DIF without the last check value"),
        pytest.param("400A00J0n\n402A05j0j15K0", id="DIF ending on a difference"),
    ],
)
def test_forms_of_a_table(rows: str) -> None:
    spectrum = read(jdx(rows))
    check(spectrum)
    assert spectrum.warnings == ()
    assert (spectrum.title, spectrum.x_units, spectrum.y_units) == ("test", "1/CM", "ABSORBANCE")
    assert spectrum.checks["NPOINTS"] == spectrum.checks["X column"] == "ok"


@pytest.mark.parametrize(
    ("rows", "raw"),
    [
        pytest.param("400 100V 50T", [100, 100, 100, 100, 50, 50], id="after AFFN"),
        pytest.param("400A00V E0T", [100, 100, 100, 100, 50, 50], id="after SQZ"),
        pytest.param("400A00J0T%U", [100, 110, 120, 120, 120, 120], id="after DIF"),
        pytest.param("400A00J0k0O0\n403A50U", [100, 110, 90, 150, 150, 150], id="a repeated check value"),
    ],
)
def test_repeats(rows: str, raw: list[float]) -> None:
    check(read(jdx(rows)), a=[value / 100 for value in raw])


def test_a_repeat_count_has_several_digits() -> None:
    spectrum = read(jdx("400E0S2 A0", LASTX="412", NPOINTS="13"))
    check(spectrum, x=list(range(400, 413)), a=[0.5] * 12 + [0.1])


def test_factors_and_a_falling_abscissa() -> None:
    check(read(jdx("810 0 -20 95\n804 105 110 100", FIRSTX="405", LASTX="400", XFACTOR="0.5")))


def test_numbers_are_those_of_float_to_the_last_bit() -> None:
    rng = np.random.default_rng(0)
    words = []
    for _ in range(20_000):
        digits = "".join(map(str, rng.integers(0, 10, rng.integers(1, 16))))
        at = rng.integers(0, len(digits) + 1)
        words.append(rng.choice(["", "", "-", "+"]) + rng.choice([digits, f"{digits[:at]}.{digits[at:]}"]))
    x, y = decode_pairs("\n".join(" ".join(pair) for pair in zip(words[::2], words[1::2], strict=True)))
    wanted = np.array([float(word) for word in words])
    assert np.stack([x, y], axis=1).tobytes() == wanted.tobytes()


@pytest.mark.parametrize("word", ["1.2.3", "-", ".", "+-1", "1-.", "--2", "1..", "-.", "12345678901234567890.", "1e5"])
def test_words_that_are_no_short_numbers(word: str) -> None:
    try:
        wanted = float(word)
    except ValueError:
        with pytest.raises(SpectrumError):
            decode_pairs(f"1 {word}")
    else:
        assert decode_pairs(f"1 {word}")[1] == wanted


def test_points_one_by_one() -> None:
    spectrum = read(pairs("400,0.1 401, 0.2; 403 0.3\n404.5 0.4", NPOINTS="4", FIRSTX="400", LASTX="404.5"))
    check(spectrum, [400, 401, 403, 404.5], [0.1, 0.2, 0.3, 0.4])
    check(read(pairs("800 10\n803 20", XFACTOR="0.5", YFACTOR="0.01")), [400, 401.5], [0.1, 0.2])
    assert "5 numbers" in refusal(pairs("400 1 401\n402 1", NPOINTS="2"))
    assert "FIRSTX=300" in refusal(pairs("400 1\n401 2", FIRSTX="300"))


def test_points_out_of_order_and_twice() -> None:
    spectrum = read(pairs("402 0.1\n400 0.2\n401 0.3\n401 0.5"))
    check(spectrum, [400, 401, 402], [0.2, 0.4, 0.1])
    assert "averaged" in spectrum.warnings[0]


def test_a_peak_table_may_be_a_spectrum_or_a_list_of_peaks() -> None:
    rows = [f"{400 + point} 0.{point:03d}" for point in range(100)]
    spectrum = read(pairs("\n".join(rows), "PEAK TABLE=(XY..XY)"))
    check(spectrum, list(range(400, 500)), [point / 1000 for point in range(100)])
    assert "list of 20 peaks" in refusal(pairs("\n".join(rows[:20]), "PEAK TABLE=(XY..XY)"))


LINK = "##TITLE=all\n##JCAMP-DX=5.00\n##DATA TYPE=LINK\n##BLOCKS=3\n"
RAMAN = jdx("400 1 2 3\n403 4 5 6", DATA_TYPE="RAMAN SPECTRUM", TITLE="scattered")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(LINK + RAMAN + jdx() + jdx(TITLE="another") + "##END=\n", id="linked"),
        pytest.param(LINK + LINK + RAMAN + jdx() + "##END=\n" + jdx(TITLE="another") + "##END=\n", id="nested"),
        pytest.param(RAMAN + jdx() + jdx(TITLE="another"), id="one after the other"),
    ],
)
def test_the_first_infrared_block_is_read_and_the_others_named(text: str) -> None:
    spectrum = read(text)
    check(spectrum)
    assert spectrum.title == "test"
    assert len(spectrum.warnings) == 1
    for word in ("scattered (RAMAN SPECTRUM)", "another (INFRARED SPECTRUM)"):
        assert word in spectrum.warnings[0]


def test_what_was_taken_for_granted_is_said() -> None:
    [said] = read(jdx(FIRSTX=None)).warnings
    assert "has no ##FIRSTX; its first abscissa was taken from the head of its first line" in said
    [said] = read(jdx(table="XYDATA=(R++(A..A))")).warnings
    assert "has the form (R++(A..A)); taken for (X++(Y..Y))" in said


def test_a_line_is_counted_from_the_head_of_the_file_not_of_the_block() -> None:
    text = RAMAN + jdx("400 100 110 105\n413 95 -20 0")
    assert f"line {line_of(text, '413 95 -20 0')} " in refusal(text)


NTUPLES = """##TITLE=pages
##JCAMP-DX=5.00
##DATA TYPE=INFRARED SPECTRUM
##DATA CLASS=NTUPLES
##NTUPLES=INFRARED SPECTRUM
##VAR_NAME=   WAVENUMBER, ABSORBANCE, PAGE
##SYMBOL=     X,          Y,          N
##VAR_TYPE=   INDEPENDENT, DEPENDENT, PAGE
##VAR_DIM=    6,          6,          2
##UNITS=      1/CM,       ABSORBANCE,
##FIRST=      400,        1.0,        1
##LAST=       405,        0.0,        2
##FACTOR=     1,          0.01,       1
##PAGE=N=1
##DATA TABLE=(X++(Y..Y)), XYDATA
400 100 110 105
403 95 -20 0
##PAGE=N=2
##DATA TABLE=(X++(Y..Y)), XYDATA
400 200 210 205
403 195 120 100
##END NTUPLES=INFRARED SPECTRUM
##END=
"""


def test_of_ntuples_the_first_page_is_read() -> None:
    spectrum = read(NTUPLES)
    check(spectrum)
    assert len(spectrum.warnings) == 1
    assert "1 more pages" in spectrum.warnings[0]
    assert "7" in refusal(NTUPLES.replace("6,          6,", "7,          7,"))
    assert "SYMBOL" in refusal(NTUPLES.replace("X,          Y,", "U,          V,"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("##TITLE", "$$ before all\n##TITLE"),
        ("INFRARED SPECTRUM", "INFRARED SPECTRUM $$ RAMAN SPECTRUM"),
        ("##YFACTOR=0.01", "##YFACTOR=0.01 $$ =2"),
        ("##NPOINTS", "$$ ##NPOINTS=7\n##NPOINTS"),
        ("(X++(Y..Y))", "(X++(Y..Y)) $$ 400 1 2 3"),
        ("105\n", "105 $$ 7 8 9\n$$ 400 1 2 3\n"),
        ("##END=", "$$ 1 2 3\n##END= $$ 4"),
        ("##DATA TYPE", "##DATATYPE"),
        ("##DATA TYPE", "##Data Type"),
        ("##DATA TYPE=", "##DATA TYPE = "),
        ("##XUNITS", "## X-UNITS"),
        ("##YUNITS", "##Y_UNITS"),
        ("##XYDATA=(X++(Y..Y))", "##xydata= ( X++ (Y..Y) )"),
        ("##", "  ##"),
        ("##", "\t##"),
        ("=", "=  "),
        ("##END=", "##END"),
        ("\n##END=\n", ""),
        ("\n", "\r\n"),
        ("\n", "\r"),
        ("##TITLE", "\n\n##TITLE"),
        ("##TITLE", "\ufeff##TITLE"),
        ("##NPOINTS", "##= an empty label\n##NPOINTS"),
        ("##NPOINTS", "##NAMES=one\nanother\n##NPOINTS"),
    ],
)
def test_comments_and_spellings_change_nothing(old: str, new: str) -> None:
    assert old in jdx()
    spectrum = read(jdx().replace(old, new))
    check(spectrum)
    assert spectrum.warnings == ()
    assert spectrum.title == "test"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(jdx(FIRSTX="400,0", LASTX="405,0", YFACTOR="0,01"), id="in the header"),
        pytest.param(
            jdx("400,0 1,0 1,1 1,05\n403,0 0,95 -0,2 0,0", FIRSTX="400,0", LASTX="405,0", YFACTOR="1"), id="everywhere"
        ),
        pytest.param(jdx("400 1,0 1,1 1,05\n403 0,95 -0,2 0,0", YFACTOR="1"), id="in the table"),
        pytest.param(pairs("400 1,0\n401 1,1\n402 1,05\n403 0,95\n404 -0,2\n405 0,0"), id="in pairs"),
        pytest.param(
            pairs("400,0;1,0\n401,0;1,1\n402,0;1,05\n403,0;0,95\n404,0;-0,2\n405,0;0,0"), id="in pairs with ;"
        ),
    ],
)
def test_decimal_commas(text: str) -> None:
    spectrum = read(text)
    check(spectrum)
    assert spectrum.warnings == ()


def test_latin_1_and_utf_16() -> None:
    check(read(jdx(OWNER="Universität, 25 °C").encode("latin-1")))
    check(read(jdx(XUNITS="cm-¹").encode("latin-1")))
    assert read(jdx(TITLE="Säure").encode("latin-1")).title == "Säure"
    check(read(jdx().encode("utf-16")))
    assert "°" in refusal(jdx("400 100 110 105\n403 95 20 5°").encode("latin-1"))


@pytest.mark.parametrize("words", ["1/CM", "1/cm", "cm-1", "CM^-1", "cm⁻¹", "WAVENUMBER", "Wavenumbers (cm-1)"])
def test_wavenumbers(words: str) -> None:
    check(read(jdx(XUNITS=words)))


@pytest.mark.parametrize("words", ["MICROMETERS", "micrometres", "MICRONS", "um", "µm", "μm"])
def test_micrometres(words: str) -> None:
    spectrum = read(jdx("5 100 50 0", FIRSTX="5", LASTX="10", NPOINTS="3", XUNITS=words))
    check(spectrum, [1000, 10000 / 7.5, 2000], [0, 0.5, 1])


@pytest.mark.parametrize(("words", "factor"), [("WAVELENGTH", 1), ("Wellenlänge", 1), ("WAVELENGTH", 1000)])
def test_wavelengths_without_a_unit(words: str, factor: int) -> None:
    ends = {"FIRSTX": f"{5 * factor}", "LASTX": f"{10 * factor}", "NPOINTS": "3"}
    spectrum = read(jdx(f"{5 * factor} 100 50 0", **ends, XUNITS=words))
    np.testing.assert_allclose(spectrum.wavenumber, [1000, 10000 / 7.5, 2000])
    assert "names no unit; from its range the abscissa was taken for" in spectrum.warnings[0]


@pytest.mark.parametrize("words", ["WAVELENGTH (ANGSTROM)", "WAVELENGTH (MM)", "Wavelength / pixel"])
def test_wavelengths_in_a_unit_that_is_not_known_are_refused(words: str) -> None:
    assert "neither a wavenumber nor a wavelength" in refusal(jdx(XUNITS=words))


@pytest.mark.parametrize("words", ["ABSORBANCE", "Absorbance", "A", "abs", "Absorbance units"])
def test_absorbance(words: str) -> None:
    check(read(jdx(YUNITS=words)))


@pytest.mark.parametrize("words", ["TRANSMITTANCE", "Transmittance", "Transmission", "T"])
def test_transmittance(words: str) -> None:
    spectrum = read(jdx(YUNITS=words))
    np.testing.assert_allclose(spectrum.transmittance, A)
    assert spectrum.warnings == ()


@pytest.mark.parametrize("words", ["%T", "% T", "%Transmittance", "PERCENT TRANSMITTANCE", "Transmittance (%)", "T/%"])
def test_percent(words: str) -> None:
    spectrum = read(jdx(YUNITS=words, YFACTOR="1"))
    np.testing.assert_allclose(spectrum.transmittance, A)
    assert spectrum.warnings == ()


def test_a_raman_shift_is_refused_whatever_the_data_type_says() -> None:
    assert "Raman spectrum by its ##XUNITS" in refusal(jdx(XUNITS="RAMAN SHIFT (CM-1)"))


@pytest.mark.parametrize("name", ["INFRAROT-SPEKTRUM", "SPECTRE INFRAROUGE", "ATR SPECTRUM", "FT-MIR SPECTRUM"])
def test_infrared_by_other_names(name: str) -> None:
    check(read(jdx(AFFN, DATA_TYPE=name)))


@pytest.mark.parametrize("name", ["RAMAN SPECTRUM", "MASS SPECTRUM", "FIR FILTER", "PATRON"])
def test_what_is_not_infrared_is_named(name: str) -> None:
    assert f"holds no infrared spectrum but {name}" in refusal(jdx(AFFN, DATA_TYPE=name))
