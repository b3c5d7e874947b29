"""Files that are there in full or not at all."""

import contextlib
import errno
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from irjax.errors import InputError

_LOCK = ".lock"


def bytes_of(path: Path, most: int = -1) -> bytes:
    """The content of a file, or its first bytes.

    Raises:
        OSError: there is no such file, or it is a pipe, socket or device, whose reading may never end.
    """
    require_regular(path)
    with path.open("rb") as file:
        return file.read(most)


def json_of(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        OSError: as `bytes_of`.
        ValueError: it is none, or nested absurdly deeply.
    """
    try:
        return json.loads(bytes_of(path))
    except RecursionError:
        raise ValueError("nested more deeply than anything that irjax writes") from None


def require_regular(path: Path) -> None:
    """Raises OSError for a pipe, socket or device; what is not there passes."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "not a regular file")


@contextlib.contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A file to write beside another, which it then replaces: what a link points to, not the link.

    Raises:
        InputError: it cannot be written, or would take the place of a pipe or a device.
    """
    target = Path(os.path.realpath(path))
    part = target.with_name(f".{target.name}.part")
    try:
        require_regular(target)
        yield part
        os.replace(part, target)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def write_aside(path: Path, content: str | bytes) -> None:
    """Writes a file as `aside` does; folders on the way are made. Raises InputError if that cannot be done."""
    with aside(path) as part:
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content.encode(errors="backslashreplace") if isinstance(content, str) else content)


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
            raise InputError(f"{directory}: in use by {holder}; wait for it, stop it, or name another") from None
        except OSError:
            pass  # a file system without locks
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield
