"""How well a trained run does on a part of a dataset, on molecules it was not trained on."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from irjax.answers.classical import baseline_answers
from irjax.answers.predictor import Predictor
from irjax.data.dataset import Dataset
from irjax.engine.folds import CrossValidation, out_of_fold
from irjax.engine.outcome import read_validation
from irjax.engine.run import Run, require_fitting, require_own
from irjax.errors import UsageError
from irjax.spectra.bands import seen
from irjax.tasks.groups import EVERY_BAND, SOME_BANDS, Groups

_BATCH = 8192
OUT_OF_FOLD = "out-of-fold"
"""The part that a run without a test part is judged on, by networks of its folds."""


@dataclass(frozen=True)
class Judgement:
    """How well a run does on some spectra, and what it was reckoned from."""

    rows: np.ndarray
    """The spectra, int [n]."""
    targets: Any
    """What is true of each; for groups 0/1 [n, groups]."""
    probabilities: np.ndarray
    """[n, outputs]."""
    figures: dict[str, Any]
    """As `irjax evaluate --json` writes them; see `evaluation.scores`, `ranks` and `agreement`."""


def evaluate(predictor: Predictor, dataset: Dataset, part: str, include_training: bool = False) -> Judgement:
    """Judges a run on a part of a dataset.

    Spectra of molecules that the run trained on are left out, unless asked for or unless the part is `train`. A run
    that kept no test part, as the one that ships, is judged on its own dataset by what its folds' networks said of the
    spectra that they had not seen, and on another by all spectra.

    Raises:
        InputError: the dataset lies on another grid, or the task is no longer the one that the run learned.
        UsageError: no spectrum is left.
    """
    run = predictor.run
    require_fitting(run, dataset)
    untested = part == "test" and not run.split.test
    if untested and (found := out_of_fold(run, dataset)):
        part, chosen = OUT_OF_FOLD, _Chosen(found[0], 0, 0)
        probabilities = run.config.task.probabilities(predictor.answering, found[1])
    else:
        part = "all" if untested else part
        chosen = _choose(run, dataset, part, include_training)
        batches = (chosen.rows[at : at + _BATCH] for at in range(0, len(chosen.rows), _BATCH))
        probabilities = np.concatenate([predictor.probabilities(dataset.values[rows]) for rows in batches])
    figures = _judged(run, dataset, part, chosen, probabilities, predictor.answering)
    return Judgement(chosen.rows, run.config.task.targets(dataset)[chosen.rows], probabilities, figures)


def evaluate_baseline(
    run: Run, dataset: Dataset, part: str, method: str, features: str, include_training: bool = False
) -> dict[str, Any]:
    """The same figures for a classical method, through the run's split, labels and thresholds' rule.

    Args:
        method: a name in `classical.methods`.
        features: pooled or raw.

    Raises:
        InputError: the dataset is not the one that the run was trained on.
        UsageError: no spectrum is left.
    """
    require_fitting(run, dataset)
    require_own(run, dataset)  # which a baseline is fitted to
    chosen = _choose(run, dataset, part, include_training)
    probabilities, answering, trained_on = baseline_answers(run, dataset, chosen.rows, method, features)
    figures = _judged(run, dataset, part, chosen, probabilities, answering)
    return figures | {"method": method, "features": features, "trained_on": trained_on}


def fold_figures(cross: CrossValidation, dataset: Dataset) -> list[dict[str, Any]]:
    """The figures of each fold, by the network that has not seen it; of groups at thresholds of 0.5."""
    final = cross.final
    task: Any = final.config.task
    targets = task.targets(dataset)
    plain = task.read_answering(final.names, task.answering(final.names, targets, None))
    found = []
    for fold, run in enumerate(cross.folds):
        rows = cross.rows(dataset, fold)
        columns = {name: column[rows] for name, column in dataset.rows.items()}
        found.append(
            task.scores(final.names, plain, task.probabilities(plain, read_validation(run)), targets[rows], columns)
        )
    return found


@dataclass(frozen=True)
class _Chosen:
    rows: np.ndarray
    """Indices of the spectra to judge."""
    seen: int
    """Spectra of the part whose molecule the run trained on."""
    left_out: int


def _choose(run: Run, dataset: Dataset, part: str, include_training: bool) -> _Chosen:
    fold = run.config.split.validation_fold
    rows = run.split.part(dataset, part, fold)
    seen = run.split.trained_on(dataset, fold)[rows]
    kept = rows if include_training or part == "train" else rows[~seen]
    if not len(kept):
        raise UsageError(
            f"{dataset.path}: the part {part!r} holds {len(rows)} spectra for this run, {int(seen.sum())} of them of "
            "molecules it trained on; nothing is left to judge (another --part, or --include-training?)"
        )
    return _Chosen(kept, int(seen.sum()), len(rows) - len(kept))


def _doubts(run: Run, dataset: Dataset) -> list[str]:
    """What speaks against the figures of a run on a dataset."""
    if run.split.kind != "parts" or dataset.checksum == run.dataset:
        return []
    return [
        f"{dataset.path}: another dataset than {run.path} learned, and where a dataset says its parts itself, nothing "
        "tells whether the two share spectra: some that are judged may be such as it trained on"
    ]


def measured_bands(names: tuple[str, ...], dataset: Dataset, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Of which groups some bands were measured and all had light, as columns [n, groups], as `predict` asks."""
    parts = [rows[at : at + _BATCH] for at in range(0, len(rows), _BATCH)]
    each = [seen(names, dataset.values[part], dataset.grid) for part in parts]
    some, _, lit = (np.concatenate(found) for found in zip(*each, strict=True))
    return {SOME_BANDS: some, EVERY_BAND: lit}


def _judged(
    run: Run, dataset: Dataset, part: str, chosen: _Chosen, probabilities: np.ndarray, answering: Any
) -> dict[str, Any]:
    task, rows = run.config.task, chosen.rows
    columns = {name: column[rows] for name, column in dataset.rows.items()}
    if isinstance(task, Groups) and dataset.grid.infrared:
        columns |= measured_bands(run.names, dataset, rows)
    figures = task.scores(run.names, answering, probabilities, task.targets(dataset)[rows], columns)
    return figures | {
        "part": part,
        "run": str(run.path),
        "dataset": str(dataset.path),
        "split": run.config.split.kind,
        "spectra_of_trained_molecules": chosen.seen,
        "left_out": chosen.left_out,
        "warnings": _doubts(run, dataset),
    }
