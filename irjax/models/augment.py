"""Augmentation: pure functions of (key, spectra) that change spectra as instruments, samples and chance do.

Spectra are transmittance without gaps, float32 [batch, points] on the grid, and have not been scaled: what depends on
the amount of substance acts on absorbance, the rest in units of a spectrum's own span, so that the weak spectra of
gases are not drowned. The first three and the copying control are those of Jung et al. (2023, SI, "CNN training").
Patterns of lines and Coulomb matrices have kinds of their own.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from irjax.data.molecules import ATOMS
from irjax.data.molecules import GRID as MATRIX
from irjax.models.inputs import spanned
from irjax.spectra.air import bands_of_air
from irjax.spectra.atr import AS_DEEP
from irjax.spectra.grid import Grid

NOISE = 0.02
"""Standard deviation of the noise, as a share of the magnitude."""
SHIFT = 12.0
"""Largest shift, cm-1."""
BASELINE = 0.05
"""Standard deviation of offset, slope and curvature of the baseline, as a share of the span."""
INTENSITY = 2.0
"""Largest factor, and the inverse of the smallest, of the absorbance."""
RESOLUTION = 12.0
"""Largest standard deviation of the instrument's line, cm-1."""
AIR = 0.3
"""Largest absorbance of water vapour and of carbon dioxide, as a share of the strongest band."""

SATURATION = 4.0
"""Largest factor of the absorbance where a sample is too thick."""
STRAY = 0.05
"""Most light, as a share of what falls in, that reaches the detector where a sample lets none through."""
FRINGES = 0.04
"""Largest amplitude of interference between a film's faces, as a share of the light."""
BEND = 0.4
"""Largest rise or fall of a base line, as a share of the strongest band."""
MOISTURE = 0.3
"""Largest absorbance of the O-H stretch of liquid water, as a share of the strongest band."""
BEGINS, ENDS = (400.0, 1000.0), (1800.0, 4000.0)
"""Between what a narrower range begins, and ends, cm-1."""

LEAST = 0.3
"""Share that each of two compounds has at least of a mixture of both, lest one be there in name alone."""

SLIDE = 50
"""Largest shift of a pattern of lines as a whole, in points: that of its lines in the synthetic benchmark."""
WANDER = 32
"""Largest displacement of a pattern's lines, each on its own, in points; lines of one point may be left out."""
_KNOTS = 32
ROW_NOISE = 1.0
"""Standard deviation of the noise on the norm of a Coulomb matrix's row, by which rows are sorted."""

Spectra = Float[Array, "batch points"]

_LOWEST = 1e-4  # transmittance below which absorbance is nothing but noise


def noise(key: PRNGKeyArray, spectra: Spectra) -> Spectra:
    """Normal noise in proportion to the magnitude at each wavenumber (augmentation 1 of the paper)."""
    magnitude = spectra - spectra.min(axis=-1, keepdims=True)
    return spectra + NOISE * magnitude * jax.random.normal(key, spectra.shape)


def shift(key: PRNGKeyArray, spectra: Spectra, grid: Grid) -> Spectra:
    """A shift by up to SHIFT cm-1 either way (augmentation 2); the edge value is repeated."""
    batch, points = spectra.shape
    moved = jax.random.uniform(key, (batch, 1), minval=-SHIFT, maxval=SHIFT) / grid.spacing
    at = jnp.clip(jnp.arange(points) + moved, 0, points - 1)
    left = jnp.clip(jnp.floor(at).astype(jnp.int32), 0, points - 2)
    share = at - left
    low, high = (jnp.take_along_axis(spectra, index, axis=-1) for index in (left, left + 1))
    return low + share * (high - low)


