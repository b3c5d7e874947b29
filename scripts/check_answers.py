"""Whether calibrated probabilities and the two promises of three answers hold: over random splits, and under shift.

The runs were cross-validated (`--folds`) and are blended here as `irjax blend` does. 20 times half of the molecules of
their out-of-fold outputs calibrate and the other half is looked at; then gas calibrates and condensed phases are looked
at; then every fold is asked as measured, with its range cut, as ATR would have measured it, thicker, in noise, with
fringes, moist and so on, of networks that have not seen it, their answers fitted to the other folds.

    python scripts/check_answers.py runs/all-m runs/all-b --data data/nist-1800
    python scripts/check_answers.py pretrained --data data/nist-1800

Of a run without folds what it keeps of them is split likewise; then it is asked of the spectra that it learned, as
measured and changed: that flatters it, but shows what each change does.
"""

import argparse
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from rdkit import Chem, RDLogger
from try_distortions import distortions

from irjax.answers.predictor import Predictor, load
from irjax.answers.shipped import run_path
from irjax.data.dataset import Dataset, open_dataset
from irjax.engine.blend import held_out_by
from irjax.engine.folds import CrossValidation, folds_of, out_of_fold
from irjax.engine.run import open_run
from irjax.evaluation.intervals import plain, wilson
from irjax.evaluation.metrics import expected_calibration_error
from irjax.evaluation.three_way import ABSENT, PRESENT, UNCERTAIN
from irjax.program import exit_status
from irjax.spectra.atr import AS_DEEP
from irjax.spectra.bands import not_to_be_told, seen
from irjax.spectra.grid import Grid
from irjax.tasks.groups import FEWEST, GROUND, Answering
from irjax.tasks.task import DEFAULT_ERROR, HeldOut

Change = Callable[[np.ndarray, Grid], np.ndarray]
"""Of transmittance [n, points] on a grid."""
SPLITS = 20
RATES = (0.2, 0.1, 0.05, 0.02, 0.01)
"""That a person may ask for with `--error`."""
COMMON = 100
"""Positives of a group, and spectra of a phase, that are looked at."""
SIZES = ((1, 4), (5, 6), (7, 8), (9, 12), (13, 20), (21, 1000))
"""Heavy atoms of molecules that are looked at together."""


def folds_of_rows(cross: CrossValidation, dataset: Dataset) -> np.ndarray:
    """The fold of each row that is held out, int [rows]."""
    return np.concatenate([np.full(len(cross.rows(dataset, fold)), fold) for fold in range(len(cross.folds))])


def calibrated(
    task: Any, names: tuple[str, ...], outputs: np.ndarray, labels: np.ndarray, phases: np.ndarray
) -> Answering:
    """What turns outputs into answers, from these."""
    return task.read_answering(names, task.answering(names, labels, HeldOut(outputs, labels, {"phase": phases})))


