"""Losses as (sum, weight), so that padding and sharding never bias a mean."""

from collections.abc import Callable
from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, Shaped

Summed = tuple[Float[Array, ""], Float[Array, ""]]
"""The sum over a batch, and the sum of the weights to divide it by."""


def binary_cross_entropy(
    logits: Float[Array, "batch groups"],
    labels: Shaped[Array, "batch groups"],
    weight: Float[Array, " batch"],
    positive_weight: Float[Array, " groups"] | float = 1.0,
) -> Summed:
    """Binary cross-entropy from logits (Jung et al. 2023, SI, eq. S6), weighted as in eq. S7 if asked for.

    Args:
        weight: 0 for padding.
        positive_weight: how much a positive counts, w of eq. S7; one number, or one per group.

    Returns:
        The sum over the batch of the mean over the groups, and the sum of the weights.
    """
    positive = labels.astype(logits.dtype)
    # -log(sigmoid(z)) is softplus(-z), and -log(1 - sigmoid(z)) is softplus(z): no logarithm of a rounded 0.
    each = positive_weight * positive * jax.nn.softplus(-logits) + (1 - positive) * jax.nn.softplus(logits)
    return jnp.sum(each.mean(axis=-1) * weight), jnp.sum(weight)


def cross_entropy(
    logits: Float[Array, "batch classes"],
    labels: Int[Array, " batch"],
    weight: Float[Array, " batch"],
    smoothing: float,
) -> Summed:
    """Cross-entropy of one class out of many, from logits.

    Args:
        weight: 0 for padding.
        smoothing: the share of each target that is spread over all classes alike.
    """
    log_share = jax.nn.log_softmax(logits)
    right = jnp.take_along_axis(log_share, labels[:, None].astype(jnp.int32), axis=-1)[:, 0]
    each = -(1 - smoothing) * right - smoothing * log_share.mean(axis=-1)
    return jnp.sum(each * weight), jnp.sum(weight)


Curve = Float[Array, "batch points"]
CurveLoss = Literal["mse", "rmse", "smooth-l1", "log-cosh", "cosine", "pearson", "huber", "mae"]
"""How far a curve is from another; see `curve_loss`."""
_TINY = 1e-12
"""Where a square root or a division would have no slope."""


def curve_loss(
    kind: CurveLoss, found: Curve, wanted: Curve, weight: Float[Array, " batch"], threshold: float
) -> Summed:
    """How far curves are from those that were wanted, each a mean over its points.

    rmse is the root of mse, eq. 3 of Smeds (2019), whose authors' code has mse under that name; smooth-l1 (eq. 7) and
    huber are quadratic up to 1 and up to the threshold, then linear; log-cosh is eq. 8, cosine eq. 9, pearson eq. 10.
    The last two see shapes alone, at whatever height.

    Args:
        weight: 0 for padding.
        threshold: of huber, in the curves' unit.
    """
    far = partial(_huber, threshold=threshold) if kind == "huber" else _FAR[kind]
    each = far(found, wanted)
    return jnp.sum(each * weight), jnp.sum(weight)


def _mse(found: Curve, wanted: Curve) -> Float[Array, " batch"]:
    return jnp.square(found - wanted).mean(axis=-1)


def _huber(found: Curve, wanted: Curve, threshold: float) -> Float[Array, " batch"]:
    return optax.losses.huber_loss(found, wanted, delta=threshold).mean(axis=-1)


def _cosine(found: Curve, wanted: Curve) -> Float[Array, " batch"]:
    return optax.cosine_distance(found, wanted, epsilon=_TINY)


def _centred(curves: Curve) -> Curve:
    return curves - curves.mean(axis=-1, keepdims=True)


_FAR: dict[str, Callable[[Curve, Curve], Float[Array, " batch"]]] = {
    "mse": _mse,
    "rmse": lambda found, wanted: jnp.sqrt(_mse(found, wanted) + _TINY),
    "smooth-l1": partial(_huber, threshold=1.0),
    "log-cosh": lambda found, wanted: optax.log_cosh(found, wanted).mean(axis=-1),
    "cosine": _cosine,
    "pearson": lambda found, wanted: _cosine(_centred(found), _centred(wanted)),
    "mae": lambda found, wanted: jnp.abs(found - wanted).mean(axis=-1),
}
