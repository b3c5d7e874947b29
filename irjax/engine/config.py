"""What defines a training run, as frozen dataclasses. A file in `configs/` holds one `Config` named `config`."""

import runpy
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from irjax.chemistry.groups import VOCABULARY_NAMES
from irjax.data.dataset import Dataset
from irjax.data.splits import FOLDS, Kind
from irjax.errors import InputError, UsageError, require_choices, require_positive
from irjax.models import augment
from irjax.models.cnn import CNN
from irjax.models.table import Network, network_from_dict, network_to_dict
from irjax.tasks.classes import Classes
from irjax.tasks.curves import Curves
from irjax.tasks.groups import Groups

T = TypeVar("T")

TASKS: dict[str, type[Groups | Classes | Curves]] = {"groups": Groups, "classes": Classes, "curves": Curves}
"""Every task by name; see `irjax.tasks.task`."""
_MOST_FOLDS = 10_000


@dataclass(frozen=True)
class Optimizer:
    """Adam, or with decay of the weights AdamW, at a rate that a schedule gives for each step."""

    schedule: Literal["phases", "cosine", "plateau"] = "phases"
    """phases: `learning_rates`, each for as many `epochs`. cosine: from the first rate down to 0. plateau: the first
    rate, cut tenfold whenever validation stands still; the weights of the best epoch are kept."""
    epochs: tuple[int, ...] = (30, 6, 6)
    """Length of each phase; the sum is where training ends at the latest."""
    learning_rates: tuple[float, ...] = (2.5e-4, 2.5e-5, 2.5e-6)
    """One per phase."""
    warm_up: float = 0.0
    """Epochs in which the rate climbs from 0."""
    batch_size: int = 41
    b1: float = 0.9
    b2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    """The share that kernels, and what else has two dimensions and more, lose at a step, times the rate.

    Decoupled from the gradients (AdamW).
    """
    average: float = 0.0
    """What a step keeps of a running average of the weights, such as 0.999, which then answers; 0: the last weights.

    Of the first steps less is kept, (1 + n) / (10 + n) after n: 0.999 is reached after 9,000.
    """
    patience: int = 5
    """Plateau: epochs without a better validation loss before the rate is cut tenfold."""
    lowest_rate: float = 1e-6
    """Plateau: where cutting ends."""
    stop_after: int = 10
    """Plateau: epochs without a better validation loss before training ends."""

    def __post_init__(self) -> None:
        require_positive("optimizer", self, "epochs", "learning_rates", "batch_size")
        require_positive("optimizer", self, "patience", "lowest_rate", "stop_after", "epsilon")
        require_choices("optimizer", self)
        if len(self.epochs) != len(self.learning_rates):
            raise UsageError("optimizer.epochs and optimizer.learning_rates need one value per phase each")
        if not (0 <= self.b1 < 1 and 0 <= self.b2 < 1):
            raise UsageError("optimizer.b1 and optimizer.b2 must lie from 0 to below 1")
        if not (0 <= self.average < 1 and 0 <= self.weight_decay <= 1000 and 0 <= self.warm_up <= sum(self.epochs)):
            raise UsageError(
                "optimizer.average must lie from 0 to below 1, optimizer.weight_decay from 0 to 1000, and "
                "optimizer.warm_up from 0 to the number of epochs"
            )

    @property
    def total_epochs(self) -> int:
        """Epochs of all phases."""
        return sum(self.epochs)


