"""Any spectrum file to a Spectrum: what it is by its content, then the reader for it."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from irjax.errors import UsageError
from irjax.files import bytes_of
from irjax.spectra.chart.told import NOTHING_TOLD, ChartAxes
from irjax.spectra.jcamp import read_jcamp
from irjax.spectra.sheet import SHEET, read_sheets
from irjax.spectra.spectrum import Spectrum, SpectrumError, ascending, require_one_run
from irjax.spectra.table import read_table
from irjax.spectra.technique import technique
from irjax.spectra.units import Y_UNITS, to_transmittance, to_wavenumber
from irjax.spectra.vendor import read_vendor, vendor_format

LARGEST_FILE = 3 * 2**20
"""Bytes; the finest spectra take a tenth of this."""

_JCAMP_RECORD = re.compile(
    r"^[ \t]*##[ \t]*(?:TITLE|JCAMP[ \t_-]*DX|DATA[ \t_-]*(?:TYPE|CLASS|TABLE)|XYDATA|XYPOINTS|PEAK[ \t_-]*TABLE|"
    r"NTUPLES|BLOCKS|NPOINTS|[XY][ \t_-]*(?:UNITS|FACTOR)|(?:FIRST|LAST|DELTA|MAX|MIN)[ \t_-]*[XY])[ \t]*=",
    re.MULTILINE | re.IGNORECASE,
)
"""Of a spectrum; what else stands after `##` may be a comment above two columns."""
_PICTURES = (b"GIF8", b"\x89PNG", b"\xff\xd8\xff")
_NOT_SPECTRA: tuple[tuple[bytes, str], ...] = (
    (rb"II\*\0|MM\0\*", "a picture of the format TIFF; save the chart as PNG"),
    (rb"BM(?s:.{4})\0{4}", "a picture of the format BMP; save the chart as PNG"),
    (rb"RIFF(?s:.{4})WEBP", "a picture of the format WebP; save the chart as PNG"),
    (rb"(?s:.{4})ftyp(?:heic|heix|mif1|avif)", "a picture of the format HEIC; save the chart as PNG"),
    (rb"\s*<(?:svg\b|[?!](?s:.{0,600}?)<svg\b)", "a drawing of the format SVG; save the chart as PNG"),
    (
        rb"PK\x03\x04(?s:.{26})mimetypeapplication/vnd\.oasis",
        "an OpenDocument file; save the two columns as CSV or XLSX",
    ),
    (
        rb"PK\x03\x04",
        "a zip archive; unpack it, or give a zip of spectra to `irjax build` or `predict`",
    ),
    (rb"PEPEDataSet", "an image of many spectra, of PerkinElmer; save one of them as SP or ASCII"),
    (rb"%PDF", "a PDF; export the spectrum's numbers as JCAMP-DX or CSV"),
    (
        rb"\xd0\xcf\x11\xe0",
        "an old Office document, or of JASCO or Shimadzu software; save the two columns as CSV or text",
    ),
    (rb"\x1f\x8b|BZh|\xfd7zXZ|7z\xbc\xaf|Rar!", "compressed; unpack it"),
)


def read_spectrum(
    path: str | os.PathLike[str], y_units: str | None = None, chart: ChartAxes = NOTHING_TOLD
) -> Spectrum:
    """The infrared spectrum that a file holds.

    Args:
        path: a JCAMP-DX file, a CSV, text or XLSX file of two columns, a file of OPUS, SPC, SPA or SP, or a GIF,
            PNG or JPEG of a chart.
        y_units: absorbance, transmittance or percent, to overrule what the file says.
        chart: the ends of a chart's axes, to overrule the numbers beside its frame.

    Raises:
        SpectrumError: the file cannot be read, or holds no spectrum that can be read rightly.
        UsageError: `y_units` is none of the three.
    """
    return parse_spectrum(content_of(path), str(path), y_units, chart)


def content_of(path: str | os.PathLike[str]) -> bytes:
    """The content of a file that a person named, at most one byte more than LARGEST_FILE.

    Raises:
        SpectrumError: it is a folder or cannot be read.
    """
    path = Path(path)
    try:
        if not path.is_dir():
            return file_content(path)
    except (OSError, ValueError) as error:  # a name may hold what no name can
        raise SpectrumError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    raise SpectrumError(f"{path}: a folder; give a file (the commands `irjax predict` and `build` take folders)")


def file_content(path: Path) -> bytes:
    """The content of a file, at most one byte more than LARGEST_FILE.

    Raises:
        OSError: there is no such file, or it is a pipe, socket or device, whose reading may never end.
    """
    return bytes_of(path, LARGEST_FILE + 1)


def is_picture(content: bytes) -> bool:
    """Whether the content of a file is a picture of a format that is read."""
    return content.startswith(_PICTURES)


def parse_spectrum(content: bytes, name: str, y_units: str | None = None, chart: ChartAxes = NOTHING_TOLD) -> Spectrum:
    """The infrared spectrum in the content of a file; `name` is for its messages. Raises as `read_spectrum`."""
    if y_units is not None and y_units not in Y_UNITS:
        raise UsageError(f"no ordinate {y_units!r}; expected {', '.join(Y_UNITS)}")
    try:
        with np.errstate(all="ignore"):  # absurd numbers overflow; what comes out is checked
            spectrum = _parse(content, name, y_units, chart)
            if not np.isfinite(spectrum.transmittance).all():
                raise SpectrumError("some of its values overflow; its factors or ordinates are absurd")
    except SpectrumError as error:
        raise SpectrumError(f"{name}: {_printable(str(error), 500)}") from None
    return replace(
        spectrum,
        source=name,
        title=_printable(spectrum.title),
        technique=technique(Path(name).name, otherwise=spectrum.technique),
        x_units=_printable(spectrum.x_units),
        y_units=_printable(spectrum.y_units),
        warnings=tuple(_printable(warning, 500) for warning in spectrum.warnings),
    )


def spectrum_of(wavenumber: ArrayLike, ordinate: ArrayLike, y_units: str, name: str = "arrays") -> Spectrum:
    """The spectrum that two arrays hold.

    Args:
        wavenumber: cm⁻¹, [points], in any order.
        ordinate: [points].
        y_units: absorbance, transmittance or percent.
        name: what answers and tables call it.

    Raises:
        SpectrumError: they are no spectrum.
        UsageError: `y_units` is none of the three.
    """
    if not y_units:
        raise UsageError(f"arrays do not say what their ordinate is; y_units tells: {', '.join(Y_UNITS)}")
    if y_units not in Y_UNITS:
        raise UsageError(f"no ordinate {y_units!r}; expected {', '.join(Y_UNITS)}")
    x, y = _numbers(wavenumber), _numbers(ordinate)
    if x.ndim != 1 or x.shape != y.shape:
        raise SpectrumError(
            f"arrays of the shapes {x.shape} and {y.shape}; expected two of one length, of one spectrum"
        )
    require_one_run(x[np.isfinite(x)])
    x, y, warnings = ascending(x, y)
    y, more = to_transmittance(y, y_units, to_wavenumber(x, "wavenumber"), told=True)
    if not np.isfinite(y).all():
        raise SpectrumError("some of its values overflow")
    return Spectrum(x, y, x_units="wavenumber", y_units=y_units, source=name, warnings=(*warnings, *more))


def _numbers(values: ArrayLike) -> np.ndarray:
    """float64, NaN where a mask hides a value."""
    try:
        if np.iscomplexobj(values):
            raise TypeError("complex")
        return np.ma.filled(np.ma.asarray(values).astype(np.float64), np.nan)
    except (TypeError, ValueError) as error:
        raise SpectrumError(f"expected two arrays of real numbers of one length ({error})") from None


def _printable(text: str, longest: int = 200) -> str:
    """One line of text, cut where it is absurdly long, without what would garble a terminal."""
    line = " ".join(text[: 10 * longest].split())[:longest]
    return line if line.isprintable() else "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def _parse(content: bytes, name: str, y_units: str | None, chart: ChartAxes) -> Spectrum:
    if not content.strip():
        raise SpectrumError("the file is empty")
    if len(content) > LARGEST_FILE:
        raise SpectrumError(
            f"larger than {LARGEST_FILE // 2**20} MiB, which no single spectrum is; `irjax split` makes a file of each "
            "of a table of several"
        )
    if re.match(SHEET, content):
        return _read_sheets(content, Path(name).name, y_units)
    refuse_other_formats(content)
    if content.startswith(_PICTURES):
        from irjax.spectra.image import read_image  # what reads pictures takes half a second to import

        return read_image(content, Path(name).name, chart, y_units)
    vendor = vendor_format(content)
    if vendor:
        return read_vendor(content, vendor, y_units)
    text = decoded(content)
    if is_jcamp(text):
        return read_jcamp(text, y_units)
    if _MARKUP.match(text):
        raise SpectrumError("is XML or HTML; expected JCAMP-DX, or two columns of numbers")
    return read_table(text, Path(name).name, y_units)


def refuse_other_formats(content: bytes) -> None:
    """Raises SpectrumError of what is known to be something else than numbers or a chart, mostly by how it begins."""
    for beginning, what in _NOT_SPECTRA:
        if re.match(beginning, content):
            raise SpectrumError(f"is {what}")
    if _is_json(content):
        raise SpectrumError("is JSON, which any program writes in its own way; save the two columns as CSV")


def _is_json(content: bytes) -> bool:
    """Whether all of it is, or each of its first two lines; not where numbers stand below a line of it."""
    if content.lstrip()[:1] not in (b"{", b"["):
        return False
    for part in (content, *content.split(b"\n", 2)[:2]):
        try:
            json.loads(part)
        except (ValueError, RecursionError):
            if part is not content:
                return False
        else:
            if part is content:
                return True
    return True


def is_jcamp(text: str) -> bool:
    """Whether the text of a file is to be read as JCAMP-DX."""
    return bool(_JCAMP_RECORD.search(text)) and not _heads_bare_points(text)


def _heads_bare_points(text: str) -> bool:
    """Whether points stand below the last record of JCAMP-DX without one of their own, as Shimadzu's programs write."""
    if _JCAMP_TABLE.search(text) or _JCAMP_FACTOR.search(text):
        return False
    last = text.rfind("##", 0, text.rfind("##")) if _JCAMP_END.search(text) else text.rfind("##")
    return len(_POINT.findall(text, last)) >= _FEWEST_POINTS


