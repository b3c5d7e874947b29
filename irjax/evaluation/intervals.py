"""Weightings that resample the spectra, and the intervals they give."""

import numpy as np

RESAMPLES = 1000
BLOCKS = 50
"""Of the jackknife."""
_Z = 1.96


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


def left_out(skeletons: np.ndarray, seed: int = 0) -> np.ndarray:
    """The weightings of a jackknife, each of which leaves out one of BLOCKS parts of the molecules, [blocks, n]."""
    unique, inverse = np.unique(skeletons.astype(str), return_inverse=True)
    blocks = min(BLOCKS, len(unique))
    block = np.random.default_rng(seed).permutation(np.arange(len(unique)) % blocks)
    return (block[inverse] != np.arange(blocks)[:, None]).astype(np.float64)


def covering(
    value: np.ndarray | float, drawn: np.ndarray, without: np.ndarray
) -> tuple[np.ndarray | float, np.ndarray | float]:
    """A 95 % interval of a figure that resampling biases, such as a mean over groups of which some are rare.

    Such a figure is too high or too low in every bootstrap sample, and its spread there is too small. The interval
    spans that of percentiles and a normal one around the value less its bias, whose standard error is the larger of
    bootstrap and jackknife, with half the square of the bias added. `scripts/coverage.py` says how often it covers.

    Args:
        value: of all spectra.
        drawn: over bootstrap samples, [resamples].
        without: over `left_out`, [blocks].
    """
    low, high = interval(drawn)
    drawn, without = drawn[~np.isnan(drawn)], without[~np.isnan(without)]
    if not len(drawn) or not len(without):
        return low, high
    bias = drawn.mean() - value
    jackknifed = (len(without) - 1) * without.var()
    error = np.sqrt(max(drawn.var(), jackknifed) + bias**2 / 2)
    return np.minimum(low, value - bias - _Z * error), np.maximum(high, value - bias + _Z * error)


def wilson(share: np.ndarray | float, number: np.ndarray | int) -> tuple[np.ndarray, np.ndarray]:
    """The 95 % interval of a share of `number` (E. B. Wilson, J. Am. Stat. Assoc. 1927, 22, 209)."""
    middle = (share + _Z**2 / (2 * number)) / (1 + _Z**2 / number)
    half = _Z / (1 + _Z**2 / number) * np.sqrt(share * (1 - share) / number + _Z**2 / (4 * number**2))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def no_narrower(
    bounds: tuple[np.ndarray | float, np.ndarray | float], share: np.ndarray | float, number: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds widened to those of a share of as many decisions, which resampling takes for certain where all agree.

    Args:
        bounds: lower and upper.
        share: what they are of.
        number: of independent decisions that it is a share of; 0 tells nothing.
    """
    low, high = wilson(share, np.maximum(number, 1e-6))
    return np.fmin(bounds[0], low), np.fmax(bounds[1], high)
