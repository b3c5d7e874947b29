"""Powder diffraction patterns from a material's lines: as an instrument would measure them, or as Wang et al. drew.

What makes two patterns of one material differ: where its surface lay in the beam, strain, crystallites that lie
preferably on one of their faces, the size of the crystallites, what else scatters, what else is in the sample, and how
long was counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from irjax.data.archive import Archive
from irjax.data.crystals import WAVELENGTH, Lines
from irjax.data.library import GRID
from irjax.errors import InputError
from irjax.spectra.pattern import read_pattern
from irjax.spectra.reading import decoded
from irjax.spectra.spectrum import SpectrumError

Range = tuple[float, float]


@dataclass(frozen=True)
class Strengths:
    """How far the conditions of a measurement go; each is drawn evenly from its range."""

    displacement: float
    """Largest, degrees of 2θ at low angles, either way."""
    strain: float
    """Largest, either way, of all lattice spacings alike."""
    orientation: Range
    """March's r (Dollase 1986), drawn evenly in its logarithm: below 1 platelets, above it needles."""
    crystallite: Range
    """nm, for Scherrer's equation."""
    counts: Range
    """At the highest point, drawn evenly in the logarithm."""
    background: Range
    """Of the highest point."""
    foreign: Range
    """Of a foreign phase, which half of the samples have, at its highest point."""


TESTED = Strengths(0.1, 0.005, (0.6, 1.5), (20, 100), (500, 5000), (0.02, 0.2), (0.05, 0.2))
"""Of the patterns to test with."""
TRAINED = Strengths(0.13, 0.006, (0.5, 1.8), (15, 150), (300, 10000), (0.0, 0.3), (0.0, 0.3))
"""Of those to train with: somewhat wider."""
KEPT = 401
"""Points of a pattern that the augmentation of Wang et al. keeps, the largest; noise takes the place of all others."""
NOISE_PATTERNS, PERMUTATIONS = 6, 12
"""Whose product is the 72 copies of each material there."""
_INSTRUMENT = np.radians(0.06)
"""Full width at half maximum of the instrument alone, in 2 sin θ: 0.06° at low angles."""
_THEORETICAL = np.radians(0.1)
"""That of a theoretical pattern of Wang et al."""
_LINES = 30
"""Of a pattern that is drawn in place of a measured one."""
_SHAPE_FACTOR = 0.9
"""Scherrer's K."""
_LORENTZ = 0.5
"""Share of a Lorentzian in a line's profile, the rest being a Gaussian."""
_COVERED = 0.85
"""Of the grid, which a measured pattern must cover to lend its background or noise."""
_SMOOTH = 3.0
"""Degrees: no peak is as broad as what is taken for background."""
_FINE, _MARGIN = 8192, 0.1
"""Points in 2 sin θ on which lines are broadened, and what lies beyond either end of the grid there."""
_GRID_ALONG = 2 * np.sin(np.radians(GRID.values / 2))
_ALONG = np.linspace(_GRID_ALONG[0] - _MARGIN, _GRID_ALONG[-1] + _MARGIN, _FINE)
_STEP = _ALONG[1] - _ALONG[0]
_FREQUENCIES = np.fft.rfftfreq(_FINE, _STEP)


@dataclass(frozen=True)
class Orientable:
    """Lines, and how the lattice planes behind each lie towards three faces of the crystal."""

    lines: Lines
    line: np.ndarray
    """Of each lattice plane the line that it adds to, int [planes]."""
    cosine2: np.ndarray
    """Squared cosines of its angles to the planes 100, 010 and 001, float64 [planes, 3]."""


