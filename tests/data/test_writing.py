"""What a maker of datasets may not write."""

import json
from pathlib import Path

import numpy as np
import pytest

from irjax.data.dataset import open_dataset, sha256
from irjax.data.writing import Kept, Result, verdict, write_dataset
from irjax.errors import InputError
from irjax.spectra.grid import Grid

GRID = Grid(0.0, 9.0, 10, "nm")
MADE, NOTED, COLUMNS = {"command": "tests"}, {"technique": "fluorescence"}, ("id", "file")


def results(*rows: np.ndarray) -> list[Result]:
    each = enumerate(rows)
    return [Result(verdict(f"{at}.csv", str(at)), Kept(row, {"id": str(at), "file": f"{at}.csv"})) for at, row in each]


def test_rows_come_back_as_they_were_given(tmp_path: Path) -> None:
    rows = np.arange(30.0).reshape(3, 10)
    rejected = Result(verdict("bad.csv", "bad", "no spectrum"), None)
    dataset = write_dataset(tmp_path / "d", iter([*results(*rows), rejected]), MADE, GRID, NOTED, COLUMNS)
    np.testing.assert_array_equal(dataset.values, rows)
    lines = (tmp_path / "d" / "curation.csv").read_text().splitlines()
    assert lines[-1] == "bad.csv,bad,rejected,no spectrum"
    assert lines[1] == "0.csv,0,kept,"


def test_a_row_of_another_length_does_not_shift_those_behind_it(tmp_path: Path) -> None:
    rows = iter(results(np.zeros(9), np.ones(11), np.full(10, 2.0)))
    with pytest.raises(InputError, match=r"0\.csv: a row of the shape \(9,\); the grid has 10 points"):
        write_dataset(tmp_path / "d", rows, MADE, GRID, NOTED, COLUMNS)
    assert not (tmp_path / "d").exists()


def test_a_row_without_a_number_is_refused(tmp_path: Path) -> None:
    rows = iter(results(np.zeros(10), np.full(10, np.nan)))
    with pytest.raises(InputError, match=r"1\.csv: a row without a number in it"):
        write_dataset(tmp_path / "d", rows, MADE, GRID, NOTED, COLUMNS)


def test_no_row_at_all_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no spectrum could be kept of 0 files$"):
        write_dataset(tmp_path / "d", iter([]), MADE, GRID, NOTED, COLUMNS)


def test_infrared_spectra_lie_on_wavenumbers(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="infrared spectra lie on a grid in cm-1, not in µm"):
        write_dataset(tmp_path / "d", iter(results(np.ones(10))), MADE, Grid(2.5, 25.0, 10, "µm"))


def test_raman_shifts_are_not_taken_for_infrared_wavenumbers(tmp_path: Path) -> None:
    shifts = Grid(200.0, 3200.0, 10, "cm-1")
    with pytest.raises(InputError, match="raman spectra in cm-1 would be taken for infrared transmittance"):
        write_dataset(tmp_path / "d", iter(results(np.ones(10))), MADE, shifts, {"technique": "raman"}, COLUMNS)
    path = write_dataset(tmp_path / "d", iter(results(np.ones(10))), MADE, GRID, NOTED, COLUMNS).path
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["grid"]["unit"] = "cm-1"
    (path / "manifest.json").write_text(json.dumps(manifest))
    assert sha256(path / "spectra.csv") == manifest["checksums"]["spectra.csv"]
    with pytest.raises(InputError, match="give their grid a unit of another name"):
        open_dataset(path)
