"""The two ways in which a person's input can be wrong: what was handed in, or how it was asked for."""

import contextlib
import re
import types
from collections.abc import Iterator
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


_ENDLESS = re.compile(r"(\S{100})\S{200,}(\S{100})")


def printable(text: str) -> str:
    """Text from outside as a terminal may show it: one line, control characters spelled out, endless words cut."""
    return _ENDLESS.sub(r"\1…\2", "".join(c if c.isprintable() else repr(c)[1:-1] for c in text))


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