def orientable(lines: Lines) -> Orientable:
    """Finds the lattice planes behind each line; those of one line are taken to scatter alike."""
    reciprocal = _reciprocal(lines.lattice)
    farthest = 2 * np.sin(np.radians(lines.two_theta.max() / 2)) / WAVELENGTH + 1e-3
    most = np.floor(farthest * lines.lattice[:3]).astype(int) + 1  # |h| ≤ a/d
    indices = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in most), indexing="ij"), -1).reshape(-1, 3)
    indices = indices[len(indices) // 2 + 1 :]  # a plane and its reverse are one; 000 is none
    planes = indices @ reciprocal
    length = np.linalg.norm(planes, axis=1)
    near = length <= farthest
    planes, length = planes[near], length[near]
    angle = 2 * np.degrees(np.arcsin(np.clip(WAVELENGTH * length / 2, 0, 1)))
    after = np.clip(np.searchsorted(lines.two_theta, angle), 1, max(1, len(lines.two_theta) - 1))
    before = after - 1
    after = np.minimum(after, len(lines.two_theta) - 1)
    nearer = np.abs(lines.two_theta[before] - angle) <= np.abs(lines.two_theta[after] - angle)
    line = np.where(nearer, before, after)
    own = np.abs(lines.two_theta[line] - angle) < 3e-3  # the asset's rounding, and that of its lattices
    faces = reciprocal / np.linalg.norm(reciprocal, axis=1, keepdims=True)
    cosines = planes[own] / length[own, None] @ faces.T
    return Orientable(lines, line[own], cosines**2)


def _reciprocal(lattice: np.ndarray) -> np.ndarray:
    """The reciprocal basis of a cell, 1/Å, float64 [3, 3], in which a row belongs to each of h, k, l."""
    (a, b, c), (alpha, beta, gamma) = lattice[:3], np.radians(lattice[3:])
    across = (np.cos(alpha) - np.cos(beta) * np.cos(gamma)) / np.sin(gamma)
    height = np.sqrt(max(1 - np.cos(beta) ** 2 - across**2, 1e-9))
    cell = np.array(
        [
            [a, 0, 0],
            [b * np.cos(gamma), b * np.sin(gamma), 0],
            [c * np.cos(beta), c * across, c * height],
        ]
    )
    return np.linalg.inv(cell).T


def oriented(material: Orientable, r: float, face: int) -> np.ndarray:
    """Intensities of the lines of a sample with preferred orientation (March and Dollase), float64 [lines].

    Args:
        r: March's parameter; 1 is none.
        face: 0, 1 or 2, of `Orientable.cosine2`.
    """
    cosine2 = material.cosine2[:, face]
    weight = (r**2 * cosine2 + (1 - cosine2) / r) ** -1.5
    count = len(material.lines.two_theta)
    planes = np.bincount(material.line, minlength=count)
    mean = np.bincount(material.line, weight, count) / np.maximum(planes, 1)
    return material.lines.intensity * np.where(planes > 0, mean, 1.0)


def profile(two_theta: np.ndarray, intensity: np.ndarray, width: float) -> np.ndarray:
    """A pattern of lines on GRID with 1 as its maximum, float64 [points].

    Small crystals broaden all lines alike in u = 2 sin θ (Scherrer: β = Kλ/(L cos θ), and d(2θ) = du / cos θ), so
    that the pattern there is a convolution; back in 2θ it is higher by cos θ.

    Args:
        two_theta, intensity: of the lines, degrees and the area of each, float [lines].
        width: full width at half maximum in u, of a sum of a Gaussian and a Lorentzian.
    """
    at = (2 * np.sin(np.radians(two_theta / 2)) - _ALONG[0]) / _STEP
    left = np.floor(at).astype(int)
    inside = (left >= 0) & (left < _FINE - 1)
    left, share, height = left[inside], (at - left)[inside], intensity[inside]
    sticks = np.bincount(left, height * (1 - share), _FINE) + np.bincount(left + 1, height * share, _FINE)
    scale = np.pi * width * _FREQUENCIES
    bell, tailed = np.exp(-(scale**2) / (4 * np.log(2))), np.exp(-scale)
    fine = np.fft.irfft(np.fft.rfft(sticks) * ((1 - _LORENTZ) * bell + _LORENTZ * tailed), _FINE)
    found = np.maximum(np.interp(_GRID_ALONG, _ALONG, fine), 0) * np.cos(np.radians(GRID.values / 2))
    return found / max(found.max(), 1e-300)


def measured(
    material: Orientable,
    strengths: Strengths,
    others: Sequence[Orientable],
    backgrounds: np.ndarray,
    chance: np.random.Generator,
) -> np.ndarray:
    """A pattern as it might be measured, in counts, float32 [points].

    Args:
        others: materials of which one is the foreign phase.
        backgrounds: shapes with 1 as their maximum, float [n, points], of which one is taken.
    """
    found = _sample(material, strengths, chance)
    if chance.random() < 0.5:
        share = chance.uniform(*strengths.foreign)
        found = found + share * _sample(others[int(chance.integers(len(others)))], strengths, chance)
    found = found + chance.uniform(*strengths.background) * backgrounds[chance.integers(len(backgrounds))]
    counts = np.exp(chance.uniform(*np.log(strengths.counts)))
    return chance.poisson(counts * found).astype(np.float32)


def _sample(material: Orientable, strengths: Strengths, chance: np.random.Generator) -> np.ndarray:
    """The pattern of one phase without noise, with 1 as its maximum."""
    r = np.exp(chance.uniform(*np.log(strengths.orientation)))
    intensity = oriented(material, r, int(chance.integers(3)))
    theta = np.radians(material.lines.two_theta / 2)
    strained = np.arcsin(np.clip(np.sin(theta) / (1 + chance.uniform(-1, 1) * strengths.strain), -1, 1))
    moved = np.degrees(2 * strained) + chance.uniform(-1, 1) * strengths.displacement * np.cos(theta)
    size = 10 * chance.uniform(*strengths.crystallite)  # Å
    return profile(moved, intensity, _SHAPE_FACTOR * WAVELENGTH / size + _INSTRUMENT)


def theoretical(lines: Lines) -> np.ndarray:
    """The pattern that Wang et al. begin with: sharp lines, 1 as the maximum, float64 [points]."""
    return profile(lines.two_theta, lines.intensity, _THEORETICAL)


def with_noise(pattern: np.ndarray, noise: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """The augmentation of Wang et al.: the KEPT largest points stay, in all other places stands permuted noise.

    Args:
        pattern: float [points].
        noise: what lies below its own KEPT largest points in a measured pattern, float [points - KEPT].
    """
    found = np.empty(len(pattern), np.float32)
    largest = np.argsort(-pattern, kind="stable")[:KEPT]
    rest = np.ones(len(pattern), bool)
    rest[largest] = False
    found[largest] = pattern[largest]
    found[rest] = chance.permutation(noise)
    return found


def read_patterns(source: str | Path) -> np.ndarray:
    """Measured patterns of a folder or zip on GRID, 1 as the maximum of each, float64 [n, points], sorted by name.

    Those that cover too little of it are left out; the edge value is repeated where one ends early.

    Raises:
        InputError: there are fewer than twice as many as Wang et al. took noise from.
    """
    archive = Archive(source)
    found = []
    for name, place in archive.entries():
        try:
            values = read_pattern(decoded(archive.read(name, place)), GRID)[0].astype(np.float64)
        except SpectrumError:
            continue
        known = np.flatnonzero(np.isfinite(values))
        if len(known) >= _COVERED * len(values):
            values = np.maximum(np.interp(np.arange(len(values)), known, values[known]), 0)
            found.append(values / values.max())
    if len(found) < 2 * NOISE_PATTERNS:
        raise InputError(
            f"{source}: {len(found)} measured patterns cover {GRID.first:g} to {GRID.last:g}° 2θ, "
            f"{2 * NOISE_PATTERNS} are needed, to train and to test with"
        )
    return np.stack(found)


def drawn_patterns(number: int, chance: np.random.Generator) -> np.ndarray:
    """Patterns in place of measured ones: scattering by air and glass, fluorescence, lines, and noise.

    As `read_patterns` gives them. What lies under the lines reaches 5 to 30 % of the highest.
    """
    at = GRID.values
    found = []
    for _ in range(number):
        air = chance.uniform(0.2, 1) * np.exp(-(at - GRID.first) / chance.uniform(2, 12))
        glass = chance.uniform(0, 0.6) * np.exp(-0.5 * ((at - chance.uniform(18, 28)) / chance.uniform(4, 9)) ** 2)
        smooth = air + glass + chance.uniform(0.05, 0.5)
        lines = profile(chance.uniform(10, GRID.last, _LINES), chance.exponential(size=_LINES), _THEORETICAL)
        expected = lines + chance.uniform(0.05, 0.3) * smooth / smooth.max()
        found.append(chance.poisson(2000 * expected))
    return np.stack([each / each.max() for each in found])


def backgrounds_of(patterns: np.ndarray) -> np.ndarray:
    """What lies under the peaks of measured patterns, smooth, 1 as the maximum of each, float64 [n, points]."""
    breadth = int(_SMOOTH / GRID.spacing)
    low = minimum_filter1d(gaussian_filter1d(patterns, 5, axis=1), breadth, axis=1)
    smooth = gaussian_filter1d(low, breadth / 2, axis=1)
    return smooth / np.maximum(smooth.max(axis=1, keepdims=True), 1e-12)


def noise_of(pattern: np.ndarray) -> np.ndarray:
    """What lies below the KEPT largest points of a measured pattern, float64 [points - KEPT]."""
    return np.sort(pattern)[: len(pattern) - KEPT]
