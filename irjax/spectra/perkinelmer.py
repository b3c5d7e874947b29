"""SP files of PerkinElmer's Spectrum: blocks within blocks, each a number, a length and what it holds.

The layout was told from files and from what specio (G. Lemaître, BSD licence) reads of them; nothing but the spectrum,
its axes and its texts is read.
"""

import struct
from collections.abc import Iterator

import numpy as np

from irjax.spectra.spectrum import SpectrumError
from irjax.spectra.trace import Trace, array, of_memo, text

MAGIC = b"PEPE2D"
_FIRST_BLOCK, _DATASET, _HEAD = 44, 120, "<Hi"
"""Where the block of all others begins, its number, and how number and length are written."""
_ENDS, _STEP, _X_LABEL, _Y_LABEL, _VALUES, _HISTORY, _NAME = 0x8B72, 0x8B74, 0x8B77, 0x8B78, 0x8B7C, 0x8B7F, 0x8B81
"""Numbers of the blocks within it."""
_TEXT, _TWO_NUMBERS, _NUMBER, _NUMBERS = 0x7523, 0x751D, 0x751B, 0x7516
"""How a value is written, which stands before it."""
_OFF_STEP = 1e-3
"""Of a step, by which the points may miss the one that is stated."""
_LONGEST_HISTORY = 20_000
"""Bytes of it that are looked at."""


def read_sp(content: bytes) -> Trace:
    """The spectrum of an SP file.

    Raises:
        SpectrumError: it holds none, or is cut or altered.
        struct.error: it breaks off within a block.
    """
    kind, size = struct.unpack_from(_HEAD, content, _FIRST_BLOCK)
    if kind != _DATASET:
        raise SpectrumError("is an SP file without a spectrum at even steps; export it as JCAMP-DX, SPC or ASCII")
    start = _FIRST_BLOCK + struct.calcsize(_HEAD)
    parts = dict(_blocks(content, start, min(start + size, len(content))))
    if not {_ENDS, _STEP, _VALUES} <= parts.keys():
        raise SpectrumError("is an SP file whose spectrum has no axis or no ordinates; it is cut or altered")
    ends = struct.unpack_from("<dd", content, _value(content, parts[_ENDS], _TWO_NUMBERS))
    (step,) = struct.unpack_from("<d", content, _value(content, parts[_STEP], _NUMBER))
    at = _value(content, parts[_VALUES], _NUMBERS)
    y = array(content, at + 4, struct.unpack_from("<i", content, at)[0] // 8, "<f8")
    first, last = sorted(ends, reverse=step < 0)
    x = np.linspace(first, last, y.size)
    if y.size < 2 or not abs(x[1] - x[0] - step) <= _OFF_STEP * abs(step):
        raise SpectrumError(
            f"holds {y.size} points, but {ends[0]:.6g} to {ends[1]:.6g} in steps of {step:.6g} promise others; "
            "it is cut or altered"
        )
    x_unit, y_unit, name = (_text(content, parts.get(label)) for label in (_X_LABEL, _Y_LABEL, _NAME))
    history = "\n".join(_texts(content, *parts.get(_HISTORY, (0, 0))))
    return Trace(x, y, x_unit, y_unit, *of_memo(name), (history,))


def _blocks(content: bytes, at: int, end: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """The number of each block of a stretch of the file, and where what it holds begins and how many bytes that are.

    Up to bytes that are none, with which some instruments end a file.
    """
    while at <= end - struct.calcsize(_HEAD):
        number, size = struct.unpack_from(_HEAD, content, at)
        at += struct.calcsize(_HEAD)
        if not 0 <= size <= end - at:
            return
        yield number, (at, size)
        at += size


def _value(content: bytes, place: tuple[int, int], written: int) -> int:
    """Where the value of a block begins, once it is written as it should be."""
    if struct.unpack_from("<H", content, place[0])[0] != written:
        raise SpectrumError("is an SP file of an unknown layout; export it as JCAMP-DX, SPC or ASCII")
    return place[0] + 2


def _text(content: bytes, place: tuple[int, int] | None) -> str:
    """The text that a block holds, empty without one."""
    return next(_texts(content, *place), "") if place else ""


def _texts(content: bytes, start: int, size: int) -> Iterator[str]:
    """All texts in a stretch of the file, each of which its length stands before, however deep they lie in blocks."""
    mark, end = struct.pack("<H", _TEXT), start + min(size, _LONGEST_HISTORY)
    while 0 <= (at := content.find(mark, start, end)) <= end - 4:
        length = struct.unpack_from("<H", content, at + 2)[0]
        start = at + 4 + length
        if length and start <= end:
            yield _decoded(content[at + 4 : start])


def _decoded(raw: bytes) -> str:
    """In UTF-8, or as older programs wrote it."""
    try:
        return raw.split(b"\0")[0].decode().strip()
    except UnicodeDecodeError:
        return text(raw)
