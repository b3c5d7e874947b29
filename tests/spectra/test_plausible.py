"""What says nothing is refused, what looks wrong is doubted, and real spectra pass."""

import re
from dataclasses import replace

import numpy as np
import pytest
from wrong_inputs import KINDS, molecules

from irjax.data.computed import broadened, computed_spectra
from irjax.spectra.bands import group_frequencies, known_at, looked_at
from irjax.spectra.grid import INFRARED
from irjax.spectra.plausible import UNTOLD, examine
from irjax.spectra.reading import parse_spectrum, spectrum_of
from irjax.spectra.spectrum import Spectrum, SpectrumError

X = np.linspace(400, 4000, 1801)
DRAW = np.random.default_rng(0)


@pytest.fixture(scope="module")
def acetone() -> Spectrum:
    return next(broadened(molecule) for molecule in computed_spectra() if molecule.cas == "67-64-1")


NOTHING = {
    "flat at 1": np.ones_like(X),
    "flat at 0.3": np.full_like(X, 0.3),
    "all zeros": np.zeros_like(X),
    "nearly flat": 0.9 + 1e-5 * np.sin(X / 50),
    "a slope": np.linspace(0.3, 0.9, X.size),
    "a bent slope": np.linspace(0.5, 0.95, X.size) ** 2,
    "noise": 0.8 + 0.02 * DRAW.normal(size=X.size),
    "strong noise": DRAW.uniform(0.01, 1, X.size),
    "noise on a slope": np.linspace(0.3, 0.9, X.size) + 0.05 * DRAW.normal(size=X.size),
}


@pytest.mark.parametrize("what", NOTHING)
def test_what_says_nothing_is_refused(what: str) -> None:
    with pytest.raises(SpectrumError, match="nothing to go by"):
        examine(Spectrum(X, NOTHING[what]))


BANDLESS = {
    "a random walk": np.cumsum(DRAW.normal(size=X.size)),
    "noise smoothed over 30 cm-1": np.convolve(DRAW.normal(size=X.size), np.ones(15), "same"),
    "noise smoothed over 120 cm-1": np.convolve(DRAW.normal(size=X.size), np.ones(60), "same"),
    "smoothed noise cut off at the base line": np.maximum(
        np.convolve(DRAW.normal(size=X.size), np.ones(11), "same"), 0
    ),
    "a step": (X > 1900) + 0.003 * DRAW.normal(size=X.size),
    "a wave": np.sin(X / 120),
    "a decay": np.exp(-X / 250),
}


@pytest.mark.parametrize("what", BANDLESS)
@pytest.mark.parametrize("absorbance", [0.05, 1.2, None])
def test_of_a_curve_without_bands_nothing_is_said(what: str, absorbance: float | None) -> None:
    y = BANDLESS[what]
    y = (y - y.min()) / np.ptp(y)
    curve = Spectrum(X, 0.05 + 0.9 * y if absorbance is None else 10 ** (-absorbance * y))
    assert not UNTOLD.isdisjoint(examine(curve))


def test_noise_that_was_smoothed_and_clipped_at_all_light_says_nothing() -> None:
    draw = np.random.default_rng(3)
    for _ in range(20):
        smooth = np.convolve(draw.normal(size=X.size), np.ones(draw.integers(7, 16)) / 7, "same")
        assert not UNTOLD.isdisjoint(examine(Spectrum(X, np.minimum(1 + 0.02 * smooth, 1.0))))


@pytest.mark.parametrize("period", [20.0, 47.0, 120.0])
def test_interference_fringes_are_told_with_their_period(acetone: Spectrum, period: float) -> None:
    x, y = acetone.wavenumber, acetone.transmittance
    [said] = examine(replace(acetone, transmittance=y + 0.015 * np.ptp(y) * np.sin(2 * np.pi * x / period)))
    found = re.search(r"a wave every (\d+) cm⁻¹ of (\S+) %", said)
    assert found is not None
    assert float(found[1]) == pytest.approx(period, rel=0.03)
    averaged = np.sinc(INFRARED.spacing / period)  # over what lies around a point of the grid
    assert float(found[2]) == pytest.approx(1.5 * averaged, abs=0.15)


def test_white_noise_that_hides_weak_bands_is_told(acetone: Spectrum) -> None:
    y = acetone.transmittance
    noise = DRAW.normal(size=y.size) * np.ptp(y)
    assert any("noisy" in each for each in examine(replace(acetone, transmittance=y + 0.05 * noise)))
    assert examine(replace(acetone, transmittance=y + 0.005 * noise)) == []


