"""JCAMP-DX (4.24 and 5.0) infrared spectra: blocks, header, table, and whether the one keeps what the other says.

Source: McDonald & Wilks, Appl. Spectrosc. 1988, 42, 151 (4.24); Lampen et al., Appl. Spectrosc. 1999, 53, 834 (5.0).
"""

import re
from dataclasses import dataclass, field, replace

import numpy as np

from irjax.spectra import units
from irjax.spectra.asdf import Table, decode_ordinates, decode_pairs
from irjax.spectra.header import unit_of_abscissa
from irjax.spectra.promises import check_count, check_ordinates, check_pair_ends, factor_of, number, number_or_none
from irjax.spectra.spectrum import Spectrum, SpectrumError, require_one_run
from irjax.spectra.technique import technique

_LABEL = re.compile(r"##(?:([^=\n]{0,200})=|END[ \t]*$)", re.MULTILINE)
_LISTED = re.compile(r"\(\s*X[\s,]*Y(\w*)\s*(?:\.\.[^()]*)?\)", re.IGNORECASE)
"""`(XY..XY)`, with fewer points or a comma as some programs write it, or with further columns."""
_TITLE = re.compile(r"^[ \t]{0,200}##[ \t]*TITLE[ \t]*=", re.MULTILINE | re.IGNORECASE)
_BLANKS = str.maketrans("", "", " \t\r\v\f-/_")
_TABLES = ("XYDATA", "XYPOINTS", "PEAKTABLE", "DATATABLE")
_INFRARED = re.compile(r"infra[\s-]?(?:red|rot|rouge|rojo|ross)|\b(?:ft)?-?m?ir\b|\batr\b", re.IGNORECASE)
_HOW = (
    *("DATATYPE", "SAMPLEPREPARATION", "INSTRUMENTPARAMETERS", "INSTRUMENTALPARAMETERS"),
    *("ACCESSORY", "$ACCESSORY", ".ACCESSORY", "$INSTRUMENTTYPEANDORACCESSORY", "$ACC"),
    *("TECHNIQUE", "SAMPLINGTECHNIQUE", "SAMPLING", ".SAMPLING", "MODE", "CLASS"),
)
_INSTRUMENT = ("SPECTROMETER", "SPECTROMETERDATASYSTEM", "INSTRUMENT")
_REMARKS = ("COMMENT", "COMMENTS", "NOTES", "DESCRIPTION", "DATAPROCESSING", "METHOD", "EXPERIMENT", "$EXPERIMENT")
"""Records that may say how a spectrum was measured, and what was done to it since."""
_MOST_LABELS, _FEWEST_TABLE_POINTS = 20_000, 100
"""Of a file; and pairs of a PEAK TABLE, fewer of which are a list of peaks."""


@dataclass
class _Block:
    """The labelled records between one ##TITLE and the next ##TITLE or ##END."""

    headers: dict[str, str] = field(default_factory=dict)
    tables: list[tuple[str, str, str, int]] = field(default_factory=list)
    """(label, variable list, rows, number of the first row's line in the file)."""

    @property
    def title(self) -> str:
        return self.headers.get("TITLE", "").strip()[:200]

    @property
    def data_type(self) -> str:
        return self.headers.get("DATATYPE", self.headers.get("NTUPLES", "")).strip()[:60]

    @property
    def infrared(self) -> bool:
        if self.data_type:
            return bool(_INFRARED.search(self.data_type)) and "raman" not in self.data_type.lower()
        return units.x_kind(self.headers.get("XUNITS", "")) is not None


def read_jcamp(text: str, y_units: str | None = None) -> Spectrum:
    """The first infrared spectrum of a JCAMP-DX file.

    Args:
        text: the whole file, decoded.
        y_units: one of `units.Y_UNITS`, to overrule what the file says.

    Raises:
        SpectrumError: there is none, or the header contradicts the data.
    """
    blocks = _blocks(text)
    block, warnings = _first_infrared(blocks)
    label, variables, rows, line = min(block.tables, key=lambda table: table[0] == "PEAKTABLE")
    if label == "DATATABLE":
        block, variables = _without_tuples(block, variables)
    if len(block.tables) > 1:
        what = "more pages of its NTUPLES were" if label == "DATATABLE" else "more data tables in its block were"
        warnings.append(f"{len(block.tables) - 1} {what} not read")
    decoded = _decode(block, label, variables, rows, line)
    return _assemble(block, decoded, y_units, warnings)


def infrared_blocks(text: str) -> list[tuple[str, str]]:
    """The title and the text of each block of a file that is an infrared spectrum; every one is a file of its own.

    Args:
        text: as `read_jcamp` takes it.
    """
    begun = [match.start() for match in _TITLE.finditer(text)]
    parts = [text[at:end].rstrip() for at, end in zip(begun, [*begun[1:], len(text)], strict=True)]
    found = [(_blocks(part)[0], part) for part in parts]
    return [(block.title, part) for block, part in found if block.infrared and block.tables]


