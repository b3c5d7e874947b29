"""What defines a training run, as frozen dataclasses. A file in `configs/` holds one `Config` named `config`."""

import dataclasses
import runpy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from irjax.chemistry.groups import VOCABULARY_NAMES
from irjax.data.splits import FOLDS
from irjax.errors import InputError, UsageError

T = TypeVar("T")

AUGMENTATIONS = (
    *("oversampling", "noise", "shift", "combination"),
    *("baseline", "intensity", "resolution", "air", "atr"),
)


@dataclass(frozen=True)
class Model:
    """The network; the defaults are the optimum of the paper's Table S2."""

    convolutions: int = 2
    filters: int = 31
    """Of the first convolution; each further one has twice as many."""
    kernel_size: int = 11
    dense_layers: int = 3
    dense_nodes: int = 4927
    """Of the first dense layer."""
    dense_divisor: float = 0.5653
    """Each further dense layer has this share of the one before it."""
    dropout: float = 0.486
    initializer: Literal["glorot", "gaussian"] = "glorot"
    """glorot: uniform, as the authors' code. gaussian: variance 0.05, as their SI."""
    activation: Literal["relu", "leaky_relu", "elu", "gelu", "tanh", "sigmoid"] = "relu"
    """Of the dense layers."""
    convolve: bool = True
    """False: nothing but pooling before the dense layers."""
    pool: bool = True
    """False: the dense layers see every point of the last convolution."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of what the layers compute; weights, batch statistics and the loss are float32 in any case."""

    @property
    def dense(self) -> tuple[int, ...]:
        """Nodes of each dense layer."""
        widths = [self.dense_nodes]
        while len(widths) < self.dense_layers:
            widths.append(int(widths[-1] * self.dense_divisor))
        return tuple(widths[: self.dense_layers])


@dataclass(frozen=True)
class Optimizer:
    """Adam with a learning rate that falls in steps: at set epochs, or whenever validation stands still."""

    schedule: Literal["phases", "plateau"] = "phases"
    """plateau: begins with the first rate and ends, at the latest, with the last of `epochs`."""
    epochs: tuple[int, ...] = (30, 6, 6)
    """Length of each phase."""
    learning_rates: tuple[float, ...] = (2.5e-4, 2.5e-5, 2.5e-6)
    """One per phase."""
    batch_size: int = 41
    b1: float = 0.9
    b2: float = 0.999
    epsilon: float = 1e-8
    patience: int = 5
    """Plateau: epochs without a better validation loss before the rate is cut tenfold."""
    lowest_rate: float = 1e-6
    """Plateau: where cutting ends."""
    stop_after: int = 10
    """Plateau: epochs without a better validation loss before training ends."""

    @property
    def total_epochs(self) -> int:
        """Epochs of all phases."""
        return sum(self.epochs)


@dataclass(frozen=True)
class Loss:
    """Weights of binary cross-entropy (SI, eq. S7): a positive of group g counts positive_weight * (neg/pos)**balance.

    With the defaults it is the plain one; neg and pos are the negatives and positives of g in the training part.
    """

    positive_weight: float = 1.0
    balance: float = 0.0
    """From 0, every group alike, to 1, positives and negatives of each group of equal weight together."""


@dataclass(frozen=True)
class Augmentation:
    """Changed copies of training spectra, made once before training or drawn anew at each step."""

    kinds: tuple[str, ...] = ()
    """Of oversampling, noise, shift, combination, baseline, intensity, resolution, air, atr; all act on a spectrum."""
    share: float = 1.0
    """Copies added, as a share of the training part; on the fly, the share of each batch that is changed."""
    on_the_fly: bool = False


@dataclass(frozen=True)
class Split:
    """Which spectra train, validate and test."""

    kind: Literal["skeletons", "rows"] = "skeletons"
    """skeletons: no molecule on both sides. rows: the paper's split, which leaks molecules into the test part."""
    folds: int = FOLDS
    """Beside the test part, which is as large as one of them."""
    validation_fold: int | None = 0
    """The fold that validates; None trains on all of them, as the paper's final fit."""
    isotopologues: bool = False
    """Whether isotopically labelled molecules take part."""
    seed: int = 0


