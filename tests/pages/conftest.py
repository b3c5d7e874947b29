"""What the tests of figures and reports are given: labels and probabilities, their figures, a history of losses."""

import numpy as np
import pytest
from drawn_figures import NAMES, Judged, N

from irjax.evaluation.scores import scores


@pytest.fixture(scope="module")
def judged() -> Judged:
    """Labels, probabilities with ties, thresholds."""
    chance = np.random.default_rng(0)
    labels = (chance.random((N, len(NAMES))) < [0.6, 0, 0.2, 0.1, 0.2]).astype(np.uint8)
    labels[:, 4] = np.roll(labels[:, 2], 7)  # as frequent as Alcohol
    probabilities = np.clip(chance.normal(0.3, 0.2, labels.shape) + 0.4 * labels, 0, 1).round(2)
    return labels, probabilities.astype(np.float32), np.array([0.5, 0.5, 0.4, 0.5, 0.6])


@pytest.fixture(scope="module")
def found(judged: Judged) -> dict:
    figures = scores(*judged, NAMES, np.arange(N).astype(str), np.full(N, "gas"))
    return figures | {"left_out": 0, "spectra_of_trained_molecules": 0, "part": "test", "split": "skeletons"}


@pytest.fixture
def history() -> list[dict]:
    losses = [0.30, 0.20, 0.10, 0.12, 0.11]
    rates = [1e-3, 1e-3, 0.9e-3, 1e-4, 1e-4]
    return [
        {
            "epoch": at + 1,
            "loss": loss - 0.05,
            "learning_rate": rate,
            "validation_loss": loss,
            "validation_f1_macro": 0.7 - loss,
            "validation_f1_micro": 0.9 - loss,
        }
        for at, (loss, rate) in enumerate(zip(losses, rates, strict=True))
    ]
