"""Whether a network's features tell what it has never learned: wrong inputs, mixtures, and its own wrong answers.

The first fold's network of a cross-validated run is shown the spectra of that fold, mixtures of two of them, and the
kinds of `wrong_inputs.py`. Three scores, each the higher the stranger: the mean distance (1 - cosine) to the five
nearest features of spectra that it learned from; the Mahalanobis distance from them, along their 64 main directions;
and, with no features, how unsure its answers are. Of each kind: the area under the curve against real spectra, and the
share that is found where 5 % of real ones are.

    python scripts/try_familiarity.py runs/all-k --data data/nist-1800
"""

import argparse
import sys
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from sklearn.metrics import roc_auc_score
from wrong_inputs import KINDS, molecules

from irjax.answers.predictor import Predictor, load
from irjax.data.dataset import Dataset, open_dataset
from irjax.engine.folds import folds_of
from irjax.engine.run import open_run
from irjax.models.batch import batch_of
from irjax.program import exit_status
from irjax.spectra.resample import resample
from irjax.spectra.spectrum import SpectrumError

LEARNED, MIXED, EACH, NEAREST, DIRECTIONS, ALARMS = 6000, 1000, 60, 5, 64, 0.05


def looked_at(predictor: Predictor, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outputs [n, groups] and features [n, width] of spectra on the grid, float32 [n, points]."""

    @jax.jit
    def network(variables: Any, rows: jax.Array) -> Any:
        outputs, state = predictor.model.apply(variables, batch_of(rows), train=False, mutable=["intermediates"])
        return outputs, state["intermediates"]["features"][0]

    parts = [jax.device_get(network(predictor.variables, values[at : at + 250])) for at in range(0, len(values), 250)]
    outputs, features = zip(*parts, strict=True)
    return np.concatenate(outputs), np.concatenate(features)


def scores(learned: np.ndarray) -> dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]]:
    """The three, of outputs and features, from the features of spectra that taught the network."""

    def unit(features: np.ndarray) -> np.ndarray:
        return features / np.linalg.norm(features, axis=1, keepdims=True)

    mean = learned.mean(axis=0)
    _, spread, main = np.linalg.svd(learned - mean, full_matrices=False)
    scale = np.sqrt(len(learned)) * main[:DIRECTIONS].T / spread[:DIRECTIONS]
    return {
        "nearest": lambda _, features: 1 - np.sort(unit(features) @ unit(learned).T)[:, -NEAREST:].mean(axis=1),
        "Mahalanobis": lambda _, features: (((features - mean) @ scale) ** 2).sum(axis=1),
        "unsure": lambda outputs, _: np.logaddexp(0, -np.abs(outputs)).sum(axis=1),
    }


def mixtures(draw: np.random.Generator, values: np.ndarray, share: float) -> np.ndarray:
    """Two spectra, each with a strongest absorbance of 1, laid over each other."""
    absorbance = -np.log10(np.clip(values, 1e-3, None))
    absorbance -= np.nanmin(absorbance, axis=1, keepdims=True)
    absorbance /= np.nanmax(absorbance, axis=1, keepdims=True)
    first, second = draw.integers(len(values), size=(2, MIXED))
    return (10.0 ** -(share * absorbance[first] + (1 - share) * absorbance[second])).astype(np.float32)


def strange(dataset: Dataset, real: np.ndarray) -> dict[str, np.ndarray]:
    """What the network did not learn, by its kind."""
    found = {f"mixtures {words}": mixtures(np.random.default_rng(0), real, share) for words, share in MIXTURES.items()}
    pool = molecules()
    for name, make in KINDS.items():
        rows = []
        for number in range(EACH):
            try:
                rows.append(resample(make(np.random.default_rng([7, number]), pool), dataset.grid))
            except SpectrumError:  # nothing of it lies on the grid
                continue
        found[name] = np.array(rows, np.float32)
    return found


MIXTURES = {"1:1": 0.5, "4:1": 0.8}


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="with its folds (train.py --folds)")
    parser.add_argument("--data", required=True)
    arguments = parser.parse_args()
    dataset, cross = open_dataset(arguments.data), folds_of(open_run(arguments.run))
    if cross is None:
        parser.error(f"{arguments.run} has no folds")
    run = cross.folds[0]
    predictor = load(run.path)
    taught = np.random.default_rng(0).permutation(run.split.part(dataset, "train", 0))[:LEARNED]
    rows = cross.rows(dataset, 0)
    real = np.array(dataset.values[rows])
    _, learned = looked_at(predictor, np.array(dataset.values[taught]))
    outputs, features = looked_at(predictor, real)
    each = scores(learned)
    usual = {name: score(outputs, features) for name, score in each.items()}
    wrong = ((outputs > 0) != run.config.task.targets(dataset)[rows].astype(bool)).any(axis=1)
    print(f"| | spectra | {' | '.join(each)} |\n|---|---|{'---|' * len(each)}")
    areas = [f"{roc_auc_score(wrong, usual[name]):.2f}" for name in each]
    print(f"| wrong answers among right ones | {wrong.sum()} of {len(wrong)} | {' | '.join(areas)} |")
    for kind, values in strange(dataset, real).items():
        said = looked_at(predictor, values)
        truth = np.repeat([0, 1], [len(rows), len(values)])
        cells = []
        for name, score in each.items():
            found = score(*said)
            area = roc_auc_score(truth, np.concatenate([usual[name], found]))
            cells.append(f"{area:.2f}, {100 * (found > np.quantile(usual[name], 1 - ALARMS)).mean():.0f} %")
        print(f"| {kind} | {len(values)} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    sys.exit(exit_status("try_familiarity.py", main))
