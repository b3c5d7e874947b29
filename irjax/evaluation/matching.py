"""Peak matching, the classical way to find a pattern in a library: which class has these peaks, at these heights."""

from collections.abc import Sequence

import numpy as np
from scipy.signal import find_peaks

FARTHEST, HEIGHT_CHANGE = 50, 0.05
"""How far a peak may lie from the library's, in points, and differ in height: the rule by which copies are drawn."""
_LEAST = 0.004
"""Lower maxima are taken for rounding."""

Peaks = tuple[np.ndarray, np.ndarray]
"""Positions and heights, [peaks] each."""


def match(spectra: np.ndarray, library: Sequence[Peaks]) -> np.ndarray:
    """How well each class of a library explains each spectrum, float64 [n, classes], at most 1.

    The share of all peaks, the library's and the spectrum's, that have a partner; of classes that are level in this the
    one whose partners lie nearest comes first.

    Args:
        spectra: float [n, points], with 1 as their maximum and nothing where there is no peak.
    """
    most = max(len(positions) for positions, _ in library)
    places = np.full((len(library), most), np.inf)
    heights = np.full((len(library), most), np.inf)
    for at, (positions, height) in enumerate(library):
        places[at, : len(positions)], heights[at, : len(height)] = positions, height
    sizes = np.array([len(positions) for positions, _ in library])
    return np.stack([_matched(_peaks(spectrum), places, heights, sizes) for spectrum in spectra])


def _peaks(spectrum: np.ndarray) -> Peaks:
    at, found = find_peaks(np.pad(spectrum, 1), height=_LEAST)
    return at - 1, found["peak_heights"]


def _matched(seen: Peaks, places: np.ndarray, heights: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    apart = np.abs(places[:, :, None] - seen[0]) / FARTHEST
    taller = np.abs(heights[:, :, None] - seen[1]) / HEIGHT_CHANGE
    distance = np.maximum(apart, taller)  # [classes, peaks, seen]
    partners = distance <= 1
    paired = partners.any(axis=2).sum(axis=1) + partners.any(axis=1).sum(axis=1)
    nearest = np.where(partners, distance, np.inf).min(axis=2)
    mean = np.where(np.isfinite(nearest), nearest, 1.0).sum(axis=1) / places.shape[1]
    return paired / (sizes + len(seen[0])) - 1e-3 * mean
