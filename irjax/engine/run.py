"""A run: the directory that alone suffices to predict, and to go on training.

config.json           config, what the outputs stand for, grid, correction, the dataset's checksum, versions
split.json            the keys of the test part and of each fold
checkpoints/          Orbax, for resuming
history.jsonl         one line per epoch
weights.safetensors   parameters and batch statistics, what predicting loads
validation.npy        outputs for the validation fold, out of the training, float32 [n, outputs]; logits
answering.json        what turns outputs into answers, checksums of it, the weights and their network; written last
tensorboard/          scalars

Format 1, of the first irjax, is still read: it held probabilities in validation.npy, thresholds.json in the place of
answering.json, and neither checksums nor a fingerprint of the vocabulary.
"""

import hashlib
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict
from jaxtyping import Float

from irjax import __version__
from irjax.chemistry.groups import vocabulary
from irjax.data.dataset import Dataset
from irjax.data.splits import Partition, split_from_json
from irjax.engine.config import Config, config_from_dict
from irjax.errors import InputError
from irjax.files import array_of, aside, bytes_of, folder_aside, json_of, write_aside
from irjax.spectra.correction import Correction, correction_of
from irjax.spectra.grid import Grid, grid_from_dict

FORMAT = 2
WEIGHTS = "weights.safetensors"
VALIDATION = "validation.npy"
_NETWORKS = 1
_ANSWERING = {1: "thresholds.json", FORMAT: "answering.json"}


@dataclass(frozen=True)
class Run:
    """An opened run."""

    path: Path
    config: Config
    split: Partition
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
) -> Run:
    """Makes the directory of a new run, complete or not at all.

    Args:
        fill: writes into the run what belongs to it from the start, before it stands in its place.

    Raises:
        InputError: something else is there, or the place cannot be written to.
    """
    path = Path(path).absolute()
    if (path / "config.json").is_file():
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
        "auxiliary": {name: vocabulary(name).fingerprint for name in config.auxiliary},
        "versions": _versions(),
        "split_checksum": _checksum(split.to_json().encode()),
    }
    if config.start:
        record["start_weights"] = weights_checksum(open_run(config.start))
    with folder_aside(path) as part:
        (part / "config.json").write_text(json.dumps(record, indent=2, allow_nan=False) + "\n")
        (part / "split.json").write_text(split.to_json())
        fill(open_run(part))
    return open_run(path)


def open_run(path: str | os.PathLike[str]) -> Run:
    """Opens a run, finished or not.

    Raises:
        InputError: it is none, of another format, or damaged.
    """
    path = Path(path).absolute()
    if (path / "search.json").is_file():
        raise InputError(f"{path}: a search, not a run; irjax train makes a run of its {path / 'best.py'}")
    if (path / "trial.json").is_file():
        best = path.parent.parent / "best.py"
        raise InputError(f"{path}: a trial, whose figures are kept and no weights; irjax train makes a run of {best}")
    if not (path / "config.json").is_file():
        raise InputError(f"{path}: not a run (no config.json); irjax train makes one")
    try:
        record = json_of(path / "config.json")
        if record["format"] not in _ANSWERING:
            raise InputError(
                f"{path}: run format {record['format']}, this irjax reads {', '.join(map(str, _ANSWERING))}"
            )
        config = config_from_dict(record["config"])
        names, altered, warning = config.task.described(record)
        parts = bytes_of(path / "split.json")
        split = split_from_json(parts)
        if record.get("split_checksum", _checksum(parts)) != _checksum(parts):
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


def require_alike(run: Run, dataset: Dataset) -> None:
    """Refuses spectra on another grid, or corrected otherwise, than those that a run learned.

    Raises:
        InputError: naming what differs.
    """
    if run.grid != dataset.grid:
        raise InputError(f"{dataset.path}: has {dataset.grid}; {run.path} learned {run.grid}; make it on that grid")
    if run.correction != dataset.correction:
        has, learned = (str(each or "not corrected") for each in (dataset.correction, run.correction))
        to_another = " to another reference" if has == learned else ""
        raise InputError(
            f"{dataset.path}: its spectra are {has}{to_another}, those that {run.path} learned {learned}; "
            "name the dataset that it was trained on, or make one alike with `irjax correct`"
        )


def require_same(run: Run, config: Config, dataset: Dataset) -> None:
    """Refuses to go on with a run under another config or on other spectra.

    Raises:
        InputError: naming what differs.
    """
    old, new = (flatten_dict(each.to_dict(), sep=".") for each in (run.config, config))
    differing = [f"{key} is {old.get(key)}, asked for {value}" for key, value in new.items() if old.get(key) != value]
    if run.dataset != dataset.checksum:
        differing.append(f"its dataset was another than {dataset.path}")
    for name, noted in run.auxiliary.items():
        if noted != vocabulary(name).fingerprint:
            differing.append(f"{name}, which it was taught beside, had other patterns than today's")
    if differing:
        raise InputError(f"{run.path}: an existing run of another kind ({'; '.join(differing)}); name a new directory")
    require_fitting(run, dataset)


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {"irjax": __version__} | {name: version(name) for name in ("jax", "flax", "optax", "numpy")}


def write_history(run: Run, history: list[dict]) -> None:
    """Writes the figures of each epoch so far. Raises InputError where the run is gone, or its disk full."""
    with aside(run.path / "history.jsonl") as part:
        part.write_text("".join(json.dumps(line, allow_nan=False) + "\n" for line in history))


