"""From files to a dataset: one verdict per file, the contract's files, nothing half-written."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from irjax.cli import main
from irjax.data.compounds import read_compounds
from irjax.data.dataset import Dataset, open_dataset
from irjax.data.ingest import build_dataset
from irjax.data.workers import available
from irjax.errors import InputError
from irjax.spectra.grid import INFRARED


def jcamp(cas: str = "64-17-5", state: str = "gas", points: int = 880, promised: int | None = None) -> str:
    """A small absorbance spectrum with one band near 1000 cm-1."""
    x = 450 + 4 * np.arange(points)
    y = np.round(5000 * np.exp(-(((x - 1002) / 20) ** 2))).astype(int)
    rows = "\n".join(f"{x[at]} " + " ".join(map(str, y[at : at + 10])) for at in range(0, points, 10))
    return (
        f"##TITLE=compound {cas}\n##JCAMP-DX=4.24\n##DATA TYPE=INFRARED SPECTRUM\n##CAS REGISTRY NO={cas}\n"
        f"##STATE={state}\n##XUNITS=1/CM\n##YUNITS=ABSORBANCE\n##XFACTOR=1\n##YFACTOR=0.0001\n##FIRSTX=450\n"
        f"##LASTX={x[-1]}\n##NPOINTS={promised or points}\n##XYDATA=(X++(Y..Y))\n{rows}\n##END=\n"
    )


@pytest.fixture
def sources(tmp_path: Path) -> tuple[Path, Path]:
    """A folder of six files, three of them good, and the table for five."""
    folder = tmp_path / "spectra"
    (folder / "inner").mkdir(parents=True)
    (folder / "C1_IR_0.jdx").write_text(jcamp())
    (folder / "C1_IR_1.jdx").write_text(jcamp(state="liquid"))
    (folder / "inner" / "C2_IR_0.jdx").write_text(jcamp(state="SOLID (KBr disc)"))
    (folder / "C3_IR_0.jdx").write_text(jcamp(promised=900))
    (folder / "C4_IR_0.jdx").write_text(jcamp())
    (folder / "orphan.jdx").write_text(jcamp())
    table = tmp_path / "compounds.csv"
    table.write_text(
        "ID,name,inchi,smiles\n"
        'C1,ethanol,"InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3",\n'
        'C2,"acetamide, solid",,CC(N)=O\n'
        "C3,cut,,CCO\n"
        "C4,wrong,,CC(\n"
    )
    return folder, table


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_dataset_holds_what_the_contract_says(sources: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "dataset"
    dataset = build_dataset(out, *sources)
    assert len(dataset) == 3
    assert dataset.values.dtype == np.float32
    assert dataset.values.shape == (3, INFRARED.points)
    assert np.isnan(dataset.values[:, 0]).all()
    assert dataset.values.min(where=np.isfinite(dataset.values), initial=9) == pytest.approx(0.316, abs=0.01)
    rows = read_rows(out / "spectra.csv")
    assert [row["id"] for row in rows] == ["C1", "C1", "C2"]
    assert [row["phase"] for row in rows] == ["gas", "liquid", "pellet"]
    assert rows[0]["inchikey"] == "LFQSCWFLJHTTHZ-UHFFFAOYSA-N"
    verdicts = {row["file"]: row for row in read_rows(out / "curation.csv")}
    assert len(verdicts) == 6
    assert [name for name, row in verdicts.items() if row["outcome"] == "kept"] == [
        "C1_IR_0.jdx",
        "C1_IR_1.jdx",
        "inner/C2_IR_0.jdx",
    ]
    assert "NPOINTS=900" in verdicts["C3_IR_0.jdx"]["reason"]
    assert "SMILES" in verdicts["C4_IR_0.jdx"]["reason"]
    assert "no structure" in verdicts["orphan.jdx"]["reason"]
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["counts"] == {"files": 6, "kept": 3, "rejected": 3}
    names = dataset.labels("irjax37")
    assert names.shape == (3, 37)


def test_zip_and_folder_give_the_same_and_so_does_a_second_build(sources: tuple[Path, Path], tmp_path: Path) -> None:
    folder, table = sources
    archive = tmp_path / "spectra.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for path in folder.rglob("*.jdx"):
            out.write(path, path.relative_to(folder))
    first = build_dataset(tmp_path / "a", folder, table)
    second = build_dataset(tmp_path / "b", archive, table)
    np.testing.assert_array_equal(first.values, second.values)
    with pytest.raises(InputError, match="--force"):
        build_dataset(tmp_path / "b", archive, table)
    again = build_dataset(tmp_path / "b", archive, table, replace=True)
    assert again.checksum == second.checksum
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_file_belongs_to_the_longest_id_that_it_begins_with(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    belongs = {"mol.jdx": "mol", "mol_9.jdx": "mol", "mol_1.jdx": "mol_1", "mol_1_b.jdx": "mol_1", "x_y_z.jdx": "x_y"}
    for name in (*belongs, "x_z.jdx"):
        (tmp_path / "in" / name).write_text(jcamp())
    (tmp_path / "t.csv").write_text("ID,smiles\nmol,CCO\nmol_1,CC(C)=O\nx_y,CC#N\n")
    dataset = build_dataset(tmp_path / "out", tmp_path / "in", tmp_path / "t.csv")
    assert dict(zip(dataset.rows["file"], dataset.rows["id"], strict=True)) == belongs


def test_spectra_measured_by_atr_are_counted_aloud(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jdx").write_text(jcamp())
    (tmp_path / "in" / "b.jdx").write_text(jcamp(state="solid, diamond ATR"))
    (tmp_path / "t.csv").write_text("ID,smiles\na,CCO\nb,CC(C)=O\n")
    words = ["build", str(tmp_path / "out"), "--spectra", str(tmp_path / "in"), "--structures", str(tmp_path / "t.csv")]
    assert main(words) == 0
    assert "warning: 1 of 2 spectra were measured by ATR" in capsys.readouterr().err


def test_what_may_not_be_read_is_not_called_damaged(small_dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("manifest.json", "spectra.csv", "transmittance.npy"):
        monkeypatch.setattr(os, "access", lambda path, _, name=name: Path(path).name != name)
        with pytest.raises(InputError, match=rf"{name}: may not be read by you"):
            open_dataset(small_dataset.path)


def test_many_files_in_several_processes_keep_their_order(tmp_path: Path) -> None:
    archive, table = tmp_path / "many.zip", tmp_path / "many.csv"
    with zipfile.ZipFile(archive, "w") as out:
        for at in range(400):
            out.writestr(f"C{at:04d}_IR_0.jdx", jcamp(points=450 + at % 7 * 10))
    table.write_text("ID,smiles\n" + "".join(f"C{at:04d},{'C' * (at % 20 + 1)}O\n" for at in range(400)))
    told: list[tuple[int, int]] = []
    dataset = build_dataset(tmp_path / "out", archive, table, lambda done, total: told.append((done, total)))
    assert dataset.rows["id"].tolist() == [f"C{at:04d}" for at in range(400)]
    assert told[-1] == (400, 400)


def test_a_row_labels_the_one_file_that_it_names(tmp_path: Path) -> None:
    files = ("mon/run1.jdx", "tue/run1.jdx", "tue/run2.jdx", "wed/run2.jdx", "top.jdx", "mon/top.jdx", "mon/else.jdx")
    for name in (*files, "x_1.jdx", "__MACOSX/mon/y.jdx"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(jcamp())
    rows = ("a,CCO,run1.jdx", "b,CC(C)=O,in\\tue\\run2.jdx", "c,CC#N,wed/run2.jdx", "d,CCCO,top.jdx")
    table = tmp_path / "t.csv"
    lost = ("x,CCC,lost.jdx", "z,CCCC,in/else.jdx")
    table.write_text("\n".join(["ID;smiles;file", *rows, *lost]).replace(",", ";"), encoding="utf-16")
    dataset = build_dataset(tmp_path / "out", tmp_path / "in", table)
    belongs = {"top.jdx": "d", "tue/run2.jdx": "b", "wed/run2.jdx": "c"}
    assert dict(zip(dataset.rows["file"], dataset.rows["id"], strict=True)) == belongs
    with (dataset.path / "curation.csv").open(newline="") as file:
        told = {row["file"]: (row["id"], row["reason"]) for row in csv.DictReader(file)}
    several = "no structure: several files have the name in line 2 of the table; add the folder"
    nobody = ("", "no structure: the table has no row for it")
    assert told.keys() == {*files, "x_1.jdx"}
    assert told["mon/run1.jdx"] == told["tue/run1.jdx"] == ("a", several)
    assert told["mon/top.jdx"] == told["mon/else.jdx"] == nobody
    assert told["x_1.jdx"] == ("x", "no structure: line 6 of the table names another file")
    assert dataset.manifest["compounds_without_file"]["such_as"] == ["a", "x", "z"]


def test_a_zip_made_on_windows_is_matched_whichever_way_slashes_lean(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as out:
        for name in ("mon/run1.jdx", "tue/run2.jdx"):
            entry = zipfile.ZipInfo("entry")
            entry.filename = name.replace("/", "\\")
            out.writestr(entry, jcamp())
    (tmp_path / "t.csv").write_text("ID,smiles,file\na,CCO,mon/run1.jdx\nb,CC#N,tue\\run2.jdx\n")
    dataset = build_dataset(tmp_path / "out", tmp_path / "in.zip", tmp_path / "t.csv")
    assert sorted(dataset.rows["id"]) == ["a", "b"]


def test_file_column_ties_rows_to_files(sources: tuple[Path, Path], tmp_path: Path) -> None:
    table = tmp_path / "files.csv"
    table.write_text("id,SMILES,file\nethanol,CCO,orphan.jdx\n")
    dataset = build_dataset(tmp_path / "out", sources[0], table)
    assert dataset.rows["id"].tolist() == ["ethanol"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1"),
        ("name,smiles\nx,CCO\n", "line 1"),
        ("ID,name\nx,y\n", "inchi and/or smiles"),
        ("ID,smiles\n", "no rows"),
        ("ID,smiles\na,C\nb,CC\na,CCC\n", "line 4: the ID a was already given in line 2"),
        ("ID,smiles\n,C\n", "line 2: the ID is empty"),
        ("ID,inchi\na,InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3\n", "line 2: 4 cells below a header of 2; .* in double quotes"),
        ("ID,smiles\na,\0\1\0\0C\n", "is no text"),
        ('ID,smiles\na,"' + "C" * 200_000 + '"\n', "line 2"),
        ('ID,name,smiles\nb,x,C\na,"EtOH,CCO\nc,c,CC\nd,"hexane,CCC\n', "line 3: not a CSV table"),
        ('ID,name,smiles\nb,x,C\na,"EtOH,CCO\nc,c,CC\n', "line 3: not a CSV table"),
        ('ID,name,smiles\na,"propanone" dried,CC(C)=O\n', "line 2: not a CSV table"),
        ("ID,smiles,SMILES\na,,C\n", "line 1: two columns are called smiles"),
    ],
)
def test_faulty_tables_name_the_line(text: str, told: str, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text(text)
    with pytest.raises(InputError, match=told) as caught:
        read_compounds(table)
    assert str(table) in str(caught.value)


def test_a_cell_may_hold_quotes_and_more_than_a_line(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text('ID,name,smiles,name\na,"2,2""-\nether",COC,\nb,,"C" ,\nc,,"CC", \n')
    found = [(each.id, each.smiles, each.line) for each in read_compounds(table)]
    assert found == [("a", "COC", 3), ("b", "C", 4), ("c", "CC", 5)]


def test_wrong_places_leave_nothing_behind(sources: tuple[Path, Path], tmp_path: Path) -> None:
    folder, table = sources
    (tmp_path / "empty").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    for out, spectra, told in (
        (tmp_path / "out", tmp_path / "empty", "holds no files"),
        (tmp_path / "out", tmp_path / "missing", "expected a folder or a zip"),
        (tmp_path / "out", table, "expected a folder or a zip"),
        (tmp_path / "mine", folder, "not a dataset"),
    ):
        with pytest.raises(InputError, match=told):
            build_dataset(out, spectra, table)
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "precious"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_nothing_kept_says_why(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.jdx").write_text("<html></html>")
    (tmp_path / "t.csv").write_text("ID,smiles\na,C\n")
    with pytest.raises(InputError, match="HTML"):
        build_dataset(tmp_path / "out", tmp_path / "bad", tmp_path / "t.csv")
    assert not (tmp_path / "out").exists()


def test_damaged_datasets_are_refused_and_damaged_label_caches_rebuilt(
    sources: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "dataset"
    wanted = build_dataset(out, *sources).labels("irjax37")
    (out / "labels-irjax37.npy").write_bytes(b"garbage")
    np.testing.assert_array_equal(open_dataset(out).labels("irjax37"), wanted)
    np.testing.assert_array_equal(open_dataset(out).labels("irjax37"), wanted)
    (out / "transmittance.npy").write_bytes((out / "transmittance.npy").read_bytes()[:-600])
    with pytest.raises(InputError, match="damaged"):
        open_dataset(out)
    (out / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="damaged"):
        open_dataset(out)
    with pytest.raises(InputError, match="not a dataset"):
        open_dataset(tmp_path)


def test_nist(nist: Path, tmp_path: Path) -> None:
    dataset = build_dataset(tmp_path / "nist", nist / "nist_IR.zip", nist / "nist_compounds.csv")
    assert len(dataset) >= 12_500
    verdicts = read_rows(dataset.path / "curation.csv")
    assert len(verdicts) == 13_086
    assert all(row["reason"] for row in verdicts if row["outcome"] == "rejected")
    assert (dataset.rows["phase"] == "gas").sum() > 7_500
    measured = np.isfinite(dataset.values)
    assert measured.any(axis=1).all()
    assert dataset.values.max(where=measured, initial=0) > 1  # never clipped


def building(tmp_path: Path) -> subprocess.Popen[str]:
    """A build of many spectra to tmp_path/out, whose workers have begun."""
    if available() == 1:
        pytest.skip("one processor: there are no workers")
    archive, table = tmp_path / "many.zip", tmp_path / "many.csv"
    with zipfile.ZipFile(archive, "w") as out:
        for at in range(1500):
            out.writestr(f"C{at:04d}_IR_0.jdx", jcamp(points=3000))
    table.write_text("ID,smiles\n" + "".join(f"C{at:04d},CCO\n" for at in range(1500)))
    words = ["build", tmp_path / "out", "--spectra", archive, "--structures", table]
    command = [sys.executable, "-m", "irjax", *map(str, words)]
    begun = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not workers_of(begun.pid):
        time.sleep(0.01)
    return begun


def workers_of(process: int) -> list[int]:
    """Those of its children that have begun to work, which the tracker of resources never does."""
    found = [(child, Path(f"/proc/{child}/cmdline")) for child in children(process)]
    return [child for child, line in found if line.exists() and b"spawn_main" in line.read_bytes()]


def test_a_worker_that_the_system_ends_is_one_line(tmp_path: Path) -> None:
    begun = building(tmp_path)
    begun.send_signal(signal.SIGSTOP)  # it cannot finish before
    workers = workers_of(begun.pid)
    os.kill(workers[0], signal.SIGKILL)
    begun.send_signal(signal.SIGCONT)
    _, said = begun.communicate(timeout=60)
    assert begun.returncode == 1
    assert "irjax build: the system ended a process that worked beside this one" in said
    assert "Traceback" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["many.csv", "many.zip"]
    assert not any(map(alive, workers))


def test_a_killed_build_leaves_no_process_and_the_next_clears_its_folder(tmp_path: Path) -> None:
    begun, deadline = building(tmp_path), time.monotonic() + 60
    begun.send_signal(signal.SIGSTOP)  # it cannot finish before it is killed, however fast the machine
    time.sleep(2)
    workers, parts = children(begun.pid), list(tmp_path.glob(f".out.{begun.pid}.*"))
    assert workers
    assert parts
    begun.kill()
    begun.communicate()
    while time.monotonic() < deadline and any(map(alive, workers)):
        time.sleep(0.1)
    assert not any(map(alive, workers))
    assert parts[0].exists()
    folder, few = tmp_path / "few", tmp_path / "few.csv"
    folder.mkdir()
    (folder / "A_1.jdx").write_text(jcamp(points=600))
    few.write_text("ID,smiles\nA,CCO\n")
    build_dataset(tmp_path / "out", folder, few)
    assert not parts[0].exists()


def children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children")
    return [int(word) for word in found.read_text().split()] if found.exists() else []


def alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False


def test_compounds_without_a_file_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "A_1.jdx").write_text(jcamp(points=600))
    (tmp_path / "t.csv").write_text("ID,smiles\nA,CCO\n\x1b[31mB,CC\nC,CCC\n")
    words = ["build", tmp_path / "out", "--spectra", tmp_path / "in", "--structures", tmp_path / "t.csv"]
    assert main(list(map(str, words))) == 0
    noted = open_dataset(tmp_path / "out").manifest["compounds_without_file"]
    assert noted == {"count": 2, "of": 3, "such_as": ["\x1b[31mB", "C"]}
    assert "2 of 3 compounds have no spectrum file, such as \\x1b[31mB, C" in capsys.readouterr().out