@dataclass(frozen=True)
class Augmentation:
    """Changed copies of training spectra, made once before training or drawn anew at each step."""

    kinds: tuple[str, ...] = ()
    """Of those in `irjax.models.augment`, which a wrong one is answered with; all act on a spectrum, in this order, but
    combination always first."""
    share: float = 1.0
    """Copies added, as a share of the training part; on the fly, the share of each batch that is changed."""
    on_the_fly: bool = False
    mixture: float = 0.0
    """Share of each batch that is mixed half and half, more or less, with another spectrum of it; it then has the
    groups of both."""
    cut: float = 0.0
    """Share of each batch that is seen over a part of its range alone, as instruments of a narrower one measure."""
    extended: float = 0.0
    """Share of each batch that is taken for measured on the whole grid, level beyond its range and straight across its
    gaps, lest the range tell where a spectrum comes from."""

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in augment.NAMES:
                raise UsageError(f"augmentation.kinds: {kind} is none of {', '.join(augment.NAMES)}")
        if not 0 <= self.share <= (1 if self.on_the_fly else 10):
            raise UsageError(f"augmentation.share must lie from 0 to {'1' if self.on_the_fly else '10'}")
        for name in ("mixture", "cut", "extended"):
            if not 0 <= (share := getattr(self, name)) <= 1:
                raise UsageError(f"augmentation.{name} must lie from 0 to 1, not {share}")
        if self.on_the_fly and not set(self.kinds) - {"oversampling"}:
            raise UsageError("augmentation.on_the_fly needs augmentation.kinds that change a spectrum")


@dataclass(frozen=True)
class Split:
    """Which spectra train, validate and test."""

    kind: Kind = "skeletons"
    """skeletons: no molecule on both sides. rows: the paper's split, which leaks molecules into the test part. parts:
    as the dataset says itself, which a dataset that does so decides."""
    folds: int = FOLDS
    """Beside the test part, which is as large as one of them."""
    test: bool = True
    """Whether a part is kept for the test. Without it the folds hold all spectra, as for weights that ship."""
    validation_fold: int | None = 0
    """The fold that validates; None trains on all of them, as the paper's final fit."""
    isotopologues: bool = False
    """Whether isotopically labelled molecules take part."""
    seed: int = 0

    def __post_init__(self) -> None:
        require_choices("split", self)
        if not 2 <= self.folds <= _MOST_FOLDS:
            raise UsageError(f"split.folds must be 2 or more, and {_MOST_FOLDS} at most, not {self.folds}")
        if self.validation_fold not in (None, *range(self.folds)):
            raise UsageError(f"split.validation_fold must be 0 to {self.folds - 1} or None, not {self.validation_fold}")


@dataclass(frozen=True)
class Config:
    """A training run, complete: with a dataset, and the run it may start from, it determines every weight."""

    model: Network = field(default_factory=CNN)
    optimizer: Optimizer = field(default_factory=Optimizer)
    split: Split = field(default_factory=Split)
    task: Groups | Classes | Curves = field(default_factory=Groups)
    augmentation: Augmentation = field(default_factory=Augmentation)
    auxiliary: tuple[str, ...] = ()
    """Vocabularies whose groups are taught beside the task, by outputs that the network loses when it is trained."""
    seed: int = 0
    """Of the initial weights, the order of the batches and the dropout."""
    start: str = ""
    """A trained run to begin with the weights of, layer by layer where they fit; empty: they are drawn."""

    def __post_init__(self) -> None:
        kinds = {"optimizer": Optimizer, "split": Split, "task": tuple(TASKS.values()), "augmentation": Augmentation}
        for name, kind in kinds.items():
            if not isinstance(getattr(self, name), kind):
                raise UsageError(f"{name}: expected one of irjax's own, not {getattr(self, name)!r}")
        if not hasattr(self.model, "build"):
            raise UsageError(f"model: expected a network, as `irjax.models.table` has them, not {self.model!r}")
        names = self.auxiliary
        if not isinstance(names, tuple) or not set(names) <= set(VOCABULARY_NAMES) or len(set(names)) < len(names):
            raise UsageError(
                f"auxiliary: expected names of vocabularies, each once, not {names!r}; there are "
                f"{', '.join(VOCABULARY_NAMES)}"
            )
        if self.optimizer.schedule == "plateau" and self.split.validation_fold is None:
            raise UsageError("optimizer.schedule plateau needs a split.validation_fold to watch")
        for name, seed in (("seed", self.seed), ("split.seed", self.split.seed)):
            if not 0 <= seed < 2**32:
                raise UsageError(f"{name} must lie from 0 to 4294967295, not {seed}")

    def to_dict(self) -> dict[str, Any]:
        """Nested plain values, for JSON."""
        task = next(name for name, kind in TASKS.items() if type(self.task) is kind)
        return asdict(self) | {"model": network_to_dict(self.model), "task": {"kind": task} | asdict(self.task)}


