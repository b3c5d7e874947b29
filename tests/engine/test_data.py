"""What a run trains on: copies, siblings, weights."""

from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from irjax.data.dataset import Dataset
from irjax.engine.config import Augmentation, Config
from irjax.engine.data import Subset, sibling_table, training_data
from irjax.engine.fit import start_or_resume
from irjax.engine.step import partner_rows
from irjax.errors import UsageError
from irjax.models.inputs import filled, network_input, spanned
from irjax.spectra.grid import INFRARED
from irjax.tasks.groups import Groups
from irjax.tasks.losses import binary_cross_entropy


@pytest.fixture
def part() -> Subset:
    chance = np.random.default_rng(0)
    spectra = chance.random((40, 600)).astype(np.float32)
    spectra[:, :50] = np.nan
    compounds = np.array([f"M{at // 2 if at < 8 else at}" for at in range(40)], dtype=object)
    labels = (chance.random((40, 3)) < 0.3).astype(np.uint8)
    return Subset(np.arange(40), spectra, labels, compounds, labels[:, :0])


def with_copies(part: Subset, kind: str, share: float) -> tuple[np.ndarray, np.ndarray]:
    config = Config(augmentation=Augmentation((kind,), share))
    data, sources = training_data(config, part, INFRARED)
    np.testing.assert_array_equal(data.targets, part.targets[sources])
    inputs = spanned(data.values)
    np.testing.assert_array_equal(data.measured[:, 49:51], [[False, True]] * len(sources))
    np.testing.assert_allclose(inputs[:40], network_input(jnp.asarray(part.values)), atol=1e-6)
    assert float(inputs.min()) >= 0
    assert float(inputs.max()) <= 1
    return np.asarray(inputs[40:]), sources[40:]


def test_noise_shift_and_oversampling_copy_one_and_the_same_selection(part: Subset) -> None:
    chosen = {kind: with_copies(part, kind, 0.5) for kind in ("oversampling", "noise", "shift")}
    (exact, first), (noisy, second), (moved, third) = chosen.values()
    assert len(set(first)) == 20
    assert first.tolist() == second.tolist() == third.tolist()
    np.testing.assert_allclose(exact, network_input(jnp.asarray(part.values[first])), atol=1e-6)
    assert not np.allclose(noisy, exact, atol=1e-3)
    assert not np.allclose(moved, exact, atol=1e-3)


def test_a_smaller_share_is_a_part_of_a_larger_one(part: Subset) -> None:
    quarter, whole = (with_copies(part, "noise", share)[1] for share in (0.25, 1.0))
    assert quarter.tolist() == whole[:10].tolist()
    assert sorted(whole) == list(range(40))


def test_combinations_come_from_compounds_with_several_spectra_and_are_drawn_with_replacement(part: Subset) -> None:
    data, sources = training_data(Config(augmentation=Augmentation(("combination",), 1.0)), part, INFRARED)
    copies, sources = np.asarray(data.values[40:]), sources[40:]
    assert set(sources) <= set(range(8))
    absorbance = -np.log10(np.maximum(np.asarray(filled(jnp.asarray(part.values))), 1e-4))
    for copy, source in zip(copies, sources, strict=True):
        parts = np.stack([absorbance[source], absorbance[source ^ 1], np.ones(copy.size)])
        weights, residual, *_ = np.linalg.lstsq(parts.T, -np.log10(copy), rcond=None)
        assert residual < 1e-3
        assert (weights[:2] > -1e-3).all()
        assert weights[0] < 1 + 1e-3


def test_combination_without_siblings_is_refused(part: Subset) -> None:
    alone = replace(part, compounds=np.arange(40).astype(object))
    with pytest.raises(UsageError, match="compounds with several spectra"):
        training_data(Config(augmentation=Augmentation(("combination",), 1.0)), alone, INFRARED)


def test_combination_without_siblings_makes_no_run(small_dataset: Dataset, tmp_path: Path) -> None:
    keys = np.array([f"M{at}" for at in range(len(small_dataset))], dtype=object)
    lone = replace(small_dataset, rows=small_dataset.rows | {"inchikey": keys})
    with pytest.raises(UsageError, match="compounds with several spectra"):
        start_or_resume(tmp_path / "run", Config(augmentation=Augmentation(("combination",), 1.0)), lone)
    assert not (tmp_path / "run").exists()


def test_sibling_table_and_partners() -> None:
    table = sibling_table(np.array(list("abcab"), dtype=object))
    assert table.tolist() == [[3], [4], [-1], [0], [1]]
    rows = jnp.arange(5)
    assert partner_rows(jax.random.key(0), jnp.asarray(table), rows).tolist() == [3, 4, 2, 0, 1]
    table = sibling_table(np.array(list("aaab"), dtype=object))
    many = partner_rows(jax.random.key(0), jnp.repeat(jnp.asarray(table[:1]), 100, axis=0), jnp.zeros(100, int))
    assert set(many.tolist()) == {1, 2}


def test_positive_weights_balance_positives_and_negatives() -> None:
    labels = np.zeros((100, 4), np.uint8)
    labels[:20, 0] = labels[:50, 1] = labels[:, 3] = 1
    assert Groups().loss_weights(labels).tolist() == [1, 1, 1, 1]
    assert Groups(positive_weight=2.0, balance=1.0).loss_weights(labels).tolist() == [8, 2, 2, 2]
    np.testing.assert_allclose(Groups(balance=0.5).loss_weights(labels), [2, 1, 1, 1])


def test_weighted_loss_is_equation_s7() -> None:
    chance = np.random.default_rng(0)
    logits, labels = chance.normal(size=(6, 3)), chance.integers(0, 2, (6, 3))
    weight = np.array([1.0, 3.0, 0.5])
    h = 1 / (1 + np.exp(-logits))
    wanted = -(weight * labels * np.log(h) + (1 - labels) * np.log(1 - h))
    total, count = binary_cross_entropy(jnp.asarray(logits), jnp.asarray(labels), jnp.ones(6), jnp.asarray(weight))
    assert float(total / count) == pytest.approx(wanted.mean(), rel=1e-5)
    far, _ = binary_cross_entropy(jnp.array([[-200.0]]), jnp.array([[1]]), jnp.ones(1), 2.0)
    assert float(far) == pytest.approx(400.0)
