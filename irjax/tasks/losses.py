"""Losses as (sum, weight), so that padding and sharding never bias a mean."""

import jax
import jax.numpy as jnp
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
