import os
import signal
import time
from multiprocessing import active_children

import numpy as np
import pytest

from irjax.data.workers import pool
from irjax.errors import InputError


def test_what_is_asked_comes_back_in_order() -> None:
    with pool(2) as workers:
        assert list(workers.map(divmod, range(100), [7] * 100)) == [divmod(at, 7) for at in range(100)]
    assert not active_children()


def test_large_questions_and_answers_pass_each_other() -> None:
    large = [np.full(500_000, at) for at in range(12)]
    with pool(2) as workers:
        for at, back in enumerate(workers.map(np.negative, large)):
            np.testing.assert_array_equal(back, -large[at])


def test_what_a_process_raises_is_raised() -> None:
    with pool(1) as workers:
        assert isinstance(workers.submit(int, "x").exception(), ValueError)
        assert workers.submit(int, "7").result() == 7
    with pool(1, os.stat, "/no/such/thing") as workers, pytest.raises(FileNotFoundError):
        workers.submit(int, "7").result()


def test_a_process_that_ends_is_one_error() -> None:
    with pool(2) as workers:
        assert list(workers.map(abs, range(-7, 1))) == list(range(7, -1, -1))
        assert isinstance(workers.submit(os._exit, 1).exception(timeout=60), InputError)
    assert not active_children()


def test_a_process_that_ends_amid_an_answer_is_not_waited_for() -> None:
    half = """
import gc, os, signal, struct
from multiprocessing.connection import Connection
pipe, = (each for each in gc.get_objects() if isinstance(each, Connection))
os.write(pipe.fileno(), struct.pack("!i", 1000) + b"half")
os.kill(os.getpid(), signal.SIGKILL)
"""
    with pool(2) as workers, pytest.raises(InputError, match="the system ended a process"):
        workers.submit(exec, half, {}).result(timeout=60)


def test_a_process_that_ends_before_it_has_begun_is_not_waited_for() -> None:
    with pool(1, exec, "import os; os._exit(1)" + " " * 1_000_000) as workers:  # more than a pipe holds
        assert isinstance(workers.submit(abs, -1).exception(timeout=60), InputError)


def test_what_cannot_be_sent_is_an_error_of_its_own() -> None:
    with pool(1) as workers:
        with pytest.raises(TypeError, match="cannot be sent"):
            workers.submit(exec, "raise TypeError(lambda: 0)", {}).result(timeout=60)
        with pytest.raises(TypeError, match="cannot be sent"):
            workers.submit(compile, "1", "code", "eval").result(timeout=60)
        assert workers.submit(int, "7").result(timeout=60) == 7


def test_where_a_process_raised_is_told() -> None:
    with pool(1) as workers:
        problem = workers.submit(exec, "def at_fault(): 1 / 0\nat_fault()", {}).exception(timeout=60)
    assert isinstance(problem, ZeroDivisionError)
    assert "in at_fault" in "".join(problem.__notes__)


def test_whoever_has_enough_leaves_what_was_not_begun() -> None:
    began = time.monotonic()
    with pool(1) as workers:
        waiting = [workers.submit(time.sleep, 0.2) for _ in range(100)]
        waiting[0].result()
    assert sum(each.cancelled() for each in waiting) > 90
    assert time.monotonic() - began < 15
    assert not active_children()


def test_a_worker_heeds_that_interrupts_are_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does in the background
    try:
        with pool(1) as workers:
            assert workers.submit(signal.getsignal, signal.SIGINT).result() is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