_JCAMP_TABLE = re.compile(
    r"^[ \t]*##[ \t]*(?:XY[ \t_-]*(?:DATA|POINTS)|(?:PEAK|DATA)[ \t_-]*TABLE)[ \t]*=", re.MULTILINE | re.IGNORECASE
)
_JCAMP_FACTOR = re.compile(
    r"^[ \t]*##[ \t]*[XY][ \t_-]*FACTOR[ \t]*=(?![ \t]*\+?1(?:\.0*)?(?:E[-+]?0+)?[ \t\r]*$)",
    re.MULTILINE | re.IGNORECASE,
)
"""Of numbers that are not to be read as they stand."""
_JCAMP_END = re.compile(r"^[ \t]*+##[ \t]*+END[ \t]*+=?\s*+\Z", re.MULTILINE | re.IGNORECASE)
_POINT = re.compile(r"^[ \t]*{0}[ \t,;]{{1,9}}{0}[ \t]*$".format(r"[-+]?\d[\d.,]{0,30}(?:[eE][-+]?\d+)?"), re.MULTILINE)
_FEWEST_POINTS = 3
"""Lines of two numbers: a record's own value may run over one or two."""
_MARKUP = re.compile(r"\s*+<(?:[?!/]|(?:html|body|svg)\b|(?s:.{0,4000}?)(?:</|/>))", re.I)
"""Not a title in angle brackets."""


