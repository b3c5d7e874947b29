"""How often the 95 % intervals of an evaluation hold the truth, on spectra drawn from a known world.

20 groups of prevalences from 0.3 to 30 %, their scores normal and calibrated, one threshold for all. The truth is that
of 800,000 spectra. Prints the coverage of `irjax evaluate`'s intervals and of plain bootstrap percentiles.

    python scripts/coverage.py --spectra 500 2500 --draws 500
"""

import argparse

import numpy as np
from scipy.special import expit, logit

from irjax.evaluation import metrics
from irjax.evaluation.intervals import bootstrap, covering, interval, left_out, plain

PREVALENCE = np.geomspace(0.003, 0.30, 20)
SEPARATION = np.random.default_rng(5).permutation(np.linspace(1.6, 3.4, 20))
THRESHOLD = 0.4
FIGURES = ("macro-F1", "micro-F1", "exact match", "average precision")


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


def truth() -> np.ndarray:
    """FIGURES of the world itself, as near as 800,000 spectra give them."""
    each = [figures(*world(np.random.default_rng(1000 + at), 200_000), plain(200_000))[0] for at in range(4)]
    return np.mean(each, axis=0)


def coverage(spectra: int, draws: int, resamples: int, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of draws whose intervals hold the truth: of ours, and of percentiles; [4] each."""
    ours, percentiles = np.zeros(4), np.zeros(4)
    names = np.array([f"S{at}" for at in range(spectra)], object)
    for seed in range(draws):
        labels, probabilities = world(np.random.default_rng(seed), spectra)
        point = figures(labels, probabilities, plain(spectra))[0]
        drawn = figures(labels, probabilities, bootstrap(names, seed, resamples))
        without = figures(labels, probabilities, left_out(names, seed))
        for at in range(4):
            low, high = covering(point[at], drawn[:, at], without[:, at])
            ours[at] += low <= wanted[at] <= high
            low, high = interval(drawn[:, at])
            percentiles[at] += low <= wanted[at] <= high
    return ours / draws, percentiles / draws


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spectra", type=int, nargs="+", default=[500, 2500])
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--resamples", type=int, default=400)
    arguments = parser.parse_args()
    wanted = truth()
    for spectra in arguments.spectra:
        ours, percentiles = coverage(spectra, arguments.draws, arguments.resamples, wanted)
        for name, held, before in zip(FIGURES, ours, percentiles, strict=True):
            print(f"{spectra:5d} spectra  {name:18s} {held:.3f}  percentiles {before:.3f}", flush=True)


if __name__ == "__main__":
    main()
