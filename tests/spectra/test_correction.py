"""Baselines and scatter: taken out where they are known, by a second computation, and nothing else with them."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irjax.errors import UsageError
from irjax.spectra.correction import EMSC, ORDERS, POLYNOMIAL, Correction, correction_of, upright
from irjax.spectra.grid import INFRARED, Grid
from irjax.spectra.spectrum import SpectrumError

pytest.importorskip("pybaselines", reason="pip install irjax[correct]")
pytest.importorskip("chemotools", reason="pip install irjax[correct]")

OTHER = Grid(0.0, 199.0, 200, "points")
"""Of spectra that are no infrared ones."""


def bands(grid: Grid, seed: int = 0, number: int = 6) -> np.ndarray:
    """Gaussian bands, a hundredth of the range wide each, on a base line of 0."""
    rng = np.random.default_rng(seed)
    at, heights = rng.uniform(grid.first, grid.last, number), rng.uniform(0.2, 1.0, number)
    width = (grid.last - grid.first) / 100
    return (heights * np.exp(-0.5 * ((grid.values[:, None] - at) / width) ** 2)).sum(axis=1)


def drift(grid: Grid) -> np.ndarray:
    x = np.linspace(-1, 1, grid.points)
    return 0.6 + 0.4 * x - 0.3 * x**2 + 0.1 * x**3


def emsc(grid: Grid, order: int = 2) -> Correction:
    return Correction(EMSC, order, tuple(np.mean([bands(grid, seed) for seed in range(5)], axis=0)))


@pytest.mark.parametrize("seed", range(4))
def test_a_polynomial_under_bands_is_taken_out_of_absorbance(seed: int) -> None:
    row = (10 ** -(bands(INFRARED, seed) + drift(INFRARED))).astype(np.float32)
    corrected = Correction(POLYNOMIAL, 5)(row, INFRARED)
    assert corrected.dtype == np.float32
    np.testing.assert_allclose(upright(corrected, INFRARED), bands(INFRARED, seed), atol=0.01)


def test_a_polynomial_under_bands_is_taken_out_of_intensities() -> None:
    row = (bands(OTHER) + 3 * drift(OTHER)).astype(np.float32)
    np.testing.assert_allclose(Correction(POLYNOMIAL, 3)(row, OTHER), bands(OTHER), atol=0.01)


@pytest.mark.parametrize("order", [0, 2, 4])
def test_emsc_is_a_least_squares_fit(order: int) -> None:
    correction, spectrum = emsc(INFRARED, order), 0.7 * bands(INFRARED, 2) + 0.1 * drift(INFRARED)
    row = (10**-spectrum).astype(np.float32)
    columns = np.column_stack([np.linspace(-1, 1, 600)[:, None] ** np.arange(order + 1), correction.reference])
    y = -np.log10(row.astype(float))
    found = np.linalg.lstsq(columns, y, rcond=None)[0]
    expected = (y - columns[:, :-1] @ found[:-1]) / found[-1]
    np.testing.assert_allclose(correction(row, INFRARED), 10**-expected, rtol=1e-5)


@pytest.mark.parametrize("method", ORDERS)
def test_gaps_stay_and_have_no_say(method: str) -> None:
    correction = emsc(INFRARED) if method == EMSC else Correction(method, 5)
    row = (10 ** -(bands(INFRARED, 1) + drift(INFRARED))).astype(np.float32)
    row[:40] = row[300:330] = np.nan
    corrected = correction(row, INFRARED)
    np.testing.assert_array_equal(np.isnan(corrected), np.isnan(row))
    known = np.isfinite(row)
    if method == POLYNOMIAL:
        np.testing.assert_allclose(upright(corrected, INFRARED)[known], bands(INFRARED, 1)[known], atol=0.01)
        return
    columns = np.column_stack([np.linspace(-1, 1, 600)[:, None] ** np.arange(3), correction.reference])[known]
    y = -np.log10(row[known].astype(float))
    found = np.linalg.lstsq(columns, y, rcond=None)[0]
    np.testing.assert_allclose(corrected[known], 10 ** -((y - columns[:, :-1] @ found[:-1]) / found[-1]), rtol=1e-5)


@settings(max_examples=40, deadline=None)
@given(
    scale=st.floats(0.1, 10),
    offset=st.floats(-5, 5),
    slope=st.floats(-5, 5),
    bend=st.floats(-5, 5),
    seed=st.integers(0, 4),
)
def test_neither_scale_nor_base_line_changes_what_emsc_gives(
    scale: float, offset: float, slope: float, bend: float, seed: int
) -> None:
    x = np.linspace(-1, 1, OTHER.points)
    plain = bands(OTHER, seed)
    changed = scale * plain + offset + slope * x + bend * x**2
    correction = emsc(OTHER)
    np.testing.assert_allclose(correction(changed, OTHER), correction(plain, OTHER), atol=2e-4)


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(0.1, 10), offset=st.floats(-5, 5))
def test_a_polynomial_fit_goes_with_scale_and_offset(scale: float, offset: float) -> None:
    correction, plain = Correction(POLYNOMIAL, 3), bands(OTHER) + drift(OTHER)
    expected = scale * correction(plain, OTHER)
    np.testing.assert_allclose(correction(scale * plain + offset, OTHER), expected, atol=1e-4 * scale)


def test_darkness_and_light_beyond_the_beam_stay_finite() -> None:
    row = (10 ** -bands(INFRARED, 3)).astype(np.float32)
    row[100:110], row[400:405] = -0.02, 1.4
    for correction in (Correction(POLYNOMIAL, 5), emsc(INFRARED)):
        assert np.isfinite(correction(row, INFRARED)).all()


def test_what_cannot_be_corrected_says_why() -> None:
    few = np.full(600, np.nan, np.float32)
    few[:7] = 0.5
    with pytest.raises(SpectrumError, match="7 points were measured, its order needs 8"):
        Correction(POLYNOMIAL, 5)(few, INFRARED)
    assert np.isfinite(emsc(INFRARED)((10 ** -bands(INFRARED)).astype(np.float32), INFRARED)).all()
    for unlike in (10 ** bands(INFRARED, 0), np.full(600, 0.5)):
        with pytest.raises(SpectrumError, match="nothing of the mean spectrum is in it"):
            emsc(INFRARED)(unlike.astype(np.float32), INFRARED)


@pytest.mark.parametrize(("method", "module"), [(POLYNOMIAL, "pybaselines"), (EMSC, "chemotools.scatter")])
def test_a_missing_library_is_named(method: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    correction = emsc(INFRARED) if method == EMSC else Correction(method, 5)
    with pytest.raises(UsageError, match=rf"{method} needs {module.split('.')[0]}; pip install 'irjax\[correct\]'"):
        correction((10 ** -bands(INFRARED)).astype(np.float32), INFRARED)


def test_a_correction_is_written_and_read() -> None:
    for correction in (Correction(POLYNOMIAL, 4), emsc(INFRARED)):
        assert correction_of({"correction": correction.to_dict()}, INFRARED) == correction
    assert correction_of({}, INFRARED) is None
    for wrong in ({"method": "magic", "order": 2}, {"method": EMSC, "order": 2, "reference": [1.0]}):
        with pytest.raises(ValueError, match="no correction has"):
            correction_of({"correction": wrong}, INFRARED)
