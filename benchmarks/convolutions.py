"""XLA's own convolution against the one in fewer products: training steps and answers of a config's network, in turn.

    python benchmarks/convolutions.py [reader-m reader-b photoemission] [--rounds 9]

First both must answer alike. Each number is the median over the rounds, one step or 64 answers each; the ratio is the
median of the rounds' own. On a single core: `taskset -c 0` before it. Spectra are random, which changes no time.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from irjax.data.molecules import GRID
from irjax.engine.backend import keep_freed_memory
from irjax.engine.config import Config, load_config
from irjax.engine.placement import Placement
from irjax.engine.programs import make_epoch_program
from irjax.engine.step import TrainingData, empty_sums, initial_state, make_step
from irjax.models.batch import Convolution, batch_of
from irjax.models.coulomb import Coulomb
from irjax.models.reader import Reader
from irjax.models.winograd import winograd
from irjax.program import exit_status
from irjax.spectra.grid import INFRARED, Grid

WAYS: dict[str, Convolution] = {"XLA's": jax.lax.conv_general_dilated, "fewer products": winograd}
ANSWERS = 64


def grid_of(config: Config) -> Grid:
    """Coulomb matrices, or 1,800 points for the readers and the paper's 600 for others."""
    if isinstance(config.model, Reader):
        return replace(INFRARED, points=1800)
    return GRID if isinstance(config.model, Coulomb) else INFRARED


def stepping(config: Config, grid: Grid, way: Convolution, outputs: int, targets: np.ndarray) -> Callable[[], None]:
    """What takes a training step, on a batch of random spectra."""
    rows = config.optimizer.batch_size
    spectra = np.random.default_rng(0).random((rows, grid.points), np.float32)
    model, layout = config.model.build(outputs, grid, way), Placement.of(1)
    data = TrainingData(
        values=jnp.asarray(spectra),
        measured=jnp.ones(spectra.shape, bool),
        targets=jnp.asarray(targets[:rows]),
        loss_weights=jnp.ones(outputs),
        auxiliary=jnp.zeros((rows, 0), jnp.uint8),
        siblings=jnp.zeros((rows, 0), jnp.int32),
        steps_per_epoch=jnp.int32(10**9),
    )
    program = make_epoch_program(make_step(model, config, grid), layout, 1, ragged=False, whole=False)
    stacked = partial(jax.tree.map, lambda leaf: jnp.asarray(leaf)[None])
    # Placed as the engine places them, or the second step would be compiled anew.
    held: list[Any] = [jax.device_put(stacked(initial_state(model, config.optimizer, grid, 0)), layout.networks)]
    placed = jax.device_put(stacked(data), layout.networks)
    order = jax.device_put(jnp.arange(rows)[None, None], layout.batches)

    def step() -> None:
        sums = jax.device_put(stacked(empty_sums()), layout.everywhere)
        held[0], sums = program.take(held[0], sums, placed, order, jnp.int32(1))
        jax.block_until_ready(sums)

    return step


def answering(config: Config, grid: Grid, way: Convolution, outputs: int) -> Callable[[], np.ndarray]:
    """What answers random spectra."""
    batch = batch_of(jnp.asarray(np.random.default_rng(1).random((ANSWERS, grid.points), np.float32)))
    model = config.model.build(outputs, grid, way)
    variables = config.model.build(outputs, grid).init(jax.random.key(0), batch, train=False)
    answer = jax.jit(partial(model.apply, train=False))
    return lambda: np.asarray(answer(variables, batch))


def in_turn(ways: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each, round by round."""
    for way in ways.values():
        way()
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            found[name].append(1000 * (time.perf_counter() - started))
    return found


def main() -> None:
    """Print a row for each network and each of training and answering."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configs", nargs="*", default=["reader-m", "reader-b", "photoemission"])
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    keep_freed_memory()
    print(f"| network | what | {' | '.join(f'{name}, ms' for name in WAYS)} | times as fast |\n|---|---|---|---|---|")
    for name in arguments.configs:
        config = load_config(name)
        grid = grid_of(config)
        curves = grid == GRID
        outputs = 300 if curves else 37
        targets = np.random.default_rng(2).random((1024, 16 if curves else 37))
        targets = -10 - 20 * targets if curves else targets < 0.1
        answers = {kind: answering(config, grid, way, outputs) for kind, way in WAYS.items()}
        first, second = (answer() for answer in answers.values())
        np.testing.assert_allclose(first, second, atol=1e-5 * np.abs(first).max())
        steps = {kind: stepping(config, grid, way, outputs, targets) for kind, way in WAYS.items()}
        for what, ways in (("a training step", steps), (f"{ANSWERS} answers", answers)):
            native, short = in_turn(ways, arguments.rounds).values()
            ratio = np.median(np.divide(native, short))
            print(f"| {name} | {what} | {np.median(native):.1f} | {np.median(short):.1f} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    sys.exit(exit_status("convolutions.py", main))
