"""Tables of several spectra that programs and people write otherwise: each number where it belongs, or a refusal.

Ordinates say whose they are: 0.207 is the seventh point of the second spectrum.
"""

import random
import re

import numpy as np
import pytest

from irjax.spectra.reading import parse_spectrum
from irjax.spectra.several import parted
from irjax.spectra.spectrum import SpectrumError

PLACES = np.arange(1000, 2100, 100)
"""Of spectra in rows."""
DOWN = np.arange(1000, 1250, 10)
"""Of spectra in columns."""


def values(spectrum: int, count: int) -> list[str]:
    return [f"0.{spectrum}{point:02d}" for point in range(1, count + 1)]


def in_rows(head: str, *names: str, separator: str = ",") -> str:
    """Eleven wavenumbers and below them a row for each name."""
    cells = [separator.join([name, *values(number, 11)]) for number, name in enumerate(names, 1)]
    return "\n".join([head, *cells]) + "\n"


def in_columns(head: str, *before: str, separator: str = ",", spectra: int = 3) -> str:
    """25 rows of a wavenumber, what else stands before, and a number of each spectrum."""
    columns = [values(number, 25) for number in range(1, spectra + 1)]
    rows = [separator.join([*before, str(x), *cells]) for x, *cells in zip(DOWN, *columns, strict=True)]
    return "\n".join([head, *rows]) + "\n"


def across(separator: str = ",", sign: str = "") -> str:
    return separator.join(f"{sign}{place}" for place in PLACES)


def under(name: str, spectrum: int, separator: str = ",", more: str = "") -> str:
    """25 rows that begin with a name."""
    points = zip(DOWN, values(spectrum, 25), strict=True)
    return "".join(f"{name}{separator}{x}{separator}{y}{more}\n" for x, y in points)


ROWS = {
    "R, names of rows": in_rows(" ".join(f'"X{x}"' for x in PLACES), '"A"', '"B"', '"C"', separator=" "),
    "R, tabs and no X": in_rows(across("\t"), "A", "B", "C", separator="\t"),
    "a number in the corner": in_rows(f"0,{across()}", "A", "B", "C"),
    "pandas, columns counted": in_rows("," + ",".join(map(str, range(11))) + f"\n0,{across()}", "A", "B", "C"),
    "channels above": in_rows("channel," + ",".join(map(str, range(100, 111))) + f"\nid,{across()}", "A", "B", "C"),
    "a unit in brackets": in_rows("id," + ",".join(f"{x} (cm-1)" for x in PLACES), "A", "B", "C"),
    "a class and an index": in_rows(f",class,id,{across()}", "0,p,A", "1,p,B", "2,q,C"),
    "a cell without a class": in_rows(f"class,id,{across()}", "p,A", ",B", "q,C"),
    "how sure": in_rows(f"id,{across()}", "A", "B", "C", "SD"),
}
COLUMNS = {
    "R, names of rows": in_columns('"A" "B" "C"', separator=" "),
    "names of two words, quoted": in_columns('"wavenumber" "A" "B" "C"', separator=" "),
    "names by tabs, numbers by blanks": in_columns("wavenumber\tA\tB\tC", separator=" "),
    "an index that ends in 0": "index,wavenumber,A,B,C\n"
    + "".join(f"{24 - at},{line}\n" for at, line in enumerate(in_columns("").strip().split("\n"))),
    "a number in the corner": in_columns("99,A,B,C"),
    "another axis": re.sub(
        r"^(\d+),", lambda m: f"{m[1]},{1e4 / float(m[1]):.4f},", in_columns(""), flags=re.M
    ).replace("\n", "wavenumber (cm-1),wavelength,A,B,C\n", 1),
    "names that are units": in_columns("wavenumber,A,B,C"),
    "a list below": in_columns("wavenumber,A,B,C") + "\nPeaks,,,\n1715,0.5,0.5,0.5\n1030,0.6,0.6,0.6\n",
    "a number said of each": in_columns("name,A,B,C\nmoisture,1.5,2.5,3.5"),
}


@pytest.mark.parametrize("text", ROWS.values(), ids=ROWS)
def test_rows_come_out_as_they_went_in(text: str) -> None:
    found = parted(text)
    assert [name for name, _ in found] == ["A", "B", "C"]
    for number, (_, part) in enumerate(found, 1):
        points = [line.split("\t") for line in part.split("\n")[-11:]]
        assert [float(x) for x, _ in points] == PLACES.tolist()
        assert [float(y) for _, y in points] == list(map(float, values(number, 11)))


