"""Classical methods as answers: fitted to what a run trained on, with its labels, split and rule for thresholds."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import logit, softmax

from irjax.data.dataset import Dataset
from irjax.data.xrd import TECHNIQUE as XRD
from irjax.engine.run import Run
from irjax.errors import UsageError
from irjax.evaluation import baselines
from irjax.evaluation.matching import match, search_match
from irjax.tasks.classes import Classes
from irjax.tasks.groups import Groups
from irjax.tasks.task import held_out

MATCHING = "peak-matching"
"""Has nothing to learn: it knows the peaks of each class."""


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
        return _matched(dataset, rows, features), None, 0
    targets = run.config.task.targets(dataset)
    fold = run.config.split.validation_fold
    training = run.split.part(dataset, "train", fold)
    dips = dataset.grid.infrared

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


def _matched(dataset: Dataset, rows: np.ndarray, features: str) -> np.ndarray:
    """How well the peaks of each class lie where a spectrum has some, as probabilities [n, classes]."""
    if features != "raw" or "peaks" not in dataset.manifest:
        raise UsageError(f"{MATCHING}: needs --features raw and a dataset that lists the peaks of its classes")
    library = [(np.array(positions), np.array(heights)) for positions, heights in dataset.manifest["peaks"]]
    matched = search_match if dataset.technique == XRD else match
    return softmax(matched(dataset.values[rows], library), axis=1)
