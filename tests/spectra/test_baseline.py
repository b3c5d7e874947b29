"""Base lines that run away beneath the bands are taken off; others stay."""

import re

import numpy as np
import pytest

from irjax.spectra.baseline import base_line, levelled, share_steep
from irjax.spectra.grid import Grid
from irjax.spectra.spectrum import Spectrum

X = np.linspace(400, 4000, 1801)
ALONG = (X - X[0]) / np.ptp(X)
BANDS = sum(
    height / (1 + ((X - at) / width) ** 2) for at, width, height in ((700, 8, 0.2), (1715, 12, 0.3), (2950, 30, 0.15))
)
"""Absorbance, 0.3 at the most."""


def of(absorbance: np.ndarray, x: np.ndarray = X) -> Spectrum:
    return Spectrum(x, 10**-absorbance)


@pytest.mark.parametrize("bent", [1.0, 2.0])
@pytest.mark.parametrize("upwards", [True, False])
@pytest.mark.parametrize("share", [0.5, 4.0])
def test_a_slope_is_taken_off(share: float, upwards: bool, bent: float) -> None:
    slope = share * 0.3 * (ALONG if upwards else 1 - ALONG) ** bent
    found = levelled(of(BANDS + slope + 0.1))
    np.testing.assert_allclose(-np.log10(found.transmittance), BANDS, atol=0.012)
    told = re.search(r"by (\d+) % of the strongest band", found.warnings[0])
    assert told
    assert 0.75 * share <= int(told[1]) / 100 <= 1.05 * share


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_what_is_level_or_nearly_so_stays_to_the_bit(share: float) -> None:
    spectrum = of(BANDS + share * 0.3 * ALONG)
    assert levelled(spectrum) is spectrum


def test_a_band_that_ends_with_the_range_is_no_slope() -> None:
    spectrum = of(BANDS + 0.3 / (1 + ((X - 400) / 40) ** 2))
    assert levelled(spectrum) is spectrum


def test_a_bare_slope_and_a_short_stretch_stay() -> None:
    short = (X > 1500) & (X < 2400)
    for spectrum in (of(0.6 * ALONG), of((BANDS + ALONG)[short], X[short]), of(BANDS, X + 5000)):
        assert levelled(spectrum) is spectrum


def test_what_lies_outside_the_grid_stays() -> None:
    x = np.linspace(200, 5000, 2401)
    absorbance = np.interp(x, X, BANDS) + (x - 200) / 4800
    found, spectrum = levelled(of(absorbance, x)), of(absorbance, x)
    outside = (x < 400) | (x > 4000)
    np.testing.assert_array_equal(found.transmittance[outside], spectrum.transmittance[outside])
    assert (found.transmittance[~outside] >= spectrum.transmittance[~outside] - 1e-9).all()


def test_the_rubber_band_bends_upwards_and_runs_below_the_lowest_point_of_each_window() -> None:
    draw = np.random.default_rng(0)
    for _ in range(20):
        y = draw.random(X.size) + draw.uniform(-3, 3) * ALONG
        line = base_line(X, y)
        assert (np.diff(line, 2) > -1e-9).all()
        windows = [np.flatnonzero(at == (X - 400) // 50) for at in range(72)]
        lowest = [part[y[part].argmin()] for part in windows]
        assert (y[lowest] - line[lowest]).min() == pytest.approx(0, abs=1e-9)
        assert np.count_nonzero(y[lowest] - line[lowest] < 1e-9) >= 2


def test_how_many_spectra_are_steep() -> None:
    level, steep = 10**-BANDS, 10 ** -(BANDS + 0.3 * ALONG)
    steep[X < 600] = np.nan
    grid = Grid(400.0, 4000.0, X.size)
    assert share_steep(np.stack([level, steep, steep, level]), grid) == 0.5
    assert share_steep(np.repeat([level, steep], [300, 900], axis=0), grid) == pytest.approx(0.75, abs=0.01)
    assert share_steep(np.zeros((0, X.size)), grid) == 0
