"""Stretches at which nothing was measured, though a file has numbers there."""

import numpy as np
import pytest

from irjax.data.demo import drawn_acetone
from irjax.spectra.grid import INFRARED
from irjax.spectra.spectrum import Spectrum
from irjax.spectra.unmeasured import without_light, without_unmeasured

X = np.arange(400.0, 4001.0, 2.0)
NOISE = np.random.default_rng(0).normal(0, 1, X.size)
ACETONE = np.interp(X, drawn_acetone().wavenumber, drawn_acetone().transmittance) + 0.001 * NOISE


def asked(light: np.ndarray, decimals: int = 15) -> Spectrum:
    return without_unmeasured(Spectrum(X, light.round(decimals), source="a.csv"))


def where(low: float, high: float) -> np.ndarray:
    return (low <= X) & (high >= X)


def test_a_spectrum_without_such_stretches_stays_the_same() -> None:
    for decimals in (15, 4, 3, 2):
        spectrum = Spectrum(X, ACETONE.round(decimals), warnings=("before",))
        assert without_unmeasured(spectrum) is spectrum
    bare = Spectrum(drawn_acetone().wavenumber, drawn_acetone().transmittance)
    assert without_unmeasured(bare) is bare
    bands = sum(np.exp(-0.5 * ((X - place) / 12) ** 2) for place in (1100, 1700, 3000))
    computed = Spectrum(X, 10.0**-bands)  # levels without noise, into which bands run out
    assert without_unmeasured(computed) is computed
    assert without_unmeasured(few := Spectrum(X[:3], ACETONE[:3])) is few


@pytest.mark.parametrize(("low", "high"), [(400, 600), (3500, 4000)])
def test_an_end_without_light_was_not_measured(low: float, high: float) -> None:
    found = asked(np.where(where(low, high), 0.003 * NOISE, ACETONE))
    [said] = found.warnings
    assert said.startswith("no light comes through from ")
    assert said.endswith(": taken for not measured")
    assert abs(X.size - found.wavenumber.size - where(low, high).sum()) < 8


def test_a_band_without_light_within_the_range_was_measured() -> None:
    dark = np.where(where(1680, 1780), 0.003 * NOISE, ACETONE)
    assert asked(dark).warnings == ()
    row = np.interp(INFRARED.values, X, dark)
    found = INFRARED.values[without_light(row, INFRARED)]
    assert (found.min(), found.max()) == pytest.approx((1680, 1780), abs=INFRARED.spacing)
    assert not without_light(np.where(where(1700, 1740), 0, ACETONE)[:: X.size // 600][:600], INFRARED).any()
    assert not without_light(np.full(600, np.nan), INFRARED).any()


@pytest.mark.parametrize("light", [np.ones(X.size), np.zeros(X.size), np.linspace(0.2, 0.9, X.size)])
def test_a_line_and_nothing_else_is_left_to_whom_it_concerns(light: np.ndarray) -> None:
    assert asked(light).warnings == ()


def test_what_is_too_broad_to_be_a_band_was_not_measured() -> None:
    [said] = asked(np.where(where(1900, 2300), 0.003 * NOISE, ACETONE)).warnings
    assert said.startswith("no light comes through from 19")
    assert asked(np.where(where(3100, 3500), 0.003 * NOISE, ACETONE)).warnings == ()  # as O-H of a thick layer


def test_a_spectrum_that_is_dark_throughout_is_left_to_whom_it_concerns() -> None:
    assert asked(0.004 * np.abs(NOISE)).warnings == ()


def test_an_end_that_the_detector_does_not_see_was_not_measured() -> None:
    found = asked(np.where(where(400, 640), 1 + 0.3 * NOISE, ACETONE))
    [said] = found.warnings
    assert said.startswith("nothing but noise from 400 to 6")
    assert 620 < found.wavenumber[0] < 660


@pytest.mark.parametrize("decimals", [15, 6, 4])
@pytest.mark.parametrize(("low", "high"), [(1900, 2400), (2280, 2390), (1800, 4000), (400, 700)])
@pytest.mark.parametrize("level", ["line", "nothing absorbed", "zero"])
def test_a_line_that_software_drew_was_not_measured(low: float, high: float, level: str, decimals: int) -> None:
    cut = where(low, high)
    ends = ACETONE[[np.argmax(cut), X.size - 1 - np.argmax(cut[::-1])]]
    drawn = {"line": np.interp(X, (low, high), ends), "nothing absorbed": np.ones(X.size), "zero": np.zeros(X.size)}
    found = asked(np.where(cut, drawn[level], ACETONE), decimals)
    [said] = found.warnings
    assert "a straight line" in said or "no light" in said
    assert not where(low + 4, high - 4)[np.isin(X, found.wavenumber)].any()


def test_lines_in_absorbance_and_in_two_places_are_found() -> None:
    absorbance = -np.log10(np.maximum(ACETONE, 1e-4))
    for low, high in ((1900, 2250), (2450, 2750)):
        cut = where(low, high)
        absorbance[cut] = np.linspace(0.02, 0.4, cut.sum())
    found = without_unmeasured(Spectrum(X, 10**-absorbance, y_units="absorbance"))
    assert len(found.warnings) == 2
    assert not np.isin(np.arange(1904.0, 2246.0, 2), found.wavenumber).any()


def test_a_chart_that_was_drawn_point_by_point_has_no_such_lines() -> None:
    nodes = np.concatenate(([400.0], np.sort(np.random.default_rng(1).uniform(400, 4000, 40)), [4000.0]))
    drawn = np.interp(X, nodes, np.interp(nodes, X, ACETONE))
    assert asked(drawn).warnings == ()


def test_lines_outside_of_the_range_of_the_network_do_not_count() -> None:
    x = np.arange(400.0, 7001.0, 2.0)
    light = np.interp(x, X, ACETONE) + 0.001 * np.random.default_rng(2).normal(size=x.size)
    light[x > 4200] = 1.0
    assert without_unmeasured(Spectrum(x, light)).warnings == ()
