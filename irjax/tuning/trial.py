"""One trial of a search, in a process of its own: `python -m irjax.tuning.trial SEARCH NUMBER`.

It trains in SEARCH/trials/NUMBER and leaves result.json there. Killed, it goes on where it was; started twice, the
second waits for the first.
"""

import fcntl
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from irjax.errors import first_line
from irjax.files import write_aside

RESULT = "result.json"


def trial_directory(search: Path, number: int) -> Path:
    """Where a trial trains."""
    return search / "trials" / f"{number:04d}"


def main(arguments: list[str]) -> int:
    """Runs a trial whose config is in trial.json, and writes its result."""
    directory = trial_directory(Path(arguments[0]), int(arguments[1]))
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / RESULT).is_file():
            write_aside(directory / RESULT, json.dumps(_result(directory), indent=2, allow_nan=False) + "\n")
        _clear(directory)
    return 0


def _clear(directory: Path) -> None:
    """Removes what no one asks for once the result is there; before that a killed trial could not go on."""
    for heavy in (*directory.glob("**/checkpoints"), *directory.glob("fold-*/*.safetensors")):
        shutil.rmtree(heavy) if heavy.is_dir() else heavy.unlink()


def _result(directory: Path) -> dict[str, Any]:
    import jax

    from irjax.engine.epochs import DivergedError

    started = time.monotonic()
    outcome: dict[str, Any]
    try:
        histories = _trained(directory)
        losses = [[record["validation_loss"] for record in history] for history in histories]
        outcome = {"outcome": "done", "objective": sum(map(min, losses)) / len(losses)}
        best = [history[: fold.index(min(fold)) + 1] for history, fold in zip(histories, losses, strict=True)]
        outcome["phases"] = phases(sorted(best, key=len)[len(best) // 2])
    except DivergedError as error:
        outcome = {"outcome": "diverged", "message": str(error)}
    except MemoryError as error:
        outcome = {"outcome": "out of memory", "message": str(error)}
    except jax.errors.JaxRuntimeError as error:
        if "RESOURCE_EXHAUSTED" not in str(error):
            raise
        outcome = {"outcome": "out of memory", "message": first_line(error)}
    return outcome | {"seconds": round(time.monotonic() - started, 1)}


def phases(history: Sequence[dict[str, Any]]) -> list[list[float]]:
    """[epochs, learning rate] for each stretch of epochs with one rate."""
    rates = groupby(record["learning_rate"] for record in history)
    return [[len(list(epochs)), rate] for rate, epochs in rates]


def _trained(directory: Path) -> list[list[dict[str, Any]]]:
    """The figures of each epoch, of each fold."""
    from irjax.data.dataset import open_dataset
    from irjax.engine.backend import prepare
    from irjax.engine.config import config_from_dict
    from irjax.engine.fit import start_or_resume
    from irjax.engine.folds import train_each
    from irjax.engine.outcome import read_history
    from irjax.engine.run import TRIAL

    prepare()
    wanted = json.loads((directory / TRIAL).read_text())
    dataset, config = open_dataset(wanted["dataset"]), config_from_dict(wanted["config"])
    runs = [
        start_or_resume(
            directory / f"fold-{fold}", replace(config, split=replace(config.split, validation_fold=fold)), dataset
        )
        for fold in wanted["folds"]
    ]
    train_each(runs, dataset, directory)
    return [read_history(run) for run in runs]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
