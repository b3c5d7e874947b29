"""What a network has to beat."""

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

POOL = 4
"""Grid points per pooled value: 600 points become 150."""


@dataclass(frozen=True)
class PooledLogisticRegression:
    """One logistic regression per group, on the strongest absorption in each bin of four grid points."""

    models: tuple[Pipeline | None, ...]
    """None for a group without a positive, or without a negative, in training."""
    constants: np.ndarray
    """The share of positives in training, for those groups."""

    @classmethod
    def fit(cls, transmittance: np.ndarray, labels: np.ndarray) -> "PooledLogisticRegression":
        """Fits on float32 [n, points] (NaN for gaps) and 0/1 [n, groups]."""
        features = pooled(transmittance)
        share = labels.mean(axis=0)
        models = [
            make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000)).fit(features, column)
            if 0 < column.mean() < 1
            else None
            for column in labels.T
        ]
        return cls(tuple(models), share)

    def probabilities(self, transmittance: np.ndarray) -> np.ndarray:
        """Probabilities, float64 [n, groups]."""
        features = pooled(transmittance)
        columns = [
            np.full(len(features), constant) if model is None else model.predict_proba(features)[:, 1]
            for model, constant in zip(self.models, self.constants, strict=True)
        ]
        return np.stack(columns, axis=1)


def pooled(transmittance: np.ndarray) -> np.ndarray:
    """The lowest transmittance of every four grid points on a scale of 0 to 1 per spectrum, float64 [n, points / 4].

    Gaps repeat the nearest measured value.
    """
    known = np.isfinite(transmittance)
    at = np.arange(transmittance.shape[1])
    before = np.maximum.accumulate(np.where(known, at, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, at, at.size)[:, ::-1], axis=1)[:, ::-1]
    nearest = np.where((before < 0) | ((after < at.size) & (after - at < at - before)), after, before)
    filled = np.take_along_axis(transmittance.astype(np.float64), np.clip(nearest, 0, at.size - 1), axis=1)
    low, high = filled.min(axis=1, keepdims=True), filled.max(axis=1, keepdims=True)
    scaled = (filled - low) / np.where(high > low, high - low, 1)
    return scaled.reshape(len(scaled), -1, POOL).min(axis=2)
