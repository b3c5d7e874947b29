"""What a sloping base line does to answers, as it is and taken off: of spectra that a run has never met.

First the spectra of a part whose own base lines are steep, as they are and levelled, with the paired difference and
half of its 95 % interval; then spectra whose absorbance was made to rise towards either end, by so much of the
strongest band. Right in full by the run's thresholds of highest F1, and binary cross-entropy.

    irjax blend runs/nx runs/n runs/x --data data/nist-1800
    python scripts/try_slopes.py runs/nx --data data/nist-1800 [--part test]
"""

import argparse

import numpy as np

from irjax.answers.predictor import Predictor, load
from irjax.data.dataset import open_dataset
from irjax.evaluation.metrics import cross_entropy
from irjax.spectra.baseline import levelled
from irjax.spectra.spectrum import Spectrum

COUNT, HEIGHT = 800, 0.25
"""Spectra that are tilted, and the absorbance of their strongest band."""
SLOPES = (0.25, 0.5, 0.75, 1.0, 2.0, 4.0)
BENT = 1.5
"""Power of the way along the range: scattering bends."""


def level(values: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Transmittance [n, points] as the predictor levels it, and whether it did so, [n]."""
    found, changed = values.copy(), np.zeros(len(values), bool)
    for at, row in enumerate(values):
        known = np.isfinite(row)
        spectrum = Spectrum(x[known], row[known].astype(np.float64))
        found[at, known] = (after := levelled(spectrum)).transmittance
        changed[at] = after is not spectrum
    return found, changed


def judged(predictor: Predictor, values: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether each spectrum is right in full, and its cross-entropy, [n] each."""
    said = predictor.probabilities(values)
    right = ((said >= predictor.thresholds) == labels.astype(bool)).all(axis=1)
    return right.astype(float), cross_entropy(labels, np.clip(said, 1e-7, 1 - 1e-7)).mean(axis=1)


def tilted(values: np.ndarray, share: float, upwards: bool) -> np.ndarray:
    """Transmittance [n, points] of bands of HEIGHT on a base line that rises by a share of it towards one end."""
    absorbance = -np.log10(np.clip(values, 1e-3, None))
    absorbance -= np.nanmin(absorbance, axis=1, keepdims=True)
    along = np.linspace(0, 1, values.shape[1])
    slope = share * (along if upwards else along[::-1]) ** BENT
    return 10 ** -(HEIGHT * (absorbance / np.nanmax(absorbance, axis=1, keepdims=True) + slope)).astype(np.float32)


def main() -> None:
    """Measure and print two Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("--data", required=True)
    parser.add_argument("--part", default="test", choices=("test", "validation"))
    arguments = parser.parse_args()
    predictor, dataset = load(arguments.run), open_dataset(arguments.data)
    run, x = predictor.run, dataset.grid.values
    rows = run.split.part(dataset, arguments.part, run.config.split.validation_fold)
    values, labels = np.array(dataset.values[rows]), run.config.task.targets(dataset)[rows]

    changed, steep = level(values, x)
    each = [judged(predictor, some[steep], labels[steep]) for some in (values, changed)]
    print(f"{steep.sum()} of {len(rows):,} spectra are levelled\n")
    print("| | as they are | levelled | difference |\n|---|---|---|---|")
    for name, before, after in zip(("right in full", "cross-entropy"), *each, strict=True):
        apart = after - before
        half = 1.96 * apart.std(ddof=1) / np.sqrt(steep.sum())
        print(f"| {name} | {before.mean():.3f} | {after.mean():.3f} | {apart.mean():+.3f} ± {half:.3f} |")

    chosen = np.random.default_rng(0).permutation(len(rows))[:COUNT]
    values, labels = values[chosen], labels[chosen]
    right, loss = judged(predictor, values, labels)
    print(f"\nas measured: {right.mean():.3f} right in full, cross-entropy {loss.mean():.4f}\n")
    print("| rises by, of the strongest band | towards | levelled | right in full: as it is | levelled |", end="")
    print(" cross-entropy: as it is | levelled |\n|---|---|---|---|---|---|---|")
    for share in SLOPES:
        for upwards in (True, False):
            sloping = tilted(values, share, upwards)
            changed, steep = level(sloping, x)
            (right, loss), (mended, less) = (judged(predictor, some, labels) for some in (sloping, changed))
            figures = f"{right.mean():.3f} | {mended.mean():.3f} | {loss.mean():.4f} | {less.mean():.4f}"
            print(f"| {share:g} | {4000 if upwards else 400} cm⁻¹ | {steep.mean():.0%} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
