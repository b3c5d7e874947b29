"""Answers for many files: folders and zips, a few at a time, each as if it had been asked alone."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

import irjax.answers.files
from irjax.answers.answer import answer_of
from irjax.answers.files import predict_files
from irjax.answers.judge import evaluate
from irjax.answers.predictor import Predictor
from irjax.answers.rows import Rows
from irjax.data.dataset import Dataset
from irjax.errors import InputError, UsageError
from irjax.spectra.chart.told import ChartAxes
from irjax.spectra.grid import Grid
from irjax.spectra.pattern import ANGLES
from irjax.spectra.reading import read_spectrum


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven spectra, one of them in a folder of its own, and a file that is none."""
    place = tmp_path_factory.mktemp("spectra")
    (place / "more").mkdir()
    x = np.arange(500, 3900, 4.0)
    for number in range(7):
        y = 1 - 0.9 * np.exp(-(((x - 900 - 300 * number) / 15) ** 2))
        rows = "".join(f"{a:.1f},{b:.4f}\n" for a, b in zip(x, y, strict=True))
        (place / ("more" if number == 6 else ".") / f"s{number}.csv").write_text("cm-1,transmittance\n" + rows)
    (place / "notes.txt").write_text("mine")
    return place


def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in (("_AT_ONCE", 3), ("_TOGETHER", 1), ("_FEW", 3)):
        monkeypatch.setattr(irjax.answers.files, name, number)


