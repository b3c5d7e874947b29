"""Spectrum files and zips of them, damaged at random; what `fuzz_readers.py` hands to the readers.

An input depends on nothing but the files it is made from, the seed and its index.
"""

import io
import re
import struct
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import numpy as np

from irjax.spectra.reading import LARGEST_FILE


@dataclass(frozen=True)
class Input:
    """One damaged file."""

    name: str
    content: bytes
    recipe: str
    """What was done to which file."""


def originals(folder: Path | None = None) -> dict[str, bytes]:
    """The files to damage, by their names; `own_texts` where there is no folder."""
    if folder is None:
        return own_texts()
    paths = sorted(folder.rglob("*"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.is_file()}


def own_texts() -> dict[str, bytes]:
    """Small JCAMP-DX and CSV texts, for where no measured files are at hand."""
    x = np.arange(400, 1000, 2)
    y = np.rint(900 - 800 * np.exp(-(((x - 700) / 40.0) ** 2))).astype(int)
    rows = range(0, x.size, 10)
    affn = "\n".join(f"{x[at]} " + " ".join(map(str, y[at : at + 10])) for at in rows)
    words = [" ABCDEFGHI"[value // 100] + f"{value % 100:02}" for value in y]
    squeezed = "\n".join(f"{x[at]}" + "".join(words[at : at + 10]) for at in rows)
    differences = "\n".join(f"{400 + 40 * row}I00" + "J00j00%T" * 5 for row in range(10)) + "\n800I00"
    head = "##TITLE=own\n##JCAMP-DX=4.24\n##DATA TYPE=INFRARED SPECTRUM\n##STATE=gas\n##XUNITS=1/CM\n"
    head += "##YUNITS=TRANSMITTANCE\n##XFACTOR=1\n##FIRSTX=400\n##FIRSTY=0.9\n"
    plain, table = f"{head}##LASTX=998\n##NPOINTS=300\n", "##YFACTOR=0.001\n##XYDATA=(X++(Y..Y))\n"
    pairs = [f"{a},{b / 1000}" for a, b in zip(x, y, strict=True)]
    ntuples = "##TITLE=n\n##DATA TYPE=INFRARED SPECTRUM\n##NTUPLES=INFRARED SPECTRUM\n##SYMBOL=X,Y\n##VAR_DIM=300,300\n"
    ntuples += "##UNITS=1/CM,ABSORBANCE\n##FIRST=400,0.9\n##LAST=998,0.9\n##FACTOR=1,0.001\n##PAGE=N=1\n"
    texts = {
        "affn.jdx": f"{plain}{table}{affn}\n##END=\n",
        "squeezed.jdx": f"{plain}{table}{squeezed}\n##END=\n",
        "differences.jdx": f"{head}##DELTAX=2\n##NPOINTS=201\n{table}{differences}\n##END=\n",
        "pairs.jdx": f"{plain}##XYPOINTS=(XY..XY)\n" + "\n".join(pairs) + "\n##END=\n",
        "ntuples.jdx": f"{ntuples}##DATA TABLE=(X++(Y..Y)), XYDATA\n{affn}\n##END NTUPLES=\n##END=\n",
        "comma.csv": "wavenumber / cm-1,absorbance\n" + "\n".join(pairs),
        "percent_T.txt": "\n".join(pair.replace(",", "\t") for pair in pairs),
        "semicolon.csv": "cm-1;%T\n" + "\n".join(pair.replace(",", ";").replace(".", ",") for pair in pairs),
    }
    return {name: text.encode() for name, text in texts.items()}


# Words apart by spaces; an underscore is a space.
_LABELS = """NPOINTS FIRSTX LASTX DELTAX XFACTOR YFACTOR FIRSTY MAXY MINY XUNITS YUNITS XLABEL STATE TITLE SYMBOL UNITS
    VAR_DIM FACTOR FIRST LAST XYDATA XYPOINTS DATA_TYPE DATA_TABLE PEAK_TABLE END JCAMP-DX"""
_NUMBERS = "0 -1 1 2 NaN inf ? 1e308 -1e308 1e999 5e-324 1,5 0x10 1/0 --1 99999999999 4294967296 400 4000"
_WORDS = """1/CM MICROMETERS NANOMETERS SECONDS HZ ABSORBANCE TRANSMITTANCE PERCENT REFLECTANCE KUBELKA-MUNK
    ABSORPTION_INDEX (micromol/mol)-1m-1 ARBITRARY_UNITS (XY..XY) (X++(Y..Y)) (R++(I..I)) INFRARED_SPECTRUM
    INFRARED_INTERFEROGRAM RAMAN LINK X,Y _ ٪µ١ \x1b[2J"""
_TOKENS = "? s9999999999 s99999 TTTT % %%%% J j9 A @ 1e308 -1e308 1e999 E5 - ++ nan inf $$ ## ##END= = , ; . \0 ÿ"
_RUNS = ["1", " ", "1 ", "-", "\t", ",", ";", "1,", "A", "J", "A1J", "%T", "#", "##", "=", "$", "(", "e1", "ÿ", "\n"]
_RUNS += ["cm", "cm  ", "transmi ", "\n1 1", "\n##A=", "\n##TITLE=\n##DATA TYPE=IR", "\n##XYDATA=(X++(Y..Y))\n1 1"]


def _one_of(words: str, chance: Random) -> bytes:
    return chance.choice(words.split()).replace("_", " ").encode()


_Way = Callable[[bytes, Random, list[bytes]], bytes]
"""From the content of a file, chance, and the contents of all files to a damaged content."""


def _edit_bytes(content: bytes, chance: Random, __: list[bytes]) -> bytes:
    for _ in range(chance.choice((1, 1, 4, 40))):
        at = chance.randrange(len(content) + 1)
        content = content[:at] + chance.randbytes(chance.randrange(3)) + content[at + chance.randrange(3) :]
    return content


def _edit_lines(content: bytes, chance: Random, __: list[bytes]) -> bytes:
    lines = content.split(b"\n")
    for _ in range(chance.choice((1, 1, 5))):
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one : one + 1] = chance.choice(([b""], [lines[one]] * 2, [lines[other]], [lines[one] + lines[other]]))
    return b"\n".join(lines)


def _edit_header(content: bytes, chance: Random, __: list[bytes]) -> bytes:
    for _ in range(chance.choice((1, 1, 3))):
        label = _one_of(_LABELS, chance)
        record = b"##%b=%b\n" % (label, _one_of(chance.choice((_NUMBERS, _WORDS)), chance))
        content, found = re.subn(rb"##%b=[^\n]*\n" % label, record, content, count=1)
        content = content if found else content.replace(b"\n", b"\n" + record, 1)
    return content


def _edit_table(content: bytes, chance: Random, __: list[bytes]) -> bytes:
    for _ in range(chance.choice((1, 1, 5))):
        at = chance.randrange(len(content) + 1)
        content = content[:at] + _one_of(_TOKENS, chance) + content[at:]
    return content


def _cut(content: bytes, chance: Random, __: list[bytes]) -> bytes:
    return content[: chance.randrange(chance.choice((4, 600, len(content) + 1)))]


def _join(content: bytes, chance: Random, others: list[bytes]) -> bytes:
    other = chance.choice(others)
    return content[: chance.randrange(len(content) + 1)] + other[chance.choice((0, len(other) // 2)) :]


def _nest(content: bytes, chance: Random, __: list[bytes]) -> bytes:
    opening = chance.choice((b"##TITLE=a\n", b"##TITLE=a\n##DATA TYPE=LINK\n##BLOCKS=2\n", b"##END=\n", b"##A=1\n"))
    count = chance.choice((1, 50, 5000))
    return opening * count + content + b"##END=\n" * chance.choice((0, count))


def _run_on(content: bytes, chance: Random, __: list[bytes]) -> bytes:
    run = chance.choice(_RUNS).encode() * chance.choice((10, 1000, 30_000, 300_000))
    at = chance.choice([0, len(content)] + [match.end() for match in re.finditer(rb"\n|=|[ ,;\t]", content[:2000])])
    return content[:at] + run + content[at:]


def _recode(content: bytes, chance: Random, __: list[bytes]) -> bytes:
    text = content.decode("latin-1").replace("\n", chance.choice(("\n", "\r", "\r\n", "\v", "\x85", "\u2028")))
    return text.encode(chance.choice(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-7", "cp037")), "replace")


def _empty(content: bytes, chance: Random, __: list[bytes]) -> bytes:
    return chance.choice(
        (b"", b"\n", b" \t\r\n", b"\0", b"\0" * 600, b"##", b"=", b"\xff\xfe", b"\xef\xbb\xbf", b"1 1")
    )


def _grow(content: bytes, chance: Random, __: list[bytes]) -> bytes:
    at = chance.randrange(len(content) + 1)
    piece = content[at : at + chance.choice((3, 40, 4000))] or b"1 1\n"
    return content[:at] + piece * (chance.choice((2**18, 2**21, LARGEST_FILE)) // len(piece)) + content[at:]


def _edit_word(content: bytes, chance: Random, __: list[bytes]) -> bytes:
    """Another number in a binary header: near its start, or just after a parameter's name in OPUS."""
    edited = bytearray(content.ljust(64, b"\0"))
    names = [match.end() for match in re.finditer(rb"[A-Z][A-Z0-9]{2}\0", content)]
    for _ in range(chance.choice((1, 1, 4))):
        form, largest = chance.choice((("<h", 2**15 - 1), ("<i", 2**31 - 1), ("<d", 1e308)))
        at = chance.randrange(chance.choice((64, 1024, len(edited))))
        at = chance.choice(names) + chance.choice((0, 2, 4)) if names and chance.random() < 0.5 else at
        value = chance.choice((0, 1, 2, -1, -4, 30_000, largest, -largest))
        struct.pack_into(form, edited, min(at, len(edited) - 8), value)
    return bytes(edited)


_TEXT: list[_Way] = [_edit_bytes, _edit_lines, _edit_header, _edit_header, _edit_table] * 5 + [_cut, _join, _run_on] * 4
_TEXT += [_nest, _recode, _recode, _empty, _grow]
_BINARY: list[_Way] = [_edit_word, _edit_word, _edit_bytes] * 6 + [_cut, _cut, _join, _run_on, _empty]


def damaged(files: dict[str, bytes], chance: Random) -> Input:
    """One of the files, damaged in one to three ways."""
    name = chance.choice(list(files))
    content, recipe = files[name], [name]
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        way = chance.choice(_BINARY if b"\0" in content[:1000] else _TEXT)
        content = way(content, chance, list(files.values()))[: LARGEST_FILE + 1]
        recipe.append(way.__name__.strip("_"))
    return Input(name, content, " ".join(recipe))


_NAMES = ["../out.jdx", "/etc/out.jdx", "..\\out.jdx", "C:\\out.jdx", "\\\\host\\out.jdx", "a/../../b.jdx", ".", ".."]
_NAMES += ["a" * 5000, "a/" * 1000 + "b", "\u202eixt.jdx", "\x1b[31m.jdx", "a\nb.jdx", "CON", "~", "*", "µm %T.csv"]


@cache
def bomb(method: int) -> bytes:
    """A zip with one entry that unpacks to 256 MiB of zeros."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive, archive.open("bomb.csv", "w") as entry:
        for _ in range(256):
            entry.write(bytes(2**20))
    return packed.getvalue()


def damaged_zip(files: dict[str, bytes], chance: Random) -> Input:
    """A zip of a few damaged files under honest and odd names, itself damaged."""
    if chance.random() < 0.03:
        method = chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
        return Input("bomb.zip", bomb(method), f"bomb by method {method}")
    packed, recipe = io.BytesIO(), ["zip"]
    with (
        warnings.catch_warnings(action="ignore"),
        zipfile.ZipFile(packed, "w", chance.choice((0, 8, 8, 12))) as archive,
    ):
        for _ in range(chance.choice((0, 1, 3))):
            entry = damaged(files, chance)
            name = chance.choice((entry.name, "same.jdx", *_NAMES))
            archive.writestr(name, entry.content)
            recipe.append(f"{name[:20]!r} ({entry.recipe})")
        for number in range(chance.choice((0,) * 30 + (3000,))):
            archive.writestr(f"{number % 2900}.csv", b"400 1\n500 1\n")
    content = packed.getvalue()
    for _ in range(chance.choice((0, 1, 1, 3))):
        way = chance.choice([_edit_record, _edit_record, _edit_record, _edit_bytes, _cut])
        content = way(content, chance, [])
        recipe.append(way.__name__.strip("_"))
    return Input("damaged.zip", content, " ".join(recipe))


def _edit_record(content: bytes, chance: Random, __: list[bytes]) -> bytes:
    """Another flag, checksum, size or offset in a zip's local, central or end record, or bytes put before it all."""
    edited = bytearray(content)
    records = re.finditer(rb"PK(?:\x01\x02|\x03\x04|\x05\x06|\x06[\x06\x07])", content)
    at = chance.choice([match.end() for match in records] or [0]) + 2 * chance.randrange(20)
    number = chance.choice((0, 1, 2, 2**31 - 1, 2**32 - 1, chance.getrandbits(32)))
    word = struct.pack("<I", number)[: chance.choice((2, 4))]
    edited[at : at + len(word)] = word
    return chance.choice((b"", b"", b"", b"PK")) + bytes(edited)


def made(files: dict[str, bytes], seed: int, index: int) -> Input:
    """The input of this index; every tenth is a zip."""
    chance = Random(f"{seed}:{index}")
    return damaged_zip(files, chance) if index % 10 == 9 else damaged(files, chance)
