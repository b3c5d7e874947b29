"""What correcting baselines and scatter is worth: on bands, on a fermentation, on infrared spectra that drift.

    python scripts/try_corrections.py --data data/nist-spectra

bands         A polynomial of the third order under Gaussian bands of three widths: how much of it each of two
              modified polynomial fits leaves.
fermentation  Glucose in a fermentation (chemotools ships 21 spectra to calibrate with and 1,629 measured on line, 34
              of them beside an analysis): the error of partial least squares without and with a correction. An
              analysis belongs to the spectrum nearest in time, the spectra being evenly spaced from its first to last.
              The number of components is chosen by leave-one-out on the calibration spectra alone.
drift         Functional groups by logistic regression and by 3 nearest neighbours, learned from spectra as they are or
              as they would be with a drifting baseline, and asked about both. The drift adds to the absorbance an
              offset, a slope and a curve of standard deviation 0.2 of the spectrum's span each, and one hump, up to
              half the span high and 300 to 1,000 cm-1 wide. Spectra that EMSC cannot correct take part nowhere.

3 minutes of one core beside other work for 12,605 spectra of 600 points. docs/corrections.md has the tables.
"""

import argparse
import sys
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
from chemotools.datasets import load_fermentation_test, load_fermentation_train
from pybaselines import Baseline
from scipy.signal import savgol_filter
from scipy.special import logit
from sklearn.cross_decomposition import PLSRegression
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from irjax.data.corrected import correction_for
from irjax.data.dataset import Dataset, open_dataset
from irjax.engine.config import Config
from irjax.engine.fit import draw_split
from irjax.evaluation import baselines
from irjax.evaluation.intervals import interval
from irjax.models.inputs import network_input
from irjax.program import exit_status
from irjax.spectra.correction import EMSC, ORDERS, POLYNOMIAL, Correction, upright
from irjax.spectra.grid import Grid
from irjax.spectra.spectrum import SpectrumError
from irjax.tasks.task import held_out

PLAIN = "none"
CLASSICAL = ("logistic-regression", "neighbours")
RANGE, MOST_COMPONENTS = (950.0, 1550.0), 10
DRIFT, HIGHEST_HUMP, HUMP_WIDTHS = 0.2, 0.5, (300.0, 1000.0)
FIGURES = ("f1_macro_at_half", "f1_micro_at_half", "exact_match_ratio_at_half")
"""At half, since three neighbours give four probabilities only, which fitted thresholds cannot tell apart."""


def try_bands() -> None:
    """Prints the root mean square of what is left of a baseline, of bands up to 1 high."""
    x, z = np.linspace(400, 4000, 600), np.linspace(-1, 1, 600)
    base = 1 + 0.5 * z - 0.3 * z**2 + 0.2 * z**3
    for width in (15, 30, 80):
        rng, left = np.random.default_rng(0), {("modpoly", True): [], ("imodpoly", False): []}
        for _ in range(50):
            at, heights = rng.uniform(500, 3500, (8, 1)), rng.uniform(0.2, 1, 8)
            y = base + heights @ np.exp(-0.5 * ((x - at) / width) ** 2)
            for (name, as_in_2003), found in left.items():
                fitted, _ = getattr(Baseline(z), name)(y, poly_order=5, use_original=as_in_2003)
                found.append(float(np.mean((fitted - base) ** 2)))
        print(
            f"bands of {width} cm-1:", *(f"{name} {np.sqrt(np.mean(found)):.4f}" for (name, _), found in left.items())
        )


def corrected(values: np.ndarray, grid: Grid, correction: Correction | None) -> np.ndarray:
    """Spectra [n, points], corrected; all gaps where one cannot be."""
    found = np.full(values.shape, np.nan, np.float32)
    for at, row in enumerate(values):
        try:
            found[at] = row if correction is None else correction(row, grid)
        except SpectrumError:
            pass
    return found


def try_fermentation() -> None:
    """Prints the error of prediction of glucose, g/l, for each correction, and for first derivatives beside them."""
    (train, known), (test, measured) = load_fermentation_train(), load_fermentation_test()
    times = np.linspace(measured["time"].iloc[0], measured["time"].iloc[-1], len(test))
    nearest = np.abs(times - measured["time"].to_numpy()[:, None]).argmin(axis=1)
    inside = (train.columns >= RANGE[0]) & (train.columns <= RANGE[1])
    rows, asked = (table.loc[:, inside].to_numpy(np.float32) for table in (train, test.iloc[nearest]))
    real = np.ptp(asked, axis=1) > 0  # the last ones are blank
    y, wanted, asked = known["glucose"].to_numpy(), measured["glucose"].to_numpy()[real], asked[real]
    grid = Grid(0.0, inside.sum() - 1.0, int(inside.sum()), "points")  # their spacing is even but for rounding
    mean = tuple(rows.mean(axis=0, dtype=float).tolist())
    tried = {PLAIN: (rows, asked), "derivative": tuple(savgol_filter(x, 15, 2, deriv=1) for x in (rows, asked))}
    for correction in (Correction(POLYNOMIAL, 5), Correction(POLYNOMIAL, 2), Correction(EMSC, 2, mean)):
        tried[str(correction)] = corrected(rows, grid, correction), corrected(asked, grid, correction)
    drawn = np.random.default_rng(0).integers(0, len(wanted), (1000, len(wanted)))
    for name, (x, unknown) in tried.items():
        errors = []
        for components in range(1, MOST_COMPONENTS + 1):
            said: Any = cross_val_predict(PLSRegression(components, scale=False), x, y, cv=LeaveOneOut())
            errors.append(np.sqrt(np.mean((said.ravel() - y) ** 2)))
        components = int(np.argmin(errors)) + 1
        wrong = PLSRegression(components, scale=False).fit(x, y).predict(unknown).ravel() - wanted
        low, high = interval(np.sqrt(np.mean(wrong[drawn] ** 2, axis=1)))
        print(
            f"glucose, {name}: {components} components, calibration {min(errors):.2f}",
            f"on line {np.sqrt(np.mean(wrong**2)):.2f} ({low:.2f} to {high:.2f})",
            f"mean {wrong.mean():+.2f}, spread {wrong.std():.2f}",
            sep=", ",
        )


