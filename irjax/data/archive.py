"""The spectrum files in a folder or a zip, one by one, without unpacking anything."""

import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from irjax.errors import InputError
from irjax.files import require_regular
from irjax.spectra.reading import LARGEST_FILE, file_content
from irjax.spectra.spectrum import SpectrumError

_FOLDER = -1
"""The place of a folder whose files could not be listed."""
_BESIDE = re.compile(
    r"(?!.*\.(?:csv|tsv|jdx|dx|jcamp|jcm|spc|spa|dpt|asp|png|\d+)$)(?:readme|licen[sc]es?)(?![^\W_])|"
    r"(?:thumbs\.db|desktop\.ini)$|~\$",
    re.IGNORECASE,
)
"""Names of files that people and systems put beside spectra, and that are none by their endings."""
_MACINTOSH = "__MACOSX"
"""The folder in which it puts what it knows of the files of a zip."""
_UTF8 = 0x800
"""The flag of a zip entry whose name is UTF-8."""


def _may_hold(name: str) -> bool:
    """Whether a file may be meant as a spectrum: it is neither hidden nor one of those beside."""
    parts = PureWindowsPath(name).parts
    hidden = _MACINTOSH in parts or any(part.startswith(".") and not part.startswith("..") for part in parts)
    return bool(parts) and not hidden and not _BESIDE.match(parts[-1])


def _named(info: zipfile.ZipInfo) -> str:
    """The name of an entry; Unix programs write UTF-8 without the flag that says so."""
    if info.flag_bits & _UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def holds_many(path: str | os.PathLike[str]) -> bool:
    """Whether it is a folder or, by its name, a zip."""
    return os.path.isdir(path) or os.fspath(path).lower().endswith(".zip")


class Archive:
    """A folder or zip of spectrum files; a name is a path within it."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._zip: zipfile.ZipFile | None = None
        if self.path.is_dir():
            return
        try:
            require_regular(self.path)
            self._zip = zipfile.ZipFile(self.path)
        except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise InputError(f"{path}: expected a folder or a zip of spectrum files ({error})") from None

    def entries(self) -> Iterator[tuple[str, int]]:
        """(name, place) of every file, sorted by name; the place tells apart two zip entries of one name."""
        if self._zip is not None:
            members = enumerate(self._zip.infolist())
            found = [(_named(info), place) for place, info in members if _may_hold(info.filename) and not info.is_dir()]
        else:
            found = []

            def unread(error: OSError) -> None:
                found.append((Path(error.filename).relative_to(self.path).as_posix(), _FOLDER))

            for folder, folders, files in os.walk(self.path, onerror=unread):
                folders[:] = [name for name in folders if not name.startswith(".") and name != _MACINTOSH]
                inside = Path(folder).relative_to(self.path)
                found += [((inside / name).as_posix(), 0) for name in files if _may_hold(name)]
                found += [((inside / name).as_posix(), _FOLDER) for name in folders if Path(folder, name).is_symlink()]
        yield from sorted(found)

    def read(self, name: str, place: int) -> bytes:
        """The content of a file, at most one byte more than a spectrum file may have.

        Raises:
            SpectrumError: it cannot be read, or its name leads out of the archive.
        """
        if place == _FOLDER:
            linked = (self.path / name).is_symlink()
            raise SpectrumError(
                f"{name}: a folder that {'is a link, which is not followed' if linked else 'may not be read'}"
            )
        if self._zip is None:
            return self._read_file(name)
        place_named = PureWindowsPath(name)  # takes / and \\ and drive letters
        if place_named.anchor or ".." in place_named.parts:
            raise SpectrumError(f"{name}: the name leads out of the archive; such an entry is not read")
        info = self._zip.infolist()[place]
        if info.flag_bits & 1:
            raise SpectrumError(f"{name}: the entry is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise SpectrumError(f"{name}: compressed by a method that is not read; expected deflate or none")
        try:
            with self._zip.open(info) as file:
                return file.read(LARGEST_FILE + 1)
        except Exception as error:  # zipfile leaks zlib, struct, EOF and codec errors from a damaged entry
            raise SpectrumError(f"{name}: the zip entry is damaged ({str(error)[:80]})") from None

    def _read_file(self, name: str) -> bytes:
        try:
            return file_content(self.path / name)
        except OSError as error:
            raise SpectrumError(f"{name}: {error.strerror or error}") from None
