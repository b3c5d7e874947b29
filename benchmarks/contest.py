"""Contestants in processes of their own, asked in turn: none disturbs another, and all see the same machine."""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHECKED_RATE, CHECKED_EPSILON = 1e-5, 1e-5
"""Of Adam while results are compared: small steps keep rounding from growing, and with an epsilon of 1e-8 a weight
without a gradient goes where rounding sends it."""
HERE = Path(__file__).resolve().parent


class Contestant:
    """A script of this folder that answers JSON lines on standard input; it sleeps while others are asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / f"{name}.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, task: str, **arguments: Any) -> Any:
        """What the contestant's function `task` returns."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([task, arguments]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name} ended with status {self._process.wait()} while asked to {task}")
        return json.loads(answer)

    def leave(self) -> None:
        """Ends the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def answer(tasks: dict[str, Callable[..., Any]]) -> None:
    """A contestant's side: answers until standard input ends."""
    out = sys.stdout
    sys.stdout = sys.stderr  # what a library prints is no answer
    for line in sys.stdin:
        task, arguments = json.loads(line)
        print(json.dumps(tasks[task](**arguments)), file=out, flush=True)


def in_turn(contestants: list[Contestant], rounds: int, task: str, **arguments: Any) -> dict[str, list[float]]:
    """The seconds that each contestant takes for a task, round by round, after one round that does not count."""
    for contestant in contestants:
        contestant.ask(task, **arguments)
    found: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for _ in range(rounds):
        for contestant in contestants:
            found[contestant.name].append(contestant.ask(task, **arguments))
    return found


def show(title: str, seconds: dict[str, list[float]], per: str, count: int, limit: float | None = None) -> None:
    """A table: median time each, how many times the first contestant's, and its share of the machine's limit.

    A ratio is the median over the rounds of the ratio within a round.
    """
    first, *_ = seconds
    print(f"\n{title}")
    for name, times in seconds.items():
        ratio = statistics.median(b / a for a, b in zip(seconds[first], times, strict=True))
        spread = f"{min(times) / count * 1e3:.3g} to {max(times) / count * 1e3:.3g}"
        print(f"  {name:15} {statistics.median(times) / count * 1e3:9.4g} ms {per} ({spread})   {ratio:5.2f} ×")
    if limit is not None:
        print(f"  {'the machine':15} {limit * 1e3:9.4g} ms {per}: {first} reaches ", end="")
        print(f"{limit * count / statistics.median(seconds[first]):.0%} of its limit")


def workplace() -> Path:
    """An empty folder for what contestants exchange; gone when Python ends."""
    folder = tempfile.TemporaryDirectory(prefix="irjax-benchmark-")
    _kept.append(folder)
    return Path(folder.name)


_kept: list[tempfile.TemporaryDirectory] = []
