"""Two columns of numbers, in the many ways in which programs write them."""

import numpy as np
import pytest
from table_texts import HEAD, ROWS, Y, check, read, refusal

from irjax.spectra.table import columns_of


@pytest.mark.parametrize("separator", [",", ", ", " , ", ";", "; ", "\t", " ", "    ", " \t ", "|", " | "])
def test_separators(separator: str) -> None:
    spectrum = read((HEAD + ROWS).replace(",", separator))
    check(spectrum)
    assert spectrum.warnings == ()
    assert (spectrum.x_units, spectrum.y_units) == ("wavenumber", "transmittance")
    assert spectrum.source == "spectrum.csv"


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param("4.0e2,5E-1\n4.015E+02,6.25e-001\n403.,1.e0\n", id="exponents"),
        pytest.param("+400.0,+.5\n+401.5,+.625\n+403,+1\n", id="signs"),
        pytest.param('"400.0","0.5"\n"401.5","0.625"\n"403","1"\n', id="double quotes"),
        pytest.param("'400.0','0.5'\n'401.5','0.625'\n'403','1'\n", id="single quotes"),
        pytest.param("  400.0,0.5\n\t401.5,0.625  \n  403,1\n", id="blanks around"),
        pytest.param("400.0,0.5,\n401.5,0.625,\n403,1,\n", id="a separator at the end"),
        pytest.param("400.0,0.5\n\n401.5,0.625\n\n\n403,1\n\n", id="blank lines"),
        pytest.param("# one\n400.0,0.5\n# two, 3\n401.5,0.625\n403,1\n# end", id="comments with #"),
        pytest.param("// one\n400.0,0.5\n% two\n401.5,0.625\n! three\n403,1\n/ end", id="other comments"),
        pytest.param("403,1\n401.5,0.625\n400.0,0.5\n", id="falling"),
        pytest.param(ROWS.replace("\n", "\r\n"), id="line ends of Windows"),
        pytest.param(ROWS.replace("\n", "\r"), id="line ends of old Macs"),
        pytest.param(ROWS.rstrip(), id="no line end at the end"),
    ],
)
def test_rows(rows: str) -> None:
    spectrum = read(HEAD + rows)
    check(spectrum)
    assert spectrum.warnings == ()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings(encoding: str) -> None:
    check(read((HEAD + "# 25 °C\n" + ROWS).encode(encoding)))


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("wavenumber,absorbance", "absorbance"),
        ("Wavenumber (cm-1),Abs", "absorbance"),
        ("cm^-1;Absorbance (a.u.)", "absorbance"),
        ("# instrument\n# cm-1 absorbance", "absorbance"),
        ("Wavenumber,Absorbance\ncm-1,a.u.", "absorbance"),
        ("wavenumber,transmittance", "transmittance"),
        ("1/cm,Transmission", "transmittance"),
        ("cm-1,T", "transmittance"),
        ("cm-1,%T", "percent"),
        ("cm-1,% Transmittance", "percent"),
        ("wavenumbers\ttransmittance [%]", "percent"),
        ("wavenumber;T (%)", "percent"),
        ("wavenumber,percent transmittance", "percent"),
        ("X,Y\n1/cm,%T", "percent"),
    ],
)
def test_words_for_the_ordinate(header: str, kind: str) -> None:
    spectrum = read(f"{header}\n{ROWS}")
    expected = {"absorbance": 10.0 ** -np.array(Y), "transmittance": np.array(Y), "percent": np.array(Y) / 100}
    check(spectrum, y=list(expected[kind]))
    assert spectrum.y_units == kind
    assert all("is it a fraction?" in warning for warning in spectrum.warnings)
    assert len(spectrum.warnings) == (kind == "percent")  # half a per cent is doubted


@pytest.mark.parametrize("words", ["reflectance", "%R", "Kubelka-Munk", "refractive index"])
def test_ordinates_that_are_refused(words: str) -> None:
    assert "ordinate" in refusal(f"cm-1,{words}\n{ROWS}")


