"""What training leaves in a run: its figures, its weights, what they say of the validation fold, and what answers.

answering.json is written last. It holds checksums of itself, of config.json, of the weights and of validation.npy, so
that what was altered or exchanged afterwards is refused.
"""

import io
import json
from typing import Any

import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict
from jaxtyping import Float

from irjax.engine.run import BEST, CONFIG, WEIGHTS, Run, checksum
from irjax.errors import InputError
from irjax.files import array_of, aside, bytes_of, json_of, write_aside

VALIDATION = "validation.npy"
_NETWORKS = 1


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
    return checksum(content)


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
        if wanted is not None and checksum(content) != wanted:
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
            f"run of the search's {BEST}"
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
        if run.answering.is_file() and _answering(run).get(VALIDATION, checksum(content)) != checksum(content):
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
    for name in (CONFIG, VALIDATION):
        if (run.path / name).is_file():
            noted[name] = checksum(bytes_of(run.path / name))
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
    return checksum(json.dumps(content, sort_keys=True).encode())


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
        described = checksum(bytes_of(run.path / CONFIG))
        if found.get(CONFIG, described) != described:
            raise InputError(f"{run.path / CONFIG}: altered since training ended: its checksum is another")
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
