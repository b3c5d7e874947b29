"""SPC files of Galactic and Thermo: the new layout (version 0x4B) and the old one (0x4D), their first spectrum.

Layouts: "A Brief Guide to SPC File Format and Using GSPCIO" and "Universal Data Format Specification" (Galactic
Industries).
"""

import struct

import numpy as np

from irjax.spectra import units
from irjax.spectra.spectrum import SpectrumError
from irjax.spectra.trace import Trace, array, of_memo, text

NEW, NEW_BIG_ENDIAN, OLD = 0x4B, 0x4C, 0x4D
_X = {
    0: "of no unit", 1: "cm-1", 2: "µm", 3: "nm", 4: "seconds", 5: "minutes", 6: "Hz", 7: "kHz", 8: "MHz", 9: "m/z",
    10: "ppm", 11: "days", 12: "years", 13: "Raman shift", 14: "eV", 18: "hours", 255: "an interferogram's",
}  # fmt: skip
_Y = {
    0: "arbitrary", 1: "interferogram", 2: "absorbance", 3: "Kubelka-Munk", 4: "counts", 5: "volts", 9: "mV",
    10: "log(1/R)", 11: "percent", 12: "intensity", 13: "relative intensity", 128: "transmittance",
    129: "reflectance", 130: "single beam", 131: "emission",
}  # fmt: skip
_SHORT, _MULTI, _LABELS, _PAIRS, _OWN_X = 1, 4, 32, 64, 128
_LONGEST_LOG = 4000
"""Bytes of it that are looked at."""
_FLOAT = -128
"""The exponent that stands for ordinates kept as float32."""


def read_spc(content: bytes) -> Trace:
    """The first spectrum of an SPC file.

    Raises:
        SpectrumError: it is of another layout, or cut.
        struct.error: it breaks off within its header.
    """
    if content[1] == OLD:
        return _old(content)
    if content[1] != NEW:
        raise SpectrumError("is an SPC file of a big-endian machine; export it anew, or as JCAMP-DX")
    return _new(content)


def _new(content: bytes) -> Trace:
    """A header of 512 bytes, abscissae where they are not evenly spaced, then 32 bytes and ordinates per spectrum."""
    flags = content[0]
    count, first, last = struct.unpack_from("<Idd", content, 4)
    spectra, log = struct.unpack_from("<I", content, 24)[0], struct.unpack_from("<I", content, 248)[0]
    position = 512
    if flags & _PAIRS:  # each spectrum has points and abscissae of its own, and `count` is where their list lies
        count = struct.unpack_from("<I", content, position + 16)[0]
        x = array(content, position + 32, count, "<f4")
    elif flags & _OWN_X:
        x = array(content, position, count, "<f4")
        position += 4 * count
    else:
        x = np.linspace(first, last, min(count, len(content)))
    exponent = struct.unpack_from("<b", content, position + 1 if flags & _MULTI else 3)[0]
    position += 32 + (4 * count if flags & _PAIRS else 0)
    if exponent == _FLOAT:
        y, size = array(content, position, count, "<f4"), 4
    else:
        dtype, bits = ("<i2", 16) if flags & _SHORT else ("<i4", 32)
        y, size = array(content, position, count, dtype) * 2.0 ** (exponent - bits), bits // 8
    rest = content[position + size * count : log or len(content)]  # nothing, or what fills a block
    if spectra <= 1 and not flags & _PAIRS and (rest.strip(b"\0") or position + size * count > (log or len(content))):
        raise SpectrumError(f"promises {count} points and holds others; it is cut or altered")
    return Trace(x, y, *_named(content), *of_memo(text(content[88:218])), (_log(content, log),), max(spectra, 1))


def _log(content: bytes, position: int) -> str:
    """The text of a new file's log, which begins as far behind its own header as the third number there says."""
    if not 0 < position <= len(content) - 12:
        return ""
    start = position + struct.unpack_from("<I", content, position + 8)[0]
    return text(content[start : start + _LONGEST_LOG])


def _old(content: bytes) -> Trace:
    """A header of 256 bytes, of which the last 32 belong to the first spectrum; whole numbers lie high word first."""
    flags = content[0]
    exponent, number, first, last = struct.unpack_from("<hfff", content, 2)
    if not (number >= 1 and number == round(number)):
        raise SpectrumError(f"is an SPC file of the old layout that promises {number:g} points; it is altered")
    count, position = int(number), 256
    if exponent in (_FLOAT, 128):
        y, size = array(content, position, count, "<f4"), 4
    elif flags & _SHORT:
        y, size = array(content, position, count, "<i2") * 2.0 ** (exponent - 16), 2
    else:
        words = array(content, position, 2 * count, "<u2").astype(np.uint32).reshape(-1, 2)
        whole = (words[:, 0] << np.uint32(16) | words[:, 1]).view(np.int32)
        y, size = whole * 2.0 ** (exponent - 32), 4
    rest = len(content) - position - size * count
    spectra = 1 + rest // (32 + size * count) if flags & _MULTI else 1
    x = np.linspace(first, last, count)
    units_of_axes = _units(content[16], content[17])
    return Trace(x, y, *units_of_axes, *of_memo(text(content[64:194])), spectra=spectra)


def _named(content: bytes) -> tuple[str, str]:
    """The units of a new file: as codes, or where it says so in its own words, if these name one."""
    codes = _units(content[28], content[29])
    if not content[0] & _LABELS:
        return codes
    x, y, *_ = [*(text(word) for word in content[218:248].split(b"\0")), "", ""]
    raman = "raman" in x.lower()
    return (x if raman or units.x_kind(x) else codes[0]), (y if units.y_kind(y) else codes[1])


def _units(x_code: int, y_code: int) -> tuple[str, str]:
    return _X.get(x_code, f"of the unknown code {x_code}"), _Y.get(y_code, f"of the unknown code {y_code}")
