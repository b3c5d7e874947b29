"""Whether an answer rests on the bands that chemists read: counted on spectra that the network has never met.

Enrichment: the share of what speaks for a group that lies in its known bands, over the share of the range that they
cover; 1 is chance. Loss: how far the log-odds fall when the known bands are flattened, and when as wide stretches
elsewhere are. Both for the trained network and for one of random weights, medians with 95 % bootstrap intervals.

    irjax blend runs/nx runs/n runs/x --data data/nist-1800
    python scripts/measure_bands.py runs/nx --data data/nist-1800
"""

import argparse

import jax
import numpy as np

from irjax.answers.explain import attribution, flattened
from irjax.answers.predictor import Predictor, load
from irjax.data.dataset import open_dataset
from irjax.models.batch import empty_batch
from irjax.spectra.bands import group_frequencies
from irjax.spectra.grid import Grid

GROUPS = (
    "Ketone", "Ester", "Aldehyde", "Carboxylic acid", "Amide", "Acyl halide", "Nitrile", "Alcohol", "Phenol",
    "Isocyanate", "Isothiocyanate", "Alkyne", "Alkane", "Thiol", "Nitro",
)  # fmt: skip
"""Those of them are counted that the run's vocabulary has."""
EACH = 15


def known(group: str, grid: Grid) -> list[tuple[int, int]]:
    """First and last points of a group's bands."""
    found = []
    for band in group_frequencies():
        if band.group == group:
            inside = np.flatnonzero((grid.values >= band.low) & (grid.values <= band.high))
            if inside.size > 2:
                found.append((int(inside[0]), int(inside[-1])))
    return found


def loss(predictor: Predictor, row: np.ndarray, stretches: list[tuple[int, int]], at: int) -> float:
    """How far the log-odds of a group fall when some stretches are flattened together."""
    changed = row
    for first, last in stretches:
        changed = flattened(changed, first, last)
    before, after = predictor.outputs(np.stack([row, changed]))[:, at]
    return float(before - after)


def elsewhere(draw: np.random.Generator, stretches: list[tuple[int, int]], points: int) -> list[tuple[int, int]]:
    """As many stretches of the same widths, at places that touch none of the known ones."""
    taken = np.zeros(points, bool)
    for first, last in stretches:
        taken[first : last + 1] = True
    found = []
    for first, last in stretches:
        size = last - first
        free = [at for at in range(points - size) if not taken[at : at + size + 1].any()]
        if free:
            at = int(draw.choice(free))
            found.append((at, at + size))
            taken[at : at + size + 1] = True
    return found


def randomised(predictor: Predictor) -> Predictor:
    """The same network with weights that have learned nothing."""
    other = load(predictor.run.path)
    variables = other.model.init(jax.random.key(1), empty_batch(predictor.run.grid), train=False)
    other.variables = dict(variables)
    return other


def median(values: list[float]) -> str:
    """With its 95 % bootstrap interval."""
    draws = np.random.default_rng(0).choice(values, (1000, len(values)))
    low, high = np.quantile(np.median(draws, axis=1), (0.025, 0.975))
    return f"{np.median(values):.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("--data", required=True)
    arguments = parser.parse_args()
    predictor, dataset = load(arguments.run), open_dataset(arguments.data)
    run, grid, names = predictor.run, predictor.run.grid, predictor.run.names
    test = run.split.part(dataset, "test" if run.split.test else "validation", run.config.split.validation_fold)
    if not test.size:
        parser.error(f"{run.path} learned from all spectra; name a run of one of its folds, or a blend of several")
    labels = run.config.task.targets(dataset)[test]
    untrained = randomised(predictor)
    print("| group | spectra | enrichment | random weights | loss, its bands | loss, elsewhere | random weights |")
    print("|---|---|---|---|---|---|---|")
    for group in (each for each in GROUPS if each in names):
        at = names.index(group)
        draw = np.random.default_rng(at)
        with_group = np.flatnonzero(labels[:, at])
        chosen = draw.permutation(with_group)[:EACH]
        stretches = known(group, grid)
        inside = np.zeros(grid.points, bool)
        for first, last in stretches:
            inside[first : last + 1] = True
        columns: list[list[float]] = [[], [], [], [], []]
        for row in (np.array(dataset.values[test[one]]) for one in chosen):
            ends = np.isfinite(row)[[end for stretch in stretches for end in stretch]]
            if not ends.all():
                continue
            for column, network in ((0, predictor), (1, untrained)):
                speaks = np.maximum(attribution(network, row)[:, at], 0)
                if speaks.sum() > 0:
                    columns[column].append(speaks[inside].sum() / speaks.sum() / inside.mean())
            columns[2].append(loss(predictor, row, stretches, at))
            others = elsewhere(draw, stretches, grid.points)
            measured = [stretch for stretch in others if np.isfinite(row[list(stretch)]).all()]
            columns[3].append(loss(predictor, row, measured, at))
            columns[4].append(loss(untrained, row, stretches, at))
        shown = " | ".join(median(column) for column in columns)
        print(f"| {group} | {len(columns[2])} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
