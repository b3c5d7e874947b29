"""The number tables of JCAMP-DX: AFFN, PAC, SQZ, DIF and DUP, decoded without a Python loop over points.

The forms are those of McDonald & Wilks, Appl. Spectrosc. 1988, 42, 151. A letter stands for a leading digit and
says what kind of number it opens: a squeezed ordinate (SQZ), a difference to the one before (DIF), or how often
the one before is repeated (DUP).
"""

import re
from dataclasses import dataclass

import numpy as np

from irjax.spectra.spectrum import SpectrumError

MOST_POINTS = 500_000
"""A table that claims more is refused before it is laid out in memory."""

_SPACE, _DIGIT, _VALUE, _DIF, _DUP, _BAD = range(6)


def _letters() -> tuple[np.ndarray, dict[int, str]]:
    kinds = np.full(256, _BAD, np.uint8)
    digits: dict[int, str] = {ord("+"): " +", ord("-"): " -", ord("?"): " nan"}
    kinds[list(b" \t\r\n\v\f")] = _SPACE
    kinds[list(b"0123456789.")] = _DIGIT
    kinds[list(b"+-?")] = _VALUE
    for kind, positive, negative in (
        (_VALUE, "@ABCDEFGHI", "@abcdefghi"),
        (_DIF, "%JKLMNOPQR", "%jklmnopqr"),
        (_DUP, " STUVWXYZs", ""),
    ):
        for sign, letters in (("", positive), ("-", negative)):
            for digit, letter in enumerate(letters):
                if letter != " ":
                    kinds[ord(letter)] = kind
                    if not (sign and digit == 0):
                        digits[ord(letter)] = f" {sign}{digit}"
    return kinds, digits


_KINDS, _DIGITS = _letters()
_EXPONENT = re.compile(r"(?<=[\d.])[eEdD](?=[+-]?\d{1,3}(?!\d))")


@dataclass(frozen=True)
class Table:
    """A decoded (X++(Y..Y)) table, still without its factors."""

    x: np.ndarray
    """Abscissa at the head of each line, float64 [lines]."""
    first: np.ndarray
    """Index of the ordinate that this abscissa belongs to, int [lines]."""
    line: np.ndarray
    """Number of each line within the table, from 0, int [lines]."""
    y: np.ndarray
    """Ordinates, float64 [points], NaN where the file says `?`."""


def decode_ordinates(body: str) -> Table:
    """The points of an (X++(Y..Y)) table.

    Args:
        body: the lines after the variable list, without comments, decimal points only.

    Raises:
        SpectrumError: a number cannot be read, a check value fails, or the table claims too many points.
    """
    values, kinds, lines = _tokens(body)
    if values.size == 0:
        return Table(*(np.zeros(0, dtype) for dtype in (float, int, int, float)))
    head = np.flatnonzero(np.diff(lines, prepend=-1))
    if not (kinds[head] == _VALUE).all():
        line = lines[head[kinds[head] != _VALUE][0]]
        raise SpectrumError(f"data line {line + 1}: expected an abscissa at its start")
    x, line = values[head], lines[head]
    ordinate = np.ones(values.size, bool)
    ordinate[head] = False
    y, kinds, lines = values[ordinate], kinds[ordinate], lines[ordinate]
    keep = np.ones(y.size, bool)
    if (kinds != _VALUE).any():
        values, kinds, lines = _repeated(y, kinds, lines)
        y = _summed(values, kinds, lines)
        keep = ~_checks(y, kinds, lines)
    # The abscissa of a line that opens with a check value belongs to the ordinate which that value repeats.
    at = np.searchsorted(lines, line)
    filled = np.append(lines, -1)[at] == line
    first = (np.cumsum(keep) - 1)[at[filled]]
    return Table(x[filled], first, line[filled], y[keep])


