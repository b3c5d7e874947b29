"""JCAMP-DX texts written here, each with one thing in it that files have or get wrong."""

import numpy as np
import pytest

from irjax.errors import UsageError
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


def test_transmittance_beyond_two_is_taken_for_per_cent() -> None:
    spectrum = read(jdx(YUNITS="TRANSMITTANCE", YFACTOR="1"))
    np.testing.assert_allclose(spectrum.transmittance, A)
    assert len(spectrum.warnings) == 1
    assert "110, so it was taken for per cent" in spectrum.warnings[0]


@pytest.mark.parametrize("words", ["absorption index", "(micromol/mol)-1m-1 (base 10)", "absorptivity"])
def test_scales_that_are_no_absorbance_are_put_on_one(words: str) -> None:
    spectrum = read(jdx("400 10 20 10\n403 5 0 0", YUNITS=words))
    height = np.array([10, 20, 10, 5, 0, 0]) * (X if words == "absorption index" else 1)
    check(spectrum, a=list(height / height.max()))
    assert len(spectrum.warnings) == 1
    assert "arbitrary absorbance scale" in spectrum.warnings[0]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Reflectance", "reflectance"),
        ("%R", "reflectance"),
        ("dispersion index", "dispersion"),
        ("Kubelka-Munk", "Kubelka-Munk"),
        ("COUNTS", "YUNITS='COUNTS'"),
        ("", "YUNITS=''"),
    ],
)
def test_ordinates_that_are_refused(words: str, reason: str) -> None:
    assert reason in refusal(jdx(YUNITS=words))


def test_an_absorption_index_that_is_a_refractive_index_is_refused() -> None:
    assert "refractive index" in refusal(jdx("400 120 130 140\n403 130 120 125", YUNITS="absorption index"))


def test_an_unknown_abscissa_is_refused() -> None:
    assert "XUNITS='HZ'" in refusal(jdx(XUNITS="HZ"))
    assert "positive" in refusal(jdx("-2 1 2 3 4 5 6", FIRSTX="-2", LASTX="3"))


def test_a_person_overrules_the_ordinate() -> None:
    np.testing.assert_allclose(read(jdx(), "percent").transmittance, np.array(A) / 100)
    np.testing.assert_allclose(read(jdx(YUNITS="COUNTS"), "transmittance").transmittance, A)
    check(read(jdx(YUNITS="TRANSMITTANCE"), "absorbance"))
    assert read(jdx(YUNITS="COUNTS"), "absorbance").y_units == "absorbance"
    with pytest.raises(UsageError, match="absorbance, transmittance, percent"):
        read(jdx(), "furlongs")


@pytest.mark.parametrize(
    "stated", [{"FIRSTY": "1.0"}, {"FIRSTY": "100"}, {"MAXY": "1.1", "MINY": "-.2"}, {"MAXY": "110"}]
)
def test_ordinates_in_the_header_may_be_with_or_without_factor(stated: dict[str, str]) -> None:
    spectrum = read(jdx(**stated))
    check(spectrum)
    assert spectrum.warnings == ()
    assert all(spectrum.checks[name] == "ok" for name in stated)


@pytest.mark.parametrize("name", ["FIRSTY", "MAXY", "MINY"])
def test_a_wrong_ordinate_in_the_header_is_a_warning(name: str) -> None:
    spectrum = read(jdx(**{name: "0.5"}))
    check(spectrum)
    assert len(spectrum.warnings) == 1
    assert f"##{name}=0.5" in spectrum.warnings[0]
    assert spectrum.checks[name] == "differs"


def test_a_wrong_number_of_points_is_an_error() -> None:
    message = refusal(jdx(NPOINTS="7"))
    assert "NPOINTS=7" in message
    assert "6 points" in message
    assert "NPOINTS='six'" in refusal(jdx(NPOINTS="six"))


def test_a_missing_number_of_points_is_a_warning() -> None:
    spectrum = read(jdx(NPOINTS=None))
    check(spectrum)
    assert "NPOINTS" in spectrum.warnings[0]


def test_an_altered_abscissa_is_an_error() -> None:
    text = jdx("400 100 110 105\n413 95 -20 0")
    message = refusal(text)
    assert f"line {line_of(text, '413 95 -20 0')} begins at X = 413" in message
    assert "403" in message
    assert "300" in refusal(jdx(FIRSTX="300"))
    assert "line" in refusal(jdx(LASTX="500"))


def test_an_abscissa_off_by_one_step_is_a_warning() -> None:
    spectrum = read(jdx("400 100 110 105\n404 95 -20 0"))
    check(spectrum)
    assert "X column" in spectrum.warnings[0]


def test_a_failing_check_value_is_an_error() -> None:
    text = jdx("400A00J0n\n402A06j0j15\n404b0K0\n405@")
    message = refusal(text)
    assert f"line {line_of(text, '402A06j0j15')}: " in message
    assert "106" in message
    assert "105" in message


