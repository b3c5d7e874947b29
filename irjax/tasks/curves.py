"""A spectrum as output: the photoemission of a molecule, Gaussians over the levels that its electrons come from."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped, UInt8

from irjax.data.dataset import Dataset, skeletons_of
from irjax.data.molecules import GRID as MATRIX
from irjax.data.molecules import LEVELS
from irjax.errors import InputError, UsageError, require_choices, require_positive
from irjax.evaluation.agreement import scores
from irjax.spectra.grid import Grid
from irjax.tasks.losses import Summed
from irjax.tasks.task import HeldOut

CurveLoss = Literal["mse", "rmse", "smooth-l1", "log-cosh", "cosine", "pearson", "huber", "mae"]
"""How far a curve is from another; see `tasks.curve_losses`."""
Levels = Float[np.ndarray, "n 16"]

FIRST, LAST = -22.0, -7.0
"""eV; the levels of the molecules that ship, with three standard deviations of the broadest Gaussians beyond them."""
_MOST_POINTS = 100_000
_BEGIN = tuple(np.linspace(-16.0, -10.5, LEVELS).tolist())
"""eV; where levels stand before a network has learned to move them."""


@dataclass(frozen=True)
class Curves:
    """The spectrum that the levels of a dataset give, Gaussians of area 1 (Smeds 2019, "Target spectra")."""

    points: int = 300
    """Of the spectrum."""
    width: float = 0.5
    """Standard deviation of the Gaussians, eV."""
    distance: CurveLoss = "mse"
    """The loss: one of the report's, whose rmse is mse in its code, or huber or mae, which it leaves to the future."""
    threshold: float = 1.0
    """Of huber, from which differences count linearly."""
    output: Literal["curve", "positive", "levels"] = "curve"
    """What the network gives: a spectrum, one that cannot be negative, or levels, which are then broadened."""

    def __post_init__(self) -> None:
        require_choices("task", self)
        require_positive("task", self, "points", "width", "threshold")
        if not 2 <= self.points <= _MOST_POINTS:
            raise UsageError(f"task.points must lie from 2 to {_MOST_POINTS:,}, not {self.points}")

    @property
    def axis(self) -> Grid:
        """Where the points of the spectrum lie."""
        return Grid(FIRST, LAST, self.points, "eV")

    @property
    def outputs(self) -> tuple[str, ...]:
        """What each output of a network stands for: an energy, or a level."""
        if self.output == "levels":
            return tuple(f"level {number}" for number in range(1, LEVELS + 1))
        return tuple(f"{energy:.4f} eV" for energy in self.axis.values)

    @property
    def adds_up(self) -> bool:
        return False

    def expected(self) -> tuple[Grid, int]:
        """That of Coulomb matrices, and what `output` asks for."""
        return MATRIX, len(self.outputs)

    def blind_loss(self, names: tuple[str, ...]) -> float:
        """That of as many classes, which every distance of curves stays below."""
        return math.log(max(len(names), 2))

    def names(self, dataset: Dataset) -> tuple[str, ...]:
        require_energies(dataset)
        return self.outputs

    def targets(self, dataset: Dataset) -> Levels:
        return energies_of(dataset)

    def strata(self, targets: Levels) -> UInt8[np.ndarray, "n 4"]:
        """Quarters of the molecules by their highest level."""
        highest = targets[:, -1]
        quarter = np.searchsorted(np.quantile(highest, (0.25, 0.5, 0.75)), highest)
        return (quarter[:, None] == np.arange(4)).astype(np.uint8)

    def loss_weights(self, targets: Levels) -> Float[np.ndarray, " 0"]:
        return np.zeros(0, np.float32)

    def curves(self, outputs: Float[Array, "batch outputs"]) -> Float[Array, "batch points"]:
        """The spectra that a network's outputs stand for, per eV."""
        if self.output == "levels":
            return self.broadened(jnp.asarray(_BEGIN) + outputs)
        return jax.nn.softplus(outputs) if self.output == "positive" else outputs

    def broadened(self, levels: Float[Array, "batch 16"]) -> Float[Array, "batch points"]:
        """The spectra of levels in eV: a Gaussian of area 1 over each, per eV."""
        away = (jnp.asarray(self.axis.values, jnp.float32) - levels[..., None]) / self.width
        return jnp.exp(-0.5 * away**2).sum(axis=-2) / (self.width * np.sqrt(2 * np.pi))

    def loss(
        self,
        outputs: Float[Array, "batch outputs"],
        targets: Float[Array, "batch 16"],
        real: Float[Array, " batch"],
        weights: Float[Array, " 0"],
    ) -> Summed:
        from irjax.tasks.curve_losses import curve_loss  # by optax, which who asks for groups need not wait for

        return curve_loss(self.distance, self.curves(outputs), self.broadened(targets), real, self.threshold)

    def validated(self, outputs: Float[np.ndarray, "n outputs"], targets: Levels) -> dict[str, float]:
        total, weight = _judged(self, outputs, targets)
        return {"validation_loss": float(total / weight)}

    def answering(self, names: tuple[str, ...], trained: Levels, held_out: HeldOut | None) -> dict[str, Any]:
        """Nothing: the outputs are the answer."""
        return {}

    def read_answering(self, names: tuple[str, ...], raw: Mapping[str, Any]) -> None:
        return None

    def probabilities(self, answering: Any, outputs: Float[np.ndarray, "n outputs"]) -> Float[np.ndarray, "n points"]:
        """The spectra, per eV."""
        return np.asarray(_curves(self, outputs))

    def record(
        self,
        names: tuple[str, ...],
        answering: Any,
        probabilities: Float[np.ndarray, " points"],
        error: float,
        phase: str,
    ) -> dict[str, Any]:
        """The spectrum: energies in eV, and intensities per eV."""
        return {"curve": {"x": self.axis.values.round(4).tolist(), "y": probabilities.astype(float).tolist()}}

    def scores(
        self,
        names: tuple[str, ...],
        answering: Any,
        probabilities: Float[np.ndarray, "n points"],
        targets: Levels,
        rows: Mapping[str, Shaped[np.ndarray, " n"]],
    ) -> dict[str, Any]:
        skeletons = skeletons_of(rows["inchikey"])
        return scores(probabilities, np.asarray(_broadened(self, targets)), self.axis.spacing, skeletons)

    def describe(self, names: tuple[str, ...]) -> dict[str, Any]:
        return {"outputs": names}

    def described(self, record: Mapping[str, Any]) -> tuple[tuple[str, ...], str, str]:
        names = tuple(record["outputs"])
        return names, "" if names == self.outputs else "it learned spectra at other energies; train it anew", ""


