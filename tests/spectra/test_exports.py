"""Tables as programs export them: what stands around the points, and in what letters."""

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
    assert "save the two columns as CSV" in refusal(start + b"[Content_Types].xml" + b"\0" * 99)
    assert "save the two columns as CSV" in refusal(start + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet")
    assert "unpack it" in refusal(start + b"a.csv" + b"\0" * 99)
