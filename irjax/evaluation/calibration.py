"""Probabilities that mean what they say, and the thresholds that follow from them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from irjax.evaluation.thresholds import DEFAULT

_HELD = 10.0
"""How strongly the common calibration holds a group's own, as the curvature of a normal prior around it."""
_FLATTEST = 0.05
"""Slope: of outputs that say nothing, or the contrary, the order is kept."""
_FARTHEST = 30.0


@dataclass(frozen=True)
class Calibration:
    """p = 1 / (1 + exp(-(slope * output + offset))) for each group (J. Platt, Adv. Large Margin Classifiers 1999)."""

    slope: Float[np.ndarray, " groups"]
    offset: Float[np.ndarray, " groups"]

    def __call__(self, outputs: Float[np.ndarray, "n groups"]) -> Float[np.ndarray, "n groups"]:
        return expit(self.slope * np.asarray(outputs, np.float64) + self.offset)


def expit(x: np.ndarray) -> np.ndarray:
    """As that of scipy.special, whose import the first answer would wait for."""
    return np.exp(_log_expit(x))


def _log_expit(x: np.ndarray) -> np.ndarray:
    return -np.logaddexp(0.0, -x)


def uncalibrated(groups: int) -> Calibration:
    """Takes outputs at their word."""
    return Calibration(np.ones(groups), np.zeros(groups))


def fit_calibration(outputs: Float[np.ndarray, "n groups"], labels: UInt8[np.ndarray, "n groups"]) -> Calibration:
    """The calibration of outputs for spectra that the network was not trained on.

    All groups together are calibrated first; each is then held to that by a prior, which gives way as its positives
    grow in number.
    """
    pooled = _fitted(outputs.reshape(-1, 1), labels.reshape(-1, 1), np.array([[1.0], [0.0]]), 1e-3)
    common = np.repeat(pooled, outputs.shape[1], axis=1)
    return Calibration(*_fitted(outputs, labels, common, _HELD))


def _fitted(outputs: np.ndarray, labels: np.ndarray, prior: np.ndarray, held: float) -> np.ndarray:
    """Slopes of _FLATTEST and more and offsets, [2, groups], of the highest posterior.

    By Newton's method, each step halved while it fails; where the slope would become flatter, the offset alone moves.
    """
    z = np.clip(outputs.astype(np.float64), -_FARTHEST, _FARTHEST)
    y = labels.astype(np.float64)

    def loss(terms: np.ndarray) -> np.ndarray:
        a = terms[0] * z + terms[1]
        return -(y * _log_expit(a) + (1 - y) * _log_expit(-a)).sum(axis=0) + held / 2 * ((terms - prior) ** 2).sum(
            axis=0
        )

    terms = prior.copy()
    least = loss(terms)
    for _ in range(30):
        p = expit(terms[0] * z + terms[1])
        excess, curve = p - y, p * (1 - p)
        gradient = np.stack([(excess * z).sum(axis=0), excess.sum(axis=0)]) + held * (terms - prior)
        aa, ab, bb = (curve * z**2).sum(axis=0) + held, (curve * z).sum(axis=0), curve.sum(axis=0) + held
        step = np.stack([bb * gradient[0] - ab * gradient[1], aa * gradient[1] - ab * gradient[0]]) / (aa * bb - ab**2)
        step = np.where((terms[0] <= _FLATTEST) & (step[0] > 0), [np.zeros_like(bb), gradient[1] / bb], step)
        tried = _no_flatter(terms - step)
        found = loss(tried)
        for halvings in range(1, 20):
            if not (found > least).any():
                break
            tried = np.where(found > least, _no_flatter(terms - step / 2**halvings), tried)
            found = loss(tried)
        better = found <= least
        terms, moved = np.where(better, tried, terms), np.where(better, least - found, 0)
        least = np.where(better, found, least)
        if (moved < 1e-9 * (1 + least)).all():
            break
    return terms


def _no_flatter(terms: np.ndarray) -> np.ndarray:
    return np.stack([np.maximum(terms[0], _FLATTEST), terms[1]])


def best_expected_f1_thresholds(
    probabilities: Float[np.ndarray, "n groups"], labels: UInt8[np.ndarray, "n groups"]
) -> Float[np.ndarray, " groups"]:
    """The threshold of highest expected F1 for each group: half that F1 (Z. C. Lipton et al., arXiv 1402.1892).

    It needs no more than calibrated probabilities, so it does not chase the noise of rare groups. Those of a group
    without a positive among the labels are not: where nothing is known of a group, DEFAULT decides.
    """
    falling = -np.sort(-probabilities, axis=0)
    called = np.arange(1, len(falling) + 1)[:, None]
    expected = 2 * np.cumsum(falling, axis=0) / (called + falling.sum(axis=0))
    return np.where(labels.any(axis=0), expected.max(axis=0) / 2, DEFAULT)


def odds_of_all(
    probabilities: Float[np.ndarray, "n groups"], present: UInt8[np.ndarray, "n groups"]
) -> Float[np.ndarray, " n"]:
    """The log-odds that every decision of a spectrum is right, were they independent."""
    right = np.where(present, probabilities, 1 - probabilities)
    together = np.log(np.maximum(right, 1e-9)).sum(axis=1)
    chance = np.clip(np.exp(together), 1e-9, 1 - 1e-9)
    return np.log(chance) - np.log1p(-chance)