def _blocks(text: str) -> list[_Block]:
    """All blocks in the order in which they open; nesting does not matter, only where a TITLE stands."""
    if text.count("##") > _MOST_LABELS:
        raise SpectrumError(f"holds over {_MOST_LABELS:,} records; no spectrum file does")
    labels = [match for match in _LABEL.finditer(text) if _opens_line(text, match.start())]
    blocks: list[_Block] = []
    line = at = 0
    for index, match in enumerate(labels):
        end = labels[index + 1].start() if index + 1 < len(labels) else len(text)
        label = (match[1] or "END").translate(_BLANKS).upper()
        value = text[match.end() : end]
        if label == "TITLE" or not blocks:
            blocks.append(_Block())
        block = blocks[-1]
        if label in _TABLES:
            variables, _, rows = value.partition("\n")
            line += text.count("\n", at, match.end())
            at = match.end()
            block.tables.append((label, _uncommented(variables), rows, line + 2))
        elif label != "END":
            block.headers.setdefault(label, _uncommented(value).strip())
    return blocks


def _opens_line(text: str, at: int) -> bool:
    """Whether nothing but blanks stands before a place on its line; asked afterwards, since `^` is slow to search."""
    while at and text[at - 1] in " \t":
        at -= 1
    return not at or text[at - 1] == "\n"


def _uncommented(text: str) -> str:
    return re.sub(r"\$\$[^\n]*", "", text) if "$$" in text else text


def _first_infrared(blocks: list[_Block]) -> tuple[_Block, list[str]]:
    if not blocks:
        raise SpectrumError("not a JCAMP-DX file: no line begins with ##LABEL=")
    infrared = [block for block in blocks if block.infrared and block.tables]
    if not infrared:
        _explain_absence(blocks)
    chosen = min(infrared, key=_unfitness)  # of equals the first
    if _interferogram(chosen):
        raise SpectrumError("holds an interferogram; expected a spectrum")
    warnings = [] if chosen.data_type else ["has no ##DATA TYPE; taken for infrared because of its ##XUNITS"]
    others = [block for block in blocks if block is not chosen and block.data_type.upper() != "LINK"]
    if others:
        names = ", ".join(f"{block.title or 'untitled'} ({block.data_type or 'no data type'})" for block in others[:5])
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        which = "its first infrared block" if chosen is infrared[0] else f"{chosen.title or 'an untitled block'}"
        warnings.append(f"only {which} was read; not read: {names}{more}")
    return chosen, warnings


def _unfitness(block: _Block) -> int:
    """How little an infrared block promises to be the spectrum: peaks, beams and references often stand beside it.

    Not so optical constants: three NIST files that begin with the refractive index stay refused until weights that ship
    have learned from them, whose dataset would else be another one.
    """
    ordinate = units.y_kind(block.headers.get("YUNITS", ""))
    peaks = all(label == "PEAKTABLE" for label, *_ in block.tables)
    useless = ordinate in units.REFUSED and ordinate != "dispersion index"
    return 4 * _interferogram(block) + 3 * peaks + 2 * useless + (ordinate in (None, "arbitrary"))


def _interferogram(block: _Block) -> bool:
    return "interferogram" in block.data_type.lower()


def _explain_absence(blocks: list[_Block]) -> None:
    kinds = sorted({block.data_type for block in blocks if block.data_type and block.data_type.upper() != "LINK"})
    if any(block.infrared for block in blocks):
        if any(number_or_none(block.headers.get("NPOINTS", "")) == 0 for block in blocks):
            raise SpectrumError("is an empty stub: NPOINTS=0 and no data")
        raise SpectrumError("holds no data: no ##XYDATA, ##XYPOINTS or ##PEAK TABLE in its infrared block")
    raise SpectrumError(f"holds no infrared spectrum but {', '.join(kinds[:10]) or 'blocks without a ##DATA TYPE'}")


def _without_tuples(block: _Block, variables: str) -> tuple[_Block, str]:
    """An NTUPLES block with its columns' attributes put under the names that a plain block has for them.

    And its variable list with X and Y for the first two columns, which are read.
    """
    columns = {label: [word.strip() for word in block.headers.get(label, "").split(",")] for label in _OF_COLUMNS}
    symbols = [word.strip() for word in block.headers.get("SYMBOL", "").split(",")]
    found = re.match(r"\s*\(\s*(\w)(?:\s*\+\+\s*\(\s*|\s*)(\w)(\w*)\s*\.\.", variables)
    if not found or not set("".join(found.groups())) <= set(symbols):
        raise SpectrumError("its NTUPLES data table names variables that its ##SYMBOL does not list")
    headers = dict(block.headers)
    for axis, symbol in zip("XY", found.groups()[:2], strict=True):
        at = symbols.index(symbol)
        for label, values in columns.items():
            if at < len(values) and values[at]:
                headers[_OF_COLUMNS[label].format(axis)] = values[at]
    return replace(block, headers=headers), variables if "++" in variables else f"(XY{found[3]}..XY{found[3]})"


