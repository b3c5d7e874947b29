"""A run: the directory that alone suffices to predict, and to go on training.

config.json           config, vocabulary, grid, the dataset's checksum, versions
split.json            the keys of the test part and of each fold
checkpoints/          Orbax, for resuming
history.jsonl         one line per epoch
weights.safetensors   parameters and batch statistics, what predicting loads
validation.npy        probabilities of the validation fold, out of the training, float32 [n, groups]
thresholds.json       per group: threshold, and how many positives the network was trained on
tensorboard/          scalars
"""

import io
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from irjax import __version__
from irjax.chemistry.groups import vocabulary
from irjax.data.dataset import Dataset
from irjax.data.splits import Split, split_from_json
from irjax.errors import InputError
from irjax.files import write_aside
from irjax.spectra.resample import GRID
from irjax.training.config import Config, config_from_dict

FORMAT = 1
WEIGHTS = "weights.safetensors"
VALIDATION = "validation.npy"


@dataclass(frozen=True)
class Run:
    """An opened run."""

    path: Path
    config: Config
    split: Split
    groups: tuple[str, ...]
    dataset: str
    """Checksum of the dataset it trains on."""
    dataset_path: str
    """Where that was when training began; empty where an older irjax made the run."""

    @property
    def finished(self) -> bool:
        """Whether training is over and the run can predict."""
        return (self.path / WEIGHTS).is_file() and (self.path / "thresholds.json").is_file()


def create_run(path: str | os.PathLike[str], config: Config, dataset: Dataset, split: Split) -> Run:
    """Makes the directory of a new run, complete or not at all.

    Raises:
        InputError: something else is there, or the place cannot be written to.
    """
    path = Path(path).absolute()
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(f"{path}: exists and is not a run; name a new directory")
    names = vocabulary(config.vocabulary).names
    record = {
        "format": FORMAT,
        "config": config.to_dict(),
        "vocabulary": {"name": config.vocabulary, "groups": names},
        "grid": {"first": GRID[0], "last": GRID[-1], "points": GRID.size, "unit": "cm-1"},
        "dataset": dataset.checksum,
        "dataset_path": str(dataset.path.absolute()),
        "versions": _versions(),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        try:
            (part / "config.json").write_text(json.dumps(record, indent=2) + "\n")
            (part / "split.json").write_text(split.to_json())
            part.chmod(0o755)
            part.rename(path)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from None
    return open_run(path)


def open_run(path: str | os.PathLike[str]) -> Run:
    """Opens a run, finished or not.

    Raises:
        InputError: it is none, of another format, or damaged.
    """
    path = Path(path).absolute()
    if not (path / "config.json").is_file():
        raise InputError(f"{path}: not a run (no config.json); train.py makes one")
    try:
        record = json.loads((path / "config.json").read_text())
        if record["format"] != FORMAT:
            raise InputError(f"{path}: run format {record['format']}, this irjax reads {FORMAT}")
        config = config_from_dict(record["config"])
        groups = tuple(record["vocabulary"]["groups"])
        split = split_from_json((path / "split.json").read_text())
        if len(split.folds) != config.split.folds:
            raise InputError(f"split.json has {len(split.folds)} folds, config.json {config.split.folds}")
        return Run(path, config, split, groups, record["dataset"], record.get("dataset_path", ""))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: the run is damaged ({type(error).__name__}: {error})") from None
    except InputError as error:
        raise InputError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None


def require_same(run: Run, config: Config, dataset: Dataset) -> None:
    """Refuses to go on with a run under another config or on other spectra.

    Raises:
        InputError: naming what differs.
    """
    old, new = _flat(run.config.to_dict()), _flat(config.to_dict())
    differing = [f"{key} is {old.get(key)}, asked for {value}" for key, value in new.items() if old.get(key) != value]
    if run.dataset != dataset.checksum:
        differing.append(f"its dataset was another than {dataset.path}")
    if differing:
        raise InputError(f"{run.path}: an existing run of another kind ({'; '.join(differing)}); name a new directory")


def _flat(values: dict, prefix: str = "") -> dict:
    flat = {}
    for key, value in values.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {"irjax": __version__} | {name: version(name) for name in ("jax", "flax", "optax", "numpy")}


def write_history(run: Run, history: list[dict]) -> None:
    """Writes the figures of each epoch so far."""
    write_aside(run.path / "history.jsonl", "".join(json.dumps(line) + "\n" for line in history))


def read_history(run: Run) -> list[dict]:
    """The figures of each epoch so far.

    Raises:
        InputError: the file is damaged.
    """
    path = run.path / "history.jsonl"
    try:
        return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: damaged ({error})") from None


def write_weights(run: Run, variables: dict) -> None:
    """Writes parameters and batch statistics, the tree's paths joined by `/`."""
    from safetensors.numpy import save

    write_aside(run.path / WEIGHTS, save({name: np.ascontiguousarray(array) for name, array in _leaves(variables)}))


def _leaves(tree: dict, prefix: str = "") -> list[tuple[str, np.ndarray]]:
    found = []
    for key, value in tree.items():
        name = f"{prefix}{key}"
        found += _leaves(value, f"{name}/") if isinstance(value, dict) else [(name, np.asarray(value))]
    return found


def read_weights(run: Run) -> dict:
    """The tree that `write_weights` wrote.

    Raises:
        InputError: the run has none yet, or the file is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = run.path / WEIGHTS
    if not path.is_file():
        raise InputError(f"{run.path}: not trained to its end yet; the same train.py command goes on with it")
    try:
        arrays = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError(f"{path}: damaged weights ({error})") from None
    tree: dict = {}
    for name, array in arrays.items():
        *folders, leaf = name.split("/")
        node = tree
        for folder in folders:
            node = node.setdefault(folder, {})
        node[leaf] = array
    return tree


def write_validation(run: Run, probabilities: np.ndarray) -> None:
    """Keeps the probabilities of the validation fold, [n, groups], in the order of the dataset."""
    content = io.BytesIO()
    np.save(content, probabilities.astype(np.float32), allow_pickle=False)
    write_aside(run.path / VALIDATION, content.getvalue())


def read_validation(run: Run) -> np.ndarray:
    """The probabilities that `write_validation` wrote.

    Raises:
        InputError: there are none yet, or the file is damaged.
    """
    try:
        return np.load(run.path / VALIDATION, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{run.path / VALIDATION}: no predictions of a validation fold ({error})") from None


def write_thresholds(run: Run, thresholds: np.ndarray, positives: np.ndarray, fitted_on: str) -> None:
    """Writes each group's threshold and the positives that the network saw of it in training."""
    groups = {
        name: {"threshold": float(thresholds[at]), "training_positives": int(positives[at])}
        for at, name in enumerate(run.groups)
    }
    write_aside(run.path / "thresholds.json", json.dumps({"fitted_on": fitted_on, "groups": groups}, indent=2) + "\n")


def read_thresholds(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """(thresholds float64 [groups], training positives int [groups]).

    Raises:
        InputError: there are none yet, or the file is damaged.
    """
    path = run.path / "thresholds.json"
    try:
        groups = json.loads(path.read_text())["groups"]
        thresholds = np.array([float(groups[name]["threshold"]) for name in run.groups])
        positives = np.array([int(groups[name]["training_positives"]) for name in run.groups])
    except FileNotFoundError:
        raise InputError(f"{run.path}: not trained to its end yet; the same train.py command goes on with it") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: damaged ({error})") from None
    return thresholds, positives
