"""Losses as (sum, weight), so that padding and sharding never bias a mean."""

import jax
import jax.numpy as jnp


def binary_cross_entropy(
    logits: jax.Array, labels: jax.Array, weight: jax.Array, positive_weight: jax.Array | float = 1.0
) -> tuple[jax.Array, jax.Array]:
    """Binary cross-entropy from logits (Jung et al. 2023, SI, eq. S6), weighted as in eq. S7 if asked for.

    Args:
        logits, labels: [batch, groups].
        weight: [batch], 0 for padding.
        positive_weight: how much a positive counts, w of eq. S7; one number, or one per group [groups].

    Returns:
        The sum over the batch of the mean over the groups, and the sum of the weights.
    """
    positive = labels.astype(logits.dtype)
    # -log(sigmoid(z)) is softplus(-z), and -log(1 - sigmoid(z)) is softplus(z): no logarithm of a rounded 0.
    each = positive_weight * positive * jax.nn.softplus(-logits) + (1 - positive) * jax.nn.softplus(logits)
    return jnp.sum(each.mean(axis=-1) * weight), jnp.sum(weight)
