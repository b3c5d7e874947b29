"""What the records of a JCAMP-DX header promise of its data: numbers, and whether the data keep them."""

import re

import numpy as np

from irjax.spectra.spectrum import SpectrumError

_NUMBER = re.compile(r"\s*([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eEdD][+-]?\d+)?)\s*(?:$|[\s;])")


def number(value: str, label: str) -> float:
    """The number that a header record holds.

    Raises:
        SpectrumError: it holds none.
    """
    found = number_or_none(value)
    if found is None:
        raise SpectrumError(f"##{label}={value[:40]!r} is not a number")
    return found


def number_or_none(value: str) -> float | None:
    """The number that the value of a record begins with, None where it does with none."""
    match = _NUMBER.match(value)
    if not match:
        return None
    found = float(re.sub(r"[dD]", "e", match[1].replace(",", ".")))
    return found if abs(found) < 1e30 else None


def factor_of(headers: dict[str, str], name: str) -> float:
    """What the data are to be multiplied by.

    Raises:
        SpectrumError: it is no number, or 0.
    """
    stated = headers.get(name, "")
    factor = number(stated, name) if stated else 1.0
    if factor == 0:
        raise SpectrumError(f"##{name}=0 makes every value zero")
    return factor


def check_count(headers: dict[str, str], count: int, checks: dict[str, str], warnings: list[str]) -> None:
    """NPOINTS against the number of points.

    Raises:
        SpectrumError: they differ.
    """
    if not headers.get("NPOINTS"):
        checks["NPOINTS"] = "not stated"
        warnings.append("has no ##NPOINTS to check its data against")
        return
    promised = number(headers["NPOINTS"], "NPOINTS")
    if promised == 0 and count == 0:
        raise SpectrumError("is an empty stub: NPOINTS=0 and no data")
    if promised != count:
        raise SpectrumError(f"##NPOINTS={promised:.0f}, but its table holds {count} points; the file is cut or altered")
    checks["NPOINTS"] = "ok"


def check_pair_ends(headers: dict[str, str], x: np.ndarray, checks: dict[str, str]) -> None:
    """FIRSTX and LASTX against the abscissae of an (XY..XY) table, which may run either way.

    Raises:
        SpectrumError: they differ.
    """
    for name, found, other in (("FIRSTX", x[:1], x[-1:]), ("LASTX", x[-1:], x[:1])):
        if not headers.get(name) or not x.size:
            checks[name] = "not stated"
            continue
        promised = number(headers[name], name)
        tolerance = max(1e-4 * abs(promised), 0.02)
        if min(abs(promised - found[0]), abs(promised - other[0])) > tolerance:
            raise SpectrumError(f"##{name}={promised:.10g}, but its table runs from {x[0]:.10g} to {x[-1]:.10g}")
        checks[name] = "ok"


def check_ordinates(
    headers: dict[str, str], y: np.ndarray, factor: float, checks: dict[str, str], warnings: list[str]
) -> None:
    """FIRSTY, MAXY and MINY against the data; many files give FIRSTY without its factor, and either is taken."""
    found = {"FIRSTY": y[0], "MAXY": np.nanmax(y), "MINY": np.nanmin(y)}
    tolerance = 0.01 * max(np.nanmax(np.abs(y)), 1e-300)
    for name, value in found.items():
        promised = number_or_none(headers.get(name, ""))
        if promised is None or np.isnan(value):
            checks[name] = "not stated"
            if headers.get(name) and promised is None:
                warnings.append(f"##{name}={headers[name][:40]!r} is not a number")
        elif min(abs(promised - value), abs(promised * factor - value)) <= tolerance:
            checks[name] = "ok"
        else:
            checks[name] = "differs"
            warnings.append(f"##{name}={promised:.6g}, but the data have {value:.6g}")