def test_the_last_abscissa_may_be_left_out_where_the_step_is_given() -> None:
    check(read(jdx(LASTX=None, DELTAX="1.0")))
    check(read(jdx("405 0 -20 95\n402 105 110 100", FIRSTX="405", LASTX=None, DELTAX="-1.0")))
    check(read(jdx(LASTX=None)))  # the X column alone says it, too


def test_a_step_that_contradicts_the_ends_is_a_warning() -> None:
    spectrum = read(jdx(DELTAX="2.0"))
    check(spectrum)
    assert "DELTAX=2" in spectrum.warnings[0]


@pytest.mark.parametrize(
    ("rows", "row", "reason"),
    [
        ("400 100 110 105\n403 95 2y0 0", "403 95 2y0 0", "'y'"),
        ("400 100 110 105\n403 95 2..0 0", "403 95 2..0 0", "'2..0'"),
        ("400J00J0n", "400J00J0n", "difference"),
        ("400A00TT", "400A00TT", "repeat"),
    ],
)
def test_a_broken_row_is_an_error_that_names_its_line(rows: str, row: str, reason: str) -> None:
    text = jdx(rows)
    message = refusal(text)
    assert f"line {line_of(text, row)}: " in message
    assert reason in message


def test_a_repeat_count_beyond_reason_is_an_error() -> None:
    assert "500,000 points" in refusal(jdx("400A00s99999999999"))


def test_question_marks_are_missing_points() -> None:
    for rows in ("400 100 ? 105\n403 95 ? 0", "400A00?A05\n403I5?@"):
        spectrum = read(jdx(rows))
        check(spectrum, [400, 402, 403, 405], [1.0, 1.05, 0.95, 0.0])
        assert spectrum.warnings == ("2 points without a value were left out",)
    assert "none of its points" in refusal(jdx("400 ? ? ?\n403 ? ? ?"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("##TITLE=x\n##DATA TYPE=INFRARED SPECTRUM\n##NPOINTS=0\n##END=\n", id="no table"),
        pytest.param(jdx("", NPOINTS="0"), id="an empty table"),
    ],
)
def test_a_stub_says_that_it_is_one(text: str) -> None:
    assert "empty stub: NPOINTS=0" in refusal(text)


def test_a_header_without_a_table_says_so() -> None:
    assert "no data" in refusal(jdx().split("##XYDATA")[0])
    assert "NPOINTS=6" in refusal(jdx(""))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (b"<!DOCTYPE html><html><body>not found</body></html>", "HTML"),
        (b"<?xml version='1.0'?><spectrum/>", "XML"),
        (b"MZ\0\0\1\2", "binary"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"PK\x03\x04", "zip"),
        (b"%PDF-1.4", "PDF"),
    ],
)
def test_what_is_no_spectrum_at_all(text: bytes, reason: str) -> None:
    assert reason in refusal(text)


@pytest.mark.parametrize("kind", ["RAMAN SPECTRUM", "FT-IR RAMAN SPECTRUM", "NMR SPECTRUM", "MASS SPECTRUM", "UV-VIS"])
def test_other_spectroscopies_are_refused_by_name(kind: str) -> None:
    assert kind in refusal(jdx(DATA_TYPE=kind))


@pytest.mark.parametrize("kind", ["INFRARED SPECTRUM", "Infra-Red", "IR spectrum", "FTIR SPECTRUM", "FT-IR"])
def test_infrared_has_many_names(kind: str) -> None:
    check(read(jdx(DATA_TYPE=kind)))


def test_without_a_data_type_the_abscissa_tells() -> None:
    spectrum = read(jdx(DATA_TYPE=None))
    check(spectrum)
    assert "DATA TYPE" in spectrum.warnings[0]


def test_an_interferogram_is_no_spectrum() -> None:
    assert "interferogram" in refusal(jdx(DATA_TYPE="INFRARED INTERFEROGRAM"))


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("gas", "gas"),
        ("VAPOR AT 10 mmHg", "gas"),
        ("LIQUID (NEAT)", "liquid"),
        ("SOLUTION (10% IN CCl4)", "solution"),
        ("SOLID (1 mg / 300 mg KBr DISC)", "pellet"),
        ("SOLID (SPLIT MULL), FLUOROLUBE, NUJOL", "mull"),
        ("SOLID (MELT)", "film"),
        ("solid", "solid"),
        ("VISCOUS PASTE", "unknown"),
    ],
)
def test_phases(state: str, phase: str) -> None:
    assert read(jdx(STATE=state)).phase == phase


def test_total_reflection_is_named() -> None:
    assert read(jdx(SAMPLING_PROCEDURE="ATR, diamond")).technique == "ATR"
    assert read(jdx()).technique == "transmission"
