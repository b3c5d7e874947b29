"""What defines a training run, as frozen dataclasses. A file in `configs/` holds one `Config` named `config`."""

import dataclasses
import runpy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from irjax.chemistry.groups import VOCABULARY_NAMES
from irjax.data.splits import FOLDS
from irjax.errors import InputError, UsageError


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

    @property
    def dense(self) -> tuple[int, ...]:
        """Nodes of each dense layer."""
        widths = [self.dense_nodes]
        while len(widths) < self.dense_layers:
            widths.append(int(widths[-1] * self.dense_divisor))
        return tuple(widths[: self.dense_layers])


@dataclass(frozen=True)
class Optimizer:
    """Adam with a learning rate that falls in steps."""

    epochs: tuple[int, ...] = (30, 6, 6)
    """Length of each phase."""
    learning_rates: tuple[float, ...] = (2.5e-4, 2.5e-5, 2.5e-6)
    """One per phase."""
    batch_size: int = 41
    b1: float = 0.9
    b2: float = 0.999
    epsilon: float = 1e-8

    @property
    def total_epochs(self) -> int:
        """Epochs of all phases."""
        return sum(self.epochs)


@dataclass(frozen=True)
class Split:
    """Which spectra train, validate and test."""

    kind: Literal["skeletons", "rows"] = "skeletons"
    """skeletons: no molecule on both sides. rows: the paper's split, which leaks molecules into the test part."""
    validation_fold: int | None = 0
    """The fold of four that validates; None trains on all four, as the paper's final fit."""
    isotopologues: bool = False
    """Whether isotopically labelled molecules take part."""
    seed: int = 0


@dataclass(frozen=True)
class Config:
    """A training run, complete: with a dataset it determines every weight."""

    model: Model = field(default_factory=Model)
    optimizer: Optimizer = field(default_factory=Optimizer)
    split: Split = field(default_factory=Split)
    vocabulary: str = "irjax37"
    seed: int = 0
    """Of the initial weights, the order of the batches and the dropout."""

    def __post_init__(self) -> None:
        model, optimizer = self.model, self.optimizer
        positive = {
            "model.convolutions": model.convolutions,
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
        if 600 >> model.convolutions == 0:
            raise UsageError(f"model.convolutions: {model.convolutions} poolings leave nothing of 600 points")
        if model.dense_layers < 0 or min(model.dense, default=1) < 1:
            raise UsageError(f"model.dense_*: dense layers of {model.dense} nodes make no network")
        if not 0 <= model.dropout < 1:
            raise UsageError(f"model.dropout must lie from 0 to below 1, not {model.dropout}")
        if len(optimizer.epochs) != len(optimizer.learning_rates):
            raise UsageError("optimizer.epochs and optimizer.learning_rates need one value per phase each")
        if model.initializer not in ("glorot", "gaussian"):
            raise UsageError(f"model.initializer must be glorot or gaussian, not {model.initializer}")
        if self.split.kind not in ("skeletons", "rows"):
            raise UsageError(f"split.kind must be skeletons or rows, not {self.split.kind}")
        for name, seed in (("seed", self.seed), ("split.seed", self.split.seed)):
            if not 0 <= seed < 2**32:
                raise UsageError(f"{name} must lie from 0 to 4294967295, not {seed}")
        if self.split.validation_fold not in (None, *range(FOLDS)):
            raise UsageError(
                f"split.validation_fold must be 0 to {FOLDS - 1} or None, not {self.split.validation_fold}"
            )
        if self.vocabulary not in VOCABULARY_NAMES:
            raise UsageError(f"vocabulary must be one of {', '.join(VOCABULARY_NAMES)}, not {self.vocabulary}")

    def to_dict(self) -> dict:
        """Nested plain values, for JSON."""
        return dataclasses.asdict(self)


def config_from_dict(raw: dict) -> Config:
    """The config that `Config.to_dict` wrote.

    Raises:
        InputError: a field is missing, unknown or of the wrong type.
    """
    try:
        listed = {key: tuple(raw["optimizer"][key]) for key in ("epochs", "learning_rates")}
        optimizer = Optimizer(**(raw["optimizer"] | listed))
        return Config(
            **(raw | {"model": Model(**raw["model"]), "optimizer": optimizer, "split": Split(**raw["split"])})
        )
    except (KeyError, TypeError, AttributeError, UsageError) as error:
        raise InputError(f"not a config of this irjax ({error})") from None


def load_config(path: str | Path) -> Config:
    """The `config` that a Python file defines.

    Raises:
        InputError: there is no such file, or it defines none.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such config file; configs/ holds some")
    try:
        config = runpy.run_path(str(path)).get("config")
    except UsageError as error:
        raise InputError(f"{path}: {error}") from None
    except Exception as error:  # a config is a program, and can fail in any way
        raise InputError(f"{path}: {type(error).__name__}: {error}") from None
    if not isinstance(config, Config):
        raise InputError(f"{path}: expected it to define `config`, a Config from irjax.training.config")
    return config
