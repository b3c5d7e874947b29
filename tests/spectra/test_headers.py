"""What lines above a table say, as instruments and people write them, and what they only seem to say."""

import time

import numpy as np
import pytest
from table_texts import HEAD, ROWS, X, Y, check, read, refusal

from irjax.spectra.spectrum import SpectrumError
from irjax.spectra.table import columns_of, read_table


def absorbing(kind: str = "A") -> str:
    """Rows of a spectrum with two bands on a flat base line: absorbance, transmittance or per cent."""
    x = np.arange(4000.0, 396.0, -4.0)
    a = 0.02 + 1.1 * np.exp(-(((x - 1715) / 14) ** 2)) + 0.5 * np.exp(-(((x - 2950) / 30) ** 2))
    y = {"A": a, "T": 10**-a, "%": 100 * 10**-a}[kind]
    return "".join(f"{at:.2f},{value:.5f}\n" for at, value in zip(x, y, strict=True))


@pytest.mark.parametrize(
    ("above", "separator"),
    [
        ("# KBr pellet, transmission mode, resolution 4 cm-1, 32 scans", ","),
        ("Transmission mode, 4 cm-1\nX,Y", ","),
        ("# 4000-400 cm-1, DTGS, transmission", ","),
        ("# 1 % Triton X-100, 4 cm-1 resolution", ","),
        ("# 5% trans-stilbene, 4 cm-1", ","),
        ("# epsilon-caprolactone, 4 cm-1", ","),
        ("# ATR single reflection, resolution 4 cm-1", ","),
        ("Yellow film, transmission mode\nx,y", " "),
        ("NMP\nABS film", ","),
        ("CMC\nTransmission, 32 scans", " "),
        ("NM-3\nReflection accessory", ","),
    ],
)
def test_words_of_the_sample_and_its_measurement_are_not_of_the_ordinate(above: str, separator: str) -> None:
    spectrum = read(f"{above}\n{absorbing().replace(',', separator)}")
    assert spectrum.y_units == "absorbance"
    assert "nothing says what the ordinate is" in spectrum.warnings[0]


@pytest.mark.parametrize("title", ["epsilon-caprolactone", "Transmission cell", "Reflectance probe", "KM 3", "ABS"])
@pytest.mark.parametrize(("unit", "kind"), [("%T", "percent"), ("ABSORBANCE", "absorbance")])
def test_units_are_believed_before_a_title(title: str, unit: str, kind: str) -> None:
    rows = absorbing("%" if kind == "percent" else "A").replace(",", "\t")
    spectrum = read(f"TITLE\t{title}\nXUNITS\t1/CM\nYUNITS\t{unit}\nXYDATA\n{rows}")
    assert spectrum.y_units == kind
    assert spectrum.warnings == ()


def test_a_thickness_in_a_title_is_no_unit_of_the_abscissa() -> None:
    spectrum = read(f"Title: PE film 25 µm\n{absorbing()}")
    assert spectrum.x_units == "wavenumber"
    rows = "\n".join(line for line in absorbing().splitlines() if float(line.split(",")[0]) > 700)
    for remark in ("# HeNe laser 632.8 nm", "# Nd:YAG 1064 nm", "# laser 785 nm"):
        assert read(f"{remark}\n{rows}\n").x_units == "wavenumber"
    assert read(f"{rows}\n\n[Comments]\nlaser 785 nm for Raman\n").x_units == "wavenumber"


@pytest.mark.parametrize(
    "name", ["Wavelength", "Wellenlänge", "longueur d'onde", "λ", "lambda", "Длина волны", "Comprimento de onda"]
)
def test_a_wavelength_without_a_unit_is_no_wavenumber(name: str) -> None:
    spectrum = read(f"{name},Transmittance\n2500,0.5\n5000,0.625\n20000,1\n")
    check(spectrum, [500, 2000, 4000], [1.0, 0.625, 0.5])
    assert "taken for nanometres" in spectrum.warnings[0]


def test_a_wavelength_that_runs_as_wavenumbers_do_is_one() -> None:
    spectrum = read(f"Wavelength,Absorbance\n{absorbing()}")
    assert spectrum.x_units == "wavenumber"
    assert "taken for wavenumbers" in spectrum.warnings[0]


def test_a_range_in_nanometres_is_that_of_the_spectrum() -> None:
    assert read("# measured from 2500-25000 nm\n2500,0.5\n5000,0.625\n20000,1\n").x_units == "nanometre"


