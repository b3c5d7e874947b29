"""Which atoms of a molecule are bound, and whether any are missing, by their distances alone."""

import numpy as np

from irjax.errors import InputError

_RADII = np.array([np.nan, 0.31, *[np.nan] * 4, 0.76, 0.71, 0.66, 0.57])
"""Å, of single bonds, by nuclear charge (B. Cordero et al., Dalton Trans. 2008, 2832)."""
_CLOSEST, _BOUND = 0.75, 1.3
"""Of the sum of two radii: nothing is nearer (in QM9 0.78), and nothing bound is farther."""
_NEAREST = {(6, 1): 0.82, (6, 2): 0.875, (6, 3): 0.965, (7, 1): 0.88, (7, 2): 0.955, (8, 1): 0.94}
"""Of the sum of two radii: how far the nearest neighbour but hydrogen is at most, by nuclear charge and neighbours.

An atom with fewer neighbours than single bonds has a shorter one. In QM9 the farthest of carbon lie at 0.82 (of two,
which leaves out allenes, at 0.86) and 0.961, of nitrogen at 0.80 (azides of force fields at 0.87) and 0.952, of oxygen
at 0.937; where a hydrogen is left out, from 0.83 to 1 on.
"""


def require_apart(numbers: np.ndarray, positions: np.ndarray) -> None:
    """Refuses atoms nearer than any bond.

    Args:
        numbers: nuclear charges of H, C, N, O and F, int [atoms].
        positions: Å, float [atoms, 3].

    Raises:
        InputError: says how near.
    """
    apart = _apart(positions)
    shares = apart / _bond_lengths(numbers)
    if shares.min() < _CLOSEST:
        raise InputError(f"two atoms are {apart.flat[shares.argmin()]:.2g} Å apart; expected coordinates in Å")


def require_whole(numbers: np.ndarray, positions: np.ndarray) -> None:
    """Refuses what is no single molecule, or has lost hydrogens; of the 130,831 molecules of QM9 none.

    Args:
        numbers: nuclear charges of H, C, N, O and F, int [atoms].
        positions: Å, float [atoms, 3].

    Raises:
        InputError: it falls apart, or an atom has too few neighbours.
    """
    from scipy.sparse.csgraph import connected_components

    apart = _apart(positions) / _bond_lengths(numbers)
    bound = apart < _BOUND
    parts = connected_components(bound)[0]
    if parts > 1:
        raise InputError(f"falls into {parts} parts that no bond joins; expected one molecule, coordinates in Å")
    heavy = np.where(bound & (numbers > 1), apart, np.inf)
    nearest = heavy.min(axis=1)
    nearest[(numbers == 8) & (numbers[heavy.argmin(axis=1)] == 7)] = 0  # force fields draw nitro groups long
    most = [_NEAREST.get(key, np.inf) for key in zip(numbers.tolist(), bound.sum(axis=1).tolist(), strict=True)]
    lacking = np.flatnonzero(nearest > most)
    if len(lacking):
        raise InputError(
            f"atom {lacking[0] + 1} has too few neighbours for their distances; were hydrogens left out? "
            "A network has met no such atom"
        )


def _bond_lengths(numbers: np.ndarray) -> np.ndarray:
    """Å, of a single bond between each two atoms, [atoms, atoms]."""
    return _RADII[numbers][:, None] + _RADII[numbers]


def _apart(positions: np.ndarray) -> np.ndarray:
    """Å from each atom to each other, infinite to itself."""
    apart = np.linalg.norm(positions[:, None] - positions, axis=-1)
    return apart + np.diag(np.full(len(apart), np.inf))
