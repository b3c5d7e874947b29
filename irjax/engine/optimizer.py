"""Adam, the rate of each step, and when training is over."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int

from irjax.engine.config import Optimizer


def make_optimizer(config: Optimizer) -> optax.GradientTransformation:
    """The direction of each step, which the step scales by minus its rate.

    Adam as in the paper's SI (beta 0.9 and 0.999, epsilon 1e-8); with decay of the kernels AdamW (Loshchilov & Hutter,
    ICLR 2019).
    """
    adam = optax.scale_by_adam(config.b1, config.b2, config.epsilon)
    if not config.weight_decay:
        return adam
    return optax.chain(adam, optax.add_decayed_weights(config.weight_decay, mask=_kernels))


def _kernels(params: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf.ndim > 1, params)


def scheduled_rate(
    config: Optimizer, step: Int[Array, ""] | int, steps_per_epoch: Int[Array, ""] | int
) -> Float[Array, ""] | float:
    """The rate of a step, counted from 0, before a plateau cuts it."""
    rate = _after_warm_up(config, step, steps_per_epoch)
    if config.warm_up:
        rate = rate * jnp.minimum(1.0, (step + 1) / (config.warm_up * steps_per_epoch))
    return rate


def _after_warm_up(
    config: Optimizer, step: Int[Array, ""] | int, steps_per_epoch: Int[Array, ""] | int
) -> Float[Array, ""] | float:
    epochs = step / steps_per_epoch
    if config.schedule == "cosine":
        left = jnp.clip((epochs - config.warm_up) / max(config.total_epochs - config.warm_up, 1e-9), 0, 1)
        return config.learning_rates[0] * 0.5 * (1 + jnp.cos(jnp.pi * left))
    if config.schedule == "plateau":
        return config.learning_rates[0]
    ends = np.cumsum(config.epochs[:-1]).tolist()
    falls = {end: after / before for end, (before, after) in zip(ends, pairwise(config.learning_rates), strict=True)}
    return jnp.asarray(optax.piecewise_constant_schedule(config.learning_rates[0], falls)(step // steps_per_epoch))


def learning_rate(config: Optimizer, history: Sequence[dict[str, Any]]) -> float | None:
    """Rate of the epoch after those in `history`, at its beginning, warm-up apart; None when training is over."""
    cut = plateau_factor(config, history)
    return None if cut is None else cut * float(np.asarray(_after_warm_up(config, len(history), 1)))


def plateau_factor(config: Optimizer, history: Sequence[dict[str, Any]]) -> float | None:
    """What the scheduled rate is multiplied by after the epochs in `history`; None when training is over.

    A plateau's is a tenth after every `patience` epochs without a better loss, and training is over after `stop_after`
    (Jung et al. 2023, SI).
    """
    if len(history) >= config.total_epochs:
        return None
    if config.schedule != "plateau":
        return 1.0
    first = config.learning_rates[0]
    rate, best, stale, waited = first, float("inf"), 0, 0
    for record in history:
        loss = record["validation_loss"]
        if loss < best:
            best, stale, waited = loss, 0, 0
            continue
        stale, waited = stale + 1, waited + 1
        if stale >= config.stop_after:
            return None
        if waited >= config.patience:
            rate, waited = min(rate, max(rate / 10, config.lowest_rate)), 0
    return rate / first


def keeps_best(config: Optimizer) -> bool:
    """Whether the weights of the epoch of lowest validation loss answer, and not the last ones."""
    return config.schedule == "plateau"


def is_best(history: Sequence[dict[str, Any]]) -> bool:
    """Whether the last epoch has the lowest validation loss of all; the first of equals is best."""
    losses = [record["validation_loss"] for record in history]
    return losses.index(min(losses)) == len(losses) - 1
