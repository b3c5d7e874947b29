"""What this machine can do at most, with nothing but memory traffic and matrix products."""

import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np


def fastest(run: Callable[[], object], times: int = 5) -> float:
    """Seconds of the fastest of some runs, after one that does not count."""
    run()
    found = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        found.append(time.perf_counter() - started)
    return min(found)


def memory_traffic(size: int = 2**26) -> float:
    """Bytes per second that one pass over buffers in use reads and writes: an Adam step without arithmetic.

    Args:
        size: float32 values of each buffer.
    """

    def touch(p: jax.Array, m: jax.Array, v: jax.Array, g: jax.Array) -> tuple[jax.Array, ...]:
        return p + g, m + g, v + g

    run = jax.jit(touch, donate_argnums=(0, 1, 2))
    held = [jnp.zeros(size) for _ in range(4)]

    def once() -> None:
        held[:3] = run(*held)
        jax.block_until_ready(held)

    return 7 * 4 * size / fastest(once)


def product(rows: int, inner: int, columns: int) -> float:
    """Seconds of a float32 matrix product [rows, inner] by [inner, columns]."""
    rng = np.random.default_rng(0)
    a, b = (jnp.asarray(rng.random(shape, np.float32)) for shape in ((rows, inner), (inner, columns)))
    run = jax.jit(jnp.matmul)
    return fastest(lambda: run(a, b).block_until_ready())


def training_step(parameters: int, layers: list[tuple[int, int]], batch: int) -> tuple[float, float]:
    """The least seconds that Adam's memory traffic and the dense layers' products of a training step take.

    Adam reads weights, both moments and the gradient and writes the first three. A layer of a batch is multiplied
    three times: forwards, for the gradient of its input and for that of its weights.

    Args:
        parameters: of the network.
        layers: (inputs, outputs) of each dense layer, convolutions as products over all points included.
    """
    adam = 7 * 4 * parameters / memory_traffic()
    products = sum(
        product(batch, inputs, outputs) + product(batch, outputs, inputs) + product(inputs, batch, outputs)
        for inputs, outputs in layers
    )
    return adam, products
