"""One class out of many: which of the materials of a library gave a spectrum."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Int, Shaped, UInt8

from irjax.data.dataset import Dataset
from irjax.errors import InputError, require_share
from irjax.evaluation.ranks import MOST, ranks, scores
from irjax.tasks.losses import Summed, cross_entropy
from irjax.tasks.task import HeldOut

Labels = Int[np.ndarray, " n"]


@dataclass(frozen=True)
class Classes:
    """The classes that a dataset's manifest lists, by softmax and cross-entropy."""

    smoothing: float = 0.0
    """The share of each target that is spread over all classes alike."""

    def __post_init__(self) -> None:
        require_share("task", self, "smoothing")

    @property
    def adds_up(self) -> bool:
        return False

    def expected(self) -> None:
        """Nothing: the classes are the dataset's."""

    def blind_loss(self, names: tuple[str, ...]) -> float:
        """A guess's among all of them; as of two where there is one."""
        return math.log(max(len(names), 2))

    def names(self, dataset: Dataset) -> tuple[str, ...]:
        found = dataset.manifest.get("classes")
        if not isinstance(found, list) or "class" not in dataset.rows:
            raise InputError(
                f"{dataset.path}: lists no classes; `irjax make synthetic` or `make xrd` makes a dataset that does"
            )
        if twice := next((name for name in found if found.count(name) > 1), None):
            raise InputError(f"{dataset.path / 'manifest.json'}: lists the class {twice!r} twice")
        return tuple(map(str, found))

    def targets(self, dataset: Dataset) -> Labels:
        place = {name: at for at, name in enumerate(self.names(dataset))}
        missing = sorted(set(dataset.rows["class"].tolist()) - set(place))
        if missing:
            raise InputError(f"{dataset.path / 'spectra.csv'}: the class {missing[0]!r} is none of its manifest's")
        return np.array([place[name] for name in dataset.rows["class"]], np.int32)

    def strata(self, targets: Labels) -> UInt8[np.ndarray, "n classes"]:
        return (targets[:, None] == np.unique(targets)).astype(np.uint8)

    def loss_weights(self, targets: Labels) -> Float[np.ndarray, " 0"]:
        return np.zeros(0, np.float32)

    def loss(
        self,
        outputs: Float[Array, "batch classes"],
        targets: Int[Array, " batch"],
        real: Float[Array, " batch"],
        weights: Float[Array, " 0"],
    ) -> Summed:
        return cross_entropy(outputs, targets, real, self.smoothing)

    def validated(self, outputs: Float[np.ndarray, "n classes"], targets: Labels) -> dict[str, float]:
        from scipy.special import log_softmax  # slow to import, which whoever asks for groups need not wait for

        shares = log_softmax(outputs.astype(np.float64), axis=1)
        wrong = ranks(outputs, targets) > 0
        return {
            "validation_loss": float(-np.take_along_axis(shares, targets[:, None], axis=1).mean()),
            "validation_wrong": float(np.count_nonzero(wrong)),
        }

    def answering(self, names: tuple[str, ...], trained: Labels, held_out: HeldOut | None) -> dict[str, Any]:
        seen = np.bincount(trained, minlength=len(names)).tolist()
        return {"classes": {name: {"training_spectra": count} for name, count in zip(names, seen, strict=True)}}

    def read_answering(self, names: tuple[str, ...], raw: Mapping[str, Any]) -> Int[np.ndarray, " classes"]:
        """How many spectra of each class the network was trained on."""
        return np.array([int(raw["classes"][name]["training_spectra"]) for name in names])

    def probabilities(self, answering: Any, outputs: Float[np.ndarray, "n classes"]) -> Float[np.ndarray, "n classes"]:
        from scipy.special import softmax

        return softmax(np.asarray(outputs, np.float32), axis=-1)

    def record(
        self,
        names: tuple[str, ...],
        answering: Any,
        probabilities: Float[np.ndarray, " classes"],
        error: float,
        phase: str,
    ) -> dict[str, Any]:
        """The likeliest five."""
        best = np.argsort(-probabilities, kind="stable")[:MOST]
        return {"classes": [{"name": names[at], "probability": float(probabilities[at])} for at in best]}

    def scores(
        self,
        names: tuple[str, ...],
        answering: Any,
        probabilities: Float[np.ndarray, "n classes"],
        targets: Labels,
        rows: Mapping[str, Shaped[np.ndarray, " n"]],
    ) -> dict[str, Any]:
        return scores(probabilities, targets) | {"classes": len(names)}

    def describe(self, names: tuple[str, ...]) -> dict[str, Any]:
        return {"classes": names}

    def described(self, record: Mapping[str, Any]) -> tuple[tuple[str, ...], str, str]:
        return tuple(record["classes"]), "", ""
