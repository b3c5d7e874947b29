"""Convolutions with fewer multiplications than they are defined by, on CPUs.

Four neighbouring outputs of a kernel of `width` weights are the coefficients of a product of polynomials. Toom and Cook
reckon it at `width + 3` points: inputs and kernel are evaluated there, multiplied point by point, which is a matrix
product over channels, and the outputs are interpolated; the transposed form is Winograd's (Lavin & Gray 2016,
arXiv:1509.09308). For a width of 5 that is 8 products where the definition has 20. Evaluation and interpolation are
sums of a few neighbours, which cost little beside the products where channels are many.
"""

from collections.abc import Sequence
from functools import lru_cache, partial, reduce
from operator import add
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from irjax.models.products import CHANNELS_LAST

Inputs = Float[Array, "batch *points channels"]
Kernel = Float[Array, "*width channels filters"]
Outputs = Float[Array, "batch *places filters"]

_AT_ONCE = 4
_POINTS = (0, 1, -1, 2, -1 / 2, -2, 1 / 2, 4, -1 / 4)
"""Where polynomials are evaluated, beside infinity; small ones and their inverses keep rounding errors low (2e-6)."""
_ROUNDING = 1e-9
_WIDEST = len(_POINTS) + 2 - _AT_ONCE
_CHANNELS, _BATCH = 16, 8
"""With fewer, XLA's own convolution is as fast, or ready so much earlier that it answers first."""


def winograd(
    inputs: Inputs,
    kernel: Kernel,
    window_strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
    *,
    dimension_numbers: Any = None,
    **options: Any,
) -> Outputs:
    """`lax.conv_general_dilated` as `flax.linen.Conv` calls it, in fewer products where that is faster.

    Which it is on a CPU, in float32, for kernels of three to seven weights a dimension without strides, dilation and
    groups, sixteen or more channels on either side and eight or more inputs; outputs are then right to some 2e-6.
    """
    widths = kernel.shape[:-2]
    text = isinstance(padding, str)
    pads = lax.padtype_to_pads(inputs.shape[1:-1], widths, window_strides, padding) if text else padding
    suits = (
        jax.default_backend() == "cpu"
        and dimension_numbers is not None
        and tuple(dimension_numbers) in CHANNELS_LAST
        and inputs.dtype == kernel.dtype == jnp.float32
        and all(3 <= width <= _WIDEST for width in widths)
        and min(kernel.shape[-2:]) >= _CHANNELS
        and len(inputs) >= _BATCH
        and all(0 <= pad < width for pair, width in zip(pads, widths, strict=True) for pad in pair)
        and all(stride == 1 for stride in window_strides)
        and all(step == 1 for name in ("lhs_dilation", "rhs_dilation") for step in options.get(name) or ())
        and options.get("feature_group_count", 1) == 1
        and options.get("precision") is None
    )
    if not suits:
        return lax.conv_general_dilated(
            inputs, kernel, window_strides, padding, dimension_numbers=dimension_numbers, **options
        )
    before = tuple(first for first, _ in pads)
    places = (size + sum(pad) - width + 1 for size, pad, width in zip(inputs.shape[1:-1], pads, widths, strict=True))
    return _convolved(inputs, kernel, before, tuple(places))


@partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def _convolved(inputs: Inputs, kernel: Kernel, before: tuple[int, ...], places: tuple[int, ...]) -> Outputs:
    """With this many zeros before the first input, and so many outputs, of each dimension."""
    forms = [_forms(width) for width in kernel.shape[:-2]]
    seen = _at_points(inputs, [form.inputs for form in forms], before, places)
    products = jnp.einsum("prc,pcf->prf", seen, _kernel_at_points(kernel))
    tiles = (len(inputs), *(-(-count // _AT_ONCE) for count in places), kernel.shape[-1])
    outputs = products.reshape(*(len(form.inputs) for form in reversed(forms)), *tiles)
    for axis, (form, count) in reversed(list(enumerate(zip(forms, places, strict=True)))):
        tiled = jnp.moveaxis(_mixed(form.outputs.T, outputs), 0, 2 * axis + 2)
        whole = tiled.reshape(*tiled.shape[: 2 * axis + 1], -1, *tiled.shape[2 * axis + 3 :])
        outputs = lax.slice_in_dim(whole, 0, count, axis=2 * axis + 1)
    return outputs


def _forwards(inputs: Inputs, kernel: Kernel, before: tuple[int, ...], places: tuple[int, ...]) -> tuple[Outputs, Any]:
    return _convolved(inputs, kernel, before, places), (inputs, kernel)


def _backwards(before: tuple[int, ...], places: tuple[int, ...], saved: Any, slope: Outputs) -> tuple[Inputs, Kernel]:
    """The slope by the kernel back to front; and, point by point, inputs by slope, which is the transposed product."""
    inputs, kernel = saved
    forms = [_forms(width) for width in kernel.shape[:-2]]
    turned = jnp.swapaxes(jnp.flip(kernel, range(len(forms))), -1, -2)
    back = tuple(width - 1 - first for width, first in zip(kernel.shape[:-2], before, strict=True))
    of_inputs: Any = _convolved(slope, turned, back, inputs.shape[1:-1])
    seen = _at_points(inputs, [form.inputs for form in forms], before, places)
    drawn = _at_points(slope, [form.outputs for form in forms], [0] * len(forms), places)
    of_points = jnp.einsum("prc,prf->pcf", seen, drawn)
    return of_inputs, jax.linear_transpose(_kernel_at_points, kernel)(of_points)[0]


_convolved.defvjp(_forwards, _backwards)


class _Forms(NamedTuple):
    """What takes inputs, kernel and outputs to the points, for a kernel of one width; and products back, transposed."""

    inputs: Float[np.ndarray, "point point"]
    kernel: Float[np.ndarray, "point width"]
    outputs: Float[np.ndarray, "point 4"]


@lru_cache
def _forms(width: int) -> _Forms:
    """Powers of the points, and the inverse of those; rows scaled by powers of two so that all are of a like size."""
    points = _AT_ONCE + width - 1

    def powers(count: int) -> Float[np.ndarray, "point count"]:
        finite = np.vander(_POINTS[: points - 1], count, increasing=True)
        return np.vstack([finite, np.eye(count)[-1]])

    def size(rows: Float[np.ndarray, "point count"]) -> Float[np.ndarray, "point 1"]:
        return 2.0 ** np.round(np.log2(np.linalg.norm(rows, axis=1, keepdims=True)))

    outputs, inverse = powers(_AT_ONCE), np.linalg.inv(powers(points)).T
    inputs = np.where(abs(inverse) > _ROUNDING, inverse, 0.0)  # each 0 saves a sum over all inputs
    return _Forms(inputs / size(inputs), powers(width) * size(outputs) * size(inputs), outputs / size(outputs))


def _at_points(
    x: Float[Array, "batch *places channels"],
    forms: Sequence[Float[np.ndarray, "point neighbour"]],
    before: Sequence[int],
    places: Sequence[int],
) -> Float[Array, "point row channels"]:
    """Each tile of four places and what stands beside it, at each point (all pairs of points in two dimensions)."""
    for axis, (form, first, count) in enumerate(zip(forms, before, places, strict=True)):
        # As many dimensions of points as were done stand before the batch and, then, those done and this one.
        beside = _beside(x, 2 * axis + 1, first, -(-count // _AT_ONCE), form.shape[1])
        x = _mixed(form, beside)
    return x.reshape(np.prod([len(form) for form in forms]), -1, x.shape[-1])


def _kernel_at_points(kernel: Kernel) -> Float[Array, "point channels filters"]:
    for axis, width in enumerate(kernel.shape[:-2]):
        kernel = jnp.tensordot(_forms(width).kernel.astype(kernel.dtype), kernel, (1, axis))
    return kernel.reshape(-1, *kernel.shape[-2:])


def _beside(x: jax.Array, axis: int, before: int, tiles: int, neighbours: int) -> list[jax.Array]:
    """For each neighbour j, what stands at 4 t + j - before of an axis for every tile t; zeros beyond the ends."""
    whole = tiles + -(-neighbours // _AT_ONCE) - 1
    around = [(0, 0)] * x.ndim
    around[axis] = (before, whole * _AT_ONCE - x.shape[axis] - before)
    tiled = jnp.pad(x, around).reshape(*x.shape[:axis], whole, _AT_ONCE, *x.shape[axis + 1 :])

    def standing(at: int) -> jax.Array:
        skipped, place = divmod(at, _AT_ONCE)
        later = lax.slice_in_dim(tiled, skipped, skipped + tiles, axis=axis)
        return lax.index_in_dim(later, place, axis + 1, keepdims=False)

    return [standing(at) for at in range(neighbours)]


def _mixed(
    weights: Float[np.ndarray, "mixture part"], parts: Sequence[jax.Array] | jax.Array
) -> Float[Array, "mixture ..."]:
    """A sum of the parts for each row of weights; unrolled: XLA makes a loop of each, and a product would be copied."""
    return jnp.stack(
        [
            reduce(add, [float(weight) * part for weight, part in zip(row, parts, strict=True) if weight])
            for row in weights
        ]
    )
