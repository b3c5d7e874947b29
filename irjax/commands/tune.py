"""What tune.py and `irjax tune` do: a search in, its best config and two plots out, one line for what goes wrong."""

import argparse
import re
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from irjax.commands.output import say
from irjax.data.dataset import open_dataset
from irjax.engine.run import BEST
from irjax.errors import UsageError
from irjax.pages import figures
from irjax.program import goes_on
from irjax.tuning.search import Trial, best, run_search
from irjax.tuning.space import Search, load_search
from irjax.tuning.workers import launcher


def run(arguments: argparse.Namespace) -> int:
    return run_tuning(
        Path(arguments.config),
        Path(arguments.data),
        Path(arguments.run_dir),
        arguments.evaluations,
        arguments.folds,
        arguments.workers,
        arguments.slurm,
    )


def run_tuning(
    config_file: Path,
    data: Path,
    directory: Path,
    evaluations: int | None,
    folds: Sequence[int] | None,
    workers: int,
    slurm: Sequence[str] | None,
) -> int:
    """Searches (or goes on searching); returns the exit status: 1, where no trial came to a good end.

    Raises:
        UsageError, InputError: the search, the dataset or the directory cannot be used.
    """
    with goes_on("the same command goes on with the same proposals"):
        for ending in (signal.SIGTERM, signal.SIGHUP):  # so that the jobs of its trials end with it
            if signal.getsignal(ending) is not signal.SIG_IGN:  # as under nohup
                signal.signal(ending, lambda number, _: sys.exit(128 + number))
        search = _changed(load_search(config_file), evaluations, folds)
        if workers < 1:
            raise UsageError(f"--workers must be 1 or more, not {workers}")
        dataset = open_dataset(data)
        launch = launcher(None if slurm is None else _options(slurm))
        trials = run_search(directory, search, dataset, workers, launch, _say)
        _plot(directory, trials)
        winner = best(trials)
        if winner.outcome != "done":
            print(f"none of {len(trials)} trials came to a good end, so there is no {BEST}; what each met stands above")
            return 1
        if len(trials) > search.evaluations:
            say(f"{directory} holds {len(trials)} trials already, of which {search.evaluations} were asked for")
        say(f"best of {len(trials)}: trial {winner.number}, validation loss {winner.objective:.5f}, {_shown(winner)}")
        say(f"{directory / BEST} is its config for irjax train; the plots are beside it")
        return 0


def _changed(search: Search, evaluations: int | None, folds: Sequence[int] | None) -> Search:
    if evaluations is not None:
        search = replace(search, evaluations=evaluations)
    return search if folds is None else replace(search, folds=tuple(folds))


_TIME = re.compile(r"(\d+-)?\d+(:\d+){0,2}")
"""Minutes, or days-hours:minutes:seconds."""


def _options(words: Sequence[str]) -> dict[str, str]:
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals and value):
            raise UsageError(f"--slurm {word}: expected NAME=VALUE, such as partition=gpu or time=60")
        found[name] = value
    if not _TIME.fullmatch(found.get("time", "")):
        raise UsageError("--slurm needs time=MINUTES, the longest that a trial may take, or as sbatch has it, 1:30:00")
    return found


def _say(trial: Trial, winner: Trial) -> None:
    came = f"{trial.objective:.5f}" if trial.outcome == "done" else f"{trial.outcome} {trial.message}".strip()
    say(f"trial {trial.number:3d}  {came}  {trial.seconds:.0f} s  {_shown(trial)}")
    if trial.number == winner.number and trial.outcome == "done":
        print("           the best so far", flush=True)


def _shown(trial: Trial) -> str:
    return "  ".join(f"{name.split('.')[-1]} {value:.4g}" for name, value in trial.point.items())


def _plot(directory: Path, trials: Sequence[Trial]) -> None:
    objectives = [trial.objective for trial in trials]
    outcomes = [trial.outcome for trial in trials]
    done = [objective if outcome == "done" else None for objective, outcome in zip(objectives, outcomes, strict=True)]
    figures.png(figures.convergence(objectives, outcomes), directory / "convergence.png")
    figures.png(figures.dimensions([trial.point for trial in trials], done), directory / "dimensions.png")
