"""Whether an answer rests on the bands that chemists read: counted on spectra that the network has never met.

Enrichment: the share of what speaks for a group that lies in its known bands, over the share of what was measured that
they cover. Beside it the same of the absorbance alone, where all that absorbs would count alike; of a network of random
weights; and of integrated gradients (M. Sundararajan et al., arXiv 1703.01365) from the mean spectrum.

Loss: how far the log-odds fall when the known bands are flattened together; when as wide stretches elsewhere are, at
random; and when those elsewhere are that absorb most, with the paired difference to the first and how much absorbance
they take away for one that the known bands do. All are medians with 95 % bootstrap intervals.

    irjax blend runs/nx runs/n runs/x --data data/nist-1800
    python scripts/measure_bands.py runs/nx --data data/nist-1800
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from irjax.answers.explain import attribution, flattened
from irjax.answers.predictor import Predictor, load
from irjax.data.dataset import open_dataset
from irjax.models.batch import batch_of, empty_batch
from irjax.program import exit_status
from irjax.spectra.bands import group_frequencies
from irjax.spectra.grid import Grid

GROUPS = (
    "Ketone", "Ester", "Aldehyde", "Carboxylic acid", "Amide", "Acyl halide", "Nitrile", "Alcohol", "Phenol",
    "Isocyanate", "Isothiocyanate", "Alkyne", "Alkane", "Thiol", "Nitro",
)  # fmt: skip
"""Those of them are counted that the run's vocabulary has."""
EACH = 15
STEPS = 32
"""Of an integral of gradients."""
_LOWEST = 1e-3

Stretch = tuple[int, int]
"""First and last point."""


def known(group: str, grid: Grid) -> list[Stretch]:
    """The stretches of a group's bands."""
    found = []
    for band in group_frequencies():
        if band.group == group:
            inside = np.flatnonzero((grid.values >= band.low) & (grid.values <= band.high))
            if inside.size > 2:
                found.append((int(inside[0]), int(inside[-1])))
    return found


def within(stretches: list[Stretch], points: int) -> np.ndarray:
    """Whether each point lies in one of some stretches, bool [points]."""
    found = np.zeros(points, bool)
    for first, last in stretches:
        found[first : last + 1] = True
    return found


def absorbed(row: np.ndarray) -> np.ndarray:
    """Absorbance above its lowest, [points]; 0 where nothing was measured."""
    absorbance = -np.log10(np.maximum(row, _LOWEST))
    return np.nan_to_num(absorbance - np.nanmin(absorbance))


def without(row: np.ndarray, stretches: list[Stretch]) -> np.ndarray:
    """The spectrum with some stretches flattened."""
    for first, last in stretches:
        row = flattened(row, first, last)
    return row


def loss(predictor: Predictor, row: np.ndarray, stretches: list[Stretch], at: int) -> float:
    """How far the log-odds of a group fall when some stretches are flattened together."""
    before, after = predictor.outputs(np.stack([row, without(row, stretches)]))[:, at]
    return float(before - after)


def elsewhere(row: np.ndarray, stretches: list[Stretch], draw: np.random.Generator | None = None) -> list[Stretch]:
    """As many stretches of the same widths, measured at both ends, at places that touch none of the known ones.

    Args:
        draw: to choose the places by chance; without it those are chosen that cover most absorbance.
    """
    taken, found = within(stretches, row.size), []
    covered = np.concatenate(([0.0], np.cumsum(absorbed(row))))
    for first, last in stretches:
        size = last - first
        places = np.arange(row.size - size)
        touched = np.concatenate(([0], np.cumsum(taken)))
        free = (touched[places + size + 1] == touched[places]) & np.isfinite(row[places] + row[places + size])
        if free.any():
            covers = (covered[places + size + 1] - covered[places])[free]
            at = int(places[free][draw.integers(covers.size) if draw else covers.argmax()])
            found.append((at, at + size))
            taken[at : at + size + 1] = True
    return found


def randomised(predictor: Predictor) -> Predictor:
    """The same network with weights that have learned nothing."""
    other = load(predictor.run.path)
    variables = other.model.init(jax.random.key(1), empty_batch(predictor.run.grid), train=False)
    other.variables = dict(variables)
    return other


def make_gradients(predictor: Predictor) -> Callable[[np.ndarray, np.ndarray, int], np.ndarray]:
    """Integrated gradients of a group's log-odds along the straight way from one spectrum to another, [points]."""

    @partial(jax.jit, static_argnums=3)
    def gradients(variables: Any, begun: jax.Array, row: jax.Array, at: int) -> jax.Array:
        def odds(values: jax.Array) -> jax.Array:
            return jnp.asarray(predictor.model.apply(variables, batch_of(values), train=False))[:, at].sum()

        shares = (jnp.arange(STEPS) + 0.5) / STEPS
        way = begun + shares[:, None] * (row - begun)
        return jnp.nan_to_num((row - begun) * jax.grad(odds)(way).mean(axis=0))

    return lambda begun, row, at: np.asarray(gradients(predictor.variables, begun, row, at))