def test_names_keep_their_path_length() -> None:
    rows = "400.0,0.61,0.5\n401.5,0.62,0.625\n403,0.6,1\n"
    spectrum = read(f"Frequency,Background (10 cm cell),Absorbance (10 cm cell)\n{rows}")
    check(spectrum, y=[10.0**-y for y in Y])
    assert "intensity" in refusal(f"Wavenumber (4000-400 cm-1),Intensity\n{ROWS}")


def test_a_range_above_the_table_is_no_broken_row() -> None:
    rows = "".join(f"{3998.6 - 1.928 * at:.3f} {0.02 + at % 3 / 100:.4f}\n" for at in range(900))
    assert len(read(f"4000 to 400 cm-1\n{rows}").wavenumber) == 900


def test_whole_numbers_below_a_title_with_a_comma_are_three_columns() -> None:
    assert len(read("acetone, neat\n4000,95,0\n3998,95,95\n3996,94,90\n").wavenumber) == 3
    for names in ("cm-1,%T,SD\n4000,0,95,1\n3999,0,94,1\n", "wavenumber, cm-1,%T\n4000,5,93,3\n3999,5,93,4\n"):
        assert "its commas part both columns and decimals" in refusal(names)


def test_a_comment_on_the_temperature_is_no_unit() -> None:
    assert read(f"%T = 298 K\n%x,y\n{absorbing()}").y_units == "absorbance"
    assert len(read(HEAD + ROWS + "%T was 298 K\n").wavenumber) == 3


@pytest.mark.parametrize("cell", ["<0.001", "1.2.3"])
def test_a_broken_row_at_the_beginning_is_no_header(cell: str) -> None:
    assert "line 2: " in refusal(f"cm-1,A\n4000.0,{cell}\n3996.0,0.02\n3992.0,0.02\n3988.0,0.03\n")


@pytest.mark.parametrize(
    "cell", ["#NUM!", "inf", "#DIV/0!", "OVER", "*****", "1.#INF00", "-1.#IND", "**.***", "---", "n.a."]
)
def test_what_is_missing_at_the_beginning_leaves_the_names(cell: str) -> None:
    spectrum = read(f"cm-1,absorbance\n4000.0,{cell}\n3996.0,0.02\n3992.0,0.02\n3988.0,0.03\n")
    assert spectrum.y_units == "absorbance"
    assert "points without a value were left out: 1" in spectrum.warnings[0]


def test_a_minus_of_typography_is_one() -> None:
    spectrum = read("cm-1,absorbance\n4000,\u22120.001\n3996,0.02\n3992,0.02\n")
    np.testing.assert_allclose(spectrum.absorbance, [0.02, 0.02, -0.001], atol=1e-12)


def test_a_comment_that_names_three_columns_is_heard() -> None:
    text = "wavenumber_cm-1 reference absorbance\n400.0 0.61 0.5\n401.5 0.62 0.625\n403 0.6 1\n"
    for head in ("", "# "):
        spectrum = read(head + text)
        check(spectrum, y=[10.0**-y for y in Y])
        assert spectrum.warnings == ("only the columns 1 and 3 were read",)


@pytest.mark.parametrize(
    "text",
    [
        "cm-1,%T\n4000,95,5\n3999,95\n3998,94,8\n",
        "cm-1,%T\n4000,95,5\n3999,95,1\n3998,94,8\n",
        "cm-1,A\n4000,2,00000E-02\n3999,2,10000E-02\n",
        "cm-1,%T,\n4000,95,5\n3999,95,1\n3998,94,8\n",
        "4000,95,05\n3999,95,12\n3998,94,80\n",
    ],
)
def test_decimals_behind_commas_between_columns_behind_commas_are_refused(text: str) -> None:
    assert "its commas part both columns and decimals" in refusal(text)


@pytest.mark.parametrize(
    "name",
    [
        "Total Reflectance (%)",
        "R (%)",
        "R%",
        "%R",
        "R",
        "% Refl",
        "Réflectance (%)",
        "Reflexion [%]",
        "Reflexionsgrad",
        "Riflettanza",
        "反射率",
    ],
)
def test_reflectance_by_other_names_is_refused(name: str) -> None:
    assert "its ordinate is reflectance" in refusal(f"cm-1;{name}\n{ROWS.replace(',', ';')}")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Absorbance (10^-3)", "absorbance times a factor"),
        ("Absorbance ×10⁻³", "absorbance times a factor"),
        ("ABSORBANCE X 1000", "absorbance times a factor"),
        ("10^3 x Abs", "absorbance times a factor"),
        ("Absorbance (µOD)", "absorbance times a factor"),
        ("Absorbance ln(I0/I)", "napierian absorbance"),
        ("Absorbance (e-base)", "napierian absorbance"),
        ("Absorbed fraction", "absorptance"),
    ],
)
def test_what_is_no_decadic_absorbance_is_refused(name: str, kind: str) -> None:
    assert f"its ordinate is {kind}" in refusal(f"cm-1;{name}\n{ROWS.replace(',', ';')}")


