"""The two ways in which a person's input can be wrong: what was handed in, or how it was asked for."""

import sys
import types
from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin, get_type_hints


class InputError(Exception):
    """A file, table or run that cannot be used; the message says which, where, what was expected and how to mend it."""


class UsageError(Exception):
    """A command or option that makes no sense as given; the message says what does."""


def require_positive(part: str, config: Any, *names: str) -> None:
    """Refuses fields of a config that are not above 0; a tuple must hold something, all of it above 0.

    Raises:
        UsageError: naming the field as the command line does.
    """
    for name in names:
        value = getattr(config, name)
        if not (min(value, default=0) if isinstance(value, tuple) else value) > 0:
            raise UsageError(f"{part}.{name} must be positive, not {value}")


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


def exit_status(program: str, run: Callable[[], int], stopped: str = "stopped") -> int:
    """What `run` returns, or a line on standard error for what a person can mend.

    Returns:
        0 done, 1 some input failed, 2 wrong usage, 130 stopped by Ctrl-C.
    """
    try:
        return run()
    except UsageError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 2
    except InputError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{program}: {stopped}", file=sys.stderr)
        return 130
    except OSError as error:  # a full disk, a folder that may not be written to
        print(f"{program}: {error.filename or ''}: {error.strerror or error}", file=sys.stderr)
        return 1