_OF_COLUMNS = {
    **{label: f"{{}}{label}" for label in ("UNITS", "FACTOR")},
    **{label: f"{label}{{}}" for label in ("FIRST", "LAST", "MIN", "MAX")},
    "VARDIM": "NPOINTS",
    "VARNAME": "{}LABEL",
}
"""What an NTUPLES block says of all columns at once, and the same of one axis."""


@dataclass
class _Decoded:
    x: np.ndarray
    """Abscissa in the file's own units, float64 [points]."""
    y: np.ndarray
    factor: float
    checks: dict[str, str]
    warnings: list[str]


def _decode(block: _Block, label: str, variables: str, rows: str, line: int) -> _Decoded:
    headers = block.headers
    rows = _uncommented(rows)
    pairs = "++" not in variables
    rows = rows.replace(",", ".") if _decimal_comma(headers, rows, pairs) else rows.replace(",", " ")
    rows = rows.replace(";", " ")
    x_factor, y_factor = (factor_of(headers, name) for name in ("XFACTOR", "YFACTOR"))
    checks: dict[str, str] = {}
    warnings: list[str] = []
    try:
        if "++" in variables:
            if not re.search(r"X\s*\+\+\s*\(\s*Y", variables, re.IGNORECASE) and label != "DATATABLE":
                warnings.append(f"its ##{label} has the form {variables.strip()[:40]}; taken for (X++(Y..Y))")
            table = decode_ordinates(rows)
            raw, count = table.y, table.y.size
            check_count(headers, count, checks, warnings)
            x = _abscissa(headers, table, x_factor, line, checks, warnings)
        elif listed := _LISTED.search(variables):
            x, raw = decode_pairs(rows, columns=2 + len(listed[1]))
            require_one_run(x)
            count = x.size
            check_count(headers, count, checks, warnings)
            x = x * x_factor
            check_pair_ends(headers, x, checks)
        else:
            raise SpectrumError(
                f"its ##{label} has the form {variables.strip()[:40]!r}; expected (X++(Y..Y)) or (XY..XY)"
            )
    except SpectrumError as error:
        place = re.sub(r"data line (\d+)", lambda m: f"line {int(m[1]) + line - 1}", str(error))
        raise SpectrumError(place) from None
    if count == 0:
        raise SpectrumError(f"holds no data: its ##{label} is empty")
    if label == "PEAKTABLE" and count < _FEWEST_TABLE_POINTS:
        raise SpectrumError(f"holds a list of {count} peaks, not a spectrum")
    return _Decoded(x, raw * y_factor, y_factor, checks, warnings)


def _decimal_comma(headers: dict[str, str], rows: str, pairs: bool) -> bool:
    """Whether commas part the digits of a number, rather than numbers."""
    if "," not in rows or "." in rows:
        return False
    stated = (headers.get(name, "") for name in ("FIRSTX", "LASTX", "DELTAX", "YFACTOR", "MAXY", "FIRSTY"))
    if any(re.match(r"\s*[+-]?\d+,\d+\s*$", value) for value in stated):
        return True
    # "400,5 0,91" is one point with decimal commas or two points without: only their number tells.
    promised = number_or_none(headers.get("NPOINTS", ""))
    if promised is None and not pairs and re.search(r"\d,\d+[ \t]+[-+]?\d+,\d+[ \t\n]", rows):
        raise SpectrumError("its commas part numbers or their decimals, and without ##NPOINTS nobody can tell which")
    words = len(rows.replace(";", " ").split())
    abscissae = promised if pairs else sum(bool(row.strip()) for row in rows.split("\n"))
    return promised is not None and words - (abscissae or 0) == promised


