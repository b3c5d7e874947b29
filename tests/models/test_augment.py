"""Augmentation: what each kind changes and what it leaves alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from irjax.models import augment
from irjax.spectra.grid import INFRARED, Grid

KEY = jax.random.key(3)


@pytest.fixture
def spectra() -> jax.Array:
    """Eight spectra with one band each, at a different place and of a different depth."""
    centres = np.linspace(800, 3600, 8)[:, None]
    depth = np.linspace(0.02, 0.9, 8)[:, None]
    return jnp.asarray(1 - depth * np.exp(-0.5 * ((INFRARED.values - centres) / 30) ** 2), jnp.float32)


@pytest.mark.parametrize("kind", [kind for kind in augment.KINDS if augment.fits(kind, INFRARED)])
def test_every_kind_is_a_pure_function_that_keeps_the_shape(kind: str, spectra: jax.Array) -> None:
    act = jax.jit(lambda key, x: augment.augment((kind,), key, x, None, INFRARED))
    first, again, other = act(KEY, spectra), act(KEY, spectra), act(jax.random.key(4), spectra)
    assert first.shape == spectra.shape
    assert first.dtype == spectra.dtype
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, again)
    assert (np.array_equal(first, other)) == (kind in ("oversampling", "atr"))
    assert (np.array_equal(first, spectra)) == (kind == "oversampling")


def test_noise_grows_with_the_magnitude(spectra: jax.Array) -> None:
    many = jnp.repeat(spectra[-1:], 2000, axis=0)
    spread = np.asarray(augment.noise(KEY, many)).std(axis=0)
    magnitude = np.asarray(spectra[-1] - spectra[-1].min())
    np.testing.assert_allclose(spread, augment.NOISE * magnitude, atol=2e-3)


def test_shift_moves_bands_by_a_few_wavenumbers_at_most(spectra: jax.Array) -> None:
    many = jnp.repeat(spectra, 50, axis=0)
    moved = np.asarray(augment.shift(KEY, many, INFRARED))
    centre = INFRARED.values[moved.argmin(axis=1)] - np.repeat(INFRARED.values[np.asarray(spectra).argmin(axis=1)], 50)
    spacing = INFRARED.values[1] - INFRARED.values[0]
    assert np.abs(centre).max() <= augment.SHIFT + spacing
    assert centre.min() < -spacing
    assert centre.max() > spacing
    np.testing.assert_allclose(moved.min(axis=1), np.repeat(np.asarray(spectra).min(axis=1), 50), atol=0.02)


def test_combination_mixes_absorbances_at_the_strength_of_the_spectrum(spectra: jax.Array) -> None:
    partners = spectra[::-1]
    mixed = -np.log10(augment.combination(KEY, spectra, partners, INFRARED))
    own, other = -np.log10(np.asarray(spectra)), -np.log10(np.asarray(partners))
    strength = np.ptp(own, axis=1, keepdims=True)
    at, far = own.argmax(axis=1)[:, None], other.argmax(axis=1)[:, None]
    share = np.take_along_axis(mixed, at, 1) / np.take_along_axis(own, at, 1)
    left = np.take_along_axis(mixed, far, 1) / strength
    np.testing.assert_allclose(share + left, 1, atol=1e-3)
    assert ((share > 0) & (share < 1)).all()


@pytest.mark.parametrize("kind", [kind for kind in augment.KINDS if kind not in ("baseline", "noise", "reordering")])
def test_what_is_combined_is_transmittance_for_every_other_kind(kind: str, spectra: jax.Array) -> None:
    """Scaled to its span, a mixture would reach 0, which other kinds take for a total loss of light."""
    partners = spectra * 0.9
    changed = np.asarray(augment.augment(("combination", kind), KEY, spectra, partners, INFRARED))
    weakest = np.asarray(spectra).min(axis=1)
    assert (changed.min(axis=1) >= np.minimum(weakest, weakest**4) - augment.AIR).all()
    first = np.asarray(augment.augment(("combination",), jax.random.key(0), spectra, partners, INFRARED))
    assert (first.min(axis=1) > 0.9 * weakest).all()


def test_patterns_of_lines_are_combined_as_they_are() -> None:
    lines = jnp.asarray(np.random.default_rng(0).uniform(0, 2, (4, 90)), jnp.float32)
    mixed = np.asarray(augment.combination(KEY, lines, lines, Grid(5.0, 50.0, 90, "2theta")))
    np.testing.assert_allclose(mixed, lines, rtol=1e-5)


def test_intensity_scales_absorbance_by_one_factor_per_spectrum(spectra: jax.Array) -> None:
    before, after = -np.log10(spectra), -np.log10(augment.intensity(KEY, spectra))
    at = np.asarray(spectra).argmin(axis=1)[:, None]
    factor = np.take_along_axis(after, at, 1) / np.take_along_axis(before, at, 1)
    np.testing.assert_allclose(after, factor * before, atol=1e-5)
    assert ((factor >= 0.5 - 1e-3) & (factor <= 2 + 1e-3)).all()
    assert factor.std() > 0.1


def added(changed: jax.Array, spectra: jax.Array) -> np.ndarray:
    """Absorbance beside the spectra's own, in units of the span of that."""
    before, after = (-np.log10(np.asarray(each, np.float64)) for each in (spectra, changed))
    return (after - before) / np.ptp(before, axis=1, keepdims=True)


