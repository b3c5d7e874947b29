"""Two columns of numbers in a text file, with whatever separator, decimal mark and header a program wrote."""

import re
from dataclasses import dataclass

import numpy as np

from irjax.spectra import units
from irjax.spectra.spectrum import Spectrum, SpectrumError, ascending

_NUMBER = r"[+-]?(?:\d+(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?"
_QUOTE = "[\"']?"


@dataclass(frozen=True)
class _Layout:
    """How the columns are parted and what marks the decimals."""

    separator: str
    mark: str

    def row(self) -> re.Pattern[str]:
        number = _QUOTE + "(" + _NUMBER.format(mark=re.escape(self.mark)) + ")" + _QUOTE
        end = rf"[ \t]*(?:{self.separator}(.*))?"
        return re.compile(rf"[ \t]*{number}{self.separator}{number}{end}$", re.MULTILINE)


# Decimal points before decimal commas, so that "400.5,0.91" and "400,5;0,91" each fit one layout alone.
_LAYOUTS = tuple(
    _Layout(separator, mark)
    for mark, separators in (
        (".", (r"[ \t]*;[ \t]*", r"[ \t]*,[ \t]*", r"[ \t]*\t[ \t]*", r"[ \t]+", r"[ \t]*\|[ \t]*")),
        (",", (r"[ \t]*;[ \t]*", r"[ \t]*\t[ \t]*", r"[ \t]+", r"[ \t]*,[ \t]+", r"[ \t]*\|[ \t]*", r",")),
    )
    for separator in separators
)


def read_table(text: str, name: str, y_units: str | None = None) -> Spectrum:
    """The spectrum in the first two columns of a text file.

    Args:
        text: the whole file, decoded, with Unix line ends.
        name: the file's name, whose words count when the header has none.
        y_units: one of `units.Y_UNITS`, to overrule words and guesses.

    Raises:
        SpectrumError: there are no two columns of numbers, or a row breaks off.
    """
    header, x, y, more_columns = _columns(text)
    warnings = ["only the first two columns were read"] if more_columns else []
    kind_x = units.x_kind(header)
    if kind_x is None:
        kind_x = "micrometre" if x.min() > 0.5 and x.max() < 60 else "wavenumber"
        if kind_x == "micrometre":
            warnings.append("the abscissa has no unit; from its range it was taken for micrometres")
    kind_y = y_units or units.y_kind(_y_words(header)) or units.y_kind(re.sub(r"[_\W]", " ", name.rsplit(".", 1)[0]))
    if kind_y is None:
        finite = y[np.isfinite(y)]
        kind_y = units.guess_y_kind(finite)
        warnings.append(
            f"nothing says what the ordinate is; from its range and baseline it was taken for {kind_y} "
            "(--y-units overrules this)"
        )
    x, y, order_warnings = ascending(units.to_wavenumber(x, kind_x), y)
    transmittance, unit_warnings = units.to_transmittance(y, kind_y, x)
    return Spectrum(
        wavenumber=x,
        transmittance=transmittance,
        title=name,
        phase=units.phase(header),
        technique=units.technique(f"{header} {name}"),
        x_units=kind_x,
        y_units=kind_y,
        warnings=tuple(warnings + order_warnings + unit_warnings),
    )


def _y_words(header: str) -> str:
    """The header without the names that belong to the abscissa."""
    return re.sub(r"wave\s*(number|length)\w*|1\s*/\s*cm|cm\s*\^?\s*[-−⁻]?\s*[1¹]", " ", header, flags=re.IGNORECASE)


def _columns(text: str) -> tuple[str, np.ndarray, np.ndarray, bool]:
    """The header and the two columns, from the layout that the most rows fit."""
    lines = text.split("\n")
    sample = "\n".join(lines[:400])
    layout = max(_LAYOUTS, key=lambda layout: len(layout.row().findall(sample)))
    row = layout.row()
    first = next((index for index, line in enumerate(lines) if row.match(line)), None)
    if first is None:
        raise SpectrumError("holds no two columns of numbers, and is no JCAMP-DX file")
    matches = [(index, row.match(line)) for index, line in enumerate(lines[first:], first + 1) if line.strip()]
    for index, match in matches:
        if match is None and not re.match(r"\s*[#%!/;]", lines[index - 1]):
            shown = lines[index - 1].strip()[:40]
            raise SpectrumError(f"line {index}: {shown!r} is not a row of two numbers as line {first + 1} is")
    rows = [match.groups() for _, match in matches if match]
    if len(rows) < 2:
        raise SpectrumError(f"holds {len(rows)} rows of two numbers; a spectrum needs at least 2")
    x, y = (np.array([values[column].replace(",", ".") for values in rows], np.float64) for column in (0, 1))
    return "\n".join(lines[:first]), x, y, any(values[2] for values in rows)
