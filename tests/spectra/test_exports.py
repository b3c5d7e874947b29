"""Tables as programs export them: what stands around the points, and in what letters."""

import time

import numpy as np
import pytest
from table_texts import read, refusal

X = np.arange(4000.0, 399.0, -4.0)
Y = 0.95 - 0.5 * np.exp(-0.5 * ((X - 1715) / 15) ** 2)
NAMES = "wavenumber (cm-1),transmittance\n"


def rows(x: np.ndarray = X) -> str:
    return "".join(f"{a:.9g},{b:.4f}\n" for a, b in zip(x, Y, strict=True))


def whole(text: str | bytes) -> bool:
    return np.array_equal(read(text).wavenumber, X[::-1])


@pytest.mark.parametrize("row", ["4000,400", "4096,2", "8192,4", "901,2", "400,4000"])
@pytest.mark.parametrize("below", [False, True])
def test_a_row_that_is_no_point_of_the_table_is_left_out_with_a_warning(row: str, below: bool) -> None:
    text = NAMES + (rows() + row + "\n" if below else row + "\n" + rows())
    spectrum = read(text)
    np.testing.assert_array_equal(spectrum.wavenumber, X[::-1])
    np.testing.assert_allclose(spectrum.transmittance, Y[::-1], atol=1e-4)
    line = len(X) + 2 if below else 2
    assert spectrum.warnings == (f"line {line} was left out: '{row}' is no point of the table",)


@pytest.mark.parametrize("sign", ["%", " %", "\u202f%"])
def test_signs_of_per_cent_in_cells_are_no_words(sign: str) -> None:
    table = "".join(f"{a:g};{100 * b:.2f}{sign}\n" for a, b in zip(X, Y, strict=True))
    for text in (table, table.replace(".", ",")):
        spectrum = read("Wellenzahl (cm-1);Transmission\n" + text)
        np.testing.assert_allclose(spectrum.transmittance, Y[::-1], atol=1e-4)


def test_a_table_below_comments_of_two_signs_is_no_jcamp() -> None:
    rruff = f"##NAMES=Quartz\n##RRUFFID=R040031\n##STATUS=confirmed\n{rows()}##END=\n\n"
    assert whole(rruff), "as the RRUFF project has them"


@pytest.mark.parametrize("name", ["Quartz__R040031__Raman__532__0.txt", "raman.csv"])
def test_a_file_that_calls_itself_a_raman_spectrum_is_doubted(name: str) -> None:
    assert any("a Raman spectrum" in warning for warning in read(NAMES + rows(), name=name).warnings)
    assert not read(NAMES + rows(), name="vertex-ft-ir-raman.csv").warnings


def test_points_at_a_growing_distance_are_all_kept() -> None:
    lengths = 1e4 / X
    assert len(read("micrometres,transmittance\n" + rows(lengths)).wavenumber) == len(X)


def test_an_abscissa_in_nanometres_that_nothing_names_is_one() -> None:
    spectrum = read(rows(1e7 / X))
    np.testing.assert_allclose(spectrum.wavenumber, X[::-1], rtol=1e-7)
    assert "taken for nanometres" in spectrum.warnings[0]
    assert read(rows(X * 3)).x_units == "wavenumber", "1200 to 12,000 may be the near infrared"


@pytest.mark.parametrize(("name", "factor"), [("Wavenumber (mm-1)", 0.1), ("1/mm", 0.1), ("Wavenumber [m^-1]", 100.0)])
def test_wavenumbers_per_millimetre_and_metre_are_no_cm(name: str, factor: float) -> None:
    np.testing.assert_allclose(read(f"{name},transmittance\n" + rows(X * factor)).wavenumber, X[::-1], rtol=1e-7)


