"""irjax against PyTorch and Keras on one network: the same numbers first, then training steps and inference, in turn.

    python benchmarks/network.py [--config configs/paper.py] [--rounds 9] [--steps 8] [--spectra 2048] [--epoch]

Needs the environment of benchmarks/requirements.txt (docs/performance.md says how to make it).
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from contest import Contestant, in_turn, show, workplace
from limits import products, training_step

from irjax.engine.backend import keep_freed_memory
from irjax.engine.config import load_config
from irjax.models.cnn import CNN
from irjax.program import exit_status
from irjax.spectra.grid import INFRARED


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="configs/paper.py")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--spectra", type=int, default=2048)
    parser.add_argument("--epoch", action="store_true", help="also an epoch of 7,552 spectra, twice")
    arguments = parser.parse_args()
    keep_freed_memory()
    folder = workplace()
    contestants = [Contestant(f"network_{name}") for name in ("irjax", "torch", "keras")]
    irjax, *peers = contestants
    irjax.ask("begin", folder=str(folder), config=arguments.config, rows=4096)
    for peer in peers:
        peer.ask("begin", folder=str(folder), config=arguments.config)
    compare(contestants, folder, load_config(arguments.config).optimizer.batch_size)
    model = load_config(arguments.config).model
    if not isinstance(model, CNN):
        parser.error(f"{arguments.config}: its network is none of the paper's kind, which all three hold")
    points, channels, shapes = INFRARED.points, 1, []
    for layer in range(model.convolutions):
        points, channels = points // 2, model.filters * 2**layer
    for before, after in zip([points * channels, *model.dense], [*model.dense, 37], strict=True):
        shapes.append((before, after))
    parameters = sum(before * after for before, after in shapes)
    batch = load_config(arguments.config).optimizer.batch_size
    adam, multiplied = training_step(parameters, shapes, batch)
    rate = 7 * 4 * parameters / adam / 1e9
    print(f"\nthe machine: {rate:.3g} GB/s of memory in use, so that Adam takes {adam * 1e3:.3g} ms;")
    print(f"the products of the dense layers take {multiplied * 1e3:.3g} ms (convolutions and dropout are left out)")
    found = in_turn(contestants, arguments.rounds, "steps", count=arguments.steps)
    show(f"training, batch {batch}", found, "a step", arguments.steps, adam + multiplied)
    if arguments.epoch:
        show("an epoch of 7,552 spectra", in_turn(contestants, 2, "steps", count=-(-7552 // batch)), "an epoch", 1)
    found = in_turn(contestants, arguments.rounds, "predictions", count=arguments.spectra)
    at_once = 256
    least = sum(products(at_once, *shape)[0] for shape in shapes) / at_once
    show("inference", found, "a spectrum", arguments.spectra, least)
    for contestant in contestants:
        contestant.leave()


def compare(contestants: list[Contestant], folder: Path, batch: int) -> None:
    """Ends the benchmark unless all give the same probabilities, losses, and change of weights in three steps."""
    batches = np.random.default_rng(1).permutation(4096)[: 3 * batch].reshape(3, batch).tolist()
    ours, *others = [np.load(contestant.ask("check", batches=batches)) for contestant in contestants]
    start = np.load(folder / "start.npz")
    for contestant, theirs in zip(contestants[1:], others, strict=True):
        apart = np.abs(ours["probabilities"] - theirs["probabilities"]).max()
        losses = np.abs(ours["losses"] / theirs["losses"] - 1).max()
        names = [name for name in ours.files if "/" in name]
        changes = [np.concatenate([(of[name] - start[name]).ravel() for name in names]) for of in (ours, theirs)]
        change = np.linalg.norm(changes[0] - changes[1]) / np.linalg.norm(changes[0])
        print(
            f"{contestant.name}: probabilities within {apart:.1e}, losses {losses:.1e}, changes of weights {change:.1e}"
        )
        if apart > 1e-4 or losses > 1e-4 or change > 0.02:
            raise SystemExit("they do not compute the same thing; nothing was timed")


if __name__ == "__main__":
    sys.exit(exit_status("network.py", main))
