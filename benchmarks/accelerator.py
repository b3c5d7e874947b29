"""Everything of docs/performance.md that needs a GPU or TPU, in under 8 minutes, one line per figure.

    python benchmarks/accelerator.py [--data data/nist-spectra] [--only paper folds bfloat16] [--small]

Needs jax, flax, optax, jaxtyping, numpy and scipy, and runs from the checkout. Without a
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

from limits import adam_traffic
from scaling import PARAMETERS

from irjax.data.dataset import Dataset, open_dataset
from irjax.engine.backend import prepare
from irjax.engine.config import Config, Optimizer
from irjax.engine.data import Subset, training_data
from irjax.engine.epochs import Trainee, Training
from irjax.models.cnn import CNN
from irjax.models.products import shifted_products
from irjax.program import exit_status
from irjax.spectra.grid import INFRARED

GROUPS = 37
NATIVE = jax.lax.conv_general_dilated
PAPER = Config()
SMALL = Config(model=CNN(dense_nodes=512, dropout=0.25), optimizer=Optimizer(learning_rates=(1e-3, 1e-4, 1e-5)))


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
        tiny = CNN(filters=4, dense_nodes=32, dense_layers=1)
        paper, small, spectra, epochs = replace(PAPER, model=tiny), replace(SMALL, model=tiny), 300, 2
    machine(256 if arguments.small else 2**26)
    if "paper" in parts:
        whole_paper(paper, some(dataset, spectra), epochs)
    if "folds" in parts:
        four_folds(small, some(dataset, min(spectra, 7552)))
    if "bfloat16" in parts and dataset is not None:
        halves(small, dataset, epochs, rows=600 if arguments.small else None)


def some(dataset: Dataset | None, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Spectra and labels, [rows, ...]: those of the dataset over and over, or made up."""
    if dataset is None:
        rng = np.random.default_rng(0)
        return rng.random((rows, INFRARED.points), np.float32), (rng.random((rows, GROUPS)) < 0.1).astype(np.uint8)
    taken = np.arange(rows) % len(dataset)
    return np.nan_to_num(dataset.values[taken], nan=1.0), dataset.labels("irjax37")[taken]


class Quiet:
    """In the place of a progress bar."""

    def due(self) -> bool:
        return False

    def step(self, *_: Any) -> None:
        pass


class Race:
    """Networks that train as `train.py` trains them, validation included, without a run's files."""

    def __init__(
        self,
        configs: list[Config],
        part: Subset,
        validation: Subset,
        way: Callable[..., jax.Array] = NATIVE,
        whole: bool = True,
    ) -> None:
        trainees = [Trainee(config, part, validation, *training_data(config, part, INFRARED)) for config in configs]
        files = np.arange(len(part.rows)).astype(str)
        # What irjax would choose by itself, the way to compute convolutions, is what is being asked here.
        self.training = Training.of(trainees, GROUPS, INFRARED, files, whole, way)
        self.state = self.training.initial_state()
        self.histories: list[list[dict[str, Any]]] = [[] for _ in configs]

    def epoch(self) -> tuple[float, list[float]]:
        """Trains an epoch; its seconds, and each network's validation loss."""
        started = time.perf_counter()
        self.state, self.histories = self.training.epoch(self.state, self.histories, Quiet())  # pyright: ignore
        jax.block_until_ready(self.state.params)
        return time.perf_counter() - started, [history[-1]["validation_loss"] for history in self.histories]


def part(spectra: np.ndarray, labels: np.ndarray) -> Subset:
    """These spectra, each of a compound of its own."""
    rows = np.arange(len(spectra))
    return Subset(rows, spectra, labels, rows.astype(str), labels[:, :0])


