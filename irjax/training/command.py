"""What train.py does: config and overrides in, a finished run out, one clear line for whatever goes wrong."""

import sys
from pathlib import Path

import tyro

from irjax.data.dataset import open_dataset
from irjax.data.splits import siblings
from irjax.errors import InputError, UsageError
from irjax.training.config import Config, load_config


def run_training(config_file: Path, data: Path, run_path: Path, overrides: list[str]) -> int:
    """Trains (or goes on training) the run; returns the exit status: 0 done, 1 failed, 2 wrong usage."""
    try:
        config = overridden(load_config(config_file), overrides)
        dataset = open_dataset(data)
        return _train(config, dataset, run_path)
    except UsageError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 2
    except InputError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # a full disk, a directory that may not be written to
        print(f"train.py: {error.filename or ''}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("train.py: stopped; the same command goes on from the last epoch that was saved", file=sys.stderr)
        return 130


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


def _train(config: Config, dataset, run_path: Path) -> int:
    from irjax.training.devices import use_compile_cache
    from irjax.training.fit import DivergedError, start_or_resume, train

    use_compile_cache()
    run = start_or_resume(run_path, config, dataset)
    fold = config.split.validation_fold
    parts = {part: len(run.split.part(dataset, part, fold)) for part in ("train", "validation", "test")}
    shown = ", ".join(f"{count:,} {part}" for part, count in parts.items())
    test, leaking = siblings(run.split, dataset)
    print(f"{run.path.name}: {shown} spectra, split by {run.split.kind}", file=sys.stderr)
    print(f"{leaking} of {test} test spectra have a sibling in a fold", file=sys.stderr)
    if run.finished:
        print(f"{run_path} is trained already; `irjax evaluate {run_path} --data {dataset.path}` judges it")
        return 0
    try:
        train(run, dataset)
    except DivergedError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    print(f"trained; `irjax evaluate {run_path} --data {dataset.path}` judges it")
    return 0
