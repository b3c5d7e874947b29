"""Use irjax wrongly in a thousand ways, and see that each is answered in a line, soon, and leaves nothing half-done.

    python scripts/wrong_uses.py [--count 1000] [--seed 0] [--only CLASS ...] [--limit 10] [--workers 2] [--keep FOLDER]

Each use must end with status 0, 1 or 2 (130 where Ctrl-C was pressed), without a traceback and without the words of a
library, within so many seconds; a refusal names the file or the option; what is written is whole, nothing hidden is
left beside it, devices and links stay what they are; and a spectrum that says nothing is answered "present" by no
group. Most commands run in a process of many; consoles, limits and signals in one of their own. Linux only, bash.
Prints each fault with the command that repeats it in its folder under --keep, and a table; exits with 1 if any.
"""

import argparse
import contextlib
import io
import multiprocessing
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from threading import Thread, local
from typing import Any

import wrong_uses_kept as kept
import wrong_uses_machine as machine
import wrong_uses_made as made
from wrong_uses_judged import START, Outcome, faults, leftovers, tree
from wrong_uses_made import Use

SHARES = {
    "files": 240, "tables": 90, "zips": 90, "structures": 80, "runs": 130, "datasets": 80, "checkpoints": 40,
    "configs": 90, "consoles": 50, "permissions": 50, "disks": 30, "environment": 30,
}  # fmt: skip
"""Of a thousand."""
_ADDRESS_SPACE = 6 * 2**30


def uses(seeds: Path, group: str, count: int, seed: int) -> list[Use]:
    """So many different wrong uses of a class."""
    maker = next(vars(module)[group] for module in (made, kept, machine) if group in vars(module))
    pool = list(maker(seeds) if maker.__code__.co_argcount else maker())
    pool = list({(use.what, use.words, use.shell, use.mount): use for use in pool}.values())
    Random(f"{seed}:{group}").shuffle(pool)
    return pool[:count]


