"""Networks of a few plain layers: what they see, and that they learn."""

from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from irjax.errors import UsageError
from irjax.models.batch import batch_of, empty_batch
from irjax.models.heights import Heights
from irjax.models.mlp import MLP
from irjax.models.reader import Reader, shown
from irjax.models.recurrent import Recurrent
from irjax.pages.layers import layer_table
from irjax.spectra.grid import INFRARED

NETWORKS = {"mlp": MLP((32,), 0.0), "gru": Recurrent(place=50, width=16, layers=1, dropout=0.0)}


def drawn(count: int) -> jax.Array:
    """Spectra with a band each, float32 [count, points]."""
    centres = jnp.linspace(600.0, 3800.0, count)[:, None]
    return 1 - 0.8 * jnp.exp(-0.5 * ((jnp.asarray(INFRARED.values) - centres) / 40) ** 2)


@pytest.mark.parametrize("name", NETWORKS)
def test_it_overfits_a_tiny_set(name: str) -> None:
    model = NETWORKS[name].build(3, INFRARED)
    batch, wanted = batch_of(drawn(8)), jax.random.bernoulli(jax.random.key(1), 0.5, (8, 3)).astype(jnp.float32)
    variables = model.init(jax.random.key(0), empty_batch(INFRARED), train=False)
    optimizer = optax.adam(1e-2)

    def loss(params: dict) -> jax.Array:
        return optax.sigmoid_binary_cross_entropy(model.apply({"params": params}, batch, train=False), wanted).mean()

    @jax.jit
    def step(params: dict, state: optax.OptState) -> tuple[dict, optax.OptState]:
        updates, state = optimizer.update(jax.grad(loss)(params), state)
        return optax.apply_updates(params, updates), state

    params, state = variables["params"], optimizer.init(variables["params"])
    before = float(loss(params))
    for _ in range(150):
        params, state = step(params, state)
    assert float(loss(params)) < 0.05 < before


@pytest.mark.parametrize("name", NETWORKS)
def test_what_pads_a_batch_changes_no_answer(name: str) -> None:
    model = NETWORKS[name].build(3, INFRARED)
    variables = model.init(jax.random.key(0), empty_batch(INFRARED), train=False)
    batch = batch_of(drawn(8))
    padded = replace(batch, real=jnp.arange(8) < 1)
    alone = model.apply(variables, batch_of(drawn(8)[:1]), train=False)
    np.testing.assert_allclose(alone[0], model.apply(variables, padded, train=False)[0], rtol=1e-4, atol=1e-5)


def gated(x: np.ndarray, p: dict[str, dict[str, np.ndarray]]) -> np.ndarray:
    """Gated recurrent units over [places, channels], the reset gate after the product, one place after the other."""
    state, states = np.zeros(p["hn"]["kernel"].shape[1]), []
    for place in x:
        reset, update = (
            1 / (1 + np.exp(-(place @ p[f"i{at}"]["kernel"] + p[f"i{at}"]["bias"] + state @ p[f"h{at}"]["kernel"])))
            for at in "rz"
        )
        new = place @ p["in"]["kernel"] + p["in"]["bias"] + reset * (state @ p["hn"]["kernel"] + p["hn"]["bias"])
        state = (1 - update) * np.tanh(new) + update * state
        states.append(state)
    return np.stack(states)


def test_the_recurrent_network_equals_plain_numpy_in_both_directions() -> None:
    model, batch = NETWORKS["gru"].build(3, INFRARED), batch_of(drawn(2))
    variables = model.init(jax.random.key(0), empty_batch(INFRARED), train=False)
    p = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), variables["params"])
    found = model.apply(variables, batch, train=False)
    for row, seen in zip(found, np.asarray(shown(batch), np.float64), strict=True):
        x = seen.reshape(12, -1) @ p["Dense_0"]["kernel"] + p["Dense_0"]["bias"]
        both = np.concatenate([gated(x, p["GRUCell_0"]), gated(x[::-1], p["GRUCell_1"])[::-1]], axis=1)
        wanted = both.max(axis=0) @ p["Dense_1"]["kernel"] + p["Dense_1"]["bias"]
        np.testing.assert_allclose(row, wanted, rtol=1e-3, atol=1e-4)


def test_a_place_longer_than_the_spectrum_is_refused() -> None:
    with pytest.raises(UsageError, match="601 points are more than the 600 of the grid"):
        Recurrent(place=601).build(3, INFRARED)


@pytest.mark.parametrize("network", [NETWORKS["gru"], Reader(attention=1)])
def test_a_network_of_cells_or_with_attention_is_summed_up_layer_by_layer(network: Any) -> None:
    table, total = layer_table(network, INFRARED, 37)
    assert table.row_count > 2
    assert total > 1000


@pytest.mark.parametrize(
    ("parts", "places", "moved"),
    [
        ({}, 19, 5),  # five places of the first convolution are three after pooling, and the second adds two
        ({"hop": 1}, 75, 7),
        ({"kernels": (1, 1)}, 19, 1),
        ({"kernels": (1, 1), "pooling": 1, "hop": 1}, 600, 1),
    ],
)
def test_a_peak_moves_the_places_that_poolings_and_kernels_let_it(parts: dict, places: int, moved: int) -> None:
    config = Heights(**parts)
    model = config.build(3, INFRARED, jax.lax.conv_general_dilated)  # in tiles neighbours would round with the peak
    flat = np.zeros((1, 600), np.float32)
    flat[:, 590] = 1.0  # the highest, which the pattern is measured by
    peak = flat.copy()
    peak[:, 300] = 0.5
    variables = jax.jit(partial(model.init, train=False))(jax.random.key(0), batch_of(jnp.asarray(flat)))
    apply = jax.jit(partial(model.apply, train=False, mutable=["intermediates"]))

    def features(pattern: np.ndarray) -> np.ndarray:  # one pattern a call: rows of a batch round apart
        _, kept = apply(variables, batch_of(jnp.asarray(pattern)))
        return np.asarray(kept["intermediates"]["features"][0]).reshape(places, config.filters)

    assert np.count_nonzero((features(flat) != features(peak)).any(axis=-1)) == moved
