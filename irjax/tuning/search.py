"""A search: proposals, trials in processes of their own, and a directory from which a killed search goes on.

search.json     the search and the dataset's checksum
trials.jsonl    a line per finished trial, in the order of the proposals
trials/NUMBER/  the trial's run of each fold, its log and its result
best.py         the best config so far, for `irjax train`
convergence.png, dimensions.png
"""

import json
import math
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from irjax.data.dataset import Dataset
from irjax.engine.config import for_dataset
from irjax.engine.fit import draw_split
from irjax.engine.run import BEST, SEARCH, TRIAL
from irjax.errors import InputError, UsageError
from irjax.files import finished, held, json_of, write_aside
from irjax.tuning.proposals import Proposals
from irjax.tuning.space import Point, Search, config_source, search_from_dict
from irjax.tuning.trial import RESULT, trial_directory
from irjax.tuning.workers import Launch

ATTEMPTS = 3
"""How often a trial is started that ends without a result."""


@dataclass(frozen=True)
class Trial:
    """A finished trial."""

    number: int
    batch: int
    """How many were proposed together with it."""
    point: Point
    outcome: str
    """done, diverged, out of memory, or died."""
    objective: float
    """Mean best validation loss; of a failed trial a penalty, the worst so far."""
    seconds: float
    message: str = ""
    phases: list[list[float]] = field(default_factory=list)
    """[epochs, learning rate] of each phase up to the best epoch, of the fold in the middle; of finished trials."""


def run_search(
    directory: Path, search: Search, dataset: Dataset, workers: int, launch: Launch, say: Callable[[Trial, Trial], None]
) -> list[Trial]:
    """Runs what is left of a search; killed at any moment, the same call goes on with the very same proposals.

    Args:
        workers: trials proposed and run at once.
        launch: runs some trials by their number and returns when all have ended.
        say: told of each trial as it ends, and of the best so far.

    Raises:
        InputError: another search is there, or is going on there, or a file of it is damaged.
        UsageError: the dataset is too small to split, or its grid for a network of the space.
    """
    if "part" in dataset.rows and len(search.folds) > 1:
        raise UsageError(f"{dataset.path}: says itself which spectra train, validate and test, so it has no folds")
    draw_split(for_dataset(search.base, dataset), dataset)
    for corner in search.corners:
        corner.model.build(len(corner.task.names(dataset)), dataset.grid)
    _open(directory, search, dataset)
    with held(directory):
        return _searched(directory, search, dataset, workers, launch, say)


def _searched(
    directory: Path, search: Search, dataset: Dataset, workers: int, launch: Launch, say: Callable[[Trial, Trial], None]
) -> list[Trial]:
    proposals = Proposals(search)
    trials = _replayed(directory, proposals)
    while len(trials) < search.evaluations:
        points = proposals.ask(min(workers, search.evaluations - len(trials)))
        batch = _ran(directory, search, dataset, trials, points, launch)
        if all(trial.outcome == "died" for trial in trials + batch):
            raise InputError(f"{directory}: no trial has come to an end; {batch[0].message}")
        proposals.tell(points, [trial.objective for trial in batch])
        trials += batch
        write_aside(
            directory / "trials.jsonl", "".join(json.dumps(asdict(trial), allow_nan=False) + "\n" for trial in trials)
        )
        _write_best(directory, search, best(trials))
        for trial in batch:
            say(trial, best(trials))
    _write_best(directory, search, best(trials))  # which a kill after the last trial may have kept from it
    return trials


def best(trials: Sequence[Trial]) -> Trial:
    """The trial of lowest objective, the first of equals."""
    return min(trials, key=lambda trial: (trial.outcome != "done", trial.objective))


_FILE = re.compile(r"search\.json")


def _open(directory: Path, search: Search, dataset: Dataset) -> None:
    file = directory / SEARCH
    record = {"search": search.to_dict(), "dataset": dataset.checksum}
    if not file.is_file():
        if directory.exists() and (not directory.is_dir() or finished(directory, _FILE)):
            raise InputError(f"{directory}: exists and is not a search; name a new directory")
        write_aside(file, json.dumps(record, indent=2, allow_nan=False) + "\n")
        return
    try:
        old = json_of(file)
        before = search_from_dict(old["search"])
    except (OSError, ValueError, KeyError, TypeError, InputError, UsageError) as error:
        raise InputError(f"{file}: damaged ({error})") from None
    # More evaluations are a longer search, not another one.
    same = {**before.to_dict(), "evaluations": search.evaluations} == search.to_dict()
    if not same or old["dataset"] != dataset.checksum:
        raise InputError(f"{directory}: holds a search of another space, base or dataset; name a new directory")


