"""Spreadsheets: the cells that another library wrote, and what is no sheet of a spectrum."""

import io
import zipfile
from datetime import UTC, datetime

import numpy as np
import pytest
from openpyxl import Workbook
from table_texts import read, refusal

X = np.arange(4000.0, 399.0, -4.0)
Y = 0.95 - 0.5 * np.exp(-0.5 * ((X - 1715) / 15) ** 2)
ROWS = list(zip(X.tolist(), Y.tolist(), strict=True))
HEAD = ("wavenumber (cm-1)", "transmittance")


def book(hidden: tuple[str, ...] = (), **sheets: list[tuple]) -> bytes:
    written = Workbook()
    assert written.active is not None
    written.remove(written.active)
    for title, rows in sheets.items():
        sheet = written.create_sheet(title)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
    file = io.BytesIO()
    written.save(file)
    return file.getvalue()


def packed(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "x")
        for name, content in members.items():
            archive.writestr(name.replace("_", "/", 1), content)
    return file.getvalue()


def test_the_cells_of_a_sheet_are_the_points() -> None:
    spectrum = read(book(Sheet1=[HEAD, *ROWS]), name="spectrum.xlsx")
    np.testing.assert_array_equal(spectrum.wavenumber, X[::-1])
    np.testing.assert_allclose(spectrum.transmittance, Y[::-1], rtol=1e-15)  # written with 16 digits
    assert spectrum.warnings == ()


def test_a_hidden_sheet_is_read_last() -> None:
    old = [(x, 0.5 + 0.4 * (x < 2000)) for x, _ in ROWS]
    spectrum = read(book(hidden=("old",), old=[HEAD, *old], current=[HEAD, *ROWS]), name="spectrum.xlsx")
    np.testing.assert_allclose(spectrum.transmittance, Y[::-1], rtol=1e-15)
    assert any("'old'" in warning for warning in spectrum.warnings)


def test_the_sheet_that_holds_a_spectrum_is_found_and_others_are_named() -> None:
    about = [("Sample", "acetone"), ("measured", datetime(2026, 1, 2, tzinfo=UTC).replace(tzinfo=None))]
    per_cent = [("State", "KBr pellet"), (None, None), ("cm-1", "%T"), *((a, 100 * b) for a, b in ROWS)]
    spectrum = read(book(About=about, Data=per_cent, Again=ROWS))
    np.testing.assert_allclose(spectrum.transmittance, Y[::-1], rtol=1e-12)
    assert (spectrum.y_units, spectrum.phase) == ("percent", "pellet")
    assert spectrum.warnings == ("only the sheet 'Data' was read; not read: 'About', 'Again'",)


def test_a_table_of_peaks_does_not_hide_the_spectrum() -> None:
    peaks = [("Wavenumber", "Height"), (1717, 0.8), (1460, 0.4), (2925, 0.9)]
    spectrum = read(book(Peaks=peaks, Data=[HEAD, *ROWS]))
    np.testing.assert_array_equal(spectrum.wavenumber, X[::-1])
    assert spectrum.warnings == ("only the sheet 'Data' was read; not read: 'Peaks'",)
    assert len(read(book(Peaks=peaks)).wavenumber) == 3


def test_numbers_that_were_typed_as_text_are_read() -> None:
    typed = [tuple(str(number).replace(".", ",") for number in row) for row in ROWS]
    np.testing.assert_array_equal(read(book(Tabelle1=[("Wellenzahl", "Transmission"), *typed])).wavenumber, X[::-1])


def test_what_is_no_spreadsheet_of_a_spectrum_is_refused_by_its_name() -> None:
    assert "no two columns of numbers" in refusal(book(Sheet1=[("nothing", "here")]))
    whole = book(Sheet1=[HEAD, *ROWS])
    assert "a damaged spreadsheet" in refusal(whole[: len(whole) // 2])
    assert "a damaged spreadsheet" in refusal(packed(xl_workbook=b"<"))
    assert "without a sheet" in refusal(packed(word_document=b"x"))
    assert "over 200,000 cells" in refusal(book(Sheet1=[(1.0,) * 2500] * 81))
    assert "over 16 MiB" in refusal(packed(xl_sheet1=bytes(17 * 2**20)))


def test_rows_without_a_cell_count_too() -> None:
    whole, file = zipfile.ZipFile(io.BytesIO(book(Sheet1=ROWS))), io.BytesIO()
    begin = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            rows = begin + b"<row/>" * 250_000 + b"</sheetData></worksheet>"
            archive.writestr(name, rows if name.endswith("sheet1.xml") else whole.read(name))
    assert "over 200,000 cells" in refusal(file.getvalue())


@pytest.mark.parametrize("seed", range(40))
def test_damaged_spreadsheets_are_refused_in_a_line(seed: int) -> None:
    draw = np.random.default_rng(seed)
    content = bytearray(book(Sheet1=[HEAD, *ROWS[:60]]))
    for at in draw.integers(40, len(content), 30):
        content[at] = draw.integers(256)
    assert refusal(bytes(content)).count("\n") == 0