def combination(key: PRNGKeyArray, spectra: Spectra, partners: Spectra, grid: Grid, least: float = 0.0) -> Spectra:
    """A convex combination with another spectrum: of the same compound (augmentation 3), or of another, as a mixture.

    Infrared spectra are mixed as absorbance, in which beams through two samples add up, and given back as
    transmittance, so that other kinds can go on with them. The partner is first brought to the span of the spectrum:
    the strength of either is an accident of its path length.

    Args:
        partners: [batch, points], the other spectra.
        least: share that each has of the two at least.
    """
    own, other = (_absorbance(spectra), _absorbance(partners)) if grid.infrared else (spectra, partners)
    share = jax.random.uniform(key, (len(spectra), 1), minval=least, maxval=1 - least)
    fitted = own.min(axis=-1, keepdims=True) + _span(own) * spanned(other)
    mixed = share * own + (1 - share) * fitted
    return 10.0**-mixed if grid.infrared else mixed


def baseline(key: PRNGKeyArray, spectra: Spectra) -> Spectra:
    """An offset, a slope and a curvature over the whole range, as scattering and drift give."""
    along = jnp.linspace(-1.0, 1.0, spectra.shape[-1])
    terms = jnp.stack([jnp.ones_like(along), along, along**2])
    return spectra + BASELINE * _span(spectra) * (jax.random.normal(key, (len(spectra), 3)) @ terms)


def intensity(key: PRNGKeyArray, spectra: Spectra) -> Spectra:
    """More or less substance in the beam: absorbance times a factor, its logarithm uniform."""
    factor = INTENSITY ** jax.random.uniform(key, (len(spectra), 1), minval=-1.0, maxval=1.0)
    return 10.0 ** (-factor * _absorbance(spectra))


def bend(key: PRNGKeyArray, spectra: Spectra) -> Spectra:
    """A base line that rises or falls, in absorbance, towards either end or both, by up to BEND; most do by little.

    It goes as a power, of 1 to 3, of the way from where it is level, which lies anywhere.
    """
    drawn, level, power = jax.random.uniform(key, (3, len(spectra), 1))
    away = jnp.abs(jnp.linspace(0.0, 1.0, spectra.shape[-1]) - level)
    curve = (away / jnp.maximum(level, 1 - level)) ** (1 + 2 * power)
    return _with_bands(spectra, BEND * _few_large(2 * drawn - 1) * curve)


def moisture(key: PRNGKeyArray, spectra: Spectra, grid: Grid) -> Spectra:
    """Liquid water, as in damp potassium bromide: its stretch of up to MOISTURE and its bend; most have little."""
    drawn, centre, width, bent = jax.random.uniform(key, (4, len(spectra), 1))
    at = jnp.asarray(grid.values, spectra.dtype)
    stretch = jnp.exp(-0.5 * ((at - (3380 + 80 * centre)) / (120 + 70 * width)) ** 2)
    scissors = jnp.exp(-0.5 * ((at - 1636) / 30) ** 2)
    return _with_bands(spectra, MOISTURE * _few_large(drawn) * (stretch + (0.2 + 0.3 * bent) * scissors))


def saturation(key: PRNGKeyArray, spectra: Spectra) -> Spectra:
    """A sample too thick: absorbance times up to SATURATION, and less light than the stray light is never seen."""
    thick, stray = jax.random.uniform(key, (2, len(spectra), 1))
    return jnp.maximum(10.0 ** (-(SATURATION**thick) * _absorbance(spectra)), STRAY * stray)


def fringes(key: PRNGKeyArray, spectra: Spectra, grid: Grid) -> Spectra:
    """Interference between a film's faces: a wave of up to FRINGES of the light, 20 to 200 cm-1 from crest to crest."""
    depth, period, phase = jax.random.uniform(key, (3, len(spectra), 1))
    turns = jnp.asarray(grid.values, spectra.dtype) / (20.0 * 10.0**period) + phase
    return spectra * (1 + FRINGES * depth * jnp.sin(2 * jnp.pi * turns))


