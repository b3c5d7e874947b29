"""Processes that work beside a command, and end when it does, however that came about."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

_MOST = 16


def available() -> int:
    """How many processes are worth starting here."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST)


def nothing() -> None:
    """To begin with."""


def pool(workers: int, start: Callable[..., None] = nothing, *given: Any) -> ProcessPoolExecutor:
    """Processes that each call `start` with what is given before they do anything else."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, _begin, (os.getpid(), start, given))


def _begin(parent: int, start: Callable[..., None], given: tuple[Any, ...]) -> None:
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    signal.signal(signal.SIGINT, lambda *_: os._exit(1))  # what it means, the parent says
    start(*given)