@partial(jax.jit, static_argnums=0)
def _curves(task: Curves, outputs: Float[Array, "n outputs"]) -> Float[Array, "n points"]:
    return task.curves(outputs)


@partial(jax.jit, static_argnums=0)
def _broadened(task: Curves, levels: Float[Array, "n 16"]) -> Float[Array, "n points"]:
    return task.broadened(levels)


@partial(jax.jit, static_argnums=0)
def _judged(task: Curves, outputs: Float[Array, "n outputs"], levels: Float[Array, "n 16"]) -> Summed:
    return task.loss(outputs, levels, jnp.ones(len(levels)), jnp.zeros(0))


def require_energies(dataset: Dataset) -> None:
    """Refuses a dataset of something else. Raises InputError, saying how to make one."""
    if "energies" not in dataset.rows:
        raise InputError(f"{dataset.path}: holds no orbital energies; `irjax make photoemission` makes what does")


def energies_of(dataset: Dataset) -> Levels:
    """The levels of each molecule of a dataset, eV, ascending, float32 [n, LEVELS].

    Raises:
        InputError: it has none, or those of a row are damaged.
    """
    require_energies(dataset)
    return np.stack(list(_levels(dataset)))


def _levels(dataset: Dataset) -> Iterator[Float[np.ndarray, " levels"]]:
    for at, cell in enumerate(dataset.rows["energies"]):
        try:
            levels = np.array(cell.split(), np.float32)
        except ValueError:
            levels = np.zeros(0)
        if levels.shape != (LEVELS,) or not np.isfinite(levels).all():
            place = f"{dataset.path / 'spectra.csv'}, molecule {at + 1} ({dataset.rows['id'][at]})"
            raise InputError(f"{place}: expected {LEVELS} orbital energies; make the dataset anew")
        yield levels