@pytest.mark.parametrize(
    "name", ["Absorbance (10 scans)", "Absorbance x 10 cm", "Abs at 1000 cm-1", "Absorbance (cm-1)"]
)
def test_numbers_beside_absorbance_are_no_factor(name: str) -> None:
    assert read(f"cm-1;{name}\n{ROWS.replace(',', ';')}").y_units == "absorbance"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Extinktion", "absorbance"),
        ("Assorbanza", "absorbance"),
        ("吸光度", "absorbance"),
        ("Durchlässigkeit [%]", "percent"),
        ("Trasmittanza (%)", "percent"),
        ("透過率 (%)", "percent"),
        ("Absorbance (ATR, single reflection)", "absorbance"),
    ],
)
def test_other_languages(name: str, kind: str) -> None:
    rows = absorbing("%" if kind == "percent" else "A").replace(",", ";")
    spectrum = read(f"cm-1;{name}\n{rows}")
    assert spectrum.y_units == kind
    assert spectrum.warnings == ()


def test_a_unit_below_that_of_the_abscissa_is_the_ordinates() -> None:
    head = "PE IR  SUBTECH  SPECTRUM  ASCII  PEDS  1.60\n-1\nsample.asc\n#GR\ncm-1\n%T\n#HDR\n-1\n#DATA\n"
    spectrum = read(head + "".join(f"{4000 - 4 * at}.0\t{2.1 + at % 3}\n" for at in range(900)))
    assert spectrum.y_units == "percent"
    assert spectrum.warnings == ()
    swapped = read("%T;cm-1\n95;400.0\n96;401.5\n97;403\n")
    check(swapped, y=[0.95, 0.96, 0.97])


@pytest.mark.parametrize("row", [";", ";;", " ; "])
def test_empty_rows_of_spreadsheets_are_none(row: str) -> None:
    check(read(f"{HEAD}400.0,0.5\n401.5,0.625\n".replace(",", ";") + f"{row}\n403;1\n{row}\n\x1a"))


def test_what_is_told_after_the_table_is_no_row() -> None:
    footer = "\n##### Extended Information\n[Comments]\nSample name,acetone\n\n[Measurement]\nAccessory,ATR PRO ONE\n"
    spectrum = read(HEAD + ROWS + footer)
    check(spectrum)
    assert spectrum.technique == "ATR"
    assert "line 6" in refusal(f"{HEAD}{ROWS}\n[Comments]\n404,0.7\n")


def test_what_tells_how_sure_an_ordinate_is_is_none() -> None:
    spectrum = read("wavenumber,absorbance,absorbance_std\n400.0,0.5,0.01\n401.5,0.625,0.02\n403,1,0.01\n")
    check(spectrum, y=[10.0**-y for y in Y])
    assert read("cm-1,reflectance,absorbance\n400.0,0.9,0.5\n401.5,0.8,0.625\n403,0.7,1\n").y_units == "absorbance"


def test_records_of_no_jcamp_above_a_table_are_comments() -> None:
    spectrum = read("## Sample = acetone\n## End of header\ncm-1,%T\n400,95\n401,96\n402,97\n")
    assert spectrum.y_units == "percent"


def test_lines_without_end_are_searched_in_no_time() -> None:
    began = time.process_time()
    refusal("---------------\n" * 4000 + "400;1\n401;x\n402;.5\n")
    assert time.process_time() - began < 2


def test_a_text_that_begins_like_a_picture_is_none() -> None:
    assert read("BMIM BF4 By Administrator\n" + HEAD + ROWS).y_units == "transmittance"
    assert "BMP" in refusal(b"BM\x36\x00\x0c\x00\x00\x00\x00\x00\x36\x00\x00\x00")


@pytest.mark.parametrize("head", ["0,1", "0,1\ncm-1,T"])
def test_numbers_of_columns_are_no_row(head: str) -> None:
    np.testing.assert_allclose(read(f"{head}\n{ROWS}").wavenumber, X)


