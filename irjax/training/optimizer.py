"""Adam, and the learning rate of each epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import optax

from irjax.training.config import Optimizer


def make_optimizer(config: Optimizer) -> optax.GradientTransformation:
    """Adam as in the paper's SI: beta 0.9 and 0.999, epsilon 1e-8.

    Its learning rate is a part of its state, since a rule that watches the validation loss sets it epoch by epoch.
    """
    adam = optax.inject_hyperparams(optax.adam, static_args=("b1", "b2", "eps"))
    return adam(learning_rate=config.learning_rates[0], b1=config.b1, b2=config.b2, eps=config.epsilon)


def learning_rate(config: Optimizer, history: Sequence[dict[str, Any]]) -> float | None:
    """Rate of the epoch after those in `history`; None when training is over."""
    if len(history) >= config.total_epochs:
        return None
    if config.schedule == "plateau":
        return _plateau_rate(config, [record["validation_loss"] for record in history])
    return float(np.asarray(make_schedule(config)(len(history))))


def make_schedule(config: Optimizer) -> optax.Schedule:
    """Rate of each epoch, counted from 0: one constant per phase."""
    ends, end = {}, 0
    for at, epochs in enumerate(config.epochs[:-1]):
        end += epochs
        ends[end] = config.learning_rates[at + 1] / config.learning_rates[at]
    return optax.piecewise_constant_schedule(config.learning_rates[0], ends)


def _plateau_rate(config: Optimizer, losses: Sequence[float]) -> float | None:
    """A tenth after every `patience` epochs without a better loss, None after `stop_after` (Jung et al. 2023, SI)."""
    rate, best, stale, waited = config.learning_rates[0], float("inf"), 0, 0
    for loss in losses:
        if loss < best:
            best, stale, waited = loss, 0, 0
            continue
        stale, waited = stale + 1, waited + 1
        if stale >= config.stop_after:
            return None
        if waited >= config.patience:
            rate, waited = min(rate, max(rate / 10, config.lowest_rate)), 0
    return rate
