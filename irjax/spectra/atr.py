"""Attenuated total reflection (ATR): how deep its beam goes into a sample, and the spectrum without that.

The beam goes as deep as its wavelength is long (N. J. Harrick, Internal Reflection Spectroscopy, 1967), so that
absorbance is that of transmission times 1/wavenumber. What its refractive index does besides, which moves strong bands
down by some cm-1, depends on the crystal and the sample, and is left.
"""

from dataclasses import replace

import numpy as np

from irjax.spectra.spectrum import Spectrum

AS_DEEP = 1000.0
"""cm⁻¹, where absorbance stays what it is."""
BY_ATR = (
    "measured by ATR, where band depth goes as 1/wavenumber; absorbance was multiplied by wavenumber/1000, as in "
    "transmission; if software has done so before, say so (--technique transmission, or 'ATR corrected' in the name of "
    "the file)"
)
DISTORTED = {
    "diffuse reflection": "measured by diffuse reflection, where strong bands are too weak beside weak ones; irjax has "
    "no conversion for it, so doubt what it says",
    "reflection": "measured by reflection, by its words, where bands are shifted and distorted; irjax has no "
    "conversion for it, so doubt what it says",
    "photoacoustics": "measured by photoacoustics, where strong bands are too weak beside weak ones; irjax has no "
    "conversion for it, so doubt what it says",
}
"""Other techniques, whose spectra are left as they are, and a warning of each."""
_DARKEST, _BRIGHTEST = 1e-4, 10.0
"""Transmittance beyond which nothing is measured."""


def as_transmission(spectrum: Spectrum) -> Spectrum:
    """The spectrum as transmission would have shown it, with a warning; as it was if it was not measured by ATR.

    DISTORTED ones are warned of, and left as they are.
    """
    if warning := DISTORTED.get(spectrum.technique):
        return replace(spectrum, warnings=(*spectrum.warnings, warning))
    if spectrum.technique != "ATR":
        return spectrum
    light = np.clip(spectrum.transmittance, _DARKEST, _BRIGHTEST) ** (spectrum.wavenumber / AS_DEEP)
    return replace(spectrum, transmittance=light, warnings=(*spectrum.warnings, BY_ATR))
