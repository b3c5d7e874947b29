"""What a build must not do: delete what it did not write, or guess between two rows."""

import errno
import lzma
import os
import re
import socket
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from irjax.data.crystals import structure_texts
from irjax.data.dataset import CURATION_COLUMNS, Dataset
from irjax.data.demo import write_demo
from irjax.data.ingest import build_dataset
from irjax.data.resumed import entries
from irjax.data.splits import make_split, split_from_json
from irjax.data.writing import Result, write_dataset
from irjax.errors import InputError
from irjax.files import folder_aside

REJECTED = Result(dict.fromkeys(CURATION_COLUMNS, "rejected"), None)


@pytest.mark.parametrize("manifest", ["{}", '{"format": 1}'])
def test_a_folder_with_a_foreign_file_is_not_replaced(manifest: str, tmp_path: Path) -> None:
    (tmp_path / "web" / "src").mkdir(parents=True)
    (tmp_path / "web" / "manifest.json").write_text(manifest)
    (tmp_path / "web" / "src" / "a.js").write_text("precious")
    with pytest.raises(InputError, match="holds more than one"):
        write_demo(tmp_path / "web")
    assert (tmp_path / "web" / "src" / "a.js").read_text() == "precious"


def test_one_file_in_two_rows_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("cm-1,A\n400,0.1\n401,0.2\n")
    (tmp_path / "t.csv").write_text("ID,smiles,file\nX,CCO,a.csv\nY,CC(C)=O,a.csv\n")
    with pytest.raises(InputError, match=r"line 3: the file a\.csv was already given in line 2"):
        build_dataset(tmp_path / "out", tmp_path / "in", tmp_path / "t.csv")


def test_a_split_by_rows_remembers_its_molecules(small_dataset: Dataset) -> None:
    split = make_split(small_dataset, small_dataset.labels("irjax37"), "rows", False, 0)
    trained = set(small_dataset.skeletons[split.part(small_dataset, "train", 1)].tolist())
    assert split.trained_skeletons(1) == trained
    assert split_from_json(split.to_json()).trained_skeletons(1) == trained


def test_what_is_kept_of_long_work_is_of_the_thing_and_not_of_its_name(tmp_path: Path) -> None:
    done = []

    def work(thing: str) -> dict[str, str]:
        done.append(thing)
        return {"made": thing.upper()}

    cache = tmp_path / "kept.jsonl"
    for content, made, times in (("sodium", "SODIUM", 1), ("sodium", "SODIUM", 1), ("potassium", "POTASSIUM", 2)):
        (entry,) = entries({"m": content}, work, cache, lambda entry: entry["made"].isupper())
        assert (entry["name"], entry["made"], len(done)) == ("m", made, times)
    for damaged in ('"POTASSIUM"', '"made"'):
        cache.write_text(cache.read_text().replace(damaged, '"x"'))
        (entry,) = entries({"m": "potassium"}, work, cache, lambda entry: entry["made"].isupper())
        assert entry["made"] == "POTASSIUM"
    assert len(done) == 4


def test_two_structures_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.cif").write_text(folder)
    with pytest.raises(InputError, match=r"two files are called 1\.cif, one of them b"):
        structure_texts(str(tmp_path))


def _half_made(place: Path, name: str, process: int, host: str = "") -> Path:
    host = host or re.sub("[^a-z0-9-]", "-", socket.gethostname().lower())
    found = place / f".{name}.{process}.{host}.ab1_"
    found.mkdir()
    return found


def test_only_half_made_folders_of_dead_builds_of_that_name_are_cleared(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    gone = [
        _half_made(tmp_path, "data", dead.pid),
        _half_made(tmp_path, "data", os.getpid()),  # as in containers, where each build is the first process
    ]
    kept = [
        _half_made(tmp_path, "data", os.getppid()),
        _half_made(tmp_path, "data.2", os.getppid()),
        _half_made(tmp_path, f"data.{dead.pid}", os.getppid()),
        _half_made(tmp_path, "data", dead.pid, "another-machine"),
    ]
    with pytest.raises(InputError):  # of no results; what was left is cleared before
        write_dataset(tmp_path / "data", iter([REJECTED]), {})
    assert not any(folder.exists() for folder in gone)
    assert all(folder.is_dir() for folder in kept)


def test_a_dataset_that_was_moved_aside_by_a_killed_build_comes_back(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    half = _half_made(tmp_path, "data", dead.pid)
    old = half.rename(half.with_suffix(".old"))
    (old / "manifest.json").write_text("{}")
    with pytest.raises(InputError):
        write_dataset(tmp_path / "data", iter([REJECTED]), {})
    assert (tmp_path / "data" / "manifest.json").is_file()


def test_a_dataset_whose_successor_cannot_take_its_place_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "data"
    place.mkdir()
    (place / "manifest.json").write_text("{}")
    rename = Path.rename

    def refusing(path: Path, target: Path) -> Path:
        if target == place and path.suffix != ".old":
            raise OSError(errno.EIO, "input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refusing)
    with pytest.raises(InputError, match="input/output error"), folder_aside(place, replace=True) as part:
        (part / "new").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert (place / "manifest.json").is_file()


def test_damaged_and_swollen_packages_of_structures_are_one_line(tmp_path: Path) -> None:
    packed = tmp_path / "cifs.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.cif", "data_a " * 5000)
    raw = bytearray(packed.read_bytes())
    raw[60:90] = bytes(30)
    packed.write_bytes(raw)
    with pytest.raises(InputError, match="expected a folder, zip or tar"):
        structure_texts(str(packed))
    swollen = tmp_path / "cifs.tar.xz"
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 64 * 2**20
    with lzma.open(swollen, "wb", preset=0) as out:
        out.write(header.tobuf(tarfile.GNU_FORMAT))
        out.write(bytes(64 * 2**20))
    with pytest.raises(InputError, match="holds a header of 64 MiB"):
        structure_texts(str(swollen))
