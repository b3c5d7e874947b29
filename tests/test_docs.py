"""The pages keep in step with the code: every message has its row, every page its place, and their Python runs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np
import pytest

from irjax.data.demo import drawn_acetone
from irjax.models.batch import batch_of
from irjax.spectra.grid import INFRARED
from irjax.spectra.reading import _NOT_SPECTRA
from irjax.spectra.units import REFUSED

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
FEWEST_LETTERS = 8
"""That a piece of a message must have to be told from others."""


def _pieces(node: ast.expr) -> list[str]:
    """The literal pieces of a text, between whatever is put into it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return [part.value for part in node.values if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return []


def _plain(text: str) -> str:
    return " ".join(text.replace("`", "").replace("\\|", "|").lower().split())


def _longest(node: ast.expr) -> str:
    """The piece that tells a message from others; nothing where it is too short for that."""
    longest = max(map(_plain, _pieces(node)), key=len, default="").strip(" :;,.()")
    return longest if len(re.findall(r"[a-z]", longest)) >= FEWEST_LETTERS else ""


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _errors(trees: dict[Path, ast.Module]) -> set[str]:
    """The names of InputError, UsageError and all that derive from them, and of those of the page and the parser."""
    known = {"InputError", "UsageError", "RefusalError", "ArgumentTypeError"}
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and known & set(map(_name, node.bases)):
                known.add(node.name)
    return known


def _raised(tree: ast.Module, errors: set[str]) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in errors and node.args:
            yield node.args[-1]


def _warned(tree: ast.Module) -> Iterator[ast.expr]:
    """What is added to something called warnings, and what functions that are called doubts give."""
    for function in ast.walk(tree):
        doubts = isinstance(function, ast.FunctionDef) and function.name == "_doubts"
        for node in ast.walk(function) if doubts else ():
            if isinstance(node, ast.Return) and isinstance(node.value, ast.IfExp):
                yield from node.value.body.elts if isinstance(node.value.body, ast.List) else ()
            if isinstance(node, ast.Return | ast.Call):
                yield from _texts(node.value if isinstance(node, ast.Return) else node)
        if isinstance(function, ast.Call) and _name(function.func) == "append":
            of = function.func.value if isinstance(function.func, ast.Attribute) else function.func
            yield from function.args if _name(of).endswith("warnings") else ()
        if isinstance(function, ast.Assign) and "warnings" in map(_name, function.targets):
            yield from (text for node in ast.walk(function.value) for text in _texts(node))


def _texts(node: ast.AST | None) -> Iterator[ast.expr]:
    """The texts in a list, or that are appended to one."""
    if isinstance(node, ast.List):
        yield from (each for each in node.elts if _pieces(each))
    if isinstance(node, ast.Call) and _name(node.func) == "append":
        yield from (each for each in node.args if _pieces(each))


def _messages() -> dict[str, str]:
    """The longest literal piece of every message of irjax, and where it is."""
    trees = {path: ast.parse(path.read_text()) for path in sorted((ROOT / "irjax").rglob("*.py"))}
    errors = _errors(trees)
    found: dict[str, str] = {}
    for path, tree in trees.items():
        for text in (*_raised(tree, errors), *_warned(tree)):
            if longest := _longest(text):
                found.setdefault(longest, f"{path.relative_to(ROOT)}:{text.lineno}")
    for text in (*REFUSED.values(), *(what for _, what in _NOT_SPECTRA)):
        found.setdefault(_plain(text), "irjax/spectra")
    return found


def test_troubleshooting_has_a_row_for_every_message() -> None:
    rows = [line for line in (DOCS / "troubleshooting.md").read_text().splitlines() if line.startswith("|")]
    said = _plain("\n".join(row.split(" | ")[0] for row in rows))
    messages = _messages()
    assert len(messages) > 250  # or they were not found
    missing = [f"{place}: {text}" for text, place in messages.items() if text not in said]
    assert not missing, "\n".join(["docs/troubleshooting.md has no row for", *missing])


def test_troubleshooting_has_a_row_for_what_the_page_itself_says() -> None:
    scripts = [file.read_text() for file in sorted((ROOT / "irjax" / "server" / "static").glob("*.js"))]
    said = re.findall(r'(?:fail\(|textContent = )[`"]([^`"]+)[`"]', "\n".join(scripts))
    pieces = [max(re.split(r"\$\{[^}]*\}", text), key=len).strip() for text in said]
    messages = [piece for piece in pieces if len(piece.split()) > 2]
    assert len(messages) >= 4
    rows = (DOCS / "troubleshooting.md").read_text()
    assert [message for message in messages if message not in rows] == []


def test_every_row_of_troubleshooting_says_why_and_how_to_mend_it() -> None:
    for line in (DOCS / "troubleshooting.md").read_text().splitlines():
        if line.startswith("| `"):
            cells = line.strip("| ").split(" | ")
            assert len(cells) == 3, line
            assert all(cell.strip() for cell in cells), line


@pytest.mark.parametrize("page", sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")))
def test_every_page_is_reached_and_every_picture_is_there_and_small(page: str) -> None:
    if page != "index.md":
        assert re.search(rf"^{re.escape(page.removesuffix('.md'))}$", (DOCS / "index.md").read_text(), re.MULTILINE)
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", (DOCS / page).read_text()):
        file = (DOCS / page).parent / picture
        assert file.is_file()
        assert file.stat().st_size < 200_000, f"{file}: over 200 kB"


def _python(page: str) -> str:
    """The Python of a page, all of it together."""
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL))


def _write_acetone(file: Path) -> None:
    acetone = drawn_acetone()
    np.savetxt(file, np.stack([acetone.wavenumber, acetone.transmittance], axis=1), delimiter=",", fmt="%.6f")


def test_the_table_of_a_folder_holds_a_row_per_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    _write_acetone(tmp_path / "folder" / "acetone.csv")
    (tmp_path / "folder" / "broken.jdx").write_text("##TITLE=broken\n")
    exec(compile(_python("how-to/table.md"), "how-to/table.md", "exec"), {})
    header, acetone, broken = (tmp_path / "groups.csv").read_text().splitlines()
    assert header.startswith("file,Acid anhydride,")
    assert acetone.startswith("acetone.csv,")
    assert acetone.split(",")[header.split(",").index("Ketone")] == "present"
    assert broken.startswith("broken.jdx,,")


def test_python_of_the_page_on_python_says_what_is_in_acetone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    _write_acetone(tmp_path / "unknown.jdx")
    exec(compile(_python("how-to/python.md"), "how-to/python.md", "exec"), {})
    said = capsys.readouterr().out
    assert "'Ketone'" in said
    assert "C=O stretch" in said
    assert "nowhere.jdx: No such file" in said


def test_the_network_of_the_page_on_networks_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "network_of_a_page.py").write_text(_python("how-to/network.md"))
    monkeypatch.syspath_prepend(tmp_path)
    from network_of_a_page import Mean  # pyright: ignore[reportMissingImports]

    network = Mean(filters=(4, 4)).build(37, INFRARED)
    batch = batch_of(jax.numpy.linspace(0, 1, 2 * INFRARED.points).reshape(2, -1))
    variables = network.init(jax.random.key(0), batch, train=False)
    outputs, found = network.apply(variables, batch, train=False, mutable=["intermediates"])
    assert outputs.shape == (2, 37)
    assert "features" in found["intermediates"]
