"""Pictures of charts: the frame is found, the numbers beside it are read, the curve is traced and converted."""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from irjax.spectra import units
from irjax.spectra.chart.axes import ordinates, wavenumbers
from irjax.spectra.chart.curve import Curve, trace
from irjax.spectra.chart.frame import Frame, find_frame
from irjax.spectra.chart.picture import Picture, ink_of, picture_of, read_picture
from irjax.spectra.chart.tilt import tilt_of, turned
from irjax.spectra.chart.told import ChartAxes
from irjax.spectra.spectrum import Spectrum, SpectrumError

_UPWARDS = 0.17
"""How much bands must point upwards (1: all of them) in an absorbance chart: of 90 spectra drawn in either way the
transmittances reach 0.08 and the absorbances begin at 0.26."""
_MOST_GAPS = 0.03
"""Share of the columns in which a trustworthy curve may be interrupted."""
_MOST_AT_BORDER = 0.15
"""Share of the columns in which it may run along the frame, where its ordinate is at best a bound."""
_MOST_UNSURE = 0.1
"""Share of the columns in which thick lines of close bands may run into each other."""
_MOST_ELSEWHERE, _MOST_RIVALS = 0.25, 0.15
"""Ink of large marks beside the curve, as a share of the curve's own; and of the width that other colours have."""


def read_image(content: bytes, name: str, axes: ChartAxes, y_units: str | None = None) -> Spectrum:
    """The spectrum in a GIF, PNG or JPEG of a chart, at two points for each column of pixels.

    Args:
        content: the file's.
        name: the file's name, for a title.
        axes: what a person says of the chart's axes.
        y_units: one of `units.Y_UNITS`, to overrule guesses.

    Raises:
        SpectrumError: there is no chart, its numbers cannot be read, or its curve cannot be traced reliably.
    """
    picture = read_picture(content)
    try:
        return _read(picture, name, axes, y_units)
    except SpectrumError:
        if not (tilt := tilt_of(picture.ink.max(axis=2))):
            raise
    level, said = picture_of(turned(picture.colours, tilt)), f"the page was turned by {tilt:.2f}° to be level"
    try:
        found = _read(level, name, axes, y_units)
    except SpectrumError:
        found = _read(level, name, axes, y_units, spread=1)
    return replace(found, warnings=(said, *found.warnings))


def _read(picture: Picture, name: str, axes: ChartAxes, y_units: str | None, spread: int = 0) -> Spectrum:
    """As `read_image`, of a picture whose lines are spread by so many pixels, as turning a page does."""
    ink = picture.ink.max(axis=2)
    frame = find_frame(ink, picture.panel)
    left, top = frame.left + 1 + spread, frame.top + 1 + spread
    inside = slice(top, frame.bottom - spread), slice(left, frame.right - spread)
    curve = trace(ink_of(picture.colours[inside]), left, top)  # its ground may be no page's
    warnings = _doubts(curve, frame)
    across = wavenumbers(ink, frame, axes, curve.columns)
    y, y_axis = ordinates(ink, frame, axes, curve.rows, across.of_sdbs)
    if y_axis == "per cent from the top":
        y = 100 - y
    kind = y_units or _kind(y, y_axis)
    warnings.append(f"read from a chart of {frame.width} × {frame.height} pixels, {across.words}, ordinate in {y_axis}")
    x, transmittance, doubts = units.converted(across.wavenumbers, "wavenumber", y, kind, told=y_units is not None)
    return Spectrum(
        wavenumber=x,
        transmittance=transmittance,
        title=name,
        x_units="wavenumber",
        y_units=kind,
        warnings=tuple(warnings + doubts),
    )


def _kind(y: np.ndarray, axis: str) -> str:
    """What the ordinate is; fractions are transmittance where bands point down, absorbance where they point up."""
    if axis.startswith("per cent"):
        return "percent"
    if axis != "fraction":
        raise SpectrumError(
            "is a chart whose ordinate grows downwards in fractions: absorbance, or what is absorbed? "
            "(--y-units absorbance says the first)"
        )
    # Bands are narrower than what lies between them, so they stand out further from a smoothed curve.
    outstanding = y - ndimage.gaussian_filter1d(y, y.size / 100, mode="nearest")
    return "absorbance" if (outstanding**3).sum() > _UPWARDS * (np.abs(outstanding) ** 3).sum() else "transmittance"


def _doubts(curve: Curve, frame: Frame) -> list[str]:
    """Warnings of what is missing from a curve.

    Raises:
        SpectrumError: too much is missing for the rest to be trusted.
    """
    span = curve.drawn.size / frame.width
    if span < 0.3:
        raise SpectrumError(f"is a chart whose curve spans only {span:.0%} of the frame")
    gaps = float(np.mean(~curve.drawn & ~curve.at_border))
    if gaps > _MOST_GAPS:
        raise SpectrumError(f"is a chart whose curve is interrupted in {gaps:.0%} of its width; it cannot be traced")
    if curve.unsure > _MOST_UNSURE:
        raise SpectrumError(
            f"is a chart whose lines run into each other in {curve.unsure:.0%} of its width; it is too small or its "
            "lines are too thick to be traced"
        )
    if curve.elsewhere > _MOST_ELSEWHERE or curve.rivals > _MOST_RIVALS:
        raise SpectrumError("is a chart with more than one curve, or lettering across it; it cannot be traced")
    border = float(curve.at_border.mean())
    if border > _MOST_AT_BORDER:
        raise SpectrumError(f"is a chart whose curve leaves the frame in {border:.0%} of its width")
    return [f"the curve leaves the frame in {border:.1%} of its width"] if border > 0.005 else []