def machine(size: int) -> None:
    """What the device does at most."""
    add = jax.jit(jnp.add, donate_argnums=0)
    held = [jnp.zeros(size), jnp.ones(size)]
    held[0] = add(*held).block_until_ready()
    started = time.perf_counter()
    for _ in range(20):  # one behind the other: a device waits for no host between them
        held[0] = add(*held)
    held[0].block_until_ready()
    traffic = 20 * 12 * size / (time.perf_counter() - started)
    adam = adam_traffic(PARAMETERS) / traffic
    print(f"memory in use: {traffic / 1e9:,.0f} GB/s; weights and Adam of 64 M parameters: {1e3 * adam:.3g} ms")


def whole_paper(config: Config, data: tuple[np.ndarray, np.ndarray], epochs: int) -> None:
    """The paper's training: every epoch if there is time, else what was measured and what it comes to."""
    spectra, labels = data
    validation = part(spectra[:2500], labels[:2500])
    training = Race([config], part(spectra, labels), validation)
    started = time.perf_counter()
    first, _ = training.epoch()
    seconds: list[float] = []
    while len(seconds) + 1 < epochs and time.perf_counter() - started < 150:
        seconds.append(training.epoch()[0])
    typical = float(np.median(seconds))
    print(
        f"paper, {len(spectra):,} spectra, {len(validation.rows):,} to validate: first epoch with compilation ", end=""
    )
    print(f"{first:.1f} s, then {typical:.3f} s, {1e3 * typical / training.training.steps_per_epoch:.2f} ms a step")
    missing = epochs - 1 - len(seconds)
    if missing:
        print(f"  only {epochs - missing} of {epochs} epochs were run; the rest is taken as {typical:.3f} s each")
    print(f"  {epochs} epochs: {first + sum(seconds) + missing * typical:.1f} s (target 60 s on an H200)")


def four_folds(config: Config, data: tuple[np.ndarray, np.ndarray]) -> None:
    """One network against four side by side, with either convolution, as one program and step by step."""
    every, validation = part(*data), part(data[0][:2500], data[1][:2500])
    for whole in (True, False):
        for name, way in {"XLA's convolution": NATIVE, "shifted products": shifted_products}.items():
            found = []
            for networks in (1, 4):
                training = Race([replace(config, seed=at) for at in range(networks)], every, validation, way, whole)
                training.epoch()
                found.append(float(np.median([training.epoch()[0] for _ in range(3)])))
            form = "an epoch in one program" if whole else "step by step"
            print(f"small, {name}, {form}: one {found[0]:.3f} s, four {found[1]:.3f} s: {found[1] / found[0]:.2f} ×")


def halves(config: Config, dataset: Dataset, epochs: int, rows: int | None) -> None:
    """Validation BCE of bfloat16 against float32: three seeds, each pair on the same molecules in the same order."""
    spectra, labels = some(dataset, rows or len(dataset))
    compounds = dataset.skeletons[np.arange(len(spectra)) % len(dataset)].astype(str)
    ratios = []
    for seed in range(3):
        chosen, losses = _part(compounds, seed), {}
        parts = part(spectra[~chosen], labels[~chosen]), part(spectra[chosen], labels[chosen])
        for precision in ("float32", "bfloat16"):
            training = Race([replace(config, seed=seed, model=replace(config.model, precision=precision))], *parts)
            losses[precision] = [training.epoch()[1][0] for _ in range(epochs)][-1]
        ratios.append(losses["bfloat16"] / losses["float32"])
        print(f"seed {seed}: validation BCE {losses['float32']:.5f} in float32, {losses['bfloat16']:.5f} in bfloat16")
    print(f"bfloat16 over float32, mean of three: {np.mean(ratios):.4f} (target within 1 %)")


def _part(compounds: np.ndarray, seed: int) -> np.ndarray:
    """A fifth of the molecules, with all their spectra; bool [n]."""
    unique, member = np.unique(compounds, return_inverse=True)
    return (np.random.default_rng(seed).random(len(unique)) < 0.2)[member]


if __name__ == "__main__":
    sys.exit(exit_status("accelerator.py", main))