def drifted(dataset: Dataset, seed: int = 0) -> np.ndarray:
    """The spectra of a dataset with a baseline that drifts, transmittance, float32 [n, points]."""
    rng, absorbance = np.random.default_rng(seed), upright(dataset.values, dataset.grid)
    count, x = len(absorbance), np.linspace(-1, 1, dataset.grid.points)
    span = (np.nanmax(absorbance, axis=1) - np.nanmin(absorbance, axis=1))[:, None]
    curves = rng.normal(0, DRIFT, (count, 3)) @ np.stack([np.ones_like(x), x, x**2])
    at, width = rng.uniform(dataset.grid.first, dataset.grid.last, (count, 1)), rng.uniform(*HUMP_WIDTHS, (count, 1))
    height = rng.uniform(0, HIGHEST_HUMP, (count, 1))
    humps = height * np.exp(-0.5 * ((dataset.grid.values - at) / width) ** 2)
    return (10 ** -(absorbance + span * (curves + humps))).astype(np.float32)


def try_drift(dataset: Dataset) -> None:
    """Prints the figures of both methods, learned from clean and from drifting spectra, for each correction.

    EMSC scales to the mean of all spectra of a dataset, those of its test part among them, as `irjax correct` does.
    """
    kinds = {"clean": np.asarray(dataset.values), "drifting": drifted(dataset)}
    arms = {}
    for method in (PLAIN, *ORDERS):
        for learned, asked in (("clean", ("clean", "drifting")), ("drifting", ("drifting",))):
            correction = correction_for(replace(dataset, values=kinds[learned]), method) if method != PLAIN else None
            arms[method, learned] = {kind: corrected(kinds[kind], dataset.grid, correction) for kind in asked}
    able = np.all([np.isfinite(values).any(axis=1) for arm in arms.values() for values in arm.values()], axis=0)
    print(f"{able.sum():,} of {len(dataset):,} spectra can be corrected in every arm")
    for classical in CLASSICAL:
        for (method, learned), arm in arms.items():
            for asked, figures in judged(dataset, classical, arm, learned, able).items():
                said = ", ".join("{value:.3f} ({low:.3f} to {high:.3f})".format(**figures[key]) for key in FIGURES)
                print(f"{classical}, {learned} -> {asked}, {method}: {said}", flush=True)


def judged(
    dataset: Dataset, classical: str, arm: dict[str, np.ndarray], learned: str, able: np.ndarray
) -> dict[str, dict[str, Any]]:
    """The figures of a classical method on the test part of each array of an arm, learned from one of them.

    Args:
        able: which spectra take part, bool [n].
    """
    config = Config()
    task, fold = config.task, config.split.validation_fold
    names, labels, split = task.names(dataset), task.targets(dataset), draw_split(config, dataset)
    parts = {name: split.part(dataset, name, fold) for name in ("train", "validation", "test")}
    training, validation, test = (rows[able[rows]] for rows in parts.values())

    def seen(kind: str, rows: np.ndarray) -> np.ndarray:
        return baselines.features(np.asarray(network_input(jnp.asarray(arm[kind][rows]))), "pooled")

    fitted = baselines.fit(baselines.METHODS[classical], seen(learned, training), labels[training])

    def outputs(kind: str, rows: np.ndarray) -> np.ndarray:
        return logit(np.clip(fitted(seen(kind, rows)), 1e-6, 1 - 1e-6))

    said = held_out(outputs(learned, validation), task, dataset, validation)
    answering: Any = task.read_answering(names, task.answering(names, labels[training], said))
    columns = {name: column[test] for name, column in dataset.rows.items()}
    found = {kind: task.probabilities(answering, outputs(kind, test)) for kind in arm}
    return {kind: task.scores(names, answering, found[kind], labels[test], columns)["overall"] for kind in arm}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="DIR", help="an infrared dataset")
    arguments = parser.parse_args()
    try_bands()
    try_fermentation()
    try_drift(open_dataset(arguments.data))


if __name__ == "__main__":
    sys.exit(exit_status("try_corrections.py", main))
