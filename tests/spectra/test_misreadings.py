"""Files that were once misread, each with what went wrong."""

import time

import numpy as np
import pytest

from irjax.spectra.grid import INFRARED
from irjax.spectra.reading import parse_spectrum, read_spectrum
from irjax.spectra.resample import resample
from irjax.spectra.spectrum import Spectrum, SpectrumError

X, Y = [400.0, 401.5, 403.5], [0.5, 0.625, 0.75]
JDX = (
    "##TITLE=t\n##JCAMP-DX=4.24\n##DATA TYPE=INFRARED SPECTRUM\n##XUNITS=1/CM\n##YUNITS=ABSORBANCE\n"
    "{records}##{table}\n{rows}\n##END=\n"
)


def jdx(rows, table="XYDATA=(X++(Y..Y))", **records):
    return JDX.format(records="".join(f"##{k}={v}\n" for k, v in records.items()), table=table, rows=rows)


def read(text, y_units=None, name="spectrum.csv"):
    return parse_spectrum(text.encode(), name, y_units)


def check(spectrum, x=X, y=Y):
    np.testing.assert_allclose(spectrum.wavenumber, x, rtol=1e-12)
    np.testing.assert_allclose(spectrum.transmittance, y, rtol=1e-12)


# table.py: _Layout.row() has no anchor, so findall counts "0,5" inside "400;0,5" for the layout "," with "."
@pytest.mark.parametrize("separator", [";", "; ", "\t", " ", "|"])
@pytest.mark.parametrize("columns", [2, 3])
def test_decimal_commas(separator, columns):
    rows = ["wavenumber;transmittance;error", "400,0;0,5;0,1", "401,5;0,625;0,1", "403,5;0,75;0,1"]
    rows = [separator.join(row.split(";")[:columns]) for row in rows]
    spectrum = read("\n".join(rows))
    check(spectrum)
    assert len(spectrum.warnings) == columns - 2


# table.py: quotes need not be paired, so "400,0","0,5" is read as x=400, y=0, silently but for "first two columns"
@pytest.mark.parametrize("separator", [",", ";"])
def test_quoted_decimal_commas(separator):
    rows = [("wavenumber", "transmittance"), ("400,0", "0,5"), ("401,5", "0,625"), ("403,5", "0,75")]
    spectrum = read("\n".join(separator.join(f'"{cell}"' for cell in row) for row in rows))
    check(spectrum)
    assert spectrum.warnings == ()


# units.y_kind on a whole header: `^\s*a\s*$` never matches beside a separator, and `\bt\b\s*$` not beside a quote
@pytest.mark.parametrize("header", ["cm-1,A", "cm-1;A", '"cm-1","A"', "wavenumber\tA", '"cm-1","T"', "# cm-1, A"])
def test_single_letters_name_the_ordinate(header):
    assert read(header + "\n400,0.95\n401,0.97\n402,0.2\n403,0.98\n").warnings == ()


# units.y_kind: \s* runs over the line end, and the sign of a comment is taken for per cent
@pytest.mark.parametrize(
    "header", ["wavenumber,transmittance\n% measured in May\n", "% transmittance of acetone\n", "% T, cm-1\n"]
)
def test_the_sign_of_a_comment_is_no_per_cent(header):
    check(read(header + "400.0,0.5\n401.5,0.625\n403.5,0.75\n"))


# table.py: words anywhere in the prose of a header outweigh the name of the column
def test_the_name_of_the_column_outweighs_prose():
    spectrum = read("# computed from transmittance\nwavenumber,absorbance\n400,0.5\n401,0.6\n")
    assert spectrum.y_units == "absorbance"


# table.py: single letters, "ABS" (a polymer) and "arb" (carbon) in a file's name
@pytest.mark.parametrize("name", ["a.csv", "t.csv", "run_t.csv", "ABS plastic.csv", "carbon.csv"])
def test_a_name_that_says_nothing(name):
    rows = "".join(f"{400 + row},{0.98 if row % 5 else 0.2}\n" for row in range(100))
    spectrum = read(rows, name=name)
    assert spectrum.y_units == "transmittance"
    assert "nothing says" in spectrum.warnings[0]