def read_history(run: Run) -> list[dict]:
    """The figures of each epoch so far.

    Raises:
        InputError: the file is damaged.
    """
    path = run.path / "history.jsonl"
    try:
        found = [json.loads(line) for line in bytes_of(path).splitlines()] if path.exists() else []
        if not all(isinstance(line, dict) for line in found):
            raise ValueError("expected an object in each line")
        return found
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: damaged ({error})") from None


def write_weights(run: Run, variables: dict) -> str:
    """Writes parameters and batch statistics, the tree's paths joined by `/`; returns the file's checksum."""
    from safetensors.numpy import save

    leaves = flatten_dict(variables, sep="/")
    content = save({name: np.ascontiguousarray(array) for name, array in leaves.items()})
    write_aside(run.path / WEIGHTS, content)
    return _checksum(content)


def read_weights(run: Run) -> dict:
    """The tree that `write_weights` wrote, float32; weights that ship are kept in half of it.

    Raises:
        InputError: the run has none yet, or the file is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path, wanted = run.path / WEIGHTS, _answering(run).get("weights")
    try:
        content = bytes_of(path)
        if wanted is not None and _checksum(content) != wanted:
            raise ValueError("not those that training ended with: their checksum is another")
        leaves = {name: leaf.astype(np.float32) for name, leaf in load(content).items()}
        if not all(np.isfinite(leaf).all() for leaf in leaves.values()):
            raise ValueError("some are no numbers")
        return unflatten_dict(leaves, sep="/")
    except FileNotFoundError:
        raise _unfinished(run) from None
    except (SafetensorError, OSError, ValueError, IndexError) as error:
        raise InputError(f"{path}: damaged weights ({error})") from None


def weights_checksum(run: Run) -> str:
    """Of the weights that a run was trained to.

    Raises:
        InputError: it is not trained to its end.
    """
    return str(_answering(run).get("weights", ""))


def _unfinished(run: Run) -> InputError:
    if run.answering.is_file():
        return InputError(
            f"{run.path}: its weights are gone; a trial of a search keeps its figures alone, and irjax train makes a "
            "run of the search's best.py"
        )
    return InputError(f"{run.path}: not trained to its end yet; the same command goes on with it")


def write_validation(run: Run, outputs: Float[np.ndarray, "n outputs"]) -> None:
    """Keeps the outputs for the validation fold, in the order of the dataset."""
    content = io.BytesIO()
    np.save(content, outputs.astype(np.float32), allow_pickle=False)
    write_aside(run.path / VALIDATION, content.getvalue())


def read_validation(run: Run) -> Float[np.ndarray, "n outputs"]:
    """The outputs that `write_validation` wrote.

    Raises:
        InputError: there are none yet, or the file is damaged.
    """
    try:
        content = bytes_of(run.path / VALIDATION)
        if run.answering.is_file() and _answering(run).get(VALIDATION, _checksum(content)) != _checksum(content):
            raise ValueError("not those that training ended with: their checksum is another")
        found = array_of(content)
    except (OSError, ValueError) as error:
        raise InputError(f"{run.path / VALIDATION}: no predictions of a validation fold ({error})") from None
    if run.format == 1:  # probabilities; float32 ones can be 0 or 1
        from scipy.special import logit  # slow to import, which predicting would wait for

        found = logit(np.clip(found, 1e-30, np.nextafter(np.float32(1), np.float32(0))))
    return found.astype(np.float32)  # those that ship are kept in half of it


def write_answering(run: Run, content: dict[str, Any]) -> None:
    """Writes what turns outputs into answers, which marks the run as finished."""
    noted = {name: part for name, part in content.items() if name != "checksum"} | {"network": _network(run, content)}
    if (run.path / VALIDATION).is_file():
        noted[VALIDATION] = _checksum(bytes_of(run.path / VALIDATION))
    write_aside(run.answering, json.dumps(noted | {"checksum": _of_content(noted)}, allow_nan=False) + "\n")


def network_as_trained(run: Run) -> bool:
    """Whether config.json is known to describe the network that the weights are of; an older irjax did not note it.

    Raises:
        InputError: the run is not trained to its end.
    """
    answering = _answering(run)
    return answering.get("network") == _network(run, answering)


def _network(run: Run, answering: dict[str, Any]) -> str:
    """The checksum of a network with its weights; _NETWORKS goes up when one of `models` is built otherwise."""
    described = [_NETWORKS, run.config.to_dict()["model"], run.names, run.grid.to_dict(), answering.get("weights")]
    return _of_content(described)


def _of_content(content: Any) -> str:
    return _checksum(json.dumps(content, sort_keys=True).encode())


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def fitted_on(run: Run) -> str:
    """What the answers of a finished run were fitted on, in words. Raises as `read_answering`."""
    return str(_answering(run).get("fitted_on", ""))


def _answering(run: Run) -> dict[str, Any]:
    try:
        found = json_of(run.answering)
        if not isinstance(found, dict):
            raise ValueError("expected an object")
        noted = found.pop("checksum", None)
        if noted not in (None, _of_content(found)):
            raise ValueError("altered since training ended: its checksum is another")
        return found
    except FileNotFoundError:
        raise _unfinished(run) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{run.answering}: damaged ({error})") from None


def read_answering(run: Run) -> Any:
    """What turns outputs into answers, as the run's task has it.

    Raises:
        InputError: there is nothing yet, or the file is damaged.
    """
    try:
        return run.config.task.read_answering(run.names, _answering(run))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{run.answering}: damaged ({type(error).__name__}: {error})") from None
