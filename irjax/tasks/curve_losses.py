"""How far curves are from those that were wanted, as losses."""

from collections.abc import Callable
from functools import partial

import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from irjax.tasks.losses import Summed

Curve = Float[Array, "batch points"]
_TINY = 1e-12
"""Where a square root or a division would have no slope."""


def curve_loss(kind: str, found: Curve, wanted: Curve, weight: Float[Array, " batch"], threshold: float) -> Summed:
    """How far curves are from those that were wanted, each a mean over its points.

    rmse is the root of mse, eq. 3 of Smeds (2019), whose authors' code has mse under that name; smooth-l1 (eq. 7) and
    huber are quadratic up to 1 and up to the threshold, then linear; log-cosh is eq. 8, cosine eq. 9, pearson eq. 10.
    The last two see shapes alone, at whatever height.

    Args:
        kind: one of `tasks.curves.CurveLoss`.
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
