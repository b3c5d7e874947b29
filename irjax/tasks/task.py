"""What the engine asks of a task, whatever is learned."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol

import numpy as np
from jaxtyping import Array, Float, Int, Shaped

from irjax.data.dataset import Dataset
from irjax.errors import UsageError
from irjax.spectra.grid import Grid
from irjax.tasks.losses import Summed

Targets = Any
"""An array whose first axis is that of the spectra: what a task's loss wants to know of each."""


DEFAULT_ERROR = 0.1
"""The share of answers that may be wrong unless a person asks for another."""


def require_error(share: float) -> None:
    """Refuses a share of wrong answers that no bounds are fitted to. Raises UsageError, naming argument and option."""
    if not (isinstance(share, Real) and 0 < share <= 0.5):
        raise UsageError(f"error (--error) must lie above 0 and not above 0.5, not {share!r}")


@dataclass(frozen=True)
class HeldOut:
    """What networks said of spectra that they were not trained on, and what is known of these."""

    outputs: Float[np.ndarray, "n outputs"]
    targets: Targets
    columns: Mapping[str, np.ndarray]
    """Of spectra.csv, [n] each."""


def held_out(
    outputs: Float[np.ndarray, "n outputs"], task: "Task", dataset: Dataset, rows: Int[np.ndarray, " n"]
) -> HeldOut:
    """What was said of some spectra of a dataset."""
    targets = task.targets(dataset)[rows]
    return HeldOut(outputs, targets, {name: column[rows] for name, column in dataset.rows.items()})


class Task(Protocol):
    """A frozen config dataclass with these methods; `outputs` are what the network returns, before any sigmoid."""

    @property
    def adds_up(self) -> bool:
        """Whether the sum of two infrared spectra has what each of them has, so that it can be learned from."""
        ...

    def expected(self) -> tuple[Grid, int] | None:
        """The grid and the number of outputs where no dataset is at hand; None where only a dataset can say them."""
        ...

    def blind_loss(self, names: tuple[str, ...]) -> float:
        """What a network loses that knows nothing."""
        ...

    def names(self, dataset: Dataset) -> tuple[str, ...]:
        """What each output of a network stands for. Raises InputError where a dataset holds nothing of this task."""
        ...

    def targets(self, dataset: Dataset) -> Targets:
        """What is to be learned of each spectrum of a dataset. Raises InputError as `names` does."""
        ...

    def strata(self, targets: Targets) -> Shaped[np.ndarray, "n kinds"]:
        """0/1: what shall be equally frequent in every part of a split."""
        ...

    def loss_weights(self, targets: Targets) -> Float[np.ndarray, "..."]:
        """What the loss takes beside the targets, from those of the training part."""
        ...

    def loss(
        self,
        outputs: Float[Array, "batch outputs"],
        targets: Targets,
        real: Float[Array, " batch"],
        weights: Float[Array, "..."],
    ) -> Summed:
        """The loss of a batch; `real` is 0 for padding."""
        ...

    def validated(self, outputs: Float[np.ndarray, "n outputs"], targets: Targets) -> dict[str, float]:
        """Figures of a validation part; `validation_loss`, which is watched, is among them."""
        ...

    def answering(self, names: tuple[str, ...], trained: Targets, held_out: HeldOut | None) -> dict[str, Any]:
        """What turns outputs into answers, as JSON holds it.

        Args:
            trained: the targets of the training part.
            held_out: what was said of spectra that the network has not seen, if there are any.
        """
        ...

    def read_answering(self, names: tuple[str, ...], raw: Mapping[str, Any]) -> Any:
        """What `answering` gave, ready for `record` and `scores`.

        Raises:
            KeyError, TypeError, ValueError: it is damaged.
        """
        ...

    def probabilities(self, answering: Any, outputs: Float[np.ndarray, "n outputs"]) -> Float[np.ndarray, "n outputs"]:
        """How probable each name is; where a curve is learned, [n, points], the curve."""
        ...

    def record(
        self,
        names: tuple[str, ...],
        answering: Any,
        probabilities: Float[np.ndarray, " outputs"],
        error: float,
        phase: str,
    ) -> dict[str, Any]:
        """The answer to one spectrum, as `irjax predict --format json` writes it.

        That is one of `groups`, a list of dicts of name, probability and answer (perhaps a `note` on it, and `exact`
        beside, if that is known), `classes`, a list of dicts of name and probability, and `curve`, a dict of the lists
        x and y.

        Args:
            error: the share of answers that may be wrong, where a task can promise one.
            phase: of the spectrum, `unknown` where nothing is known.
        """
        ...

    def scores(
        self,
        names: tuple[str, ...],
        answering: Any,
        probabilities: Float[np.ndarray, "n outputs"],
        targets: Targets,
        rows: Mapping[str, Shaped[np.ndarray, " n"]],
    ) -> dict[str, Any]:
        """The figures of an evaluation, as `irjax evaluate --json` writes them.

        `n` spectra, and under `overall` each figure's `value` with the ends of its interval, `low` and `high`.

        Args:
            rows: columns of spectra.csv, and what else is known of each spectrum.
        """
        ...

    def describe(self, names: tuple[str, ...]) -> dict[str, Any]:
        """What a run notes of its task, for `described` to compare."""
        ...

    def described(self, record: Mapping[str, Any]) -> tuple[tuple[str, ...], str, str]:
        """The names that a run noted; why today's task is another one, or nothing; and a warning, or nothing."""
        ...
