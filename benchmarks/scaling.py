"""How training scales over GPUs: an estimate from a few numbers of the hardware, and the check of what it rests on.

    python benchmarks/scaling.py                       the estimate, with the hardware of an H200 cluster
    python benchmarks/scaling.py --check               bytes that eight devices exchange at a step, as XLA compiled it
    python benchmarks/scaling.py --traffic 4e12 ...    other hardware

A step takes (multiplications of its share of the batch) + (weights and Adam, which every device moves whole)
+ (the gradients' ring all-reduce). Nothing overlaps, which is the worst case; there is no input pipeline, since the
spectra lie on the devices.
"""

import argparse
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from irjax.program import exit_status

PARAMETERS = 64_015_708
FLOPS = 3 * 2 * (64_000_000 + 300 * 11 * 31 * 62 + 600 * 11 * 31)
"""Of a spectrum's training step: forwards, and twice as many backwards."""


@dataclass(frozen=True)
class Hardware:
    """A cluster of machines with some GPUs each."""

    traffic: float
    """Bytes a second of a GPU's memory that are reached."""
    flops: float
    """A second, that dense layers of a few dozen rows reach."""
    within: float
    """Bytes a second and GPU of an all-reduce within a machine."""
    between: float
    """Bytes a second of each GPU's network card."""
    latency: float
    """Seconds of one hop of an all-reduce."""
    gpus_per_machine: int

    def step(self, gpus: int, batch: int) -> tuple[float, float]:
        """(Seconds of computing, seconds of exchanging gradients) of a step with this batch on each GPU."""
        computing = batch * FLOPS / self.flops + 7 * 4 * PARAMETERS / self.traffic
        if gpus == 1:
            return computing, 0.0
        # Between machines the rings run over the cards of all GPUs of a machine at once.
        several = min(self.within, self.gpus_per_machine * self.between)
        rate = self.within if gpus <= self.gpus_per_machine else several
        ring = 2 * (gpus - 1) / gpus * 4 * PARAMETERS / rate
        return computing, ring + 2 * (gpus - 1) * self.latency


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compile the step for eight devices and count")
    parser.add_argument("--traffic", type=float, default=3.8e12, help="80 %% of 4.8 TB/s")
    parser.add_argument("--flops", type=float, default=60e12, help="a tenth of what TF32 allows at most")
    parser.add_argument("--within", type=float, default=350e9, help="NVLink 4")
    parser.add_argument("--between", type=float, default=40e9, help="400 Gb/s for each GPU")
    parser.add_argument("--latency", type=float, default=5e-6)
    parser.add_argument("--gpus-per-machine", type=int, default=8)
    arguments = vars(parser.parse_args())
    if arguments.pop("check"):
        check()
    else:
        show(Hardware(**arguments))


def show(hardware: Hardware) -> None:
    """The table: seconds of an epoch of the paper's network."""
    print("seconds of an epoch, and the share of them that goes into exchanging gradients")
    print(f"{'GPUs':>5} {'batch of a GPU':>15} {'batch':>6}", *(f"{n:>18,}" for n in (13_000, 100_000, 1_000_000)))
    for title, of_gpu in (
        ("the paper's batch of 41, shared", None),
        ("41 spectra on each GPU", 41),
        ("512 on each", 512),
    ):
        print(title)
        for gpus in (1, 2, 4, 8, 16, 64):
            batch = -(-41 // gpus) if of_gpu is None else of_gpu
            computing, exchanging = hardware.step(gpus, batch)
            whole = 41 if of_gpu is None else gpus * of_gpu
            share = exchanging / (computing + exchanging)
            cells = (
                f"{-(-n // whole) * (computing + exchanging):10.2f} s {share:5.0%}" for n in (13_000, 10**5, 10**6)
            )
            print(f"{gpus:5} {batch:15} {whole:6}", *cells)


def check() -> None:
    """Compiles the paper's step for eight virtual devices and adds up what they exchange."""
    os.environ |= {"XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    import jax
    import jax.numpy as jnp
    import numpy as np

    from irjax.engine.config import Config
    from irjax.engine.placement import Placement
    from irjax.engine.programs import make_epoch_program
    from irjax.engine.step import TrainingData, empty_sums, initial_state, make_step
    from irjax.spectra.grid import INFRARED

    config, placement = Config(), Placement.of(1)
    model = config.model.build(37, INFRARED)
    step = make_step(model, config, INFRARED)
    program = make_epoch_program(step, placement, 1, ragged=False, whole=False)
    starts = lambda: initial_state(model, config.optimizer, INFRARED, 0)  # noqa: E731
    state = jax.eval_shape(lambda: jax.tree.map(lambda leaf: leaf[None], starts()))
    sums = jax.eval_shape(lambda: jax.tree.map(lambda leaf: leaf[None], empty_sums()))
    shapes = ((4096, 600), np.float32), ((4096, 600), np.bool_), ((4096, 37), np.uint8), ((37,), np.float32)
    shapes += ((4096, 0), np.uint8), ((4096, 0), np.int32), ((), np.int32)
    data = TrainingData(*(jax.ShapeDtypeStruct((1, *shape), dtype) for shape, dtype in shapes))  # pyright: ignore
    order = jax.ShapeDtypeStruct((1, 100, placement.rows(41)), np.int32)
    count = jax.ShapeDtypeStruct((), jnp.int32)
    text = program.take.lower(state, sums, data, order, count).compile().as_text()  # pyright: ignore
    kinds = ("all-reduce", "all-gather", "all-to-all", "collective-permute", "reduce-scatter")
    moved: dict[str, int] = dict.fromkeys(kinds, 0)
    for line in text.splitlines():
        found = re.search(rf" = (.*?) ({'|'.join(moved)})\(", line)
        if found:
            moved[found[2]] += sum(
                4 * int(np.prod([int(n) for n in dims.split(",") if n] or [1]))
                for dims in re.findall(r"\w+\[([\d,]*)\]", found[1])
            )
    for kind, size in moved.items():
        print(f"{kind:20} {size / 1e6:10.3f} MB a step")
    print(f"{'the gradients':20} {4 * PARAMETERS / 1e6:10.3f} MB")


if __name__ == "__main__":
    sys.exit(exit_status("scaling.py", main))
