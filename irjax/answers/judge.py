"""How well a trained run does on a part of a dataset, on molecules it was not trained on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logit, softmax

from irjax.answers.predictor import Predictor
from irjax.data.dataset import Dataset
from irjax.data.xrd import TECHNIQUE as XRD
from irjax.engine.folds import CrossValidation, out_of_fold
from irjax.engine.outcome import read_validation
from irjax.engine.run import Run, require_fitting, require_own
from irjax.errors import UsageError
from irjax.evaluation import baselines
from irjax.evaluation.matching import match, search_match
from irjax.spectra.bands import seen
from irjax.spectra.grid import INFRARED
from irjax.tasks.classes import Classes
from irjax.tasks.groups import EVERY_BAND, SOME_BANDS, Groups
from irjax.tasks.task import held_out

_BATCH = 8192
OUT_OF_FOLD = "out-of-fold"
"""The part that a run without a test part is judged on, by networks of its folds."""
MATCHING = "peak-matching"
"""Has nothing to learn: it knows the peaks of each class."""


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
        method: a name in `methods`.
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


def methods(run: Run) -> tuple[str, ...]:
    """The classical methods that can learn what a run learns. Raises UsageError where none can."""
    if isinstance(run.config.task, Groups):
        return tuple(baselines.METHODS)
    if isinstance(run.config.task, Classes):
        return *baselines.CLASS_METHODS, MATCHING
    raise UsageError(f"{run.path}: no classical method here learns what it learned; `irjax evaluate` judges it")


def baseline_answers(
    run: Run, dataset: Dataset, rows: np.ndarray, method: str, features: str
) -> tuple[np.ndarray, Any, int]:
    """A classical method, fitted to the run's training part, its answers to its validation part, or to all folds.

    Returns:
        Probabilities of the spectra `rows`, [n, outputs], what turns them into answers, and how many spectra it was
        trained on.
    """
    import jax.numpy as jnp

    from irjax.models.inputs import network_input

    if method == MATCHING:
        if features != "raw" or "peaks" not in dataset.manifest:
            raise UsageError(f"{MATCHING}: needs --features raw and a dataset that lists the peaks of its classes")
        library = [(np.array(positions), np.array(heights)) for positions, heights in dataset.manifest["peaks"]]
        matched = search_match if dataset.technique == XRD else match
        return softmax(matched(dataset.values[rows], library), axis=1), None, 0
    targets = run.config.task.targets(dataset)
    fold = run.config.split.validation_fold
    training = run.split.part(dataset, "train", fold)
    dips = dataset.technique == "infrared"

    def shown(rows: np.ndarray) -> np.ndarray:
        return baselines.features(np.asarray(network_input(jnp.asarray(dataset.values[rows]))), features, dips)

    task: Any = run.config.task
    wanted = (baselines.METHODS if isinstance(task, Groups) else baselines.CLASS_METHODS)[method]

    def fitted(rows: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        known = baselines.fit(wanted, shown(rows), targets[rows], len(run.names))
        return lambda asked: known(shown(asked))

    probabilities_of, beside = fitted(training), None
    if isinstance(task, Groups):
        # Where all folds train, each is judged by the method as the others fit it.
        every = range(len(run.split.folds)) if fold is None else ()
        folds = {number: fitted(run.split.part(dataset, "train", number)) for number in every}
        folds |= {} if fold is None else {fold: probabilities_of}
        apart = [run.split.part(dataset, "validation", number) for number in folds]
        said = [_log_odds(each(rows)) for each, rows in zip(folds.values(), apart, strict=True) if len(rows)]
        beside = held_out(np.concatenate(said), task, dataset, np.concatenate(apart)) if said else None
    answering = task.read_answering(run.names, task.answering(run.names, targets[training], beside))
    found = probabilities_of(rows)
    probabilities = task.probabilities(answering, _log_odds(found)) if isinstance(task, Groups) else found
    return probabilities, answering, min(wanted.most or len(training), len(training))


def _log_odds(probabilities: np.ndarray) -> np.ndarray:
    return logit(np.clip(probabilities, 1e-6, 1 - 1e-6))


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


def _measured(names: tuple[str, ...], dataset: Dataset, rows: np.ndarray) -> dict[str, np.ndarray]:
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
    if isinstance(task, Groups) and dataset.grid.unit == INFRARED.unit:
        columns |= _measured(run.names, dataset, rows)
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
