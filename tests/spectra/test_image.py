"""Charts of spectra against the numbers they were drawn from, by a renderer that shares nothing with the reader."""

import io
import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from chart_drawing import WITHOUT_CHART, ChartStyle, draw_chart, draw_without_chart, plot_box, styles
from chart_errors import WAVENUMBER, compare, synthetic
from PIL import Image
from scipy.signal import find_peaks

from irjax.cli import main
from irjax.data.dataset import open_dataset
from irjax.errors import UsageError
from irjax.spectra.chart.told import NOTHING_TOLD, ChartAxes
from irjax.spectra.reading import parse_spectrum, read_spectrum
from irjax.spectra.spectrum import Spectrum, SpectrumError


def read(content: bytes, chart: ChartAxes = NOTHING_TOLD) -> Spectrum:
    return parse_spectrum(content, "chart.png", chart=chart)


def judged(charts: list[tuple[bytes, ChartStyle, np.ndarray, np.ndarray]]) -> tuple[int, list[np.ndarray], list[float]]:
    """How many charts were read, the errors of each, and how far the bands of all are off."""
    errors, off, refusals = [], [], []
    for content, style, wavenumber, transmittance in charts:
        try:
            spectrum = read(content)
        except SpectrumError as refusal:
            refusals.append(str(refusal))
            continue
        error, bands = compare(spectrum, wavenumber, np.clip(transmittance, style.low, style.high))
        errors.append(error)
        off += bands
    assert all("leaves the frame" in words or "run into each other" in words for words in refusals), refusals
    return len(errors), errors, off


def test_synthetic_spectra_come_back_from_every_kind_of_chart() -> None:
    charts = []
    for seed, style in enumerate(styles(1, 27)):
        style = replace(style, low=min(style.low, 0.0), high=max(style.high, 1.0))  # the whole curve is in the frame
        transmittance = synthetic(seed)
        charts.append((draw_chart(WAVENUMBER, transmittance, style), style, WAVENUMBER, transmittance))
    count, errors, off = judged(charts)
    assert count >= 26
    assert max(np.median(error) for error in errors) <= 0.01
    assert max(np.quantile(error, 0.95) for error in errors) <= 0.05
    assert np.mean(np.array(off) <= 1) >= 0.99


def test_measured_spectra_come_back_from_every_kind_of_chart(nist: Path) -> None:
    charts = list(_measured(nist, 60))
    count, errors, off = judged(charts)
    shares = np.quantile(np.concatenate(errors), (0.5, 0.95, 0.99)).round(4)
    worst = np.max([np.quantile(error, (0.5, 0.95)) for error in errors], axis=0).round(4)
    print(
        f"\n{count} of {len(charts)} charts read; errors of all at 50, 95 and 99 %: {shares} T; worst chart: {worst} T"
    )
    print(f"{np.mean(np.array(off) <= 1):.1%} of {len(off)} bands where they should be")
    assert count >= 0.75 * len(charts)
    assert max(np.median(error) for error in errors) <= 0.01
    assert np.quantile(np.concatenate(errors), 0.95) <= 0.05
    assert np.mean([np.quantile(error, 0.95) <= 0.05 for error in errors]) >= 0.85
    assert np.mean(np.array(off) <= 1) >= 0.97