@pytest.mark.parametrize(
    ("first", "last", "points"), [(400, 4000, 9), (3900, 4200, 100), (400, 560, 400), (500, 502, 2)]
)
def test_too_little_is_refused(acetone: Spectrum, first: float, last: float, points: int) -> None:
    x = np.linspace(first, last, points)
    few = Spectrum(x, np.interp(x, acetone.wavenumber, acetone.transmittance))
    with pytest.raises(SpectrumError, match="nothing to go by"):
        examine(few)


def test_what_begins_where_raman_spectra_do_is_doubted(acetone: Spectrum) -> None:
    for first, said in ((100, 1), (200, 0)):
        x = np.append(np.linspace(first, 399, 150), acetone.wavenumber)
        longer = Spectrum(x, np.append(np.full(150, acetone.transmittance[0]), acetone.transmittance))
        assert len([each for each in examine(longer) if "as Raman spectra do" in each]) == said


def test_points_too_far_apart_are_called_so(acetone: Spectrum) -> None:
    with pytest.raises(SpectrumError, match="its points lie 40 cm⁻¹ apart; across more than 20 nothing counts"):
        examine(Spectrum(acetone.wavenumber[::20], acetone.transmittance[::20]))


def test_units_that_were_told_wrong_are_named(acetone: Spectrum) -> None:
    at, light = acetone.wavenumber[::-1], acetone.transmittance[::-1]
    for lowest in (400.0, 700.0, 1000.0, 1600.0):
        seen = at >= lowest
        lengths = spectrum_of(1e7 / at[seen], light[seen], "transmittance")
        with pytest.raises(SpectrumError, match=r"nothing to go by: 24\d\d to .*; is the abscissa in nm"):
            examine(lengths)
    rows = "\n".join(f"{1e7 / x},{y}" for x, y in zip(at, light, strict=True))
    assert examine(parse_spectrum(f"nm,transmittance\n{rows}".encode(), "named.csv")) == []
    with pytest.raises(SpectrumError, match=r"no light comes through .*; is the ordinate percent"):
        examine(spectrum_of(at, 100 * np.maximum(light, 0.05), "absorbance"))
    for given, meant in ((light, "transmittance"), (acetone.absorbance[::-1], "absorbance")):
        with pytest.raises(SpectrumError, match=rf"no light comes through anywhere; is the ordinate {meant} "):
            examine(spectrum_of(at, given, "percent"))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_spectrum_of_a_compound_is_refused_or_doubted(kind: str) -> None:
    """Two of three: scripts/wrong_inputs.py counts more of them."""
    draw, pool, said = np.random.default_rng(7), molecules(), []
    for _ in range(3):
        try:
            said.append(bool(examine(KINDS[kind](draw, pool))))
        except SpectrumError:
            said.append(True)
    assert sum(said) >= 2


def test_the_near_infrared_is_not_taken_for_nanometres(acetone: Spectrum) -> None:
    """Instruments for it write 3500 to 10,000 cm⁻¹, of which the mid infrared's end is read."""
    x = np.linspace(3500.0, 10_000.0, 3251)
    light = np.interp(x, acetone.wavenumber + 900, acetone.transmittance)
    assert not any("nm" in doubt for doubt in examine(spectrum_of(x, light, "transmittance")))


def test_weak_noisy_and_coarse_spectra_pass(acetone: Spectrum) -> None:
    examine(acetone)
    examine(replace(acetone, transmittance=10 ** (-0.02 * acetone.absorbance)))
    noisy = acetone.transmittance + 0.01 * DRAW.normal(size=acetone.transmittance.size)
    examine(replace(acetone, transmittance=noisy))
    examine(Spectrum(acetone.wavenumber[::6], acetone.transmittance[::6]))
    assert examine(acetone) == []


def test_coarse_rounding_is_told(acetone: Spectrum) -> None:
    step = np.ptp(acetone.absorbance) / 8
    [said] = examine(replace(acetone, transmittance=10 ** -(np.round(acetone.absorbance / step) * step)))
    assert "12 % of the strongest band apart, between which weak bands are lost; export more decimals" in said
    [said] = examine(replace(acetone, transmittance=acetone.transmittance.round(1)))
    assert "coarsely rounded" in said
    step /= 12
    assert examine(replace(acetone, transmittance=10 ** -(np.round(acetone.absorbance / step) * step))) == []


def test_more_light_than_goes_in_is_doubted(acetone: Spectrum) -> None:
    rows = "\n".join(f"{x},{a}" for x, a in zip(acetone.wavenumber, acetone.absorbance - 1.29, strict=True))
    [said] = parse_spectrum(f"cm-1,absorbance\n{rows}".encode(), "low.csv").warnings
    assert "absorbance falls to -1.2" in said


