"""How a command ends: with an exit status, and a line on standard error for whatever went wrong or stopped it."""

import _thread
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from irjax.errors import InputError, UsageError, is_full, printable

DEBUG = "IRJAX_DEBUG"
"""Set in the environment, or by --debug, it shows where an error of a library came from."""


@contextlib.contextmanager
def unbroken() -> Iterator[None]:
    """Keeps Ctrl-C until the end of a block, such as an import of compiled modules, which it would crash."""
    pressed: list[int] = []
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell
        yield
        return
    try:
        before = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    except ValueError:  # not in the main thread, where no signal arrives
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


@contextlib.contextmanager
def goes_on(how: str) -> Iterator[None]:
    """Says, where Ctrl-C stops a block, how to go on with it."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"stopped; {how}") from None


def exit_status(program: str, run: Callable[[], int | None]) -> int:
    """What `run` returns, None being 0, or a line on standard error for whatever went wrong.

    Returns:
        0 done, 1 some input failed, 2 wrong usage, 130 stopped by Ctrl-C.
    """

    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _heard_all_the_same

    def failed(message: str, status: int = 1) -> int:
        print(f"{program}: {printable(message)}", file=sys.stderr)
        return status

    try:
        return _said_in_full(run)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has gone, as `| head` does
        return 0
    except UsageError as error:
        return failed(str(error), 2)
    except InputError as error:
        return failed(str(error))
    except KeyboardInterrupt as error:
        return failed(str(error) or "stopped", 130)
    except Exception as error:  # of a library, or ours
        if os.environ.get(DEBUG):
            raise
        return failed(_in_a_line(error))


def _heard_all_the_same(ignored: Any) -> None:
    """Hands a signal on where it came while something was being cleared away, which else tells it and ignores it."""
    code = getattr(ignored.exc_value, "code", None)
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        number = signal.SIGINT
    elif issubclass(ignored.exc_type, SystemExit) and isinstance(code, int) and code > _BY_SIGNAL:
        number = code - _BY_SIGNAL
    else:
        sys.__unraisablehook__(ignored)
        return
    soon = threading.Timer(0.01, _thread.interrupt_main, (number,))  # not at once, or it would end here too
    soon.daemon = True
    with contextlib.suppress(RuntimeError):  # the program is ending as it is
        soon.start()


_BY_SIGNAL = 128
"""What an exit status is above that of a program that a signal ended."""


def _said_in_full(run: Callable[[], int | None]) -> int:
    """Does it and flushes what it printed, also what --help or --version did, while errors are told in a line."""
    try:
        status = run() or 0
    except SystemExit:
        _flush()
        raise
    _flush()
    return status


def _flush() -> None:
    if sys.stdout is not None:  # closed, as by >&-
        sys.stdout.flush()


def _in_a_line(error: Exception) -> str:
    """What a person can do about an error that nothing else has put into words."""
    first = (str(error).strip().splitlines() or [""])[0][:300]
    if is_full(error) and not getattr(error, "filename", None):
        return "no space left on the disk"
    if isinstance(error, OSError):  # a full disk, a folder that may not be written to
        named = os.fsdecode(error.filename) if isinstance(error.filename, bytes) else error.filename
        place = f"{named}: " if named else ""
        return f"{place}{error.strerror or first}"
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in first:
        return "out of memory; a smaller --optimizer.batch-size or network needs less, or close other programs"
    absent = isinstance(error, AssertionError) and not first and os.environ.get("JAX_PLATFORMS")
    if absent or "Unable to initialize backend" in first or "Unknown backend" in first:
        named = first[:120] or os.environ["JAX_PLATFORMS"]
        return f"JAX_PLATFORMS names a device that is not here; unset it ({named})"
    if isinstance(error, RecursionError):
        return "a file is nested more deeply than anything that irjax writes"
    return f"{type(error).__name__}: {first or 'no message'} ({DEBUG}=1 shows where)"
