"""How long a person waits: for a command to begin, for the local page, for a thousand files in a zip.

    python benchmarks/waiting.py ZIP [--repeats 5]

ZIP holds spectra, the first thousand of which are asked for; medians of the repeats are printed, one line per figure,
beside what is wanted. A warm cache of compiled programs is assumed, so one round goes before those that count.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

from attack_page import Page

from irjax.errors import InputError
from irjax.program import exit_status

IRJAX = Path(sys.executable).with_name("irjax")
MANY = 1000
WANTED = {"--help": 0.5, "--version": 0.5, "read": 0.5, "first answer": 3.0, "next answer": 0.2, f"{MANY} files": 5.0}


def main() -> None:
    """Times everything in turn, as often as asked, and prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zip", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    seconds: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        single, many = spectra(arguments.zip, Path(folder))
        for repeat in range(arguments.repeats + 1):
            found = {**commands(single), **page(Path(folder) / f"page-{repeat}", single, many)}
            for what, taken in found.items() if repeat else ():
                seconds[what].append(taken)
    for what, taken in seconds.items():
        wanted = f"   wanted: {WANTED[what]:g} s" if what in WANTED else ""
        print(f"{what:14} {median(taken):6.2f} s   {min(taken):.2f} to {max(taken):.2f}{wanted}")


def spectra(given: Path, folder: Path) -> tuple[Path, Path]:
    """A single file of the zip, and a zip of its first thousand."""
    many = folder / "many.zip"
    with zipfile.ZipFile(given) as archive, zipfile.ZipFile(many, "w", zipfile.ZIP_DEFLATED) as kept:
        names = [name for name in archive.namelist() if not name.endswith("/")][:MANY]
        if len(names) < MANY:
            raise InputError(f"{given}: holds {len(names)} files; {MANY} are timed")
        for name in names:
            kept.writestr(name, archive.read(name))
        single = folder / Path(names[0]).name
        single.write_bytes(archive.read(names[0]))
    return single, many


def commands(single: Path) -> dict[str, float]:
    """Seconds until commands that need no network have ended."""
    return {
        words[0]: timed(lambda words=words: subprocess.run([IRJAX, *words], check=True, capture_output=True))
        for words in (["--help"], ["--version"], ["read", str(single)])
    }


def page(folder: Path, single: Path, many: Path) -> dict[str, float]:
    """Seconds until the page is there, and until it has answered."""
    folder.mkdir()
    started = time.monotonic()
    served = Page(folder)
    try:
        found = {"address": time.monotonic() - started}
        served.read(single.name, single.read_bytes())
        found["first answer"] = time.monotonic() - started
        time.sleep(10)  # what it compiles beforehand is done
        found["next answer"] = timed(lambda: served.read(single.name, single.read_bytes()))
        record = served.read(single.name, single.read_bytes())[1]
        found["its bands"] = timed(lambda: served.ask("/api/explanation", record))
        begun = time.monotonic()
        answers = served.read(many.name, many.read_bytes())[1]
        found[f"{MANY} files"] = time.monotonic() - begun
        assert len([json.loads(line) for line in answers.splitlines()]) == MANY
    finally:
        served.close()
    return found


def timed(act) -> float:
    """Seconds that something takes."""
    started = time.monotonic()
    act()
    return time.monotonic() - started


if __name__ == "__main__":
    sys.exit(exit_status("waiting.py", main))