# units.phase: "solution" in "resolution", "KBr" of a beam splitter, "gas" in "gasoline", "crystal" of an ATR accessory
@pytest.mark.parametrize(
    "words",
    ["Resolution: 4", "Beamsplitter: KBr", "Sample: gasoline", "Accessory: ATR diamond crystal", "Saved to disk"],
)
def test_words_that_are_no_phase(words):
    assert read(f"{words}\nwavenumber,transmittance\n400,.5\n401,.6\n").phase == "unknown"


# table.py: a Raman spectrum is refused as JCAMP-DX and as SPC, not as CSV
def test_raman_is_refused():
    with pytest.raises(SpectrumError, match="Raman"):
        read("Raman shift (cm-1),Intensity\n400,100\n401,120\n")


# table.py: quadratic regular expressions: 5 kB of digits take 15 s, 5 kB of blanks 10 s, 16 MB for ever
@pytest.mark.parametrize("text", ["1" * 3000, "400" + " " * 3000 + "x", "400,1" + " " * 3000 + "x\n400,1"])
def test_a_long_line_takes_no_time(text):
    start = time.process_time()
    with pytest.raises(SpectrumError):
        read(text)
    assert time.process_time() - start < 0.2


# table.py: a broken row before the first whole one is taken for a header, and its point lost in silence
def test_a_broken_first_row_names_its_line():
    with pytest.raises(SpectrumError, match="line 2"):
        read("cm-1,absorbance\n400,?\n401,.6\n402,.7\n")


# asdf.py:83: IndexError where the last line holds an abscissa and no ordinate
@pytest.mark.parametrize("rows", ["400 1 2 3\n403", "400", "400,1\n401,2\n402,3\n403,4"])
def test_an_abscissa_without_ordinates(rows):
    with pytest.raises(SpectrumError):
        read(jdx(rows, FIRSTX=400, LASTX=402, NPOINTS=7))


# jcamp._decimal_comma: whole numbers parted as "x,y" are the standard's own form; an even count is taken for decimals
@pytest.mark.parametrize("rows", ["400,1\n401,2\n402,3\n403,4", "400,1 401,2 402,3 403,4", "400,1;401,2;402,3;403,4"])
@pytest.mark.parametrize("records", [{"NPOINTS": 4}, {}])
def test_pairs_of_whole_numbers(rows, records):
    spectrum = read(jdx(rows, "XYPOINTS=(XY..XY)", **records))
    np.testing.assert_allclose(spectrum.wavenumber, [400, 401, 402, 403])
    np.testing.assert_allclose(spectrum.absorbance, [1, 2, 3, 4])


# jcamp._decode: pairs of two spectra were sorted into one
def test_pairs_that_begin_anew_are_refused():
    rows = "\n".join(f"{x},{0.1 + x % 7 / 100:.2f}" for _ in range(2) for x in range(400, 1000, 5))
    with pytest.raises(SpectrumError, match="begins anew"):
        read(jdx(rows, "XYPOINTS=(XY..XY)", NPOINTS=240, FIRSTX=400, LASTX=995, YFACTOR=1))


# jcamp._check_ordinates: a missing first point
def test_a_missing_first_point_does_not_contradict_the_header():
    spectrum = read(jdx("400 ? 2 3", FIRSTX=400, LASTX=402, NPOINTS=3, FIRSTY=2))
    assert not any("nan" in warning for warning in spectrum.warnings)


# jcamp._abscissa: with LASTX missing, a rounded DELTAX outweighs the X column
def test_a_rounded_step_without_last_abscissa():
    x = 400 + 0.9643 * np.arange(7000)
    rows = "\n".join(f"{value:.4f} 0.1" for value in x)
    spectrum = read(jdx(rows, FIRSTX=400, DELTAX="0.964", NPOINTS=7000))
    np.testing.assert_allclose(spectrum.wavenumber, x, atol=1e-3)


# units.to_transmittance: one spike beyond 2 makes a transmittance of 0.9 into 0.009
def test_one_spike_makes_no_per_cent():
    spectrum = read(jdx("400 .9 .95 2.4\n403 .9 .8 .9", FIRSTX=400, LASTX=405, NPOINTS=6).replace("ABSORBANCE", "T"))
    assert np.median(spectrum.transmittance) == pytest.approx(0.9)


