"""How often the 95 % intervals of an evaluation hold the truth, on spectra drawn from a known world.

20 groups of prevalences from 0.3 to 30 %, their scores normal and calibrated, one threshold for all. The truth is that
of 800,000 spectra; of a mean over groups, that of the groups that occur in the spectra drawn, as its definition says.
Prints the coverage of `irjax evaluate`'s intervals and of plain bootstrap percentiles, how many groups are missing, and
the coverage of the F1, precision and recall of single groups by how many spectra have them.

    python scripts/coverage.py --spectra 500 2500 --draws 500
"""

import argparse
import sys
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from scipy.special import expit, logit

from irjax.evaluation import metrics
from irjax.evaluation.intervals import bootstrap, covering, interval, left_out, plain
from irjax.evaluation.scores import group_bounds, no_surer
from irjax.program import exit_status

PREVALENCE = np.geomspace(0.003, 0.30, 20)
SEPARATION = np.random.default_rng(5).permutation(np.linspace(1.6, 3.4, 20))
THRESHOLD = 0.4
OF_GROUPS = ("f1", "precision", "recall")
POSITIVES = (1, 3, 5, 10, 20, 50, 10**6)
"""Spectra with the group, from each to the next."""
FIGURES = {
    "macro-F1": "f1_macro",
    "micro-F1": "f1_micro",
    "exact match": "exact_match_ratio",
    "average precision": "average_precision_macro",
}
"""What they are called here and in an evaluation."""


def world(draw: np.random.Generator, spectra: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels and calibrated probabilities, [spectra, groups]."""
    labels = (draw.random((spectra, 20)) < PREVALENCE).astype(np.uint8)
    evidence = draw.normal(size=labels.shape) + SEPARATION * labels
    return labels, expit(SEPARATION * evidence - SEPARATION**2 / 2 + logit(PREVALENCE))


def figures(labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """FIGURES under each weighting, [weightings, 4]."""
    predicted = probabilities >= THRESHOLD
    found = metrics.counts(labels, predicted, weights)
    precision = metrics.average_precision(labels, probabilities, weights)
    exact = metrics.exact_match_ratio(labels, predicted, weights)
    each = (metrics.f1_macro(found), metrics.f1_micro(found), exact, metrics.mean_of_groups(precision))
    return np.stack(each, axis=1)


@dataclass(frozen=True)
class Truth:
    """The world's own figures, as near as 800,000 spectra give them."""

    f1: np.ndarray
    """Of each group, [groups]."""
    average_precision: np.ndarray
    micro: float
    exact: float

    def of(self, groups: np.ndarray) -> np.ndarray:
        """FIGURES of spectra in which some groups occur, bool [groups]."""
        return np.array([self.f1[groups].mean(), self.micro, self.exact, self.average_precision[groups].mean()])


def truth() -> Truth:
    """The truth of this world."""
    drawn = [world(np.random.default_rng(1000 + at), 200_000) for at in range(4)]
    labels, probabilities = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    found = metrics.counts(labels, probabilities >= THRESHOLD, plain(len(labels)))
    precision = metrics.average_precision(labels, probabilities, plain(len(labels)))[0]
    _, micro, exact, _ = figures(labels, probabilities, plain(len(labels)))[0]
    return Truth(metrics.f1(found)[0], precision, micro, exact)


def coverage(spectra: int, draws: int, resamples: int, wanted: Truth) -> tuple[np.ndarray, np.ndarray, float]:
    """Share of draws whose intervals hold the truth, of ours and of percentiles, [4] each; and groups missing."""
    ours, percentiles, missing = np.zeros(4), np.zeros(4), 0
    names = np.array([f"S{at}" for at in range(spectra)], object)
    for seed in range(draws):
        labels, probabilities = world(np.random.default_rng(seed), spectra)
        occurs = np.asarray(labels.any(axis=0))
        missing += np.count_nonzero(~occurs)
        point = figures(labels, probabilities, plain(spectra))[0]
        drawn = figures(labels, probabilities, bootstrap(names, seed, resamples))
        without = figures(labels, probabilities, left_out(names, seed))
        for at, (right, name) in enumerate(zip(wanted.of(occurs), FIGURES.values(), strict=True)):
            bounds = covering(point[at], drawn[:, at], without[:, at])
            low, high = no_surer(name, bounds, point[at], labels, probabilities >= THRESHOLD, spectra)
            ours[at] += low <= right <= high
            low, high = interval(drawn[:, at])
            percentiles[at] += low <= right <= high
    return ours / draws, percentiles / draws, missing / draws


@cache
def truth_of_groups() -> dict[str, np.ndarray]:
    """The world's own figures of each group, [1, groups], as near as 800,000 spectra give them."""
    labels, probabilities = world(np.random.default_rng(999), 800_000)
    return metrics.per_group(labels, probabilities, np.full(20, THRESHOLD), plain(len(labels)))


def of_groups(spectra: int, draws: int, resamples: int) -> list[tuple[int, np.ndarray, np.ndarray, int]]:
    """The least of each range of POSITIVES, the coverage of OF_GROUPS by ours and percentiles, of how many groups."""
    wanted = truth_of_groups()
    names = np.array([f"S{at}" for at in range(spectra)], object)
    positives, ours, percentiles = [], [], []
    for seed in range(draws):
        labels, probabilities = world(np.random.default_rng(seed), spectra)
        drawn, thresholds = bootstrap(names, seed, resamples), np.full(20, THRESHOLD)
        bounds = group_bounds(labels, probabilities, thresholds, names, drawn)
        plainly = {
            name: interval(each) for name, each in metrics.per_group(labels, probabilities, thresholds, drawn).items()
        }
        positives.append(labels.sum(axis=0))
        for found, each in ((ours, bounds), (percentiles, plainly)):
            found.append(
                [(each[name][0] <= wanted[name][0]) & (wanted[name][0] <= each[name][1]) for name in OF_GROUPS]
            )
    of = np.concatenate(positives)
    held, before = (np.concatenate(np.array(each, float), axis=1) for each in (ours, percentiles))
    found = []
    for first, last in pairwise(POSITIVES):
        if (within := (of >= first) & (of < last)).any():
            found.append((first, held[:, within].mean(axis=1), before[:, within].mean(axis=1), int(within.sum())))
    return found


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spectra", type=int, nargs="+", default=[500, 2500])
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--resamples", type=int, default=400)
    arguments = parser.parse_args()
    wanted = truth()
    for spectra in arguments.spectra:
        ours, percentiles, missing = coverage(spectra, arguments.draws, arguments.resamples, wanted)
        print(f"{spectra:5d} spectra  {missing:.2f} of 20 groups missing in the mean")
        for name, held, before in zip(FIGURES, ours, percentiles, strict=True):
            print(f"{spectra:5d} spectra  {name:18s} {held:.3f}  percentiles {before:.3f}", flush=True)
        for first, ours, percentiles, groups in of_groups(spectra, arguments.draws, arguments.resamples):
            each = zip(OF_GROUPS, ours, percentiles, strict=True)
            said = "  ".join(f"{name} {held:.3f} ({before:.3f})" for name, held, before in each)
            print(f"{spectra:5d} spectra  groups of {first} positives and more: {said}  of {groups}", flush=True)


if __name__ == "__main__":
    sys.exit(exit_status("coverage.py", main))
