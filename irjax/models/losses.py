"""Losses as (sum, weight), so that padding and sharding never bias a mean."""

import jax
import jax.numpy as jnp
import optax


def binary_cross_entropy(logits: jax.Array, labels: jax.Array, weight: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Binary cross-entropy (Jung et al. 2023, SI, eq. S6), from logits.

    Args:
        logits, labels: [batch, groups].
        weight: [batch], 0 for padding.

    Returns:
        The sum over the batch of the mean over the groups, and the sum of the weights.
    """
    each = optax.sigmoid_binary_cross_entropy(logits, labels.astype(logits.dtype)).mean(axis=-1)
    return jnp.sum(each * weight), jnp.sum(weight)
