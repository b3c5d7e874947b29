"""The bands of water vapour and carbon dioxide in a room's air, reckoned from the constants of both molecules.

Water is an asymmetric top: its levels are eigenvalues of Watson's A-reduced Hamiltonian (J. K. G. Watson, J. Chem.
Phys. 1967, 46, 1935) in the basis of a symmetric top along the axis a, with quartic constants, by which lines lie
within 1 or 2 cm-1 of where they are measured. Carbon dioxide is a rigid rotor.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float, Int

from irjax.spectra.grid import Grid

THERMAL = 205.7
"""kT at 296 K, cm-1."""
HIGHEST = 12
"""Angular momentum, beyond which hardly any molecule of water is found."""
FINE, COARSE = 2.0, 5.0
"""Standard deviations, cm-1, of lines at resolutions of about 4 and 12 cm-1."""

FAINTEST = 1e-3
"""Of the lines that are drawn, the strongest having 1."""

Lines = tuple[Float[np.ndarray, " lines"], Float[np.ndarray, " lines"]]
"""Wavenumbers, cm-1, and strengths, the strongest 1."""


@dataclass(frozen=True)
class Top:
    """An asymmetric top: A, B, C and the quartic constants of Watson's Hamiltonian, cm-1."""

    a: float
    b: float
    c: float
    d_j: float
    d_jk: float
    d_k: float
    e_j: float
    e_k: float

    def levels(self, j: int) -> tuple[Float[np.ndarray, " levels"], Float[np.ndarray, "k levels"]]:
        """Energies of an angular momentum, ascending, and the share of each projection k on the axis a in them."""
        k, square = np.arange(-j, j + 1), j * (j + 1)
        mean = (self.b + self.c) / 2
        along = mean * square + (self.a - mean) * k**2
        along = along - self.d_j * square**2 - self.d_jk * square * k**2 - self.d_k * k**4.0
        low = k[:-2]
        across = (self.b - self.c) / 4 - self.e_j * square - self.e_k / 2 * ((low + 2) ** 2 + low**2)
        across = across * np.sqrt((square - low * (low + 1)) * (square - (low + 1) * (low + 2)))
        return np.linalg.eigh(np.diag(along) + np.diag(across, 2) + np.diag(across, -2) if j else np.diag(along))


# C. Camy-Peyret and J.-M. Flaud, Mol. Phys. 1976, 32, 523; J.-M. Flaud and C. Camy-Peyret, J. Mol. Spectrosc. 1974, 51,
# 142; rounded.
GROUND = Top(27.8806, 14.5217, 9.2777, 1.25e-3, -5.77e-3, 3.25e-2, 5.08e-4, 1.30e-3)
BEND = Top(31.0847, 14.6748, 9.1361, 1.39e-3, -7.63e-3, 5.77e-2, 5.79e-4, 3.90e-3)
STRETCH = Top(26.6303, 14.4313, 9.1382, 1.27e-3, -5.78e-3, 2.99e-2, 5.2e-4, 1.2e-3)
BEND_AT, STRETCH_AT = 1594.75, 3755.93


def band(origin: float, upper: Top, turns: dict[int, float]) -> Lines:
    """The lines of water from the vibrational ground state to another at 296 K.

    Args:
        origin: where the band would be if nothing rotated, cm-1.
        turns: what the transition's moment has of each component q, by which k changes: {0: 1} along the axis a.
    """
    places, strengths = [], []
    for j in range(HIGHEST + 1):
        below, states = GROUND.levels(j)
        rank = np.arange(2 * j + 1)
        ortho = ((rank + 1) // 2 + j - rank // 2) % 2 == 1  # Ka + Kc is odd: three spins of the two protons, else one
        populated = np.where(ortho, 3, 1) * np.exp(-below / THERMAL) * (2 * j + 1)
        for after in range(abs(j - 1) if j else 1, j + 2):
            above, others = upper.levels(after)
            k = np.arange(-j, j + 1)
            moment = np.zeros((2 * after + 1, 2 * j + 1))
            for q, share in turns.items():
                inside = np.abs(k + q) <= after
                moment[k[inside] + q + after, k[inside] + j] += share * coupled(j, k[inside], q, after)
            at = origin + above[:, None] - below
            places.append(at.ravel())
            strengths.append(((others.T @ moment @ states) ** 2 * populated * at).ravel())
    found = np.concatenate(strengths)
    return np.concatenate(places), found / found.max()


def coupled(j: int, k: Int[np.ndarray, " n"], q: int, after: int) -> Float[np.ndarray, " n"]:
    """Clebsch-Gordan coefficients <j k 1 q | after k+q>, after the table of Condon and Shortley."""
    if q < 0:
        return (-1) ** (j + 1 - after) * coupled(j, -k, -q, after)
    m = k + q
    above, below, sign = {
        (0, 1): ((j - m + 1) * (j + m + 1), (2 * j + 1) * (j + 1), 1),
        (0, 0): (m**2, j * (j + 1), np.sign(m)),
        (0, -1): ((j - m) * (j + m), j * (2 * j + 1), -1),
        (1, 1): ((j + m) * (j + m + 1), (2 * j + 1) * (2 * j + 2), 1),
        (1, 0): ((j + m) * (j - m + 1), 2 * j * (j + 1), -1),
        (1, -1): ((j - m) * (j - m + 1), 2 * j * (2 * j + 1), 1),
    }[q, after - j]
    return sign * np.sqrt(above / below)


def water() -> Lines:
    """The lines of the bend and of the asymmetric stretch of water vapour, either band as strong as the other."""
    half = 0.5**0.5
    bands = band(BEND_AT, BEND, {1: -half, -1: half}), band(STRETCH_AT, STRETCH, {0: 1.0})
    places, strengths = (np.concatenate(each) for each in zip(*bands, strict=True))
    strong = strengths > FAINTEST
    return places[strong], strengths[strong]


def carbon_dioxide() -> Lines:
    """The P and R branches of the asymmetric stretch (B = 0.390 cm-1), and the Q branch of the bend, half as strong."""
    levels = np.arange(0, 60, 2)
    populated = (2 * levels + 1) * np.exp(-0.390 * levels * (levels + 1) / THERMAL)
    places = np.concatenate([2349 + 0.78 * (levels + 1), 2349 - 0.78 * levels, [667.0]])
    return places, np.concatenate([populated, populated, [3.0 * populated.max()]])


@cache
def bands_of_air(grid: Grid) -> Float[np.ndarray, "3 points"]:
    """Absorbance of water vapour at a fine and at a coarse resolution, and of carbon dioxide; highest points 1."""
    shapes = [_drawn(water(), FINE, grid), _drawn(water(), COARSE, grid), _drawn(carbon_dioxide(), 4.0, grid)]
    return np.stack([shape / shape.max() for shape in shapes]).astype(np.float32)


def _drawn(lines: Lines, width: float, grid: Grid) -> Float[np.ndarray, " points"]:
    places, strengths = lines
    return np.exp(-0.5 * ((grid.values[:, None] - places) / width) ** 2) @ strengths
