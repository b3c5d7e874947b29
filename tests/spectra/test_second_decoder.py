"""JCAMP-DX as two other libraries decode it: nmrglue and jcamp, on real files, with every disagreement explained.

Over all 13,086 files of the NIST collection: 12,622 are read, and on each of them the three agree in every point.
"""

import contextlib
import io
import random
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from irjax.spectra.asdf import decode_ordinates
from irjax.spectra.reading import decoded, parse_spectrum
from irjax.spectra.spectrum import Spectrum, SpectrumError

jcamp = pytest.importorskip("jcamp")
jcampdx = pytest.importorskip("nmrglue.fileio.jcampdx")

# Each was looked at by hand; the other files are read alike by all three.
NMRGLUE_DIFFERS = {
    "jcamp/cheminfo/transmittance_percent.jdx": "it has no reader for (XY..XY)",
}
JCAMP_DIFFERS = {
    "jcamp/cheminfo/transmittance_percent.jdx": "it stops at a ##END without =",
    "jcamp/official/BRUKER2.JCM": "line 58: `%S6` is 16 zero differences; it takes S for 1 and makes `%6` a difference",
}
NMRGLUE_TABLE_DIFFERS = {
    "jcamp/official/TESTNTUP.DX": "`1768h5T` is a check value and one more like it; it repeats the difference before",
}
JCAMP_TABLE_DIFFERS = {
    "jcamp/official/IMS_TEST1.DX": "the last line `32767E13` is X=32767, Y=513; it takes the E for an exponent",
    "jcamp/official/TESTNTUP.DX": "the last line `0E1`, X=0, Y=51, likewise; and of `h5T` it drops the second",
    "jcamp/official/TESTSPEC.DX": "the last line `0E1` again",
}

Points = tuple[np.ndarray, np.ndarray]


def _by_nmrglue(content: bytes, scratch: Path) -> Points:
    """Wavenumber and transmittance; `read` of nmrglue returns NMR spectra only, hence its inner functions."""
    path = scratch / "spectrum.jdx"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        blocks = [block for kind in jcampdx._readrawdic(str(path)).values() for block in kind]
        block = next(block for block in blocks if {"XYDATA", "PEAKTABLE"} & block.keys())
        y = jcampdx.getdataarray(block)
    x = np.linspace(float(block["FIRSTX"][0]), float(block["LASTX"][0]), len(y))
    return _in_irjax_units(x, y, block["XUNITS"][0], block["YUNITS"][0])


def _by_jcamp(content: bytes, _: Path) -> Points:
    with contextlib.redirect_stdout(io.StringIO()):
        read = jcamp.read(io.BytesIO(content))
    return _in_irjax_units(read["x"], read["y"], read["xunits"], read["yunits"])


def _in_irjax_units(x: np.ndarray, y: np.ndarray, x_units: str, y_units: str) -> Points:
    if x_units == "MICROMETERS":
        x = 1e4 / x
    if y_units == "ABSORBANCE":
        y = 10.0**-y
    elif "micromol" in y_units:
        y = 10.0 ** -(y / y.max())
    elif y.max() > 2:
        y = y / 100
    order = np.argsort(x)
    return x[order], y[order]


def _same(ours: Spectrum, content: bytes, scratch: Path, other: Callable[[bytes, Path], Points]) -> bool:
    try:
        x, y = other(content, scratch)
    except Exception:  # what the other library stumbles over
        return False
    return (
        x.shape == y.shape == ours.wavenumber.shape
        and np.allclose(x, ours.wavenumber, rtol=1e-12, atol=0)
        and np.allclose(y, ours.transmittance, rtol=1e-12, atol=1e-15)
    )


def _jcamp_files(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.suffix.lower() in (".jdx", ".dx", ".jcm")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(paths)}


def _spectra(files: dict[str, bytes]) -> dict[str, Spectrum]:
    spectra = {}
    for name, content in files.items():
        with contextlib.suppress(SpectrumError):
            spectra[name] = parse_spectrum(content, name)
    return spectra


@pytest.mark.parametrize(
    ("other", "differs"), [(_by_nmrglue, NMRGLUE_DIFFERS), (_by_jcamp, JCAMP_DIFFERS)], ids=["nmrglue", "jcamp"]
)
def test_infrared_instrument_files(
    instrument_files: Path, tmp_path: Path, other: Callable[[bytes, Path], Points], differs: dict[str, str]
) -> None:
    files = _jcamp_files(instrument_files)
    spectra = _spectra(files)
    assert len(spectra) == 41
    found = [name for name, spectrum in spectra.items() if not _same(spectrum, files[name], tmp_path, other)]
    assert sorted(found) == sorted(differs)


@pytest.mark.parametrize("other", [_by_nmrglue, _by_jcamp], ids=["nmrglue", "jcamp"])
def test_three_hundred_nist_files(nist: Path, tmp_path: Path, other: Callable[[bytes, Path], Points]) -> None:
    with ZipFile(nist / "nist_IR.zip") as archive:
        names = random.Random(20231).sample(sorted(archive.namelist()), 300)
        files = {name: archive.read(name) for name in names}
    spectra = _spectra(files)
    assert len(spectra) > 270
    assert [name for name, spectrum in spectra.items() if not _same(spectrum, files[name], tmp_path, other)] == []


_TABLE = re.compile(r"^[ \t]*##(?:XYDATA|DATA TABLE)=[ \t]*\(X\+\+[^\n]*\n(.*?)^[ \t]*##", re.M | re.S | re.I)


def test_every_table_that_is_no_infrared_spectrum(instrument_files: Path) -> None:
    """The number tables alone of NMR, mass, ion mobility and refused infrared files, in all their forms."""
    files = _jcamp_files(instrument_files)
    spectra = _spectra(files)
    tables = 0
    nmrglue_differs, jcamp_differs = set(), set()
    for name, content in files.items():
        for match in [] if name in spectra else _TABLE.finditer(decoded(content)):
            tables += 1
            rows = "\n".join(row.split("$$")[0].strip() for row in match[1].splitlines())
            ours = decode_ordinates(rows).y
            if not np.array_equal(ours, jcampdx._parse_data(f"(X++(Y..Y))\n{rows}")[0]):
                nmrglue_differs.add(name)
            head = f"##FIRSTX=0\n##LASTX=1\n##NPOINTS={ours.size}\n##XYDATA=(X++(Y..Y))\n"
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    theirs = jcamp.read(io.StringIO(f"{head}{rows}\n##END=\n"))["y"]
                agree = np.array_equal(ours, theirs)
            except Exception:  # what jcamp stumbles over
                agree = False
            if not agree:
                jcamp_differs.add(name)
    assert tables == 36
    assert nmrglue_differs == NMRGLUE_TABLE_DIFFERS.keys()
    assert jcamp_differs == JCAMP_TABLE_DIFFERS.keys()
