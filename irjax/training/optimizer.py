"""Adam, and the learning rate of each epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from irjax.training.config import Optimizer


class AdamState(NamedTuple):
    """What Adam remembers; its learning rate too, since a rule that watches the validation loss sets it by epoch."""

    taken: jax.Array
    """Steps so far."""
    rate: jax.Array
    mean: Any
    """Running means of the gradients."""
    square: Any
    """Running means of their squares."""


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1): what it remembers of a gradient, and the move that it makes of it."""

    b1: float
    b2: float
    epsilon: float
    first_rate: float

    def init(self, params: Any) -> AdamState:
        """The state before the first step."""
        rate = jnp.asarray(self.first_rate, jnp.float32)
        return AdamState(jnp.zeros((), jnp.int32), rate, *(jax.tree.map(jnp.zeros_like, params) for _ in range(2)))

    def remember(self, state: AdamState, gradients: Any) -> AdamState:
        """The state with the gradients of one step more."""
        return AdamState(
            state.taken + 1,
            state.rate,
            jax.tree.map(lambda m, g: self.b1 * m + (1 - self.b1) * g, state.mean, gradients),
            jax.tree.map(lambda v, g: self.b2 * v + (1 - self.b2) * g * g, state.square, gradients),
        )

    def move(self, params: Any, state: AdamState) -> Any:
        """The parameters after the step that the state remembers."""
        mean_share, square_share = 1 - self.b1**state.taken, 1 - self.b2**state.taken
        return jax.tree.map(
            lambda p, m, v: p - state.rate * (m / mean_share) / (jnp.sqrt(v / square_share) + self.epsilon),
            params,
            state.mean,
            state.square,
        )


def make_optimizer(config: Optimizer) -> Adam:
    """Adam as in the paper's SI: beta 0.9 and 0.999, epsilon 1e-8."""
    return Adam(config.b1, config.b2, config.epsilon, config.learning_rates[0])


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