def test_base_lines_bend_away_from_one_place_and_most_of_them_by_little(spectra: jax.Array) -> None:
    many = jnp.repeat(spectra[-1:], 2000, axis=0)
    lines = added(augment.bend(KEY, many), many)
    height = np.abs(lines).max(axis=1)
    assert 0.95 * augment.BEND < height.max() <= augment.BEND + 1e-4
    assert np.median(height) < 0.3 * augment.BEND
    assert 0.4 < (lines.mean(axis=1) > 0).mean() < 0.6  # as many rise as fall
    clear = np.abs(lines[height > 0.05])
    level = clear.argmin(axis=1)
    assert {0, 599} < set(level.tolist())
    for line, at in zip(clear, level, strict=True):
        assert (np.diff(line[at:]) > -1e-4).all()
        assert (np.diff(line[: at + 1]) < 1e-4).all()


def test_moisture_has_the_two_bands_of_liquid_water(spectra: jax.Array) -> None:
    many = jnp.repeat(spectra[-1:], 2000, axis=0)
    water = added(augment.moisture(KEY, many, INFRARED), many)
    assert water.min() > -1e-4
    height = water.max(axis=1)
    assert 0.95 * augment.MOISTURE < height.max() <= augment.MOISTURE + 1e-4
    assert np.median(height) < 0.3 * augment.MOISTURE
    wet = water[height > 0.05]
    centres = INFRARED.values[wet.argmax(axis=1)]
    assert 3375 < centres.min() < 3390
    assert 3450 < centres.max() < 3465
    scissors = wet[:, np.abs(INFRARED.values - 1636).argmin()] / wet.max(axis=1)
    assert 0.19 < scissors.min() < 0.25 < 0.45 < scissors.max() < 0.51
    assert wet[:, np.abs(INFRARED.values - 2200).argmin()].max() < 1e-3


def test_saturation_thickens_the_sample_and_leaves_stray_light(spectra: jax.Array) -> None:
    thick = np.asarray(augment.saturation(KEY, spectra))
    before, after = -np.log10(np.asarray(spectra)).max(axis=1), -np.log10(thick.max(axis=1))
    assert (thick.min(axis=1) <= np.asarray(spectra).min(axis=1)).all()
    assert (after >= -1e-6).all()
    assert (-np.log10(thick).max(axis=1) <= augment.SATURATION * before + 1e-5).all()
    opaque = np.asarray(augment.saturation(KEY, jnp.full((2000, 3), 1e-4)))
    assert 0 < opaque.min() < 0.001
    assert 0.99 * augment.STRAY < opaque.max() <= augment.STRAY


