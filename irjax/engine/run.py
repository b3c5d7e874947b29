"""A run: the directory that alone suffices to predict, and to go on training.

config.json           config, what the outputs stand for, grid, correction, what is noted of the dataset, versions
split.json            the keys of the test part and of each fold
checkpoints/          Orbax, for resuming
history.jsonl         one line per epoch
weights.safetensors   parameters and batch statistics, what predicting loads
validation.npy        outputs for the validation fold, out of the training, float32 [n, outputs]; logits
answering.json        what turns outputs into answers, and checksums (`outcome`); written last
tensorboard/          scalars

Format 1, of the first irjax, is still read: it held probabilities in validation.npy, thresholds.json in the place of
answering.json, and neither checksums nor a fingerprint of the vocabulary.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from flax.traverse_util import flatten_dict

from irjax import __version__
from irjax.chemistry.groups import vocabulary
from irjax.data.dataset import Dataset
from irjax.data.splits import Partition, split_from_json
from irjax.engine.config import Config, config_from_dict
from irjax.errors import InputError
from irjax.files import bytes_of, folder_aside, json_of
from irjax.spectra.baseline import share_steep
from irjax.spectra.correction import Correction, correction_of
from irjax.spectra.grid import Grid, grid_from_dict

FORMAT = 2
CONFIG = "config.json"
WEIGHTS = "weights.safetensors"
SEARCH, TRIAL, BEST = "search.json", "trial.json", "best.py"
"""Of a search, of a trial in it, and the config that it found: their folders are no runs."""
_ANSWERING = {1: "thresholds.json", FORMAT: "answering.json"}


@dataclass(frozen=True)
class Run:
    """An opened run."""

    path: Path
    config: Config
    split: Partition = field(repr=False)
    names: tuple[str, ...]
    """What each output of its network stands for."""
    grid: Grid
    correction: Correction | None
    """What was done to the spectra that it trains on, and is done to each that it is asked about."""
    dataset: str
    """Checksum of the dataset it trains on."""
    dataset_path: str
    """Where that was when training began; empty where an older irjax made the run."""
    format: int
    auxiliary: dict[str, str]
    """Fingerprints of the vocabularies that are taught beside its task."""
    start_weights: str
    """Checksum of the weights that it begins with; empty where they are drawn."""
    steep: float
    """Share of the spectra of its dataset whose base lines are steep; 0 where an older irjax made the run."""
    altered: str
    """Why its task is no longer the one of that name; empty as a rule."""
    warning: str
    """What it cannot vouch for; empty as a rule."""

    @property
    def answering(self) -> Path:
        """The file that marks it as finished."""
        return self.path / _ANSWERING[self.format]

    @property
    def finished(self) -> bool:
        """Whether training is over and the run can predict."""
        return (self.path / WEIGHTS).is_file() and self.answering.is_file()


def create_run(
    path: str | os.PathLike[str],
    config: Config,
    dataset: Dataset,
    split: Partition,
    fill: Callable[[Run], object] = lambda _: None,
    start_weights: str = "",
) -> Run:
    """Makes the directory of a new run, complete or not at all.

    Args:
        start_weights: checksum of the weights that it begins with.
        fill: writes into the run what belongs to it from the start, before it stands in its place.

    Raises:
        InputError: something else is there, or the place cannot be written to.
    """
    path = Path(path).absolute()
    if (path / CONFIG).is_file():
        raise InputError(f"{path}: a run is there already; name a new directory")
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(f"{path}: exists and is not a run; name a new directory")
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{path}: a name that is no UTF-8, below which no checkpoints can be written; name another directory"
        ) from None
    record = {
        "format": FORMAT,
        "config": config.to_dict(),
        **config.task.describe(config.task.names(dataset)),
        "grid": dataset.grid.to_dict(),
        **({"correction": dataset.correction.to_dict()} if dataset.correction else {}),
        "dataset": dataset.checksum,
        "dataset_path": str(dataset.path.absolute()),
        **({"steep": share_steep(dataset.values, dataset.grid)} if dataset.grid.infrared else {}),
        "auxiliary": {name: vocabulary(name).fingerprint for name in config.auxiliary},
        "versions": _versions(),
        "split_checksum": checksum(split.to_json().encode()),
    }
    if start_weights:
        record["start_weights"] = start_weights
    with folder_aside(path) as part:
        (part / CONFIG).write_text(json.dumps(record, indent=2, allow_nan=False) + "\n")
        (part / "split.json").write_text(split.to_json())
        fill(open_run(part))
    return open_run(path)


def open_run(path: str | os.PathLike[str]) -> Run:
    """Opens a run, finished or not.

    Raises:
        InputError: it is none, of another format, or damaged.
    """
    path = Path(path).absolute()
    if (path / SEARCH).is_file():
        raise InputError(f"{path}: a search, not a run; irjax train makes a run of its {path / BEST}")
    if (path / TRIAL).is_file():
        best = path.parent.parent / BEST
        raise InputError(f"{path}: a trial, whose figures are kept and no weights; irjax train makes a run of {best}")
    if not (path / CONFIG).is_file():
        raise InputError(f"{path}: not a run (no config.json); irjax train makes one")
    try:
        record = json_of(path / CONFIG)
        if record["format"] not in _ANSWERING:
            raise InputError(
                f"{path}: run format {record['format']}, this irjax reads {', '.join(map(str, _ANSWERING))}"
            )
        config = config_from_dict(record["config"])
        names, altered, warning = config.task.described(record)
        parts = bytes_of(path / "split.json")
        split = split_from_json(parts)
        if record.get("split_checksum", checksum(parts)) != checksum(parts):
            raise InputError("split.json was altered since the run began: its checksum is another")
        if len(split.folds) != config.split.folds:
            raise InputError(f"split.json has {len(split.folds)} folds, config.json {config.split.folds}")
        grid = grid_from_dict(record["grid"])
        return Run(
            path,
            config,
            split,
            names,
            grid,
            correction_of(record, grid),
            record["dataset"],
            record.get("dataset_path", ""),
            record["format"],
            dict(record.get("auxiliary", {})),
            record.get("start_weights", ""),
            float(record.get("steep", 0.0)),
            altered and f"{path}: {altered}",
            warning and f"{path}: {warning}",
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: the run is damaged ({type(error).__name__}: {error})") from None
    except InputError as error:
        raise InputError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None


def require_fitting(run: Run, dataset: Dataset) -> None:
    """Refuses a dataset unlike the one that the run learned, and a task that has changed since.

    Raises:
        InputError: naming what differs.
    """
    if run.altered:
        raise InputError(run.altered)
    require_alike(run, dataset)
    names = run.config.task.names(dataset)
    if run.names != names:
        raise InputError(
            f"{dataset.path}: has other {len(names)} names to learn than the {len(run.names)} of {run.path}"
        )


def require_own(run: Run, dataset: Dataset) -> None:
    """Refuses another dataset than the one that a run was trained on, since its rows are others.

    Raises:
        InputError: naming both.
    """
    if run.dataset != dataset.checksum:
        raise InputError(f"{dataset.path}: not the dataset that {run.path} was trained on")


def require_alike(run: Run, dataset: Dataset) -> None:
    """Refuses spectra on another grid, or corrected otherwise, than those that a run learned.

    Raises:
        InputError: naming what differs.
    """
    if run.grid != dataset.grid:
        other_points = replace(dataset.grid, points=run.grid.points) == run.grid
        how = f"build it with --points {run.grid.points}" if other_points else "make it on that grid"
        raise InputError(f"{dataset.path}: has {dataset.grid}; {run.path} learned {run.grid}; {how}")
    if run.correction != dataset.correction:
        has, learned = (str(each or "not corrected") for each in (dataset.correction, run.correction))
        to_another = " to another reference" if has == learned else ""
        raise InputError(
            f"{dataset.path}: its spectra are {has}{to_another}, those that {run.path} learned {learned}; "
            "name the dataset that it was trained on, or make one alike with `irjax correct`"
        )


def require_same(run: Run, config: Config, dataset: Dataset, split: Partition | None = None) -> None:
    """Refuses to go on with a run under another config, on other spectra, or under another split where one is given.

    Raises:
        InputError: naming what differs.
    """
    old, new = (flatten_dict(each.to_dict(), sep=".") for each in (run.config, config))
    differing = [f"{key} is {old.get(key)}, asked for {value}" for key, value in new.items() if old.get(key) != value]
    if run.dataset != dataset.checksum:
        differing.append(f"its dataset was another than {dataset.path}")
    if split not in (None, run.split):
        differing.append("its spectra were split otherwise")
    for name, noted in run.auxiliary.items():
        if noted != vocabulary(name).fingerprint:
            differing.append(f"{name}, which it was taught beside, had other patterns than today's")
    if differing:
        raise InputError(f"{run.path}: an existing run of another kind ({'; '.join(differing)}); name a new directory")
    require_fitting(run, dataset)


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {"irjax": __version__} | {name: version(name) for name in ("jax", "flax", "optax", "numpy")}


def checksum(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()
