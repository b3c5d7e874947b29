"""The task of the paper: which of the functional groups of a vocabulary a molecule has, any number of them at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Int, UInt8

from irjax.chemistry.groups import VOCABULARY_NAMES, vocabulary
from irjax.data.dataset import Dataset
from irjax.errors import UsageError, require_positive
from irjax.evaluation import metrics
from irjax.evaluation.calibration import (
    Calibration,
    best_expected_f1_thresholds,
    chance_of_all,
    fit_calibration,
    uncalibrated,
)
from irjax.evaluation.intervals import plain
from irjax.evaluation.scores import answer_rates, scores
from irjax.evaluation.three_way import ABSENT, PRESENT, UNCERTAIN, Bounds, Scores, bounds, scores_of
from irjax.evaluation.thresholds import DEFAULT
from irjax.tasks.losses import Summed, binary_cross_entropy
from irjax.tasks.task import DEFAULT_ERROR

Labels = UInt8[np.ndarray, "n groups"]

UNCERTAIN_WORD = "uncertain"
_WORDS = {PRESENT: "present", ABSENT: "absent", UNCERTAIN: UNCERTAIN_WORD}


@dataclass(frozen=True)
class Answering:
    """What turns a network's outputs into answers."""

    values: Float[np.ndarray, " groups"]
    """From which probability on each group counts as present when there are two answers."""
    positives: Int[np.ndarray, " groups"]
    """Spectra with the group that the network was trained on."""
    calibration: Calibration
    held_out: tuple[Scores, ...] = ()
    """Of each group, for three answers; empty where nothing was held out."""
    exact: Calibration = field(default_factory=lambda: uncalibrated(1))
    """Of the log-odds that all decisions of a spectrum are right."""

    @cached_property
    def _bounds(self) -> dict[float, Bounds]:
        return {}

    def bounds(self, rate: float) -> Bounds:
        """Between which probabilities a group is uncertain when at most `rate` of its answers may be wrong."""
        if rate not in self._bounds:
            self._bounds[rate] = bounds(list(self.held_out), self.values, rate)
        return self._bounds[rate]

    def decide(self, probabilities: Float[np.ndarray, "n groups"], rate: float) -> Int[np.ndarray, "n groups"]:
        """Three answers where the promises rest on something, else two; uncertain without a positive in training."""
        if self.held_out:
            decided = self.bounds(rate).decide(probabilities)
        else:
            decided = np.where(probabilities >= self.values, PRESENT, ABSENT)
        return np.where(self.positives > 0, decided, UNCERTAIN)


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
        """Calibration, thresholds and what three answers rest on, from what was held out; without it none of them."""
        seen = trained.sum(axis=0, dtype=np.int64).tolist()
        groups: dict[str, dict[str, Any]] = {
            name: {"threshold": DEFAULT, "training_positives": count} for name, count in zip(names, seen, strict=True)
        }
        if held_out is None:
            return {"groups": groups}
        outputs, labels = held_out
        calibration = fit_calibration(outputs, labels)
        probabilities = calibration(outputs)
        thresholds = best_expected_f1_thresholds(probabilities)
        for at, name in enumerate(names):
            kept = scores_of(probabilities[:, at], labels[:, at])
            groups[name] |= {
                "threshold": float(thresholds[at]),
                "slope": float(calibration.slope[at]),
                "offset": float(calibration.offset[at]),
                "held_out_positives": _rounded(kept.positives),
                "held_out_negatives": _rounded(kept.negatives),
            }
        present = probabilities >= thresholds
        odds = chance_of_all(probabilities, present)[:, None]
        exact = fit_calibration(odds, (present == labels).all(axis=1)[:, None])
        return {"groups": groups, "exact": {"slope": float(exact.slope[0]), "offset": float(exact.offset[0])}}

    def read_answering(self, names: tuple[str, ...], raw: Mapping[str, Any]) -> Answering:
        groups = [raw["groups"][name] for name in names]

        def column(key: str, default: float | None = None) -> np.ndarray:
            return np.array([float(group[key] if default is None else group.get(key, default)) for group in groups])

        values, positives = column("threshold"), column("training_positives").astype(np.int64)
        calibration = Calibration(column("slope", 1.0), column("offset", 0.0))
        if "exact" not in raw:
            return Answering(values, positives, calibration)
        kept = tuple(
            Scores(*(np.array(group[f"held_out_{kind}"], np.float64) for kind in ("positives", "negatives")))
            for group in groups
        )
        exact = Calibration(*(np.array([float(raw["exact"][key])]) for key in ("slope", "offset")))
        return Answering(values, positives, calibration, kept, exact)

    def probabilities(
        self, answering: Answering, outputs: Float[np.ndarray, "n groups"]
    ) -> Float[np.ndarray, "n groups"]:
        return answering.calibration(outputs)

    def record(
        self, names: tuple[str, ...], answering: Answering, probabilities: Float[np.ndarray, " groups"], error: float
    ) -> dict[str, Any]:
        """Present, absent or uncertain, and the chance that those at or above their thresholds are all there are."""
        decided = answering.decide(probabilities[None], error)[0]
        each = zip(names, probabilities.tolist(), decided.tolist(), strict=True)
        record: dict[str, Any] = {
            "groups": [{"name": name, "probability": share, "answer": _WORDS[answer]} for name, share, answer in each]
        }
        if answering.held_out:
            odds = chance_of_all(probabilities[None], probabilities[None] >= answering.values)
            record["exact"] = float(answering.exact(odds[:, None])[0, 0])
        return record

    def scores(
        self,
        names: tuple[str, ...],
        answering: Answering,
        probabilities: Float[np.ndarray, "n groups"],
        targets: Labels,
        rows: Mapping[str, np.ndarray],
    ) -> dict[str, Any]:
        skeletons = np.array([key.split("-")[0] for key in rows["inchikey"]], dtype=object)
        figures = scores(targets, probabilities, answering.values, names, skeletons, rows["phase"])
        if answering.held_out:
            decided = answering.decide(probabilities, DEFAULT_ERROR)
            figures["answers"] = {"error": DEFAULT_ERROR} | answer_rates(decided, targets, names, rows["phase"])
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


def _rounded(probabilities: np.ndarray) -> list[float]:
    """Six digits, which tell any two spectra apart and keep the file small."""
    return [float(f"{value:.6g}") for value in probabilities]
