"""What train.py does: config and overrides in, a finished run out, one clear line for whatever goes wrong."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import tyro

from irjax.data.dataset import Dataset, open_dataset
from irjax.data.splits import Split, siblings
from irjax.errors import exit_status
from irjax.training.config import Config, load_config

if TYPE_CHECKING:
    from irjax.training.folds import CrossValidation


def run_training(config_file: Path, data: Path, run_path: Path, folds: int | None, overrides: list[str]) -> int:
    """Trains (or goes on training) the run; returns the exit status: 0 done, 1 failed, 2 wrong usage.

    Args:
        folds: how many folds to cross-validate with before the final fit on all of them; None trains one network.
    """
    from irjax.training.devices import ending_together, join_processes, prepare

    def run() -> int:
        config = overridden(load_config(config_file), overrides)
        if folds is not None:
            config = replace(config, split=replace(config.split, folds=folds, validation_fold=0))
        dataset = open_dataset(data)
        prepare()
        join_processes()
        with ending_together():
            return _train(config, dataset, run_path) if folds is None else _cross_validate(config, dataset, run_path)

    return exit_status("train.py", run, "stopped; the same command goes on from the last epoch that was saved")


def overridden(config: Config, overrides: list[str]) -> Config:
    """The config with command-line overrides such as `--model.dropout 0.3`, each echoed.

    An unknown or mistyped one ends the program with status 2 and a message that names the nearest flags.
    """
    changed = tyro.cli(Config, default=config, args=overrides, prog="train.py --config FILE --data DIR --run DIR")
    for name, before, after in _differences(config.to_dict(), changed.to_dict()):
        print(f"{name}: {before} -> {after}", file=sys.stderr)
    return changed


def _differences(before: dict, after: dict, prefix: str = "") -> list[tuple[str, object, object]]:
    found = []
    for key, value in after.items():
        if isinstance(value, dict):
            found += _differences(before[key], value, f"{prefix}{key}.")
        elif before[key] != value:
            found.append((prefix + key, before[key], value))
    return found


def _train(config: Config, dataset: Dataset, run_path: Path) -> int:
    from irjax.training.devices import is_first_process
    from irjax.training.fit import start_or_resume, train

    run = start_or_resume(run_path, config, dataset)
    if is_first_process():
        _show_split(run.path, run.split, dataset, config.split.validation_fold)
    trained = "trained"
    if run.finished:
        trained = f"{run_path} is trained already"
    else:
        train([run], dataset, run.path)
    if is_first_process():
        print(f"{trained}; `irjax evaluate {run_path} --data {dataset.path}` judges it")
    return 0


def _cross_validate(config: Config, dataset: Dataset, run_path: Path) -> int:
    from irjax.training.devices import is_first_process, wait_for_all
    from irjax.training.folds import start_folds, train_folds

    cross = start_folds(run_path, config, dataset)
    if is_first_process():
        _show_split(cross.final.path, cross.final.split, dataset, None)
    train_folds(cross, dataset)
    if is_first_process():
        _judge_folds(cross, dataset)
    wait_for_all("judged")
    return 0


def _judge_folds(cross: "CrossValidation", dataset: Dataset) -> None:
    from irjax.evaluate import evaluate, fold_figures
    from irjax.evaluation.tables import fold_table, score_tables, show
    from irjax.predict import load

    show(fold_table(fold_figures(cross, dataset)))
    figures = evaluate(load(cross.final.path), dataset, "test").figures
    show(*score_tables(figures, "final fit on all folds, thresholds from out-of-fold predictions"))
    print(f"trained; the folds are runs of their own in {cross.final.path / 'folds'}")


def _show_split(path: Path, split: Split, dataset: Dataset, fold: int | None) -> None:
    counts = {part: len(split.part(dataset, part, fold)) for part in ("train", "validation", "test")}
    shown = ", ".join(f"{count:,} {part}" for part, count in counts.items())
    test, leaking = siblings(split, dataset)
    print(f"{path.name}: {shown} spectra, split by {split.kind}", file=sys.stderr)
    print(f"{leaking} of {test} test spectra have a sibling in a fold", file=sys.stderr)
