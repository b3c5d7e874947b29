"""Zips and folders that were made to harm: what each trick gives."""

import io
import os
import struct
import warnings
import zipfile
from pathlib import Path
from threading import Timer

import pytest

from irjax.data.archive import Archive
from irjax.errors import InputError
from irjax.spectra.reading import LARGEST_FILE, parse_spectrum
from irjax.spectra.spectrum import SpectrumError

CONTENT = b"400 1\n500 1\n"


def zip_of(*names: str, content: bytes = CONTENT, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(packed, "w", method) as archive:
        for name in names:
            archive.writestr(name, content)
    return packed.getvalue()


def edited(content: bytes, record: bytes, offset: int, form: str, value: int) -> bytes:
    """A zip with another number in each record of a kind: PK\\1\\2 of the directory, PK\\3\\4 before the data."""
    changed = bytearray(content)
    at = content.find(record)
    while at >= 0:
        struct.pack_into(form, changed, at + offset, value)
        at = content.find(record, at + 1)
    return bytes(changed)


def opened(folder: Path, content: bytes) -> Archive:
    path = folder / "spectra.zip"
    path.write_bytes(content)
    return Archive(path)


@pytest.mark.parametrize(
    "name", ["../a.csv", "/a.csv", "a/../../b.csv", "..\\a.csv", "\\a.csv", "\\\\host\\a.csv", "C:\\a.csv", "c:/a.csv"]
)
def test_a_name_that_leads_out_is_listed_but_not_read(tmp_path: Path, name: str) -> None:
    archive = opened(tmp_path, zip_of(name, "good.csv"))
    assert len(list(archive.entries())) == 2
    with pytest.raises(SpectrumError, match="leads out of the archive"):
        archive.read(*next(entry for entry in archive.entries() if entry[0] != "good.csv"))
    assert [path.name for path in tmp_path.iterdir()] == ["spectra.zip"]


@pytest.mark.parametrize(
    "name", ["..a.csv", "a..b/c.csv", "~", "-rf", "*", "CON", "a\nb.csv", "b/" * 3000 + "a", "a" * 9000]
)
def test_an_odd_name_is_read_like_any_other(tmp_path: Path, name: str) -> None:
    archive = opened(tmp_path, zip_of(name))
    assert [archive.read(*entry) for entry in archive.entries()] == [CONTENT]


def test_an_entry_without_a_name_is_passed_over(tmp_path: Path) -> None:
    archive = opened(tmp_path, zip_of("Qa", "b.csv").replace(b"Qa", b"\0a"))
    assert [name for name, _ in archive.entries()] == ["b.csv"]


def test_a_name_in_utf_8_is_read_without_its_flag(tmp_path: Path) -> None:
    """As Unix programs write it; what is no UTF-8 is of the code page that zips began with."""
    written = zip_of("Köln.csv")
    assert struct.unpack_from("<H", written, 6)[0] & 0x800
    bare = edited(edited(written, b"PK\3\4", 6, "<H", 0), b"PK\1\2", 8, "<H", 0)
    [(name, place)] = opened(tmp_path, bare).entries()
    assert name == "Köln.csv"
    assert opened(tmp_path, bare).read(name, place) == CONTENT
    [(old, _)] = opened(tmp_path, bare.replace("Köln".encode(), b"K\x94lnn")).entries()
    assert old == "Kölnn.csv"


def test_entries_of_one_name_are_told_apart(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", b"first")
        archive.writestr("a.csv", b"second")
    archive = opened(tmp_path, packed.getvalue())
    assert [archive.read(*entry) for entry in archive.entries()] == [b"first", b"second"]


def test_thousands_of_entries_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    archive = opened(tmp_path, zip_of(*(f"{number}.csv" for number in range(3000))))
    names = [name for name, _ in archive.entries()]
    assert names == sorted(names)
    assert len(names) == 3000


def test_an_entry_that_unpacks_to_much_is_read_no_further_than_a_spectrum_goes(tmp_path: Path) -> None:
    archive = opened(tmp_path, zip_of("bomb.csv", content=bytes(4 * LARGEST_FILE)))
    content = archive.read("bomb.csv", 0)
    assert len(content) == LARGEST_FILE + 1
    with pytest.raises(SpectrumError, match="larger than"):
        parse_spectrum(content, "bomb.csv")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_cannot_be_unpacked_in_pieces_is_refused(tmp_path: Path, method: int) -> None:
    archive = opened(tmp_path, zip_of("a.csv", method=method))
    with pytest.raises(SpectrumError, match=r"a\.csv: .*compress"):
        archive.read("a.csv", 0)


@pytest.mark.parametrize(
    ("record", "offset", "form", "value"),
    [
        pytest.param(b"PK\1\2", 10, "<H", 99, id="unknown method"),
        pytest.param(b"PK\1\2", 16, "<I", 1, id="checksum"),
        pytest.param(b"PK\1\2", 20, "<I", 1, id="compressed size too small"),
        pytest.param(b"PK\1\2", 24, "<I", 3, id="size too small"),
        pytest.param(b"PK\1\2", 42, "<I", 2**31, id="offset beyond the end"),
        pytest.param(b"PK\1\2", 42, "<I", 5, id="offset into the data"),
        pytest.param(b"PK\3\4", 26, "<H", 999, id="another name's length"),
        pytest.param(b"PK\1\2", 8, "<H", 1, id="encrypted"),
        pytest.param(b"PK\1\2", 8, "<H", 0x20, id="patched data"),
    ],
)
def test_a_lying_record_costs_its_entry_alone(
    tmp_path: Path, record: bytes, offset: int, form: str, value: int
) -> None:
    archive = opened(tmp_path, edited(zip_of("a.csv"), record, offset, form, value))
    with pytest.raises(SpectrumError, match=r"^a\.csv: .*(damaged|encrypted|compress)"):
        archive.read("a.csv", 0)


@pytest.mark.parametrize("offset", [20, 24], ids=["compressed", "unpacked"])
def test_a_size_that_claims_too_much_does_no_harm(tmp_path: Path, offset: int) -> None:
    archive = opened(tmp_path, edited(zip_of("a.csv"), b"PK\1\2", offset, "<I", 2**32 - 2))
    try:
        assert archive.read("a.csv", 0) == CONTENT
    except SpectrumError as refusal:  # newer Pythons see that such an entry would overlap the directory
        assert "Overlapped" in str(refusal)  # noqa: PT017


def test_bytes_before_the_zip_do_no_harm(tmp_path: Path) -> None:
    assert opened(tmp_path, b"MZ" + bytes(99) + zip_of("a.csv")).read("a.csv", 0) == CONTENT


def test_a_zip_in_a_zip_is_named_as_such(tmp_path: Path) -> None:
    archive = opened(tmp_path, zip_of("inner.zip", content=zip_of("a.csv")))
    with pytest.raises(SpectrumError, match=r"inner\.zip: is a zip archive"):
        parse_spectrum(archive.read("inner.zip", 0), "inner.zip")


def test_a_zip_that_breaks_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = zip_of("a.csv", "b.csv")
    for length in range(len(whole)):
        with pytest.raises(InputError, match="expected a folder or a zip"):
            opened(tmp_path, whole[:length])


@pytest.mark.parametrize("size", [2**62, 2**63, 2**64 - 1])
def test_a_directory_larger_than_any_file_is_refused(tmp_path: Path, size: int) -> None:
    whole = zip_of("a.csv")
    end = whole.rindex(b"PK\5\6")
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    with pytest.raises(InputError, match="expected a folder or a zip"):
        opened(tmp_path, whole[:end] + record + locator + whole[end:])


def test_what_a_folder_holds_beside_files_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    (tmp_path / "gone.csv").symlink_to("nowhere.csv")
    writer = Timer(0.5, os.close, [os.open(tmp_path / "pipe.csv", os.O_RDWR)])  # lest a reader waits for ever
    writer.start()
    archive = Archive(tmp_path)
    for entry in archive.entries():
        with pytest.raises(SpectrumError, match=entry[0]):
            archive.read(*entry)
    assert writer.is_alive()
    writer.join()


def test_what_people_and_systems_put_beside_spectra_is_passed_over(tmp_path: Path) -> None:
    beside = (".DS_Store", "__MACOSX/._a.csv", "README.txt", "more/readme.md", "LICENSE", "Thumbs.db", "desktop.ini")
    beside += ("readme_en.txt", "README (1).txt", "README.1ST", "LICENSE-CC-BY-4.0.txt", "LICENSES.txt", "README.md~")
    spectra = ["a.csv", "license_film.jdx", "readme-7.csv"]
    (tmp_path / "a.zip").write_bytes(zip_of(*spectra, *beside))
    assert [name for name, _ in Archive(tmp_path / "a.zip").entries()] == spectra


def test_a_linked_folder_is_named_and_not_followed(tmp_path: Path) -> None:
    for name in ("in", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "elsewhere" / "b.csv").write_bytes(CONTENT)
    (tmp_path / "in" / "more").symlink_to(tmp_path / "elsewhere")
    archive = Archive(tmp_path / "in")
    ((name, place),) = archive.entries()
    with pytest.raises(SpectrumError, match="more: a folder that is a link, which is not followed"):
        archive.read(name, place)
