"""Mixtures of two spectra that a network learns from, with the groups of both."""

from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from irjax.data.dataset import Dataset
from irjax.data.photoemission import bundled_emitters, write_photoemission
from irjax.engine.config import Augmentation, Config, Optimizer, for_dataset
from irjax.engine.fit import start_or_resume, train
from irjax.engine.outcome import read_history
from irjax.engine.step import _mixtures
from irjax.errors import UsageError
from irjax.models.augment import LEAST
from irjax.models.cnn import CNN
from irjax.models.coulomb import Coulomb
from irjax.spectra.grid import INFRARED
from irjax.tasks.curves import Curves

MIXED = Config(
    model=CNN(filters=4, kernel_size=5, dense_nodes=16, dense_layers=1, dropout=0.0),
    optimizer=Optimizer(epochs=(2,), learning_rates=(1e-3,), batch_size=16),
    augmentation=Augmentation(mixture=0.5),
)


def band(place: int) -> np.ndarray:
    absorbance = np.zeros(INFRARED.points, np.float32)
    absorbance[place] = 1.0
    return 10.0**-absorbance


def test_a_mixture_has_the_bands_and_the_groups_of_both() -> None:
    spectra = jnp.asarray(np.stack([band(place) for place in range(100, 500, 50)]))
    labels = jnp.eye(8, dtype=jnp.uint8)
    measured = np.ones(spectra.shape, bool)
    measured[2, :90] = False
    mixed, known, joined = _mixtures(1.0, INFRARED, jax.random.key(0), jnp.int32(8), spectra, measured, labels)
    absorbance = -np.log10(np.asarray(mixed))
    for at in range(8):
        own, other = absorbance[at, 100 + 50 * at], absorbance[at, 100 + 50 * ((at - 1) % 8)]
        assert own + other == pytest.approx(1, abs=1e-5)
        assert min(own, other) >= LEAST - 1e-6
        assert set(np.flatnonzero(joined[at])) == {at, (at - 1) % 8}
    np.testing.assert_array_equal(known.all(axis=1), [True] * 2 + [False] * 2 + [True] * 4)  # known of both
    untouched, known, same = _mixtures(0.0, INFRARED, jax.random.key(0), jnp.int32(8), spectra, measured, labels)
    np.testing.assert_array_equal(known, measured)
    np.testing.assert_array_equal(untouched, spectra)
    np.testing.assert_array_equal(same, labels)


def test_padding_is_mixed_with_nothing() -> None:
    spectra = jnp.asarray(np.stack([band(place) for place in (100, 200, 300, 400, 500)]))
    labels = jnp.eye(5, dtype=jnp.uint8)
    measured = jnp.ones(spectra.shape, bool)
    _, _, joined = _mixtures(1.0, INFRARED, jax.random.key(0), jnp.int32(3), spectra, measured, labels)
    assert [set(np.flatnonzero(row)) for row in joined[:3]] == [{0, 2}, {0, 1}, {1, 2}]


def test_a_network_learns_from_mixtures(small_dataset: Dataset, tmp_path: Path) -> None:
    run = start_or_resume(tmp_path / "mixed", MIXED, small_dataset)
    train([run], small_dataset, run.path)
    plain = start_or_resume(tmp_path / "plain", replace(MIXED, augmentation=Augmentation()), small_dataset)
    train([plain], small_dataset, plain.path)
    losses, without = ([record["loss"] for record in read_history(each)] for each in (run, plain))
    assert losses[0] != without[0]
    assert losses[1] < losses[0]


def test_what_does_not_add_up_is_refused(small_dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="from 0 to 1"):
        Augmentation(mixture=1.5)
    molecules = write_photoemission(tmp_path / "molecules", bundled_emitters(20), {})
    with pytest.raises(UsageError, match="add up"):
        for_dataset(replace(MIXED, model=Coulomb(), task=Curves()), molecules)
