"""Water and carbon dioxide reckoned from their constants, against lines that were measured and sums that must hold."""

import numpy as np
import pytest

from irjax.spectra import air
from irjax.spectra.grid import INFRARED, Grid

MEASURED = (
    *(1456.89, 1507.06, 1539.06, 1558.53, 1576.19, 1616.71, 1635.65, 1653.27, 1684.84, 1695.93, 1717.41),
    *(3649.29, 3688.45, 3749.33, 3801.42, 3816.09, 3837.87, 3854.06),
)
"""Strong lines of water vapour, cm-1 (R. A. Toth, J. Opt. Soc. Am. B 1991, 8, 2236, and the HITRAN database)."""


def test_strong_lines_of_water_lie_where_they_are_measured() -> None:
    places, strengths = air.water()
    strong = places[strengths > 0.25]
    nearest = np.abs(strong[:, None] - MEASURED).min(axis=0)
    assert nearest.max() < 1.0
    assert np.median(nearest) < 0.3


def test_water_is_dark_between_its_bands_and_in_the_gap_of_each() -> None:
    places, strengths = air.water()
    within = ((places > 1200) & (places < 2100)) | ((places > 3350) & (places < 4100))
    assert strengths[within].sum() > 0.995 * strengths.sum()
    gap = (places > 1580) & (places < 1610)  # no line begins and ends without rotation
    assert strengths[gap].max(initial=0.0) < 0.1


@pytest.mark.parametrize("j", [1, 2, 5])
def test_coupling_to_all_angular_momenta_adds_up_to_one(j: int) -> None:
    k = np.arange(-j, j + 1)
    for q in (-1, 0, 1):
        total = np.zeros(2 * j + 1)
        for after in (j - 1, j, j + 1):
            inside = np.abs(k + q) <= after
            total[inside] += air.coupled(j, k[inside], q, after) ** 2
        np.testing.assert_allclose(total, 1.0)


def test_a_symmetric_top_has_the_levels_of_the_textbook() -> None:
    top = air.Top(20.0, 10.0, 10.0, 0, 0, 0, 0, 0)
    for j in range(5):
        energies, states = top.levels(j)
        k = np.arange(-j, j + 1)
        np.testing.assert_allclose(energies, np.sort(10.0 * j * (j + 1) + 10.0 * k**2), atol=1e-9)
        np.testing.assert_allclose(states.T @ states, np.eye(2 * j + 1), atol=1e-9)


def test_shapes_stand_on_any_grid_with_their_highest_point_at_one() -> None:
    for grid in (INFRARED, Grid(400.0, 4000.0, 1800)):
        shapes = air.bands_of_air(grid)
        assert shapes.shape == (3, grid.points)
        np.testing.assert_allclose(shapes.max(axis=1), 1.0)
        assert shapes.min() >= 0
        quiet = (grid.values > 2450) & (grid.values < 3300)
        assert shapes[:, quiet].max() < 1e-3
    fine, coarse, dioxide = air.bands_of_air(Grid(400.0, 4000.0, 1800))
    assert np.abs(np.diff(fine)).sum() > 1.5 * np.abs(np.diff(coarse)).sum()
    at = np.linspace(400, 4000, 1800)
    branches = at[1:-1][(dioxide[1:-1] > dioxide[:-2]) & (dioxide[1:-1] > dioxide[2:]) & (dioxide[1:-1] > 0.2)]
    np.testing.assert_allclose(branches, [667, 2337, 2363], atol=4)