def decode_pairs(body: str, columns: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Abscissae and ordinates of an (XY..XY) table, float64 [points] each, still without their factors.

    Args:
        body: as `decode_ordinates` takes it.
        columns: of numbers, of which the first two are read.

    Raises:
        SpectrumError: a number cannot be read, or one abscissa has no ordinate.
    """
    values, kinds, _ = _tokens(body)
    if (kinds != _VALUE).any():
        raise SpectrumError("its (XY..XY) table holds compressed numbers; expected plain ones")
    if values.size % columns:
        expected = "pairs" if columns == 2 else f"{columns} to a row"
        raise SpectrumError(f"its (XY..XY) table holds {values.size} numbers; expected {expected}")
    return values[0::columns], values[1::columns]


def _tokens(body: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every number of the table in order: its value, its kind (_VALUE, _DIF, _DUP) and the line it stands on."""
    if not body.isascii():
        odd = next(character for character in body if not character.isascii())
        raise SpectrumError(f"its data hold the character {odd!r}")
    letters = body.encode("ascii").translate(None, b"0123456789+-. \t\n")
    # In a table without a blank between two numbers and without a signed exponent, E is a digit as in 608.1E153.
    if letters and not letters.strip(b"eEdD") and re.search(r"\d[ \t]+[\d.+-]|[eEdD][+-]", body):
        exponents = _EXPONENT.sub("e", body)
        letters = re.sub(r"e(?=[+-]?\d)", "", exponents).encode("ascii").translate(None, b"0123456789+-. \t\n")
        body = body if letters else exponents
    if not letters:
        return _plain_tokens(body)
    raw = np.frombuffer(body.encode("ascii"), np.uint8)
    kinds = _KINDS[raw]
    lines = np.cumsum(raw == ord("\n"))
    bad = np.flatnonzero(kinds == _BAD)
    if bad.size:
        raise SpectrumError(f"data line {lines[bad[0]] + 1}: unexpected character {chr(raw[bad[0]])!r}")
    before = np.concatenate(([_SPACE], kinds[:-1]))
    starts = np.flatnonzero((kinds > _DIGIT) | ((kinds == _DIGIT) & (before == _SPACE)))
    _refuse_more_than_most(starts.size)
    values = _numbers(body.translate(_DIGITS), lines[starts])
    return values, np.maximum(kinds[starts], _VALUE), lines[starts]


def _plain_tokens(body: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The numbers of a table that has no letters but `e` for an exponent."""
    if "+" in body or "-" in body:
        body = re.sub(r"(?<![\se])([+-])", r" \1", body)  # PAC: the sign parts the numbers
    raw = np.frombuffer(body.encode("ascii"), np.uint8)
    blank = np.concatenate(([True], _KINDS[raw] == _SPACE))
    lines = np.cumsum(raw == ord("\n"))[blank[:-1] & ~blank[1:]]
    return _numbers(body, lines), np.full(lines.size, _VALUE, np.uint8), lines


def _refuse_more_than_most(points: float) -> None:
    if not points <= MOST_POINTS:
        raise SpectrumError(f"its data claim over {MOST_POINTS:,} points")


def _numbers(text: str, lines: np.ndarray) -> np.ndarray:
    """The numbers of a text, float64, as `float` reads each."""
    words = text.split()
    try:
        values = np.fromiter(map(float, words), np.float64, len(words))
    except ValueError:
        values = np.zeros(0)
    if values.size != lines.size:
        line, word = _first_unreadable(text)
        raise SpectrumError(f"data line {line + 1}: {word[:40]!r} is not a number")
    return values


def _first_unreadable(text: str) -> tuple[int, str]:
    for line, row in enumerate(text.split("\n")):
        for word in row.split():
            if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan", word):
                return line, word
    return 0, text[:40]


def _repeated(values: np.ndarray, kinds: np.ndarray, lines: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The tokens with each DUP carried out: a count of n makes n of the number before it."""
    dup = kinds == _DUP
    if not dup.any():
        return values, kinds, lines
    at = np.flatnonzero(dup)
    counts = values[at]
    wrong = (at == 0) | dup[at - 1] | (lines[at] != lines[at - 1]) | (counts < 1) | (counts != np.floor(counts))
    if wrong.any():
        raise SpectrumError(f"data line {lines[at[wrong][0]] + 1}: a repeat count with nothing to repeat")
    _refuse_more_than_most(values.size + counts.sum())
    times = np.ones(values.size, np.int64)
    times[at - 1] = counts.astype(np.int64)
    times[at] = 0
    return np.repeat(values, times), np.repeat(kinds, times), np.repeat(lines, times)


def _summed(values: np.ndarray, kinds: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Ordinates with differences added to the last one given in full."""
    dif = kinds == _DIF
    if not dif.any():
        return values
    if dif[0]:
        raise SpectrumError(f"data line {lines[0] + 1}: a difference with no ordinate before it")
    run = np.cumsum(np.where(dif, values, 0.0))
    base = np.maximum.accumulate(np.where(dif, 0, np.arange(values.size)))
    return values[base] + run - run[base]


def _checks(y: np.ndarray, kinds: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Which ordinates are the check values that open a line after a difference; each must repeat the one before."""
    opens = np.flatnonzero(np.diff(lines)) + 1
    checks = opens[kinds[opens - 1] == _DIF]
    wrong = (kinds[checks] == _DIF) | (np.abs(y[checks] - y[checks - 1]) > 0.5)
    if checks.size and checks[-1] == y.size - 1 and y[-1] == 0:
        wrong[-1] = False  # some writers close the table with a zero in place of the last check value
    differ = checks[wrong]
    if differ.size:
        at = differ[0]
        raise SpectrumError(
            f"data line {lines[at] + 1}: the check value is {y[at]:.10g}, the line before ends at {y[at - 1]:.10g}"
        )
    is_check = np.zeros(y.size, bool)
    is_check[checks] = True
    return is_check
