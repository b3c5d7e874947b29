"""OPUS (Bruker), SPC (Galactic) and SPA (Thermo Omnic) files, by their layouts; nothing but their spectrum is read."""

import struct
from dataclasses import dataclass

import numpy as np

from irjax.spectra import units
from irjax.spectra.spectrum import Spectrum, SpectrumError, ascending

_MAGIC: tuple[tuple[bytes, str], ...] = ((b"\n\n\xfe\xfe", "OPUS"), (b"Spectral Data File", "SPA"))
_SPC_VERSIONS = (0x4B, 0x4C, 0x4D)


@dataclass(frozen=True)
class _Content:
    x: np.ndarray
    y: np.ndarray
    x_unit: str
    y_unit: str
    title: str
    sample: str = ""
    """What the file says of the sample and how it was measured."""


def vendor_format(content: bytes) -> str | None:
    """OPUS, SPA or SPC by the first bytes of a file, None where it is none of them."""
    for magic, name in _MAGIC:
        if content.startswith(magic):
            return name
    if len(content) > 512 and content[1] in _SPC_VERSIONS and b"\0" in content[:512]:
        return "SPC"
    return None


def read_vendor(content: bytes, format: str, y_units: str | None = None) -> Spectrum:
    """The infrared spectrum in a vendor's file.

    Args:
        content: the whole file.
        format: as `vendor_format` found it.
        y_units: one of `units.Y_UNITS`, to overrule what the file says.

    Raises:
        SpectrumError: it holds none, or is damaged.
    """
    try:
        found = {"OPUS": _opus, "SPC": _spc, "SPA": _spa}[format](content)
    except struct.error:
        raise SpectrumError(f"is an {format} file that breaks off or points outside itself") from None
    kind_x, kind_y = units.x_kind(found.x_unit), y_units or units.y_kind(found.y_unit)
    if kind_x is None or kind_x == "nanometre":
        raise SpectrumError(f"its abscissa is {found.x_unit}; an infrared spectrum has cm⁻¹ or µm")
    if kind_y is None:
        raise SpectrumError(f"its ordinate is {found.y_unit}; expected absorbance or transmittance")
    x, y, warnings = ascending(units.to_wavenumber(found.x, kind_x), found.y)
    transmittance, unit_warnings = units.to_transmittance(y, kind_y, x, told=y_units is not None)
    return Spectrum(
        wavenumber=x,
        transmittance=transmittance,
        title=found.title,
        phase=units.phase(f"{found.title} {found.sample}"),
        technique=units.technique(f"{found.title} {found.sample}"),
        x_units=found.x_unit,
        y_units=y_units or found.y_unit,
        warnings=tuple(warnings + unit_warnings),
    )


def _text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("latin-1").strip()


def _array(content: bytes, position: int, count: int, dtype: str) -> np.ndarray:
    """Numbers that lie within the file, as float64 [count]."""
    size = np.dtype(dtype).itemsize * count
    if position < 0 or count < 0 or position + size > len(content):
        raise SpectrumError(f"promises {count} points and holds fewer; it is cut or altered")
    return np.frombuffer(content, dtype, count, position).astype(np.float64)


# OPUS: a directory of blocks; bits of a block's type say what it holds. Parameters come as name, type, size, value.
_OPUS_KINDS = {5: "transmittance", 4: "absorbance", 16: "absorbance"}
_OPUS_X = {"WN": "cm-1", "MI": "µm"}


def _opus(content: bytes) -> _Content:
    start, _, count = struct.unpack_from("<iii", content, 12)
    blocks: dict[int, tuple[int, int]] = {}
    for at in range(min(count, 256)):
        kind, words, position = struct.unpack_from("<iii", content, start + 12 * at)
        blocks.setdefault(kind, (position, 4 * words))
    texts: dict[str, str | float] = {}
    for kind, place in blocks.items():
        if (kind >> 4) & 63 == 10:
            texts |= _opus_parameters(content, *place)
    for code, unit in _OPUS_KINDS.items():
        for kind, (position, _) in blocks.items():
            is_spectrum = (kind >> 4) & 63 == 0 and (kind >> 10) & 127 == code and (kind >> 17) & 31 == 0
            status = blocks.get(kind | 1 << 4)
            if not (is_spectrum and status):
                continue
            axis = _opus_parameters(content, *status)
            numbers = [axis.get(name) for name in ("NPT", "FXV", "LXV", "CSF")]
            if not all(isinstance(number, (int, float)) for number in numbers):
                raise SpectrumError("is an OPUS file whose spectrum has no axis; it is cut or altered")
            points, first, last, factor = (float(number or 0) for number in numbers)
            if not 0 <= points <= len(content):
                raise SpectrumError(f"promises {points:.0f} points and holds fewer; it is cut or altered")
            y = _array(content, position, int(points), "<f4") * factor
            words = " ".join(str(texts.get(name, "")) for name in ("SFM", "EXP", "ACC"))
            x_unit = _OPUS_X.get(str(axis.get("DXU")), str(axis.get("DXU")))
            technique = "ATR" if code == 16 else ""
            return _Content(
                np.linspace(first, last, y.size), y, x_unit, unit, str(texts.get("SNM", "")), f"{technique} {words}"
            )
    raise SpectrumError("is an OPUS file without absorbance or transmittance, perhaps a background or interferogram")


