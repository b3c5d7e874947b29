"""What others get: a source distribution and a wheel that hold everything, and the same from either."""

import re
import tarfile
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
from try_package import ROOT, built, copied

import irjax

NOT_SHIPPED = {".venv", "data", "runs", "build", "dist", ".git"}


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The source distribution, the wheel that is made from it, and one made from the tree."""
    folder = tmp_path_factory.mktemp("package")
    source = copied(folder / "source")
    wheel, archive = sorted(built(source, folder / "dist"), key=lambda path: path.suffix != ".whl")
    [direct] = built(source, folder / "direct", "--wheel")
    return {"archive": archive, "wheel": wheel, "direct": direct}


def contents(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as held:
        return {name: held.read(name) for name in held.namelist()}


def test_a_wheel_of_the_source_distribution_is_that_of_the_tree(distributions: dict[str, Path]) -> None:
    assert contents(distributions["wheel"]) == contents(distributions["direct"])
    assert distributions["wheel"].name == f"irjax-{irjax.__version__}-py3-none-any.whl"


def test_the_wheel_holds_whatever_lies_in_the_package(distributions: dict[str, Path]) -> None:
    held = set(contents(distributions["wheel"]))
    lying = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "irjax").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    configs = {f"irjax/configs/{path.name}" for path in (ROOT / "configs").glob("*.py")}
    assert {name for name in held if ".dist-info/" not in name} == lying | configs
    for name in ("LICENSE", "NOTICE"):
        assert any(each.endswith(f"licenses/{name}") for each in held)


def test_the_source_distribution_is_the_checkout(distributions: dict[str, Path]) -> None:
    with tarfile.open(distributions["archive"]) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    wanted = [
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "CITATION.cff",
        "Makefile",
        "pyproject.toml",
        "train.py",
        "tune.py",
    ]
    wanted += ["configs/paper.py", "docs/model-card.md", "notebooks/1-answer.ipynb", "tests/test_package.py"]
    wanted += ["irjax/assets/pretrained/weights.safetensors", "irjax/server/static/page.js", "scripts/ship.py"]
    assert set(wanted) <= held
    assert not NOT_SHIPPED & {name.partition("/")[0] for name in held}
    assert not [name for name in held if name.endswith(".pyc")]


def test_what_is_told_of_the_package_is_true(distributions: dict[str, Path]) -> None:
    held = contents(distributions["wheel"])
    [told] = [content.decode() for name, content in held.items() if name.endswith("METADATA")]
    assert f"\nVersion: {irjax.__version__}\n" in told
    assert "\nLicense-Expression: Apache-2.0 AND CC-BY-4.0\n" in told
    for python in ("3.11", "3.12", "3.13"):
        assert f"Programming Language :: Python :: {python}\n" in told
    assert re.search(r"Requires-Dist: uvicorn.*extra == .page.", told)


def test_every_file_says_the_same_version() -> None:
    assert re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1] == irjax.__version__  # pyright: ignore[reportOptionalSubscript]
    assert f"\nversion: {irjax.__version__}\n" in (ROOT / "CITATION.cff").read_text()
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dynamic"] == ["version"]
