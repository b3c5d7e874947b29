"""Files of OPUS (Bruker), SPA (Thermo Omnic), SPC (Galactic) and SP (PerkinElmer), of which the spectrum is read."""

import struct
from collections import Counter

import numpy as np

from irjax.spectra import units
from irjax.spectra.perkinelmer import MAGIC, read_sp
from irjax.spectra.spc import NEW, NEW_BIG_ENDIAN, OLD, read_spc
from irjax.spectra.spectrum import Spectrum, SpectrumError
from irjax.spectra.technique import technique
from irjax.spectra.trace import Trace, array, text

_MAGIC: tuple[tuple[bytes, str], ...] = ((b"\n\n\xfe\xfe", "OPUS"), (b"Spectral Data File", "SPA"), (MAGIC, "SP"))
_LONGEST_TEXT = 4000
"""Bytes of a comment or a history that are looked at."""
_INFRARED_FROM = 1900.0
"""nm, below which begin spectra in the ultraviolet, visible and near infrared."""


def vendor_format(content: bytes) -> str | None:
    """OPUS, SPA, SP or SPC by the first bytes of a file, None where it is none of them."""
    for magic, name in _MAGIC:
        if content.startswith(magic):
            return name
    if len(content) > 256 and content[1] in (NEW, NEW_BIG_ENDIAN, OLD) and b"\0" in content[:512]:
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
        found = {"OPUS": _opus, "SPC": read_spc, "SPA": _spa, "SP": read_sp}[format](content)
    except struct.error:
        raise SpectrumError(f"is an {format} file that breaks off or points outside itself") from None
    kind_x, kind_y = units.x_kind(found.x_unit), y_units or units.y_kind(found.y_unit)
    if kind_x is None or (kind_x == "nanometre" and found.x.min() < _INFRARED_FROM):
        raise SpectrumError(f"its abscissa is {found.x_unit or 'not named'}; an infrared spectrum has cm⁻¹ or µm")
    if kind_y is None:
        hint = " (--y-units tells which)" if found.y_unit in ("percent", "") else ""
        raise SpectrumError(
            f"its ordinate is {found.y_unit or 'not named'}; expected absorbance or transmittance{hint}"
        )
    x, transmittance, doubts = units.converted(found.x, kind_x, found.y, kind_y, told=y_units is not None)
    warnings = [f"holds {found.spectra} spectra; the first was read"] if found.spectra > 1 else []
    if kind_y == "arbitrary":
        warnings += units.doubts_of_range(x)
    return Spectrum(
        wavenumber=x,
        transmittance=transmittance,
        title=found.title,
        phase=units.phase(f"{found.title} {found.sample}"),
        technique=technique(found.title, found.sample, remarks=found.remarks),
        x_units=found.x_unit,
        y_units=y_units or found.y_unit,
        warnings=tuple(warnings + doubts),
    )


# OPUS: a directory of blocks; bits of a block's type say what it holds. Parameters come as name, type, size, value.
_OPUS_KINDS = {5: "transmittance", 4: "absorbance", 16: "absorbance"}
_OPUS_OTHERS = {
    1: "a single channel", 2: "an interferogram", 6: "Kubelka-Munk units", 10: "Raman scattering", 11: "emission",
    12: "reflectance", 15: "log reflectance", 17: "a photoacoustic spectrum",
}  # fmt: skip
_OPUS_X = {"WN": "cm-1", "MI": "µm"}
_OPUS_WHOLE = 2
"""The parameter DPF of ordinates that are whole numbers."""


