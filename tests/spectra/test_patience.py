"""Small files made to keep a reader busy are read or refused at once: no pattern tries blanks in all ways there are."""

import time
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest

from irjax.data.xyz import read_xyz
from irjax.errors import InputError
from irjax.spectra.grid import Grid
from irjax.spectra.pattern import read_pattern
from irjax.spectra.reading import parse_spectrum

BLANKS = 100_000
ROWS = "".join(f"{400 + 2 * at} {0.1 + at / 1000}\n" for at in range(60))
LONG = "".join(f"{400 + at / 10:.1f} 0.5\n" for at in range(10_000))
PATTERN = "".join(f"{5 + at / 50} {100 + at % 7}\n" for at in range(2000))


def spectrum(text: str) -> None:
    parse_spectrum(text.encode(), "slow.txt")


def pattern(text: str) -> None:
    read_pattern(text, Grid(5.0, 90.0, 1000, "2theta"))


SLOW: dict[str, tuple[Callable[[str], object], str]] = {
    "an end that is none": (spectrum, f"##TITLE=x\n##END{' ' * BLANKS}x"),
    "blanks below a table": (spectrum, f"{ROWS}{' ' * BLANKS}5\n"),
    "tabs behind a number": (spectrum, f"0.59{chr(9) * BLANKS}x\n" * 2),
    "empty lines within a table": (spectrum, f"{LONG}{chr(10) * 8_000}{LONG}"),
    "a charge that is none": (read_xyz, f"1\ncharge{' ' * BLANKS}\nH 0 0 0\n"),
    "a multiplicity that is none": (read_xyz, f"1\nmult{' ' * BLANKS}\nH 0 0 0\n"),
    "comments of nothing": (pattern, "#\n" * 10_000 + PATTERN),
    "a number without end": (pattern, f"1 2 {'3' * BLANKS}x\n{PATTERN}"),
}


@pytest.mark.parametrize("what", SLOW)
def test_a_file_that_was_made_slow_is_not(what: str) -> None:
    read, text = SLOW[what]
    begun = time.process_time()
    with suppress(InputError):
        read(text)
    assert time.process_time() - begun < 3


def test_stretches_between_empty_lines_are_one_table() -> None:
    x = np.arange(400.0, 460.0)
    rows = [f"{at} {0.1 + at / 1000}\n" for at in x]
    found = parse_spectrum(("".join(rows[:30]) + "\n\n\n" + "".join(rows[30:])).encode(), "parted.txt")
    np.testing.assert_array_equal(found.wavenumber, x)
