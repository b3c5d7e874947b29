"""The notebooks: each runs offline from beginning to end, and what it keeps is what it shows."""

import nbformat
import pytest
from run_notebooks import FOLDER, VARIES, executed, faults, normalised, shown

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])
def test_a_notebook_runs_and_shows_what_it_keeps(name: str) -> None:
    kept = nbformat.read(FOLDER / name, as_version=4)
    found = executed(FOLDER / name)  # raises where a cell fails
    assert not faults(found)
    for was, now in zip(kept.cells, found.cells, strict=True):
        assert [kind for kind, _ in shown(was)] == [kind for kind, _ in shown(now)], was.source
        if VARIES not in was.metadata.get("tags", ()):
            assert shown(was) == shown(now), f"`make notebooks` renews what is kept: {was.source}"


@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])
def test_what_is_kept_is_normal_and_has_pictures(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    kept = nbformat.reads(text, as_version=4)
    nbformat.validate(kept)
    assert not faults(kept)
    assert nbformat.writes(normalised(nbformat.reads(text, as_version=4))) + "\n" == text
    assert sum("image/png" in kind for cell in kept.cells for kind, _ in shown(cell)) >= 2
    assert all(cell.execution_count for cell in kept.cells if cell.cell_type == "code")


def test_there_are_the_four_that_are_promised() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["1-answer", "2-table", "3-train", "4-own-network"]
