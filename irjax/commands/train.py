"""What train.py and `irjax train` do: config and overrides in, a finished run out, one line for what goes wrong."""

import argparse
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import tyro
from flax.traverse_util import flatten_dict

from irjax.commands.output import say, warn_of_atr
from irjax.data.dataset import Dataset, open_dataset
from irjax.data.splits import Partition, siblings
from irjax.engine.config import Config, load_config
from irjax.errors import UsageError, naming
from irjax.models.table import NETWORKS
from irjax.program import goes_on

if TYPE_CHECKING:
    from irjax.engine.folds import CrossValidation


def run(arguments: argparse.Namespace) -> int:
    if getattr(arguments, "help", False):
        overridden(
            load_config(arguments.config), [*arguments.overrides, "--help"]
        )  # tyro lists it and ends the program
    return run_training(
        Path(arguments.config), Path(arguments.data), Path(arguments.run_dir), arguments.folds, arguments.overrides
    )


def run_training(config_file: Path, data: Path, run_path: Path, folds: int | None, overrides: list[str]) -> int:
    """Trains (or goes on training) the run; returns the exit status.

    Args:
        folds: how many folds to cross-validate with before the final fit on all of them; None trains one network.

    Raises:
        UsageError, InputError: the config, the dataset or the run cannot be used, or the training failed.
    """
    from irjax.engine.backend import prepare
    from irjax.engine.processes import ending_together, join_processes

    with goes_on("the same command goes on from the last epoch that was saved"):
        config = overridden(load_config(config_file), overrides)
        if folds is not None:
            flags = {word.split("=")[0].replace("_", "-") for word in overrides}
            if flags & {"--split.folds", "--split.validation-fold"}:
                raise UsageError("--folds tells the number of folds, and each validates once; leave --split.folds out")
            config = replace(config, split=replace(config.split, folds=folds, validation_fold=0))
        dataset = open_dataset(data)
        prepare()
        join_processes()
        with ending_together(), naming(run_path):
            return _train(config, dataset, run_path) if folds is None else _cross_validate(config, dataset, run_path)


TRAIN = "irjax train --config FILE --data DIR --run DIR"


def overridden(config: Config, overrides: list[str], command: str = TRAIN) -> Config:
    """The config with command-line overrides such as `--model.dropout 0.3`, each echoed; `--model NAME` comes first.

    An unknown or mistyped one ends the program with status 2 and a message that names the nearest flags.

    Raises:
        UsageError: there is no network of that name.
    """
    changed, words = _with_network(config, overrides)
    with _as_coloured_as_wished():
        changed = tyro.cli(
            tyro.conf.AvoidSubcommands[Config],
            default=changed,
            args=words,
            prog=f"{command} [--model NAME]",
        )
    before, after = (flatten_dict(each.to_dict(), sep=".") for each in (config, changed))
    for name, value in after.items():
        if before.get(name) != value:
            say(f"{name}: {before.get(name, 'not there')} -> {value}", aside=True)
    return changed


@contextmanager
def _as_coloured_as_wished() -> Iterator[None]:
    """Keeps tyro, which knows no NO_COLOR, from writing escapes where it is set; to a dumb terminal it writes none."""
    before = os.environ.get("TERM")
    if before is None or not os.environ.get("NO_COLOR"):  # without TERM it writes none either
        yield
        return
    os.environ["TERM"] = "dumb"
    try:
        yield
    finally:
        os.environ["TERM"] = before


def _with_network(config: Config, overrides: list[str]) -> tuple[Config, list[str]]:
    """The config with the network that `--model` names, and the other overrides."""
    overrides = [part for word in overrides for part in (word.split("=") if word.startswith("--model=") else [word])]
    if "--model" not in overrides:
        return config, overrides
    at = overrides.index("--model")
    name = overrides[at + 1] if at + 1 < len(overrides) else ""
    if name not in NETWORKS:
        raise UsageError(f"--model {name}: expected one of {', '.join(NETWORKS)}")
    return replace(config, model=NETWORKS[name]()), overrides[:at] + overrides[at + 2 :]


def _train(config: Config, dataset: Dataset, run_path: Path) -> int:
    from irjax.engine.fit import start_or_resume, train
    from irjax.engine.outcome import read_weights
    from irjax.engine.processes import is_first_process

    run = start_or_resume(run_path, config, dataset)
    if is_first_process():
        _show_split(run.path, run.split, dataset, run.config.split.validation_fold)
    trained = "trained"
    if run.finished:
        read_weights(run)  # those that it ended with, or it says that they are not
        trained = f"{run_path} is trained already"
    else:
        train([run], dataset, run.path)
    if is_first_process():
        judge = shlex.join(["irjax", "evaluate", str(run_path), "--data", str(dataset.path)])
        say(f"{trained}; `{judge}` judges it")
    return 0


def _cross_validate(config: Config, dataset: Dataset, run_path: Path) -> int:
    from irjax.engine.folds import start_folds, train_folds
    from irjax.engine.processes import is_first_process, wait_for_all

    cross = start_folds(run_path, config, dataset)
    if is_first_process():
        _show_split(cross.final.path, cross.final.split, dataset, None)
    train_folds(cross, dataset)
    if is_first_process():
        _judge_folds(cross, dataset)
    wait_for_all("judged")
    return 0


def _judge_folds(cross: "CrossValidation", dataset: Dataset) -> None:
    from irjax.answers.judge import evaluate, fold_figures
    from irjax.answers.predictor import load
    from irjax.pages.tables import fold_table, score_tables, show

    show(fold_table(fold_figures(cross, dataset)))
    if cross.final.config.split.test:
        figures = evaluate(load(cross.final.path), dataset, "test").figures
        thresholds = ", thresholds from out-of-fold predictions" if "groups" in figures else ""
        show(*score_tables(figures, f"final fit on all folds{thresholds}"))
    say(f"trained; the folds are runs of their own in {cross.final.path / 'folds'}")


def _show_split(path: Path, split: Partition, dataset: Dataset, fold: int | None) -> None:
    shown = ", ".join(f"{count:,} {part}" for part, count in split.counts(dataset, fold).items())
    say(f"{path.name}: {shown} spectra, split by {split.kind}", aside=True)
    warn_of_atr(dataset)
    if split.kind == "parts" or not split.test:
        return
    test, leaking = siblings(split, dataset)
    print(f"{leaking} of {test} test spectra have a sibling in a fold", file=sys.stderr)