@pytest.mark.parametrize("words", ["µm", "μm", "um", "micrometers", "Wavelength (microns)"])
def test_micrometres(words: str) -> None:
    spectrum = read(f"{words},transmittance\n2.5,0.5\n5,0.625\n20,1\n")
    check(spectrum, [500, 2000, 4000], [1.0, 0.625, 0.5])
    assert spectrum.x_units == "micrometre"
    assert spectrum.warnings == ()


def test_nanometres() -> None:
    check(read("wavelength (nm),transmittance\n2500,0.5\n5000,0.625\n20000,1\n"), [500, 2000, 4000], [1.0, 0.625, 0.5])


def test_micrometres_by_their_range_with_a_warning() -> None:
    spectrum = read("x,transmittance\n2.5,0.5\n5,0.625\n20,1\n")
    check(spectrum, [500, 2000, 4000], [1.0, 0.625, 0.5])
    assert len(spectrum.warnings) == 1
    assert "micrometres" in spectrum.warnings[0]


def bands(baseline: float, height: float, share: float = 0.2) -> str:
    """400 rows, of which a share lies in bands of the given height."""
    high = np.arange(400) % 20 < 20 * share
    return "".join(f"{400 + 9 * row},{height if high[row] else baseline}\n" for row in range(400))


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        (bands(0.98, 0.1), "transmittance"),
        (bands(1.03, 0.0), "transmittance"),
        (bands(97.0, 5.0), "percent"),
        (bands(60.0, 5.0), "percent"),
        (bands(0.01, 1.2), "absorbance"),
        (bands(-0.05, 3.0), "absorbance"),
        (bands(0.5, 25.0), "scaled absorbance"),
    ],
)
def test_without_words_range_and_baseline_tell_with_a_warning(rows: str, kind: str) -> None:
    spectrum = read(rows)
    assert spectrum.y_units == kind
    assert f"taken for {kind}" in spectrum.warnings[0]
    assert "--y-units" in spectrum.warnings[0]
    assert len(spectrum.warnings) == (2 if kind == "scaled absorbance" else 1)
    y = np.array([float(row.split(",")[1]) for row in rows.split()])
    expected = {
        "transmittance": y,
        "percent": y / 100,
        "absorbance": 10.0**-y,
        "scaled absorbance": 10.0 ** -(y / y.max()),
    }
    np.testing.assert_allclose(spectrum.transmittance, expected[kind], rtol=1e-12)


def test_a_person_overrules_words_and_guesses() -> None:
    y = np.array(Y)
    for text in (ROWS, HEAD + ROWS, "cm-1,%T\n" + ROWS):
        for kind, expected in (("absorbance", 10.0**-y), ("transmittance", y), ("percent", y / 100)):
            spectrum = read(text, kind)
            check(spectrum, y=list(expected))
            assert spectrum.y_units == kind
            assert spectrum.warnings == ()


@pytest.mark.parametrize("row", ["402", "402;0.7", "402,0.7.1", "402,x", "end of data", "4 02,0.7"])
def test_a_broken_row_names_its_line(row: str) -> None:
    message = refusal(f"{HEAD}400,0.5\n# comment\n\n401,0.6\n{row}\n403,0.8\n404,0.9\n")
    assert "line 6: " in message
    assert row in message
    assert "line 2" in message


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
def test_more_columns_are_left_with_a_warning(separator: str) -> None:
    text = "wavenumber,transmittance,error\n400.0,0.5,0.01\n401.5,0.625,0.02\n403,1,0.01\n"
    spectrum = read(text.replace(",", separator))
    check(spectrum)
    assert spectrum.warnings == ("only the first two columns were read",)


def test_points_out_of_order_and_twice_with_a_warning() -> None:
    spectrum = read(HEAD + "403,1\n400,0.5\n401.5,0.625\n")
    check(spectrum)
    assert "sorted" in spectrum.warnings[0]
    spectrum = read(HEAD + "400,0.4\n400,0.6\n401.5,0.625\n403,1\n")
    check(spectrum)
    assert "averaged" in spectrum.warnings[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1\n2\n3\n", "no two columns"),
        ("a note\non a spectrum\n", "no two columns"),
        (HEAD, "no two columns"),
        (HEAD + "400,0.5\n", "1 row of"),
        (HEAD + "-1,0.5\n2,0.6\n", "positive"),
        (HEAD + "0,0.5\n2,0.6\n", "positive"),
        (HEAD + "400,0.5\n400,0.6\n", "one wavenumber"),
        (HEAD + "400,1e9\n401,1\n", "no sample has"),
        ("cm-1,absorbance\n400,-10\n401,1\n", "no absorbance"),
    ],
)
def test_what_is_no_spectrum(text: str, reason: str) -> None:
    assert reason in refusal(text)


