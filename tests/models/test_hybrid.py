"""The hybrid network: its derivatives are those of a smoothed curve, it learns, and it says what it cannot be."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.signal import savgol_filter

from irjax.errors import UsageError
from irjax.models import hybrid
from irjax.models.batch import batch_of
from irjax.models.hybrid import Hybrid
from irjax.models.reader import absorbed
from irjax.spectra.grid import INFRARED

SMALL = Hybrid(stem=8, widths=(8, 16), stretch=8, width=16, layers=1, heads=2, narrow=8, dense=32, dropout=0.0)


def drawn(count: int) -> jax.Array:
    """Spectra with two bands each, float32 [count, points]."""
    centres = jnp.linspace(600.0, 3800.0, count)[:, None, None] + jnp.array([0.0, -170.0])[:, None]
    bands = jnp.exp(-0.5 * ((jnp.asarray(INFRARED.values) - centres) / 40) ** 2)
    return 1 - 0.8 * bands.max(axis=1)


DERIVED = hybrid._Derived()


@pytest.fixture(scope="module")
def begun() -> Any:
    """What DERIVED begins with."""
    return jax.jit(DERIVED.init)(jax.random.key(0), batch_of(drawn(2)))


def test_its_derivatives_begin_as_those_of_a_smoothed_curve(begun: Any) -> None:
    batch = batch_of(drawn(2))
    _, kept = jax.jit(partial(DERIVED.apply, capture_intermediates=True, mutable=["intermediates"]))(begun, batch)
    smooth = savgol_filter(np.asarray(absorbed(batch)[1], np.float64), 7, 2, mode="mirror")
    wide = np.pad(smooth, ((0, 0), (1, 1)), mode="reflect")
    slope, bend = (wide[:, 2:] - wide[:, :-2]) / 2, wide[:, 2:] - 2 * smooth + wide[:, :-2]
    for name, wanted in (("LayerNorm_0", slope), ("LayerNorm_1", bend)):
        spread = np.sqrt(wanted.var(axis=1, keepdims=True) + 1e-6)
        found = kept["intermediates"][name]["__call__"][0]
        np.testing.assert_allclose(found, (wanted - wanted.mean(axis=1, keepdims=True)) / spread, atol=2e-2)


def test_it_overfits_a_tiny_set_and_what_pads_a_batch_changes_nothing() -> None:
    model, batch = SMALL.build(3, INFRARED), batch_of(drawn(8))
    wanted = jax.random.bernoulli(jax.random.key(1), 0.5, (8, 3)).astype(jnp.float32)
    variables: Any = jax.jit(partial(model.init, train=False))(jax.random.key(0), batch)
    optimizer = optax.adam(1e-2)

    def loss(params: Any, statistics: Any) -> tuple[jax.Array, Any]:
        outputs, changed = model.apply(
            {"params": params, "batch_stats": statistics}, batch, train=True, mutable=["batch_stats"]
        )
        return optax.sigmoid_binary_cross_entropy(outputs, wanted).mean(), changed["batch_stats"]

    @jax.jit
    def step(params: Any, statistics: Any, state: Any) -> tuple[Any, Any, Any, jax.Array]:
        (value, statistics), gradient = jax.value_and_grad(loss, has_aux=True)(params, statistics)
        updates, state = optimizer.update(gradient, state)
        return optax.apply_updates(params, updates), statistics, state, value

    params, statistics = variables["params"], variables["batch_stats"]
    state, values = optimizer.init(params), []
    for _ in range(80):
        params, statistics, state, value = step(params, statistics, state)
        values.append(float(value))
    assert values[-1] < 0.05 < 0.5 < values[0]
    filled = batch.replace(real=jnp.arange(8) < 4)
    trained = {"params": params, "batch_stats": statistics}
    answer = jax.jit(partial(model.apply, train=True, mutable=["batch_stats"]))
    found, _ = answer(trained, filled)
    alone, _ = answer(trained, batch_of(drawn(8)[:4]))
    np.testing.assert_allclose(found[:4], alone, atol=1e-4)


def test_where_nothing_was_measured_nothing_is_seen(begun: Any) -> None:
    seen = jax.jit(DERIVED.apply)(begun, batch_of(drawn(2).at[:, 400:].set(jnp.nan)))
    assert seen.shape == (2, 600, 6)
    assert not np.any(seen[:, 400:])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"stretch": 7}, "model.stretch must be even"),
        ({"heads": 3}, "model.heads must divide model.width"),
        ({"dropout": 1.0}, "model.dropout must lie from 0"),
        ({"widths": (4,)}, "model.widths must be 8 or more"),
    ],
)
def test_fields_that_make_no_network_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Hybrid(**fields)


def test_a_grid_that_is_too_short_is_refused() -> None:
    with pytest.raises(UsageError, match="10 stages leave nothing of 600 points"):
        Hybrid(widths=(8,) * 10).build(3, INFRARED)
