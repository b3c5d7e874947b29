"""What a file says beside its columns and does not mean of them, and values that stand for none."""

import numpy as np
import pytest
from table_texts import read, refusal

X = np.arange(700.0, 4001.0, 4.0)
A = 0.02 + 1.1 * np.exp(-(((X - 1715) / 14) ** 2)) + 0.5 * np.exp(-(((X - 2950) / 30) ** 2))


def rows(x: np.ndarray, y: np.ndarray) -> str:
    return "".join(f"{at:.4f}\t{value:.5f}\n" for at, value in zip(x, y, strict=True))


@pytest.mark.parametrize(
    "line",
    [
        "Film thickness (nm): 200",
        "Thickness (nm)\t200",
        "# thickness [nm] = 200",
        "Reference wavelength (nm)\t632.8",
        "Particle diameter nm\t80",
        "Tip radius (nm): 25",
        "X position (µm): 1200\nY position (µm): 300",
        "X (µm);1200",
        "Path length, microns: 15",
        "Resolution (cm-1)\t4",
    ],
)
def test_how_much_of_a_length_there_is_names_no_abscissa(line: str) -> None:
    spectrum = read(f"{line}\n\tAbsorbance\n{rows(X, A)}")
    assert (spectrum.x_units, spectrum.y_units) == ("wavenumber", "absorbance")
    np.testing.assert_allclose(spectrum.wavenumber, X)


def test_a_resolution_does_not_overrule_a_column_of_wavelengths() -> None:
    spectrum = read(f"Resolution (cm-1)\t4\nWavelength\tAbsorbance\n{rows(1e7 / X, A)}")
    assert spectrum.x_units == "nanometre"
    np.testing.assert_allclose(spectrum.wavenumber, X, rtol=1e-6)


@pytest.mark.parametrize(
    "head",
    [
        "cm-1\tAbsorbance (from transmittance)",
        "cm-1\tAbs converted from %T",
        "# absorbance calculated from transmittance\ncm-1\ty",
        "# absorbance calculated as -log10(transmittance)\ncm-1\ty",
    ],
)
def test_what_an_ordinate_was_reckoned_from_it_is_not(head: str) -> None:
    assert read(f"{head}\n{rows(X, A)}").y_units == "absorbance"
    per_cent = read(f"Wavenumber from 4000 to 400 cm-1\t%T\n{rows(X, 100 * 10**-A)}")
    assert per_cent.y_units == "percent"


@pytest.mark.parametrize("name", ["Wavenumber (cm–1)", "cm–1", "inverse centimeters"])
def test_reciprocal_centimetres_by_other_names(name: str) -> None:
    spectrum = read(f"{name}\tAbsorbance\n{rows(X, A)}")
    assert spectrum.x_units == "wavenumber"
    assert spectrum.warnings == ()


def test_kilometres_are_no_kubelka_munk() -> None:
    assert "kubelka" not in refusal(f"cm-1\tIR intensity (km/mol)\n{rows(X, A)}")
    assert "kubelka" in refusal(f"cm-1\tKM\n{rows(X, A)}")


@pytest.mark.parametrize(("kind", "factor", "value"), [("%T", 100, -9999), ("%T", 100, -99), ("transmittance", 1, -1)])
def test_less_than_no_light_stands_for_a_missing_value(kind: str, factor: float, value: float) -> None:
    y = factor * 10**-A
    blanked = np.where((X > 2200) & (X < 2300), value, y)
    assert "leave out what stands for a missing value" in refusal(f"cm-1\t{kind}\n{rows(X, blanked)}")
    badly_set = y - 0.2 * factor * (A > 0.5)  # as the zero of old instruments was
    assert read(f"cm-1\t{kind}\n{rows(X, badly_set)}").transmittance.min() < -0.05


def test_more_light_than_fell_in_is_doubted() -> None:
    few = np.where((X > 2200) & (X < 2300), 9999, 100 * 10**-A)
    assert any("at a few points" in warning for warning in read(f"cm-1\t%T\n{rows(X, few)}").warnings)


def test_a_title_in_angle_brackets_is_no_markup() -> None:
    assert read(f"<untitled>\ncm-1\tAbsorbance\n{rows(X, A)}").warnings == ()
    for markup in ("<spectrum><x>1</x></spectrum>", "<html>\n<body>", "<?xml version='1.0'?>", "<point x='1'/>"):
        assert "is XML or HTML" in refusal(markup)


def test_a_remark_that_the_numbers_contradict_is_doubted() -> None:
    spectrum = read(f"Comment: checked against transmittance of a reference\ncm-1\ty\n{rows(X, A)}")
    assert "only a remark says that the ordinate is transmittance; by its range" in spectrum.warnings[0]
    assert read(f"Comment: transmittance of a film\ncm-1\ty\n{rows(X, 10**-A)}").warnings == ()
    assert read(f"Comment: transmittance\ncm-1\ty\n{rows(X, A)}", y_units="absorbance").warnings == ()


def test_a_list_of_quantities_names_none() -> None:
    spectrum = read(f"# absorbance (826 points)\n# transmittance_noslit (826 points)\ncm-1\ty\n{rows(X, 10**-A)}")
    assert spectrum.y_units == "transmittance"
    assert "nothing says what the ordinate is" in spectrum.warnings[0]


@pytest.mark.parametrize(
    "head",
    [
        "XAxisUnit = rel. 1/cm\nDataUnit = CCD cts\n[Data]",
        "#Laser=532nm_Edge\n#AxisUnit[0]=Cnt",
        "#Laser (nm)=785\ncm-1\ty",
        "Excitation wavelength: 532 nm\ncm-1\ty",
        "拉曼位移 (cm-1)\t归一化强度",
        "ラマンシフト\t強度",
        "Рамановский сдвиг\tИнтенсивность",
    ],
)
def test_raman_spectra_by_other_words_are_refused(head: str) -> None:
    assert "Raman" in refusal(f"{head}\n{rows(X, A)}")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Пропускання, %", "percent"),
        ("穿透率 (%)", "percent"),
        ("Propustnost", "transmittance"),
        ("Διαπερατότητα", "transmittance"),
        ("Abszorbancia", "absorbance"),
        ("Absorptie", "absorbance"),
        ("ATR Einheiten", "absorbance"),
        ("吸收度", "absorbance"),
    ],
)
def test_ordinates_in_more_languages(name: str, kind: str) -> None:
    y = A if kind == "absorbance" else 10**-A * (100 if kind == "percent" else 1)
    assert read(f"cm-1\t{name}\n{rows(X, y)}").y_units == kind


def test_wavenumbers_to_5500_called_wavelengths_are_wavenumbers() -> None:
    x = np.linspace(450, 5500, 900)
    spectrum = read(f"Wave Length\tAbsorbance\n{rows(x, np.interp(x, X, A))}")
    np.testing.assert_allclose(spectrum.wavenumber, x, atol=1e-4)
    assert "the abscissa has no unit" in spectrum.warnings[0]


def test_samples_beside_a_frequency_are_told_from_ordinates_and_derivatives() -> None:
    two = "".join(f"{at:.1f},{a:.5f},{a / 2:.5f}\n" for at, a in zip(X, A, strict=True))
    assert "several spectra side by side" in refusal(f"freq,lot 021016 rep 1,lot 021016 rep 2\n{two}")
    assert read(f"Wavenumber (cm-1),Absorbance,DY/DX\n{two}").y_units == "absorbance"
