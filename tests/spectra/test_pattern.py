"""Patterns of other techniques: two columns, and the XRDML of diffractometers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irjax.spectra.grid import Grid
from irjax.spectra.pattern import read_pattern
from irjax.spectra.spectrum import SpectrumError

GRID = Grid(5.0, 6.0, 11, "degrees 2θ")
XRDML = """<?xml version="1.0" encoding="UTF-8"?>
<xrdMeasurements xmlns="http://www.xrdml.com/XRDMeasurement/1.5"><xrdMeasurement><scan><dataPoints>
<positions axis="2Theta" unit="deg"><startPosition>5.00</startPosition><endPosition>6.00</endPosition></positions>
<positions axis="Omega" unit="deg"><startPosition>2.50</startPosition><endPosition>3.00</endPosition></positions>
<commonCountingTime unit="seconds">1.0</commonCountingTime>
<intensities unit="counts">0 10 20 30 40</intensities>
</dataPoints></scan></xrdMeasurement></xrdMeasurements>"""


def test_xrdml_is_read_with_its_angles() -> None:
    np.testing.assert_allclose(read_pattern(XRDML, GRID)[0], np.linspace(0, 40, 11), rtol=1e-5)
    listed = XRDML.replace(
        "<startPosition>5.00</startPosition><endPosition>6.00</endPosition>",
        "<listPositions>5.0 5.1 5.2 5.3 6.0</listPositions>",
    ).replace("intensities", "counts")
    np.testing.assert_allclose(read_pattern(listed, GRID)[0][[1, 10]], [10, 40], rtol=1e-5)


def test_counts_behind_an_attenuator_are_what_was_scattered() -> None:
    behind = XRDML.replace("intensities", "counts").replace(
        "</dataPoints>", "<beamAttenuationFactors>1 1 10 10 1</beamAttenuationFactors></dataPoints>"
    )
    np.testing.assert_allclose(read_pattern(behind, GRID)[0][[0, 5, 10]], [0, 200, 40], rtol=1e-5)


@pytest.mark.parametrize(("wavelength", "read"), [("1.5405980", True), ("1.7889010", False), ("0.7093000", False)])
def test_angles_of_another_radiation_are_refused(wavelength: str, read: bool) -> None:
    text = XRDML.replace(
        "<scan>", f'<usedWavelength><kAlpha1 unit="Angstrom">{wavelength}</kAlpha1></usedWavelength><scan>'
    )
    if read:
        assert np.isfinite(read_pattern(text, GRID)[0]).all()
    else:
        with pytest.raises(SpectrumError, match="Cu Kα"):
            read_pattern(text, GRID)


@pytest.mark.parametrize("separator", [";", "\t", " "])
def test_decimal_commas_are_read(separator: str) -> None:
    text = "\n".join(f"{5 + at / 10:.1f}{separator}{at:.1f}".replace(".", ",") for at in range(11))
    np.testing.assert_allclose(read_pattern(text, GRID)[0], np.arange(11), rtol=1e-6)


@pytest.mark.parametrize("row", ["{:.2f},{}", "{:.2f} {} # a", "{:.2f},{} ,5", "{:.2f}  {}  0.1", "{:.2f}\t{}\t1.5\t"])
def test_what_stands_behind_two_numbers_is_left(row: str) -> None:
    values, doubts = read_pattern("\n".join(row.format(5 + at / 10, at) for at in range(11)), GRID)
    np.testing.assert_allclose(values, np.arange(11), rtol=1e-6)
    assert ("only the first two columns were read" in doubts) == (len(row) > len("{:.2f},{}"))


def test_two_columns_are_read_after_whatever_stands_before_them() -> None:
    text = "my sample, today\n# angle, counts\n" + "\n".join(f"{5 + at / 10:.1f};{at}" for at in range(11))
    np.testing.assert_allclose(read_pattern(text, GRID)[0], np.arange(11), rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (XRDML[:300], "XML that is damaged"),
        ('<?xml version="1.0"?><html/>', "XML without a scan"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "declares XML entities"),
        (XRDML.replace("2Theta", "Phi"), "without positions on the axis 2Theta"),
        (XRDML.replace("0 10 20 30 40", "0 ten"), "counts or intensities are missing or no numbers"),
        (XRDML.replace("<startPosition>5.00", "<startPosition>"), "startPosition are missing"),
        (XRDML.replace("5.00</startPosition><endPosition>6.00", "60</startPosition><endPosition>70"), "nothing of it"),
        ("5 1\n5.5 2\n?\n6 3\n", "line 3: '\\?' is not a row of two numbers as line 1 is"),
        ("", "holds no two columns of numbers"),
        ("\n".join(f"{5 + at / 10} 2 3 4 5 6 7 8 9 10" for at in range(11)), "holds 10 columns of numbers"),
        ("\n".join(f"{5 + at / 10:.2f} 2 3 4" for at in range(11)), "holds 4 columns of numbers"),
        ("5.00, 1,020\n5.10, 1,030\n", "line 1: .* the thousands of a number"),
        ("\n".join(f'{5 + at / 10},"{900 + 20 * at:,}"' for at in range(11)), "line 6: .* is not a row of two numbers"),
        ("\n".join(f"{5 + at / 10} {900 + 20 * at:,}" for at in range(11)), "line 6: .* is not a row of two numbers"),
        ("\n".join(f"{5 + at / 10},{900 + 20 * at:,}" for at in range(11)), "line 6: .* the thousands of a number"),
        ("\n".join(f"5,{at:02},{900 + at}" for at in range(50)), "commas part both columns and decimals"),
        ("\n".join(f"{5 + at % 11 / 10} {at}" for at in range(22)), "begins anew"),
        ("\n".join(map(str, (11, 5, 6, 1, 1, 1, *range(11)))), "its first column is called 'cm-1'"),
        ("\n".join(f"{at} {at % 7}" for at in range(2250)), "goes from 0 to 2249, which no angle 2θ does"),
        ("\n".join(f"{5 + at // 50} {at}" for at in range(100)), "has 100 points at 2 places; were the decimals"),
        ("\n".join(f"{5.9 + at / 10} {at + 1}" for at in range(11)), "covers 18.2% of the grid .* at least 20%"),
        ("\n".join(f"{5 + at / 10} 7" for at in range(11)), "flat or nowhere above 0"),
        ("\n".join(f"{5 + at / 10} {-at}" for at in range(11)), "flat or nowhere above 0"),
    ],
)
def test_what_is_none_says_why(text: str, said: str) -> None:
    with pytest.raises(SpectrumError, match=said):
        read_pattern(text, GRID)


ROWS = "\n".join(f"{5 + at / 10:.1f},{at}" for at in range(11))


@pytest.mark.parametrize(
    "above",
    [
        *("2Theta,Counts", "2-theta [deg],I", "°2Th.,counts", "Angle,Intensity", "TwoTheta,Yobs", "theta-2theta scan,"),
        *("Anode material,Cu\nK-Alpha1 wavelength,1.540598\nK-Beta wavelength,1.392250\nAngle,Intensity",),
        *("Ratio K-Alpha2/K-Alpha1,0.50000\nAngle,Intensity", "# wavelength 0.15406 nm", "Wavelength: 1.5418", "s 12"),
        *("Rigaku X-ray Co., 1600 W", '*MEAS_COND_XG_WAVE_LENGTH_ALPHA1 "1.540593"\n*RAS_INT_START'),
    ],
)
def test_lines_above_that_speak_of_copper_or_of_nothing_are_passed(above: str) -> None:
    np.testing.assert_allclose(read_pattern(f"{above}\n{ROWS}", GRID)[0], np.arange(11), rtol=1e-6)


@pytest.mark.parametrize(
    ("above", "said"),
    [
        *(("d [A],Counts", "'d \\[A\\]'"), ("d-spacing,I", "'d-spacing'"), ("# theta (deg)", "'theta \\(deg\\)'")),
        *(
            ("# q (1/nm) I", "expected angles 2θ"),
            ("Q,I", "expected angles 2θ"),
            ("Wavenumber (cm-1),A", "expected angles"),
            ("Energy (keV),I", "expected angles"),
        ),
        ("Anode material,Co\nK-Alpha1 wavelength,1.789010\nAngle,Intensity", "a wavelength of 1.789010; .* Cu Kα"),
        *(
            ("# Wavelength 0.7093 Mo Ka", "wavelength of 0.7093"),
            ("# Mo Ka radiation", "Mo Kα"),
            ("Target: Co", "Co Kα"),
        ),
    ],
)
def test_lines_above_that_speak_of_something_else_refuse_it(above: str, said: str) -> None:
    with pytest.raises(SpectrumError, match=said):
        read_pattern(f"{above}\n{ROWS}", GRID)


def test_exports_are_read_to_their_ends_and_beside_the_numbers_of_their_rows() -> None:
    ras = "*RAS_INT_START\n" + ROWS.replace(",", " ") + "\n*RAS_INT_END\n"
    paused = ROWS.replace("\n", "\n! pause\n", 1)
    numbered = ",2theta,I\n" + "\n".join(f"{at},{row}" for at, row in enumerate(ROWS.split("\n")))
    for text in (ras, paused, numbered):
        np.testing.assert_allclose(read_pattern(text, GRID)[0], np.arange(11), rtol=1e-6)


def test_of_several_scans_the_first_is_read_and_it_is_said() -> None:
    scan = XRDML[XRDML.index("<scan>") : XRDML.index("</xrdMeasurement>")]
    values, doubts = read_pattern(XRDML.replace(scan, scan + scan.replace("40", "900")), GRID)
    assert values.max() == 40
    assert doubts == ["only the first of 2 scans was read"]


def test_a_pattern_of_a_part_or_of_few_points_is_doubted_and_of_fewer_refused() -> None:
    grid = Grid(5.0, 50.0, 2251, "degrees 2θ")

    def scan(first: float, last: float, step: float) -> list[str]:
        angles = np.arange(first, last + step / 2, step)
        return read_pattern("\n".join(f"{angle:.3f} {1 + angle % 7:.3f}" for angle in angles), grid)[1]

    assert scan(5, 50, 0.02) == scan(5, 60, 0.1) == []
    assert [doubt[:32] for doubt in scan(5, 30, 0.02)] == ["measured over 56% of the grid of"]
    assert [doubt[:38] for doubt in scan(5, 50, 0.5)] == ["its points lie 25 times as far apart as"[:38]]
    with pytest.raises(SpectrumError, match="so far apart that no line can be seen"):
        scan(5, 50, 5)
    with pytest.raises(SpectrumError, match=r"covers 0\.1%"):
        scan(49.97, 80, 0.02)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(SpectrumError):
        read_pattern('<?xml version="1.0"?>' + "<a>" * 200_000, GRID)
    with pytest.raises(SpectrumError):
        read_pattern('<?xml version="1.0"?>' + "<a>" * 200_000 + "</a>" * 200_000, GRID)


@pytest.mark.parametrize("declared", ["UTF-16", "ISO-8859-1", "U0F-8"])
def test_what_an_opened_file_says_of_its_encoding_no_longer_counts(declared: str) -> None:
    altered = XRDML.replace("UTF-8", declared)
    assert altered != XRDML
    np.testing.assert_array_equal(read_pattern(altered, GRID)[0], read_pattern(XRDML, GRID)[0])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(XRDML) - 1), st.text(max_size=6))
def test_altered_xrdml_is_read_or_refused(at: int, put: str) -> None:
    try:
        found, _ = read_pattern(XRDML[:at] + put + XRDML[at + len(put) :], GRID)
    except SpectrumError:
        return
    assert found.shape == (11,)


@pytest.mark.parametrize(
    ("names", "row"),
    [
        ("2theta,d,I", "{x},17.6,{y}"),
        ("2theta,omega,I", "{x},2.5,{y}"),
        ("2theta,background,Iobs", "{x},3,{y}"),
        ("Time (s),2Theta (deg),Counts", "{y}.5,{x},{y}"),
        ("Intensity (%),2Theta (deg)", "{y},{x}"),
        ("Intensity,2Theta", "{y},{x}"),
        ("d,2Theta,I(obs),I(calc),sigma", "17.6,{x},{y},7,1"),
    ],
)
def test_angles_and_counts_are_told_by_their_names(names: str, row: str) -> None:
    rows = [row.format(x=f"{5 + at / 10:.1f}", y=at) for at in range(11)]
    np.testing.assert_allclose(read_pattern("\n".join([names, *rows]), GRID)[0], np.arange(11), rtol=1e-6)


@pytest.mark.parametrize(
    ("above", "said"),
    [
        ("sample.tif\nQ (Inverse Nanometres)\nIntensity\n 11", "abscissa is called 'Q"),
        ("# a\n#       q_nm^-1             I", "abscissa is called 'q_nm"),
        ("#  2th_rad   I", "2th_rad"),
        ("_WL1=1.789010\n_COUNTS", "wavelength of 1.789010"),
        ("0.70930", "wavelength of 0.70930"),
        ("# Wavelength: 0.7 A", "wavelength of 0.7"),
        ("# Wavelength: 4.1e-11 m", "wavelength of 4.1e-11"),
        ("# Energy: 18.0 keV", "18.0 keV"),
        ("X-ray tube: Molybdenum", "Molybdenum"),
        ("2theta,log(Intensity)", "expected counts"),
    ],
)
def test_what_lies_over_something_else_says_so(above: str, said: str) -> None:
    with pytest.raises(SpectrumError, match=said):
        read_pattern(f"{above}\n{ROWS}", GRID)


@pytest.mark.parametrize(
    "above",
    [
        "# Wavelength: 1.5406e-10 m",
        "1.54060",
        "# Energy: 8.05 keV",
        "detector from 6.5 keV",
        "0.0200",
        "a tube, Co complex",
        "Sample: target Fe compound",
        "Anode,Cu\nRadiation of Co?",
    ],
)
def test_what_may_be_copper_is_read(above: str) -> None:
    np.testing.assert_allclose(read_pattern(f"{above}\n{ROWS}", GRID)[0], np.arange(11), rtol=1e-6)


def test_what_was_not_measured_between_two_points_stays_open() -> None:
    text = "\n".join(f"{5 + at / 100:.2f} {at}" for at in range(101) if not 40 < at < 70)
    values, doubts = read_pattern(text, GRID)
    np.testing.assert_array_equal(np.isnan(values), (np.arange(11) > 4) & (np.arange(11) < 7))
    assert any("measured over 82%" in each for each in doubts)


def test_counts_of_unlike_times_are_made_alike_and_attenuators_named() -> None:
    counts = XRDML.replace("intensities", "counts")
    longer = counts.replace("</dataPoints>", "<countingTimes>1 1 3 3 2</countingTimes></dataPoints>")
    np.testing.assert_allclose(read_pattern(longer, GRID)[0][[0, 5, 10]], [0, 20 * 2 / 3, 40], rtol=1e-5)
    rows = "\n".join(f"{5 + at / 10:.4f} {at}.0 {1 + at // 5}.0" for at in range(11))
    rigaku = f'*MEAS_SCAN_UNIT_X "deg"\n*RAS_INT_START\n{rows}\n*RAS_INT_END\n'
    assert any("attenuator" in each for each in read_pattern(rigaku, GRID)[1])


def test_a_scan_of_the_sample_alone_is_passed() -> None:
    scan = XRDML[XRDML.index("<scan>") : XRDML.index("</xrdMeasurement>")]
    still = scan.replace(
        "<startPosition>5.00</startPosition><endPosition>6.00</endPosition>", "<commonPosition>5</commonPosition>"
    )
    values, doubts = read_pattern(XRDML.replace(scan, still + scan), GRID)
    np.testing.assert_allclose(values, np.linspace(0, 40, 11), rtol=1e-5)
    assert doubts == ["only the first over 2θ of 2 scans was read"]
    with pytest.raises(SpectrumError, match="Cu Kα"):
        read_pattern(XRDML.replace("<scan>", "<anodeMaterial>Mo</anodeMaterial><scan>"), GRID)


def _table(x: np.ndarray, y: np.ndarray) -> str:
    return "\n".join(f"{a:.2f} {b:.3f}" for a, b in zip(x, y, strict=True))


WHOLE = Grid(5.0, 50.0, 2251, "degrees 2θ")


def _line(x: np.ndarray, at: float, width: float, height: float) -> np.ndarray:
    return height * np.exp(-4 * np.log(2) * ((x - at) / width) ** 2)


@pytest.mark.parametrize("step", [0.02, 0.05, 0.1])
def test_noise_shows_no_reflection(step: float) -> None:
    chance, x = np.random.default_rng(0), np.arange(5.0, 50.01, step)
    hump = 200 + 800 * np.exp(-(((x - 22) / 6) ** 2))
    for level in (np.full(len(x), 100.0), hump):
        with pytest.raises(SpectrumError, match="shows no reflection"):
            read_pattern(_table(x, chance.poisson(level)), WHOLE)
    with pytest.raises(SpectrumError, match="shows no reflection"):
        read_pattern(_table(x, chance.normal(0, 1, len(x))), WHOLE)
    beyond = np.arange(5.0, 90.01, step)
    with pytest.raises(SpectrumError, match="shows no reflection"):
        read_pattern(_table(beyond, chance.poisson(100 + _line(beyond, 70, 0.2, 5000))), WHOLE)


@pytest.mark.parametrize(
    ("width", "height", "level"), [(1.0, 200, 100), (0.5, 50, 20), (0.03, 1e6, 100), (2.0, 300, 60), (0.15, 50, 30)]
)
@pytest.mark.parametrize("taken_off", [False, True])
def test_one_line_is_a_reflection(width: float, height: float, level: float, taken_off: bool) -> None:
    """Films, wafers and crystallites of few nanometres, as they were measured and with their background taken off."""
    chance, x = np.random.default_rng(0), WHOLE.values
    for _ in range(20):
        counts = chance.poisson(level + _line(x, 20.003, width, height)) - level * taken_off
        assert np.isfinite(read_pattern(_table(x, counts), WHOLE)[0]).all()


def test_patterns_without_noise_are_read() -> None:
    x = WHOLE.values
    sticks = np.where(np.arange(len(x)) % 97 == 0, 100.0, 0.0)
    for y in (sticks, sticks + 100 - x, sum(100 / (1 + ((x - at) / 0.025) ** 2) for at in (9, 17, 31))):
        assert np.isfinite(read_pattern(_table(x, y), WHOLE)[0]).all()


@pytest.mark.parametrize(
    ("name", "unit", "read"),
    [
        ("wavelength (nm)", "nm", True),
        ("wavelength", "nm", True),
        ("x", "nm", True),
        ("wavelength (µm)", "nm", False),
        ("energy (eV)", "nm", False),
        ("wavenumber (cm-1)", "points", False),
        ("Raman shift (cm-1)", "cm-1", True),
    ],
)
def test_another_unit_than_the_grids_is_not_read_as_if_it_were_it(name: str, unit: str, read: bool) -> None:
    grid = Grid(300.0, 800.0, 251, unit)
    rows = "".join(f"{x},{5 + (x % 37)}\n" for x in range(300, 801, 2))
    if read:
        assert np.isfinite(read_pattern(f"{name},intensity\n{rows}", grid)[0]).all()
        return
    with pytest.raises(SpectrumError, match=rf"its first column is called '.*'; expected one in {unit}"):
        read_pattern(f"{name},intensity\n{rows}", grid)
