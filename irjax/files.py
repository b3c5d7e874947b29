"""Files that are there in full or not at all."""

import contextlib
import errno
import glob
import io
import json
import os
import re
import shutil
import socket
import tempfile
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irjax.errors import InputError

if TYPE_CHECKING:
    import numpy as np

_LOCK = ".lock"
_HERE = re.sub(r"[^a-z0-9-]", "-", socket.gethostname().lower())
"""This machine: on a shared disk the processes of others have the same numbers."""


def bytes_of(path: Path, most: int = -1) -> bytes:
    """The content of a file, or its first bytes.

    Raises:
        OSError: there is no such file, or it is a pipe, socket or device, whose reading may never end.
        InputError: it may not be read.
    """
    require_regular(path)
    require_permitted(path)
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


def array_of(source: Path | bytes) -> "np.ndarray":
    """The array in a file of numpy's, which stays on disk until it is used, or in the content of one.

    Raises:
        OSError: there is no such file.
        ValueError: it is none; numpy has a dozen errors for damaged ones.
    """
    import numpy as np  # not by whoever only writes a file

    begun = source[:6] if isinstance(source, bytes) else bytes_of(source, 6)
    if begun != b"\x93NUMPY":  # a zip of arrays, among others
        raise ValueError("no array of numpy's")
    try:
        if isinstance(source, bytes):
            return np.load(io.BytesIO(source), allow_pickle=False)
        return np.load(source, mmap_mode="r", allow_pickle=False)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # among them those of its parser of headers
        raise ValueError(f"no array of numpy's ({error})") from None


def require_regular(path: Path) -> None:
    """Raises OSError for a pipe, socket or device; what is not there passes."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "not a regular file")


def require_permitted(path: Path) -> None:
    """Tells a file that may not be read from a damaged one. Raises InputError."""
    if path.exists() and not os.access(path, os.R_OK):
        raise InputError(f"{path}: may not be read by you; ask its owner for permission, or see `ls -l`")


@contextlib.contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A file to write beside another, which it then replaces: what a link points to, not the link.

    Raises:
        InputError: it cannot be written, or would take the place of a pipe or a device.
    """
    target = Path(os.path.realpath(path))
    part = target.with_name(f"{_half(target)}{threading.get_ident()}")  # two may write the same file at once
    try:
        require_regular(target)
        clear_dead(target, begun=False)
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
def folder_aside(path: Path, replace: bool = False) -> Iterator[Path]:
    """A folder to fill beside another place, which it then takes.

    What a killed process left half made on the way to the same place is removed first.

    Args:
        replace: whether a folder that is there and holds something gives way.

    Raises:
        InputError: it cannot be written, as on a full disk; nothing was changed.
    """
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        clear_dead(path)
        part = Path(tempfile.mkdtemp(prefix=_half(path), dir=path.parent))
        yield part
        old = part.with_suffix(".old")
        if replace:
            with contextlib.suppress(FileNotFoundError):
                path.rename(old)
        part.chmod(0o755)
        try:
            part.rename(path)
        except OSError:
            with contextlib.suppress(OSError):  # there is none, or something new stands in its place
                old.rename(path)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from None
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def _half(path: Path) -> str:
    """How the name of what is being made begins, until it takes the place of a file or a folder."""
    return f".{_short(path.name)}.{os.getpid()}.{_HERE}."


def _short(name: str) -> str:
    """A name, or its beginning and a checksum, so that more can be written behind it."""
    raw = name.encode(errors="surrogateescape")
    return name if len(raw) <= _LONGEST else f"{name[: _LONGEST // 8]}-{zlib.crc32(raw):08x}"


_LONGEST = 120
"""Bytes of a name that others may stand behind; file systems take 255, and the name of a machine has up to 63."""
_LEFT = re.compile(r"\.(.+)\.\d+\.[a-z0-9-]+\.[a-z0-9_]+")


def finished(folder: Path, made: re.Pattern[str]) -> list[str]:
    """The names of what lies in a folder, but for what irjax was making when it was killed.

    Args:
        made: the names that it makes there: all else is a person's.
    """
    left = {name: _LEFT.fullmatch(name) for name in sorted(os.listdir(folder))}
    return [name for name, half in left.items() if not (half and made.fullmatch(half[1]))]


def clear_dead(path: Path, begun: bool = True) -> None:
    """Removes what was left half made where its process was killed, and puts back a folder that was there before.

    Args:
        begun: whether this process has made nothing there yet: in a container each may have the same number.
    """
    name = _short(path.name)
    made = re.compile(rf"\.{re.escape(name)}\.(\d+)\.{re.escape(_HERE)}\.[a-z0-9_]+")
    for part in path.parent.glob(f".{glob.escape(name)}.*"):
        found = made.fullmatch(part.name)  # that of `data.2` looks like one of `data`
        if not found:
            continue
        process = int(found[1])
        if not begun if process == os.getpid() else _alive(process):
            continue
        if part.suffix == ".old" and not path.exists():  # killed when the old one had gone and the new one not come
            part.rename(path)
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    """Whether another process has this number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it is somebody else's
    return True


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
