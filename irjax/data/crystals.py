"""Crystal structures, and the lines that they give in powder diffraction; pymatgen, which only this file asks.

pymatgen is an optional extra (`pip install 'irjax[xrd]'`): the lines of a library of 1,012 materials ship with irjax.
"""

import importlib.util
import lzma
import re
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from irjax.data.resumed import Entry, RejectedError, entries
from irjax.errors import InputError, UsageError, first_line
from irjax.files import require_regular

PACKAGE = "core-mof"
"""The word for the structures that the Python package of this name carries (CoRE MOF 2019, CC BY 4.0)."""
FIRST, LAST = 5.0, 50.0
"""Degrees of 2θ; the range of the library, and of Wang et al. (2020)."""
RADIATION = "CuKa"
WAVELENGTH = 1.54184
"""Å, of the radiation: the mean of Kα1 and Kα2, weighted."""
_WEAKEST = 0.001
"""Of the strongest line; weaker ones are left out."""
_LARGEST_FILE, _LARGEST_ARCHIVE, _LARGEST_HEADER = 8 * 2**20, 2**30, 2**20
_DAMAGED = (zlib.error, lzma.LZMAError)


@dataclass(frozen=True)
class Lines:
    """What a material gives in powder diffraction."""

    name: str
    lattice: np.ndarray
    """Edges a, b, c in Å and angles α, β, γ in degrees of its cell, float64 [6]."""
    two_theta: np.ndarray
    """Degrees from FIRST to LAST, ascending, float64 [lines]."""
    intensity: np.ndarray
    """Integrated, of the strongest 1, float64 [lines]."""


def structure_texts(source: str) -> dict[str, str]:
    """The CIF files of a folder, a zip, a tar, or the package `core-mof`, by name without its ending, sorted.

    Raises:
        InputError: there is none, or the archive is damaged or too large.
        UsageError: the package is not installed.
    """
    path = _package() if source == PACKAGE else Path(source)
    try:
        require_regular(path)
        if path.is_dir():
            files = [file for file in sorted(path.rglob("*")) if _is_cif(file.name) and file.is_file()]
            found = _by_name((str(file.relative_to(path)), _read(file)) for file in files)
        elif zipfile.is_zipfile(path):
            found = _by_name(_zipped(path))
        else:
            found = _by_name(_tarred(path))
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError, RuntimeError, ValueError, *_DAMAGED) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{source}: expected a folder, zip or tar of CIF files ({reason})") from None
    if not found:
        raise InputError(f"{source}: holds no CIF file (names that end in .cif)")
    return dict(sorted(found.items()))


def _package() -> Path:
    found = importlib.util.find_spec("CoRE_MOF")  # not imported: it would import pandas and read all of it
    if found is None or not found.submodule_search_locations:
        raise UsageError(f"--cifs {PACKAGE}: the package is not installed; pip install {PACKAGE}")
    return Path(found.submodule_search_locations[0]) / "data" / "2019-ASR.tar.xz"


def _is_cif(name: str) -> bool:
    return name.lower().endswith(".cif")


def _read(file: Path) -> str:
    with file.open("rb") as opened:
        return _text(opened.read(_LARGEST_FILE + 1), file.name)


def _text(content: bytes, name: str) -> str:
    if len(content) > _LARGEST_FILE:
        raise ValueError(f"{name} is larger than {_LARGEST_FILE // 2**20} MiB")
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return content.decode(encoding, errors="replace")


def _by_name(files: Iterator[tuple[str, str]]) -> dict[str, str]:
    """Texts by the name of their material, which is that of its file, wherever it lies; raises ValueError for two."""
    found: dict[str, str] = {}
    total = 0
    for place, text in files:
        if (total := total + len(text)) > _LARGEST_ARCHIVE:
            raise ValueError(f"more than {_LARGEST_ARCHIVE // 2**30} GiB of CIF files")
        name = Path(place).stem
        if name in found:
            raise ValueError(f"two files are called {name}.cif, one of them {place}; a material's name stands once")
        found[name] = text
    return found


