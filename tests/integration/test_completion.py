"""Completion in a shell: what Tab offers once the script was read."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from irjax.cli import main

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
_ASKED = """
source script.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_shtab_irjax irjax "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("completion")
    script = subprocess.run([sys.executable, "-m", "irjax", "completion", "bash"], capture_output=True, check=True)
    (place / "script.bash").write_bytes(script.stdout)
    (place / "acetone.csv").touch()
    (place / "acids").mkdir()
    return place


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["pre"], ["predict"]),
        (["predict", "acet"], ["acetone.csv"]),
        (["evaluate", "ac"], ["acids"]),
        (["predict", "--form"], ["--format"]),
        (["predict", "--format", ""], ["table", "json", "csv"]),
        (["label", "--vocabulary", "irj"], ["irjax37"]),
        (["make", "syn"], ["synthetic"]),
        (["completion", "z"], ["zsh"]),
    ],
    ids=" ".join,
)
def test_bash_completes(folder: Path, words: list[str], offered: list[str]) -> None:
    command = ["bash", "--norc", "-c", _ASKED, "bash", "irjax", *words]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=30, check=True)
    assert found.stdout.split() == offered


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells_get_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "predict" in capsys.readouterr().out