@pytest.mark.parametrize(
    ("line", "phase"),
    [
        ("Sampling,KBr pellet", "pellet"),
        ("Sample preparation: Nujol mull", "mull"),
        ("# sample form = neat liquid", "liquid"),
        ('"Aggregatzustand";"gasförmig"', "gas"),
        ("Probenvorbereitung: KBr-Pressling", "pellet"),
        ("State of the sample: solution in CCl4", "solution"),
        ("Sampling procedure: KBr pellet", "pellet"),
        ("Sample: KBr pellet", "pellet"),
        ("Sample type: Nujol mull", "mull"),
        ("# Method: transmission, KBr pellet", "pellet"),
        ("Probe: KBr-Pressling", "pellet"),
        ("# Medium: KBr", "pellet"),
        ("Sample: gas oil", "unknown"),
        ("Aggregatzustand: Flüssigkeitsfilm", "film"),
        ("State: liquid, KBr plates", "liquid"),
        ("Sampling: nitrogen gas purge", "unknown"),
        ("Prepared: 2019 by the gas lab", "unknown"),
        ("Technique: transmission, KBr beamsplitter", "unknown"),
        ("Phase correction,Mertz; gas cell", "unknown"),
        ("Phase resolution: 64, solid", "unknown"),
    ],
)
def test_the_header_tells_what_the_sample_was(line: str, phase: str) -> None:
    assert read(f"{line}\n{NAMES}{rows()}").phase == phase


@pytest.mark.parametrize("footer", ["Comments: measured twice", "End of data", "Operator,AB", "\nInstrument\tX20"])
def test_words_after_the_table_are_no_rows(footer: str) -> None:
    assert whole(f"{NAMES}{rows()}{footer}\n")


def test_a_broken_last_row_is_still_told() -> None:
    assert "'396' is not a row" in refusal(f"{NAMES}{rows()}396\n")


def test_a_long_header_hides_no_table() -> None:
    assert whole("".join(f"Parameter {at}: {1.5 * at}\n" for at in range(900)) + NAMES + rows())


@pytest.mark.parametrize("code", ["utf-16", "utf-16-le", "utf-16-be"])
def test_characters_of_two_bytes_are_read_without_a_mark(code: str) -> None:
    assert whole(("Wellenzahl (cm⁻¹),transmittance\n" + rows()).encode(code))


def test_zeros_after_the_text_are_nothing() -> None:
    assert whole((NAMES + rows()).encode() + b"\0" * 37)


def test_an_instrument_that_could_measure_raman_spectra_did_not() -> None:
    assert whole(f"Instrument: X50 FT-IR/Raman\n{NAMES}{rows()}")
    assert "Raman" in refusal(f"Technique: Raman\n{NAMES}{rows()}")


