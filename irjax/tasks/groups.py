"""The task of the paper: which of the functional groups of a vocabulary a molecule has, any number of them at once."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Int, Shaped, UInt8

from irjax.chemistry.groups import CORRECTED, VOCABULARY_NAMES, vocabulary
from irjax.data.dataset import Dataset, skeletons_of
from irjax.errors import InputError, UsageError, require_positive
from irjax.evaluation import metrics
from irjax.evaluation.calibration import (
    Calibration,
    best_expected_f1_thresholds,
    expit,
    fit_calibration,
    odds_of_all,
    uncalibrated,
)
from irjax.evaluation.intervals import plain
from irjax.evaluation.scores import answer_rates, scores
from irjax.evaluation.three_way import ABSENT, PRESENT, UNCERTAIN, Bounds, Scores, bounds, merged, scores_of
from irjax.evaluation.thresholds import DEFAULT
from irjax.spectra.bands import not_to_be_told
from irjax.spectra.grid import INFRARED, Grid
from irjax.tasks.losses import Summed, binary_cross_entropy
from irjax.tasks.task import DEFAULT_ERROR, HeldOut

Labels = UInt8[np.ndarray, "n groups"]

SOME_BANDS, EVERY_BAND = "some bands", "every band"
"""What `scores` may be told of each spectrum beside the columns of spectra.csv, bool [n, groups]: what was measured."""
PRESENT_WORD, ABSENT_WORD, UNCERTAIN_WORD = "present", "absent", "uncertain"
_UNPROMISED = "likely, but cannot be promised here"
"""Of a group that is likely there: what is known of spectra of this kind does not bear the promise."""
_UNLIKELY = "may as well not be there"
"""Of a group that is present by the promise, which the surer answers keep, and by its own probability is not."""
_WORDS = {PRESENT: PRESENT_WORD, ABSENT: ABSENT_WORD, UNCERTAIN: UNCERTAIN_WORD}


GROUND = ("mull", "pellet")
_KINDS = (*GROUND, "other")
"""Of spectra: solids that were ground are read worst, each kind in its own way, and promises hold for each."""
_ANY = "any"
FEWEST = 20
"""Spectra of a kind that must have a group for it to have bounds there of its own."""


def _kind(phase: str) -> str:
    """Where nothing is known of a spectrum, the promise is that for all of them together."""
    return phase if phase in GROUND else _ANY if phase == "unknown" else "other"


@dataclass(frozen=True)
class Answering:
    """What turns a network's outputs into answers."""

    values: Float[np.ndarray, " groups"]
    """From which probability on each group counts as present when there are two answers."""
    positives: Int[np.ndarray, " groups"]
    """Spectra with the group that the network was trained on."""
    calibration: Calibration
    held_out: Mapping[str, tuple[Scores, ...]] = field(default_factory=dict)
    """Of each group, for three answers, by what of `_KINDS` the spectra are; empty where nothing was held out."""
    exact: Calibration = field(default_factory=lambda: uncalibrated(1))
    """Of the log-odds that all decisions of a spectrum are right."""

    @cached_property
    def _bounds(self) -> dict[tuple[float, str], Bounds]:
        return {}

    def bounds(self, rate: float, kind: str = _ANY) -> Bounds:
        """Between which probabilities a group is uncertain when at most `rate` of its answers may be wrong.

        Args:
            kind: of spectra: mull, pellet or other, or any.

        Raises:
            UsageError: there is no such kind.
        """
        if kind not in (*_KINDS, _ANY):
            raise UsageError(f"no kind of spectra {kind!r}; expected {', '.join((*_KINDS, _ANY))}")
        if (rate, kind) not in self._bounds:
            together = self._together(_KINDS)
            own = together if kind == _ANY else self.held_out[kind]
            enough = [len(scores.positives) >= FEWEST for scores in own]
            wanted = [mine if rests else pooled for rests, mine, pooled in zip(enough, own, together, strict=True)]
            # Networks miss some groups in all ground solids: of 13 aldehydes there all lie below the bound of all.
            ground = self._together(GROUND) if kind in GROUND else ()
            alike = [None if rests else few for rests, few in zip(enough, ground, strict=False)]
            self._bounds[rate, kind] = bounds(wanted, self.values, rate, alike)
        return self._bounds[rate, kind]

    def _together(self, kinds: tuple[str, ...]) -> list[Scores]:
        """What is known of each group from several kinds of spectra."""
        return [merged(each) for each in zip(*(self.held_out[kind] for kind in kinds), strict=True)]

    def decide(
        self, probabilities: Float[np.ndarray, "n groups"], rate: float, phases: Shaped[np.ndarray, " n"]
    ) -> Int[np.ndarray, "n groups"]:
        """Three answers where the promises rest on something, else two; uncertain without a positive in training.

        Args:
            phases: of the spectra, str [n]; each kind of them has bounds of its own.
        """
        decided = np.where(probabilities >= self.values, PRESENT, ABSENT)
        kinds = np.array([_kind(phase) for phase in phases.tolist()], dtype=object)
        for kind in sorted(set(kinds.tolist())) if self.held_out else ():
            decided[kinds == kind] = self.bounds(rate, kind).decide(probabilities[kinds == kind])
        return np.where(self.positives > 0, decided, UNCERTAIN)

    def chance(
        self, probabilities: Float[np.ndarray, "n groups"], decided: Int[np.ndarray, "n groups"]
    ) -> Float[np.ndarray, " n"]:
        """That the groups which are called present are all there are; no more than any of them allows by itself."""
        present = decided == PRESENT
        found = self.exact(odds_of_all(probabilities, present)[:, None])[:, 0]
        return np.minimum(found, np.where(present, probabilities, 1 - probabilities).min(axis=1))


