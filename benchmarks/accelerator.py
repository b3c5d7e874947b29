"""Everything of docs/performance.md that needs a GPU or TPU, in under 8 minutes, one line per figure.

    python benchmarks/accelerator.py [--data data/nist-spectra] [--only paper folds bfloat16] [--small]

Needs jax, flax, optax, orbax, numpy, scipy and scikit-learn, nothing else, and runs from the checkout. Without a
dataset the spectra are made up: times are the same, the comparison of bfloat16 with float32 is then left out.
`--small` shrinks everything, to try the script on a CPU.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from irjax.data.dataset import Dataset, open_dataset
from irjax.models.products import shifted_products
from irjax.spectra.resample import GRID
from irjax.training.config import Augmentation, Config, Model, Optimizer
from irjax.training.devices import prepare
from irjax.training.drivers import in_batches, make_driver, make_judge
from irjax.training.mesh import Layout
from irjax.training.optimizer import learning_rate, make_optimizer
from irjax.training.step import (
    TrainingData,
    empty_tally,
    epoch_order,
    initial_state,
    make_model,
    make_step,
    training_key,
    with_rates,
)

GROUPS = 37
NATIVE = jax.lax.conv_general_dilated
PAPER = Config()
SMALL = Config(model=Model(dense_nodes=512, dropout=0.25), optimizer=Optimizer(learning_rates=(1e-3, 1e-4, 1e-5)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", metavar="DIR", help="a dataset that irjax build made")
    parser.add_argument("--small", action="store_true", help="a few hundred spectra and two epochs")
    parser.add_argument("--only", nargs="+", choices=("paper", "folds", "bfloat16"), metavar="PART")
    arguments = parser.parse_args()
    parts = arguments.only or ("paper", "folds", "bfloat16")
    prepare()
    print(f"jax {jax.__version__}, {jax.device_count()} × {jax.devices()[0].device_kind}")
    dataset = open_dataset(arguments.data) if arguments.data else None
    paper, small, spectra, epochs = PAPER, SMALL, 40_000, 42
    if arguments.small:
        tiny = Model(filters=4, dense_nodes=32, dense_layers=1)
        paper, small, spectra, epochs = replace(PAPER, model=tiny), replace(SMALL, model=tiny), 300, 2
    machine(256 if arguments.small else 2**26)
    if "paper" in parts:
        whole_paper(paper, Training.of(paper, *some(dataset, spectra)), epochs)
    if "folds" in parts:
        four_folds(small, some(dataset, min(spectra, 7552)))
    if "bfloat16" in parts and dataset is not None:
        halves(small, dataset, epochs, rows=600 if arguments.small else None)


def some(dataset: Dataset | None, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Spectra and labels, [rows, ...]: those of the dataset over and over, or made up."""
    if dataset is None:
        rng = np.random.default_rng(0)
        return rng.random((rows, GRID.size), np.float32), (rng.random((rows, GROUPS)) < 0.1).astype(np.uint8)
    taken = np.arange(rows) % len(dataset)
    return np.nan_to_num(dataset.transmittance[taken], nan=1.0), dataset.labels("irjax37")[taken]


