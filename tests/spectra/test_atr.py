"""Attenuated total reflection: who says so, and what is done about it."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from table_texts import read

from irjax.answers.rows import Rows
from irjax.errors import UsageError
from irjax.models.augment import atr
from irjax.spectra.atr import BY_ATR, DISTORTED, as_transmission
from irjax.spectra.grid import INFRARED
from irjax.spectra.resample import resample
from irjax.spectra.spectrum import Spectrum

X = np.arange(4000.0, 399.0, -2.0)
BANDS = np.array([[1715, 0.8], [2960, 0.5], [1365, 0.6], [1220, 0.5]])
A = 0.02 + np.exp(-(((X[:, None] - BANDS[:, 0]) / 12) ** 2)) @ BANDS[:, 1]
TABLE = "wavenumber (cm-1),absorbance\n" + "".join(f"{x:g},{a:.6f}\n" for x, a in zip(X, A, strict=True))


def test_a_spectrum_is_what_transmission_shows() -> None:
    measured = Spectrum(X[::-1], 10 ** -(A * 1000 / X)[::-1], technique="ATR")
    spectrum = as_transmission(measured)
    np.testing.assert_allclose(spectrum.absorbance, A[::-1], rtol=1e-9)
    assert spectrum.warnings == (BY_ATR,)
    assert as_transmission(replace(measured, technique="transmission")).warnings == ()


def test_what_training_is_shown_as_atr_is_undone() -> None:
    whole = Spectrum(X[::-1], 10 ** -A[::-1])
    row = resample(whole)
    shown = np.asarray(atr(jax.random.key(0), jnp.asarray(row[None]), INFRARED))[0]
    back = as_transmission(Spectrum(INFRARED.values, shown.astype(float), technique="ATR"))
    np.testing.assert_allclose(back.transmittance, row, atol=1e-5)


def test_no_light_and_too_much_stay_finite() -> None:
    light = np.full(X.size, 1e300)
    light[::2] = -1e300
    assert np.isfinite(as_transmission(Spectrum(X[::-1], light, technique="ATR")).transmittance).all()


def test_a_network_takes_it_corrected() -> None:
    rows = Rows(INFRARED, None)
    plain, by_atr = rows.read(TABLE.encode(), "a.csv"), rows.read(TABLE.encode(), "a_ATR.csv")
    assert (plain.warnings, by_atr.warnings) == ([], [BY_ATR])
    absorbance, deeper = -np.log10(plain.row), -np.log10(by_atr.row)
    np.testing.assert_allclose(deeper, absorbance * INFRARED.values / 1000, atol=0.03)  # bins average bands


@pytest.mark.parametrize(
    ("name", "line", "technique"),
    [
        ("acetone.csv", "", "transmission"),
        ("acetone_ATR.csv", "", "ATR"),
        ("acetone UATR 4 scans.csv", "", "ATR"),
        ("atrazine.csv", "", "transmission"),
        ("Naphtol-as-itr.csv", "# Sample: naphtol-AS-ITR, ire and id5\n", "transmission"),
        ("acetone_ATR_corrected.csv", "", "ATR, corrected"),
        ("acetone.csv", "# Accessory: Golden Gate\n", "ATR"),
        ("acetone-ATR-corrected.csv", "# Accessory: ATR, diamond\n", "ATR, corrected"),
        ("acetone.csv", "# Accessory: PIKE GladiATR\n", "ATR"),
        ("acetone.csv", "# Accessory: QATR-S\n", "ATR"),
        ("acetone.csv", "# Accessory: HATR\n", "ATR"),
        ("acetone.csv", "# Accessory: PIKE MIRacle Ge\n", "ATR"),
        ("acetone.csv", "# Accessory: iD7 diamond\n", "ATR"),
        ("acetone.csv", "# Accessory: iD5\n", "ATR"),
        ("acetone.csv", "# Accessory: iTX\n", "ATR"),
        ("acetone.csv", "# Accessory: DuraSamplIR II\n", "ATR"),
        ("acetone.csv", "# Accessory: Specac Quest\n", "ATR"),
        ("acetone.csv", "# Accessory: MIRacle 10 (Diamond/ZnSe)\n", "ATR"),
        ("acetone.csv", "# Crystal: ZnSe 45 deg, 9 reflections\n", "ATR"),
        ("acetone.csv", "# Harrick VariGATR\n", "ATR"),
        ("acetone.csv", "# Riflettanza totale attenuata\n", "ATR"),
        ("PAS.csv", "# Sample: 4-aminosalicylic acid (PAS), from grazing land, in quest of miracles\n", "transmission"),
        ("acetone.csv", "# Accessory: 1 Bounce Diamond\n", "ATR"),
        ("acetone.csv", "# Accessory: Single Reflection Diamond\n", "ATR"),
        ("acetone.csv", "# Accessory: ZnSe IRE, 45 deg\n", "ATR"),
        ("acetone.csv", "# Accessory: abgeschwächte Totalreflexion\n", "ATR"),
        ("acetone.csv", "# Accessory: réflexion totale atténuée (RTA)\n", "ATR"),
        ("acetone.csv", "# Accessory: Reflexión total atenuada\n", "ATR"),
        ("acetone.csv", "# Accessory: НПВО\n", "ATR"),
        ("acetone.csv", "# Accessory: 衰减全反射\n", "ATR"),
        ("acetone.csv", "# ATR Correction: Advanced ATR Correction\n", "ATR, corrected"),
        ("acetone.csv", "# ATR correction applied: yes\n", "ATR, corrected"),
        ("acetone_ATR.csv", "# ATR correction applied: yes\n", "ATR, corrected"),
        ("acetone.csv", "# ATR-Korrektur: ja\n", "ATR, corrected"),
        ("acetone.csv", "# Mode: corrected ATR\n", "ATR, corrected"),
        ("acetone.csv", "# Target: ATR kinase\n", "transmission"),
        ("acetone.csv", "# Accessory: iD7 ATR\n# Processing: Advanced ATR Correction\n", "ATR, corrected"),
        ("acetone ATR_corr.csv", "", "ATR, corrected"),
        ("acetone ATR-korr.csv", "", "ATR, corrected"),
        ("acetone ATR korrigiert.csv", "", "ATR, corrected"),
        ("acetone corrected ATR.csv", "", "ATR, corrected"),
        ("PET_ATR.0.dpt", "", "ATR"),
        ("PET-ATR-0.csv", "", "ATR"),
        ("PET ATR No. 3.csv", "", "ATR"),
        ("PET ATR uncorrected.csv", "", "ATR"),
        ("PET uncorrected ATR.csv", "", "ATR"),
        ("PET_not_ATR_corrected.csv", "", "ATR"),
        ("PET_no_ATR_corr.csv", "", "ATR"),
        ("PET_no_ATR.csv", "", "transmission"),
        ("4-amino ATR.csv", "", "ATR"),
        ("2-cyano ATR_corrected.csv", "", "ATR, corrected"),
        ("PET.csv", "# Sampling: ATR, no baseline correction\n", "ATR"),
        ("PET.csv", "# PS by ATR (0 h)\n", "ATR"),
        ("PET.csv", "# ATR not used\n", "transmission"),
        ("PET.csv", "# Accessory: ATR = 0\n", "transmission"),
        ("PET_ATR.csv", "# Advanced ATR Correction: None\n", "ATR"),
        ("PET.csv", "# Accessory: Smart Orbit\n", "ATR"),
    ],
)
def test_name_or_header_say_how_it_was_measured(name: str, line: str, technique: str) -> None:
    assert read(line + TABLE, name=name).technique == technique


JCAMP = (
    "##TITLE=t\n##JCAMP-DX=4.24\n##DATA TYPE=INFRARED SPECTRUM\n{}\n##XUNITS=1/CM\n##YUNITS=ABSORBANCE\n"
    f"##NPOINTS={X.size}\n##XYPOINTS=(XY..XY)\n" + TABLE.partition("\n")[2] + "##END=\n"
)


@pytest.mark.parametrize(
    ("record", "technique"),
    [
        ("##SPECTROMETER/DATA SYSTEM=Bruker ALPHA, Platinum ATR", "ATR"),
        ("##SPECTROMETER/DATA SYSTEM=Bruker ALPHA", "transmission"),
        ("##COMMENT=ATR, diamond", "ATR"),
        ("##.ACCESSORY=ATR", "ATR"),
        ("##$INSTRUMENT TYPE AND / OR ACCESSORY=ALPHA-P Platinum ATR", "ATR"),
        ("##COMMENT=ATR, diamond\n##DATA PROCESSING=Advanced ATR correction", "ATR, corrected"),
        ("##COMMENT=Baseline corrected\n##ACCESSORY=ATR", "ATR"),
        ("##INSTRUMENT PARAMETERS=4 cm-1, ATR\n##COMMENT=Corrected for water vapour", "ATR"),
        ("##SAMPLING PROCEDURE=ATR\n##COMMENT=not ATR corrected", "ATR"),
        ("##SAMPLING PROCEDURE=ATR\n##COMMENT=diamond ATR, corrected for CO2", "ATR"),
        ("##SAMPLING PROCEDURE=ATR\n##DATA PROCESSING=ATR_CORR=OFF", "ATR"),
        ("##COMMENT=" + "word " * 900 + "\n##ACCESSORY=ATR", "ATR"),
        ("##COMMENT=measured by ATR", "ATR"),
        ("##TECHNIQUE=ATR", "ATR"),
        ("##CLASS=IR-ATR", "ATR"),
        ("##CLASS=COBLENTZ III", "transmission"),
        ("##.SAMPLING=ATR", "ATR"),
        ("##$EXPERIMENT=MIR_ATR(ZnSe).XPM", "ATR"),
        ("##INSTRUMENT=Bruker ALPHA Platinum ATR", "ATR"),
        ("##STATE=KBr pellet\n##$EXPERIMENT=MIR_ATR(ZnSe).XPM", "transmission"),
        ("##COMMENT=not ATR corrected", "ATR"),
        ("##SAMPLING PROCEDURE=KBr disc\n##COMMENT=ATR accessory in the bench", "transmission"),
        ("##COMMENT=not measured by ATR", "transmission"),
        ("##COMMENT=ATR accessory removed", "transmission"),
        ("##COMMENT=ATR: no", "transmission"),
        ("##COMMENT=ATR to transmission conversion applied\n##ACCESSORY=ATR", "ATR, corrected"),
        ("##COMMENT=An ATR spectrum of it is also available", "transmission"),
        ("##SPECTROMETER=Bruker Alpha (ATR and transmission modules)", "transmission"),
        ("##SPECTROMETER/DATA SYSTEM=Nicolet iS10, Smart iTR", "ATR"),
        ("##COMMENT=ATR measurement (not transmission)", "ATR"),
        ("##STATE=aqueous solution\n##INSTRUMENT=Platinum-ATR", "ATR"),
        ("##SAMPLE DESCRIPTION=LDPE pellet\n##COMMENT=Diamond ATR, 32 scans", "ATR"),
        ("##SAMPLE DESCRIPTION=PE gas pipe\n##INSTRUMENT=Platinum-ATR", "ATR"),
        ("##STATE=gas\n##INSTRUMENT=Platinum-ATR", "transmission"),
        ("##COMMENT=Golden Gate Park soil, Irganox IRE 200", "transmission"),
        ("##SAMPLING PROCEDURE=DRIFTS in KBr", "diffuse reflection"),
        ("##DATA PROCESSING=BASELINE DRIFT corrected", "transmission"),
    ],
)
def test_records_say_how_it_was_measured(record: str, technique: str) -> None:
    assert read(JCAMP.format(record), name="a.jdx").technique == technique


@pytest.mark.parametrize(
    ("name", "line", "technique"),
    [
        ("DRIFTS of t.csv", "", "diffuse reflection"),
        ("kaolin_DRIFTS.csv", "", "diffuse reflection"),
        ("kaolin_DRIFT.csv", "", "diffuse reflection"),
        ("a.csv", "# Accessory: EasiDiff\n", "diffuse reflection"),
        ("CO_IRRAS.csv", "", "reflection"),
        ("a.csv", "# Reflection-absorption at grazing incidence\n", "reflection"),
        ("a.csv", "# Accessory: 30 deg specular\n", "reflection"),
        ("a.csv", "# Mode: Transflection\n", "reflection"),
        ("a.csv", "# Detector: photoacoustic cell\n", "photoacoustics"),
        ("soil_FTIR-PAS.csv", "", "photoacoustics"),
    ],
)
def test_what_has_no_conversion_is_warned_of(name: str, line: str, technique: str) -> None:
    assert Rows(INFRARED, None).read((line + TABLE).encode(), name).warnings == [DISTORTED[technique]]


def test_what_a_person_tells_overrules_the_file() -> None:
    told = Rows(INFRARED, None, technique="ATR").read(TABLE.encode(), "a.csv")
    assert told.warnings == [BY_ATR]
    assert not Rows(INFRARED, None, technique="transmission").read(TABLE.encode(), "a_ATR.csv").warnings
    with pytest.raises(UsageError, match="no technique 'Raman'; expected transmission, ATR"):
        Rows(INFRARED, None, technique="Raman").read(TABLE.encode(), "a.csv")