def _zipped(path: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if _is_cif(info.filename):
                with archive.open(info) as member:
                    yield info.filename, _text(member.read(_LARGEST_FILE + 1), info.filename)


class _Member(tarfile.TarInfo):
    """A member of a tar whose names and headers, which are read whole, have the size of such."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Member":
        member = super().frombuf(buf, encoding, errors)
        if not member.isfile() and member.size > _LARGEST_HEADER:
            raise tarfile.ReadError(f"holds a header of {member.size / 2**20:.0f} MiB")
        return member


def _tarred(path: Path) -> Iterator[tuple[str, str]]:
    with tarfile.open(path, "r|*", tarinfo=_Member) as archive:  # a stream: nothing is unpacked, nothing is sought
        for info in archive:
            member = archive.extractfile(info) if info.isfile() and _is_cif(info.name) else None
            if member is not None:
                yield info.name, _text(member.read(_LARGEST_FILE + 1), info.name)


def lines_of(name: str, cif: str) -> Lines:
    """The lines of a structure.

    Raises:
        RejectedError: the file holds no structure, or one without a reflection in range.
    """
    cif = _with_atoms(cif)
    _require_crystal(cif)
    from pymatgen.analysis.diffraction.xrd import XRDCalculator
    from pymatgen.io.cif import CifParser

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            structures = CifParser.from_str(cif).parse_structures(primitive=False, on_error="raise")
        except Exception as error:  # pymatgen lets out errors of its parsers
            cause = f"; {first_line(said[-1].message, 120)}" if said else ""
            raise RejectedError(f"not a CIF with atoms ({first_line(error, 120)}{cause})") from None
        if not structures or not len(structures[0]):
            raise RejectedError("a CIF without atoms")
        if len(structures) > 1:
            raise RejectedError(f"holds {len(structures)} structures; one to a file is read")
        for each in said:
            _require_understood(first_line(each.message, 120))
        none = f"no reflection from {FIRST:g} to {LAST:g}° 2θ"
        try:
            found = XRDCalculator(RADIATION).get_pattern(structures[0], two_theta_range=(FIRST, LAST))
        except Exception as error:  # pymatgen fails of itself where there is none, and at atoms it does not know
            raise RejectedError(f"{none} could be reckoned ({first_line(error, 120)})") from None
    strong = np.asarray(found.y) >= 100 * _WEAKEST if len(found) else np.zeros(0, bool)
    if not strong.any():
        raise RejectedError(none)
    cell = np.array([*structures[0].lattice.abc, *structures[0].lattice.angles])
    return Lines(name, cell, *_merged(np.asarray(found.x)[strong], np.asarray(found.y)[strong] / 100))


def _require_crystal(cif: str) -> None:
    """Refuses what lists no atoms, or has a cell of no crystal. Raises RejectedError."""
    if not re.search(r"(?:^|\s)_atom_site_", cif, re.IGNORECASE):
        is_cif = re.search(r"^\s*data_", cif, re.MULTILINE | re.IGNORECASE)
        raise RejectedError("a CIF without atoms" if is_cif else "not a CIF with atoms")
    for length in _CELL_LENGTH.findall(cif):
        if float(length) < _SHORTEST_CELL:
            raise RejectedError(f"a cell length of {length}; expected Å, {_SHORTEST_CELL:g} at least")


_CELL_LENGTH = re.compile(
    r"^\s*_cell_length_[abc]\s+(-?(?:\d+\.?\d*|\.\d+))(?:\(\d+\))?\s*$", re.MULTILINE | re.IGNORECASE
)
_SHORTEST_CELL = 1.0


def _with_atoms(cif: str) -> str:
    """The blocks of a CIF that list atoms, or all of it where none does: journals put one about the paper before."""
    starts = [match.start() for match in re.finditer(r"^data_", cif, re.MULTILINE | re.IGNORECASE)]
    blocks = [cif[first:last] for first, last in pairwise([*starts, len(cif)])]
    return "".join(block for block in blocks if "_atom_site_" in block.lower()) or cif


def _require_understood(said: str) -> None:
    """Refuses what pymatgen goes on with in silence though it makes another crystal of a file's. Raises RejectedError.

    Args:
        said: what it warned of.
    """
    if "Defaulting to P1" in said:
        raise RejectedError("its symmetry is not told in a way that is read; write out its operations (x,y,z …)")
    missing = re.search(r"Missing elements (.*?) from", said)
    if missing and set(missing[1].split(", ")) - {"H", "D"}:  # hydrogen is seldom found, and scatters next to nothing
        raise RejectedError(f"its atoms are not those of its formula ({missing[1]} only in one of them)")
    if re.match(r"[A-Z]{2}\S* parsed as [A-Z][a-z]$", said):
        raise RejectedError(f"an atom may be of two elements ({said}); add _atom_site_type_symbol")


def _merged(two_theta: np.ndarray, intensity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lines at one thousandth of a degree as one."""
    places, line = np.unique(two_theta.round(3), return_inverse=True)
    sums = np.bincount(line, intensity)
    return places, sums / sums.max()


def many_lines(texts: dict[str, str], names: list[str], cache: Path) -> Iterator[Lines | RejectedError]:
    """The lines of structures in the order of `names`, in parallel, each as soon as it and those before are there.

    Args:
        cache: as `resumed.entries` takes it.

    Raises:
        InputError: the cache cannot be read.
        UsageError: pymatgen is not installed.
    """
    if importlib.util.find_spec("pymatgen") is None:
        raise UsageError("reckoning lines from CIF files needs pymatgen; pip install 'irjax[xrd]' brings it")
    for entry in entries({name: (name, texts[name]) for name in names}, _entry, cache, _is_whole):
        yield _from_entry(entry)


_LISTS = ("lattice", "two_theta", "intensity")
"""Of an entry, in the order of the fields of Lines."""


def _entry(named: tuple[str, str]) -> Entry:
    try:
        found = lines_of(*named)
    except RejectedError as error:
        return {"rejected": str(error)}
    lists = found.lattice, found.two_theta, found.intensity.round(6)
    return {key: value.tolist() for key, value in zip(_LISTS, lists, strict=True)}


def _is_whole(entry: Entry) -> bool:
    if "rejected" in entry:
        return True
    lattice, angles, intensities = (np.shape(entry[key]) for key in _LISTS)
    return lattice == (6,) and angles == intensities and len(angles) == 1


def _from_entry(entry: Entry) -> Lines | RejectedError:
    if "rejected" in entry:
        return RejectedError(entry["rejected"])
    return Lines(entry["name"], *(np.array(entry[key]) for key in _LISTS))
