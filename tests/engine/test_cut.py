"""Spectra that a network sees over a part of their range."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from irjax.data.dataset import Dataset
from irjax.data.photoemission import bundled_emitters, write_photoemission
from irjax.engine.config import Augmentation, Config, Optimizer, for_dataset
from irjax.engine.step import TrainingData, empty_sums, epoch_order, initial_state, make_step
from irjax.errors import UsageError
from irjax.models.augment import BEGINS, ENDS
from irjax.models.batch import Batch
from irjax.models.coulomb import Coulomb
from irjax.spectra.grid import INFRARED
from irjax.tasks.curves import Curves

ROWS, BATCH = 500, 512


class Looking(nn.Module):
    """Keeps what it was shown."""

    @nn.compact
    def __call__(self, batch: Batch, train: bool) -> jax.Array:
        for name, shown in (("values", batch.values), ("measured", batch.measured), ("real", batch.real)):
            self.variable("batch_stats", name, lambda like=shown: jnp.zeros_like(like)).value = shown
        return nn.Dense(2)(batch.values[:, :2])


def shown(augmentation: Augmentation, measured: np.ndarray) -> Any:
    """What a network sees in one step of ROWS spectra that rise from 0 to 1."""
    rising = jnp.tile(jnp.linspace(0.1, 1.0, INFRARED.points), (ROWS, 1))
    data = TrainingData(
        values=rising,
        measured=jnp.asarray(measured),
        targets=jnp.zeros((ROWS, 2), jnp.uint8),
        loss_weights=jnp.ones(2),
        auxiliary=jnp.zeros((ROWS, 0), jnp.uint8),
        siblings=jnp.zeros((ROWS, 0), jnp.int32),
        steps_per_epoch=jnp.int32(1),
    )
    optimizer = Optimizer(batch_size=BATCH)
    state = initial_state(Looking(), optimizer, INFRARED, 0)
    step = make_step(Looking(), Config(optimizer=optimizer, augmentation=augmentation), INFRARED)
    order = epoch_order(state.key, 0, ROWS, BATCH)
    return jax.jit(step)(state.replace(batch_stats={}), empty_sums(), data, order)[0].batch_stats


def test_a_share_of_the_batch_is_seen_over_a_part_and_its_edges_are_repeated() -> None:
    seen = shown(Augmentation(cut=0.25), np.ones((ROWS, INFRARED.points), bool))
    values, measured = (np.asarray(seen[name])[np.asarray(seen["real"])] for name in ("values", "measured"))
    cut = ~measured.all(axis=1)
    assert cut.mean() == pytest.approx(0.25, abs=0.06)
    for row, known in zip(values[cut], measured[cut], strict=True):
        inside = INFRARED.values[known]
        assert BEGINS[0] <= inside.min() <= BEGINS[1] + INFRARED.spacing
        assert ENDS[0] - INFRARED.spacing <= inside.max() <= ENDS[1]
        assert row.min() == row[known].min()
        assert row.max() == row[known].max()
    np.testing.assert_array_equal(values[~cut], values[~cut][:1].repeat((~cut).sum(), axis=0))


def test_what_was_not_measured_is_not_seen_however_it_is_cut() -> None:
    measured = np.ones((ROWS, INFRARED.points), bool)
    measured[:, 300:] = False
    seen = shown(Augmentation(cut=1.0), measured)
    assert not np.asarray(seen["measured"])[:ROWS, 300:].any()


def test_a_share_of_the_batch_is_taken_for_measured_on_the_whole_grid() -> None:
    measured = np.ones((ROWS, INFRARED.points), bool)
    measured[:, 300:] = False
    known = np.asarray(shown(Augmentation(extended=0.25), measured)["measured"])[:ROWS]
    assert known.all(axis=1).mean() == pytest.approx(0.25, abs=0.06)
    assert not known[~known.all(axis=1), 300:].any()
    both = np.asarray(shown(Augmentation(extended=1.0, cut=1.0), np.zeros_like(measured))["measured"])[:ROWS]
    assert both.any(axis=1).all()
    assert not both.all(axis=1).any()


def test_a_mixture_is_seen_where_both_were_measured() -> None:
    measured = np.ones((ROWS, INFRARED.points), bool)
    measured[::2, 300:] = False
    seen = shown(Augmentation(mixture=1.0), measured)
    values, known = (np.asarray(seen[name])[:ROWS] for name in ("values", "measured"))
    short = ~known.all(axis=1)
    assert short.mean() == pytest.approx(0.75, abs=0.06)  # of pairs, those of which either is short
    np.testing.assert_allclose(values[short, 300:], values[short, 299:300].repeat(INFRARED.points - 300, axis=1))
    assert (np.diff(values[~short], axis=1) > 0).all()


def test_where_there_is_no_range_to_cut_it_is_refused(tmp_path: Path, small_dataset: Dataset) -> None:
    with pytest.raises(UsageError, match=r"augmentation\.cut must lie from 0 to 1"):
        Augmentation(cut=-0.1)
    config = Config(augmentation=Augmentation(cut=0.2))
    assert for_dataset(config, small_dataset).augmentation.cut == 0.2
    molecules = write_photoemission(tmp_path / "molecules", bundled_emitters(20), {})
    config = replace(config, model=Coulomb(), task=Curves())
    with pytest.raises(UsageError, match=r"augmentation\.cut: the ranges are those of infrared spectra"):
        for_dataset(config, molecules)
    with pytest.raises(UsageError, match=r"augmentation\.extended: infrared spectra go on level"):
        for_dataset(replace(config, augmentation=Augmentation(extended=0.2)), molecules)
