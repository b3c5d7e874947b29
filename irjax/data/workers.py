"""Processes that work beside a command, and end when it does, however that came about.

Each has a pipe of its own, which says so when it ends. Those of `concurrent.futures` share one: a process that the
system ends while it writes an answer leaves half of it there, and the rest is waited for forever.
"""

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from pickle import PicklingError
from queue import SimpleQueue
from typing import Any

from irjax.errors import InputError

_MOST = 16
_AHEAD = 2
"""Tasks that a process has at a time, so that it need not wait for the next."""

Task = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function of a module, and what it is given."""


def available() -> int:
    """How many processes are worth starting here."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST)


def nothing() -> None:
    """To begin with."""


@contextmanager
def pool(workers: int, start: Callable[..., None] = nothing, *given: Any) -> Iterator[Executor]:
    """Processes that each call `start` with what is given before they do anything else.

    Whoever has enough leaves; what was not begun by then is dropped. What a process raises, in `start` too, is raised
    where a result is asked for; an InputError if the system ended the process.
    """
    with ExitStack() as ends:
        hired = []
        for _ in range(workers):
            hired.append(_Worker((start, given)))
            ends.callback(hired[-1].end)
        crew = _Crew(hired)
        ends.callback(crew.shutdown, cancel_futures=True)
        yield crew


class _Worker:
    """A process, and this end of its pipe."""

    def __init__(self, begin: Task) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, its = context.Pipe()
        self._asking, self._hearing = threading.Lock(), threading.Lock()
        self._process = context.Process(target=_serve, args=(its, os.getpid()), daemon=True)
        self._process.start()
        its.close()  # the only other end is the process's own, so that nothing more comes when that has ended
        with suppress(OSError):  # if it ended meanwhile, who asks it will hear
            self._pipe.send(begin)

    def ask(self, task: Task) -> Any:
        try:
            with self._asking:
                self._pipe.send(task)
                self._hearing.acquire()  # before another can ask: answers come in the order of the questions
            try:
                found, problem = self._pipe.recv()
            finally:
                self._hearing.release()
        except (EOFError, OSError):
            raise InputError(
                "the system ended a process that worked beside this one, perhaps for want of memory; try again"
            ) from None
        if problem is not None:
            raise problem
        return found

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()


class _Crew(ThreadPoolExecutor):
    """A thread for each task that a process has."""

    def __init__(self, workers: list[_Worker]) -> None:
        super().__init__(_AHEAD * len(workers))
        self._free = SimpleQueue[_Worker]()
        for worker in workers * _AHEAD:
            self._free.put(worker)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        return super().submit(self._done, (partial(fn, **named), args))

    def _done(self, task: Task) -> Any:
        worker = self._free.get()
        try:
            return worker.ask(task)
        finally:
            self._free.put(worker)


def _serve(its: Connection, parent: int) -> None:
    """Begins as it is told, and does what it is asked until the other end of the pipe is gone."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as in the background of a shell
        signal.signal(signal.SIGINT, lambda *_: os._exit(1))  # what it means, the parent says
    with suppress(EOFError, OSError):
        _, failed = _tried(its.recv())
        while True:
            task = its.recv()
            answer = _tried(task) if failed is None else (None, failed)
            try:
                its.send(answer)
            except (TypeError, AttributeError, PicklingError) as error:  # before a byte of it was sent
                its.send((None, TypeError(f"what a process answers cannot be sent: {error}")))


def _tried(task: Task) -> tuple[Any, Exception | None]:
    function, given = task
    try:
        return function(*given), None
    except Exception as problem:
        if not isinstance(problem, InputError):
            problem.add_note(traceback.format_exc())  # where it was raised does not come along
        return None, problem