def test_absorbance_taken_for_transmittance_and_saturation_are_doubted(acetone: Spectrum) -> None:
    [said] = examine(replace(acetone, transmittance=np.maximum(acetone.absorbance, 1e-3)))
    assert "upside down" in said
    thick = examine(replace(acetone, transmittance=10 ** (-200 * acetone.absorbance)))
    assert any("saturated" in each for each in thick)


def _lines(*ranges: tuple[float, float, int]) -> np.ndarray:
    """Sharp lines of all strengths over some ranges, so many in each, on a base line that is not quite level."""
    draw = np.random.default_rng(3)
    lines = np.zeros_like(X)
    for low, high, count in ranges:
        for at, strength in zip(draw.uniform(low, high, count), draw.gamma(1.0, 0.2, count), strict=True):
            lines += strength / (1 + ((X - at) / 4) ** 2)
    return 10 ** -(lines + 0.02 * (X - 400) / 3600)


def _taken_for_air(light: np.ndarray, low: float = 0.0) -> bool:
    return any("water vapour" in said for said in examine(Spectrum(X[low < X], light[low < X])))


def _bands(*bands: tuple[float, float]) -> np.ndarray:
    """Bands 30 cm⁻¹ wide, at some wavenumbers with some absorbance."""
    return 10 ** -sum(height / (1 + ((X - at) / 15) ** 2) for at, height in bands)


def test_water_vapour_alone_is_air() -> None:
    assert _taken_for_air(_lines((1300, 2000, 60), (3450, 4000, 60), (400, 600, 20)))
    assert _taken_for_air(_bands((2349, 1.0), (667, 0.3)))


def test_what_absorbs_where_air_does_is_not_taken_for_it() -> None:
    nitro = _bands((1380, 0.9), (1560, 1.0), (1600, 0.2), (870, 0.02))
    assert not _taken_for_air(nitro), "where vapour bends, but not where it stretches"
    acid = _bands((3580, 1.0), (2950, 0.05))
    assert not _taken_for_air(acid, low=1900), "where vapour's bend was not measured"
    tetrabromide = _bands((670, 1.0), (2340, 0.02), (1100, 0.03))
    assert not _taken_for_air(tetrabromide), "where carbon dioxide bends, but not where it stretches"


def test_few_real_spectra_are_refused_or_doubted(nist_spectra: list[Spectrum]) -> None:
    refused = doubted = untold = 0
    for spectrum in nist_spectra:
        try:
            doubts = examine(spectrum)
            doubted += bool(doubts)
            untold += not UNTOLD.isdisjoint(doubts)
        except SpectrumError:
            refused += 1
    assert refused <= 0.005 * len(nist_spectra)
    assert untold <= 0.005 * len(nist_spectra)
    assert doubted <= 0.02 * len(nist_spectra)


def test_a_group_is_looked_at_where_a_band_of_it_was_measured() -> None:
    names = ("Ketone", "Nitrile", "Haloalkane", "no such group")
    some, every = looked_at(names, INFRARED.values < 900, INFRARED)
    assert some.tolist() == [False, False, True, True]
    assert every.tolist() == [False, False, False, True]
    assert all(np.all(seen) for seen in looked_at(names, INFRARED.values > 600, INFRARED))
    some, every = looked_at(("Alcohol", "Ketone"), INFRARED.values < 2000, INFRARED)
    assert some.all()
    assert every.tolist() == [False, True]


def test_many_spectra_are_looked_at_as_each_alone() -> None:
    names = ("Ketone", "Nitrile", "Haloalkane", "no such group")
    measured = np.random.default_rng(0).random((5, INFRARED.points)) < np.linspace(0, 1, 5)[:, None]
    together = looked_at(names, measured, INFRARED)
    for at, row in enumerate(measured):
        for one, every in zip(looked_at(names, row, INFRARED), together, strict=True):
            assert one.tolist() == every[at].tolist()


def test_bands_are_known_by_their_place() -> None:
    band = known_at("Nitrile", 2220, 2250, 2230)
    assert band is not None
    assert band.vibration == "C≡N stretch"
    assert known_at("Nitrile", 1000, 1100, 1050) is None
    assert known_at("Nitrile", 2265, 2400, 2270) is None, "a stretch that brushes a band does not fall on it"
    assert known_at("Nitrile", 2000, 2400, 2235) is not None
    assert known_at("Nitrile", 2000, 2400, 2100) is None, "what is stronger beside it is another's band"
    assert all(400 <= band.low < band.high <= 4000 for band in group_frequencies())
