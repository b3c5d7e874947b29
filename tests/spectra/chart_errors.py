"""How far a spectrum that was read from a chart is from the one that was drawn."""

import numpy as np
from scipy.signal import find_peaks, peak_widths

from irjax.spectra.spectrum import Spectrum

WAVENUMBER = np.linspace(400, 4000, 3601)


def synthetic(seed: int) -> np.ndarray:
    """Transmittance at WAVENUMBER of a made-up spectrum: broad and sharp bands on a sloping baseline."""
    rng = np.random.default_rng(seed)
    places = np.concatenate([rng.uniform(500, 1800, 9), rng.uniform(2800, 3500, 3)])
    widths = np.concatenate([rng.uniform(8, 25, 9), rng.uniform(15, 150, 3)])
    depths = rng.uniform(0.1, 1.2, 12)
    absorbance = (depths / (1 + ((WAVENUMBER[:, None] - places) / widths) ** 2)).sum(axis=1)
    return (0.97 - 0.1 * rng.random() * WAVENUMBER / 4000) * 10**-absorbance


def smoothed(x: np.ndarray, y: np.ndarray, at: np.ndarray, width: np.ndarray) -> np.ndarray:
    """The mean of the straight lines through (x, y) over a width around each of `at`, within what was measured."""
    area = np.concatenate(([0.0], np.cumsum(np.diff(x) * (y[1:] + y[:-1]) / 2)))

    def integral(ends: np.ndarray) -> np.ndarray:
        before = np.clip(np.searchsorted(x, ends), 1, x.size - 1) - 1
        step = ends - x[before]
        return area[before] + step * (y[before] + np.interp(ends, x, y)) / 2

    low, high = np.clip(at - width / 2, x[0], x[-1]), np.clip(at + width / 2, x[0], x[-1])
    keep = high > low
    return np.where(keep, (integral(high) - integral(low)) / np.where(keep, high - low, 1), np.nan)


def compare(spectrum: Spectrum, wavenumber: np.ndarray, transmittance: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Absolute errors at each point, and how far each band lies from the nearest true one, in what is allowed.

    Both spectra are smoothed to a pixel's width. A band's place is the middle of its lowest fifth; 8 cm⁻¹ are allowed,
    or one pixel.
    """
    x = spectrum.wavenumber
    pixel = 2 * np.abs(np.gradient(x))
    true, read = smoothed(wavenumber, transmittance, x, pixel), smoothed(x, spectrum.transmittance, x, pixel)
    known = np.isfinite(true)
    x, true, read, pixel = x[known], true[known], read[known], pixel[known]
    places = []
    for values, prominence in ((true, 0.02), (read, 0.1)):
        bands = find_peaks(-values, prominence=prominence)[0]
        sides = peak_widths(-values, bands, rel_height=0.2)
        places.append((np.interp((sides[2] + sides[3]) / 2, np.arange(x.size), x), np.maximum(8, pixel[bands])))
    (true_places, _), (read_places, allowed) = places
    off = np.abs(read_places[:, None] - true_places).min(axis=1) / allowed
    return np.abs(read - true), off.tolist()
