"""Axes whose numbers are no round ones, and pages that do not lie level."""

from dataclasses import replace

import numpy as np
import pytest
from chart_errors import WAVENUMBER, compare, synthetic
from chart_pens import Axis, Drawn, Look, drawn, picture, plain_look
from PIL import Image

from irjax.spectra.chart.tilt import tilt_of
from irjax.spectra.reading import parse_spectrum
from irjax.spectra.spectrum import Spectrum, SpectrumError

TRUE = synthetic(5)
SEEDS = range(3)


def plain(seed: int) -> Look:
    """A chart of a fair size without a grid, its axis linear."""
    look = plain_look(np.random.default_rng(seed), TRUE, Axis(4000, 400))
    return replace(look, size=(900, 560), box=(90, 40, 860, 480), letters=replace(look.letters, size=14), grid=None)


def read(chart: Drawn) -> Spectrum:
    return parse_spectrum(chart.content, f"chart{chart.suffix}")


def as_png(look: Look, transmittance: np.ndarray) -> Drawn:
    return drawn(picture(look, WAVENUMBER, transmittance), look, np.random.default_rng(0), "png")


@pytest.mark.parametrize(("first", "step"), [(450, 500), (450, 400), (450, 1000), (650, 500), (650, 800), (550, 500)])
def test_numbers_that_begin_at_an_odd_fifty_are_read_or_refused(first: int, step: int) -> None:
    labels = tuple((float(v), str(v)) for v in range(first, 4001, step))
    found = []
    for seed in SEEDS:
        try:
            spectrum = read(as_png(replace(plain(seed), axis=Axis(4000, first), x_labels=labels), TRUE))
        except SpectrumError:
            continue
        error, off = compare(spectrum, WAVENUMBER, TRUE)
        found.append(np.median(error) < 0.01 and np.mean(np.array(off) <= 1.5) > 0.9)
    assert len(found) >= 2
    assert all(found)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("low", "high", "step", "decimals"),
    [(90, 100, 2, 0), (88, 101, 2, 0), (80, 100, 4, 0), (95, 100.5, 1, 0), (97.5, 100.5, 0.5, 1), (60, 102, 7, 0)],
)
def test_a_thin_samples_per_cent(low: float, high: float, step: float, decimals: int, seed: int) -> None:
    thin = (low + (0.03 + 0.9 * TRUE) * (high - low)) / 100
    labels = tuple((v, f"{v:.{decimals}f}") for v in np.arange(np.ceil(low / step) * step, high + 1e-9, step).tolist())
    look = replace(plain(seed), y_range=(low, high), y_labels=labels)
    spectrum = read(as_png(look, thin))
    true = np.interp(spectrum.wavenumber, WAVENUMBER, thin)
    assert np.median(np.abs(spectrum.transmittance - true)) < 0.01 * (high - low) / 100


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("high", "labels"), [(3.2, ("0", "1", "2", "3")), (3.2, ("0.0", "0.5", "1.0", "1.5", "2.0"))])
def test_absorbance_is_no_per_cent(high: float, labels: tuple[str, ...], seed: int) -> None:
    absorbance = -np.log10(TRUE)
    labelled = tuple((float(label), label) for label in labels)
    look = replace(plain(seed), y_range=(0.0, high), y_labels=labelled, kind="absorbance")
    spectrum = read(as_png(look, 10 ** -(absorbance * 2.9 / absorbance.max())))
    assert spectrum.y_units == "absorbance"
    assert -np.log10(spectrum.transmittance.min()) == pytest.approx(2.9, abs=0.1)


@pytest.mark.parametrize(
    ("degrees", "line"), [(-2.3, 1), (-0.6, 1), (0.15, 1), (0.4, 1), (1.1, 1), (-0.4, 2), (1.0, 2)]
)
def test_a_page_that_lies_askew_is_turned(degrees: float, line: int) -> None:
    look = replace(plain(1), frame=line)
    page = Image.new("RGB", (1000, 700), "white")
    page.paste(picture(look, WAVENUMBER, TRUE).convert("RGB"), (50, 70))
    scan = page.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white")
    spectrum = read(drawn(scan, look, np.random.default_rng(0), "png"))
    error, off = compare(spectrum, WAVENUMBER, TRUE)
    assert np.median(error) < 0.01
    assert np.mean(np.array(off) <= 1.5) > 0.9
    assert any("was turned" in warning for warning in spectrum.warnings)
    ink = 1 - np.asarray(scan.convert("L"), np.float32) / 255
    assert tilt_of(ink) == pytest.approx(-degrees, abs=0.03)


def test_a_chart_on_a_page_is_found() -> None:
    look = plain(1)
    page = Image.new("RGB", (1654, 2339), "white")
    page.paste(picture(look, WAVENUMBER, TRUE).convert("RGB").resize((1350, 840)), (150, 300))
    spectrum = read(drawn(page, look, np.random.default_rng(0), "png"))
    assert np.median(compare(spectrum, WAVENUMBER, TRUE)[0]) < 0.01


def test_what_has_no_lines_lies_level() -> None:
    assert tilt_of(np.zeros((200, 300), np.float32)) == 0.0
    assert tilt_of(np.ones((200, 300), np.float32)) == 0.0