@pytest.mark.parametrize(
    "names",
    [
        "Wellenzahl;Extinktion (d = 25 µm)",
        "Nombre d'onde;Absorbance 4 cm-1",
        "wn;alpha (cm^-1)",
        "Wellenzahl;Absorptionskoeffizient (cm-1)",
        "Frequency;epsilon (M-1 cm-1)",
        "ν̃;α/cm⁻¹",
    ],
)
def test_a_unit_in_the_name_of_an_ordinate_makes_no_abscissa_of_it(names: str) -> None:
    text = f"{names}\n" + "".join(f"{x};{0.1 + 0.8 * (x % 400 == 0)}\n" for x in range(4000, 500, -20))
    x = columns_of(text).x
    assert (x[0], x[-1]) == (4000, 520)


@pytest.mark.parametrize(
    "names",
    [
        "cm-1;Transmission Leerküvette (%);Extinktion Probe",
        "cm-1;Absorbance (solvent);Absorbance of sample",
        "cm-1;Background;Sample",
        "cm-1;Blank;Sample",
        "Wavenumber (cm-1);Solvent;Solution",
        "cm-1;Leerwert;Probe",
        "cm-1;blanc;échantillon",
        "cm-1;CCl4 solvent;benzoic acid",
        "wavenumber;std;mean",
    ],
)
def test_what_was_measured_without_the_sample_is_not_read(names: str) -> None:
    text = f"{names}\n" + "".join(f"{x};99;{0.1 + 0.8 * (x % 400 == 0)}\n" for x in range(4000, 500, -20))
    assert columns_of(text).y.max() < 1


@pytest.mark.parametrize("names", ["wavenumber;solvent corrected;temperature", "wavenumber;blank;remark"])
def test_what_was_corrected_or_stands_alone_is_read(names: str) -> None:
    third = "water" if names.endswith("remark") else "99"
    text = f"{names}\n" + "".join(f"{x};{0.1 + 0.8 * (x % 400 == 0)};{third}\n" for x in range(4000, 500, -20))
    assert columns_of(text).y.max() < 1


def test_the_rows_of_two_spectra_in_turn_are_refused() -> None:
    pairs = [(x, 0.3 + 0.2 * (x % 400 == 0), 0.05 + 0.3 * (x % 700 == 0)) for x in range(4000, 500, -20)]
    text = "wavenumber,absorbance,sample\n" + "".join(f"{x},{a},one\n{x},{b},other\n" for x, a, b in pairs)
    with pytest.raises(SpectrumError, match="several spectra in one table"):
        read_table(text, "tidy.csv")
    rounded = "wavenumber,absorbance\n" + "".join(f"{x // 2 * 2},{1e-4 * x:.5f}\n" for x in range(4000, 500, -1))
    assert any("were averaged" in said for said in read_table(rounded, "rounded.csv").warnings)


def test_a_beam_splitter_of_potassium_bromide_is_no_pellet() -> None:
    assert read(f"Sample: Beamsplitter KBr\n{HEAD}{ROWS}").phase == "unknown"


@pytest.mark.parametrize(
    "head", ["# 2theta I", '\'Scantype: "Coupled TwoTheta/Theta" Anode: "Cu"', "# 2-Theta [deg]", "! 2θ"]
)
def test_a_diffraction_pattern_is_called_so(head: str) -> None:
    rows = "".join(f"{5 + 0.02 * at:.2f} {100 + 900 * (at % 500 == 0)}\n" for at in range(2251))
    assert "is a diffraction pattern by its header" in refusal(f"{head}\n{rows}")
    assert read(f"# cm-1, beside a 2theta scan\n{ROWS}").wavenumber[0] == 400


@pytest.mark.parametrize("name", ["RT", "Retention", "Minuten"])
def test_a_chromatogram_is_refused(name: str) -> None:
    assert name in refusal(f"{name},mAU\n" + "".join(f"{at / 10},{at % 7}\n" for at in range(6, 300)))


@pytest.mark.parametrize(
    "line", ["transmittance to absorbance conversion", "Converted %T -> Absorbance", "%T to Abs conversion applied"]
)
def test_what_a_unit_was_made_from_is_not_the_unit(line: str) -> None:
    assert read(f"# Processing: {line}\n{absorbing()}").y_units == "absorbance"


def test_more_light_than_goes_in_is_told() -> None:
    rows = absorbing("%").splitlines()
    drawn = "".join(f"{x},{float(y) + 120}\n" for x, y in (row.split(",") for row in rows))
    assert any("more light comes through everywhere" in doubt for doubt in read(f"cm-1,%T\n{drawn}").warnings)