@pytest.mark.parametrize("text", COLUMNS.values(), ids=COLUMNS)
def test_columns_come_out_as_they_went_in(text: str) -> None:
    found = parted(text)
    assert [name for name, _ in found] == ["A", "B", "C"]
    for number, (_, part) in enumerate(found, 1):
        points = [line.split("\t") for line in part.split("\n")[-25:]]
        assert [(float(x), y) for x, y in points] == list(zip(DOWN, values(number, 25), strict=True))
        assert len(parse_spectrum(part.encode(), "part.txt").wavenumber) == 25


@pytest.mark.parametrize(
    "names",
    [
        ("empty fruit bunch", "surgical mask", "PLA solvent cast"),
        ("std_1", "flag leaf", "Temperature 25 C"),
        ("PET", "NM", "KM"),
        ("engine oil", "transmission oil", "gear oil"),
        ("PE, film", "PP, film", "PS"),
    ],
)
def test_what_samples_are_called_decides_nothing(names: tuple[str, ...]) -> None:
    found = parted(in_columns("Wavenumber (cm-1)," + ",".join(f'"{name}"' for name in names)))
    assert [name for name, _ in found] == list(names)
    spectra = [parse_spectrum(part.encode(), "part.txt") for _, part in found]
    assert all(spectrum.wavenumber.tolist() == DOWN.tolist() for spectrum in spectra)
    plain = [parse_spectrum(part.encode(), "part.txt") for _, part in parted(in_columns("Wavenumber (cm-1),A,B,C"))]
    assert [spectrum.y_units for spectrum in spectra] == [spectrum.y_units for spectrum in plain]


def test_errors_beside_means_are_passed_over() -> None:
    text = in_columns("wavenumber,A mean,A StdDev,B mean,B SEM,C mean,C standard deviation", spectra=6)
    assert [name for name, _ in parted(text)] == ["A mean", "B mean", "C mean"]


def test_spectra_may_begin_and_end_anywhere() -> None:
    rows = [f"{x},{a},{b},{c}" for x, a, b, c in zip(DOWN, *(values(n, 25) for n in (1, 2, 3)), strict=True)]
    rows[0], rows[1] = f"{DOWN[0]},,0.201,0.301", f"{DOWN[1]},,0.202,0.302"
    rows[-1] = f"{DOWN[-1]},0.125,0.225"
    (_, first), (_, second), (_, third) = parted("\n".join(["wavenumber,A,B,C", *rows]))
    assert [len(part.split("\n")) - 1 for part in (first, second, third)] == [23, 25, 24]
    assert "1000\t0.201" in second
    assert "1020\t0.103" in first
    short = in_rows(f"id,{across()}", "A") + "B,0.201,0.202,0.203,0.204,,,,,,,\n"
    assert [len(part.split("\n")) for _, part in parted(short)] == [11, 4]


def test_a_line_of_words_amid_a_table_ends_nothing() -> None:
    lines = in_columns("wavenumber,A,B,C").split("\n")
    found = parted("\n".join([*lines[:15], "page 2", *lines[15:]]))
    assert [len(part.split("\n")) for _, part in found] == [26] * 3
    with pytest.raises(SpectrumError, match="begin anew, beside 3 columns of numbers"):
        parted("\n".join([*lines[:26], "sample,D,E,F", *lines[1:]]))
    further = [re.sub(r"^1", "3", line) for line in lines[1:]]
    with pytest.raises(SpectrumError, match="line 27: another table follows"):
        parted("\n".join([*lines[:26], "sample,D,E,F", *further]))


def test_pairs_are_told_by_names_that_come_again_and_by_their_range() -> None:
    pairs = "".join(f"{x},0.1{at:02d},{x + 5},0.2{at:02d}\n" for at, x in enumerate(range(1000, 1800, 100)))
    found = parted("S1,,S2,\nX,Y,X,Y\n" + pairs)
    assert [name for name, _ in found] == ["S1", "S2"]
    assert "1005\t0.200" in found[1][1]
    micrometres = "".join(f"{3 + at / 10},0.1{at:02d},{3.05 + at / 10},0.2{at:02d}\n" for at in range(25))
    assert [part.split("\n")[0].split("\t")[1] for _, part in parted(micrometres)] == ["0.100", "0.200"]


def test_a_column_that_runs_one_way_is_a_spectrum_beside_named_wavenumbers() -> None:
    rows = "".join(f"{x},{85 + at / 10:.1f},{90 - at % 7},{80 - at % 5}\n" for at, x in enumerate(DOWN))
    found = parted("wavenumber,window,A,B\n" + rows)
    assert [name for name, _ in found] == ["window", "A", "B"]
    assert all(part.split("\n")[1].startswith("1000\t") for _, part in found)