def test_total_reflection_is_named() -> None:
    assert read("# ATR, diamond\n" + HEAD + ROWS).technique == "ATR"
    assert read(HEAD + ROWS).technique == "transmission"


@pytest.mark.parametrize("cell", ["", "-", "nan", "NaN", "NA", "#N/A"])
def test_a_missing_ordinate_is_left_out_with_a_warning(cell: str) -> None:
    spectrum = read(f"{HEAD}400,0.5\n401.5,0.625\n402,{cell}\n403,1\n")
    check(spectrum)
    assert "points without a value were left out: 1" in spectrum.warnings[0]


@pytest.mark.parametrize("head", ['"","wavenumber","transmittance"', '"wavenumber","transmittance"', "index,cm-1,T"])
@pytest.mark.parametrize("start", [0, 1])
def test_a_column_that_counts_the_rows_is_no_abscissa(head: str, start: int) -> None:
    rows = [(400, 0.5), (401.5, 0.625), (403, 1.0)]
    spectrum = read(head + "\n" + "".join(f'"{at}",{x},{y}\n' for at, (x, y) in enumerate(rows, start)))
    check(spectrum)


def test_columns_are_found_by_their_names() -> None:
    spectrum = read("transmittance,note,wavenumber\n0.5,7,400\n0.625,8,401.5\n1,9,403\n")
    check(spectrum)
    assert spectrum.warnings == ("only the columns 3 and 1 were read",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("cm-1,s1,s2,s3\n" + "400.5,1,2,3\n" * 5, "side by side"),
        ("cm-1,absorbance 1,absorbance 2\n400,1,2\n401,1,2\n402,3,4\n", "side by side"),
        ("wavenumber,acetone,ethanol\n" + "400.5,0.1,0.2\n" * 5, "side by side"),
        ("name," + ",".join(map(str, range(400, 460))) + "\nacetone" + ",0.1" * 60 + "\n", "a table on its side"),
        (",".join(map(str, range(400, 500))) + "\n" + ",".join(["0.5"] * 100) + "\n", "makes a file of each row"),
        ("cm-1,counts\n400,5000\n401,5100\n402,5200\n", "intensity"),
        ("Raman shift,Intensity (a.u.)\n400,1\n401,2\n402,3\n", "Raman"),
        ('"","absorbance"\n' + "".join(f'"{at}",0.1\n' for at in range(1, 60)), "only counts the points, from 1 to 59"),
        ("point,absorbance\n" + "".join(f"{at},0.1\n" for at in range(60)), "only counts the points, from 0 to 59"),
        ("time (s),absorbance\n400,0.1\n401,0.2\n402,0.3\n", "its first column is 'time (s)'"),
        ("Temperature,absorbance\n400,0.1\n401,0.2\n402,0.3\n", "its first column is 'Temperature'"),
        ("2theta,absorbance\n5,0.1\n6,0.2\n7,0.3\n", "its first column is '2theta'"),
        ("kJ/mol,absorbance\n5,0.1\n6,0.2\n7,0.3\n", "its first column is 'kJ/mol'"),
        ("m/z,absorbance\n5,0.1\n6,0.2\n7,0.3\n", "its first column is 'm/z'"),
    ],
)
def test_what_is_not_one_infrared_spectrum_is_refused_by_name(text: str, reason: str) -> None:
    assert reason in refusal(text)


def test_a_word_is_no_unit() -> None:
    spectrum = read("gemessen um 12 Uhr\nwavenumber,transmittance\n400,0.5\n401.5,0.625\n403,1\n")
    check(spectrum)
    plain = read("gemessen um 12 Uhr\n400 0.5\n401.5 0.625\n403 1\n")
    assert plain.x_units == "wavenumber"


