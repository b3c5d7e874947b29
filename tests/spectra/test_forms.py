"""Forms in which programs and people write spectra, as files in public repositories have them."""

import time

import numpy as np
import pytest
from table_texts import ROWS, X, check, read, refusal

from irjax.spectra.reading import spectrum_of

POINTS = ((400.0, 50.0), (401.5, 62.5), (403.0, 100.0))
PER_CENT = "".join(f"{x} \t{y} \n" for x, y in POINTS)
HEADED = f"wavenumber (cm-1),transmittance\n{ROWS}"
SHIMADZU = f"##TITLE=No Description\n##DATA TYPE=INFRARED SPECTRUM\n##XUNITS=1/CM\n##YUNITS=%T\n{PER_CENT}"
TUPLES = """##TITLE=one compound
##JCAMP-DX=6.00
##DATA TYPE=INFRARED SPECTRUM
##DATA CLASS=NTUPLES
##NTUPLES=INFRARED SPECTRUM
##VAR_NAME=  Wavenumber,Transmittance,Absorbance
##SYMBOL=    x,y,a
##VAR_DIM=   3,3,3
##UNITS=     cm-1,%,
##PAGE= N=1
##DATA TABLE= (xya..xya), PEAKS
403.0 100.0 0.0
401.5 62.5 0.20412
400.0 50.0 0.30103
##END NTUPLES= INFRARED SPECTRUM
##END=
"""


@pytest.mark.parametrize("text", [SHIMADZU, f"{SHIMADZU}##END=\n", f"##YUNITS=%T\n{PER_CENT}"])
def test_points_may_stand_below_jcamp_records_without_one_of_their_own(text: str) -> None:
    check(read(text))


def test_such_records_are_believed() -> None:
    assert read(SHIMADZU).warnings == ()
    comma = SHIMADZU.replace(PER_CENT, PER_CENT.replace(".", ","))
    check(read(comma))
    assert "is a Raman spectrum" in refusal(SHIMADZU.replace("INFRARED", "RAMAN"))
    assert "its ordinate is reflectance" in refusal(SHIMADZU.replace("%T", "%R"))
    assert "holds no data" in refusal(SHIMADZU.replace(PER_CENT, ""))


def test_factors_above_such_points_are_not_dropped() -> None:
    check(read(SHIMADZU.replace(PER_CENT, f"##XFACTOR=1.0\n##YFACTOR=1E0\n{PER_CENT}")))
    assert "holds no data" in refusal(SHIMADZU.replace(PER_CENT, f"##YFACTOR=0.1\n{PER_CENT}"))


def test_a_column_of_tuples_has_the_name_and_the_unit_that_stand_for_it() -> None:
    spectrum = read(TUPLES)
    check(spectrum)
    assert spectrum.warnings == ()
    commas = TUPLES.replace("401.5 62.5 0.20412", "401.5, 62.5, 0.20412")
    check(read(commas.replace("x,y,a", "X,T,A").replace("(xya..xya)", "(XTA..XTA)")))
    assert "expected 3 to a row" in refusal(TUPLES.replace("400.0 50.0 0.30103", "400.0 50.0"))


@pytest.mark.parametrize("form", ["(XY..XY)", "(X,Y)", "(X Y)", "(XY...XY)"])
def test_pairs_of_jcamp_are_told_in_several_ways(form: str) -> None:
    head = "##TITLE=a\n##DATA TYPE=INFRARED SPECTRUM\n##XUNITS=1/CM\n##YUNITS=TRANSMITTANCE\n##NPOINTS=3\n"
    check(read(f"{head}##XYDATA={form}\n400.0 0.5\n401.5 0.625\n403.0 1.0\n##END=\n"))


def test_an_endless_list_of_variables_is_refused_at_once() -> None:
    head = "##TITLE=a\n##DATA TYPE=INFRARED SPECTRUM\n##XUNITS=1/CM\n##YUNITS=TRANSMITTANCE\n"
    began = time.process_time()
    assert "expected (X++(Y..Y)) or (XY..XY)" in refusal(f"{head}##XYDATA=(XY{'.' * 1_000_000}\n400.0 0.5\n##END=\n")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "title",
    ["KBr blank 3", "PET film transmission cell", "CaF2 cell; %T reference", "Kubelka test powder", "TMS derivative"],
)
def test_the_title_above_perkinelmers_columns_is_not_their_name(title: str) -> None:
    rows = ROWS.replace("403,1\n", "403,0\n")
    spectrum = read(f"Created as New Dataset,{title}\ncm-1,A\n{rows}")
    check(spectrum, X, [10**-0.5, 10**-0.625, 1.0])
    assert spectrum.warnings == ()


