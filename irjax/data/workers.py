"""Processes that work beside a command, and end when it does, however that came about."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from irjax.errors import InputError

_MOST = 16


def available() -> int:
    """How many processes are worth starting here."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST)


def nothing() -> None:
    """To begin with."""


@contextmanager
def pool(workers: int, start: Callable[..., None] = nothing, *given: Any) -> Iterator[ProcessPoolExecutor]:
    """Processes that each call `start` with what is given before they do anything else.

    Whoever has enough leaves; what was not begun by then is dropped.

    Raises:
        InputError: the system ended one of them.
    """
    context = multiprocessing.get_context("spawn")
    begun = ProcessPoolExecutor(workers, context, _begin, (os.getpid(), start, given))
    try:
        yield begun
    except BrokenProcessPool:
        raise InputError(
            "the system ended a process that worked beside this one, perhaps for want of memory; try again"
        ) from None
    finally:
        begun.shutdown(cancel_futures=True)


def _begin(parent: int, start: Callable[..., None], given: tuple[Any, ...]) -> None:
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as in the background of a shell
        signal.signal(signal.SIGINT, lambda *_: os._exit(1))  # what it means, the parent says
    start(*given)