def _replayed(directory: Path, proposals: Proposals) -> list[Trial]:
    """The trials so far, each of them asked for and told again: the proposals then go on as if never interrupted.

    Of a batch whose last lines are gone nothing is taken; its results are kept beside.
    """
    file = directory / "trials.jsonl"
    trials = _read(file)
    at = 0
    while at < len(trials):
        batch = trials[at : at + trials[at].batch]
        if len(batch) < trials[at].batch:
            break
        if proposals.ask(trials[at].batch) != [trial.point for trial in batch]:
            raise InputError(
                f"{file}, line {at + 1}: not the trial that this search proposes there; the file was altered, or "
                "another version of scikit-optimize wrote it"
            )
        proposals.tell([trial.point for trial in batch], [trial.objective for trial in batch])
        at += len(batch)
    return trials[:at]


def _read(file: Path) -> list[Trial]:
    trials = []
    for number, line in enumerate(file.read_text().splitlines() if file.is_file() else ()):
        try:
            trial = Trial(**json.loads(line))
            sound = trial.number == number and trial.batch >= 1 and math.isfinite(trial.objective)
        except (ValueError, TypeError) as error:
            raise InputError(
                f"{file}, line {number + 1}: not a trial ({error}); restore the line, or delete it and "
                "all after it: their results are kept beside it"
            ) from None
        if not sound:
            raise InputError(f"{file}, line {number + 1}: its number, batch or objective is not that of a trial")
        trials.append(trial)
    return trials


def _ran(
    directory: Path, search: Search, dataset: Dataset, before: Sequence[Trial], points: list[Point], launch: Launch
) -> list[Trial]:
    """Runs a batch; what has a result already, from before a kill, is not run again."""
    first = len(before)
    waiting = []
    for at, point in enumerate(points):
        place = trial_directory(directory, first + at)
        wanted = {
            "point": point,
            "config": search.at(point).to_dict(),
            "folds": list(search.folds),
            "dataset": str(dataset.path.absolute()),
        }
        if _noted(place) not in (None, json.loads(json.dumps(wanted))):
            shutil.rmtree(place)  # begun when other numbers of trials ran at once, of another point
        write_aside(place / TRIAL, json.dumps(wanted, indent=2, allow_nan=False) + "\n")
        if not (place / RESULT).is_file():
            waiting.append(first + at)
    for _ in range(ATTEMPTS):  # what ends without a result was lost to its machine, and says nothing of its point
        launch(directory, waiting)
        waiting = [number for number in waiting if not (trial_directory(directory, number) / RESULT).is_file()]
        if not waiting:
            break
    results = _results(directory, first, len(points))
    done = [trial.objective for trial in before if trial.outcome == "done"]
    done += [result["objective"] for result in results if result["outcome"] == "done"]
    task = search.base.task
    worst = max(done, default=task.blind_loss(task.names(dataset)))
    return [
        Trial(**({"number": first + at, "batch": len(points), "point": point, "objective": worst} | result))
        for at, (point, result) in enumerate(zip(points, results, strict=True))
    ]


def _noted(place: Path) -> Any:
    """What a trial was begun with, None for nothing."""
    try:
        return json_of(place / TRIAL)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return "damaged"


def _results(directory: Path, first: int, number: int) -> list[dict[str, Any]]:
    found = []
    for at in range(first, first + number):
        place = trial_directory(directory, at)
        try:
            result = json.loads((place / RESULT).read_text())
        except (OSError, ValueError):
            message = f"ended {ATTEMPTS} times without a result; {place / 'log.txt'} has its last words"
            result = {"outcome": "died", "message": message, "seconds": 0.0}
        found.append(result)
    return found


def _write_best(directory: Path, search: Search, trial: Trial) -> None:
    """best.py: the best trial's config, with the epochs and rates that took it to its best epoch as set phases.

    Nothing then has to be watched, so all folds can train.
    """
    if trial.outcome != "done":
        return
    config = search.at(trial.point)
    if trial.phases:
        epochs, rates = zip(*trial.phases, strict=True)
        epochs, warm_up = tuple(map(int, epochs)), config.optimizer.warm_up
        phases = replace(
            config.optimizer,
            schedule="phases",
            epochs=epochs,
            learning_rates=rates,
            warm_up=min(warm_up, sum(epochs)),  # the best epoch may have come before its end
        )
        config = replace(config, optimizer=phases)
    title = f"Trial {trial.number} of a search: validation loss {trial.objective:.5f} (mean of folds {search.folds})."
    write_aside(directory / BEST, config_source(config, title))
