"""No molecule on both sides; groups equally frequent; membership by skeleton for any dataset."""

from dataclasses import replace

import numpy as np
import pytest
from iterstrat.ml_stratifiers import MultilabelStratifiedKFold

from irjax.data.dataset import Dataset
from irjax.data.splits import make_split, siblings, split_from_json
from irjax.data.stratification import stratified_parts
from irjax.errors import InputError, UsageError


@pytest.fixture(scope="module")
def paired(small_dataset: Dataset) -> Dataset:
    """The small dataset with every second spectrum made a sibling of the one before."""
    rows = {name: column.copy() for name, column in small_dataset.rows.items()}
    for name in ("inchikey", "inchi", "smiles"):
        rows[name][1::2] = rows[name][::2]
    return replace(small_dataset, rows=rows)


def test_parts_cover_every_molecule_once(small_dataset: Dataset) -> None:
    split = make_split(small_dataset, small_dataset.labels("irjax37"), "skeletons", False, 0)
    parts = [split.test, *split.folds]
    assert sum(map(len, parts)) == len(set().union(*parts)) == len(set(small_dataset.skeletons))
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 0.25 * len(small_dataset) / 5
    indices = [split.part(small_dataset, name, 2) for name in ("train", "validation", "test")]
    assert sorted(np.concatenate(indices)) == list(range(len(small_dataset)))


def test_groups_are_equally_frequent(small_dataset: Dataset) -> None:
    labels = small_dataset.labels("irjax37")
    split = make_split(small_dataset, labels, "skeletons", False, 0)
    member = split.membership(small_dataset)
    common = labels.sum(axis=0) >= 20

    def unevenness(member: np.ndarray) -> float:
        counts = np.stack([labels[member == part][:, common].sum(axis=0, dtype=int) for part in range(5)])
        return float(np.ptp(counts, axis=0).mean())

    draw = np.random.default_rng(0)
    by_chance = [unevenness(draw.permutation(member)) for _ in range(100)]
    assert unevenness(member) < 0.6 * np.mean(by_chance)
    assert unevenness(member) < min(by_chance)


def test_a_single_group_is_split_as_evenly(small_dataset: Dataset) -> None:
    labels = small_dataset.labels("irjax37")
    [most] = np.argsort(np.abs(labels.mean(axis=0) - 0.5))[:1]
    split = make_split(small_dataset, labels[:, [most]], "skeletons", False, 0)
    member = split.membership(small_dataset)
    shares = [labels[member == part, most].mean() for part in range(5)]
    assert np.ptp(shares) < 0.1


@pytest.mark.filterwarnings("ignore:The least populated class")  # groups rarer than the parts
@pytest.mark.parametrize("seed", range(20))
def test_parts_are_those_of_another_implementation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, groups, parts = rng.integers((8, 2, 2), (400, 40, 7))
    labels = (rng.random((rows, groups)) < rng.random(groups) * rng.random()).astype(np.uint8)
    stratifier = MultilabelStratifiedKFold(parts, shuffle=True, random_state=seed)
    drawn = stratified_parts(labels, parts, seed)
    for part, (_, chosen) in enumerate(stratifier.split(labels, labels)):
        assert np.flatnonzero(drawn == part).tolist() == chosen.tolist()


def test_siblings_stay_together_unless_rows_are_split(paired: Dataset) -> None:
    labels = paired.labels("irjax37")
    assert siblings(make_split(paired, labels, "skeletons", False, 0), paired)[1] == 0
    test, leaking = siblings(make_split(paired, labels, "rows", False, 0), paired)
    assert leaking > test / 2


def test_final_fit_trains_on_all_folds(small_dataset: Dataset) -> None:
    split = make_split(small_dataset, small_dataset.labels("irjax37"), "skeletons", False, 0)
    assert len(split.part(small_dataset, "validation", None)) == 0
    folds = [split.part(small_dataset, "validation", fold) for fold in range(4)]
    assert sorted(np.concatenate(folds)) == split.part(small_dataset, "train", None).tolist()


def test_isotopologues_are_left_out_unless_asked_for(small_dataset: Dataset) -> None:
    marked = small_dataset.rows["isotopic"].copy()
    marked[:10] = "1"
    dataset = replace(small_dataset, rows=small_dataset.rows | {"isotopic": marked})
    labels = dataset.labels("irjax37")
    assert (make_split(dataset, labels, "skeletons", False, 0).membership(dataset)[:10] == -1).all()
    assert (make_split(dataset, labels, "skeletons", True, 0).membership(dataset)[:10] >= 0).all()