def test_a_folder_or_zip_is_answered_file_by_file(
    predictor: Predictor, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_at_a_time(monkeypatch)
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", folder))
    for path in (folder, packed):
        records = list(predict_files(predictor, [str(path)]))
        names = [record["file"].removeprefix(f"{path}/") for record in records]
        assert names == ["more/s6.csv", "notes.txt", *(f"s{number}.csv" for number in range(6))]
        for name, record in zip(names, records, strict=True):
            if name == "notes.txt":
                assert record["error"].startswith(f"{path}/notes.txt: ")
                continue
            found = [group["probability"] for group in record["groups"]]
            alone = [group.probability for group in predictor.predict(folder / name)]
            np.testing.assert_allclose(found, alone, atol=1e-6)


def test_processes_beside_this_one_read_the_same(
    predictor: Predictor, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_at_a_time(monkeypatch)
    paths = [str(folder), str(tmp_path / "none.zip"), str(folder), str(folder / "s1.csv")]
    alone = list(predict_files(predictor, paths))
    assert list(predict_files(predictor, paths, processes=2)) == alone
    begun = predict_files(predictor, paths, processes=2)
    assert [next(begun) for _ in range(7)] == alone[:7]
    begun.close()  # with two processes at work
    assert not active_children()


def test_a_process_that_reads_needs_no_network() -> None:
    asked = "import sys, irjax.answers.rows; sys.exit(bool({'jax', 'flax', 'scipy', 'rdkit'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_a_process_that_the_system_ends_is_one_error(
    predictor: Predictor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_at_a_time(monkeypatch)

    def killing() -> Iterator[str]:
        for at in range(60):
            if at == 30:
                for process in active_children():
                    process.kill()
            yield str(folder / "s0.csv")

    records, found = predict_files(predictor, killing(), processes=2), []
    with pytest.raises(InputError, match="the system ended a process"):
        found.extend(records)
    assert len(found) > 20  # what was read before is answered


@pytest.mark.parametrize("share", [0.0, -1.0, 0.6, 1.0, float("nan")])
def test_a_share_of_errors_without_bounds_is_refused(predictor: Predictor, folder: Path, share: float) -> None:
    for ask in (predictor.predict, predictor.explain):
        with pytest.raises(UsageError, match="must lie above 0"):
            ask(folder / "s0.csv", error=share)


def test_units_of_what_has_units_are_refused(predictor: Predictor, folder: Path) -> None:
    spectrum = read_spectrum(folder / "s0.csv")
    for ask in (predictor.predict, predictor.explain):
        with pytest.raises(UsageError, match="a Spectrum has its ordinate already"):
            ask(spectrum, y_units="percent")


def test_a_unit_in_the_place_of_intensities_and_content_for_a_path_are_told(predictor: Predictor, folder: Path) -> None:
    for ask in (predictor.predict, predictor.explain):
        with pytest.raises(UsageError, match="goes by its name: y_units='absorbance'"):
            ask(folder / "s0.csv", "absorbance")
        with pytest.raises(UsageError, match="this is the content of a file, not its path"):
            ask((folder / "s0.csv").read_text())
    assert predictor.predict((folder / "s0.csv").read_text().encode()).groups


def test_infrared_spectra_and_what_is_told_of_them_are_refused_elsewhere(folder: Path) -> None:
    grid = Grid(5, 50, 46, ANGLES)
    with pytest.raises(UsageError, match="an infrared spectrum; the run learned others"):
        Rows(grid, None).read(read_spectrum(folder / "s0.csv"), "s0.csv")
    for told in ({"y_units": "percent"}, {"phase": "pellet"}, {"chart": ChartAxes((4000.0, 400.0))}):
        with pytest.raises(UsageError, match="told of infrared spectra"):
            Rows(grid, None, **told)


def test_a_steep_base_line_is_taken_off_where_a_network_does_not_know_such(predictor: Predictor, folder: Path) -> None:
    spectrum = read_spectrum(folder / "s0.csv")
    x = spectrum.wavenumber
    sloping = replace(spectrum, transmittance=spectrum.transmittance * 10 ** -((x - x[0]) / np.ptp(x)))
    as_measured, levelled = (predictor.predict(each) for each in (spectrum, sloping))
    assert any("base line rises or falls" in warning for warning in levelled.warnings)
    assert abs(levelled["Ketone"].probability - as_measured["Ketone"].probability) < 0.1
    assert predictor.run.steep == 0
    knowing = Predictor(replace(predictor.run, steep=0.5))
    assert not any("base line rises" in warning for warning in knowing.predict(sloping).warnings)
    assert not np.allclose(knowing.row(sloping)[0], predictor.row(sloping)[0], atol=0.1, equal_nan=True)


def test_what_cannot_be_read_has_a_short_name_in_a_table(predictor: Predictor, folder: Path) -> None:
    spectrum = read_spectrum(folder / "s0.csv")
    flat = replace(spectrum, transmittance=np.ones_like(spectrum.transmittance))
    table = predictor.predict([b"no spectrum at all " * 20, flat, folder / "none.csv"])
    rows = table if isinstance(table, list) else table.to_dict("records")
    assert [row["file"] for row in rows] == ["spectrum", flat.source, str(folder / "none.csv")]
    assert all(row["error"] for row in rows)


def test_a_table_opens_folders_and_zips_and_asks_for_a_list_of_them(
    predictor: Predictor, folder: Path, tmp_path: Path
) -> None:
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", folder))
    table = predictor.predict([folder, str(packed), read_spectrum(folder / "s0.csv")])
    rows = table if isinstance(table, list) else table.to_dict("records")
    assert len(rows) == 17
    assert rows[2]["file"] == f"{folder}/s0.csv"
    assert rows[2]["Ketone"] == pytest.approx(rows[-1]["Ketone"], abs=1e-6)
    assert [row["file"].endswith("notes.txt") for row in rows] == [bool(row["error"]) for row in rows]
    for many in (folder, packed):
        for ask in (predictor.predict, predictor.explain):
            with pytest.raises(UsageError, match=r"may hold many spectra; predict\(\['.*'\]\) gives a table"):
                ask(many)


def test_a_record_of_another_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="groups, classes or a curve; this one: number"):
        answer_of("a.csv", {"number": 11.3}, [])


def test_what_is_handed_out_changes_nothing(predictor: Predictor, folder: Path) -> None:
    answer = predictor.predict(folder / "s0.csv")
    answer.to_dict()["groups"][0]["answer"] = "else"
    assert answer.groups[0].answer in ("present", "absent", "uncertain")


def test_gaps_are_named_where_they_lie(predictor: Predictor, tmp_path: Path) -> None:
    rows = [f"{x},{0.9 - 0.8 * (abs(x - 1200) < 10)}" for x in range(400, 4001, 4) if not 1500 < x < 1900]
    (tmp_path / "gap.csv").write_text("cm-1,transmittance\n" + "\n".join(rows))
    (warning,) = [one for one in predictor.predict(tmp_path / "gap.csv").warnings if "leaves out" in one]
    assert re.match(r"measured from 4\d\d to 1\d{3} and from 1\d{3} to \d{4} cm⁻¹", warning)


@pytest.mark.parametrize(("low", "high", "light"), [(2000, 4000, np.nan), (1500, 1620, 1e-3)], ids=["gap", "dark"])
def test_judged_is_what_is_answered_where_bands_were_not_seen(
    predictor: Predictor, small_dataset: Dataset, low: float, high: float, light: float
) -> None:
    values, at = np.array(small_dataset.values), small_dataset.grid.values
    values[:, (at > low) & (at < high)] = light
    cut = replace(small_dataset, values=values)
    judged = evaluate(predictor, cut, "all", include_training=True)
    said = [
        [group.answer for group in predictor.answer("", row, [], probabilities, phase=phase)]
        for row, probabilities, phase in zip(
            values[judged.rows], judged.probabilities, cut.rows["phase"][judged.rows], strict=True
        )
    ]
    uncertain = float(np.mean(np.array(said) == "uncertain"))
    assert uncertain > 0.1
    assert judged.figures["answers"]["overall"]["answered"] == pytest.approx(1 - uncertain)


def test_files_are_read_a_few_at_a_time(predictor: Predictor, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few_at_a_time(monkeypatch)
    taken = []

    def endless() -> Iterator[str]:
        while True:
            taken.append(1)
            yield str(folder / "s0.csv")

    records = predict_files(predictor, endless())
    for _ in range(7):
        assert "groups" in next(records)
    assert 9 <= len(taken) <= 12  # three may be read while the network looks at the three before


def test_answers_are_out_before_what_follows_fails(
    predictor: Predictor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_at_a_time(monkeypatch)

    def failing() -> Iterator[str]:
        yield from [str(folder / "s0.csv")] * 4
        raise MemoryError

    records = predict_files(predictor, failing())
    assert all("groups" in next(records) for _ in range(4))
    with pytest.raises(MemoryError):
        next(records)


def test_an_empty_or_broken_collection_is_one_error_and_the_rest_goes_on(
    predictor: Predictor, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 cut")
    with ZipFile(tmp_path / "escape.zip", "w") as out:
        out.writestr("../s.csv", "1,2\n")
    paths = [
        str(tmp_path / "empty"),
        str(tmp_path / "broken.zip"),
        str(tmp_path / "escape.zip"),
        str(folder / "s1.csv"),
    ]
    *failed, good = predict_files(predictor, paths)
    for words, record in zip(("no files", "zip", "leads out"), failed, strict=True):
        assert words in record["error"]
    assert "groups" in good
