"""Tables of several spectra: each comes out as it went in, whichever way they stand, and nothing else does."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook
from table_texts import read

from irjax.cli import main
from irjax.spectra.reading import parse_spectrum
from irjax.spectra.several import LARGEST_TABLE, parted, several_of
from irjax.spectra.spectrum import SpectrumError

X = np.arange(4000.0, 598.0, -2.0)
NAMES = ["acetone", "neat film", "KBr, 1 %"]
PLACES = [round(float(x), 1) for x in X]
ABSORBANCE = np.round(
    [
        0.01 + 0.6 * np.exp(-(((X - 1715 - 9 * k) / 12) ** 2)) + 0.3 * np.exp(-(((X - 2930) / 20) ** 2))
        for k in range(3)
    ],
    4,
)


def written(rows: list[list], separator: str = ",", mark: str = ".") -> str:
    text = io.StringIO()
    cells = [[str(cell).replace(".", mark) if isinstance(cell, float) else cell for cell in row] for row in rows]
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(cells)
    return text.getvalue()


def beside(names: list[str], head: str = "wavenumber (cm-1)") -> list[list]:
    return [[head, *names], *([x, *map(float, y)] for x, y in zip(PLACES, ABSORBANCE.T, strict=True))]


def in_rows(*labels: str) -> list[list]:
    body = ([name, *labels, *map(float, y)] for name, y in zip(NAMES, ABSORBANCE, strict=True))
    return [["sample", *labels, *PLACES], *body]


def below() -> list[list]:
    pairs = [(name, zip(PLACES, y, strict=True)) for name, y in zip(NAMES, ABSORBANCE, strict=True)]
    return [["sample", "wavenumber", "absorbance"], *([name, x, float(a)] for name, points in pairs for x, a in points)]


def numbered() -> list[list]:
    pairs = [(number, zip(PLACES, y, strict=True)) for number, y in enumerate(ABSORBANCE, 7)]
    return [["id", "wn", "absorbance"], *([number, x, float(a)] for number, points in pairs for x, a in points)]


def named_last() -> list[list]:
    return [[x, a, name] for name, x, a in below()]


def in_pairs() -> list[list]:
    head = [[cell for name in NAMES for cell in (name, "")], ["cm-1", "A"] * 3]
    body = zip(PLACES, ABSORBANCE.T.tolist(), strict=True)
    return head + [[cell for a in y for cell in (x, a)] for x, y in body]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "form", [lambda: beside(NAMES), in_rows, lambda: in_rows("batch 7"), below, in_pairs, named_last]
)
def test_each_spectrum_comes_out_as_it_went_in(form: Callable[[], list[list]], separator: str) -> None:
    rows = [[cell.replace(",", "") if isinstance(cell, str) else cell for cell in row] for row in form()]
    for mark in ".," if separator != "," else ".":
        found = parted(written(rows, separator, mark))
        assert [name for name, _ in found] == [name.replace(",", "") for name in NAMES]
        for (_, text), wanted in zip(found, ABSORBANCE, strict=True):
            spectrum = read(text)
            np.testing.assert_array_equal(spectrum.wavenumber, X[::-1])
            np.testing.assert_allclose(spectrum.absorbance, wanted[::-1], atol=1e-12)


@pytest.mark.parametrize("separator", [",", "\t", " "])
def test_wavenumbers_that_begin_anew_begin_a_spectrum(separator: str) -> None:
    rows = numbered()
    bare = [row[1:] for row in rows[1:]]
    headed = [row for k in range(3) for row in ([f"sample-{k}"], *bare[k * len(X) : (k + 1) * len(X)])]
    for table, names in (
        (rows, ["7", "8", "9"]),
        (bare, ["", "", ""]),
        (headed, ["sample-0", "sample-1", "sample-2"]),
    ):
        found = parted(written(table, separator))
        assert [name for name, _ in found] == names
        for (_, text), wanted in zip(found, ABSORBANCE, strict=True):
            np.testing.assert_array_equal(read(text).wavenumber, X[::-1])
            np.testing.assert_allclose(read(text).absorbance, wanted[::-1], atol=1e-12)


def test_a_header_may_be_a_comment_and_lines_above_it_shorter() -> None:
    for above in ("# X-100\n% wavenumber a b c\n", "# mode absorbance\n# wavenumber a b c\n"):
        found = parted(above + written(beside([])[1:], " "))
        assert [name for name, _ in found] == ["a", "b", "c"]
    (_, text), *_ = parted("Mode;Absorbance\nAccessory;ATR\n" + written(beside(["a", "b", "c"]), ";"))
    assert (read(text).technique, read(text).warnings) == ("ATR", ())


def test_blocks_of_jcamp_dx_become_files_of_their_own(tmp_path: Path) -> None:
    def block(title: str, kind: str, ordinates: np.ndarray) -> str:
        head = f"##TITLE={title}\n##JCAMP-DX=4.24\n##DATA TYPE={kind}\n##XUNITS=1/CM\n##YUNITS=ABSORBANCE\n"
        ends = f"##FIRSTX=4000\n##LASTX=600\n##NPOINTS={len(X)}\n##XFACTOR=1\n##YFACTOR=0.0001\n"
        rows = (f"{x:g} {round(1e4 * y)}\n" for x, y in zip(X, ordinates, strict=True))
        return f"{head}{ends}##XYDATA=(X++(Y..Y))\n{''.join(rows)}##END=\n"

    kinds = ("INFRARED SPECTRUM", "RAMAN SPECTRUM", "INFRARED SPECTRUM")
    blocks = "".join(map(block, NAMES, kinds, ABSORBANCE))
    file = tmp_path / "linked.dx"
    file.write_text(f"##TITLE=all\n##JCAMP-DX=4.24\n##DATA TYPE=LINK\n##BLOCKS=4\n{blocks}##END=\n")
    found = several_of(file)
    assert [name for name, _ in found] == [NAMES[0], NAMES[2]]
    for (_, text), wanted in zip(found, ABSORBANCE[::2], strict=True):
        spectrum = parse_spectrum(text.encode(), "part.dx")
        np.testing.assert_allclose(spectrum.absorbance, wanted[::-1], atol=1e-12)
        assert not spectrum.warnings
    file.write_text(block(NAMES[0], kinds[0], ABSORBANCE[0]))
    with pytest.raises(SpectrumError, match=r"linked\.dx: holds one spectrum"):
        several_of(file)


def test_what_stands_above_goes_with_each() -> None:
    said = "Instrument: X-100, ATR\nSample preparation: neat liquid\nY units: absorbance\n"
    for rows in (beside(NAMES), in_rows()):
        for _, text in parted(said + written(rows)):
            spectrum = read(text)
            assert (spectrum.technique, spectrum.phase, spectrum.y_units) == ("ATR", "liquid", "absorbance")
            assert not spectrum.warnings


def test_units_below_the_names_stay_and_the_row_that_differs_names_them() -> None:
    head = "Wavenumber\tAbsorbance\tAbsorbance\tAbsorbance\ncm-1\ta.u.\ta.u.\ta.u.\n\tneat\t1 h\t2 h\n"
    found = parted(head + written(beside([])[1:], "\t"))
    assert [name for name, _ in found] == ["neat", "1 h", "2 h"]
    assert {(read(text).x_units, read(text).y_units) for _, text in found} == {("wavenumber", "absorbance")}


@pytest.mark.parametrize("names", [["A", "B", "C"], ["T", "X", "Y"], ["101", "102", "103"]])
def test_names_of_samples_are_no_units(names: list[str]) -> None:
    found = parted(written(beside(names)))
    assert [name for name, _ in found] == names
    for (_, text), wanted in zip(found, ABSORBANCE, strict=True):
        np.testing.assert_allclose(read(text).absorbance, wanted[::-1], atol=1e-12)


def test_numbers_may_head_columns_and_count_rows_of_either_kind() -> None:
    many = np.tile(ABSORBANCE[0], (40, 1)) * np.linspace(1, 2, 40)[:, None]
    samples = [str(10 * number) for number in range(5, 45)]
    down = [["", "wavenumber", *samples], *([n, PLACES[n], *map(float, y)] for n, y in enumerate(many.T))]
    across = [["", *PLACES], *([n, *map(float, y)] for n, y in enumerate(many))]
    for rows, names in ((down, samples), (across, [str(n) for n in range(40)])):
        found = parted(written(rows))
        assert [name for name, _ in found] == names
        np.testing.assert_allclose(read(found[-1][1]).absorbance, many[-1][::-1], atol=1e-12)


def test_columns_named_by_r_are_wavenumbers() -> None:
    rows = in_rows()
    found = parted(written([["sample", *(f"X{x:g}" for x in PLACES)], *rows[1:]]))
    assert len(found) == 3
    assert read(found[0][1]).wavenumber[-1] == 4000


def test_errors_and_blanks_are_no_spectra_and_missing_values_cost_a_point() -> None:
    rows = beside(["neat", "std", "blank", "loaded"])
    rows[1:] = [[row[0], row[1], 0.01, 0.02, row[2]] for row in rows[1:]]
    rows[5][4] = "nan"
    (_, neat), (name, loaded) = parted(written(rows))
    assert name == "loaded"
    assert len(read(neat).wavenumber) == len(X)
    assert len(read(loaded).wavenumber) == len(X) - 1


def test_a_workbook_may_hold_them_in_its_sheets(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.title = "notes"
    book.active.append(["nothing here"])
    for title, rows in (("one", [row[:2] for row in beside(NAMES)]), ("day 2", beside(NAMES))):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    found = several_of(tmp_path / "book.xlsx")
    assert [name for name, _ in found] == ["one", *(f"day 2 {name}" for name in NAMES)]
    np.testing.assert_allclose(read(found[-1][1]).absorbance, ABSORBANCE[-1][::-1], atol=1e-12)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (written([row[:2] for row in beside(NAMES)]).encode(), "holds one spectrum and no others"),
        (b"no table at all\n" * 50, "holds no two columns of numbers"),
        (b'"' + b"x" * 200_000, "is no row of a table"),
        (b"\0\1\2" * 100, "binary file"),
        (b"%PDF-1.4", "is a PDF"),
        (b"1,2,3\n" * 1_000_002, "holds over 1,000,000 lines; part it into smaller tables first"),
        (b"1,2,3\n" * (LARGEST_TABLE // 6 + 1), "larger than 32 MiB; part it into smaller tables first"),
    ],
)
def test_what_is_no_such_table_is_refused_by_name(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(SpectrumError, match=rf"table\.csv: .*{reason}"):
        several_of(tmp_path / "table.csv")
    with pytest.raises(SpectrumError, match=r"none\.csv: No such file"):
        several_of(tmp_path / "none.csv")


def test_files_have_names_of_their_own_in_a_new_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, out = tmp_path / "table.csv", tmp_path / "out"
    rows = beside(["../../escape", "a/b", "A b", "..", "a_b_6", "a b"])
    table.write_text(written([*rows[:1], *([*row, 0.5, *row[1:3]] for row in rows[1:])]))
    assert main(["split", str(table), str(out)]) == 0
    assert "6 spectra" in capsys.readouterr().out
    names = ["4.txt", "A_b_3.txt", "a_b.txt", "a_b_6.txt", "a_b_6_6.txt", "escape.txt"]
    assert sorted(file.name for file in out.iterdir()) == names
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out", "table.csv"]
    assert main(["split", str(table), str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert main(["split", str(out / "4.txt"), str(tmp_path / "more")]) == 1
    assert not (tmp_path / "more").exists()
    assert main(["predict", str(out), "--format", "csv"]) == 1  # a flat line among them
    assert capsys.readouterr().out.count("Ketone") == 5
