"""How well a trained run does on a part of a dataset, on molecules it was not trained on."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from irjax.data.dataset import Dataset
from irjax.errors import InputError, UsageError
from irjax.evaluation.scores import scores
from irjax.evaluation.thresholds import DEFAULT, best_f1_thresholds
from irjax.predict import Predictor
from irjax.training.folds import CrossValidation
from irjax.training.run import Run, read_validation

_BATCH = 8192


@dataclass(frozen=True)
class Judgement:
    """How well a run does on some spectra, and what it was reckoned from."""

    rows: np.ndarray
    """The spectra, int [n]."""
    labels: np.ndarray
    """0/1 [n, groups]."""
    probabilities: np.ndarray
    """[n, groups]."""
    figures: dict[str, Any]
    """As `irjax evaluate --json` writes them; see `evaluation.scores`."""


def evaluate(predictor: Predictor, dataset: Dataset, part: str, include_training: bool = False) -> Judgement:
    """Judges a run on a part of a dataset.

    Spectra of molecules that the run trained on are left out, unless asked for or unless the part is `train`.

    Raises:
        UsageError: no spectrum is left.
    """
    run = predictor.run
    chosen = _choose(run, dataset, part, include_training)
    each = [
        predictor.probabilities(dataset.transmittance[chosen.rows[at : at + _BATCH]])
        for at in range(0, len(chosen.rows), _BATCH)
    ]
    found = np.concatenate(each)
    figures = _judged(run, dataset, part, chosen, found, predictor.thresholds)
    return Judgement(chosen.rows, dataset.labels(run.config.vocabulary)[chosen.rows], found, figures)


def evaluate_baseline(
    run: Run, dataset: Dataset, part: str, method: str, features: str, include_training: bool = False
) -> dict[str, Any]:
    """The same figures for a classical method, through the run's split, labels and thresholds' rule.

    Args:
        method: a name in `evaluation.baselines.METHODS`.
        features: pooled or raw.

    Raises:
        InputError: the dataset is not the one that the run was trained on.
        UsageError: no spectrum is left.
    """
    if dataset.checksum != run.dataset:
        raise InputError(
            f"{dataset.path}: not the dataset that {run.path} was trained on, which a baseline is fitted to"
        )
    chosen = _choose(run, dataset, part, include_training)
    probabilities, thresholds, trained_on = baseline_answers(run, dataset, chosen.rows, method, features)
    figures = _judged(run, dataset, part, chosen, probabilities, thresholds)
    return figures | {"method": method, "features": features, "trained_on": trained_on}


def baseline_answers(
    run: Run, dataset: Dataset, rows: np.ndarray, method: str, features: str
) -> tuple[np.ndarray, np.ndarray, int]:
    """A classical method, fitted to the run's training part and with thresholds from its validation part.

    Returns:
        Probabilities of the spectra `rows`, [n, groups], thresholds [groups], and how many spectra it was trained on.
    """
    import jax.numpy as jnp

    from irjax.evaluation import baselines
    from irjax.models.inputs import network_input

    labels = dataset.labels(run.config.vocabulary)
    fold = run.config.split.validation_fold
    training, validation = (run.split.part(dataset, name, fold) for name in ("train", "validation"))

    def seen(rows: np.ndarray) -> np.ndarray:
        return baselines.features(np.asarray(network_input(jnp.asarray(dataset.transmittance[rows]))), features)

    wanted = baselines.METHODS[method]
    probabilities = baselines.fit(wanted, seen(training), labels[training])
    thresholds = np.full(labels.shape[1], DEFAULT)
    if len(validation):
        thresholds = best_f1_thresholds(labels[validation], probabilities(seen(validation)))
    return probabilities(seen(rows)), thresholds, min(wanted.most or len(training), len(training))


def fold_figures(cross: CrossValidation, dataset: Dataset) -> list[dict[str, Any]]:
    """The figures of each fold, by the network that has not seen it, at thresholds of 0.5."""
    labels = dataset.labels(cross.final.config.vocabulary)
    found = []
    for fold, run in enumerate(cross.folds):
        rows = cross.rows(dataset, fold)
        names, phases = run.groups, dataset.rows["phase"][rows]
        half = np.full(len(names), DEFAULT)
        probabilities = read_validation(run)
        found.append(scores(labels[rows], probabilities, half, names, dataset.skeletons[rows], phases))
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
