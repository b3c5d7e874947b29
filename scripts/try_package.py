"""Try the package as others get it: build it, install it into bare environments, and use it there.

    python scripts/try_package.py [--python python3.11 --python python3.13]

Builds a source distribution and a wheel of a copy of the checkout, installs the wheel with its page into a new
environment of each Python (default: the one that runs this), and runs the commands in an empty folder; the Pythons side
by side. Prints a table of what passed and how long it took; exits with 1 if anything failed. Installing needs a package
registry.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 1200
_SMALL = ["--model.filters=4", "--model.dense-nodes=16", "--optimizer.epochs=1", "--optimizer.learning-rates=1e-3"]
_NEEDED = ("make the environment", "install the wheel[page]")
_ACETONE = "demo/examples/drawn-acetone.csv"


def copied(target: Path) -> Path:
    """A copy of the checkout without what was made in it, so that building neither finds nor leaves anything."""
    made = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "site")
    shutil.copytree(ROOT, target, ignore=lambda at, names: made(at, names) | (_unshipped(at) & set(names)))
    return target


def _unshipped(folder: str | os.PathLike[str]) -> set[str]:
    return {"data", "runs"} if Path(folder) == ROOT else set()


def built(source: Path, out: Path, *kinds: str) -> list[Path]:
    """The distributions of a source tree: by default an sdist and the wheel that is made from it; `--wheel` one."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), *kinds, str(source)]
    told(command, source.parent)
    return sorted(out.iterdir())


def told(command: Sequence[object], folder: Path) -> str:
    """What a command prints.

    Raises:
        RuntimeError: it failed; with the last of what it printed.
    """
    words = [str(word) for word in command]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(words, cwd=folder, env=surroundings, capture_output=True, text=True, timeout=LONGEST)
    if done.returncode:
        raise RuntimeError(f"{words[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-1500:]}")
    return done.stdout


class Environment:
    """A new environment of one Python, with nothing but the wheel and what that needs."""

    def __init__(self, python: str, wheel: Path, folder: Path) -> None:
        self._python, self._wheel, self._folder = python, wheel, folder
        self._bin, self._home = folder / "environment" / "bin", folder / "home"
        self._home.mkdir(parents=True)

    def checks(self) -> dict[str, Callable[[], object]]:
        """Each by what the table calls it, in the order in which they must be run."""
        return {
            _NEEDED[0]: lambda: told([self._python, "-m", "venv", self._bin.parent], self._folder),
            # What is never imported need not be compiled, which is half of the installation.
            _NEEDED[1]: lambda: self._runs("pip", "install", "--quiet", "--no-compile", f"{self._wheel}[page]"),
            "no package contradicts another": lambda: self._runs("pip", "check"),
            "irjax --version": lambda: self._says(r"irjax \d+\.\d+\.\d+, weights \d+ \(", "--version"),
            "irjax completion bash": lambda: self._says("complete .* irjax", "completion", "bash"),
            "irjax demo-data": lambda: self._says("spectra computed", "demo-data", "demo"),
            "irjax read": lambda: self._says("1811 points", "read", _ACETONE),
            "irjax predict": self._predicts,
            "irjax explain": lambda: self._says("C=O stretch", "explain", _ACETONE, "--html", "acetone.html"),
            "irjax train --config demo --help": lambda: self._says("--model.dropout", "train", "--config=demo", "-h"),
            "irjax train, an epoch": lambda: self._says("irjax evaluate", *self._training()),
            "irjax serve": self._serves,
        }

    def _runs(self, program: str, *words: object) -> str:
        return told([self._bin / program, *words], self._home)

    def _says(self, wanted: str, *words: object) -> None:
        said = self._runs("irjax", *words)
        if not re.search(wanted, said):
            raise RuntimeError(f"expected {wanted!r}, not {said[-500:]}")

    def _training(self) -> list[str]:
        return ["train", "--config", "demo", "--data", "demo", "--run", "run", *_SMALL]

    def _predicts(self) -> None:
        [record] = json.loads(self._runs("irjax", "predict", _ACETONE, "--format", "json"))
        _require_ketone(record)

    def _serves(self) -> None:
        """Asks the page for itself, and sends it a file."""
        command = [str(self._bin / "irjax"), "serve", "--port", "0"]
        with subprocess.Popen(command, cwd=self._home, stdout=subprocess.PIPE, text=True) as serving:
            try:
                assert serving.stdout is not None
                address = re.search(r"127\.0\.0\.1:\d+", serving.stdout.readline())
                if address is None:
                    raise RuntimeError("it did not start")
                if b"<!doctype html>" not in _asked(address[0], "/"):
                    raise RuntimeError("it shows no page")
                answers = _asked(
                    address[0], f"/api/answers?name={quote(_ACETONE)}", (self._home / _ACETONE).read_bytes()
                )
                _require_ketone(json.loads(answers))
            finally:
                serving.terminate()


def _asked(address: str, path: str, body: bytes | None = None) -> bytes:
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("GET" if body is None else "POST", path, body)
    reply = connection.getresponse()
    if reply.status != 200:
        raise RuntimeError(f"{path} is answered with {reply.status}")
    return reply.read()


def _require_ketone(record: dict) -> None:
    present = [group["name"] for group in record["groups"] if group["answer"] == "present"]
    if "Ketone" not in present:
        raise RuntimeError(f"acetone holds {present}")


def tried(environment: Environment) -> list[tuple[str, float, str]]:
    """Of each check its name, its seconds, and what went wrong; after a failed installation nothing more."""
    found = []
    for name, check in environment.checks().items():
        since, wrong = time.monotonic(), ""
        try:
            check()
        except (RuntimeError, OSError, ValueError, subprocess.TimeoutExpired) as error:
            wrong = str(error).strip()
        found.append((name, time.monotonic() - since, wrong))
        if wrong and name in _NEEDED:
            break
    return found


def main() -> int:
    """Build, install, use, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", metavar="PROGRAM", help="an interpreter; may be given repeatedly")
    arguments = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(prefix="irjax-package-") as name:
        folder = Path(name)
        since = time.monotonic()
        archive, wheel = sorted(
            built(copied(folder / "source"), folder / "dist"), key=lambda path: path.suffix != ".gz"
        )
        print(f"{archive.name}, {archive.stat().st_size / 2**20:.1f} MiB; {wheel.name}, ", end="")
        print(f"{wheel.stat().st_size / 2**20:.1f} MiB; built in {time.monotonic() - since:.0f} s")
        pythons = [os.path.abspath(shutil.which(named) or named) for named in arguments.python or [sys.executable]]
        environments = [Environment(python, wheel, folder / str(at)) for at, python in enumerate(pythons)]
        with ThreadPoolExecutor(len(pythons)) as side_by_side:
            for python, found in zip(pythons, side_by_side.map(tried, environments), strict=True):
                print(told([python, "--version"], folder).strip(), flush=True)
                for check, seconds, wrong in found:
                    failed |= bool(wrong)
                    print(f"  {check:34}{seconds:7.1f} s  {wrong or 'passed'}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
