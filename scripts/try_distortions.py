"""What instruments and samples do to spectra, and that to answers: on spectra that a run has never met.

First the spectra of a part whose own base lines are steep, as they are and levelled, with the paired difference and
half of its 95 % interval; then spectra whose absorbance was made to rise towards either end, by so much of the
strongest band; then what else may be wrong with them. Right in full by the run's thresholds of highest F1, and binary
cross-entropy.

    irjax blend runs/nx runs/n runs/x --data data/nist-1800
    python scripts/try_distortions.py runs/nx --data data/nist-1800 [--part test] [--vapour HCL.SPC]

`--vapour` names a measured spectrum whose lines of water, from 1360 to 1950 and from 3580 to 3950 cm⁻¹, are laid over
the others: networks may have learned lines as `models/augment.py` draws them.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.ndimage import gaussian_filter1d, minimum_filter1d, uniform_filter1d

from irjax.answers.predictor import Predictor, load
from irjax.data.dataset import open_dataset
from irjax.evaluation.metrics import cross_entropy
from irjax.program import exit_status
from irjax.spectra.baseline import levelled
from irjax.spectra.reading import read_spectrum
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
    along = np.linspace(0, 1, values.shape[1])
    return light(bands(values) + share * (along if upwards else along[::-1]) ** BENT)


def bands(values: np.ndarray) -> np.ndarray:
    """Absorbance [n, points] of transmittance, from 0 to 1."""
    absorbance = -np.log10(np.clip(values, 1e-3, None))
    absorbance -= np.nanmin(absorbance, axis=1, keepdims=True)
    return absorbance / np.nanmax(absorbance, axis=1, keepdims=True)


def light(absorbance: np.ndarray, height: float = HEIGHT) -> np.ndarray:
    """Transmittance of so many times an absorbance."""
    return (10 ** -(height * absorbance)).astype(np.float32)


def moved(values: np.ndarray, points: int) -> np.ndarray:
    """Spectra whose wavenumbers are too high by so many points."""
    found = np.roll(values, points, axis=1)
    found[:, slice(points) if points > 0 else slice(points, None)] = np.nan
    return found


def blurred(values: np.ndarray, width: float) -> np.ndarray:
    """Spectra at a resolution of so many points, a Gaussian's width at half its height."""
    filled = np.where(np.isfinite(values), values, 1.0)
    return np.where(np.isfinite(values), gaussian_filter1d(filled, width / 2.355, axis=1), np.nan)


def bump(x: np.ndarray, at: float, width: float) -> np.ndarray:
    """A Gaussian of height 1 and so many cm⁻¹ at half of it."""
    return np.exp(-0.5 * ((x - at) / (width / 2.355)) ** 2)


def beside(values: np.ndarray, others: np.ndarray | float) -> np.ndarray:
    """Spectra with the absorbance of something else beside their own, in units of the strongest of theirs."""
    return light(bands(values) + others)


def vapour(file: str, x: np.ndarray) -> np.ndarray:
    """Absorbance [points] of the water vapour in a measured spectrum, at 4 cm⁻¹, its strongest line 1."""
    spectrum = read_spectrum(file)
    fine = np.arange(1000.0, 4000.0, 0.25)
    found = np.interp(fine, spectrum.wavenumber, spectrum.absorbance)
    found = uniform_filter1d(found - uniform_filter1d(minimum_filter1d(found, 64), 64), 16)
    found -= np.median(found[(fine > 2100) & (fine < 2200)])
    lines = ((fine > 1360) & (fine < 1950)) | ((fine > 3580) & (fine < 3950))
    found = np.interp(x, fine, np.where(lines, np.maximum(found, 0), 0), left=0, right=0)
    return found / found.max()


def distortions(x: np.ndarray, lines: np.ndarray | None) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """What may be done to transmittance [n, points]; `lines` are those of water vapour, [points]."""
    spacing = float(np.mean(np.diff(x)))
    wet = bump(x, 3430, 353) + 0.35 * bump(x, 1636, 71)
    dioxide = bump(x, 2360, 22) + bump(x, 2335, 26) + 0.4 * bump(x, 668, 8)
    others = {"moisture": wet, "carbon dioxide": dioxide} | ({} if lines is None else {"water vapour": lines})
    shares = {
        "moisture": (0.05, 0.1, 0.2),
        "carbon dioxide": (-0.2, -0.1, 0.1, 0.3),
        "water vapour": (-0.2, -0.1, 0.03, 0.1, 0.2),
    }
    return {
        **{f"wavenumbers too high by {by}": partial(moved, points=round(by / spacing)) for by in (-8, -4, 4, 8)},
        **{f"resolution of {width} cm⁻¹": partial(blurred, width=width / spacing) for width in (8, 16, 32)},
        "a fifth of the substance": lambda values: light(bands(values), 0.05),
        "six times the substance": lambda values: light(bands(values), 1.5),
        "that, and 5 % of stray light": lambda values: (light(bands(values), 1.5) + 0.05) / 1.05,
        "absorbance too high by 0.3": partial(beside, others=0.3 / HEIGHT),
        "a base line bent by 30 % of the strongest band": partial(beside, others=0.3 * ((x - 2200) / 1800) ** 2),
        **{
            f"{name}, {share:.0%} of the strongest band": partial(beside, others=share * absorbance)
            for name, absorbance in others.items()
            for share in shares[name]
        },
    }


def main() -> None:
    """Measure and print two Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("--data", required=True)
    parser.add_argument("--vapour", metavar="FILE")
    parser.add_argument("--part", default="test", choices=("test", "validation"))
    arguments = parser.parse_args()
    predictor, dataset = load(arguments.run), open_dataset(arguments.data)
    run, x = predictor.run, dataset.grid.values
    rows = run.split.part(dataset, arguments.part, run.config.split.validation_fold)
    if not len(rows):
        parser.error(f"{arguments.run}: has no {arguments.part} part; a run that has one is judged")
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
    print("\n| | right in full | cross-entropy |\n|---|---|---|")
    lines = vapour(arguments.vapour, x) if arguments.vapour else None
    for name, distort in distortions(x, lines).items():
        right, loss = judged(predictor, level(distort(values).astype(np.float32), x)[0], labels)
        print(f"| {name} | {right.mean():.3f} | {loss.mean():.4f} |", flush=True)


if __name__ == "__main__":
    sys.exit(exit_status("try_distortions.py", main))
