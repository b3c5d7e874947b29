"""What a build must not do: delete what it did not write, or guess between two rows."""

from pathlib import Path

import pytest

from irjax.data.dataset import Dataset
from irjax.data.demo import write_demo
from irjax.data.ingest import build_dataset
from irjax.data.splits import make_split, split_from_json
from irjax.errors import InputError


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