def test_a_spreadsheet_is_told_from_an_archive() -> None:
    start = b"PK\x03\x04" + b"\0" * 26
    assert "a damaged spreadsheet" in refusal(start + b"[Content_Types].xml" + b"\0" * 99)
    assert "save the two columns as CSV" in refusal(start + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet")
    assert "unpack it" in refusal(start + b"a.csv" + b"\0" * 99)


@pytest.mark.parametrize("end", ["END", "EOF", '"Comment","ok"', "-----", "(c) 2019 Lab", "##### Extended Information"])
def test_whatever_marks_the_end_of_a_table_ends_it(end: str) -> None:
    assert whole(f"{NAMES}{rows()}{end}\n")


def test_numbers_below_a_heading_after_the_table_are_no_points() -> None:
    assert whole(f"{NAMES}{rows()}\n##### Extended Information\n[Peak Picking]\n1715.0,50\n1200.0,30\n")
    assert whole(f"{NAMES}{rows()}\n[Peaks]\n1715.0\t50\n")


@pytest.mark.parametrize("heading", ["Spectrum B", "[Scan 2]", "##### Second"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_second_table_is_not_taken_for_words_after_the_first(heading: str, mark: str) -> None:
    said = refusal(f"{NAMES}{rows()}{heading}\n{rows().replace(',', mark)}")
    assert "another table follows" in said or "is not a row" in said


def test_the_last_points_before_a_gap_are_points() -> None:
    for missing in (slice(1, 12), slice(2, 12), slice(-12, -1)):
        kept = np.delete(np.arange(len(X)), np.arange(len(X))[missing])
        text = NAMES + "".join(f"{a:.4f},{b:.6f}\n" for a, b in zip(X[kept], Y[kept], strict=True))
        assert len(read(text).wavenumber) == len(kept)
        assert read(text).warnings == ()


def test_a_list_of_peaks_below_the_table_and_zeros_at_its_end_are_left_out() -> None:
    per_cent = "".join(f"{a:g},{100 * b:.3f}\n" for a, b in zip(X, Y, strict=True))
    for more in ("1715,12\n1200,30\n2930,40\n", "400.0000,0.0\n" * 3):
        spectrum = read("wavenumber (cm-1),%T\n" + per_cent + more)
        np.testing.assert_array_equal(spectrum.wavenumber, X[::-1])
        assert len(spectrum.warnings) == 3


def test_a_number_of_points_above_rounded_wavenumbers_is_left_out() -> None:
    places = np.round(4000 - 1.928 * np.arange(901))
    text = NAMES + "8192,4\n" + "".join(f"{a:.0f},{b:.4f}\n" for a, b in zip(places, Y, strict=True))
    assert "'8192,4' is no point" in read(text).warnings[0]


@pytest.mark.parametrize(
    "line",
    ["Wavenumber (cm-1) vs molar absorptivity (M-1 cm-1)", "Gas cell 10 m - 1 atm", "x: in mm - 1 mm steps; cm-1"],
)
def test_metres_elsewhere_are_no_unit_of_the_abscissa(line: str) -> None:
    np.testing.assert_array_equal(read(f"# {line}\nx,transmittance\n{rows()}").wavenumber, X[::-1])


def test_an_abscissa_that_may_be_nanometres_is_doubted() -> None:
    lengths = np.linspace(12500, 2500, len(X))
    assert "the abscissa has no unit" in read("x,transmittance\n" + rows(lengths)).warnings[0]


@pytest.mark.parametrize(
    "line", ["Instrument: inVia Raman microscope", "Model: i-Raman Plus", "Accessory: Raman module"]
)
def test_an_instrument_for_raman_spectra_alone_is_refused(line: str) -> None:
    assert "Raman" in refusal(f"{line}\n{NAMES}{rows()}")


@pytest.mark.parametrize(
    ("line", "technique"),
    [
        ("polystyrene, ATR corrected", "ATR, corrected"),
        ("no ATR", "transmission"),
        ("ATR correction: none", "transmission"),
        ("not ATR corrected", "ATR"),
        ("without ATR correction", "ATR"),
    ],
)
def test_atr_that_is_denied_or_corrected_is_none_and_what_is_uncorrected_is(line: str, technique: str) -> None:
    assert read(f"# {line}\n{NAMES}{rows()}").technique == technique


def test_columns_are_told_from_rows_and_from_each_other() -> None:
    swapped = "".join(f"{b:.4f},{a:g}\n" for a, b in zip(X, Y, strict=True))
    assert "put the wavenumbers first" in refusal(swapped)
    for empty in (",{},{}\n", "{},,{}\n", "{},{},\n"):
        assert whole("".join(empty.format(f"{a:g}", f"{b:.4f}") for a, b in zip(X, Y, strict=True)))
    german = "".join(f"{a:,.1f};{b:.4f}\n" for a, b in zip(X, Y, strict=True)).translate(str.maketrans(",.", ".,"))
    assert "between the thousands of a number" in refusal("Wellenzahl;Transmission\n" + german)
    for marks in ((",", "."), (".", ",")):
        pairs = (
            [f"{a:.1f}".replace(".", marks[0]), f"{b:.4f}".replace(".", marks[1])] for a, b in zip(X, Y, strict=True)
        )
        assert "use one mark" in refusal("cm-1;transmittance\n" + "".join(f"{a};{b}\n" for a, b in pairs))
    lost = "".join(f"{a:g};{1e4 * b:.0f}\n" for a, b in zip(X, Y, strict=True))
    assert "were its decimal marks lost" in refusal("Wellenzahl;Transmission\n" + lost)


SMOOTH = 0.02 + 0.9 * np.exp(-(((X - 1715) / 30) ** 2)) + 0.5 * np.exp(-(((X - 2900) / 60) ** 2))
LINES = [f"{a:g}\t{b:.4f}" for a, b in zip(X, SMOOTH, strict=True)]
ABSORBING = "cm-1\tAbsorbance\n"


def joined(lines: list[str]) -> str:
    return ABSORBING + "\n".join(lines) + "\n"


def with_raw(blemish: str) -> str:
    cells = [f"{a:g};{b:.4f};{3 * b:.4f}" for a, b in zip(X, SMOOTH, strict=True)]
    cells[10:30] = [blemish.format(a=a, b=b, c=3 * b) for a, b in zip(X[10:30], SMOOTH[10:30], strict=True)]
    return "cm-1;Absorbance;raw\n" + "\n".join(cells)


@pytest.mark.parametrize("blemish", ["{a:g};;{c:.4f}", ";{b:.4f};{c:.4f}"])
def test_columns_with_some_empty_cells_stay(blemish: str) -> None:
    spectrum = read(with_raw(blemish))
    assert len(spectrum.wavenumber) == len(X) - 20
    assert spectrum.absorbance[np.searchsorted(spectrum.wavenumber, 1716)] == pytest.approx(0.92, abs=0.01)
    assert "only the first two columns were read" in spectrum.warnings


def test_a_second_ordinate_that_begins_late_is_not_the_spectrum() -> None:
    cells = [f"{a:g};{'' if a > 2200 else b};{3 * b:.4f}" for a, b in zip(X, SMOOTH, strict=True)]
    assert "side by side" in refusal("cm-1;Absorbance;Absorbance\n" + "\n".join(cells))


def test_a_remark_between_rows_that_go_on_ends_no_table() -> None:
    for at in (400, 886):
        assert whole(joined([*LINES[:at], "### lamp changed", *LINES[at:]]))
    assert "'[part 2]' is not a row" in refusal(joined([*LINES[:-15], "[part 2]", *LINES[-15:]]))


@pytest.mark.parametrize(
    "lines",
    [
        [*LINES[:-300], *("ca. " + line for line in LINES[-300:])],
        [*LINES[:-1], "O" + LINES[-1]],
        [*LINES[:-15], "continued", *(line.replace("\t", ";") for line in LINES[-15:])],
        [*LINES, "Log", *(f"event {at}" for at in range(500)), *(line.replace("\t", ";") for line in LINES)],
    ],
)
def test_points_behind_words_are_not_lost_in_silence(lines: list[str]) -> None:
    said = refusal(joined(lines))
    assert "is not a row" in said or "another table follows" in said


@pytest.mark.parametrize("end", ["*** END OF DATA ***", "<end>", ">>> eof"])
def test_marks_before_a_word_make_it_no_row(end: str) -> None:
    assert whole(joined([*LINES, end]))


def test_absurd_blanks_in_a_header_take_no_time() -> None:
    start = time.process_time()
    assert whole("State" + " " * 100_000 + "x\n" + joined(LINES))
    assert time.process_time() - start < 2


def test_an_infrared_laser_makes_a_raman_spectrum_no_infrared_one() -> None:
    assert "Raman" in refusal("FT-Raman spectrum, near-infrared excitation 1064 nm\n" + "\n".join(LINES))
    assert whole("Laser wavelength (nm): 632.8\nY units: absorbance\n" + "\n".join(LINES))


def test_a_unit_of_something_else_is_none_of_the_abscissa() -> None:
    far = [line for line, a in zip(LINES, X, strict=True) if a >= 1050]
    assert read("sample m-1\nY units: absorbance\n" + "\n".join(far)).wavenumber[0] == 1052
    assert whole("Wavenumber c m-1\tAbsorbance\n" + "\n".join(LINES))
    assert whole("XUNITS;1/CM\n" + "\n".join(LINES).replace("\t", ";"))


@pytest.mark.parametrize(("line", "phase"), [("State (25 °C): liquid", "liquid"), ("Phase gas", "gas")])
def test_a_state_without_a_colon_is_heard(line: str, phase: str) -> None:
    assert read(f"{line}\n{joined(LINES)}").phase == phase


def test_a_missing_ordinate_does_not_spoil_the_guess() -> None:
    cells = [f"{a:g},{10**-b:.4f}" for a, b in zip(X, SMOOTH, strict=True)]
    cells[5] = f"{X[5]:g},"
    assert read("\n".join(cells)).y_units == "transmittance"


def test_decimal_commas_that_begin_late_or_stand_behind_blanks_are_refused() -> None:
    cells = [f"{a:.1f},{b:.4f}" for a, b in zip(X, SMOOTH, strict=True)]
    late = [*cells[:500], *(cell.replace(".", ",") for cell in cells[500:])]
    assert "is not a row" in refusal("cm-1,Absorbance\n" + "\n".join(late))
    behind = "\n".join(f"{a:g}, 0,{1e4 * b:05.0f}" for a, b in zip(X, SMOOTH, strict=True))
    assert "commas part both" in refusal("cm-1, Absorbance\n" + behind)