@dataclass(frozen=True)
class Groups:
    """Functional groups, by binary cross-entropy (SI, eq. S7).

    A positive of a group counts positive_weight * (neg/pos)**balance, where neg and pos are the group's negatives and
    positives in the training part. With the defaults it is the plain one, eq. S6.
    """

    vocabulary: str = CORRECTED
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

    @property
    def adds_up(self) -> bool:
        return True

    def expected(self) -> tuple[Grid, int]:
        """The paper's grid, and the groups of the vocabulary."""
        return INFRARED, len(vocabulary(self.vocabulary).names)

    def blind_loss(self, names: tuple[str, ...]) -> float:
        """A coin's, in binary cross-entropy."""
        return math.log(2)

    def names(self, dataset: Dataset) -> tuple[str, ...]:
        if missing := sorted({"inchi", "inchikey", "phase"} - dataset.rows.keys()):
            raise InputError(
                f"{dataset.path}: holds no spectra of known structures: its spectra.csv has no column "
                f"{' and no '.join(missing)}; `irjax build` makes a dataset that does"
            )
        return vocabulary(self.vocabulary).names

    def targets(self, dataset: Dataset) -> Labels:
        self.names(dataset)  # which a dataset of anything else has none of
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
        counted = metrics.counts(targets, outputs >= 0, plain(len(targets)))
        found = {"validation_loss": float(metrics.cross_entropy(targets, expit(logits)).mean())}
        if not targets.any():  # nothing to find, of which no mean over groups is left
            return found
        return found | {
            "validation_f1_macro": float(metrics.f1_macro(counted)[0]),
            "validation_f1_micro": float(metrics.f1_micro(counted)[0]),
        }

    def answering(self, names: tuple[str, ...], trained: Labels, held_out: HeldOut | None) -> dict[str, Any]:
        """Calibration, thresholds and what three answers rest on, from what was held out; without it none of them."""
        seen = trained.sum(axis=0, dtype=np.int64).tolist()
        groups: dict[str, dict[str, Any]] = {
            name: {"threshold": DEFAULT, "training_positives": count} for name, count in zip(names, seen, strict=True)
        }
        if held_out is None:
            return {"groups": groups}
        outputs, labels, phases = held_out.outputs, held_out.targets, held_out.columns["phase"]
        of_kind = {kind: phases == kind for kind in GROUND}
        of_kind["other"] = ~np.logical_or.reduce(list(of_kind.values()))
        calibration = fit_calibration(outputs, labels)
        probabilities = calibration(outputs)
        thresholds = best_expected_f1_thresholds(probabilities, labels)
        for at, name in enumerate(names):
            most = int(labels[:, at].sum())
            kept = {kind: scores_of(probabilities[rows, at], labels[rows, at], most) for kind, rows in of_kind.items()}
            groups[name] |= {
                "threshold": float(thresholds[at]),
                "slope": float(calibration.slope[at]),
                "offset": float(calibration.offset[at]),
                "held_out": {
                    kind: {"positives": _rounded(each.positives), "negatives": _rounded(each.negatives)}
                    for kind, each in kept.items()
                },
            }
        present = probabilities >= thresholds
        odds = odds_of_all(probabilities, present)[:, None]
        exact = fit_calibration(odds, (present == labels).all(axis=1)[:, None])
        return {"groups": groups, "exact": {"slope": float(exact.slope[0]), "offset": float(exact.offset[0])}}

    def read_answering(self, names: tuple[str, ...], raw: Mapping[str, Any]) -> Answering:
        groups = [raw["groups"][name] for name in names]

        def column(key: str, default: float | None = None) -> Float[np.ndarray, " groups"]:
            return _told(key, [group[key] if default is None else group.get(key, default) for group in groups])

        values, positives = column("threshold"), column("training_positives").astype(np.int64)
        calibration = Calibration(column("slope", 1.0), column("offset", 0.0))
        if "exact" not in raw:
            return Answering(values, positives, calibration)
        kept = {
            kind: tuple(
                Scores(*(_told(each, group["held_out"][kind][each]) for each in ("positives", "negatives")))
                for group in groups
            )
            for kind in _KINDS
        }
        exact = Calibration(*(_told(key, [raw["exact"][key]]) for key in ("slope", "offset")))
        return Answering(values, positives, calibration, kept, exact)

    def probabilities(
        self, answering: Answering, outputs: Float[np.ndarray, "n groups"]
    ) -> Float[np.ndarray, "n groups"]:
        return answering.calibration(outputs)

    def record(
        self,
        names: tuple[str, ...],
        answering: Answering,
        probabilities: Float[np.ndarray, " groups"],
        error: float,
        phase: str,
    ) -> dict[str, Any]:
        """Present, absent or uncertain, and the chance that those that are called present are all there are."""
        decided = answering.decide(probabilities[None], error, np.array([phase], dtype=object))
        each = zip(names, probabilities.tolist(), decided[0].tolist(), strict=True)
        record: dict[str, Any] = {
            "groups": [{"name": name, "probability": share, "answer": _WORDS[answer]} for name, share, answer in each]
        }
        if answering.held_out:
            unreached = np.isinf(answering.bounds(error, _kind(phase)).present_from)
            unpromised = unreached & (probabilities > DEFAULT)
            unlikely = (decided[0] == PRESENT) & (probabilities < DEFAULT)
            for at in np.flatnonzero(unpromised | unlikely):
                record["groups"][at]["note"] = _UNPROMISED if unpromised[at] else _UNLIKELY
            record["exact"] = float(answering.chance(probabilities[None], decided)[0])
        return record

    def scores(
        self,
        names: tuple[str, ...],
        answering: Answering,
        probabilities: Float[np.ndarray, "n groups"],
        targets: Labels,
        rows: Mapping[str, Shaped[np.ndarray, " n"]],
    ) -> dict[str, Any]:
        skeletons = skeletons_of(rows["inchikey"])
        figures = scores(targets, probabilities, answering.values, names, skeletons, rows["phase"])
        if answering.held_out:
            decided = answering.decide(probabilities, DEFAULT_ERROR, rows["phase"])
            if SOME_BANDS in rows:
                hidden = not_to_be_told(decided == ABSENT, rows[SOME_BANDS], rows[EVERY_BAND])
                decided = np.where(hidden, UNCERTAIN, decided)
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


_BEYOND = 1e15
"""What no threshold, count or calibration reaches; products with outputs stay finite below it."""


def _told(key: str, raw: Any) -> Float[np.ndarray, " n"]:
    """Numbers of a JSON file. Raises ValueError where that is no list of them or they are beyond reason."""
    found = np.array(raw, np.float64)
    if found.ndim != 1 or not (np.abs(found) < _BEYOND).all():
        raise ValueError(f"{key}: no such numbers come of any training")
    return found


def _rounded(probabilities: Float[np.ndarray, " n"]) -> list[float]:
    """Four digits, of what is left to 1 above a half: more would tell apart what chance does not."""
    return [
        float(f"{value:.4g}") if value < 0.5 else round(1 - float(f"{1 - value:.4g}"), 15) for value in probabilities
    ]
