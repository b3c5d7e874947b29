"""97 real files from instruments and archives, each with what it holds, found by an examination apart from irjax."""

from pathlib import Path

import numpy as np
import pytest

from irjax.spectra.reading import read_spectrum
from irjax.spectra.spectrum import Spectrum, SpectrumError

# The phase of a file is left blank where the file names one that no reader could be held to.
# points | wavenumber and transmittance at the low end | at the high end | phase | technique if ATR | words in warnings
SPECTRA = """
jcamp/cheminfo/absorbance.jdx            | 1738 | 649.9 0.7574 | 3999.7 0.7456 | unknown  |     |
jcamp/cheminfo/transmittance.jdx         | 1991 | 589.4 0.6200 | 3942.4 0.8790 | liquid   |     |
jcamp/cheminfo/transmittance_percent.jdx |  935 | 597.9 0.9862 | 4201.0 1.0014 | unknown  |     | FIRSTY
jcamp/nist/100-12-9.jdx                  | 2131 | 629.1 0.4520 | 4995.0 0.8470 | solution |     |
jcamp/nist/100-16-3.jdx                  | 2027 | 629.6 0.5340 | 4916.4 0.6420 | unknown  |     |
jcamp/nist/100-20-9.jdx                  | 2027 | 629.0 0.4200 | 4933.4 0.8970 | solution |     |
jcamp/nist/100-28-7.jdx                  | 1954 | 666.4 0.7080 | 4918.8 0.5560 | pellet   |     |
jcamp/nist/100-42-5.jdx                  | 3900 | 402.5 0.4930 | 3795.0 0.3010 | gas      |     |
jcamp/nist/100-43-6.jdx                  | 3625 | 301.4 0.8720 | 3805.0 0.9010 | liquid   |     |
jcamp/nist/100-47-0.jdx                  |  825 | 550.0 0.9966 | 3846.0 0.9993 | gas      |     |
jcamp/nist/100-73-2.jdx                  | 1987 | 592.9 0.6910 | 3947.6 0.9000 | liquid   |     |
jcamp/nist/1000-49-3.jdx                 | 3868 | 203.6 0.8090 | 3802.9 0.8868 | solution |     |
jcamp/nist/354-33-6.jdx                  | 3526 | 575.7 0.9374 | 3974.6 1.0013 | gas      |     | X column, arbitrary
jcamp/nist/58-08-2.jdx                   |  880 | 450.0 0.9897 | 3966.0 0.9884 | gas      |     |
jcamp/nist/64-17-5.jdx                   |  880 | 450.0 0.9623 | 3966.0 0.9902 | gas      |     |
jcamp/nist/65-85-0.jdx                   |  880 | 450.0 0.9696 | 3966.0 0.9925 | gas      |     |
jcamp/nist/67-64-1.jdx                   |  880 | 450.0 0.9928 | 3966.0 0.9890 | gas      |     |
jcamp/nist/75-05-8.jdx                   |  880 | 450.0 0.9891 | 3966.0 0.9862 | gas      |     |
jcamp/official/BRUKER1.JCM               | 3735 | 400.2 0.5764 | 4000.7 0.9106 | unknown  |     | per cent
jcamp/official/BRUKER2.JCM               | 3735 | 400.2 0.5767 | 4000.7 0.9109 | unknown  |     |
jcamp/official/LABCALC.DX                | 3435 | 249.7 0.9711 | 3699.7 0.9335 | unknown  |     |
jcamp/official/PE1800.DX                 | 3301 | 700.0 1.0124 | 4000.0 1.0160 | unknown  |     |
jcamp/official/SPECFILE.DX               | 1801 | 400.0 0.9774 | 4000.0 0.8283 | unknown  |     | X column, per cent
jcamp/osdb/000000004.jdx                 | 7053 | 599.9 0.4563 | 4000.4 0.7951 | unknown  |     | per cent
jcamp/osdb/000000009.jdx                 | 7053 | 599.9 0.5098 | 4000.4 0.8379 | unknown  |     | per cent
jcamp/osdb/000000014.jdx                 | 7053 | 599.9 0.5155 | 4000.4 0.8546 | unknown  |     | per cent
jcamp/osdb/000000018.jdx                 | 7053 | 599.9 0.4499 | 4000.4 0.7714 | unknown  |     | per cent
jcamp/osdb/000000022.jdx                 | 7053 | 599.9 0.4844 | 4000.4 0.8166 | unknown  |     | per cent
jcamp/osdb/000000026.jdx                 | 3351 | 650.0 0.7842 | 4000.0 0.8761 | unknown  |     | per cent
jcamp/osdb/000000030.jdx                 | 7053 | 599.9 0.4940 | 4000.4 0.8498 | unknown  |     | per cent
jcamp/osdb/000000035.jdx                 | 3351 | 650.0 0.8464 | 4000.0 0.9445 | unknown  |     | per cent
jcamp/osdb/000000039.jdx                 | 7053 | 599.9 0.4853 | 4000.4 0.8412 | unknown  |     | per cent
jcamp/osdb/000000043.jdx                 | 3351 | 650.0 0.7618 | 4000.0 0.9341 | unknown  |     | per cent
jcamp/osdb/000000047.jdx                 | 3351 | 650.0 0.8018 | 4000.0 0.8833 | unknown  |     | per cent
jcamp/osdb/000000051.jdx                 | 3351 | 650.0 0.8136 | 4000.0 0.9026 | unknown  |     | per cent
jcamp/osdb/000000055.jdx                 | 7053 | 599.9 0.4630 | 4000.4 0.7428 | unknown  |     | per cent
jcamp/osdb/000000060.jdx                 | 7053 | 599.9 0.4749 | 4000.4 0.7977 | unknown  |     | per cent
jcamp/osdb/000000064.jdx                 | 7053 | 599.9 0.4498 | 4000.4 0.7807 | unknown  |     | per cent
jcamp/osdb/000000068.jdx                 | 7053 | 599.9 0.4676 | 4000.4 0.8065 | unknown  |     | per cent
jcamp/osdb/000000072.jdx                 | 7053 | 599.9 0.5149 | 4000.4 0.8132 | unknown  |     | per cent
jcamp/osdb/000000080.jdx                 | 3351 | 650.0 0.9774 | 4000.0 1.0154 | unknown  |     | per cent
omnic/Cyclohexane Contaminated - Low.SPA | 1738 | 650.0 1.0063 | 4000.1 0.9620 | unknown  | ATR |
omnic/IR.CSV                             | 3736 | 399.2 1.0093 | 4000.6 1.0093 | unknown  |     | baseline, arbitrary
omnic/absorb.spa                         | 1868 | 399.2 0.9194 | 3999.7 0.8376 | film     |     |
opus/ftir_ps.0                           | 2126 | 399.2 0.9625 | 4497.5 0.9471 | unknown  | ATR |
opus/not_opus.spa                        | 5549 | 649.9 0.0081 | 5999.7 0.0286 | unknown  |     |
opus/test.0000                           | 2567 | 699.4 0.2331 | 3998.3 0.9989 | unknown  |     |
opus/test.0001                           | 2567 | 699.4 0.2338 | 3998.3 0.9990 | unknown  |     |
opus/test.0002                           | 2567 | 699.4 0.2304 | 3998.3 0.9994 | unknown  |     |
opus/test.0003                           | 2567 | 699.4 0.2297 | 3998.3 0.9992 | unknown  |     |
spc/BENZENE.SPC                          | 1842 | 449.4 0.7915 | 4000.5 0.9657 | film     |     |
spc/HCL.SPC                              | 8361 | 993.2 0.9289 | 5023.7 0.7933 | gas      |     | per cent
spc/POLYS.SPC                            | 1844 | 447.5 0.9816 | 4002.3 0.9866 | unknown  |     |
spc/TOLUENE.SPC                          |  801 | 500.0 0.8542 | 3700.0 0.9909 | unknown  |     |
spc/absorbance.spc                       | 1776 | 450.0 0.9488 | 4000.0 0.9514 | unknown  |     | per cent
"""

