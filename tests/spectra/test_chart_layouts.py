"""Charts in the layouts that the world draws, and ones of which nobody could tell the axes.

IRJAX_CHARTS=20 pytest -s tests/spectra/test_chart_layouts.py counts over as many of each as docs/charts.md states;
IRJAX_CHARTS_FROM=1000 beside it draws others, from that number on.
"""

import os
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from chart_errors import WAVENUMBER, compare, synthetic
from chart_layouts import AMBIGUOUS, LAYOUTS
from chart_pens import Drawn

from irjax.spectra.reading import parse_spectrum
from irjax.spectra.spectrum import Spectrum, SpectrumError

EACH, FIRST = int(os.environ.get("IRJAX_CHARTS", "4")), int(os.environ.get("IRJAX_CHARTS_FROM", "0"))
PIXEL = 1.5
"""Of the chart, within which a band lies right; 8 cm-1 in any case."""


def chart(kind: str, number: int) -> Drawn:
    """A chart of a layout and of a spectrum of its own."""
    chance = np.random.default_rng([zlib.crc32(kind.encode()), number])
    return (LAYOUTS | AMBIGUOUS)[kind](WAVENUMBER, synthetic(number), chance)


def charts(kind: str) -> Iterator[tuple[Drawn, int]]:
    """Some charts of a layout, and the numbers of their spectra."""
    for number in range(FIRST, FIRST + EACH):
        yield chart(kind, number), number


def errors(spectrum: Spectrum, drawn: Drawn, number: int) -> tuple[float, list[float]]:
    """The median error within the frame, and how far bands are off in what is allowed."""
    low, high = min(drawn.range), max(drawn.range)
    inside = (spectrum.wavenumber > low) & (spectrum.wavenumber < high)
    if np.count_nonzero(inside) < 50:
        return 1.0, []
    x, y = spectrum.wavenumber[inside], spectrum.transmittance[inside]
    error, off = compare(Spectrum(x, y), WAVENUMBER, synthetic(number))
    return float(np.median(error)), (np.array(off) / PIXEL).tolist()


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_layout_of_the_world_is_read(kind: str) -> None:
    medians, off, refusals = [], [], []
    for drawn, number in charts(kind):
        try:
            spectrum = parse_spectrum(drawn.content, f"chart{drawn.suffix}")
        except SpectrumError as refusal:
            refusals.append(str(refusal))
            continue
        median, bands = errors(spectrum, drawn, number)
        medians.append(median)
        off += bands
    print(
        f"\n{kind}: {len(medians)} of {EACH} read, median error {np.median(medians):.4f} T, at most "
        f"{max(medians):.4f}; {np.mean(np.array(off) <= 1):.1%} of {len(off)} bands where they should be"
    )
    assert len(medians) >= 0.75 * EACH, refusals
    assert max(medians) <= 0.01
    assert np.mean(np.array(off) <= 1) >= 0.9


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_what_nobody_could_tell_is_refused_or_right(kind: str) -> None:
    wrong, refused = [], 0
    for drawn, number in charts(kind):
        try:
            spectrum = parse_spectrum(drawn.content, f"chart{drawn.suffix}")
        except SpectrumError:
            refused += 1
            continue
        median, _ = errors(spectrum, drawn, number)
        if median > 0.01:
            wrong.append((number, median, spectrum.warnings))
    print(f"\n{kind}: {refused} of {EACH} refused, {len(wrong)} read wrongly")
    assert not wrong


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("grey ground", 1003),  # lettering beside the panel, ticks that begin a pixel off it
        ("grey ground", 1004),  # a title that runs upwards is smaller than the numbers
        ("grey ground", 1011),  # steep sides of bands within dark grid lines
        ("grey ground", 1018),  # a panel's corners, whose ground is not that of the page
    ],
)
def test_what_was_misread_once_is_read(kind: str, number: int) -> None:
    drawn = chart(kind, number)
    median, off = errors(parse_spectrum(drawn.content, f"chart{drawn.suffix}"), drawn, number)
    assert median <= 0.01
    assert np.mean(np.array(off) <= 1) >= 0.9


def test_a_picture_cut_at_the_frames_left_line_is_refused_in_a_line() -> None:
    with pytest.raises(SpectrumError, match="ordinate cannot be read"):
        parse_spectrum(chart("cut numbers", 1009).content, "chart.png")