# units.to_transmittance: an absorbance of 98 is no absorbance either, nor a percentage of 0.98 one; nothing is said
@pytest.mark.parametrize(("units", "y"), [("ABSORBANCE", "98 97 20"), ("%T", "0.98 0.97 0.2")])
def test_an_ordinate_beyond_belief_is_warned_of(units, y):
    assert read(jdx(f"400 {y}", FIRSTX=400, LASTX=402, NPOINTS=3).replace("ABSORBANCE", units)).warnings != ()


# vendor._spc: str(log_book.text) is the text of a dict; the memo (bytes 88 to 218) is not read
def test_spc_title_and_memo(instrument_files):
    spectrum = read_spectrum(instrument_files / "spc" / "HCL.SPC")
    assert "HCL" in spectrum.title
    assert spectrum.phase == "gas"


# units.phase: NIST has nine files in the state "SOLID (NEAT…)"
@pytest.mark.parametrize("state", ["SOLID (NEAT)", "SOLID (NEAT, HYGROSCOPIC)"])
def test_a_neat_solid_is_a_solid(state):
    assert read(jdx("400 1 2 3", FIRSTX=400, LASTX=402, NPOINTS=3, STATE=state)).phase == "solid"


# resample: the half bin at the end of a range or of a gap is averaged about another point than its own
def test_a_line_stays_a_line_up_to_its_end():
    x = np.linspace(500, 3000, 4000)
    values = resample(Spectrum(x, x / 4000))
    inside = np.isfinite(values)
    np.testing.assert_allclose(values[inside], INFRARED.values[inside] / 4000, rtol=1e-5)


def test_nothing_leaks_out_of_a_gap():
    x = np.concatenate([np.arange(390, 1000, 0.5), np.arange(1030, 4010, 0.5)])
    values = resample(Spectrum(x, np.where(x < 1010, 0.0, 1.0)))
    assert set(values[np.isfinite(values)]) == {0.0, 1.0}


def drawn(kind="T", points=451):
    """Wavenumbers from 4000 down to 400 and a spectrum with one band, as transmittance or absorbance."""
    x = np.linspace(4000, 400, points)
    absorbance = 0.02 + 0.9 * np.exp(-(((x - 1715) / 20) ** 2))
    return x, absorbance if kind == "A" else 10.0**-absorbance


def table(header, kind="T", separator=","):
    x, y = drawn(kind)
    return header + "\n" + "\n".join(f"{a:.1f}{separator}{b:.5f}" for a, b in zip(x, y, strict=True)) + "\n"


# table.py: words anywhere in a header decided the units of both axes
@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("# path length 25 µm\nx,transmittance", "T"),
        ("film 10 microns thick\nX,absorbance", "A"),
        ("gold 10 nm nanoparticles\nX,absorbance", "A"),
        ("beam energy eV\nX,absorbance", "A"),
        ("# ABS resin, film", "T"),
        ("Sample: UV absorber 531", "T"),
        ("# Mode: transmission\nwavenumber,value", "A"),
        ("epsilon-caprolactone", "T"),
        ("# 5 % toluene in CCl4", "T"),
        ("# 5 % toluene in CCl4", "A"),
        ("# Number of reflections: 1", "A"),
        ("# attenuated total reflectance", "A"),
    ],
)
def test_words_about_the_sample_are_no_units(header, kind):
    spectrum = read(table(header, kind))
    assert (spectrum.wavenumber[0], spectrum.wavenumber[-1]) == (400.0, 4000.0)
    assert spectrum.y_units == ("transmittance" if kind == "T" else "absorbance")
    np.testing.assert_allclose(spectrum.transmittance, drawn()[1][::-1], atol=2e-5)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("XUNITS,1/CM\nYUNITS,ABSORBANCE", "A"),
        ("# Y axis: Abs", "A"),
        ("# y: absorbance of a film", "A"),
        ("Wavenumber,Absorbance\ncm-1,a.u.", "A"),
        ("Wavenumber (cm-1)   Absorbance (a.u.)", "A"),
        ("An absorbance spectrum of acetone", "A"),
        ("Infrared spectrum, transmittance", "T"),
    ],
)
def test_words_about_the_axes_are_believed_wherever_they_stand(header, kind):
    spectrum = read(table(header, kind))
    assert spectrum.y_units == ("transmittance" if kind == "T" else "absorbance")
    assert not [warning for warning in spectrum.warnings if "nothing says" in warning]