def for_dataset(config: Config, dataset: Dataset) -> Config:
    """The config with the split that the dataset dictates, if it does.

    Raises:
        UsageError: the config asks for parts and the dataset has none, or augmentation that acts on something else,
            such as infrared spectra alone.
    """
    for kind in config.augmentation.kinds:
        if not augment.fits(kind, dataset.grid):
            changed = augment.acts_on(kind)
            raise UsageError(f"augmentation.kinds: {kind} changes {changed}, and {dataset.path} holds none")
    if config.augmentation.mixture and not (config.task.adds_up and dataset.grid.infrared):
        raise UsageError("augmentation.mixture: of infrared spectra alone, and of what is learned groups alone, add up")
    if config.augmentation.cut and not dataset.grid.infrared:
        raise UsageError(f"augmentation.cut: the ranges are those of infrared spectra, and {dataset.path} holds none")
    if config.augmentation.extended and not dataset.grid.infrared:
        raise UsageError(f"augmentation.extended: infrared spectra go on level, and {dataset.path} holds none")
    if config.auxiliary and "inchi" not in dataset.rows:
        raise UsageError(f"auxiliary: {dataset.path} holds no structures to find groups in")
    if "part" not in dataset.rows:
        if config.split.kind == "parts":
            raise UsageError(f"split.kind parts: {dataset.path} does not say which spectra train, validate and test")
        return config
    fold = None if config.split.validation_fold is None else 0
    return replace(config, split=replace(config.split, kind="parts", folds=2, validation_fold=fold))


def config_from_dict(raw: dict[str, Any]) -> Config:
    """The config that `Config.to_dict` wrote, now or in run format 1; what an older irjax did not know has its default.

    Raises:
        InputError: a field is unknown or of the wrong type.
    """
    try:
        values = {**raw, "task": dict(raw.get("task", {}))}
        if "vocabulary" in values:  # of format 1, whose only task was this one
            values["task"] |= {"vocabulary": values.pop("vocabulary")} | values.pop("loss", {})
        task = TASKS[values["task"].pop("kind", "groups")]
        parts = {"optimizer": Optimizer, "split": Split, "task": task, "augmentation": Augmentation}
        made: dict[str, Any] = {
            name: part(**_with_tuples(values[name])) for name, part in parts.items() if name in values
        }
        if "model" in values:
            made["model"] = network_from_dict(values["model"])
        return Config(**_with_tuples(values | made))
    except (KeyError, TypeError, AttributeError, ValueError, UsageError) as error:
        raise InputError(f"not a config of this irjax ({error})") from None


def _with_tuples(raw: dict) -> dict:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}


def load_config(path: str | Path) -> Config:
    """The `config` that a Python file defines, or that of a file of this name that ships with irjax.

    Raises:
        InputError: there is no such file, or it defines none.
    """
    return defined_in(path, "config", Config)


def defined_in(path: str | Path, name: str, kind: type[T]) -> T:
    """What a Python file defines under a name.

    Raises:
        InputError: there is no such file, or it defines nothing of that kind.
    """
    path = _shipped(Path(path))
    try:
        found = runpy.run_path(str(path)).get(name)
    except UsageError as error:
        raise InputError(f"{path}: {error}") from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a config is a program, and can fail or end in any way
        raise InputError(f"{path}: {type(error).__name__}: {error}") from None
    if not isinstance(found, kind):
        raise InputError(f"{path}: expected it to define `{name}`, a {kind.__name__} from {kind.__module__}")
    return found


def _shipped(path: Path) -> Path:
    """The file itself, else one of its name among the configs of the package or of the checkout it lies in."""
    package = Path(__file__).resolve().parent.parent
    folders = (package / "configs", package.parent / "configs")
    known = [file for folder in folders for file in sorted(folder.glob("*.py"))]
    found = [path] if path.is_file() else [file for file in known if path.stem == file.stem]
    if not found:
        raise InputError(f"{path}: no such config file; there are {', '.join(file.stem for file in known)}")
    return found[0]