def resolution(key: PRNGKeyArray, spectra: Spectra, grid: Grid) -> Spectra:
    """A coarser instrument: its Gaussian line, of standard deviation up to RESOLUTION, laid over the intensities."""
    reach = int(np.ceil(3 * RESOLUTION / grid.spacing))
    offsets = jnp.arange(-reach, reach + 1)
    width = jax.random.uniform(key, (len(spectra), 1), minval=0.1, maxval=RESOLUTION) / grid.spacing
    line = jnp.exp(-0.5 * (offsets / width) ** 2)
    line /= line.sum(axis=-1, keepdims=True)
    wide = jnp.pad(spectra, ((0, 0), (reach, reach)), mode="edge")
    points = spectra.shape[-1]
    # A sum of shifted copies: a convolution with a kernel per spectrum is slow on CPUs.
    return sum(
        (line[:, at : at + 1] * wide[:, at : at + points] for at in range(2 * reach + 1)), start=jnp.zeros_like(spectra)
    )


def air(key: PRNGKeyArray, spectra: Spectra, grid: Grid) -> Spectra:
    """Water vapour and carbon dioxide, over- or under-compensated, each on its own; most spectra have little of either.

    The lines of water are those of a resolution between a fine and a coarse one.
    """
    vapour, dioxide, fine = jax.random.uniform(key, (3, len(spectra), 1))
    vapour, dioxide = (AIR * _few_large(2 * drawn - 1) for drawn in (vapour, dioxide))
    depths = jnp.concatenate([fine * vapour, (1 - fine) * vapour, dioxide], axis=1)
    return _with_bands(spectra, depths @ jnp.asarray(bands_of_air(grid)))


def atr(key: PRNGKeyArray, spectra: Spectra, grid: Grid) -> Spectra:
    """Attenuated total reflection: the depth of the beam, and so absorbance, goes as 1/wavenumber."""
    del key  # nothing here is left to chance
    return 10.0 ** (-_absorbance(spectra) * jnp.asarray(AS_DEEP / grid.values, spectra.dtype))


def narrower(key: PRNGKeyArray, batch: int, grid: Grid) -> Bool[Array, "batch points"]:
    """What is left of the grid by instruments that measure a part of it, from one of BEGINS to one of ENDS."""
    drawn = jax.random.uniform(key, (2, batch, 1))
    low, high = (least + share * (most - least) for share, (least, most) in zip(drawn, (BEGINS, ENDS), strict=True))
    at = jnp.asarray(grid.values, jnp.float32)
    return (at >= low) & (at <= high)


def slide(key: PRNGKeyArray, spectra: Spectra) -> Spectra:
    """A pattern of lines moved as a whole, by up to SLIDE points either way; what leaves at one end is lost."""
    moved = jax.random.randint(key, (len(spectra), 1), -SLIDE, SLIDE + 1)
    return _taken(spectra, moved)


def wander(key: PRNGKeyArray, spectra: Spectra) -> Spectra:
    """A pattern of lines moved here and there, by up to WANDER points: straight between places drawn at random."""
    batch, points = spectra.shape
    drawn = jax.random.uniform(key, (batch, _KNOTS), minval=-WANDER, maxval=WANDER)
    at = jnp.linspace(0, _KNOTS - 1, points)
    left = jnp.clip(jnp.floor(at).astype(jnp.int32), 0, _KNOTS - 2)
    share = at - left
    moved = drawn[:, left] * (1 - share) + drawn[:, left + 1] * share
    return _taken(spectra, jnp.round(moved).astype(jnp.int32))


def reordering(key: PRNGKeyArray, matrices: Float[Array, "batch elements"]) -> Float[Array, "batch elements"]:
    """Coulomb matrices in another order of their atoms: rows and columns fall in the rows' norms, with noise on these.

    G. Montavon et al., New J. Phys. 2013, 15, 095003. What pads a matrix stays last.
    """
    square = matrices.reshape(-1, ATOMS, ATOMS)
    norms = jnp.sqrt(jnp.square(square).sum(axis=-1))
    noisy = jnp.where(norms > 0, norms + ROW_NOISE * jax.random.normal(key, norms.shape), -jnp.inf)
    order = jnp.argsort(-noisy, axis=-1)
    rows = jnp.take_along_axis(square, order[:, :, None], axis=1)
    return jnp.take_along_axis(rows, order[:, None, :], axis=2).reshape(matrices.shape)