# table.py: rows with marks between thousands became a header, and the spectrum began below 1000 cm⁻¹
@pytest.mark.parametrize("mark", [*",' ._·´", *"\u2019\u02bc\u00a0\u2007\u2009\u202f"])
@pytest.mark.parametrize("head", ["Wavenumber;%T\n", ""])
def test_thousands_marks_are_refused_not_taken_for_a_header(mark, head):
    x, y = drawn()
    decimal = "," if mark == "." else "."
    rows = [
        f"{a:,.1f}".replace(",", "t").replace(".", decimal).replace("t", mark) + f";{100 * b:.2f}".replace(".", decimal)
        for a, b in zip(x, y, strict=True)
    ]
    with pytest.raises(SpectrumError, match="thousands"):
        read(head + "\n".join(rows))


def test_whole_numbers_with_points_between_thousands_are_refused():
    rows = [f"{a:,.0f}".replace(",", ".") + ";95" for a in range(4000, 399, -8)]
    with pytest.raises(SpectrumError, match="begins anew"):
        read("\n".join(rows))


# table.py: two spectra one below another were sorted into one
@pytest.mark.parametrize("between", ["", "# spectrum 2\n"])
@pytest.mark.parametrize("apart", [0.0, 0.5])
def test_spectra_one_below_another_are_refused(between, apart):
    x, y = drawn()
    first, second = (
        "\n".join(f"{a + off:.2f},{b:.4f}" for a, b in zip(x, y, strict=True)) + "\n" for off in (0, apart)
    )
    with pytest.raises(SpectrumError, match="one below another"):
        read("wavenumber,transmittance\n" + first + between + second)


# table.py: `4000,0,95` was read as 4000 and 0
@pytest.mark.parametrize("rows", ["4000,0,9510\n3999,0,9480\n3998,0,9470\n", "4000,0,95\n3995,5,0,94\n3991,0,93\n"])
def test_commas_for_columns_and_decimals_are_refused(rows):
    with pytest.raises(SpectrumError, match="part both"):
        read(rows)


# reading.py: two signs of a comment are no JCAMP-DX
def test_a_table_with_a_double_comment_is_a_table():
    assert read(table("## exported by lab\nwavenumber,absorbance", "A")).y_units == "absorbance"


# units.py: other scales passed for the plain ones
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("1-Transmittance", "absorptance"),
        ("Absorption (%)", "absorptance"),
        ("absorptance", "absorptance"),
        ("absorbance (base e)", "napierian"),
    ],
)
def test_scales_turned_over_or_natural_are_refused(words, reason):
    with pytest.raises(SpectrumError, match=reason):
        read(table(f"wavenumber,{words}", "A"))


@pytest.mark.parametrize(("words", "factor"), [("-log(transmittance)", 1), ("absorbance (mAU)", 1000)])
def test_absorbance_under_other_names(words, factor):
    x, y = drawn("A")
    text = f"wavenumber,{words}\n" + "\n".join(f"{a},{factor * b}" for a, b in zip(x, y, strict=True))
    np.testing.assert_allclose(read(text).transmittance, drawn()[1][::-1], rtol=1e-9)


@pytest.mark.parametrize("words", ["Sample 1 - Transmittance", "run 1-transmittance"])
def test_a_number_before_a_dash_is_no_one_minus(words):
    assert read(table(f"wavenumber,{words}")).y_units == "transmittance"


# jcamp.py: the first infrared block was read, whatever it held
@pytest.mark.parametrize(
    "other",
    [
        jdx("1700,1\n1600,2\n1500,3", "PEAK TABLE=(XY..XY)", NPOINTS=3),
        jdx("400 1 2\n402 3 4").replace("INFRARED SPECTRUM", "INFRARED INTERFEROGRAM"),
        jdx("400,1 401,2 402,3", "XYPOINTS=(XY..XY)").replace("ABSORBANCE", "REFLECTANCE"),
        jdx("400,1 401,2 402,3", "XYPOINTS=(XY..XY)").replace("ABSORBANCE", "INTENSITY"),
        jdx("400,1 401,2 402,3", "XYPOINTS=(XY..XY)").replace("ABSORBANCE", "ARBITRARY UNITS"),
    ],
)
def test_the_block_that_is_a_spectrum_is_read(other):
    spectrum = read(other + jdx("400,0.1 401,0.2 402,0.3", "XYPOINTS=(XY..XY)").replace("TITLE=t", "TITLE=sample"))
    assert spectrum.title == "sample"
    np.testing.assert_allclose(spectrum.absorbance, [0.1, 0.2, 0.3])
    assert any("not read" in warning for warning in spectrum.warnings)


