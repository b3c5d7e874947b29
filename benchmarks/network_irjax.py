"""The network, its training step and its inference in irjax, as `train.py` and `irjax predict` run them."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from contest import CHECKED_EPSILON, CHECKED_RATE, answer
from scipy.special import expit

from irjax.engine.backend import keep_freed_memory, use_compile_cache
from irjax.engine.config import load_config
from irjax.engine.placement import Placement
from irjax.engine.programs import make_epoch_program, whole_epochs
from irjax.engine.step import (
    TrainingData,
    empty_sums,
    epoch_order,
    initial_state,
    make_step,
)
from irjax.models.batch import make_answerer
from irjax.spectra.grid import INFRARED

GROUPS = 37
held: dict[str, Any] = {}


def begin(folder: str, config: str, rows: int) -> None:
    """Writes initial weights and made-up spectra and labels for all contestants."""
    keep_freed_memory()
    use_compile_cache()
    wanted = load_config(config)
    model = wanted.model.build(GROUPS, INFRARED)
    state = initial_state(model, wanted.optimizer, INFRARED, 0)
    rng = np.random.default_rng(0)
    arrays = {"/".join(key.key for key in path): np.asarray(leaf) for path, leaf in _leaves(state.params)}
    arrays["inputs"] = rng.random((rows, INFRARED.points), np.float32)
    arrays["inputs"][:, :2] = 0, 1  # as network inputs span: irjax would else stretch what it predicts from
    arrays["labels"] = (rng.random((rows, GROUPS)) < 0.1).astype(np.uint8)
    np.savez(Path(folder) / "start.npz", **arrays)  # pyright: ignore[reportArgumentType]
    held.update(folder=Path(folder), config=wanted, start=state)
    _load(checked=False)


def _leaves(tree: Any) -> list:
    return jax.tree_util.tree_leaves_with_path(tree)


def _load(checked: bool) -> None:
    config = held["config"]
    if checked:
        optimizer = replace(config.optimizer, epsilon=CHECKED_EPSILON, epochs=(1,), learning_rates=(CHECKED_RATE,))
        config = replace(config, model=replace(config.model, dropout=0.0), optimizer=optimizer)
    model = config.model.build(GROUPS, INFRARED)
    arrays = np.load(held["folder"] / "start.npz")
    data = TrainingData(
        values=jnp.asarray(arrays["inputs"]),
        measured=jnp.ones(arrays["inputs"].shape, bool),
        targets=jnp.asarray(arrays["labels"]),
        loss_weights=jnp.ones(GROUPS),
        auxiliary=jnp.zeros((len(arrays["inputs"]), 0), jnp.uint8),
        siblings=jnp.zeros((len(arrays["inputs"]), 0), jnp.int32),
        steps_per_epoch=jnp.int32(10**9),
    )
    layout = Placement.of(1)
    step, state = make_step(model, config, INFRARED), _stacked(held["start"])
    held.update(
        driver=make_epoch_program(step, layout, 1, ragged=False, whole=whole_epochs()),
        predict=make_answerer(model),
        data=jax.device_put(_stacked(data), layout.networks),
        state=jax.device_put(state, layout.networks),
    )


def _trained(order: jax.Array) -> float:
    """Takes the steps of an epoch; their mean loss."""
    driver, layout = held["driver"], Placement.of(1)
    sums = jax.device_put(_stacked(empty_sums()), layout.everywhere)
    placed = jax.device_put(order[None], layout.batches)
    for _, count in driver.calls(len(order)):
        held["state"], sums = driver.take(held["state"], sums, held["data"], placed, count)
    return float(sums.loss[0] / sums.weight[0])


def _stacked(tree: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf[None], tree)


def check(batches: list[list[int]]) -> str:
    """A file with the loss of each step without dropout, the weights after them, and probabilities before them."""
    _load(checked=True)
    variables = {"params": held["start"].params, "batch_stats": held["start"].batch_stats}
    arrays = np.load(held["folder"] / "start.npz")
    found = {"probabilities": expit(held["predict"](variables, arrays["inputs"][:100]))}
    found["losses"] = np.array([_trained(jnp.asarray([batch], jnp.int32)) for batch in batches])
    found |= {"/".join(key.key for key in path): np.asarray(leaf[0]) for path, leaf in _leaves(held["state"].params)}
    np.savez(held["folder"] / "irjax.npz", **found)
    _load(checked=False)
    return str(held["folder"] / "irjax.npz")


def steps(count: int) -> float:
    """Seconds for training steps."""
    size = held["config"].optimizer.batch_size
    jax.block_until_ready(held["state"])
    started = time.perf_counter()
    _trained(epoch_order(held["start"].key, 0, count * size, size) % held["data"].values.shape[1])
    jax.block_until_ready(held["state"])
    return time.perf_counter() - started


def predictions(count: int) -> float:
    """Seconds for the probabilities of so many spectra."""
    spectra = np.resize(np.asarray(held["data"].values[0]), (count, INFRARED.points))
    variables = {"params": held["start"].params, "batch_stats": held["start"].batch_stats}
    started = time.perf_counter()
    held["predict"](variables, spectra)
    return time.perf_counter() - started


if __name__ == "__main__":
    answer({"begin": begin, "check": check, "steps": steps, "predictions": predictions})
