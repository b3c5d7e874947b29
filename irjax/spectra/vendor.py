"""OPUS (Bruker) and SPC (Galactic) files through the libraries of the `vendor` extra, SPA (Thermo Omnic) without."""

import io
import struct
import tempfile
from pathlib import Path

import numpy as np

from irjax.spectra import units
from irjax.spectra.spectrum import Spectrum, SpectrumError, ascending

_MAGIC: tuple[tuple[bytes, str], ...] = ((b"\n\n\xfe\xfe", "OPUS"), (b"Spectral Data File", "SPA"))
_SPC_VERSIONS = (0x4B, 0x4C, 0x4D)


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
        SpectrumError: it holds none, is damaged, or the library for it is not installed.
    """
    try:
        x, y, x_unit, y_unit, words = {"OPUS": _opus, "SPC": _spc, "SPA": _spa}[format](content)
    except SpectrumError:
        raise
    except ImportError as error:
        raise SpectrumError(f"is an {format} file, which needs `pip install 'irjax[vendor]'` ({error})") from None
    except Exception as error:  # the libraries raise whatever a damaged file makes them stumble over
        raise SpectrumError(f"is a damaged or unknown {format} file ({type(error).__name__}: {error})") from None
    kind_x, kind_y = units.x_kind(x_unit), y_units or units.y_kind(y_unit)
    if kind_x is None or kind_x == "nanometre":
        raise SpectrumError(f"its abscissa is {x_unit or 'without a unit'}; an infrared spectrum has cm⁻¹ or µm")
    if kind_y is None or kind_y == "arbitrary":
        raise SpectrumError(f"its ordinate is {y_unit or 'without a unit'}; expected absorbance or transmittance")
    x, y, warnings = ascending(units.to_wavenumber(x, kind_x), y)
    transmittance, unit_warnings = units.to_transmittance(y, kind_y, x, told=y_units is not None)
    return Spectrum(
        wavenumber=x,
        transmittance=transmittance,
        title=words.split("\n")[0].strip()[:80],
        phase=units.phase(words),
        technique=units.technique(words),
        x_units=x_unit,
        y_units=y_units or y_unit,
        warnings=tuple(warnings + unit_warnings),
    )


def _opus(content: bytes) -> tuple[np.ndarray, np.ndarray, str, str, str]:
    from brukeropus import read_opus

    with tempfile.TemporaryDirectory() as folder:  # the library reads files only
        path = Path(folder) / "spectrum.0"
        path.write_bytes(content)
        file = read_opus(str(path))
    if not file:
        raise SpectrumError("is a damaged OPUS file")
    for key, unit in (("t", "transmittance"), ("a", "absorbance")):
        if key in file.data_keys:
            data = getattr(file, key)
            x_unit = {"WN": "cm-1", "MI": "µm"}.get(str(data.dxu), str(data.dxu))
            # Sample name, sample form, accessory.
            words = "\n".join(str(word or "") for word in (file.snm, file.sfm, file.acc))
            return np.asarray(data.x, float), np.asarray(data.y, float), x_unit, unit, words
    found = ", ".join(file.all_data_keys) or "nothing"
    raise SpectrumError(f"is an OPUS file without absorbance or transmittance (it holds: {found})")


_SPC_X = {"XWAVEN": "cm-1", "XUMETR": "µm", "XNMETR": "nm", "XRAMANS": "Raman shift", "XSECS": "seconds"}
_SPC_Y = {"YABSRB": "absorbance", "YTRANS": "transmittance", "YREFLEC": "reflectance", "YKMONK": "Kubelka-Munk"}


def _spc(content: bytes) -> tuple[np.ndarray, np.ndarray, str, str, str]:
    from spc_io import SPC

    file = SPC.from_bytes_io(io.BytesIO(content))
    if not len(file):
        raise SpectrumError("is an SPC file without a spectrum")
    x, y = np.asarray(file[0].xarray, float), np.asarray(file[0].yarray, float)
    x_code, y_code = str(file.xtype), str(file.ytype)
    memo = content[88:218].split(b"\0")[0].decode("latin-1")
    return x, y, _SPC_X.get(x_code, x_code), _SPC_Y.get(y_code, y_code), memo


_SPA_X = {1: "cm-1", 3: "nm", 4: "µm", 32: "Raman shift"}
_SPA_Y = {
    17: "absorbance",
    16: "% transmittance",
    11: "% reflectance",
    12: "log(1/R)",
    15: "single beam",
    20: "Kubelka-Munk",
}


def _spa(content: bytes) -> tuple[np.ndarray, np.ndarray, str, str, str]:
    """The first data section of an SPA file: 16-byte keys from byte 304 say where header (2) and ordinates (3) lie."""
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
    if size != 4 * count or position + size > len(content):
        raise SpectrumError(f"is an SPA file that promises {count} points and holds fewer; it is cut or altered")
    y = np.frombuffer(content, "<f4", count, position).astype(float)
    title = content[30:286].split(b"\0")[0].decode("latin-1")
    x_unit, y_unit = (
        _SPA_X.get(x_code, f"of the unknown code {x_code}"),
        _SPA_Y.get(y_code, f"of the unknown code {y_code}"),
    )
    return np.linspace(first, last, count), y, x_unit, y_unit, title
