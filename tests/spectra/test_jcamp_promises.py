"""JCAMP-DX: what a header promises, and what becomes of files that break it."""

import numpy as np
import pytest
from jcamp_texts import A, X, check, jdx, line_of, read, refusal

from irjax.errors import UsageError


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
        ("COUNTS", "intensities and counts"),
        ("FURLONGS", "YUNITS='FURLONGS'"),
    ],
)
def test_ordinates_that_are_refused(words: str, reason: str) -> None:
    assert reason in refusal(jdx(YUNITS=words))


@pytest.mark.parametrize("words", ["", None])
def test_units_that_are_not_stated_are_guessed_with_a_warning(words: str | None) -> None:
    rows = "".join(f"{400 + 4 * at:g} {95 - 60 * (at % 90 == 45):g}\n" for at in range(901)).rstrip()
    ends = {"FIRSTX": "400", "LASTX": "4000", "NPOINTS": "901", "YFACTOR": "1"}
    spectrum = read(jdx(rows, YUNITS=words, **ends))
    assert (spectrum.y_units, spectrum.transmittance.max()) == ("percent", 0.95)
    assert "has no ##YUNITS" in spectrum.warnings[0]
    assert read(jdx(YUNITS=words), "absorbance").warnings == ()
    spectrum = read(jdx(rows, YUNITS="TRANSMITTANCE", XUNITS=words, **ends))
    assert spectrum.wavenumber[-1] == 4000
    assert "has no ##XUNITS" in spectrum.warnings[0]


def test_a_title_tells_what_was_measured_by_atr() -> None:
    assert read(jdx(TITLE="polystyrene, ATR")).technique == "ATR"
    assert read(jdx(TITLE="atropine")).technique == "transmission"


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
        assert spectrum.warnings == ("points without a value were left out: 2",)
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
        (b"\x89PNG\r\n\x1a\n", "damaged picture"),
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
        ("LIQUID (NEAT), KBr", "liquid"),
        ("liquid between KBr", "liquid"),
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
    assert read(jdx(INSTRUMENT_PARAMETERS="ACC=Platinum ATR")).technique == "ATR"
    assert read(jdx()).technique == "transmission"


def test_heads_that_were_rounded_to_whole_numbers_are_near_enough() -> None:
    def fine(head: int) -> str:
        rows = [f"{round(400 + 0.25 * at) + head * (at == 20)} 10 20 30 40 50" for at in range(0, 40, 5)]
        return jdx("\n".join(rows), FIRSTX="400", LASTX="409.75", NPOINTS="40")

    np.testing.assert_allclose(read(fine(0)).wavenumber, np.arange(400, 410, 0.25))
    assert "is cut or altered" in refusal(fine(1))