@pytest.mark.parametrize("lost", ["", "-", "NaN", "#N/A"])
@pytest.mark.parametrize("at", [0, 1, 7, 29])
@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.parametrize("head", ["wavenumber (cm-1),transmittance\n", "", ",0\n", "0,1\n"])
def test_a_lost_cell_costs_a_point(lost: str, at: int, column: int, head: str) -> None:
    rows = [[f"{x}", f"{0.9 - x / 10_000:.4f}"] for x in range(400, 430)]
    rows[at][column] = lost
    spectrum = read(head + "\n".join(map(",".join, rows)) + "\n", y_units="transmittance")
    kept = np.delete(np.arange(400.0, 430.0), at)
    measured = np.isfinite(spectrum.transmittance)
    np.testing.assert_array_equal(spectrum.wavenumber[measured], kept)
    np.testing.assert_allclose(spectrum.transmittance[measured], 0.9 - kept / 10_000)
    assert any("without an abscissa" in warning for warning in spectrum.warnings) == (column == 0)


def test_several_rows_may_lack_a_number_in_the_beginning() -> None:
    rows = ["wavenumber,transmittance", "400,", "401,", ",0.9", "403,0.9", *(f"{x},0.9" for x in range(404, 420))]
    spectrum = read("\n".join(rows))
    np.testing.assert_array_equal(spectrum.wavenumber[np.isfinite(spectrum.transmittance)], np.arange(403.0, 420.0))
    assert spectrum.y_units == "transmittance"


def test_a_column_that_is_lost_is_refused() -> None:
    rows = [f"{x if x % 2 else ''},0.9" for x in range(400, 430)]
    assert "line 1: ',0.9' is not a row of two numbers as line 2 is" in refusal("\n".join(rows))


@pytest.mark.parametrize(
    ("head", "factor"),
    [
        ("frequency (THz)", 33.35641),
        ("frequency (GHz)", 0.03335641),
        ("energy (eV)", 8065.544),
        ("energy / meV", 8.065544),
    ],
)
def test_frequencies_and_energies_become_wavenumbers(head: str, factor: float) -> None:
    rows = "".join(f"{x / factor!r},{y}\n" for x, y in ((400, 0.5), (401.5, 0.625), (403, 1)))
    spectrum = read(f"{head},transmittance\n{rows}")
    np.testing.assert_allclose(spectrum.wavenumber, [400, 401.5, 403])


def test_a_range_from_below_that_of_infrared_is_doubted() -> None:
    rows = "".join(f"{x},{y}\n" for x, y in ((100, 0.0), (200, 0.1), (1000, 1.0), (2000, 0.0), (3000, 0.0)))
    for head in ("", "wavenumber,a.u.\n"):
        assert any("Raman" in warning for warning in read(head + rows).warnings)
    assert not any("Raman" in warning for warning in read("wavenumber,absorbance\n" + rows).warnings)


def test_one_column_after_its_number_and_ends_is_read() -> None:
    spectrum = read("3\n403\n4.00D2\n1\n2\n4\n0.2\n1.0D-1\n0.0\n")
    np.testing.assert_allclose(spectrum.wavenumber, [400, 401.5, 403])
    np.testing.assert_allclose(spectrum.absorbance, [0.0, 0.1, 0.2], atol=1e-12)
    assert any("taken for cm⁻¹" in warning for warning in spectrum.warnings)


@pytest.mark.parametrize("empty", ["", ",", "  "])
def test_a_list_of_peaks_below_an_empty_line_is_no_part_of_the_table(empty: str) -> None:
    points = "".join(f"{x},{0.1 + 0.8 * (x % 400 == 0)}\n" for x in range(4000, 500, -20))
    peaks = "".join(f"{x + 0.7},100\n" for x in (1690, 1598, 1449, 1360, 1266, 955, 761, 690))
    found = columns_of(f"wavenumber,absorbance\n{points}{empty}\n{peaks}")
    assert (found.x.size, found.y.max()) == (175, 0.9)
    one, other = ("".join(f"{x},0.5\n" for x in span) for span in (range(4000, 2000, -20), range(2040, 500, -20)))
    assert columns_of(f"wavenumber,absorbance\n{one}{empty}\n{other}").x.size == 177
    parted = points.replace("2400,", f"{empty}\n2400,")  # a line that is empty and parts nothing
    assert columns_of(f"wavenumber,absorbance\n{parted}").x.size == 175