def test_a_unit_below_a_name_still_completes_it() -> None:
    spectrum = read("Wavenumber,Transmittance\ncm-1,%\n400,50\n401.5,62.5\n403,100\n")
    check(spectrum)
    assert spectrum.warnings == ()


def test_jasco_says_below_the_table_alone_that_it_means_per_cent() -> None:
    dark = "XUNITS,1/CM\nYUNITS,TRANSMITTANCE\nXYDATA\n400,0.5\n401.5,0.625\n403,1\n"
    check(read(dark))
    check(read(f"{dark}\n[Data Information]\nVertical axis,%T\n"), y=[0.005, 0.00625, 0.01])


@pytest.mark.parametrize("gap", ["\t", "\t\t"])
def test_renishaws_names_stand_behind_signs(gap: str) -> None:
    rows = "".join(f"{3200 - 2 * at}.2637{gap}{1000 + at}.9\n" for at in range(30))
    assert "its ordinate is intensity" in refusal(f"#Wave\t\t#Intensity\n{rows}")


@pytest.mark.parametrize(
    "line",
    ["#Laser=\t532nm", "#Laser=785.1", "##LASER_WAVELENGTH=532", "#Instrument=\tLabRAM HR Evol", "# raman_shift,y"],
)
def test_the_laser_that_excites_is_one_of_a_raman_spectrum(line: str) -> None:
    assert "is a Raman spectrum by its header" in refusal(f"{line}\n{ROWS}")


@pytest.mark.parametrize("line", ["#Laser=632.8 nm", "# laser 785 nm", "Laser frequency: 15798.3 cm-1"])
def test_that_of_an_interferometer_is_not(line: str) -> None:
    check(read(f"{line}\n{HEADED}"))


def test_a_remark_on_raman_is_no_raman_spectrum() -> None:
    spectrum = read(f"# Sample PE pellet, also for Raman\n{HEADED}")
    check(spectrum)
    assert "its header speaks of Raman" in spectrum.warnings[0]
    assert "is a Raman spectrum" in refusal(f"# Sample PE pellet, also for Raman\n{ROWS}")
    assert "is a Raman spectrum" in refusal(f"# Technique: Raman\n{HEADED}")
    assert read(HEADED, name="PE_FTIR_Raman.csv").warnings == ()
    assert "by its name" in read(HEADED, name="PE_Raman.csv").warnings[0]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Spectral radiance(mW/[m2*sr*cm-1])", "radiance"),
        ("Emissivity", "radiance"),
        ("Single Beam", "a single beam"),
        ("dA/dx", "a derivative"),
        ("2. Ableitung", "a derivative"),
        ("dérivée seconde", "a derivative"),
        ("d2A/dv2", "a derivative"),
        ("F(R)", "kubelka-munk"),
        ("f(R∞)", "kubelka-munk"),
        ("K/S", "kubelka-munk"),
        ("KMU", "kubelka-munk"),
        ("K.M.", "kubelka-munk"),
        ("Volts", "a single beam"),
        ("2nd derivative absorbance", "a derivative"),
        ("коэффициент отражения", "reflectance"),
        ("Remission (%)", "reflectance"),
        ("Odbicie (%)", "reflectance"),
        ("Absorptionsgrad (%)", "absorptance"),
        ("Absorpcja (%)", "absorptance"),
        ("吸收率 (%)", "absorptance"),
        ("n", "dispersion index"),
    ],
)
def test_other_quantities_are_refused(name: str, kind: str) -> None:
    assert f"its ordinate is {kind}: " in refusal(f"wavenumber (cm-1);{name}\n{ROWS.replace(',', ';')}")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("透射率", "transmittance"),
        ("투과율", "transmittance"),
        ("Пропускание", "transmittance"),
        ("Geçirgenlik", "transmittance"),
        ("Пропускание, %", "percent"),
        ("оптическая плотность", "absorbance"),
        ("EXTINCTION", "absorbance"),
        ("OD", "absorbance"),
        ("log10(I0/I)", "absorbance"),
        ("log (Io/I)", "absorbance"),
        ("-log10(R)", "absorbance"),
        ("extinction coefficient", "absorptivity"),
        ("cross section", "absorptivity"),
    ],
)
def test_words_for_the_ordinate(name: str, kind: str) -> None:
    assert read(f"wavenumber (cm-1);{name}\n{ROWS.replace(',', ';')}").y_units == kind