def test_a_long_table_may_have_replicates_and_classes() -> None:
    tab = "sample\twavenumber\tabsorbance\n" + under("PE, 1", 1, "\t") + under("PE, 2", 2, "\t")
    assert [(name, part.split("\n")[1]) for name, part in parted(tab)] == [
        ("PE, 1", "1000\t0.101"),
        ("PE, 2", "1000\t0.201"),
    ]
    named = "".join(under(f"{sample},{rep}", 2 * at + rep) for at, sample in enumerate("AB") for rep in (1, 2))
    found = parted("sample,rep,wavenumber,absorbance\n" + named)
    assert [name for name, _ in found] == ["A 1", "A 2", "B 1", "B 2"]
    assert [len(parse_spectrum(part.encode(), "part.txt").wavenumber) for _, part in found] == [25] * 4
    classes = in_rows(f"class,id,{across()}", *(f"{each},{at}" for each in ("PE", "PP") for at in range(25)))
    assert len(parted(classes)) == 50


REFUSED = {
    "temperatures above a narrow window": (
        "Wavenumber (cm-1),"
        + ",".join(map(str, range(20, 320, 20)))
        + "\n"
        + "".join(f"{1600 + 5 * at}," + ",".join(["0.1"] * 15) + "\n" for at in range(20)),
        "may run across or down below 'Wavenumber",
    ),
    "two tables": (in_rows(f"id,{across()}", "A", "B") + in_rows(f"id,{across()}", "C"), "line 4: wavenumbers again"),
    "columns one below another": (
        in_columns("", spectra=2).strip() + in_columns("", spectra=2),
        "begin anew, beside 2 columns of numbers",
    ),
    "a letter for a zero": (in_columns("wavenumber,A,B,C").replace("0.210", "0.21O"), "line 11: '0.21O' is no number"),
    "the same in a row": (in_rows(f"id,{across()}", "A", "B").replace("0.210", ">2"), "line 3: '>2' is no number"),
    "another mark of decimals": (
        in_columns("wavenumber\tA\tB\tC", separator="\t").replace("0.2", "0,2"),
        "marks the decimals of one column by commas",
    ),
    "marks between thousands": (
        "wavenumber,A,B\n" + "".join(f'"{x:,}",0.1,0.2\n' for x in range(900, 1100, 10)),
        "line 12: '1,000' is no number",
    ),
    "blanks for cells": (
        "wavenumber  A  B  C\n" + "".join(f"{x}  0.1  {'0.2' if x > 1100 else '   '}  0.3\n" for x in DOWN),
        "rows have unlike numbers of cells",
    ),
    "a comma in a name": (in_rows(f"id,{across()}", "A", "PE, film", "C"), "line 3: 'film' is no number"),
    "one cell more": (in_rows(f"id,{across()}", "A", "B").replace(",0.211", ",0.211,0.5"), "line 3: has 13 cells"),
    "a number among names": (
        "sample,wavenumber,absorbance\n" + under("1", 1) + under("S2", 2) + under("S3", 3),
        "line 2: begins with no name",
    ),
    "a quoted comma among names": (
        "sample,wavenumber,absorbance\n" + under("A", 1) + under('"PE, film"', 2) + under("C", 3),
        "line 27: begins with no name",
    ),
    "numbers for names": (
        "id,wavenumber,absorbance\n" + "".join(f"{n},{x},0.{n}\n" for x in DOWN for n in (1, 2, 3)),
        "column 'id' numbers spectra",
    ),
}


def damaged(draw: random.Random) -> str:
    """One of the tables above, of which lines are lost, torn, of other signs or other tables."""
    tables = [*ROWS.values(), *COLUMNS.values(), *(text for text, _ in REFUSED.values())]
    lines = draw.choice(tables).split("\n")
    for _ in range(draw.randint(1, 4)):
        at, sign = draw.randrange(len(lines)), draw.choice("0123456789,.")
        lines = draw.choice(
            [
                [*lines[:at], draw.choice(["", "x,y", "NaN,NaN", "words", "-1e400,1", ",,,"]), *lines[at:]],
                [*lines[:at], lines[at][: draw.randrange(len(lines[at]) + 1)], *lines[at + 1 :]],
                [*lines[:at], lines[at].replace(sign, draw.choice(["", "e", "1e999", "nan", '"'])), *lines[at + 1 :]],
                lines[at:],
                [*lines, *draw.choice(tables).split("\n")],
                [line.replace(",", draw.choice(";\t ")) for line in lines],
            ]
        )
    return "\n".join(lines)


def test_damaged_tables_are_parted_or_refused() -> None:
    draw, refused = random.Random(0), 0
    for _ in range(1500):
        try:
            assert len(parted(damaged(draw))) > 0
        except SpectrumError:
            refused += 1
    assert 100 < refused < 1400


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_told_is_refused(text: str, why: str) -> None:
    with pytest.raises(SpectrumError, match=re.escape(why)):
        parted(text)
