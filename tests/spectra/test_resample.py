"""A spectrum on the grid keeps its values where it was measured, and says nothing where it was not."""

import numpy as np
import pytest

from irjax.spectra.grid import INFRARED
from irjax.spectra.reading import parse_spectrum
from irjax.spectra.resample import resample
from irjax.spectra.spectrum import Spectrum, SpectrumError

STEP = INFRARED.values[1] - INFRARED.values[0]
FINE = np.arange(300.0, 4100.0, 0.5)
COARSE = np.arange(300.0, 4100.0, 7.7)
UNEVEN = 1e4 / np.linspace(2.4, 34.0, 4000)[::-1]
"""Points at equal steps of wavelength, as in the files of the 1960s."""


def spectrum(x: np.ndarray | list[float], y: np.ndarray | list[float] | float) -> Spectrum:
    x = np.asarray(x, float)
    return Spectrum(x, np.broadcast_to(np.asarray(y, float), x.shape), source="somewhere.jdx")


def test_grid() -> None:
    np.testing.assert_array_equal(INFRARED.values, np.linspace(400, 4000, 600))
    values = resample(spectrum(FINE, 0.5))
    assert values.dtype == np.float32
    assert values.shape == (600,)


@pytest.mark.parametrize(
    "x", [FINE, COARSE, UNEVEN, INFRARED.values], ids=["fine", "coarse", "uneven", "the grid itself"]
)
def test_what_is_constant_or_linear_stays_so(x: np.ndarray) -> None:
    np.testing.assert_allclose(resample(spectrum(x, 0.7)), 0.7, rtol=1e-6)
    np.testing.assert_allclose(resample(spectrum(x, x / 4000)), INFRARED.values / 4000, rtol=1e-6)


@pytest.mark.parametrize("center", [2003.0, INFRARED.values[267], INFRARED.values[267] + STEP / 2, 2001.3])
def test_a_narrow_band_in_a_fine_file_keeps_its_area_wherever_it_lies(center: float) -> None:
    x = np.arange(390.0, 4010.0, 0.1)
    depth = 0.9 * np.exp(-0.5 * ((x - center) / 0.4) ** 2)
    area = ((1 - resample(spectrum(x, 1 - depth)).astype(float)) * STEP).sum()
    assert area == pytest.approx(np.trapezoid(depth, x), rel=1e-5)


def test_noise_of_a_fine_file_is_averaged_not_picked() -> None:
    x = np.arange(390.0, 4010.0, 0.1)
    noise = np.random.default_rng(0).normal(0, 0.1, x.size)
    assert resample(spectrum(x, 1 + noise)).std() < 0.1 / 5


def test_a_coarse_file_is_interpolated_through_its_own_points() -> None:
    x = INFRARED.values[::2]
    y = np.random.default_rng(1).random(x.size)
    values = resample(spectrum(x, y))
    np.testing.assert_allclose(values[::2], y, rtol=1e-6)
    np.testing.assert_allclose(values[1:-1:2], (y[:-1] + y[1:]) / 2, rtol=1e-6)
    np.testing.assert_allclose(
        resample(spectrum(COARSE, np.sin(COARSE))), np.interp(INFRARED.values, COARSE, np.sin(COARSE)), 1e-5
    )


@pytest.mark.parametrize("step", [0.5, 8.0])
def test_nothing_is_known_outside_the_measured_range(step: float) -> None:
    x = np.arange(700.0, 3100.0, step)
    values = resample(spectrum(x, 0.7))
    inside = (x[0] <= INFRARED.values) & (x[-1] >= INFRARED.values)
    np.testing.assert_array_equal(np.isfinite(values), inside)
    np.testing.assert_allclose(values[inside], 0.7, rtol=1e-6)


@pytest.mark.parametrize("step", [0.5, 8.0])
@pytest.mark.parametrize(("gap", "stays"), [(20.0, False), (20.1, True), (200.0, True)])
def test_gaps_over_20_wavenumbers_stay_gaps(step: float, gap: float, stays: bool) -> None:
    below = np.arange(1500.0, 300.0, -step)[::-1]
    above = np.arange(1500.0 + gap, 4100.0, step)
    values = resample(spectrum(np.concatenate([below, above]), 0.7))
    inside = (below[-1] < INFRARED.values) & (above[0] > INFRARED.values) & stays
    np.testing.assert_array_equal(np.isnan(values), inside)
    assert np.isnan(values).any() == stays


def test_points_at_the_edge_of_a_gap_are_measured() -> None:
    x = np.concatenate([INFRARED.values[:100], INFRARED.values[150:]])
    values = resample(spectrum(x, 0.7))
    np.testing.assert_array_equal(np.isnan(values), (np.arange(600) >= 100) & (np.arange(600) < 150))


def test_nothing_is_clipped() -> None:
    y = np.where(FINE < 2000, 1.4, -0.3)
    values = resample(spectrum(FINE, y))
    assert values.min() == pytest.approx(-0.3)
    assert values.max() == pytest.approx(1.4)


def test_the_order_of_a_file_makes_no_difference() -> None:
    x = np.arange(390.0, 4010.0, 3.7)
    rows = [f"{wavenumber:.3f},{0.6 + 0.3 * np.sin(wavenumber / 90):.6f}" for wavenumber in x]
    up, down = (
        resample(parse_spectrum("\n".join(["cm-1,transmittance", *order]).encode(), "some.csv"))
        for order in (rows, rows[::-1])
    )
    np.testing.assert_array_equal(up, down)


@pytest.mark.parametrize("x", [[100, 200, 300], [4100, 4200, 5000], [1002, 1004, 1006], [390, 4500]])
def test_a_spectrum_beside_the_grid_is_an_error(x: list[float]) -> None:
    with pytest.raises(SpectrumError, match=r"somewhere\.jdx: .*400 to 4000") as caught:
        resample(spectrum(x, 0.5))
    assert f"{x[0]} to {x[-1]}" in str(caught.value)
