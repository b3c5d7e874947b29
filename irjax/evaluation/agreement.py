"""How near predicted spectra come to the true ones, and what of them is below zero."""

from typing import Any

import numpy as np
from scipy.special import stdtrit

_LEVEL = 0.975
_TINY = 1e-12
"""Below this a spectrum is nothing."""
_NEGATIVE = ("negative_share", "negative_size")


def scores(found: np.ndarray, wanted: np.ndarray, spacing: float, skeletons: np.ndarray) -> dict[str, Any]:
    """`n`, and the figures of `measures` as `overall` and, of spectra of length 1, as `normalised`.

    Each is a mean over the spectra with its 95 % interval, for which the spectra of one molecule count as one.

    Args:
        found, wanted: [n, points].
        spacing: between two points.
        skeletons: what the spectra of one molecule have in common, str [n].
    """
    _, molecule = np.unique(skeletons.astype(str), return_inverse=True)

    def means(found: np.ndarray, wanted: np.ndarray) -> dict[str, dict[str, float | None]]:
        return {name: _mean(name, each, molecule) for name, each in measures(found, wanted, spacing).items()}

    found, wanted = found.astype(np.float64), wanted.astype(np.float64)
    both = {"overall": means(found, wanted), "normalised": means(normalised(found), normalised(wanted))}
    return {"n": len(found), **both}


def normalised(spectra: np.ndarray) -> np.ndarray:
    """Spectra divided by their length, the root of the sum of squares, [n, points]."""
    return spectra / np.maximum(np.linalg.norm(spectra, axis=1, keepdims=True), _TINY)


def measures(found: np.ndarray, wanted: np.ndarray, spacing: float) -> dict[str, np.ndarray]:
    """The figures of each spectrum, [n] each (Smeds 2019, section 2.3).

    accuracy: 1 - sqrt(sum((T - P)²) dE) / (sum(P) dE). Eq. 2 prints the second term alone, which is an error; the
        authors' code returns this. It has a unit, so it is for spectra per eV; 0 where a prediction has no area.
    area: 1 - sum(|T - P|) / sum(T), the share of the area that is in its place.
    rmse, mae: over the points, in the spectra's unit (eqs. 3, 4; eq. 3 prints no 1/n).
    r2: 1 - sum((T - P)²) / sum((T - mean(T))²); eq. 5 prints P in the denominator.
    negative_share, negative_size: of the points, and the mean over all points of what lies below zero, of a spectrum of
        length 1.
    """
    apart = found - wanted
    squares, area = (apart**2).sum(axis=1), found.sum(axis=1) * spacing
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(area > _TINY, np.sqrt(squares * spacing) / np.maximum(area, _TINY), 1.0)
    spread = ((wanted - wanted.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return {
        "accuracy": 1 - error,
        "area": 1 - np.abs(apart).sum(axis=1) / np.maximum(wanted.sum(axis=1), _TINY),
        "rmse": np.sqrt(squares / found.shape[1]),
        "mae": np.abs(apart).mean(axis=1),
        "r2": 1 - squares / np.maximum(spread, _TINY),
        "negative_share": (found < 0).mean(axis=1),
        "negative_size": np.maximum(-normalised(found), 0).mean(axis=1),
    }


def _mean(name: str, each: np.ndarray, molecule: np.ndarray) -> dict[str, float | None]:
    """A mean and its interval, Student's, from the spread of what each molecule adds to the sum; one tells of none."""
    mean, molecules = each.mean(), len(np.unique(molecule))
    if molecules < 2:
        return {"value": float(mean), "low": None, "high": None}
    spread = (np.bincount(molecule, each - mean) ** 2).sum() * molecules / (molecules - 1)
    half = stdtrit(molecules - 1, _LEVEL) * np.sqrt(spread) / len(each)
    low = max(mean - half, 0.0) if name in _NEGATIVE else mean - half
    return {"value": float(mean), "low": float(low), "high": float(mean + half)}