def _opus_parameters(content: bytes, position: int, size: int) -> dict[str, str | float]:
    """The parameters of a block: whole numbers, floats and texts."""
    found: dict[str, str | float] = {}
    at, end = position, min(position + size, len(content))
    while 0 <= at <= end - 8:
        name = content[at : at + 3].decode("latin-1")
        kind, words = struct.unpack_from("<hh", content, at + 4)
        if name == "END" or words < 0:
            break
        value = content[at + 8 : at + 8 + 2 * words]
        if kind in (0, 1):
            found[name] = struct.unpack_from("<i" if kind == 0 else "<d", value)[0]
        else:
            found[name] = _text(value)
        at += 8 + 2 * words
    return found


# SPC: a header of 512 bytes, then for each spectrum 32 bytes and its ordinates.
_SPC_X = {1: "cm-1", 2: "µm", 3: "nm", 4: "seconds", 13: "Raman shift"}
_SPC_Y = {2: "absorbance", 3: "Kubelka-Munk", 128: "transmittance", 129: "reflectance"}
_SPC_SHORT, _SPC_PAIRS, _SPC_OWN_X = 1, 64, 128


def _spc(content: bytes) -> _Content:
    flags, version = content[0], content[1]
    if version != 0x4B or flags & _SPC_PAIRS:
        raise SpectrumError("is an SPC file of an old or unusual layout; expected the new one (version 0x4B)")
    count, first, last = struct.unpack_from("<Idd", content, 4)
    x_code, y_code = content[28], content[29]
    x_unit = _SPC_X.get(x_code, f"of the unknown code {x_code}")
    y_unit = _SPC_Y.get(y_code, f"of the unknown code {y_code}")
    position = 512
    if flags & _SPC_OWN_X:
        x = _array(content, position, count, "<f4")
        position += 4 * count
    else:
        x = np.linspace(first, last, min(count, len(content)))
    exponent = struct.unpack_from("<b", content, position + 1)[0]
    position += 32
    if -128 in (exponent, struct.unpack_from("<b", content, 3)[0]):
        y, size = _array(content, position, count, "<f4"), 4
    else:
        dtype, bits = ("<i2", 16) if flags & _SPC_SHORT else ("<i4", 32)
        y, size = _array(content, position, count, dtype) * 2.0 ** (exponent - bits), bits // 8
    spectra, log = struct.unpack_from("<I", content, 24)[0], struct.unpack_from("<I", content, 248)[0]
    if spectra <= 1 and position + size * count != (log or len(content)):
        raise SpectrumError(f"promises {count} points and holds others; it is cut or altered")
    memo = _text(content[88:218])
    return _Content(x, y, x_unit, y_unit, memo[:80], memo)


# SPA: 16-byte keys from byte 304 say where the header (2) and the ordinates (3) lie.
_SPA_X = {1: "cm-1", 3: "nm", 4: "µm", 32: "Raman shift"}
_SPA_Y = {
    17: "absorbance",
    16: "% transmittance",
    11: "% reflectance",
    12: "log(1/R)",
    15: "single beam",
    20: "Kubelka-Munk",
}


def _spa(content: bytes) -> _Content:
    sections: dict[int, tuple[int, int]] = {}
    for at in range(304, min(len(content) - 16, 304 + 16 * 256), 16):
        key, position, size = struct.unpack_from("<HII", content, at)
        if key in (0, 1):
            break
        sections.setdefault(key, (position, size))
    if not {2, 3} <= sections.keys():
        raise SpectrumError("is an SPA file without a spectrum")
    header = sections[2][0]
    count, x_code, y_code = struct.unpack_from("<IB3xB", content, header + 4)
    first, last = struct.unpack_from("<ff", content, header + 16)
    position, size = sections[3]
    if size != 4 * count:
        raise SpectrumError(f"promises {count} points and holds {size // 4}; it is cut or altered")
    y = _array(content, position, count, "<f4")
    x_unit = _SPA_X.get(x_code, f"of the unknown code {x_code}")
    y_unit = _SPA_Y.get(y_code, f"of the unknown code {y_code}")
    return _Content(np.linspace(first, last, count), y, x_unit, y_unit, _text(content[30:286]))