class Training:
    """Networks that train side by side, as `irjax.training.fit` trains them, without a run's files."""

    def __init__(
        self, configs: list[Config], data: list[TrainingData], convolution: Callable[..., jax.Array], whole: bool
    ) -> None:
        self.config, self.size = configs[0], len(configs)
        self.layout = Layout.of(self.size)
        self.seeds = np.array([config.seed for config in configs], np.uint32)
        self.model = make_model(self.config.model, GROUPS, convolution)
        optimizer = make_optimizer(self.config.optimizer)
        step = make_step(self.model, optimizer, Augmentation())
        self.driver = make_driver(step, self.layout, self.size, ragged=False, whole=whole)
        self.judge = make_judge(self.model, self.layout, self.size, whole)
        self.rows = len(data[0].inputs)
        stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *data)
        self.data = self.layout.place(stacked, self.layout.networks)
        states = jax.vmap(lambda seed: initial_state(self.model, optimizer, seed))
        self.state = jax.jit(states, out_shardings=self.layout.networks)(self.seeds)

    @classmethod
    def of(
        cls,
        config: Config,
        spectra: np.ndarray,
        labels: np.ndarray,
        networks: int = 1,
        convolution: Callable[..., jax.Array] = NATIVE,
        whole: bool = True,
    ) -> "Training":
        """Networks of one config that differ in their seed, from the config's own on."""
        no_siblings = np.zeros((len(spectra), 0), np.int32)
        data = TrainingData(spectra, labels, np.ones(GROUPS, np.float32), no_siblings)  # pyright: ignore
        return cls(
            [replace(config, seed=config.seed + at) for at in range(networks)], [data] * networks, convolution, whole
        )

    def epoch(self, number: int, rate: float) -> float:
        """Trains an epoch; its seconds."""
        started = time.perf_counter()
        size = self.config.optimizer.batch_size
        keys = [training_key(int(seed)) for seed in self.seeds]
        orders = np.stack([np.asarray(epoch_order(key, number, self.rows, size)) for key in keys])
        padded = np.pad(orders, ((0, 0), (0, 0), (0, self.layout.rows(size) - size)), constant_values=-1)
        placed = self.layout.place(padded, self.layout.batches)
        rates = self.layout.place(np.full(self.size, rate, np.float32), self.layout.networks)
        state = with_rates(self.state, rates)
        tallies = jax.tree.map(lambda leaf: np.stack([leaf] * self.size), empty_tally())
        tally = self.layout.place(tallies, self.layout.everywhere)
        for _, count in self.driver.calls(orders.shape[1]):
            state, tally = self.driver.program(state, tally, self.data, placed, count)
        self.state = state
        if not np.isfinite(jax.device_get(tally).loss).all():  # waits for the device
            raise SystemExit("the loss is not finite")
        return time.perf_counter() - started

    def steps(self) -> int:
        """Steps of an epoch."""
        return -(-self.rows // self.config.optimizer.batch_size)


def machine(size: int) -> None:
    """What the device does at most."""
    add = jax.jit(jnp.add, donate_argnums=0)
    held = [jnp.zeros(size), jnp.ones(size)]
    held[0] = add(*held).block_until_ready()
    started = time.perf_counter()
    for _ in range(20):
        held[0] = add(*held)
    held[0].block_until_ready()
    traffic = 20 * 12 * size / (time.perf_counter() - started)
    print(
        f"memory in use: {traffic / 1e9:,.0f} GB/s; weights and Adam of 64 M parameters: {1.79 / traffic * 1e12:.3g} ms"
    )


def whole_paper(config: Config, training: Training, epochs: int) -> None:
    """The paper's training: every epoch if there is time, else what was measured and what it comes to."""
    started = time.perf_counter()
    first = training.epoch(1, 2.5e-4)
    seconds = []
    for epoch in range(2, epochs + 1):
        rate = learning_rate(config.optimizer, [{}] * (epoch - 1))
        seconds.append(training.epoch(epoch, rate or 1e-6))
        if time.perf_counter() - started > 150:
            break
    typical = float(np.median(seconds))
    print(
        f"paper, {training.rows:,} spectra: first epoch with compilation {first:.1f} s, then {typical:.3f} s, ", end=""
    )
    print(f"{1e3 * typical / training.steps():.2f} ms a step")
    total = first + sum(seconds)
    if len(seconds) + 1 < epochs:
        total += typical * (epochs - 1 - len(seconds))
        print(f"  only {len(seconds) + 1} of {epochs} epochs were run; the rest is {typical:.3f} s each")
    print(f"  {epochs} epochs: {total:.1f} s (target 60 s on an H200)")


def four_folds(config: Config, data: tuple[np.ndarray, np.ndarray]) -> None:
    """One network against four side by side, with either convolution, as one program and step by step."""
    ways = {"XLA's convolution": NATIVE, "shifted products": shifted_products}
    for whole in (True, False):
        for name, way in ways.items():
            found = []
            for networks in (1, 4):
                training = Training.of(config, *data, networks, way, whole)
                training.epoch(1, 1e-3)
                found.append(float(np.median([training.epoch(epoch, 1e-3) for epoch in (2, 3, 4)])))
            form = "an epoch in one program" if whole else "step by step"
            print(f"small, {name}, {form}: one {found[0]:.3f} s, four {found[1]:.3f} s: {found[1] / found[0]:.2f} ×")


def halves(config: Config, dataset: Dataset, epochs: int, rows: int | None) -> None:
    """Validation BCE of bfloat16 against float32: three seeds, each pair on the same molecules in the same order."""
    spectra, labels = some(dataset, rows or len(dataset))
    low, high = spectra.min(axis=1, keepdims=True), spectra.max(axis=1, keepdims=True)
    inputs = (spectra - low) / np.where(high > low, high - low, 1)
    compounds = dataset.skeletons[np.arange(len(spectra)) % len(dataset)].astype(str)
    ratios = []
    for seed in range(3):
        losses = {}
        validation = _part(compounds, seed)
        for precision in ("float32", "bfloat16"):
            wanted = replace(config, seed=seed, model=replace(config.model, precision=precision))
            training = Training.of(wanted, inputs[~validation], labels[~validation])
            batches = in_batches([inputs[validation]], training.layout)
            for epoch in range(1, epochs + 1):
                training.epoch(epoch, learning_rate(wanted.optimizer, [{}] * (epoch - 1)) or 1e-6)
            variables: Any = {"params": training.state.params, "batch_stats": training.state.batch_stats}
            found = np.clip(training.judge(variables, batches)[0, : validation.sum()].astype(float), 1e-7, 1 - 1e-7)
            losses[precision] = -np.mean(np.where(labels[validation], np.log(found), np.log1p(-found)))
        ratios.append(losses["bfloat16"] / losses["float32"])
        print(f"seed {seed}: validation BCE {losses['float32']:.5f} in float32, {losses['bfloat16']:.5f} in bfloat16")
    print(f"bfloat16 over float32, mean of three: {np.mean(ratios):.4f} (target within 1 %)")


def _part(compounds: np.ndarray, seed: int) -> np.ndarray:
    """A fifth of the molecules, with all their spectra; bool [n]."""
    unique, member = np.unique(compounds, return_inverse=True)
    return (np.random.default_rng(seed).random(len(unique)) < 0.2)[member]


if __name__ == "__main__":
    main()
