"""How well a trained run does on a part of a dataset, on molecules it was not trained on."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from irjax.data.dataset import Dataset
from irjax.errors import InputError, UsageError
from irjax.evaluation.scores import scores
from irjax.evaluation.thresholds import DEFAULT, best_f1_thresholds
from irjax.predict import Predictor
from irjax.training.run import Run

_BATCH = 8192


def evaluate(predictor: Predictor, dataset: Dataset, part: str, include_training: bool = False) -> dict[str, Any]:
    """The figures of `irjax evaluate --json`; see `evaluation.scores`.

    Spectra of molecules that the run trained on are left out, unless asked for or unless the part is `train`.

    Raises:
        UsageError: no spectrum is left.
    """
    run = predictor.run
    chosen = _choose(run, dataset, part, include_training)
    found = [
        predictor.probabilities(dataset.transmittance[chosen.rows[at : at + _BATCH]])
        for at in range(0, len(chosen.rows), _BATCH)
    ]
    return _judged(run, dataset, part, chosen, np.concatenate(found), predictor.thresholds)


def evaluate_baseline(run: Run, dataset: Dataset, part: str, include_training: bool = False) -> dict[str, Any]:
    """The same figures for logistic regression on pooled spectra, through the run's split, labels and thresholds' rule.

    Raises:
        InputError: the dataset is not the one that the run was trained on.
        UsageError: no spectrum is left.
    """
    from irjax.evaluation.baselines import PooledLogisticRegression

    if dataset.checksum != run.dataset:
        raise InputError(
            f"{dataset.path}: not the dataset that {run.path} was trained on, which a baseline is fitted to"
        )
    chosen = _choose(run, dataset, part, include_training)
    labels = dataset.labels(run.config.vocabulary)
    fold = run.config.split.validation_fold
    training, validation = (run.split.part(dataset, name, fold) for name in ("train", "validation"))
    model = PooledLogisticRegression.fit(dataset.transmittance[training], labels[training])
    thresholds = np.full(labels.shape[1], DEFAULT)
    if len(validation):
        thresholds = best_f1_thresholds(labels[validation], model.probabilities(dataset.transmittance[validation]))
    return _judged(run, dataset, part, chosen, model.probabilities(dataset.transmittance[chosen.rows]), thresholds)


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
    trained = run.split.trained_skeletons(fold)
    seen = np.array([skeleton in trained for skeleton in dataset.skeletons[rows]], bool)
    kept = rows if include_training or part == "train" else rows[~seen]
    if not len(kept):
        raise UsageError(
            f"{dataset.path}: the part {part!r} holds {len(rows)} spectra for this run, {int(seen.sum())} of them of "
            "molecules it trained on; nothing is left to judge (another --part, or --include-training?)"
        )
    return _Chosen(kept, int(seen.sum()), len(rows) - len(kept))


def _judged(
    run: Run, dataset: Dataset, part: str, chosen: _Chosen, probabilities: np.ndarray, thresholds: np.ndarray
) -> dict[str, Any]:
    rows = chosen.rows
    labels = dataset.labels(run.config.vocabulary)[rows]
    figures = scores(
        labels, probabilities, thresholds, run.groups, dataset.skeletons[rows], dataset.rows["phase"][rows]
    )
    return figures | {
        "vocabulary": run.config.vocabulary,
        "part": part,
        "run": str(run.path),
        "dataset": str(dataset.path),
        "split": run.config.split.kind,
        "spectra_of_trained_molecules": chosen.seen,
        "left_out": chosen.left_out,
    }