def median(values: list[float]) -> str:
    """With its 95 % bootstrap interval; a dash of none."""
    if not values:
        return "–"
    draws = np.random.default_rng(0).choice(values, (1000, len(values)))
    low, high = np.quantile(np.median(draws, axis=1), (0.025, 0.975))
    return f"{np.median(values):.2f} ({low:.2f} to {high:.2f})"


def mean_shape(values: np.ndarray) -> np.ndarray:
    """The mean of spectra, each from its lowest transmittance, 0, to its highest, 1, [points]."""
    low, high = np.nanmin(values, axis=1, keepdims=True), np.nanmax(values, axis=1, keepdims=True)
    return np.nanmean((values - low) / (high - low), axis=0)


ENRICHMENTS = ("enrichment", "of absorbance alone", "of integrated gradients", "random weights")
LOSSES = (
    "loss, its bands",
    "random elsewhere",
    "strongest elsewhere",
    "absorbance they take",
    "its bands less the strongest",
    "its bands, random weights",
)


def enrichment(speaks: np.ndarray, row: np.ndarray, inside: np.ndarray) -> float:
    """The share of what speaks for a group within its bands, over the share of what was measured that they cover."""
    speaks = np.maximum(speaks, 0)
    return float(speaks[inside].sum() / speaks.sum() / inside[np.isfinite(row)].mean())


def losses(
    predictor: Predictor,
    untrained: Predictor,
    row: np.ndarray,
    stretches: list[Stretch],
    at: int,
    draw: np.random.Generator,
) -> tuple[float, ...]:
    """LOSSES of one spectrum."""
    by_chance, strongest = elsewhere(row, stretches, draw), elsewhere(row, stretches)
    own, other, most = (loss(predictor, row, each, at) for each in (stretches, by_chance, strongest))
    ours, theirs = ((absorbed(row) - absorbed(without(row, each))).sum() for each in (stretches, strongest))
    return own, other, most, float(theirs / max(ours, 1e-9)), own - most, loss(untrained, row, stretches, at)


def main() -> None:
    """Measure and print two Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("--data", required=True)
    arguments = parser.parse_args()
    predictor, dataset = load(arguments.run), open_dataset(arguments.data)
    run, grid, names = predictor.run, predictor.run.grid, predictor.run.names
    test = run.split.part(dataset, "test" if run.split.test else "validation", run.config.split.validation_fold)
    if not test.size:
        parser.error(f"{run.path} learned from all spectra; name a run of one of its folds, or a blend of several")
    labels, values = run.config.task.targets(dataset)[test], np.array(dataset.values[test])
    untrained, gradients, shape = randomised(predictor), make_gradients(predictor), mean_shape(values)
    tables: list[list[str]] = [[], []]
    for group in (each for each in GROUPS if each in names):
        at, stretches = names.index(group), known(group, grid)
        draw = np.random.default_rng(at)
        inside = within(stretches, grid.points)
        columns: dict[str, list[float]] = {name: [] for name in ENRICHMENTS + LOSSES}
        for row in values[draw.permutation(np.flatnonzero(labels[:, at]))[:EACH]]:
            if not np.isfinite(row[[end for stretch in stretches for end in stretch]]).all():
                continue
            begun = np.nanmin(row) + np.ptp(row[np.isfinite(row)]) * shape
            speaking = (
                attribution(predictor, row)[:, at],
                absorbed(row),
                gradients(begun, row, at),
                attribution(untrained, row)[:, at],
            )
            for name, found in zip(ENRICHMENTS, speaking, strict=True):
                if (found > 0).any():
                    columns[name].append(enrichment(found, row, inside))
            for name, found in zip(LOSSES, losses(predictor, untrained, row, stretches, at, draw), strict=True):
                columns[name].append(found)
        for table, wanted in zip(tables, (ENRICHMENTS, LOSSES), strict=True):
            shown = " | ".join(median(columns[name]) for name in wanted)
            table.append(f"| {group} | {len(columns[LOSSES[0]])} | {shown} |")
    for table, wanted in zip(tables, (ENRICHMENTS, LOSSES), strict=True):
        print(f"| group | spectra | {' | '.join(wanted)} |\n|{'---|' * (len(wanted) + 2)}")
        print("\n".join(table), end="\n\n")


if __name__ == "__main__":
    sys.exit(exit_status("measure_bands.py", main))
