"""What a network has to beat: the classical methods of chemometrics, and looking the spectrum up in a library.

They see spectra as a network does, without gaps and each on a scale from 0 to 1, turned round into depths: 0 where the
sample lets everything through, 1 at its strongest band.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit, softmax
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

POOL = 4
"""Grid points per pooled value: 600 points become 150, as two poolings of the paper's network leave."""
FEATURES = ("pooled", "raw")
_BLOCK = 256


@dataclass(frozen=True)
class Method:
    """A classifier, and what it is given."""

    estimator: Any
    """Of scikit-learn, not fitted yet."""
    per_group: bool
    """Whether one is fitted for each group, or a single one for all of them."""
    most: int | None = None
    """Training spectra it is given at most, drawn at random, since its cost grows faster than their number."""


METHODS: dict[str, Method] = {
    "naive-bayes": Method(GaussianNB(), per_group=True),
    "neighbours": Method(KNeighborsClassifier(3, metric="cosine"), per_group=False),
    "library-search": Method(KNeighborsClassifier(1, metric="cosine"), per_group=False),
    "logistic-regression": Method(make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000)), True),
    "random-forest": Method(RandomForestClassifier(200, max_features="sqrt", n_jobs=-1, random_state=0), False),
    "svm": Method(make_pipeline(StandardScaler(), SVC(C=3.0)), per_group=True, most=8000),
    "gradient-boosting": Method(HistGradientBoostingClassifier(max_iter=60, random_state=0), per_group=True),
}
"""By name. library-search answers with the groups of the one spectrum that is most alike."""


CLASS_METHODS: dict[str, Method] = {
    "naive-bayes": Method(
        make_pipeline(FunctionTransformer(csr_array.toarray, accept_sparse=True), GaussianNB(var_smoothing=1e-3)), False
    ),
    "neighbours": Method(KNeighborsClassifier(3, metric="cosine"), per_group=False),
    "library-search": Method(KNeighborsClassifier(1, metric="cosine"), per_group=False),
    "logistic-regression": Method(LogisticRegression(C=100.0, max_iter=300), per_group=False),
    "svm": Method(SVC(C=10.0, gamma="scale", break_ties=True, decision_function_shape="ovr"), per_group=False),
    "decision-tree": Method(DecisionTreeClassifier(random_state=0), per_group=False),
    "random-forest": Method(RandomForestClassifier(100, max_features="sqrt", n_jobs=-1, random_state=0), False),
}
"""For one class out of many."""


def features(inputs: np.ndarray, kind: str, dips: bool = True) -> np.ndarray:
    """Sizes of the bands, of network inputs [n, points]: raw [n, points], or the greatest of every four points.

    Args:
        dips: whether bands lead downwards, as in transmittance.
    """
    depth = 1.0 - np.asarray(inputs, np.float64) if dips else np.asarray(inputs, np.float64)
    if kind == "raw":
        return depth
    whole = np.pad(depth, ((0, 0), (0, -depth.shape[1] % POOL)), mode="edge")
    return whole.reshape(len(depth), -1, POOL).max(axis=2)


def fit(method: Method, x: np.ndarray, targets: np.ndarray, classes: int = 0) -> Callable[[np.ndarray], np.ndarray]:
    """Fits a method to features [n, d] and its targets: 0/1 labels [n, groups], or classes, int [n].

    Args:
        classes: how many there are, of which training may lack some.

    Returns:
        A function from features [m, d] to probabilities, float64 [m, groups or classes]. A group without a positive (or
        without a negative) in training has its share of positives there, a class that training lacks has 0.
    """
    chosen = np.arange(len(x))
    if method.most is not None:
        chosen = np.sort(np.random.default_rng(0).permutation(len(x))[: method.most])
    if targets.ndim == 1:
        return _fit_classes(method, x[chosen], targets[chosen], max(classes, int(targets.max()) + 1))
    return _fit_groups(method, x[chosen], targets[chosen])


def _fit_groups(method: Method, x: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    share = labels.mean(axis=0)
    learnable = np.flatnonzero((share > 0) & (share < 1))
    if method.per_group or len(learnable) < 2:
        models = [_unfitted(method).fit(x, labels[:, at]) for at in learnable]
        return lambda seen: _filled_in(share, learnable, [_positive(model, seen) for model in models], len(seen))
    model = _unfitted(method).fit(x, labels[:, learnable])
    return lambda seen: _filled_in(share, learnable, [each[:, 1] for each in model.predict_proba(seen)], len(seen))


def _fit_classes(method: Method, x: np.ndarray, classes: np.ndarray, count: int) -> Callable[[np.ndarray], np.ndarray]:
    model = _unfitted(method).fit(csr_array(x), classes)  # most of a pattern is nothing

    def probabilities(seen: np.ndarray) -> np.ndarray:
        known = model.predict_proba if hasattr(model, "predict_proba") else model.decision_function
        # A machine for each pair of a thousand classes says half a million things of each spectrum.
        found = np.concatenate([known(csr_array(seen[at : at + _BLOCK])) for at in range(0, len(seen), _BLOCK)])
        if found.ndim == 1:  # of two classes a machine tells how far from the border to the second
            found = np.stack([-found, found], axis=1)
        every = np.full((len(seen), count), found.min() - 1 if found.min() < 0 else 0.0)
        every[:, model.classes_] = found
        return every if hasattr(model, "predict_proba") else softmax(every, axis=1)

    return probabilities


def _unfitted(method: Method) -> Any:
    return clone(method.estimator)


def _positive(model: Any, seen: np.ndarray) -> np.ndarray:
    if hasattr(model, "predict_proba"):
        return model.predict_proba(seen)[:, 1]
    return expit(model.decision_function(seen))  # a support vector machine's distance: 0.5 at its border


def _filled_in(share: np.ndarray, learnable: np.ndarray, columns: list[np.ndarray], rows: int) -> np.ndarray:
    found = np.tile(share, (rows, 1))
    for at, column in zip(learnable, columns, strict=True):
        found[:, at] = column
    return found