@pytest.mark.parametrize("mark", ["*{x:.2f}", "<{x:.2f}", "{x:.0f}*", "${x:.1f}", "{x:,.0f}", "####"])
@pytest.mark.parametrize("further", ["", ";1"])
def test_rows_that_cannot_be_read_above_a_table_are_refused(mark: str, further: str) -> None:
    """Excel's text has #### where a column is too narrow for its numbers."""
    rows = []
    for x in range(1900, 500, -20):
        cell = mark.format(x=x).replace(",", "`") if x >= 1000 else x
        rows.append(f"{cell};{0.1 + 0.8 * (x % 400 == 0)}{further}")
    assert "is not a row of two numbers" in refusal("\n".join([f"Wavenumber;Absorbance{further}", *rows]))


@pytest.mark.parametrize(
    "head",
    [
        "* 1715;0.82\n* 2950;0.10\n* 1200;0.12\n",
        "### 1\n### 2\n### 3\n",
        "> 4000;500\n",
        "? 1;2\n",
        "2024_05;2024_06\n",
        "101_1;101_2\n",
        '{"sample": "acetone", "resolution": 4}\n',
        "[[Header]]\n",
    ],
)
def test_marks_in_a_header_make_no_row_of_it(head: str) -> None:
    rows = "\n".join(f"{x};{0.1 + 0.8 * (x % 400 == 0)}" for x in range(4000, 500, -20))
    assert read(head + rows).wavenumber.size == 175


@pytest.mark.parametrize("label", ["2024_05_01", "101_2", "1_1", "1\u00b72"])
def test_a_sample_called_by_numbers_is_no_number(label: str) -> None:
    rows = "\n".join(f"{label},{x},{0.1 + 0.8 * (x % 400 == 0)}" for x in range(4000, 500, -20))
    assert columns_of("sample,wavenumber,absorbance\n" + rows).x.size == 175


def test_a_table_of_several_samples_is_called_so() -> None:
    rows = [f"{name},{x},{0.1 + 0.8 * (x % 400 == 0)}" for name in ("one", "two") for x in range(4000, 500, -20)]
    assert "its first column holds 2 names, as of several spectra" in refusal(
        "\n".join(["s,wavenumber,absorbance", *rows])
    )


def test_wavenumbers_are_the_abscissa_beside_places_in_micrometres() -> None:
    rows = "".join(f"10.5,20.5,{x},{0.1 + 0.8 * (x % 400 == 0)}\n" for x in range(4000, 500, -20))
    found = columns_of("X (µm),Y (µm),Wavenumber (cm^{-1}),Absorbance\n" + rows)
    assert (found.names, found.x[0], found.y.max()) == (("Wavenumber (cm^{-1})", "Absorbance"), 4000, 0.9)


@pytest.mark.parametrize(
    "others",
    ["Transmittance,Absorption coefficient (cm-1)", "Transmittance,uncertainty (cm-1)", "Absorbance,Resolution (cm-1)"],
)
def test_what_stands_in_wavenumbers_beside_micrometres_is_no_abscissa(others: str) -> None:
    rows = "".join(f"{1e4 / x:.4f},{0.1 + 0.8 * (x % 400 == 0)},{x % 7}\n" for x in range(4000, 500, -20))
    found = columns_of(f"Wavelength (µm),{others}\n{rows}")
    assert (found.names[0], found.x[0]) == ("Wavelength (µm)", 2.5)


@pytest.mark.parametrize("text", ['{"x": [4000, 3996], "y": [0.1, 0.2]}', " [[4000, 0.1], [3996, 0.2]]", '[{"x": 1}]'])
def test_json_is_called_so(text: str) -> None:
    assert "is JSON" in refusal(text)
