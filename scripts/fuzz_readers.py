"""Damage spectrum files and zips of them at random, and see that each is read or refused, soon and in little memory.

    python scripts/fuzz_readers.py [--inputs 20000] [--first 0] [--seed 0] [--fixtures FOLDER] [--keep FOLDER]

Every input must give a finite Spectrum on ascending wavenumbers, or an InputError of one printable line; within 1 s of
processor time and 200 MiB, without a warning and without a word on the terminal. Inputs are made from the files in
FOLDER, else from small texts of our own. They are read in a child process, so that one which kills it is reported too.
Prints each fault with the command that repeats it, and saves the input under --keep; exits with 1 if there was any.
Linux only: memory is seen through /proc.
"""

import argparse
import io
import multiprocessing
import resource
import shlex
import signal
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from time import process_time

import numpy as np
from damage import Input, made, originals

from irjax.data.archive import Archive
from irjax.errors import InputError
from irjax.spectra.reading import parse_spectrum
from irjax.spectra.resample import resample
from irjax.spectra.spectrum import Spectrum

MOST_SECONDS = 1.0
MOST_BYTES = 200 * 2**20
LONGEST_LINE = 1000
"""Characters of a message, warning, title or unit."""
_HANGS_AFTER = 10.0
"""Seconds on the clock, after which an input is given up."""
_ADDRESS_SPACE = 8 * 2**30
"""Bytes that the child may claim, so that a fault costs the machine no more."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="index of the first input")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fixtures", type=Path)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "fuzz_readers")
    arguments = parser.parse_args()
    again = f"--seed {arguments.seed}" + (
        f" --fixtures {shlex.quote(str(arguments.fixtures))}" if arguments.fixtures else ""
    )
    files = originals(arguments.fixtures)
    counts: Counter[str] = Counter()
    for index, outcome, faults in _outcomes(arguments.fixtures, arguments.seed, arguments.first, arguments.inputs):
        counts[outcome] += 1
        if not faults:
            continue
        counts["with faults"] += 1
        item = made(files, arguments.seed, index)
        arguments.keep.mkdir(parents=True, exist_ok=True)
        saved = arguments.keep / f"{arguments.seed}-{index}{Path(item.name).suffix}"
        saved.write_bytes(item.content)
        print(f"input {index}: {item.recipe}", *faults, sep="\n    ")
        print(f"    python {sys.argv[0]} {again} --first {index} --inputs 1    # saved as {saved}", flush=True)
    print(f"{arguments.inputs} inputs: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    return 1 if counts["with faults"] else 0


def _outcomes(fixtures: Path | None, seed: int, first: int, inputs: int) -> Iterator[tuple[int, str, list[str]]]:
    """(index, outcome, faults) of each input, from a child process that is replaced whenever one kills it."""
    context = multiprocessing.get_context("spawn")
    index, stop = first, first + inputs
    while index < stop:
        ours, theirs = context.Pipe(duplex=False)
        child = context.Process(target=_child, args=(theirs, fixtures, seed, index, stop))
        child.start()
        theirs.close()
        with suppress(EOFError):
            while True:
                yield index, *ours.recv()
                index += 1
        child.join()
        if index < stop:
            yield index, "killed", [f"killed the process that read it (exit code {child.exitcode})"]
            index += 1


def _child(results: Connection, fixtures: Path | None, seed: int, first: int, stop: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    files = originals(fixtures)
    for name, content in files.items():  # the vendors' libraries are imported before memory is watched
        with suppress(InputError):
            parse_spectrum(content, name)
    for index in range(first, stop):
        results.send(judged(made(files, seed, index)))


def judged(item: Input) -> tuple[str, list[str]]:
    """What became of an input (read or refused), and what the readers did amiss with it."""
    faults: list[str] = []
    if not item.name.endswith(".zip"):
        return ("read" if _read(item.name, item.content, faults) else "refused"), faults
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.zip"
        path.write_bytes(item.content)
        entries: list[tuple[str, int]] = []
        with _watched(str(path), faults):
            archive = Archive(path)
            entries = list(archive.entries())
        for name, place in entries:
            content = None
            with _watched(name, faults):
                content = archive.read(name, place)
            found += content is not None and _read(name, content, faults)
    return f"zips {'with' if found else 'without'} a spectrum", faults


def _read(name: str, content: bytes, faults: list[str]) -> bool:
    spectrum = None
    with _watched(name, faults):
        spectrum = parse_spectrum(content, name)
        faults += _unfit(spectrum)
        faults += ["an infinite value on the grid"] * bool(np.isinf(resample(spectrum)).any())
    return spectrum is not None


def _unfit(spectrum: Spectrum) -> list[str]:
    """What a Spectrum promises and this one does not keep."""
    x, y = spectrum.wavenumber, spectrum.transmittance
    words = [spectrum.title, spectrum.x_units, spectrum.y_units, *spectrum.warnings]
    kept = {
        "fewer than 2 points, or not as many ordinates": x.size == y.size >= 2,
        "values that are not finite": bool(np.isfinite(x).all() and np.isfinite(y).all()),
        "wavenumbers that do not ascend": bool((np.diff(x) > 0).all()),
        f"words of over {LONGEST_LINE} characters": all(len(word) <= LONGEST_LINE for word in words),
    }
    return [what for what, holds in kept.items() if not holds]


class _HungError(BaseException):
    """Raised out of whatever an input keeps busy; no Exception, so that no reader takes it for one of its own."""


def _give_up(signal_number: int, frame: object) -> None:
    raise _HungError


@contextmanager
def _watched(name: str, faults: list[str]) -> Iterator[None]:
    """Notes whatever the body does amiss with the file of this name: what it raises, takes, prints and warns of."""
    printed = io.StringIO()
    Path("/proc/self/clear_refs").write_text("5")  # VmHWM begins anew
    memory, started = _memory("VmRSS"), process_time()
    signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, _HANGS_AFTER)
    with warnings.catch_warnings(record=True) as warned, redirect_stdout(printed), redirect_stderr(printed):
        warnings.simplefilter("always")
        try:
            yield
        except InputError as error:
            message = str(error).removeprefix(name)
            faults += [f"a message of {len(message)} characters: {message[:60]!r}"] * (len(message) > LONGEST_LINE)
            faults += [f"a message not fit to print: {message[:200]!r}"] * (not message.isprintable())
            faults += [f"refused because memory ran out: {message}"] * ("MemoryError" in message)
        except (Exception, _HungError) as error:
            place = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__][-1]
            faults.append(f"{type(error).__name__}: {str(error)[:200]} ({Path(place.filename).name}:{place.lineno})")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    seconds, growth = process_time() - started, _memory("VmHWM") - memory
    faults += [f"took {seconds:.1f} s"] * (seconds > MOST_SECONDS)
    faults += [f"took {growth / 2**20:.0f} MiB"] * (growth > MOST_BYTES)
    faults += sorted({f"warned: {w.message} ({Path(w.filename).name}:{w.lineno})" for w in warned})
    faults += [f"printed {printed.getvalue()[:80]!r}"] * bool(printed.getvalue())


def _memory(name: str) -> int:
    """Bytes that this process holds (VmRSS), or held at most (VmHWM)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0]) * 1024


if __name__ == "__main__":
    sys.exit(main())
