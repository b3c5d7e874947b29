"""From which probability on a group counts as present."""

import numpy as np

from irjax.evaluation.metrics import descending

DEFAULT = 0.5
FEWEST_POSITIVES = 5
"""With fewer, the best threshold is that of one or two spectra, and may call half of all others present."""


def best_f1_thresholds(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The threshold of highest F1 for each group (Jung et al. 2023, SI, "CNN training"), float64 [groups].

    It lies midway between the last probability that counts as present and the next lower one. A group with fewer than
    FEWEST_POSITIVES positives keeps 0.5. Fit these on spectra that neither trained the network nor test it.

    Args:
        labels: 0/1 [n, groups].
        probabilities: [n, groups].
    """
    columns = zip(labels.T, probabilities.T, strict=True)
    return np.array([_best_f1_threshold(label, score) for label, score in columns])


def _best_f1_threshold(label: np.ndarray, score: np.ndarray) -> float:
    if np.count_nonzero(label) < FEWEST_POSITIVES:
        return DEFAULT
    order, last = descending(score)
    score = score[order].astype(np.float64)
    hits = np.cumsum(label[order])
    called = np.arange(1, len(score) + 1)
    f1 = 2 * hits[last] / (called[last] + hits[-1])
    best = last[np.argmax(f1)]
    below = score[best + 1] if best + 1 < len(score) else 0.0
    return float((score[best] + below) / 2)