def _taken(spectra: Spectra, moved: Int[Array, "#batch #points"]) -> Spectra:
    """Each point's value from `moved` points further on; the edge value is repeated."""
    points = spectra.shape[1]
    return jnp.take_along_axis(spectra, jnp.clip(jnp.arange(points) + moved, 0, points - 1), axis=1)


def _on_any_grid(
    kind: Callable[[PRNGKeyArray, Spectra], Spectra],
) -> Callable[[PRNGKeyArray, Spectra, Grid], Spectra]:
    return lambda key, spectra, grid: kind(key, spectra)


KINDS: dict[str, Callable[[PRNGKeyArray, Spectra, Grid], Spectra]] = {
    "oversampling": _on_any_grid(lambda key, spectra: spectra),
    "noise": _on_any_grid(noise),
    "shift": shift,
    "baseline": _on_any_grid(baseline),
    "intensity": _on_any_grid(intensity),
    "bend": _on_any_grid(bend),
    "moisture": moisture,
    "saturation": _on_any_grid(saturation),
    "fringes": fringes,
    "resolution": resolution,
    "air": air,
    "atr": atr,
    "slide": _on_any_grid(slide),
    "wander": _on_any_grid(wander),
    "reordering": _on_any_grid(reordering),
}
"""Every augmentation of a single spectrum, by name."""
COMBINATION = "combination"
"""The one that needs a partner."""
NAMES = (*KINDS, COMBINATION)
_ANYTHING, _MATRICES, _SPECTRA, _INFRARED = "anything", "Coulomb matrices", "spectra", "infrared spectra"
_ACTS_ON = {
    "oversampling": _ANYTHING,
    "reordering": _MATRICES,
    **dict.fromkeys(("noise", "baseline", "slide", "wander", COMBINATION), _SPECTRA),
}


def acts_on(kind: str) -> str:
    """What an augmentation makes sense of."""
    return _ACTS_ON.get(kind, _INFRARED)


def fits(kind: str, grid: Grid) -> bool:
    """Whether an augmentation makes sense of what lies on a grid."""
    matrices = grid.unit == MATRIX.unit
    return {_ANYTHING: True, _MATRICES: matrices, _SPECTRA: not matrices, _INFRARED: grid.infrared}[acts_on(kind)]


def augment(
    kinds: tuple[str, ...], key: PRNGKeyArray, spectra: Spectra, partners: Spectra | None, grid: Grid
) -> Spectra:
    """All the named augmentations, one after the other.

    Args:
        kinds: of NAMES; `combination` comes first if it is among them.
        spectra: [batch, points], without gaps.
        partners: [batch, points], for `combination`: another spectrum of each one's compound.
    """
    if COMBINATION in kinds:
        assert partners is not None
        spectra = combination(jax.random.fold_in(key, len(kinds)), spectra, partners, grid)
    for at, kind in enumerate(kinds):
        if kind != COMBINATION:
            spectra = KINDS[kind](jax.random.fold_in(key, at), spectra, grid)
    return spectra


def _span(spectra: Spectra) -> Float[Array, "batch 1"]:
    return spectra.max(axis=-1, keepdims=True) - spectra.min(axis=-1, keepdims=True)


def _few_large(drawn: Float[Array, "batch 1"]) -> Float[Array, "batch 1"]:
    """Its square with its sign: of what is drawn from -1 to 1 most becomes little."""
    return drawn * jnp.abs(drawn)


def _with_bands(spectra: Spectra, others: Spectra) -> Spectra:
    """Transmittance with absorbance beside its own, which is in units of the span of that."""
    own = _absorbance(spectra)
    return 10.0 ** -(own + _span(own) * others)


def _absorbance(spectra: Spectra) -> Spectra:
    return -jnp.log10(jnp.maximum(spectra, _LOWEST))
