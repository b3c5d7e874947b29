"""Bootstrap weightings and the intervals they give."""

import numpy as np

RESAMPLES = 1000


def plain(count: int) -> np.ndarray:
    """Every spectrum once: the weighting of the plain figure, [1, count]."""
    return np.ones((1, count))


def bootstrap(skeletons: np.ndarray, seed: int = 0, resamples: int = RESAMPLES) -> np.ndarray:
    """How often each spectrum counts when molecules are drawn with replacement, float64 [resamples, n].

    Molecules are drawn, not spectra: the spectra of one molecule are no independent evidence.
    """
    unique, inverse = np.unique(skeletons.astype(str), return_inverse=True)
    share = np.full(len(unique), 1 / len(unique))
    drawn = np.random.default_rng(seed).multinomial(len(unique), share, size=resamples)
    return drawn[:, inverse].astype(np.float64)


def interval(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 2.5 and 97.5 % quantiles over resamples (axis 0), leaving out those without a figure (NaN)."""
    known = ~np.isnan(values)
    filled = np.where(known.any(axis=0), values, 0)
    low, high = np.nanquantile(filled, (0.025, 0.975), axis=0)
    return np.where(known.any(axis=0), low, np.nan), np.where(known.any(axis=0), high, np.nan)


def wilson(share: np.ndarray | float, number: np.ndarray | int) -> tuple[np.ndarray, np.ndarray]:
    """The 95 % interval of a share of `number` (E. B. Wilson, J. Am. Stat. Assoc. 1927, 22, 209)."""
    z = 1.96
    middle = (share + z**2 / (2 * number)) / (1 + z**2 / number)
    half = z / (1 + z**2 / number) * np.sqrt(share * (1 - share) / number + z**2 / (4 * number**2))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