def _abscissa(
    headers: dict[str, str], table: Table, factor: float, line: int, checks: dict[str, str], warnings: list[str]
) -> np.ndarray:
    """Evenly spaced from FIRSTX to LASTX, once the abscissa at the head of each line agrees."""
    count = table.y.size
    if count < 2:
        raise SpectrumError(f"holds {count} points; a spectrum needs at least 2")
    heads = table.x * factor
    if not headers.get("FIRSTX"):
        warnings.append("has no ##FIRSTX; its first abscissa was taken from the head of its first line")
    if not headers.get("LASTX"):
        warnings.append("has no ##LASTX; its last abscissa was reckoned from the others")
    first = number(headers["FIRSTX"], "FIRSTX") if headers.get("FIRSTX") else float(heads[0])
    delta = number(headers["DELTAX"], "DELTAX") if headers.get("DELTAX") else None
    if headers.get("LASTX"):
        last = number(headers["LASTX"], "LASTX")
    elif table.first[-1] > 0:
        last = first + (float(heads[-1]) - first) * (count - 1) / int(table.first[-1])
    elif delta is not None:
        last = first + delta * (count - 1)
    else:
        raise SpectrumError("has neither ##LASTX nor ##DELTAX, so its abscissa is unknown")
    step = (last - first) / (count - 1)
    if step == 0:
        raise SpectrumError(f"##FIRSTX and ##LASTX are both {first:.10g}")
    if delta is not None and abs(abs(delta) - abs(step)) > 0.02 * abs(step):
        warnings.append(f"##DELTAX={delta:.8g}, but FIRSTX, LASTX and NPOINTS give {step:.8g}, which was used")
    deviation = np.abs(heads - (first + step * table.first))
    # Line heads are rounded when written; whoever rounds to whole numbers is off by steps of a fine grid.
    most = max(1.5 * abs(step), 0.5 if np.all(heads % 1 == 0) else 0.0) + 1e-9
    if deviation.max() > most:
        worst = int(np.argmax(deviation > most))
        raise SpectrumError(
            f"line {table.line[worst] + line} begins at X = {heads[worst]:.10g}, but FIRSTX, LASTX and NPOINTS "
            f"put this point at {first + step * table.first[worst]:.10g}; the file is cut or altered"
        )
    if deviation.max() > 0.5 * abs(step):
        warnings.append(f"its X column strays from FIRSTX, LASTX and NPOINTS by up to {deviation.max():.4g}")
    checks["X column"] = "ok"
    return np.linspace(first, last, count)


def _assemble(block: _Block, decoded: _Decoded, y_units: str | None, warnings: list[str]) -> Spectrum:
    headers = block.headers
    if not np.isfinite(decoded.y).any():
        raise SpectrumError("none of its points has a value")
    check_ordinates(headers, decoded.y, decoded.factor, decoded.checks, decoded.warnings)
    warnings = warnings + decoded.warnings
    stated_x, stated_y = headers.get("XUNITS", ""), headers.get("YUNITS", "")
    if re.search(r"\braman\b", stated_x, re.IGNORECASE):
        raise SpectrumError("is a Raman spectrum by its ##XUNITS; expected an infrared one")
    kind_x = units.x_kind(stated_x)
    if kind_x is None and stated_x and not units.is_bare_wavelength(stated_x):
        raise SpectrumError(
            f"##XUNITS={stated_x[:40]!r} is neither a wavenumber nor a wavelength; expected 1/CM or MICROMETERS"
        )
    if kind_x is None:
        kind_x, _ = unit_of_abscissa(stated_x, "", decoded.x)
        what = f"its ##XUNITS={stated_x[:40]!r} names no unit" if stated_x else "has no ##XUNITS"
        warnings.append(f"{what}; from its range the abscissa was taken for {kind_x}s")
    kind_y = y_units or units.y_kind(stated_y) or units.y_kind(f"{headers.get('YLABEL', '')} {stated_y}")
    if kind_y is None and stated_y:
        raise SpectrumError(
            f"##YUNITS={stated_y[:40]!r} is not an ordinate that is known; expected ABSORBANCE or TRANSMITTANCE"
        )
    if kind_y is None:
        kind_y = units.guess_y_kind(decoded.y[np.isfinite(decoded.y)])
        warnings.append(
            f"has no ##YUNITS; from its range and baseline the ordinate was taken for {kind_y} (--y-units overrules "
            "this)"
        )
    x, transmittance, doubts = units.converted(decoded.x, kind_x, decoded.y, kind_y, told=y_units is not None)
    described = [headers.get(name, "") for name in ("STATE", "SAMPLINGPROCEDURE", "SAMPLEDESCRIPTION")]
    phase = units.phase(described[0] or " ".join(described))
    # So that no crystal was in contact: of a solution there may be one, of granules and of the wall of a gas pipe too.
    held = phase == "mull" or units.phase(described[0]) == "gas" or units.is_pressed(" ".join(described))
    how = [headers.get(name, "") for name in _HOW]
    instrument, remarks = (
        [] if held else [headers.get(name, "") for name in names] for names in (_INSTRUMENT, _REMARKS)
    )
    return Spectrum(
        wavenumber=x,
        transmittance=transmittance,
        title=block.title,
        phase=phase,
        technique=technique(block.title, *described, stated_y, *how, instrument=instrument, remarks=remarks),
        x_units=stated_x or kind_x,
        y_units=y_units or stated_y or kind_y,
        checks=decoded.checks,
        warnings=tuple(warnings + doubts),
    )