# words of the reason
REFUSED = """
jcamp/cheminfo_compression/jcamp-difdup.dx            | no infrared spectrum but NMR
jcamp/cheminfo_compression/jcamp-fix.dx               | no infrared spectrum but NMR
jcamp/cheminfo_compression/jcamp-packed.dx            | no infrared spectrum but NMR
jcamp/cheminfo_compression/jcamp-squeezed.dx          | no infrared spectrum but NMR
jcamp/nist/10043-52-4.jdx                             | reflectance
jcamp/nist/107-22-2.jdx                               | dispersion
jcamp/nist/118-96-7.jdx                               | reflectance
jcamp/nist/12125-02-9.jdx                             | reflectance
jcamp/nist/1305-62-0.jdx                              | reflectance
jcamp/nist/13463-40-6.jdx                             | dispersion
jcamp/nist/371-62-0.jdx                               | dispersion
jcamp/nist/55-91-4.jdx                                | dispersion
jcamp/nist/7697-37-2.jdx                              | refractive index
jcamp/nist_empty/100062-58-6.jdx                      | NPOINTS=0
jcamp/nist_empty/100062-67-7.jdx                      | NPOINTS=0
jcamp/nist_empty/1003-09-4.jdx                        | NPOINTS=0
jcamp/official/BRUKAFFN.DX                            | no infrared spectrum but NMR
jcamp/official/BRUKDIF.DX                             | no infrared spectrum but NMR
jcamp/official/BRUKNTUP.DX                            | no infrared spectrum but NMR
jcamp/official/BRUKPAC.DX                             | no infrared spectrum but NMR
jcamp/official/BRUKSQZ.DX                             | no infrared spectrum but NMR
jcamp/official/DX-DIR.TXT                             | no two columns
jcamp/official/IMSDEMO.DX                             | ION MOBILITY
jcamp/official/IMS_TEST1.DX                           | ION MOBILITY
jcamp/official/ISAS_CDX.DX                            | NMR PEAK ASSIGNMENTS
jcamp/official/ISAS_MS1.DX                            | MASS SPECTRUM
jcamp/official/ISAS_MS2.DX                            | MASS SPECTRUM
jcamp/official/ISAS_MS3.DX                            | MASS SPECTRUM
jcamp/official/TEST32.DX                              | no infrared spectrum but NMR
jcamp/official/TESTFID.DX                             | NMR FID
jcamp/official/TESTNTUP.DX                            | no infrared spectrum but NMR
jcamp/official/TESTSPEC.DX                            | no infrared spectrum but NMR
jcamp/osdb/000000004.xml                              | XML
jcamp/osdb/000000026.xml                              | XML
jcamp/osdb/000000080.xml                              | XML
omnic/spectre.SPA                                     | single beam
opus/background.0                                     | without absorbance or transmittance
spc/FID.SPC                                           | seconds
spc/XYTRACE.SPC                                       | nm
"""


