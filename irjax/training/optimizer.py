"""Adam and its falling learning rate."""

import itertools

import optax

from irjax.training.config import Optimizer


def make_schedule(config: Optimizer, steps_per_epoch: int) -> optax.Schedule:
    """Learning rate at each step, counted from 0: one constant per phase."""
    ends = itertools.accumulate(config.epochs)
    ratios = (after / before for before, after in itertools.pairwise(config.learning_rates))
    boundaries = {end * steps_per_epoch: ratio for end, ratio in zip(ends, ratios, strict=False)}
    return optax.piecewise_constant_schedule(config.learning_rates[0], boundaries)


def make_optimizer(config: Optimizer, steps_per_epoch: int) -> optax.GradientTransformation:
    """Adam as in the paper's SI: beta 0.9 and 0.999, epsilon 1e-8."""
    return optax.adam(make_schedule(config, steps_per_epoch), b1=config.b1, b2=config.b2, eps=config.epsilon)
