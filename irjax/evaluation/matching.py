"""Peak matching, the classical way to find a pattern in a library: which class has these peaks, at these heights.

`match` goes by the rule of the synthetic benchmark, `search_match` is that of powder diffraction, where heights say
little: lists of reflections are held against the peaks that were found, as cards of d-spacings once were.
"""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

FARTHEST, HEIGHT_CHANGE = 50, 0.05
"""How far a peak may lie from the library's, in points, and differ in height: the rule by which copies are drawn."""
_LEAST = 0.004
"""Lower maxima are taken for rounding."""

REACH = 15
"""Points within which a peak of a measured pattern is that of a line of the library: 0.3° of 2θ."""
_SMOOTHED, _ABOVE_NOISE, _MOST = 3.0, 4.0, 60
"""Standard deviation in points of what evens out counting, how far above it a peak must rise, and how many count."""

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
    lacking = np.where(np.isfinite(places), 1.0, 0.0)  # a peak without a partner; no peak at all lacks none
    mean = np.where(np.isfinite(nearest), nearest, lacking).sum(axis=1) / sizes
    return paired / (sizes + len(seen[0])) - 1e-3 * mean


def search_match(patterns: np.ndarray, library: Sequence[Peaks]) -> np.ndarray:
    """How well each class explains each measured powder pattern, float64 [n, classes], from 0 to 2.

    The sum of two shares, each by the roots of heights, a partner counting the more the nearer it lies: of the class's
    lines those that the pattern shows, and of the pattern's peaks those that the class explains.

    Args:
        patterns: counts, or anything with noise as counts have it, float [n, points].
        library: places in points, not whole, and heights of each class's strongest lines.
    """
    most = max(len(places) for places, _ in library)
    places, weights = np.full((len(library), most), -np.inf), np.zeros((len(library), most))
    for at, (own, height) in enumerate(library):
        places[at, : len(own)], weights[at, : len(own)] = own, np.sqrt(height)
    points = np.arange(patterns.shape[1])
    covered = np.stack([_nearness(points, np.sort(own)) for own, _ in library])  # [classes, points]
    weights /= weights.sum(axis=1, keepdims=True)
    return np.stack([_explained(_prominent(pattern), places, weights, covered) for pattern in patterns])


def _nearness(places: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How near each place is to the nearest of other places, which ascend: 1 upon it, 0 from REACH on."""
    after = np.searchsorted(others, places)
    before = np.abs(places - others[np.maximum(after - 1, 0)])
    distance = np.minimum(before, np.abs(places - others[np.minimum(after, len(others) - 1)]))
    return np.maximum(1 - (distance / REACH) ** 2, 0)


def _prominent(pattern: np.ndarray) -> Peaks:
    """Peaks of a measured pattern that rise above its noise, at whole points, and by how much."""
    even = gaussian_filter1d(np.asarray(pattern, np.float64), _SMOOTHED)
    rest = pattern - even
    noise = 1.4826 * np.median(np.abs(rest - np.median(rest))) / np.sqrt(2 * np.sqrt(np.pi) * _SMOOTHED)
    at, found = find_peaks(even, prominence=max(_ABOVE_NOISE * noise, 1e-9 * np.ptp(even)))
    best = np.sort(np.argsort(-found["prominences"], kind="stable")[:_MOST])
    return at[best], found["prominences"][best]


def _explained(seen: Peaks, places: np.ndarray, weights: np.ndarray, covered: np.ndarray) -> np.ndarray:
    at, height = seen
    if not len(at):
        return np.zeros(len(places))
    shown = (weights * _nearness(places, at)).sum(axis=1)
    return shown + covered[:, at] @ np.sqrt(height) / np.sqrt(height).sum()
