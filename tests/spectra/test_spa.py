"""SPA files of Omnic, made up by their layout: keys from byte 304 say where the header and the ordinates lie."""

import struct

import numpy as np
import pytest

from irjax.spectra.reading import parse_spectrum
from irjax.spectra.spectrum import SpectrumError

ABSORBANCE = np.linspace(0.1, 0.9, 40)
NO_TEXTS: dict[int, bytes] = {}


def spa(
    spectra: int = 1, x_code: int = 1, y_code: int = 17, promised: int = 40, texts: dict[int, bytes] = NO_TEXTS
) -> bytes:
    """A file of some spectra, each less intense than the one before, and of texts by their keys."""
    start = 304 + 16 * (spectra + len(texts) + 2)
    ordinates = [(ABSORBANCE / 2**each).astype("<f4").tobytes() for each in range(spectra)]
    keys = [struct.pack("<HII6x", 2, start, 128)]
    keys += [struct.pack("<HII6x", 3, start + 128 + 160 * each, 160) for each in range(spectra)]
    at = start + 128 + 160 * spectra
    for key, text in texts.items():
        keys.append(struct.pack("<HII6x", key, at, len(text)))
        at += len(text)
    header = struct.pack("<4xIB3xB3xff", promised, x_code, y_code, 4000.0, 400.0).ljust(128, b"\0")
    content = b"Spectral Data File".ljust(30, b"\0") + b"acetone, film".ljust(274, b"\0")
    return content + b"".join(keys) + bytes(16) + header + b"".join([*ordinates, *texts.values()])


@pytest.mark.parametrize("spectra", [1, 2, 5])
def test_the_first_spectrum_is_read_and_others_are_said(spectra: int) -> None:
    found = parse_spectrum(spa(spectra), "a.spa")
    np.testing.assert_allclose(found.absorbance[::-1], ABSORBANCE, atol=1e-6)
    assert found.wavenumber[[0, -1]].tolist() == [400, 4000]
    assert (found.title, found.phase) == ("acetone, film", "film")
    assert (f"{spectra} spectra; the first" in " ".join(found.warnings)) == (spectra > 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (spa(x_code=32), "Raman shift"),
        (spa(y_code=15), "single beam"),
        (spa(promised=41), "promises 41 points and holds 40"),
        (spa()[:-4], "cut or altered"),
        (spa()[:320], "without a spectrum"),
    ],
)
def test_what_is_none_is_refused_for_what_it_is(content: bytes, said: str) -> None:
    with pytest.raises(SpectrumError, match=said):
        parse_spectrum(content, "a.spa")


@pytest.mark.parametrize(
    ("texts", "technique"),
    [
        ({4: b"Acetone by ATR.  Can be \0used again\0"}, "ATR"),
        ({27: b"Collect Sample\r\n\t Accessory:\tATR, diamond\r\n\0"}, "ATR"),
        ({4: b"by ATR\0", 27: b"Advanced ATR Correction on Mon\r\n\0"}, "ATR, corrected"),
        ({27: b"Purge gas: dry air\r\nSearch Library: HR Nicolet ATR Polymer\r\n\0"}, "transmission"),
        ({4: b"Sample: polyethylene\0ATR\0"}, "ATR"),
    ],
)
def test_comment_and_history_say_how_it_was_measured(texts: dict[int, bytes], technique: str) -> None:
    found = parse_spectrum(spa(texts=texts), "a.spa")
    assert (found.technique, found.phase) == (technique, "film")
    cut = parse_spectrum(spa(texts=texts)[: -len(next(iter(texts.values())))], "a.spa")  # the spectrum stands before it
    np.testing.assert_allclose(cut.absorbance[::-1], ABSORBANCE, atol=1e-6)