@pytest.mark.parametrize("name", ["Δ absorbance", "ΔA", "delta A", "difference absorbance", "Diff. Abs"])
def test_a_difference_of_two_spectra_is_doubted(name: str) -> None:
    assert any(
        "is called a difference" in warning for warning in read(f"cm-1;{name}\n{ROWS.replace(',', ';')}").warnings
    )
    assert not any("difference" in warning for warning in read(f"cm-1;absorbance\n{ROWS.replace(',', ';')}").warnings)


@pytest.mark.parametrize(("encoding", "name"), [("gbk", "吸光度"), ("cp932", "吸光度"), ("big5", "吸光度")])
def test_spreadsheets_of_east_asia_are_understood(encoding: str, name: str) -> None:
    spectrum = read(f"波數 (cm-1),{name}\n{ROWS}".encode(encoding))
    assert spectrum.y_units == "absorbance"
    assert "its ordinate is reflectance" in refusal(f"波數 (cm-1),反射率 (%)\n{ROWS}".encode(encoding))


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866", "utf-8"])
def test_tables_in_russian_are_understood_in_the_encodings_that_write_it(encoding: str) -> None:
    rows = ROWS.replace(",", ";")
    assert read(f"Волновое число, см-1;Пропускание, %\n{rows}".encode(encoding)).y_units == "percent"
    assert read(f"Волновое число, см-1;Оптическая плотность\n{rows}".encode(encoding)).y_units == "absorbance"
    assert "its ordinate is reflectance" in refusal(f"Волновое число, см-1;Отражение, %\n{rows}".encode(encoding))


@pytest.mark.parametrize("encoding", ["cp949", "utf-8"])
def test_tables_in_korean_are_understood(encoding: str) -> None:
    for name, kind in (("투과율", "transmittance"), ("투과도", "transmittance"), ("흡광도", "absorbance")):
        assert read(f"파수 (cm-1),{name}\n{ROWS}".encode(encoding)).y_units == kind
    assert "its ordinate is reflectance" in refusal(f"파수 (cm-1),반사율 (%)\n{ROWS}".encode(encoding))


@pytest.mark.parametrize(
    "names", ["cm-1,A,B", "cm-1,a,b", "Wavenumber,ABS,HDPE", "Wavenumber,HDPE,ABS", "Wavenumber,S,T", "X,PE,PP"]
)
def test_a_sample_that_is_called_like_a_unit_is_one_of_several(names: str) -> None:
    rows = "".join(f"{x},{y},{y}\n" for x, y in POINTS)
    assert "several spectra side by side" in refusal(f"{names}\n{rows}")


@pytest.mark.parametrize("names", ["cm-1,A,T", "cm-1,A,Baseline", "Wavenumber,ABS,Smoothed"])
def test_other_columns_beside_a_unit_are_none(names: str) -> None:
    rows = "".join(f"{x},{y},{y}\n" for x, y in POINTS)
    assert "only the first two columns were read" in read(f"{names}\n{rows}").warnings[0]


def test_a_column_that_names_the_sample_in_every_row_is_left_out() -> None:
    rows = "".join(f"SAMPLE_001,{400 + 2 * at},{0.5 + at / 100}\n" for at in range(30))
    spectrum = read(f"sample_id,wavenumber,absorbance\n{rows}")
    check(spectrum, [400.0 + 2 * at for at in range(30)], [10 ** -(0.5 + at / 100) for at in range(30)])
    assert spectrum.warnings == ()
    assert "two columns of numbers" in refusal(f"id,wavenumber,absorbance\n{rows}{rows.replace('001', '002')}")


def test_per_cent_told_as_transmittance_is_taken_for_per_cent() -> None:
    """No sample lets through twice the light, whoever says so."""
    x = np.arange(500.0, 4000, 4)
    light = 1 - 0.9 * np.exp(-(((x - 1700) / 15) ** 2))
    found = spectrum_of(x, 100 * light, "transmittance")
    np.testing.assert_allclose(found.transmittance, light)
    assert found.warnings == ("transmittance reaches 100, so it was taken for per cent",)
    assert spectrum_of(x, 100 * light, "percent").warnings == ()
    assert spectrum_of(x, light / 100, "percent").warnings == ()  # a person said so, and there are such samples
    told = read("".join(f"{at},{100 * y}\n" for at, y in zip(x, light, strict=True)), y_units="transmittance")
    np.testing.assert_allclose(told.transmittance, light)