def _worker(pipe: Connection) -> None:
    """Runs uses, one after another, as they come."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    os.setpgrp()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from irjax.cli import main

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        main(["predict", "nowhere.csv"])  # what is imported and compiled once counts for none of them
    pipe.send("ready")
    while True:
        try:
            words, folder = pipe.recv()
        except EOFError:
            return
        out, err = (
            os.open(f"{folder}.out", os.O_CREAT | os.O_RDWR | os.O_TRUNC),
            os.open(f"{folder}.err", os.O_CREAT | os.O_RDWR | os.O_TRUNC),
        )
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.chdir(folder)
        began = time.process_time()
        try:
            status = main(list(words))
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1 if end.code else 0
        except BaseException:
            traceback.print_exc()
            status = 1
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os.close(out)
        os.close(err)
        pipe.send((status, time.process_time() - began))


class Watch:
    """Whether a process, with what it has begun, stands still for the limit, or works for three times as long."""

    def __init__(self, process: int, limit: float) -> None:
        self.process, self.limit = process, limit
        self.first = self.last = self._seen()[0]
        self.moved = time.monotonic()

    def over(self) -> bool:
        used, waits = self._seen()
        now = time.monotonic()
        if not waits or abs(used - self.last) > 0.05:
            self.last, self.moved = used, now
        return now - self.moved > self.limit or used - self.first > 3 * self.limit

    def _seen(self) -> tuple[float, bool]:
        """Seconds of processor time, and whether all of it sleeps."""
        parents, used, waits = {}, 0.0, True
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                number, state, parent, *rest = re.sub(r"\(.*\)", "", path.read_text()).split()
                parents[int(number)] = (int(parent), state, (int(rest[9]) + int(rest[10])) / os.sysconf("SC_CLK_TCK"))
        for number, (parent, state, seconds) in parents.items():
            while number != self.process and parent in parents and parent:
                number, parent = parent, parents[parent][0]
            if number == self.process:
                used, waits = used + seconds, waits and state not in "RD"
        return used, waits


class Runner:
    """A process that runs uses, replaced when one ends it."""

    def __init__(self) -> None:
        self.process: Any = None

    def run(self, use: Use, folder: Path, limit: float) -> Outcome:
        if self.process is None or not self.process.is_alive():
            context = multiprocessing.get_context("spawn")
            self.pipe, theirs = context.Pipe()
            self.process = context.Process(target=_worker, args=(theirs,))
            self.process.start()
            theirs.close()
            self.pipe.recv()
        status, seconds = None, 3 * limit
        watch = Watch(self.process.pid, limit)
        self.pipe.send((use.words, str(folder)))
        try:
            while not self.pipe.poll(0.3):
                if watch.over():
                    self.end()
                    break
            else:
                status, seconds = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            status, seconds = self.process.exitcode, 0.0
        return Outcome(status, seconds, *_read(folder))

    def end(self) -> None:
        if self.process is not None and self.process.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.join()


def in_a_process(use: Use, folder: Path, limit: float) -> Outcome:
    """Runs a use in a process of its own."""
    with Path(f"{folder}.out").open("wb") as out, Path(f"{folder}.err").open("wb") as err:
        process = subprocess.Popen(
            ["bash", "-c", line(use)],
            cwd=folder,
            stdout=out,
            stderr=err,
            stdin=subprocess.DEVNULL,
            process_group=0,
        )
        watch, status, used = Watch(process.pid, limit + START), None, 3 * limit
        while not watch.over():
            time.sleep(0.1)
            ended, code, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                status, used = os.waitstatus_to_exitcode(code), usage.ru_utime + usage.ru_stime
                break
        else:
            os.killpg(process.pid, signal.SIGKILL)
            os.wait4(process.pid, 0)
    process.returncode = 0
    return Outcome(status, used, *_read(folder))


def _read(folder: Path) -> tuple[str, str]:
    out, err = (Path(f"{folder}.{which}").read_bytes().decode(errors="replace") for which in ("out", "err"))
    return out, err


def line(use: Use) -> str:
    """The command that repeats a use in its folder."""
    command = shlex.join([sys.executable, "-m", "irjax", *use.words])
    told = (use.shell or "{}").replace("{}", command)
    return f"{told}; exit ${{PIPESTATUS[0]}}" if use.shell else told.replace(f"{sys.executable} -m irjax", "irjax")


@contextlib.contextmanager
def mounted(use: Use, folder: Path) -> Any:
    """A tmpfs named full, where the use wants one."""
    if not use.mount:
        yield True
        return
    (folder / "full").mkdir(exist_ok=True)
    options = "size=4m" if use.mount == "ro" else use.mount
    held = (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder / "full"], capture_output=True
        ).returncode
        == 0
    )
    try:
        yield held
    finally:
        if held:
            subprocess.run(["umount", "-l", folder / "full"], check=False, capture_output=True)


def tried(use: Use, folder: Path, seeds: Path, runner: Runner, limit: float) -> tuple[Outcome, list[str]] | None:
    """The outcome of a use and its faults; None where this machine cannot try it."""
    folder.mkdir()
    with mounted(use, folder) as possible:
        if not possible:
            return None
        use.make(folder, seeds)
        if use.mount == "ro":
            subprocess.run(["mount", "-o", "remount,ro", folder / "full"], check=False, capture_output=True)
        before = tree(folder)
        if use.meanwhile:
            Thread(target=lambda: (time.sleep(0.5), use.meanwhile(folder, seeds))).start()  # pyright: ignore
        outcome = in_a_process(use, folder, limit) if use.shell else runner.run(use, folder, limit)
        return outcome, [*faults(use, outcome, folder, limit), *leftovers(use, folder, before)]


class Trial:
    """Tries uses on several threads, each with a process of its own, and keeps count."""

    def __init__(self, keep: Path, limit: float) -> None:
        self.keep, self.limit, self.seeds = keep, limit, keep / "seeds"
        self.counts: Counter[tuple[str, str]] = Counter()
        self.mine = local()
        self.runners: list[Runner] = []

    def one(self, job: tuple[str, int, Use]) -> None:
        group, number, use = job
        if not hasattr(self.mine, "runner"):
            self.mine.runner = Runner()
            self.runners.append(self.mine.runner)
        folder = self.keep / f"{group}-{number}"
        try:
            result = tried(use, folder, self.seeds, self.mine.runner, self.limit)
        except Exception:  # a fault of this script
            print(f"{group} {number} ({use.what}) could not be tried:", traceback.format_exc(), sep="\n", flush=True)
            self.counts[group, "untried"] += 1
            return
        self.counts[group, "tried"] += result is not None
        if result is None or not result[1]:
            shutil.rmtree(folder, ignore_errors=True)
            return
        outcome, found = result
        self.counts[group, "faults"] += 1
        shown = (outcome.said.strip() or outcome.printed.strip())[-400:]
        lines = [*found, f"cd {folder} && {line(use)[:600]}", f"printed: {shown!r}"]
        print("\n    ".join([f"{group} {number}: {use.what}", *lines]), flush=True)

    def all(self, jobs: list[tuple[str, int, Use]], workers: int) -> None:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(self.one, jobs))
        for runner in self.runners:
            runner.end()

    def show(self, groups: list[str]) -> bool:
        """Prints the table; whether there was a fault, or what could not be tried."""
        print(f"{'class':14s}" + "".join(f"{kind:>9s}" for kind in _COUNTED))
        for group in groups:
            print(f"{group:14s}" + "".join(f"{self.counts[group, kind]:9d}" for kind in _COUNTED))
        tried, faults, untried = (sum(self.counts[group, kind] for group in groups) for kind in _COUNTED)
        print(f"{'together':14s}{tried:9d}{faults:9d}{untried:9d}")
        return faults + untried > 0


_COUNTED = ("tried", "faults", "untried")
_MARK = "wrong-uses"
"""A file in the folder of a trial, which the next one may delete."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=list(SHARES), default=list(SHARES), metavar="CLASS")
    parser.add_argument("--limit", type=float, default=10.0, help="seconds a use may work, or stand still")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "wrong_uses", help="a new folder")
    arguments = parser.parse_args()
    keep = arguments.keep.absolute()
    if keep.exists() and not (keep / _MARK).is_file():
        parser.error(f"{keep}: exists, and is none of an earlier trial")
    shutil.rmtree(keep, ignore_errors=True)
    (keep / "seeds").mkdir(parents=True)
    (keep / _MARK).touch()
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(keep / "jax"))
    made.sown(keep / "seeds")
    trial, jobs = Trial(keep, arguments.limit), []
    for group in arguments.only:
        share = round(arguments.count * SHARES[group] / sum(SHARES[each] for each in arguments.only))
        jobs += [(group, number, use) for number, use in enumerate(uses(keep / "seeds", group, share, arguments.seed))]
    trial.all(jobs, arguments.workers)
    return 1 if trial.show(arguments.only) else 0


if __name__ == "__main__":
    sys.exit(main())
