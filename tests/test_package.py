"""What `import irjax` shows, and what a wheel carries."""

import doctest
import pydoc
import tomllib
from pathlib import Path

import pytest

import irjax
from irjax.answers import predictor
from irjax.data.computed import broadened, computed_spectra
from irjax.data.demo import drawn_acetone
from irjax.engine.config import load_config
from irjax.errors import InputError

ROOT = Path(__file__).resolve().parent.parent


def test_the_example_of_help_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acetone = next(broadened(molecule) for molecule in computed_spectra() if molecule.cas == "67-64-1")
    rows = zip(acetone.wavenumber, acetone.absorbance, strict=True)
    (tmp_path / "acetone.csv").write_text("wavenumber (cm-1),absorbance\n" + "".join(f"{x},{y}\n" for x, y in rows))
    drawn = drawn_acetone()
    rows = zip(drawn.wavenumber, drawn.transmittance, strict=True)
    (tmp_path / "drawn-acetone.csv").write_text("wavenumber,transmittance\n" + "".join(f"{x},{y}\n" for x, y in rows))
    monkeypatch.chdir(tmp_path)
    for module, examples in ((irjax, 12), (predictor, 8)):
        found = doctest.testmod(module)
        assert found.attempted == examples
        assert found.failed == 0


def test_dir_and_help_name_the_short_way() -> None:
    assert {"InputError", "load", "read_spectrum", "__version__"} <= set(dir(irjax))
    assert irjax.InputError is InputError
    assert "read_spectrum" in pydoc.plain(pydoc.render_doc(irjax))
    assert callable(irjax.load)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = irjax.nothing  # pyright: ignore[reportAttributeAccessIssue]


def test_a_wheel_carries_every_room_and_the_configs() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    rooms = {".".join(file.parent.relative_to(ROOT).parts) for file in (ROOT / "irjax").rglob("__init__.py")}
    assert set(setuptools["packages"]) == rooms | {"irjax.configs"}
    assert setuptools["package-dir"]["irjax.configs"] == "configs"


def test_a_config_is_known_by_its_name() -> None:
    assert load_config("paper") == load_config(ROOT / "configs" / "paper.py")
    with pytest.raises(InputError, match=r"nowhere: no such config file; there are .*paper"):
        load_config("nowhere")
