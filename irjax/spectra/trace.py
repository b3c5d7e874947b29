"""What is read of a vendor's file, before its units are understood, and how its bytes become numbers and words."""

from dataclasses import dataclass

import numpy as np

from irjax.spectra.spectrum import SpectrumError


@dataclass(frozen=True)
class Trace:
    """The first spectrum of a file."""

    x: np.ndarray
    """float64 [points]."""
    y: np.ndarray
    """float64 [points]."""
    x_unit: str
    y_unit: str
    title: str
    sample: str = ""
    """What the file says of the sample and how it was measured."""
    remarks: tuple[str, ...] = ()
    """Free text: a comment, what was done to measure it and since. Of the sample it says nothing sure: purge gas, KBr
    windows."""
    spectra: int = 1
    """How many the file holds."""


def array(content: bytes, position: int, count: int, dtype: str) -> np.ndarray:
    """Numbers that lie within a file, as float64 [count].

    Raises:
        SpectrumError: they do not.
    """
    size = np.dtype(dtype).itemsize * count
    if position < 0 or count < 0 or position + size > len(content):
        raise SpectrumError(f"promises {count} points and holds fewer; it is cut or altered")
    return np.frombuffer(content, dtype, count, position).astype(np.float64)


def text(raw: bytes) -> str:
    """What stands before the first zero."""
    return raw.split(b"\0")[0].decode("latin-1").strip()


def of_memo(memo: str) -> tuple[str, str]:
    """Title and sample where a file has one text for both."""
    return memo[:80], memo
