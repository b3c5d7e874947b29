"""What a network sees of a spectrum: no gaps, and one scale for strong and weak samples."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def network_input(transmittance: Float[Array, "*batch points"]) -> Float[Array, "*batch points"]:
    """Transmittance on the grid, float32 [..., points] with NaN, to values from 0 to 1 without NaN.

    Gaps are bridged by straight lines and the range outside the measured one repeats its edge value, as the paper
    does (Jung et al. 2023, SI, "Data collection"). Each spectrum is then scaled to span 0 to 1: the intensity of a
    gas spectrum depends on an arbitrary path length, and a weak one would reach the network as a flat line.
    """
    return spanned(filled(transmittance))


def spanned(values: Float[Array, "*batch points"]) -> Float[Array, "*batch points"]:
    """Each spectrum [..., points] on a scale from its lowest value, 0, to its highest, 1."""
    low = values.min(axis=-1, keepdims=True)
    span = values.max(axis=-1, keepdims=True) - low
    return (values - low) / jnp.where(span > 0, span, 1)


def filled(values: Float[Array, "*batch points"]) -> Float[Array, "*batch points"]:
    """Transmittance [..., points] with a number in the place of every NaN: bridged, or the nearest edge's."""
    points = values.shape[-1]
    at = jnp.arange(points)
    known = jnp.isfinite(values)
    axis = values.ndim - 1
    before = jax.lax.cummax(jnp.where(known, at, -1), axis=axis)
    after = jax.lax.cummin(jnp.where(known, at, points), axis=axis, reverse=True)
    left = jnp.where(before < 0, after, before)
    right = jnp.where(after >= points, before, after)
    # Where nothing at all is known, left and right run off the grid; such a spectrum is flat.
    left, right = jnp.clip(left, 0, points - 1), jnp.clip(right, 0, points - 1)
    clean = jnp.where(known, values, 0)
    low, high = jnp.take_along_axis(clean, left, -1), jnp.take_along_axis(clean, right, -1)
    share = (at - left) / jnp.maximum(right - left, 1)
    return jnp.where(known, clean, low + jnp.clip(share, 0, 1) * (high - low))


FREQUENCIES, NOISE = 200, 1.0
"""Of the Fourier transform, those that are kept, and the mean magnitude of all others above which they are noise."""


def without_noise(spectra: Float[Array, "batch points"]) -> Float[Array, "batch points"]:
    """Spectra of which only slow changes are kept where what else there is is noise (Wang et al. 2020).

    Args:
        spectra: with 1 as their maximum.
    """
    found = jnp.fft.rfft(spectra, axis=-1)
    noisy = jnp.abs(found[..., FREQUENCIES:]).mean(axis=-1, keepdims=True) > NOISE
    slow = jnp.fft.irfft(jnp.where(jnp.arange(found.shape[-1]) < FREQUENCIES, found, 0), spectra.shape[-1], axis=-1)
    return jnp.where(noisy, slow, spectra)
