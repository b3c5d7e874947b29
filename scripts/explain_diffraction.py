"""Draw what a network for diffraction patterns goes by: class activation maps, and a map of its features.

    python scripts/explain_diffraction.py runs/xrd --data data/xrd docs/figures

The activation map of a pattern is that of its last convolution, each activation times the gradient of the class's
output with respect to it (after Zhou et al. 2016, as Wang et al. 2020 drew theirs), drawn under the pattern beside the
lines of its material. Counted over the test part: how much of it lies within 0.3° of one of the material's lines, over
the share of the range that these cover, and the same with the lines of other materials. The map of features is a
neighbourhood component analysis of those of ten materials.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import matplotlib
import numpy as np
from matplotlib.figure import Figure
from sklearn.neighbors import NeighborhoodComponentsAnalysis

from irjax.answers.predictor import Predictor, load
from irjax.data.dataset import Dataset, open_dataset
from irjax.models.batch import batch_of
from irjax.program import exit_status

NEAR = 15
"""Points, 0.3°."""
SHOWN, MATERIALS, COUNTED = 3, 10, 600


def activation_maps(predictor: Predictor, values: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Of each pattern the activations of the last convolution times their gradients, at least 0, float [n, places]."""
    convolutions: list[str] = []

    def noted(call: Callable[..., Any], given: tuple, named: dict, context: nn.module.InterceptorContext) -> Any:
        if isinstance(context.module, nn.Conv):
            convolutions.append("/".join(context.module.path))
        return call(*given, **named)

    module, variables = predictor.model, predictor.variables
    with nn.intercept_methods(noted):
        jax.eval_shape(lambda: module.apply(variables, batch_of(jnp.asarray(values[:1])), train=False))

    def output(added: jax.Array | float, pattern: jax.Array, wanted: jax.Array) -> tuple[jax.Array, jax.Array]:
        seen: list[jax.Array] = []

        def shifted(call: Callable[..., Any], given: tuple, named: dict, context: nn.module.InterceptorContext) -> Any:
            found = call(*given, **named)
            if isinstance(context.module, nn.Conv) and "/".join(context.module.path) == convolutions[-1]:
                seen.append(found)
                return found + added
            return found

        with nn.intercept_methods(shifted):
            outputs: Any = module.apply(variables, batch_of(pattern[None]), train=False)
        return outputs[0, wanted], seen[0]

    def one(pattern: jax.Array, wanted: jax.Array) -> jax.Array:
        _, activation = output(0.0, pattern, wanted)
        slope = jax.grad(lambda added: output(added, pattern, wanted)[0])(jnp.zeros_like(activation))
        return jnp.maximum((activation * slope)[0].sum(axis=-1), 0)

    return np.asarray(jax.lax.map(lambda pair: one(*pair), (jnp.asarray(values), jnp.asarray(classes))))


def near_lines(dataset: Dataset, classes: np.ndarray) -> np.ndarray:
    """Whether each point lies within 0.3° of one of the strongest lines of a class, bool [n, points]."""
    found = np.zeros((len(classes), dataset.grid.points), bool)
    at = np.arange(dataset.grid.points)
    for row, number in zip(found, classes, strict=True):
        places = np.array(dataset.manifest["peaks"][number][0])
        row[:] = (np.abs(at[:, None] - places) <= NEAR).any(axis=1)
    return found


def enrichment(maps: np.ndarray, near: np.ndarray) -> float:
    """The share of the maps near lines over the share of the range there, the mean over patterns."""
    places = np.linspace(0, near.shape[1] - 1, maps.shape[1]).round().astype(int)
    near = near[:, places]
    share = (maps * near).sum(axis=1) / np.maximum(maps.sum(axis=1), 1e-12)
    return float((share / np.maximum(near.mean(axis=1), 1e-12)).mean())


def draw_maps(path: Path, dataset: Dataset, values: np.ndarray, classes: np.ndarray, maps: np.ndarray) -> None:
    """Patterns, under each its activation map as shades, and the lines of its material."""
    figure = Figure(figsize=(7, 1.7 * len(values)), layout="constrained")
    axes = figure.subplots(len(values))
    angle = dataset.grid.values
    for ax, pattern, number, shades in zip(axes, values, classes, maps, strict=True):
        pattern = pattern / pattern.max()
        extent = (angle[0], angle[-1], -0.32, 1.05)
        ax.imshow(shades[None], aspect="auto", extent=extent, cmap="Oranges", interpolation="bilinear")
        ax.plot(angle, pattern, color="black", linewidth=0.7)
        places, heights = map(np.array, dataset.manifest["peaks"][number])
        at = angle[0] + places * dataset.grid.spacing
        ax.vlines(at, -0.3, -0.3 + 0.25 * np.sqrt(heights), color="#0072B2", linewidth=0.8)
        ax.set_title(dataset.manifest["classes"][number], fontsize=8, loc="left")
        ax.set(yticks=[], xlim=(angle[0], angle[-1]), ylim=extent[2:])
        ax.tick_params(labelsize=7)
    axes[-1].set_xlabel("2θ (degrees, Cu Kα)", fontsize=8)
    figure.savefig(path, dpi=130)


def features(predictor: Predictor, values: np.ndarray) -> np.ndarray:
    """What the last layer of the network sees, float [n, features]."""
    batch = batch_of(jnp.asarray(values))
    _, found = predictor.model.apply(predictor.variables, batch, train=False, mutable=["intermediates"])
    return np.asarray(found["intermediates"]["features"][0])


def draw_features(path: Path, seen: np.ndarray, classes: np.ndarray, names: list[str]) -> None:
    """Two components of the features, a colour for each material."""
    flat = NeighborhoodComponentsAnalysis(2, init="pca", random_state=0).fit_transform(seen, classes)
    figure = Figure(figsize=(5.2, 3.4), layout="constrained")
    ax = figure.subplots()
    for at, number in enumerate(np.unique(classes)):
        own = classes == number
        ax.scatter(*flat[own].T, s=14, color=matplotlib.colormaps["tab10"](at), label=names[number])
    ax.set(xticks=[], yticks=[])
    ax.legend(fontsize=6, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(path, dpi=130)


def main() -> None:
    """Draw, count, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("--data", required=True)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    predictor, dataset = load(arguments.run), open_dataset(arguments.data)
    classes = predictor.task.targets(dataset)
    tests = np.flatnonzero(dataset.rows["part"] == "test")
    chance = np.random.default_rng(0)
    rows = np.sort(chance.choice(tests, min(COUNTED, len(tests)), replace=False))
    maps = activation_maps(predictor, dataset.values[rows], classes[rows])
    own = enrichment(maps, near_lines(dataset, classes[rows]))
    others = enrichment(maps, near_lines(dataset, chance.permutation(classes[rows])))
    print(
        f"activation within 0.3° of lines, over their share of the range: own {own:.2f}, other materials' {others:.2f}"
    )
    shown = chance.choice(len(rows), SHOWN, replace=False)
    path = arguments.out / "diffraction-activation.png"
    draw_maps(path, dataset, dataset.values[rows[shown]], classes[rows[shown]], maps[shown])
    chosen = chance.choice(np.unique(classes), MATERIALS, replace=False)
    held = np.flatnonzero(np.isin(classes, chosen) & (dataset.rows["part"] != "train"))
    path = arguments.out / "diffraction-features.png"
    draw_features(path, features(predictor, dataset.values[held]), classes[held], dataset.manifest["classes"])


if __name__ == "__main__":
    sys.exit(exit_status("explain_diffraction.py", main))
