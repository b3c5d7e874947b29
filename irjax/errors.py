"""The two ways in which a person's input can be wrong: what was handed in, or how it was asked for."""

import sys
from collections.abc import Callable


class InputError(Exception):
    """A file, table or run that cannot be used; the message says which, where, what was expected and how to mend it."""


class UsageError(Exception):
    """A command or option that makes no sense as given; the message says what does."""


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
