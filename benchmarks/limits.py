"""What this machine can do at most, with nothing but memory traffic and matrix products."""

import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from irjax.models.products import product

_ROWS_BY_COLUMNS = (((1,), (0,)), ((), ()))
"""What `jax.lax.dot_general` calls a product of two matrices."""


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
    """Bytes per second of adding one float32 buffer in use to another: two are read, one is written."""
    run = jax.jit(jnp.add, donate_argnums=0)
    held = [jnp.zeros(size), jnp.ones(size)]

    def once() -> None:
        held[0] = run(*held).block_until_ready()

    return 3 * 4 * size / fastest(once)


def products(rows: int, inputs: int, outputs: int) -> tuple[float, float, float]:
    """Seconds of a dense layer's float32 products, each in the fastest of its forms.

    Returns:
        Forwards, [rows, inputs] by [inputs, outputs]; for the gradient of its input; for that of its weights.
    """
    rng = np.random.default_rng(0)
    shapes = {"x": (rows, inputs), "w": (inputs, outputs), "g": (rows, outputs)}
    x, w, g = (jnp.asarray(rng.random(shape, np.float32)) for shape in shapes.values())
    forms = (
        (lambda x, w, g: x @ w, lambda x, w, g: product(x, w, _ROWS_BY_COLUMNS)),
        (lambda x, w, g: g @ w.T,),
        (lambda x, w, g: x.T @ g, lambda x, w, g: g.T @ x),
    )

    def seconds(form: Callable[..., jax.Array]) -> float:
        run = jax.jit(form)
        return fastest(lambda: run(x, w, g).block_until_ready())

    forwards, of_input, of_weights = (min(map(seconds, each)) for each in forms)
    return forwards, of_input, of_weights


def adam_traffic(parameters: int) -> int:
    """Bytes of a step of Adam: it reads float32 weights, both moments and the gradient, and writes the first three."""
    return 7 * 4 * parameters


def training_step(parameters: int, layers: list[tuple[int, int]], batch: int) -> tuple[float, float]:
    """The least seconds that Adam's memory traffic and the dense layers' products of a training step take.

    A layer of a batch is multiplied three times: forwards, for the gradient of its input and for that of its weights.

    Args:
        parameters: of the network.
        layers: (inputs, outputs) of each dense layer, convolutions as products over all points included.
    """
    return adam_traffic(parameters) / memory_traffic(), sum(sum(products(batch, *layer)) for layer in layers)
