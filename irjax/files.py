"""Files that are there in full or not at all."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from irjax.errors import InputError

_LOCK = ".lock"


def write_aside(path: Path, content: str | bytes) -> None:
    """Writes a file beside its place and then renames it; folders on the way are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def held(directory: Path) -> Iterator[None]:
    """Keeps a directory from other processes; one that has died keeps nothing.

    Raises:
        InputError: another process holds it; the message says which.
    """
    import fcntl

    directory.mkdir(parents=True, exist_ok=True)
    with (directory / _LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(200).strip() or "another process"
            raise InputError(f"{directory}: in use by {holder}; wait for it, stop it, or name another --run") from None
        except OSError:
            pass  # a file system without locks
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield
