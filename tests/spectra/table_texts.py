"""Three rows of a table, and how they are read and refused."""

import numpy as np
import pytest

from irjax.spectra.reading import parse_spectrum
from irjax.spectra.spectrum import Spectrum, SpectrumError

X = [400.0, 401.5, 403.0]
Y = [0.5, 0.625, 1.0]
HEAD = "wavenumber,transmittance\n"
ROWS = "400.0,0.5\n401.5,0.625\n403,1\n"


def read(text: str | bytes, y_units: str | None = None, name: str = "spectrum.csv") -> Spectrum:
    return parse_spectrum(text if isinstance(text, bytes) else text.encode(), name, y_units)


def check(spectrum: Spectrum, x: list[float] = X, y: list[float] = Y) -> None:
    np.testing.assert_allclose(spectrum.wavenumber, x, rtol=1e-12)
    np.testing.assert_allclose(spectrum.transmittance, y, rtol=1e-12)


def refusal(text: str | bytes) -> str:
    with pytest.raises(SpectrumError) as caught:
        read(text)
    assert str(caught.value).startswith("spectrum.csv: ")
    return str(caught.value)