# judged by their bands in test_image.py
CHARTS = """
images/data_test_carboxylic_acid_carboxylic_acid2.gif
images/data_train_alcohol_alcohol_1.png
images/data_train_amine_1_amine_1_a.png
"""


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.split("|")] for row in table.strip().splitlines()]


def _read(folder: Path, name: str) -> Spectrum:
    return read_spectrum(folder / name)


def test_the_tables_name_exactly_the_files_at_hand(instrument_files: Path) -> None:
    named = [row[0] for row in _rows(SPECTRA) + _rows(REFUSED) + _rows(CHARTS)]
    present = [path.relative_to(instrument_files).as_posix() for path in instrument_files.rglob("*") if path.is_file()]
    assert sorted(named) == sorted(present)
    assert len(named) == 97


@pytest.mark.parametrize("row", _rows(SPECTRA), ids=lambda row: row[0])
def test_spectrum(instrument_files: Path, row: list[str]) -> None:
    name, points, low, high, phase, technique, words = row
    spectrum = _read(instrument_files, name)
    x, y = spectrum.wavenumber, spectrum.transmittance
    assert x.size == y.size == int(points)
    assert (np.diff(x) > 0).all()
    for end, expected in ((0, low), (-1, high)):
        wavenumber, transmittance = map(float, expected.split())
        assert x[end] == pytest.approx(wavenumber, abs=0.051)
        assert y[end] == pytest.approx(transmittance, abs=2e-4)
    assert spectrum.phase == phase or not phase
    assert spectrum.technique == (technique or "transmission")
    assert spectrum.source == str(instrument_files / name)
    expected_words = words.split(", ") if words else []
    assert len(spectrum.warnings) == len(expected_words), spectrum.warnings
    for warning, word in zip(spectrum.warnings, expected_words, strict=True):
        assert word in warning


@pytest.mark.parametrize("row", _rows(REFUSED), ids=lambda row: row[0])
def test_refused(instrument_files: Path, row: list[str]) -> None:
    name, reason = row
    with pytest.raises(SpectrumError) as caught:
        _read(instrument_files, name)
    assert reason in str(caught.value)
    assert str(caught.value).startswith(f"{instrument_files / name}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cas", "window", "band", "tolerance"),
    [
        pytest.param("67-64-1", (1650, 1800), 1738, 10, id="acetone C=O"),
        pytest.param("64-17-5", (1000, 1150), 1055, 15, id="ethanol C-O"),
        pytest.param("100-47-0", (2150, 2300), 2233, 10, id="benzonitrile CN"),
    ],
)
def test_bands_of_gases_lie_where_the_literature_has_them(
    instrument_files: Path, cas: str, window: tuple[int, int], band: int, tolerance: int
) -> None:
    spectrum = read_spectrum(instrument_files / "jcamp" / "nist" / f"{cas}.jdx")
    x = spectrum.wavenumber
    inside = (x >= window[0]) & (x <= window[1])
    strongest = x[inside][spectrum.absorbance[inside].argmax()]
    assert strongest == pytest.approx(band, abs=tolerance)