def _opus(content: bytes) -> Trace:
    start, _, count = struct.unpack_from("<iii", content, 12)
    blocks: dict[int, tuple[int, int]] = {}
    times: Counter[int] = Counter()
    for at in range(min(count, 256)):
        kind, words, position = struct.unpack_from("<iii", content, start + 12 * at)
        blocks.setdefault(kind, (position, 4 * words))
        times[kind] += 1
    texts: dict[str, str | float] = {}
    for kind, place in blocks.items():
        if (kind >> 4) & 63 == 10:
            texts |= _opus_parameters(content, *place)
    codes = {kind: (kind >> 10) & 127 for kind in blocks if (kind >> 4) & 63 == 0 and (kind >> 17) & 31 == 0}
    for code, unit in _OPUS_KINDS.items():
        for kind, (position, size) in blocks.items():
            status = blocks.get(kind | 1 << 4)
            if codes.get(kind) != code or not status:
                continue
            axis = _opus_parameters(content, *status)
            numbers = [axis.get(name) for name in ("NPT", "FXV", "LXV", "CSF")]
            if not all(isinstance(number, (int, float)) for number in numbers):
                raise SpectrumError("is an OPUS file whose spectrum has no axis; it is cut or altered")
            points, first, last, factor = (float(number or 0) for number in numbers)
            if not 0 <= 4 * points <= size:
                raise SpectrumError(f"promises {points:.0f} points and holds fewer; it is cut or altered")
            y = array(content, position, int(points), "<i4" if axis.get("DPF") == _OPUS_WHOLE else "<f4") * factor
            words = " ".join(str(texts.get(name, "")) for name in ("SFM", "EXP", "ACC"))
            x_unit = _OPUS_X.get(str(axis.get("DXU")), str(axis.get("DXU")))
            way = "ATR" if code == 16 else ""
            return Trace(
                np.linspace(first, last, y.size),
                y,
                x_unit,
                unit,
                str(texts.get("SNM", "")),
                f"{way} {words}",
                spectra=times[kind],
            )
    others = sorted({_OPUS_OTHERS[code] for code in codes.values() if code in _OPUS_OTHERS})
    raise SpectrumError(
        f"is an OPUS file without absorbance or transmittance; it holds {', '.join(others) or 'nothing that is known'}"
    )


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
            found[name] = text(value)
        at += 8 + 2 * words
    return found


# SPA: 16-byte keys from byte 304 say where the header (2), the ordinates (3), a comment (4) and the history (27) lie.
_SPA_X = {1: "cm-1", 3: "nm", 4: "µm", 32: "Raman shift"}
_SPA_Y = {
    17: "absorbance",
    16: "% transmittance",
    11: "% reflectance",
    12: "log(1/R)",
    15: "single beam",
    20: "Kubelka-Munk",
}


def _spa(content: bytes) -> Trace:
    sections: dict[int, tuple[int, int]] = {}
    spectra = 0
    for at in range(304, min(len(content) - 16, 304 + 16 * 256), 16):
        key, position, size = struct.unpack_from("<HII", content, at)
        if key in (0, 1):
            break
        sections.setdefault(key, (position, size))
        spectra += key == 3
    if not {2, 3} <= sections.keys():
        raise SpectrumError("is an SPA file without a spectrum")
    header = sections[2][0]
    count, x_code, y_code = struct.unpack_from("<IB3xB", content, header + 4)
    first, last = struct.unpack_from("<ff", content, header + 16)
    position, size = sections[3]
    if size != 4 * count:
        raise SpectrumError(f"promises {count} points and holds {size // 4}; it is cut or altered")
    y = array(content, position, count, "<f4")
    x_unit = _SPA_X.get(x_code, f"of the unknown code {x_code}")
    y_unit = _SPA_Y.get(y_code, f"of the unknown code {y_code}")
    remarks = tuple(_spa_text(content, *sections.get(key, (0, 0))) for key in (4, 27))
    return Trace(
        np.linspace(first, last, count), y, x_unit, y_unit, text(content[30:286]), remarks=remarks, spectra=spectra
    )


def _spa_text(content: bytes, position: int, size: int) -> str:
    """A text of an SPA file, whose lines end by a zero."""
    lines = content[position : position + min(size, _LONGEST_TEXT)].split(b"\0")
    return "\n".join(line.decode("latin-1") for line in lines)