def test_json_round_trip_and_seed(small_dataset: Dataset) -> None:
    labels = small_dataset.labels("irjax37")
    split = make_split(small_dataset, labels, "skeletons", False, 3)
    assert split_from_json(split.to_json()) == split == make_split(small_dataset, labels, "skeletons", False, 3)
    assert make_split(small_dataset, labels, "skeletons", False, 4) != split
    for wrong in ("", "[]", '{"kind": "skeletons", "test": [], "folds": [[]], "isotopologues": false}'):
        with pytest.raises(InputError):
            split_from_json(wrong)


def test_too_few_molecules(small_dataset: Dataset) -> None:
    few = replace(
        small_dataset,
        values=small_dataset.values[:3],
        rows={name: column[:3] for name, column in small_dataset.rows.items()},
    )
    with pytest.raises(UsageError, match="3 skeletons"):
        make_split(few, small_dataset.labels("irjax37")[:3], "skeletons", False, 0)


@pytest.mark.parametrize("kind", ["skeletons", "rows"])
def test_computed_spectra_help_to_train_and_never_validate_or_test(small_dataset: Dataset, kind: str) -> None:
    technique = np.array(["computed"] * 80 + ["transmission"] * (len(small_dataset) - 80), dtype=object)
    mixed = replace(small_dataset, rows=small_dataset.rows | {"technique": technique})
    twins = mixed.rows["inchikey"].copy()
    twins[:40] = twins[80:120]  # half of the computed ones are of measured molecules
    mixed = replace(mixed, rows=mixed.rows | {"inchikey": twins})
    split = make_split(mixed, mixed.labels("irjax37"), kind, False, 0)
    parts = {name: split.part(mixed, name, 1) for name in ("train", "validation", "test", "all")}
    for name in ("validation", "test", "all"):
        assert not mixed.aid[parts[name]].any()
    helping = parts["train"][mixed.aid[parts["train"]]]
    assert set(range(40, 80)) <= set(helping) < set(range(80))
    held_out = set(mixed.skeletons[np.concatenate([parts["validation"], parts["test"]])])
    assert not held_out & set(mixed.skeletons[parts["train"]])
    assert not small_dataset.aid.any()  # where all are computed, they are what is learned


def test_without_a_test_part_the_folds_hold_all_spectra(small_dataset: Dataset) -> None:
    split = make_split(small_dataset, small_dataset.labels("irjax37"), "skeletons", False, 0, folds=3, test=False)
    assert split.test == ()
    assert len(split.folds) == 3
    folds = [split.part(small_dataset, "validation", fold) for fold in range(3)]
    assert sorted(np.concatenate(folds)) == list(range(len(small_dataset)))
    assert len(split.part(small_dataset, "train", None)) == len(small_dataset)
    assert len(split.part(small_dataset, "test", None)) == 0
    assert split_from_json(split.to_json()) == split


@pytest.fixture
def parted(small_dataset: Dataset) -> Dataset:
    """The small dataset, saying itself which spectra train, validate and test."""
    words = ["train", "train", "validation", "test"]
    parts = np.array([words[at % 4] for at in range(len(small_dataset))], dtype=object)
    return replace(small_dataset, rows=small_dataset.rows | {"part": parts})


def test_a_dataset_may_say_its_parts_itself_and_leave_spectra_out(parted: Dataset) -> None:
    parted.rows["part"][0] = ""
    split = make_split(parted, parted.labels("irjax37"), "parts", False, 0)
    assert split.part(parted, "validation", 0).tolist() == list(range(2, len(parted), 4))
    assert 0 not in split.part(parted, "train", 0)


@pytest.mark.parametrize(("wrong", "row"), [("Train", 4), ("val", 2), ("training ", 1)])
def test_a_part_by_another_word_loses_no_row_in_silence(parted: Dataset, wrong: str, row: int) -> None:
    parted.rows["part"][row] = wrong
    with pytest.raises(InputError, match=rf"spectra\.csv, spectrum {row + 1}: the part '{wrong}'; expected"):
        make_split(parted, parted.labels("irjax37"), "parts", False, 0)