def _measured(nist: Path, count: int):
    """Charts of condensed-phase spectra of the archive, taken at even steps through it."""
    dealt = iter(styles(2, count))
    with zipfile.ZipFile(nist / "nist_IR.zip") as archive:
        names = sorted(archive.namelist())
        for name in names[:: len(names) // (12 * count)]:
            try:
                spectrum = parse_spectrum(archive.read(name), name)
            except SpectrumError:
                continue
            x, y = spectrum.wavenumber, spectrum.transmittance
            inside = (x >= 400) & (x <= 4000)
            x, y = x[inside], y[inside]
            if spectrum.phase in ("gas", "unknown") or x.size < 500 or x[0] > 800 or x[-1] < 3500:
                continue
            if np.diff(x).max() > 20 or y.max() > 1.05 or y.min() < -0.02 or y.min() > 0.8:
                continue
            style = next(dealt, None)
            if style is None:
                return
            yield draw_chart(x, y, style), style, x, y


def test_a_chart_of_the_webbook_agrees_with_its_numbers(instrument_files: Path, nist: Path) -> None:
    chart = read_spectrum(instrument_files / "images" / "data_train_amine_1_amine_1_a.png")
    with zipfile.ZipFile(nist / "nist_IR.zip") as archive:
        numbers = parse_spectrum(archive.read("C100469_IR_0.jdx"), "benzylamine")
    inside = (numbers.wavenumber > 450) & (numbers.wavenumber < 3700)
    there = np.interp(numbers.wavenumber[inside], chart.wavenumber, chart.transmittance)
    assert numbers.phase in ("liquid", "gas")
    assert np.corrcoef(there, numbers.transmittance[inside])[0, 1] > 0.5


@pytest.mark.parametrize(
    ("name", "bands"),
    [
        ("data_test_carboxylic_acid_carboxylic_acid2.gif", (1711, 1283, 1221, 937)),
        ("data_train_alcohol_alcohol_1.png", (3320, 1597, 1500, 1475, 1232, 752, 690)),
        ("data_train_amine_1_amine_1_a.png", (3367, 3026, 1605, 1495, 1453, 737, 697)),
    ],
)
def test_a_real_chart_has_its_bands(instrument_files: Path, name: str, bands: tuple[int, ...]) -> None:
    spectrum = read_spectrum(instrument_files / "images" / name)
    found = spectrum.wavenumber[find_peaks(-spectrum.transmittance, prominence=0.03)[0]]
    assert all(np.abs(found - band).min() < 15 for band in bands), found.round()
    assert 0 < spectrum.transmittance.min() < 0.2
    assert 0.85 < spectrum.transmittance.max() < 1


def test_told_axes_overrule_the_numbers() -> None:
    style = ChartStyle(axis="linear", image_format="PNG")
    content = draw_chart(WAVENUMBER, synthetic(0), style)
    as_drawn = read(content)
    shifted = read(content, ChartAxes(x=(3800, 600), y=(10, 90)))
    assert shifted.wavenumber[-1] == pytest.approx(3800, abs=10)
    assert shifted.wavenumber[0] == pytest.approx(600, abs=10)
    assert shifted.transmittance == pytest.approx(0.1 + 0.8 * as_drawn.transmittance, abs=0.01)


@pytest.mark.parametrize(("top", "kind"), [(1.0, "absorbance"), (3.0, "absorbance"), (100.0, "percent")])
def test_an_axis_told_to_go_up_to_three_is_of_absorbance(top: float, kind: str) -> None:
    upwards = draw_chart(WAVENUMBER, 1 - synthetic(0), ChartStyle(axis="linear", image_format="PNG"))
    assert read(upwards, ChartAxes(x=(4000, 400), y=(0.0, top))).y_units == kind


def test_a_chart_without_numbers_needs_its_axes_told() -> None:
    transmittance = synthetic(3)
    content = _without_numbers(transmittance, ChartStyle(image_format="PNG", heading=False, axis="linear"))
    with pytest.raises(SpectrumError, match="--chart-x"):
        read(content)
    with pytest.raises(SpectrumError, match="--chart-y"):
        read(content, ChartAxes(x=(4000, 400)))
    spectrum = read(content, ChartAxes(x=(4000, 400), y=(0, 100)))
    errors, off = compare(spectrum, WAVENUMBER, transmittance)
    assert np.quantile(errors, 0.95) <= 0.05
    assert max(off) <= 1


def test_ticks_that_only_a_doubled_scale_has_are_read_and_what_is_assumed_is_said() -> None:
    transmittance = synthetic(3)
    spectrum = read(_without_numbers(transmittance, ChartStyle(image_format="PNG", heading=False, axis="broken")))
    errors, off = compare(spectrum, WAVENUMBER, transmittance)
    assert np.quantile(errors, 0.95) <= 0.05
    assert max(off) <= 1
    assert "taken to run from 4000 to 400 cm⁻¹, doubled below 2000" in spectrum.warnings[-1]
    assert "assumed to run from 0 to 100" in spectrum.warnings[-1]


def _without_numbers(transmittance: np.ndarray, style: ChartStyle) -> bytes:
    picture = np.asarray(Image.open(io.BytesIO(draw_chart(WAVENUMBER, transmittance, style)))).copy()
    left, _, _, bottom = plot_box(style)
    below = 12 if style.ticks == "outside" else 2
    picture[:, : left - 1] = picture[bottom + below :] = 255
    return _png(picture)


def test_an_absorbance_chart_is_told_by_its_bands() -> None:
    absorbance = np.clip(-np.log10(synthetic(4)), 0, 1)
    style = ChartStyle(image_format="PNG", y_numbers="fraction", height=600)
    spectrum = read(draw_chart(WAVENUMBER, absorbance, style))
    errors, _ = compare(spectrum, WAVENUMBER, 10**-absorbance)
    assert spectrum.y_units == "absorbance"
    assert np.quantile(errors, 0.95) <= 0.05


@pytest.mark.parametrize("kind", WITHOUT_CHART)
def test_a_picture_without_a_chart_is_refused(kind: str) -> None:
    with pytest.raises(SpectrumError, match=r"chart\.png: is a (picture|chart)"):
        read(draw_without_chart(kind))


def test_two_curves_are_refused() -> None:
    style = ChartStyle(image_format="PNG")
    one = np.asarray(Image.open(io.BytesIO(draw_chart(WAVENUMBER, 0.5 + 0.4 * synthetic(5), style))))
    other = np.asarray(Image.open(io.BytesIO(draw_chart(WAVENUMBER, 0.3 * synthetic(6), style))))
    with pytest.raises(SpectrumError, match="more than one curve"):
        read(_png(np.minimum(one, other)))


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize(
    "colours",
    [
        ((0, 0, 0), (220, 0, 0)),
        ((31, 119, 180), (255, 127, 14)),
        ((0, 0, 0), (31, 119, 180)),
        ((0, 140, 0), (0, 0, 200)),
    ],
)
def test_two_curves_of_two_colours_are_refused(colours: tuple[tuple[int, int, int], ...], antialias: bool) -> None:
    pictures = [
        np.asarray(Image.open(io.BytesIO(draw_chart(WAVENUMBER, curve, replace(style, line_colour=colour)))))
        for style in (ChartStyle(image_format="PNG", antialias=antialias),)
        for curve, colour in zip((synthetic(5), 0.2 + 0.8 * synthetic(6)), colours, strict=True)
    ]
    for below, above in (pictures, pictures[::-1]):
        inked = (above < 250).any(axis=2, keepdims=True)
        with pytest.raises(SpectrumError, match="is a chart"):
            read(_png(np.where(inked, above, below)))


def test_bands_that_are_filled_are_no_other_curve() -> None:
    style = ChartStyle(image_format="PNG")
    bare = np.asarray(Image.open(io.BytesIO(draw_chart(WAVENUMBER, synthetic(5), style)))).copy()
    left, top, right, bottom = plot_box(style)
    inside = bare[top + 3 : bottom - 2, left + 3 : right - 2]
    filled = (inside.min(axis=2) < 128).cumsum(axis=0) == 0  # from the top down to the curve
    inside[filled & (inside.min(axis=2) > 200)] = (173, 216, 230)
    np.testing.assert_allclose(
        read(_png(bare)).transmittance, read(draw_chart(WAVENUMBER, synthetic(5), style)).transmittance, atol=0.03
    )


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that claims to be huge."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packed = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def test_a_tiny_picture_and_a_bomb_and_a_damaged_one_are_refused_in_a_line() -> None:
    chart = draw_chart(WAVENUMBER, synthetic(0), ChartStyle(image_format="PNG"))
    refused = {
        _png(np.zeros((10, 10), np.uint8)): "10 × 10 pixels",
        _bomb(60_000, 60_000): "pixels",
        _bomb(9_000, 9_000): "9000 × 9000 pixels",
        chart[: len(chart) // 2]: "damaged",
        chart[:20]: "damaged",
        b"BM" + bytes(500): "BMP",
    }
    for content, words in refused.items():
        with pytest.raises(SpectrumError, match=words) as caught:
            read(content)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("x", [(4000,), (4000, 4000), (4000, 400, 2000), (4000, -400), (1, 2, 3, 4)])
def test_senseless_axes_are_refused(x: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="4000,2000,400"):
        ChartAxes(x=x)
    with pytest.raises(UsageError, match="0,100"):
        ChartAxes(y=(1.0, 1.0))


def test_charts_are_read_and_built_like_any_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "charts"
    folder.mkdir()
    (folder / "C1_film.gif").write_bytes(draw_chart(WAVENUMBER, synthetic(0), ChartStyle()))
    (folder / "C2_film.jpg").write_bytes(draw_chart(WAVENUMBER, synthetic(1), ChartStyle(image_format="JPEG")))
    (folder / "C3_none.png").write_bytes(draw_without_chart("text"))
    table = tmp_path / "compounds.csv"
    table.write_text("ID,smiles\nC1,CCO\nC2,CC(C)=O\nC3,CC\n")
    assert main(["read", str(folder / "C1_film.gif"), "--csv", str(tmp_path / "out.csv")]) == 0
    rows = np.loadtxt(tmp_path / "out.csv", delimiter=",", skiprows=1)
    assert rows.shape[0] > 1000
    assert "broken axis" in capsys.readouterr().err
    assert main(["build", str(tmp_path / "dataset"), "--spectra", str(folder), "--structures", str(table)]) == 0
    dataset = open_dataset(tmp_path / "dataset")
    assert len(dataset) == 2
    known = np.isfinite(dataset.values[0])
    true = np.interp(np.linspace(400, 4000, 600), WAVENUMBER, synthetic(0))
    assert known.mean() > 0.98
    assert np.median(np.abs(dataset.values[0] - true)[known]) < 0.01
    assert "C3_none.png,C3,rejected,is a picture" in (tmp_path / "dataset" / "curation.csv").read_text()


def test_wrong_chart_options_get_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chart = tmp_path / "chart.gif"
    chart.write_bytes(draw_chart(WAVENUMBER, synthetic(0), ChartStyle()))
    assert main(["read", str(chart), "--chart-x", "400,400"]) == 2
    assert "4000,2000,400" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["read", str(chart), "--chart-y", "top,bottom"])
    assert "top,bottom" in capsys.readouterr().err
