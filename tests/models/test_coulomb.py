"""The network of Coulomb matrices: its parameters, its layers, and matrices in another order of their atoms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from irjax.data.molecules import ATOMS, GRID, coulomb_matrix
from irjax.data.photoemission import bundled_emitters
from irjax.errors import UsageError
from irjax.models.augment import fits, reordering
from irjax.models.batch import batch_of, empty_batch
from irjax.models.coulomb import Coulomb, _quartered
from irjax.models.products import shifted_products
from irjax.spectra.grid import INFRARED, Grid


@pytest.fixture(scope="module")
def matrices() -> jax.Array:
    return jnp.stack([coulomb_matrix(each.molecule) for each in bundled_emitters(6)])


@pytest.mark.parametrize(("points", "parameters"), [(300, 221_529), (500, 297_329), (700, 373_129)])
def test_it_has_the_parameters_of_the_report(points: int, parameters: int) -> None:
    shapes = jax.eval_shape(Coulomb().build(points, GRID).init, jax.random.key(0), empty_batch(GRID), train=False)
    assert sum(np.prod(leaf.shape) for leaf in jax.tree.leaves(shapes)) == parameters


def test_both_ways_to_convolve_give_the_same(matrices: jax.Array) -> None:
    config = Coulomb((3, 4))
    plain, shifted = (config.build(5, GRID, way) for way in (jax.lax.conv_general_dilated, shifted_products))
    variables = plain.init(jax.random.key(0), empty_batch(GRID), train=False)
    found, wanted = (
        jax.jit(lambda x, model=model: model.apply(variables, batch_of(x), train=False))(matrices)
        for model in (shifted, plain)
    )
    assert jnp.abs(wanted).max() > 0.1
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def test_pooling_takes_the_greatest_of_four() -> None:
    x = jax.random.normal(jax.random.key(0), (2, 7, 5, 3))
    wanted = [[x[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max(axis=(1, 2)) for j in range(2)] for i in range(3)]
    np.testing.assert_array_equal(_quartered(x), np.array(wanted).transpose(2, 0, 1, 3))


def test_what_it_cannot_read_is_refused() -> None:
    with pytest.raises(UsageError, match="coulomb reads Coulomb matrices, not 600 points"):
        Coulomb().build(3, INFRARED)
    with pytest.raises(UsageError, match="5 poolings leave nothing of 29 rows"):
        Coulomb((4,) * 5).build(3, GRID)


def test_reordering_permutes_rows_and_columns_alike(matrices: jax.Array) -> None:
    key = jax.random.key(1)
    found = np.asarray(reordering(key, matrices)).reshape(-1, ATOMS, ATOMS)
    square = np.asarray(matrices).reshape(-1, ATOMS, ATOMS)
    noise = np.asarray(jax.random.normal(key, square.shape[:2]))
    for new, old, noisy in zip(found, square, noise, strict=True):
        atoms = np.count_nonzero(np.diag(old))
        order = np.argsort(-(np.linalg.norm(old[:atoms], axis=1) + noisy[:atoms]))
        np.testing.assert_array_equal(new[:atoms, :atoms], old[np.ix_(order, order)])
        assert not new[atoms:].any()
    assert (found != square).any()
    assert (np.asarray(reordering(jax.random.key(2), matrices)) != found.reshape(-1, ATOMS**2)).any()


def test_what_makes_sense_of_matrices() -> None:
    pattern = Grid(5.0, 50.0, 100, "degrees")
    assert [fits("reordering", grid) for grid in (GRID, INFRARED, pattern)] == [True, False, False]
    assert [fits("noise", grid) for grid in (GRID, INFRARED, pattern)] == [False, True, True]
    assert [fits("air", grid) for grid in (GRID, INFRARED, pattern)] == [False, True, False]
    assert fits("oversampling", GRID)