def test_fringes_are_a_wave_on_the_light_that_is_there(spectra: jax.Array) -> None:
    wave = (
        np.asarray(augment.fringes(KEY, jnp.repeat(spectra, 200, axis=0), INFRARED) / jnp.repeat(spectra, 200, axis=0))
        - 1
    )
    height = np.abs(wave).max(axis=1)
    assert 0.95 * augment.FRINGES < height.max() <= augment.FRINGES + 1e-6
    crests = (np.diff(np.sign(wave), axis=1) > 0).sum(axis=1)
    spacing = np.ptp(INFRARED.values) / crests
    assert 19 < spacing.min() < 30
    assert 150 < spacing.max() < 250


def test_a_narrower_range_is_one_piece_between_its_bounds() -> None:
    left = np.asarray(augment.narrower(KEY, 2000, INFRARED))
    first, last = left.argmax(axis=1), left.shape[1] - 1 - left[:, ::-1].argmax(axis=1)
    np.testing.assert_array_equal(left.sum(axis=1), last - first + 1)
    for ends, (least, most) in ((INFRARED.values[first], augment.BEGINS), (INFRARED.values[last], augment.ENDS)):
        assert least <= ends.min() + INFRARED.spacing < least + 20
        assert most - 20 < ends.max() - INFRARED.spacing < most
        assert ends.mean() == pytest.approx((least + most) / 2, abs=40)


def test_resolution_widens_bands_and_keeps_their_area(spectra: jax.Array) -> None:
    coarse = np.asarray(augment.resolution(KEY, spectra, INFRARED))
    np.testing.assert_allclose((1 - coarse).sum(axis=1), (1 - spectra).sum(axis=1), rtol=1e-3)
    assert (coarse.min(axis=1) >= np.asarray(spectra).min(axis=1) - 1e-6).all()
    flat = jnp.full((2, 600), 0.7)
    np.testing.assert_allclose(augment.resolution(KEY, flat, INFRARED), flat, rtol=1e-5)


def test_air_adds_the_bands_of_water_and_carbon_dioxide(spectra: jax.Array) -> None:
    many = jnp.repeat(spectra[:1], 2000, axis=0)
    both = added(augment.air(KEY, many, INFRARED), many)
    assert 0.4 < (both.mean(axis=1) > 0).mean() < 0.6  # as often too much as too little was taken off
    change = np.abs(both).max(axis=0)
    touched = INFRARED.values[change > 0.02]
    water = ((touched > 1330) & (touched < 2000)) | (touched > 3500)
    assert (water | (np.abs(touched - 2349) < 60) | (np.abs(touched - 667) < 15)).all()
    assert all(np.abs(touched - at).min() < 4 for at in (1558, 1653, 2349, 3854))
    assert (
        change[np.abs(INFRARED.values - 2349).argmin() - 6 : np.abs(INFRARED.values - 2349).argmin() + 6].max()
        > 0.9 * augment.AIR
    )
    assert change.max() <= augment.AIR + 1e-3
    assert np.median(np.abs(both).max(axis=1)) < 0.5 * augment.AIR


def test_atr_makes_depth_go_as_one_over_wavenumber() -> None:
    spectra = jnp.full((1, 600), 0.5)
    absorbance = -np.log10(np.asarray(augment.atr(KEY, spectra, INFRARED)))[0]
    np.testing.assert_allclose(absorbance * INFRARED.values / 1000, -np.log10(0.5), rtol=1e-4)


def test_kinds_follow_one_another(spectra: jax.Array) -> None:
    both = augment.augment(("shift", "atr"), KEY, spectra, None, INFRARED)
    one = augment.atr(KEY, augment.shift(jax.random.fold_in(KEY, 0), spectra, INFRARED), INFRARED)
    np.testing.assert_array_equal(both, one)