def counts(decided: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Positives answered absent, positives, wrong answers present, answers present, negatives answered present,
    negatives, positives answered absent, answers absent, uncertain, decisions, uncertain positives, positives."""
    y = labels.astype(bool)
    present, absent, unsure = decided == PRESENT, decided == ABSENT, decided == UNCERTAIN
    pairs = ((absent & y, y), (present & ~y, present), (present & ~y, ~y), (absent & y, absent))
    pairs += ((unsure, np.ones_like(y)), (unsure & y, y))
    return np.array([[part.sum(), whole.sum()] for part, whole in pairs], float)


def line(name: str, total: np.ndarray) -> str:
    """A row of the table; the interval is Wilson's, of one split's number of decisions."""
    cells = []
    for at, (part, whole) in enumerate(total):
        share = part / max(whole, 1)
        low, high = wilson(share, max(whole, 1))
        cells.append(f"{100 * share:.1f} % ({100 * low:.1f} to {100 * high:.1f})" if at < 2 else f"{100 * share:.1f} %")
    return f"| {name} | {' | '.join(cells)} |"


def random_splits(
    task: Any, names: tuple[str, ...], outputs: np.ndarray, labels: np.ndarray, dataset: Dataset, rows: np.ndarray
) -> None:
    """Half calibrates, half is looked at."""
    skeletons, phases = dataset.skeletons[rows].astype(str), dataset.rows["phase"][rows]
    unique, inverse = np.unique(skeletons, return_inverse=True)
    sizes = np.array([Chem.MolFromInchi(inchi).GetNumHeavyAtoms() for inchi in dataset.rows["inchi"][rows]])
    common = labels.sum(axis=0) >= COMMON
    total: dict[str, np.ndarray] = {}
    calibration, chances = [], []
    for seed in range(SPLITS):
        first = (np.random.default_rng(seed).random(len(unique)) < 0.5)[inverse]
        answering = calibrated(task, names, outputs[first], labels[first], phases[first])
        p, y, size, phase = (each[~first] for each in (outputs, labels, sizes, phases))
        p = task.probabilities(answering, p)
        decided = answering.decide(p, DEFAULT_ERROR, phase)
        calibration.append(errors_of_groups(y, p))
        chances.append([error_of_exact(answering, y, p, phase, rate) for rate in RATES])
        few = {kind: labels[first & (phases == kind)].sum(axis=0) < FEWEST for kind in GROUND}
        everywhere, everything = np.ones(len(y), bool), np.ones(len(names), bool)
        seen = {
            "all groups": (everywhere, everything),
            **{f"phase {name}": (phase == name, common) for name in sorted(set(phases.tolist()))},
            **{f"{low} to {high} heavy atoms": ((low <= size) & (size <= high), common) for low, high in SIZES},
            "groups with 100 positives": (everywhere, common),
            **{f"{kind}, groups of fewer than {FEWEST} there": (phase == kind, few[kind]) for kind in GROUND},
            **{f"group {name}": (everywhere, np.arange(len(names)) == at) for at, name in enumerate(names)},
        }
        for name, (chosen, columns) in seen.items():
            total[name] = total.get(name, 0) + counts(decided[chosen][:, columns], y[chosen][:, columns])
    mean, worst = np.mean(calibration, axis=0), np.max(calibration, axis=0)
    print(f"ECE {mean[0]:.4f} (worst {worst[0]:.4f}), likely {mean[1]:.4f} ({worst[1]:.4f}), ", end="")
    print(f"worst group with 50 positives {mean[2]:.4f} ({worst[2]:.4f}); mean and worst of {SPLITS} splits")
    said = ", ".join(f"{rate:g}: {error:.3f}" for rate, error in zip(RATES, np.mean(chances, axis=0), strict=True))
    print(f"ECE of `exact` for an error of {said}")
    for name, found in total.items():
        if not name.startswith("phase ") or (phases == name.removeprefix("phase ")).sum() >= COMMON:
            print(line(name, found / SPLITS))


def errors_of_groups(labels: np.ndarray, p: np.ndarray) -> tuple[float, float, float]:
    """Calibration error of all decisions, of the likely ones, and of the worst group with half of COMMON positives."""
    point = plain(len(labels))
    within = [
        expected_calibration_error(labels[:, [at]], p[:, [at]], point)[0]
        for at in np.flatnonzero(labels.sum(axis=0) >= COMMON / 2)
    ]
    every, likely = (expected_calibration_error(labels, p, point, above)[0] for above in (0.0, 0.05))
    return every, likely, max(within, default=float("nan"))


def error_of_exact(answering: Answering, labels: np.ndarray, p: np.ndarray, phases: np.ndarray, rate: float) -> float:
    """Calibration error of the chance that the groups called present are all there are."""
    decided = answering.decide(p, rate, phases)
    right = ((decided == PRESENT) == labels.astype(bool)).all(axis=1)
    return expected_calibration_error(right[:, None], answering.chance(p, decided)[:, None], plain(len(right)))[0]


def shifted(
    task: Any,
    names: tuple[str, ...],
    crosses: list[CrossValidation],
    dataset: Dataset,
    rows: np.ndarray,
    outputs: np.ndarray,
) -> None:
    """Calibration and spectra of different kinds: of phases; then each fold, changed, is asked of networks that have
    not seen its molecules, their answers fitted to the other folds as measured."""
    labels, phases = task.targets(dataset)[rows], dataset.rows["phase"][rows]
    common = labels.sum(axis=0) >= COMMON
    gas = phases == "gas"
    answering = calibrated(task, names, outputs[gas], labels[gas], phases[gas])
    decided = answering.decide(
        task.probabilities(answering, outputs[~gas]), DEFAULT_ERROR, np.full((~gas).sum(), "gas", object)
    )
    print(line("gas calibrates, condensed asked", counts(decided[:, common], labels[~gas][:, common])), flush=True)
    fold = folds_of_rows(crosses[0], dataset)
    total: dict[str, np.ndarray] = {}
    for each in range(len(crosses[0].folds)):
        here = fold == each
        answering = calibrated(task, names, outputs[~here], labels[~here], phases[~here])
        networks = [load(cross.folds[each].path) for cross in crosses]
        for name, change in (KINDS | SAMPLES).items():
            decided = decided_of(task, answering, networks, dataset, rows[here], change)
            total[name] = total.get(name, 0) + counts(decided[:, common], labels[here][:, common])
    for name, found in total.items():
        print(line(name, found))


def decided_of(
    task: Any, answering: Any, networks: list[Predictor], dataset: Dataset, rows: np.ndarray, change: Change
) -> np.ndarray:
    """What the mean of networks says of a dataset's rows, changed, int [rows, groups]."""
    values = change(np.array(dataset.values[rows]), dataset.grid).astype(np.float32)
    said = task.probabilities(answering, np.mean([network.outputs(values) for network in networks], axis=0))
    return told(answering, said, dataset.rows["phase"][rows], values, networks[0].run.names, dataset.grid)


def told(
    answering: Answering, said: np.ndarray, phases: np.ndarray, values: np.ndarray, names: tuple[str, ...], grid: Grid
) -> np.ndarray:
    """Three answers to spectra, int [rows, groups], as the predictor gives them to what was not measured, or dark."""
    decided = answering.decide(said, DEFAULT_ERROR, phases)
    some, _, lit = seen(names, values, grid)
    return np.where(not_to_be_told(decided == ABSENT, some, lit), UNCERTAIN, decided)


def learned(network: Predictor, dataset: Dataset) -> None:
    """A run is asked of the spectra that it learned, changed."""
    rows, labels = np.arange(len(dataset.values)), network.task.targets(dataset)
    common = labels.sum(axis=0) >= COMMON
    for name, change in (KINDS | SAMPLES).items():
        decided = decided_of(network.task, network.answering, [network], dataset, rows, change)
        print(line(name, counts(decided[:, common], labels[:, common])), flush=True)


def as_atr(values: np.ndarray, grid: Grid) -> np.ndarray:
    """Transmittance whose absorbance goes as 1/wavenumber beside what it was."""
    return 10 ** (np.log10(np.maximum(values, 1e-4)) * AS_DEEP / grid.values)


def _spans(values: np.ndarray) -> np.ndarray:
    return np.nanmax(values, axis=1, keepdims=True) - np.nanmin(values, axis=1, keepdims=True)


def noisy(share: float) -> Change:
    """White noise of a share of the span."""
    return lambda values, grid: values + share * _spans(values) * np.random.default_rng(0).normal(size=values.shape)


def fringed(share: float) -> Change:
    """A wave whose amplitude is a share of the span, 15 to 150 cm-1 apart."""

    def wave(values: np.ndarray, grid: Grid) -> np.ndarray:
        draw = np.random.default_rng(0)
        period = np.exp(draw.uniform(np.log(15), np.log(150), (len(values), 1)))
        return values + share * _spans(values) * np.sin(2 * np.pi * (grid.values / period + draw.random(period.shape)))

    return wave


KINDS: dict[str, Change] = {
    "as measured": lambda values, grid: values,
    "cut to 1000 to 4000": lambda values, grid: np.where(grid.values >= 1000, values, np.nan),
    "cut to 650 to 2000": lambda values, grid: np.where(abs(grid.values - 1325) <= 675, values, np.nan),
    "cut to 400 to 1800": lambda values, grid: np.where(grid.values <= 1800, values, np.nan),
    "cut to 2500 to 4000": lambda values, grid: np.where(grid.values >= 2500, values, np.nan),
    "as ATR": as_atr,
    "three times as thick, no light below 3 %": lambda values, grid: np.maximum(np.maximum(values, 1e-4) ** 3, 0.03),
    **{f"white noise of {100 * share:g} %": noisy(share) for share in (0.01, 0.02, 0.05, 0.1)},
    **{f"fringes of {100 * share:g} %": fringed(share) for share in (0.0075, 0.015, 0.03)},
}


def of_sample(name: str) -> Change:
    """One of the changes that samples and the air in the beam make."""
    return lambda values, grid: distortions(grid.values, None)[name](values)


SAMPLES = {
    name: of_sample(name)
    for name in (
        "a base line bent by 30 % of the strongest band",
        "moisture, 10% of the strongest band",
        "moisture, 20% of the strongest band",
        "carbon dioxide, -20% of the strongest band",
    )
}


def main() -> None:
    """Count and print a Markdown table."""
    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", help="what is blended")
    parser.add_argument("--data", required=True)
    arguments = parser.parse_args()
    runs, dataset = [open_run(run_path(path)) for path in arguments.runs], open_dataset(arguments.data)
    task, names = runs[0].config.task, runs[0].names
    crosses = [cross for run in runs if (cross := folds_of(run)) is not None]
    if len(runs) > 1 and len(crosses) < len(runs):
        alone = next(run.path for run in runs if folds_of(run) is None)
        parser.error(f"{alone} has no folds (train.py --folds); name the runs that were blended, not the blend")
    print("| | of spectra with the group: absent | of answers present: wrong | of spectra without: present ", end="")
    print("| of answers absent: wrong | uncertain | uncertain of those with the group |\n|---|---|---|---|---|---|---|")
    if not crosses:
        if (kept := out_of_fold(runs[0], dataset)) is not None:
            random_splits(task, names, kept[1], task.targets(dataset)[kept[0]], dataset, kept[0])
        learned(load(runs[0].path), dataset)
        return
    rows, outputs = held_out_by(runs, dataset)
    random_splits(task, names, outputs, task.targets(dataset)[rows], dataset, rows)
    shifted(task, names, crosses, dataset, rows, outputs)


if __name__ == "__main__":
    sys.exit(exit_status("check_answers.py", main))