def _read_sheets(content: bytes, name: str, y_units: str | None) -> Spectrum:
    """The spectrum in the first sheet that holds one, a table of peaks only where no other does.

    Raises as `read_table` does of the first sheet.
    """
    refused: list[SpectrumError] = []
    found: list[tuple[str, Spectrum]] = []
    sheets = read_sheets(content)
    for title, text in sheets:
        try:
            found.append((title, read_table(text, name, y_units)))
        except SpectrumError as error:
            refused.append(error)
            continue
        if len(found[-1][1].wavenumber) > _MOST_PEAKS:
            break
    if not found:
        raise refused[0] if refused else SpectrumError("is a spreadsheet without a sheet of cells")
    title, spectrum = max(found, key=lambda each: len(each[1].wavenumber) > _MOST_PEAKS)
    others = [other for other, cells in sheets if other != title and cells.strip()]
    more = [f"only the sheet {title!r} was read; not read: {', '.join(map(repr, others[:5]))}"] if others else []
    return replace(spectrum, warnings=(*more, *spectrum.warnings))


_MOST_PEAKS = 100
"""Rows that may be a list of peaks."""


_LATIN = 0.8
"""Of the characters of a file: in UTF-16, one byte of each is zero."""


def decoded(content: bytes) -> str:
    """The text of a file in UTF-8, UTF-16, Latin-1 or what programs write in East Asia and Russia, with Unix line ends.

    Raises:
        SpectrumError: it is no text.
    """
    begun = content[:400]
    even, odd = begun[::2].count(0), begun[1::2].count(0)
    if not (even or odd):
        content = content.rstrip(b"\0")  # what some programs fill a block with
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    elif max(even, odd) > _LATIN * len(begun) / 2 and not min(even, odd):
        text = content.decode("utf-16-le" if odd else "utf-16-be", errors="replace")
    elif b"\0" in content:
        raise SpectrumError("is a binary file of no known format; expected JCAMP-DX, CSV, or OPUS, SPC, SPA or SP")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode(_regional(content) or "latin-1", errors="replace")
    return text.rstrip("\0").replace("\r\n", "\n").replace("\r", "\n")


def _regional(content: bytes) -> str | None:
    """The encoding in which the beginning of a file has a word for an axis in a language of it, if there is one."""
    begun = content[:_BEGINNING]
    return next((each for each, words in _REGIONAL if words.search(begun.decode(each, errors="ignore"))), None)


_BEGINNING = 4000
"""Bytes, in which a table is headed."""
_HAN = re.compile("波[数數長长]|透[過过射光]率|吸光度|反射率")
_KOREAN = re.compile("파수|파장|투과율|투과도|흡광도|반사율")
_RUSSIAN = re.compile("волново|волны|пропускан|поглощен|оптическая плотность|отражени", re.IGNORECASE)
_REGIONAL = (
    *((each, _HAN) for each in ("gb18030", "cp932", "big5")),
    ("cp949", _KOREAN),
    *((each, _RUSSIAN) for each in ("cp1251", "koi8-r", "cp866")),
)
"""Encodings of programs that know no other, and words for axes that are written in them."""
