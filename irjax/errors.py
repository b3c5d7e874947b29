"""The two ways in which a person's input can be wrong: what was handed in, or how it was asked for."""

import _thread
import contextlib
import os
import re
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator
from math import isfinite
from numbers import Integral, Real
from typing import Any, Literal, get_args, get_origin, get_type_hints


class InputError(Exception):
    """A file, table or run that cannot be used; the message says which, where, what was expected and how to mend it."""


class UsageError(Exception):
    """A command or option that makes no sense as given; the message says what does."""


def require_positive(part: str, config: Any, *names: str) -> None:
    """Refuses fields of a config that are not above 0, or no whole numbers where they should be.

    A tuple must hold something, and nothing else than that.

    Raises:
        UsageError: naming the field as the command line does.
    """
    kinds = get_type_hints(type(config))
    for name in names:
        value = getattr(config, name)
        each, kind = value if isinstance(value, tuple) else (value,), (*get_args(kinds[name]), kinds[name])[0]
        if not each or not all(isinstance(one, Real) and isfinite(one) and float(one) > 0 for one in each):
            raise UsageError(f"{part}.{name} must be positive, not {value}")
        if max(map(float, each)) > _LARGEST:
            raise UsageError(f"{part}.{name} must be at most {_LARGEST:g}, not {value}")
        if kind is int and not all(isinstance(one, Integral) for one in each):
            raise UsageError(f"{part}.{name} must be whole, not {value}")


_LARGEST = 1e30
"""Of any number of a config: devices reckon with single precision, whose numbers end at 3e38."""


def require_share(part: str, config: Any, name: str) -> None:
    """Refuses a field of a config that does not lie from 0 to below 1.

    Raises:
        UsageError: naming the field as the command line does.
    """
    value = getattr(config, name)
    if not 0 <= value < 1:
        raise UsageError(f"{part}.{name} must lie from 0 to below 1, not {value}")


def require_choices(part: str, config: Any) -> None:
    """Refuses values that a config's `Literal` fields do not name.

    Raises:
        UsageError: naming the field and what it can be.
    """
    for name, kind in get_type_hints(type(config)).items():
        each = isinstance(getattr(config, name), tuple)
        kinds = get_args(kind) if get_origin(kind) in (tuple, types.UnionType) else (kind,)
        known = [word for one in kinds if get_origin(one) is Literal for word in get_args(one)]
        for value in getattr(config, name) if each else (getattr(config, name),):
            if known and value not in known:
                raise UsageError(f"{part}.{name} must be one of {', '.join(map(str, known))}, not {value}")


DEBUG = "IRJAX_DEBUG"
"""Set in the environment, or by --debug, it shows where an error of a library came from."""


_ENDLESS = re.compile(r"(\S{100})\S{200,}(\S{100})")


def printable(text: str) -> str:
    """Text from outside as a terminal may show it: one line, control characters spelled out, endless words cut."""
    return _ENDLESS.sub(r"\1…\2", "".join(c if c.isprintable() else repr(c)[1:-1] for c in text))


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


def exit_status(program: str, run: Callable[[], int], stopped: str = "stopped") -> int:
    """What `run` returns, or a line on standard error for whatever went wrong.

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
    except KeyboardInterrupt:
        return failed(stopped, 130)
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


def _said_in_full(run: Callable[[], int]) -> int:
    """Does it and flushes what it printed, also what --help or --version did, while errors are told in a line."""
    try:
        status = run()
    except SystemExit:
        _flush()
        raise
    _flush()
    return status


def _flush() -> None:
    if sys.stdout is not None:  # closed, as by >&-
        sys.stdout.flush()


def is_full(error: Exception) -> bool:
    """Whether a disk is full, in the words of the system or of what stores checkpoints."""
    return "No space left on device" in str(error) or "os_error_code='28'" in str(error)


@contextlib.contextmanager
def naming(place: object) -> Iterator[None]:
    """Names a place in the error of a full disk that names none, as those of libraries do."""
    try:
        yield
    except Exception as error:
        if not is_full(error) or isinstance(error, InputError) or getattr(error, "filename", None):
            raise
        raise InputError(f"{place}: no space left on the disk") from None


def first_line(error: object, most: int = 200) -> str:
    """The first line of what a library says, no longer than `most` characters; its kind, where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:most]


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
