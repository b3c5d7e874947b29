"""The task of the paper: which of the functional groups of a vocabulary a molecule has, any number of them at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Int, UInt8
from scipy.special import expit

from irjax.chemistry.groups import VOCABULARY_NAMES, vocabulary
from irjax.data.dataset import Dataset
from irjax.errors import UsageError, require_positive
from irjax.evaluation import metrics
from irjax.evaluation.intervals import plain
from irjax.evaluation.scores import scores
from irjax.evaluation.thresholds import DEFAULT, best_f1_thresholds
from irjax.tasks.losses import Summed, binary_cross_entropy

Labels = UInt8[np.ndarray, "n groups"]


@dataclass(frozen=True)
class Thresholds:
    """From which probability on each group counts as present."""

    values: Float[np.ndarray, " groups"]
    positives: Int[np.ndarray, " groups"]
    """Spectra with the group that the network was trained on."""


@dataclass(frozen=True)
class Groups:
    """Functional groups, by binary cross-entropy (SI, eq. S7).

    A positive of a group counts positive_weight * (neg/pos)**balance, where neg and pos are the group's negatives and
    positives in the training part. With the defaults it is the plain one, eq. S6.
    """

    vocabulary: str = "irjax37"
    """Which groups, and by which patterns; `irjax label --help` names the vocabularies."""
    positive_weight: float = 1.0
    balance: float = 0.0
    """From 0, every group alike, to 1, positives and negatives of each group of equal weight together."""

    def __post_init__(self) -> None:
        if self.vocabulary not in VOCABULARY_NAMES:
            raise UsageError(f"task.vocabulary must be one of {', '.join(VOCABULARY_NAMES)}, not {self.vocabulary}")
        require_positive("task", self, "positive_weight")
        if not 0 <= self.balance <= 1:
            raise UsageError(f"task.balance must lie from 0 to 1, not {self.balance}")

    def names(self, dataset: Dataset) -> tuple[str, ...]:
        return vocabulary(self.vocabulary).names

    def targets(self, dataset: Dataset) -> Labels:
        return dataset.labels(self.vocabulary)

    def strata(self, targets: Labels) -> Labels:
        return targets

    def loss_weights(self, targets: Labels) -> Float[np.ndarray, " groups"]:
        """How much a positive of each group counts; a group without one has no use for it."""
        positives = targets.sum(axis=0, dtype=np.int64)
        ratio = (len(targets) - positives) / np.maximum(positives, 1)
        balanced = np.where((positives > 0) & (ratio > 0), np.maximum(ratio, 1e-9) ** self.balance, 1.0)
        return (self.positive_weight * balanced).astype(np.float32)

    def loss(
        self,
        outputs: Float[Array, "batch groups"],
        targets: UInt8[Array, "batch groups"],
        real: Float[Array, " batch"],
        weights: Float[Array, " groups"],
    ) -> Summed:
        return binary_cross_entropy(outputs, targets, real, weights)

    def validated(self, outputs: Float[np.ndarray, "n groups"], targets: Labels) -> dict[str, float]:
        # Between these bounds float32 probabilities are neither 0 nor 1.
        logits = np.clip(outputs.astype(np.float64), -16.1, 16.1)
        loss = np.where(targets > 0, np.logaddexp(0, -logits), np.logaddexp(0, logits)).mean()
        counted = metrics.counts(targets, outputs >= 0, plain(len(targets)))
        return {
            "validation_loss": float(loss),
            "validation_f1_macro": float(metrics.f1_macro(counted)[0]),
            "validation_f1_micro": float(metrics.f1_micro(counted)[0]),
        }

    def answering(
        self, names: tuple[str, ...], trained: Labels, held_out: tuple[np.ndarray, Labels] | None
    ) -> dict[str, Any]:
        """Thresholds of highest F1 on what was held out; 0.5 where nothing was."""
        thresholds = np.full(len(names), DEFAULT)
        if held_out is not None:
            outputs, labels = held_out
            thresholds = best_f1_thresholds(labels, self.probabilities(outputs))
        rows = zip(names, thresholds.tolist(), trained.sum(axis=0, dtype=np.int64).tolist(), strict=True)
        return {"groups": {name: {"threshold": at, "training_positives": seen} for name, at, seen in rows}}

    def read_answering(self, names: tuple[str, ...], raw: Mapping[str, Any]) -> Thresholds:
        groups = [raw["groups"][name] for name in names]
        values = np.array([float(group["threshold"]) for group in groups])
        return Thresholds(values, np.array([int(group["training_positives"]) for group in groups]))

    def probabilities(self, outputs: Float[np.ndarray, "n groups"]) -> Float[np.ndarray, "n groups"]:
        return expit(np.asarray(outputs, np.float32))

    def record(
        self, names: tuple[str, ...], answering: Thresholds, probabilities: Float[np.ndarray, " groups"]
    ) -> dict[str, Any]:
        """Present from the threshold on; uncertain where the network saw no positive of the group."""
        words = np.where(probabilities >= answering.values, "present", "absent")
        words = np.where(answering.positives > 0, words, "uncertain")
        each = zip(names, probabilities.tolist(), words.tolist(), strict=True)
        return {"groups": [{"name": name, "probability": share, "answer": word} for name, share, word in each]}

    def scores(
        self,
        names: tuple[str, ...],
        answering: Thresholds,
        probabilities: Float[np.ndarray, "n groups"],
        targets: Labels,
        rows: Mapping[str, np.ndarray],
    ) -> dict[str, Any]:
        skeletons = np.array([key.split("-")[0] for key in rows["inchikey"]], dtype=object)
        figures = scores(targets, probabilities, answering.values, names, skeletons, rows["phase"])
        return figures | {"vocabulary": self.vocabulary}

    def describe(self, names: tuple[str, ...]) -> dict[str, Any]:
        wanted = vocabulary(self.vocabulary)
        return {"vocabulary": {"name": wanted.name, "groups": names, "fingerprint": wanted.fingerprint}}

    def described(self, record: Mapping[str, Any]) -> tuple[tuple[str, ...], str, str]:
        noted, today = record["vocabulary"], vocabulary(self.vocabulary)
        names = tuple(noted["groups"])
        fingerprint = noted.get("fingerprint")
        if names != today.names or fingerprint not in (None, today.fingerprint):
            return names, f"it learned {today.name} by other patterns than today's; train it anew", ""
        if fingerprint is None:
            return names, "", f"it does not say by which patterns of {today.name} it was labelled; taken for today's"
        return names, "", ""
