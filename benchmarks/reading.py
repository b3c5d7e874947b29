"""irjax against the `jcamp` package: the same JCAMP-DX files read by both, in turn, and a bare parse as the limit.

    python benchmarks/reading.py --spectra data/nist/nist_IR.zip [--files 400] [--rounds 5]

irjax checks what it reads (points, X column, ordinates, units); `jcamp` and the bare parse check nothing. First the
ordinates that both give are compared. Needs the environment of benchmarks/requirements.txt.
"""

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from io import BytesIO, StringIO
from pathlib import Path

import jcamp
import numpy as np

from irjax.data.archive import Archive
from irjax.errors import InputError
from irjax.program import exit_status
from irjax.spectra.reading import parse_spectrum
from irjax.spectra.units import y_kind


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spectra", default="data/nist/nist_IR.zip")
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    contents = _readable(Path(arguments.spectra), arguments.files)
    compare(contents)
    ways: dict[str, Callable[[bytes], object]] = {"irjax": by_irjax, "jcamp": by_jcamp, "bare parse": by_numpy}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(arguments.rounds):
        for name, way in ways.items():
            started = time.perf_counter()
            for content in contents:
                way(content)
            seconds[name].append((time.perf_counter() - started) / len(contents))
    size = statistics.median(map(len, contents)) / 1000
    print(f"{len(contents)} files, median {size:.1f} kB")
    for name, times in seconds.items():
        ratio = statistics.median(b / a for a, b in zip(seconds["irjax"], times, strict=True))
        print(f"  {name:11} {statistics.median(times) * 1e3:7.3f} ms a file   {ratio:5.2f} ×")


def _readable(path: Path, wanted: int) -> list[bytes]:
    """Files spread evenly over the archive, without those that irjax refuses (stubs without data, most of them)."""
    archive = Archive(path)
    entries = list(archive.entries())
    kept = []
    for entry in entries[:: max(1, len(entries) // wanted)]:
        content = archive.read(*entry)
        try:
            by_irjax(content)
        except InputError:
            continue
        kept.append(content)
    return kept


def by_irjax(content: bytes) -> np.ndarray:
    return parse_spectrum(content, "benchmark.jdx").transmittance


def by_jcamp(content: bytes) -> np.ndarray:
    with redirect_stdout(StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return jcamp.read(BytesIO(content))["y"]


def by_numpy(content: bytes) -> np.ndarray:
    """The numbers of the table and nothing else, as one would write it in a line; right for these files only."""
    rows = content.split(b"##XYDATA", 1)[1].split(b"\n", 1)[1].split(b"##", 1)[0]
    return np.fromstring(rows.decode("ascii").replace("-", " -").replace("+", " "), sep=" ")


def compare(contents: list[bytes]) -> None:
    """Ends the benchmark unless both give the same ordinates, in the files' own units and order."""
    for content in contents:
        spectrum, theirs = parse_spectrum(content, "benchmark.jdx"), np.asarray(by_jcamp(content))
        ours = spectrum.transmittance
        if y_kind(spectrum.y_units) == "absorbance":
            ours = -np.log10(ours)
        apart = min(np.abs(ours - theirs).max(), np.abs(ours[::-1] - theirs).max())
        if apart > 1e-6 * np.abs(theirs).max():
            raise SystemExit(f"{spectrum.title}: the ordinates differ by {apart:.2g}; nothing was timed")
    print(f"{len(contents)} files give the same ordinates by both")


if __name__ == "__main__":
    sys.exit(exit_status("reading.py", main))