# jcamp.py: decimal commas without a number of points became ordinates of 95499
def test_decimal_commas_that_nothing_confirms_are_refused():
    rows = "\n".join(f"{4000 - 2 * at} 0,95 0,94" for at in range(50))
    with pytest.raises(SpectrumError, match="nobody can tell"):
        read(jdx(rows, FIRSTX="4000.0", LASTX="3901.0"))


# table.py: what the mends above refused or forgot for a while
def strong(y, per_cent=True):
    """A sample that lets next to nothing through, whose base line tells nothing."""
    return (100 if per_cent else 1) * (0.01 + 0.25 * (y - y.min()) / np.ptp(y) * np.linspace(0, 1, y.size) ** 4)


@pytest.mark.parametrize("blank", [",", '"",""', ",12"])
def test_a_row_of_empty_cells_is_no_row_with_thousands(blank):
    spectrum = read(table(f"Wavenumber (cm-1),Absorbance\n{blank}", "A"))
    assert (spectrum.y_units, spectrum.wavenumber.size) == ("absorbance", 451)


@pytest.mark.parametrize(
    ("header", "x", "first"),
    [
        ("XUNITS,NANOMETERS\nYUNITS,%T", np.linspace(200, 2500, 300), 4000.0),
        ("X Units: Wavelength (micrometers)", np.linspace(0.4, 14, 300), 1e4 / 14),
        ("X Units: THz", np.linspace(0.2, 3, 300), 0.2 * 33.35641),
    ],
)
def test_a_stated_unit_is_believed_wherever_its_values_lie(header, x, first):
    rows = "".join(f"{a:.5f},{90 - 50 * (at == 100)}\n" for at, a in enumerate(x))
    assert read(f"{header}\n{rows}", "percent").wavenumber[0] == pytest.approx(first)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Wellenzahl\tTransmission\ncm-1\t%", "percent"),
        ("Nombre d'onde\tTransmission\ncm-1\t%", "percent"),
        ("Long Name\tWavenumber\tTransmittance\nUnits\tcm-1\t%", "percent"),
        ("Messart: %Transmission", "percent"),
        ("wavenumber\t%T1", "percent"),
        ("wavenumber\t%T_corr", "percent"),
        ("Wellenzahl\tAbsorbanz\ncm-1\t", "absorbance"),
    ],
)
def test_headers_of_two_rows_and_other_languages(header, kind):
    x, y = drawn()
    values = strong(y) if kind == "percent" else drawn("A")[1]
    spectrum = read(header + "\n" + "\n".join(f"{a:.1f}\t{b:.5f}" for a, b in zip(x, values, strict=True)))
    assert spectrum.y_units == kind
    np.testing.assert_array_equal(spectrum.wavenumber[[0, -1]], [400, 4000])


def test_stretches_that_adjoin_are_one_spectrum_and_many_below_another_are_not():
    x = np.concatenate([np.arange(4000.0, 9993, 8), np.arange(400.0, 3997, 4)])
    rows = "".join(f"{a},{0.9 - 0.5 * (at == 900)}\n" for at, a in enumerate(x))
    assert read("wavenumber,transmittance\n" + rows).wavenumber[-1] == 9992
    one = "".join(f"{a},{0.9 - 0.5 * (a == 1700)}\n" for a in range(400, 4000, 4))
    with pytest.raises(SpectrumError, match="one below another"):
        read("wavenumber,transmittance\n" + one * 25)


def test_three_columns_of_whole_numbers_that_are_named_are_read():
    rows = "".join(f"{a},{a % 8 == 0:d},1\n" for a in range(400, 500, 4))
    assert read("wn,absorbance,err\n" + rows).wavenumber.size == 25
