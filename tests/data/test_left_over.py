"""Whatever a killed process or a damaged disk leaves is passed over, cleared away, or told with its name."""

import json
import os
import subprocess
import sys
import threading
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from irjax.data.computed import computed_result, computed_spectra
from irjax.data.dataset import Dataset, open_dataset
from irjax.data.demo import write_demo
from irjax.data.writing import require_free, write_dataset
from irjax.engine.config import Config, Optimizer
from irjax.errors import InputError
from irjax.files import array_of, write_aside
from irjax.study.study import FILE, _opened
from irjax.tuning.search import _open
from irjax.tuning.space import Search

SEARCH = Search(Config(optimizer=Optimizer(schedule="plateau", epochs=(5,), learning_rates=(1e-3,))))
KILLED = """
import os, pathlib, sys
from irjax.files import aside
with aside(pathlib.Path(sys.argv[1])) as part:
    part.write_text("half")
    os._exit(9)
"""


def killed_while_writing(path: Path, left: str = "") -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert not path.exists()
    assert [each.name for each in path.parent.glob(f".{left or path.name}*")]


@pytest.fixture
def copied(small_dataset: Dataset, tmp_path: Path) -> Path:
    place = tmp_path / "copied"
    place.mkdir()
    for file in small_dataset.path.iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    return place


def test_what_a_killed_writer_left_is_no_file_of_a_persons_and_goes_with_the_next(copied: Path) -> None:
    cache = copied / "labels-common17.npy"
    cache.unlink(missing_ok=True)
    killed_while_writing(cache)
    require_free(copied, replace=True)
    open_dataset(copied).labels("common17")
    assert cache.is_file()
    assert not [file.name for file in copied.iterdir() if file.name.startswith(".")]
    write_dataset(copied, map(computed_result, islice(computed_spectra(), 3)), {"command": "tests"}, replace=True)


@pytest.mark.parametrize("name", [".thesis.2024.draft.docx", ".labels.txt", ".notes.3.old.txt"])
def test_what_a_person_hid_in_a_folder_is_theirs(name: str, copied: Path, tmp_path: Path) -> None:
    (copied / name).write_text("precious")
    for place in (copied, tmp_path / "other"):
        place.mkdir(exist_ok=True)
        (place / name).write_text("precious")
        with pytest.raises(InputError, match="holds more than one"):
            write_demo(place, replace=True)
        assert (place / name).read_text() == "precious"
    with pytest.raises(InputError, match="not a search"):
        _open(tmp_path / "other", SEARCH, open_dataset(copied))


def test_a_file_of_the_longest_name_is_written(tmp_path: Path) -> None:
    for name in ("a" * 255, "ä" * 127):
        write_aside(tmp_path / name, "whole")
        assert (tmp_path / name).read_text() == "whole"
    killed_while_writing(tmp_path / ("b" * 255), left="b" * 15)
    write_aside(tmp_path / ("b" * 255), "whole")
    assert not list(tmp_path.glob(".*"))


def test_a_search_begins_where_one_was_killed_before_it_began(small_dataset: Dataset, tmp_path: Path) -> None:
    place = tmp_path / "search"
    place.mkdir()
    killed_while_writing(place / "search.json")
    _open(place, SEARCH, small_dataset)
    record = json.loads((place / "search.json").read_text())
    for key, value in (("evaluations", 0), ("base", record["search"]["base"] | {"foo": 1})):
        altered = record | {"search": record["search"] | {key: value}}
        (place / "search.json").write_text(json.dumps(altered))
        with pytest.raises(InputError, match=r"search\.json: damaged"):
            _open(place, SEARCH, small_dataset)


def test_a_damaged_study_is_told_with_its_name(tmp_path: Path) -> None:
    kind = {"preset": "small", "dataset": "d", "config": {}}
    (tmp_path / FILE).write_text(json.dumps(kind | {"config": {"foo": 1}, "found": {}}))
    with pytest.raises(InputError, match=rf"{FILE}: damaged"):
        _opened(tmp_path, kind)


def test_two_that_write_one_file_at_once_leave_a_whole_one(tmp_path: Path) -> None:
    place, texts = tmp_path / "both", [letter * 50_000 for letter in "ab"]
    failed: list[BaseException] = []

    def write(text: str) -> None:
        try:
            for _ in range(100):
                write_aside(place, text)
        except BaseException as error:  # told below
            failed.append(error)

    writers = [threading.Thread(target=write, args=[text]) for text in texts]
    for each in writers:
        each.start()
    while any(each.is_alive() for each in writers):
        if place.is_file():
            assert place.read_text() in texts
    assert not failed
    assert os.listdir(tmp_path) == ["both"]


DAMAGED = (b"", b"PK\x03\x04aaaa", b"\x93NUMPY\x01\x00v\x00{'descr': (" + b" " * 200, b"no array")


@pytest.mark.parametrize("content", DAMAGED, ids=["empty", "a zip", "half a header", "text"])
def test_a_damaged_array_is_one(content: bytes, copied: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="array"):
        array_of(content)
    labels = open_dataset(copied).labels("irjax37")
    (copied / "labels-irjax37.npy").write_bytes(content)
    np.testing.assert_array_equal(open_dataset(copied).labels("irjax37"), labels)
    (copied / "transmittance.npy").write_bytes(content)
    with pytest.raises(InputError, match="copied: the dataset is damaged"):
        open_dataset(copied)
    (tmp_path / "lines.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"lines\.npz: not a file of computed lines"):
        computed_spectra(tmp_path / "lines.npz")
