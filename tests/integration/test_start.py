"""What a command waits for before it does anything: no library that it does not need."""

import subprocess
import sys
from pathlib import Path

import pytest

import irjax.commands
from irjax.answers.shipped import weights_version
from irjax.cli import main

SLOW = {"asyncio", "flax", "jax", "matplotlib", "optax", "orbax", "pandas", "rdkit", "rich", "scipy", "sklearn", "tyro"}
_IMPORTED = """
import sys
from irjax.cli import main
for line in sys.argv[1:]:
    try:
        status = main(line.split())
    except SystemExit as ended:
        status = ended.code
    assert status in (0, None), line
print(*{name.partition(".")[0] for name in sys.modules}, sep=",")
"""


def imported(*commands: str, folder: Path) -> set[str]:
    """The slow libraries that commands import which end well."""
    command = [sys.executable, "-c", _IMPORTED, *commands]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=True)
    return SLOW & set(done.stdout.splitlines()[-1].split(","))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("start")
    rows = "".join(f"{x},{1 - (x % 90) / 100}\n" for x in range(400, 900))
    (place / "spectra").mkdir()
    (place / "spectra" / "a.csv").write_text("cm-1,transmittance\n" + rows)
    (place / "structures.csv").write_text("ID,smiles\na,CCO\n")
    return place


COMMANDS = sorted(path.stem.replace("_", "-") for path in Path(irjax.commands.__path__[0]).glob("[!_]*.py"))
COMMANDS.remove("output")  # what they write with


def test_help_and_version_import_nothing_slow(folder: Path) -> None:
    assert len(COMMANDS) > 15
    assert imported("--help", "--version", *(f"{name} --help" for name in COMMANDS), folder=folder) == set()


def test_commands_without_a_network_import_what_they_need(folder: Path) -> None:
    read = ("read spectra/a.csv", "read spectra/a.csv --csv b.csv --json -")
    assert imported(*read, "completion bash", folder=folder) == set()
    assert imported("label structures.csv --out labels.csv", folder=folder) == {"rdkit"}
    found = imported("build data --spectra spectra --structures structures.csv", folder=folder)
    assert (folder / "data" / "manifest.json").is_file()
    assert not found & {"flax", "jax", "matplotlib", "optax", "orbax", "tyro"}


def test_the_version_is_that_of_irjax_and_of_the_weights(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"irjax {irjax.__version__}, weights {weights_version()}\n"