@dataclass(frozen=True)
class Config:
    """A training run, complete: with a dataset it determines every weight."""

    model: Model = field(default_factory=Model)
    optimizer: Optimizer = field(default_factory=Optimizer)
    split: Split = field(default_factory=Split)
    loss: Loss = field(default_factory=Loss)
    augmentation: Augmentation = field(default_factory=Augmentation)
    vocabulary: str = "irjax37"
    seed: int = 0
    """Of the initial weights, the order of the batches and the dropout."""

    def __post_init__(self) -> None:
        model, optimizer = self.model, self.optimizer
        positive = {
            "model.convolutions": model.convolutions,
            "optimizer.patience": optimizer.patience,
            "optimizer.stop_after": optimizer.stop_after,
            "optimizer.lowest_rate": optimizer.lowest_rate,
            "loss.positive_weight": self.loss.positive_weight,
            "model.filters": model.filters,
            "model.kernel_size": model.kernel_size,
            "model.dense_nodes": model.dense_nodes,
            "optimizer.batch_size": optimizer.batch_size,
            "optimizer.epochs": min(optimizer.epochs, default=0),
            "optimizer.learning_rates": min(optimizer.learning_rates, default=0),
        }
        for name, value in positive.items():
            if not value > 0:
                raise UsageError(f"{name} must be positive, not {value}")
        if model.pool and 600 >> model.convolutions == 0:
            raise UsageError(f"model.convolutions: {model.convolutions} poolings leave nothing of 600 points")
        if model.dense_layers < 0 or min(model.dense, default=1) < 1:
            raise UsageError(f"model.dense_*: dense layers of {model.dense} nodes make no network")
        if not 0 <= model.dropout < 1:
            raise UsageError(f"model.dropout must lie from 0 to below 1, not {model.dropout}")
        if len(optimizer.epochs) != len(optimizer.learning_rates):
            raise UsageError("optimizer.epochs and optimizer.learning_rates need one value per phase each")
        choices = {
            "model.initializer": (model.initializer, ("glorot", "gaussian")),
            "model.precision": (model.precision, ("float32", "bfloat16")),
            "model.activation": (model.activation, ("relu", "leaky_relu", "elu", "gelu", "tanh", "sigmoid")),
            "optimizer.schedule": (optimizer.schedule, ("phases", "plateau")),
            "split.kind": (self.split.kind, ("skeletons", "rows")),
            "vocabulary": (self.vocabulary, VOCABULARY_NAMES),
        }
        for name, (value, known) in choices.items():
            if value not in known:
                raise UsageError(f"{name} must be one of {', '.join(known)}, not {value}")
        if optimizer.schedule == "plateau" and self.split.validation_fold is None:
            raise UsageError("optimizer.schedule plateau needs a split.validation_fold to watch")
        if not 0 <= self.loss.balance <= 1:
            raise UsageError(f"loss.balance must lie from 0 to 1, not {self.loss.balance}")
        self._check_augmentation()
        for name, seed in (("seed", self.seed), ("split.seed", self.split.seed)):
            if not 0 <= seed < 2**32:
                raise UsageError(f"{name} must lie from 0 to 4294967295, not {seed}")
        if self.split.folds < 2:
            raise UsageError(f"split.folds must be 2 or more, not {self.split.folds}")
        if self.split.validation_fold not in (None, *range(self.split.folds)):
            raise UsageError(
                f"split.validation_fold must be 0 to {self.split.folds - 1} or None, not {self.split.validation_fold}"
            )

    def _check_augmentation(self) -> None:
        wanted = self.augmentation
        for kind in wanted.kinds:
            if kind not in AUGMENTATIONS:
                raise UsageError(f"augmentation.kinds: {kind} is none of {', '.join(AUGMENTATIONS)}")
        if not 0 <= wanted.share <= (1 if wanted.on_the_fly else 10):
            raise UsageError(f"augmentation.share must lie from 0 to {'1' if wanted.on_the_fly else '10'}")
        if wanted.on_the_fly and not set(wanted.kinds) - {"oversampling"}:
            raise UsageError("augmentation.on_the_fly needs augmentation.kinds that change a spectrum")

    def to_dict(self) -> dict:
        """Nested plain values, for JSON."""
        return dataclasses.asdict(self)


def config_from_dict(raw: dict) -> Config:
    """The config that `Config.to_dict` wrote; what an older irjax did not know has its default.

    Raises:
        InputError: a field is unknown or of the wrong type.
    """
    try:
        parts = {"model": Model, "optimizer": Optimizer, "split": Split, "loss": Loss, "augmentation": Augmentation}
        made = {name: part(**_with_tuples(raw[name])) for name, part in parts.items() if name in raw}
        return Config(**(raw | made))
    except (KeyError, TypeError, AttributeError, UsageError) as error:
        raise InputError(f"not a config of this irjax ({error})") from None


def _with_tuples(raw: dict) -> dict:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}


def load_config(path: str | Path) -> Config:
    """The `config` that a Python file defines.

    Raises:
        InputError: there is no such file, or it defines none.
    """
    return defined_in(path, "config", Config)


def defined_in(path: str | Path, name: str, kind: type[T]) -> T:
    """What a Python file defines under a name.

    Raises:
        InputError: there is no such file, or it defines nothing of that kind.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such config file; configs/ holds some")
    try:
        found = runpy.run_path(str(path)).get(name)
    except UsageError as error:
        raise InputError(f"{path}: {error}") from None
    except Exception as error:  # a config is a program, and can fail in any way
        raise InputError(f"{path}: {type(error).__name__}: {error}") from None
    if not isinstance(found, kind):
        raise InputError(f"{path}: expected it to define `{name}`, a {kind.__name__} from {kind.__module__}")
    return found
