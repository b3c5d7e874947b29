"""A network that begins with the weights of another: what it takes over, and whom it may be judged by."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from flax.traverse_util import flatten_dict

from irjax.data.dataset import Dataset
from irjax.data.splits import Partition
from irjax.engine.config import Config, Optimizer, Split
from irjax.engine.fit import draw_split, start_or_resume, train
from irjax.engine.folds import start_folds
from irjax.engine.outcome import read_weights, write_answering
from irjax.engine.run import open_run
from irjax.engine.start import fitting_weights, inherited
from irjax.engine.step import laid_over
from irjax.errors import InputError, UsageError
from irjax.models.batch import empty_batch
from irjax.models.cnn import CNN
from irjax.spectra.grid import INFRARED
from irjax.tuning.space import Search

STILL = Config(
    model=CNN(filters=4, kernel_size=5, dense_nodes=16, dense_layers=1, dropout=0.2),
    optimizer=Optimizer(epochs=(2,), learning_rates=(1e-3,), batch_size=16),
)


@pytest.fixture(scope="module")
def before(small_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained run."""
    run = start_or_resume(tmp_path_factory.mktemp("runs") / "before", STILL, small_dataset)
    train([run], small_dataset, run.path)
    return run.path


def shapes(names: int) -> Any:
    """Variables of such a network with so many outputs."""
    module = STILL.model.build(names, INFRARED)
    return module.init(jax.random.key(7), empty_batch(INFRARED), train=False)


def test_a_run_begins_with_the_weights_of_the_other(
    before: Path, small_dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = Optimizer(epochs=(1,), learning_rates=(1e-12,), batch_size=16)  # too small to be seen
    run = start_or_resume(tmp_path / "after", replace(STILL, start=str(before), optimizer=steps), small_dataset)
    train([run], small_dataset, run.path)
    old, new = (flatten_dict(read_weights(open_run(path))["params"], sep="/") for path in (before, run.path))
    for name, leaf in old.items():
        np.testing.assert_allclose(new[name], leaf, atol=1e-8, err_msg=name)
    said = " ".join(capsys.readouterr().err.split())  # a long path is broken into lines
    assert f"starts from {before}; drawn anew: nothing" in said


def test_outputs_that_stand_for_something_else_are_drawn(before: Path) -> None:
    run = open_run(before)
    other = tuple(f"another {name}" for name in run.names)
    task = run.config.task
    elsewhere = replace(task, vocabulary="jung2023")  # the same names, other patterns
    cases = ((task, run.names, True), (task, other, False), (task, other[:5], False), (elsewhere, run.names, False))
    for learns, names, kept in cases:
        drawn = shapes(len(names))
        begun = laid_over(drawn, fitting_weights(run, learns, names, drawn))["params"]
        np.testing.assert_array_equal(begun["Dense_0"]["kernel"], read_weights(run)["params"]["Dense_0"]["kernel"])
        wanted = read_weights(run) if kept else drawn
        np.testing.assert_array_equal(begun["Dense_1"]["kernel"], wanted["params"]["Dense_1"]["kernel"])


def test_an_interrupted_one_goes_on_without_the_run_it_began_with(
    before: Path, small_dataset: Dataset, tmp_path: Path
) -> None:
    gone = shutil.copytree(before, tmp_path / "gone")
    config = replace(STILL, start=str(gone))
    straight = start_or_resume(tmp_path / "straight", config, small_dataset)
    train([straight], small_dataset, straight.path)
    run = start_or_resume(tmp_path / "again", config, small_dataset)
    train(
        [replace(run, config=replace(config, optimizer=replace(config.optimizer, epochs=(1,))))],
        small_dataset,
        run.path,
    )
    for name in ("weights.safetensors", "answering.json"):
        (run.path / name).unlink()
    shutil.rmtree(gone)
    train([start_or_resume(run.path, config, small_dataset)], small_dataset, run.path)
    assert (run.path / "weights.safetensors").read_bytes() == (straight.path / "weights.safetensors").read_bytes()


def test_a_layer_is_taken_over_whole_or_not_at_all(before: Path) -> None:
    run, wider = open_run(before), replace(STILL.model, kernel_size=7).build(37, INFRARED)
    drawn = wider.init(jax.random.key(7), empty_batch(INFRARED), train=False)
    found = fitting_weights(run, run.config.task, run.names, drawn)
    assert "Conv_0" not in found["params"]  # whose bias would have fitted
    assert set(found["batch_stats"]) == {"BatchNorm_0", "BatchNorm_1"}


def test_weights_that_changed_meanwhile_are_refused(before: Path, small_dataset: Dataset, tmp_path: Path) -> None:
    copy = shutil.copytree(before, tmp_path / "copy")
    run = start_or_resume(tmp_path / "after", replace(STILL, start=str(copy)), small_dataset)
    record = json.loads((copy / "answering.json").read_text())
    write_answering(open_run(copy), record | {"weights": "others"})
    with pytest.raises(InputError, match="has other weights than when"):
        train([run], small_dataset, run.path)


def test_molecules_it_learned_from_judge_nothing(before: Path, small_dataset: Dataset, tmp_path: Path) -> None:
    """Another seed would draw another test part; places are kept all the same, and other parts are refused."""
    config = replace(STILL, start=str(before), split=Split(seed=5))
    known = open_run(before).split
    assert draw_split(config, small_dataset) == known
    drawn_anew = draw_split(replace(config, start=""), small_dataset)
    assert drawn_anew != known
    with pytest.raises(UsageError, match="of the molecules that are to validate or test"):
        start_or_resume(tmp_path / "leaking", config, small_dataset, drawn_anew)
    with pytest.raises(UsageError, match=r"same split\.validation_fold"):
        start_or_resume(tmp_path / "other", replace(config, split=Split(validation_fold=1)), small_dataset)
    with pytest.raises(UsageError, match="split by skeletons into 4 folds, this one is by rows"):
        draw_split(replace(config, split=Split("rows")), small_dataset)
    with pytest.raises(UsageError, match="only a split by molecules keeps them apart"):
        start_or_resume(tmp_path / "rows", config, small_dataset, replace(known, kind="rows"))
    with pytest.raises(UsageError, match="has no 4 folds"):
        start_folds(tmp_path / "folds", config, small_dataset)
    with pytest.raises(UsageError, match="a search begins with no run"):
        Search(config)
    assert not list(tmp_path.iterdir())


def test_each_fold_begins_with_the_network_that_has_not_seen_it(
    before: Path, small_dataset: Dataset, tmp_path: Path
) -> None:
    first = start_folds(tmp_path / "first", STILL, small_dataset)
    for run in (first.final, *first.folds):
        shutil.copy(before / "weights.safetensors", run.path)
        write_answering(run, json.loads((before / "answering.json").read_text()))
    config = replace(STILL, start=str(first.final.path), split=Split(seed=5))
    second = start_folds(tmp_path / "second", config, small_dataset)
    assert second.final.split == first.final.split
    assert [run.config.start for run in second.folds] == [str(run.path) for run in first.folds]
    shutil.rmtree(tmp_path / "first")
    assert start_folds(tmp_path / "second", config, small_dataset) == second


def test_what_taught_the_start_of_the_start_judges_nothing_either(
    before: Path, small_dataset: Dataset, tmp_path: Path
) -> None:
    """A run on less than its start knew has forgotten in its own split whom that had met."""
    config = replace(STILL, start=str(before))
    known = open_run(before).split
    fewer = replace(known, folds=(known.folds[0], known.folds[1], known.folds[2][:3], known.folds[3][:3]))
    middle = start_or_resume(tmp_path / "middle", config, small_dataset, fewer)
    for name in ("weights.safetensors", "answering.json"):
        shutil.copy(before / name, middle.path / name)
    dropped = known.folds[3][3:]
    tested = replace(fewer, test=(*fewer.test, *dropped))
    with pytest.raises(UsageError, match=rf"before learned from {len(dropped)} of"):
        start_or_resume(tmp_path / "last", replace(config, start=str(middle.path)), small_dataset, tested)


def test_new_molecules_have_the_place_that_they_were_drawn_to() -> None:
    old = Partition("skeletons", ("a",), (("b",), ("c",)), aided=("f",))
    new = Partition("skeletons", ("b", "d"), (("a", "e"), ("f", "g")))
    assert inherited(new, old) == Partition("skeletons", ("a", "d"), (("b", "e"), ("c", "g")), aided=("f",))


def test_molecules_of_computed_spectra_beside_measured_ones_are_known_to_have_taught(small_dataset: Dataset) -> None:
    techniques = np.array(["computed" if at % 4 else "" for at in range(len(small_dataset))], dtype=object)
    mixed = replace(small_dataset, rows=small_dataset.rows | {"technique": techniques})
    split = draw_split(STILL, mixed)
    trained = {mixed.skeletons[row] for row in split.part(mixed, "train", 0)}
    assert mixed.aid.any()
    assert trained == split.trained_skeletons(0) & set(mixed.skeletons.tolist())


def test_what_has_no_layer_in_common_or_is_no_run_is_refused(
    before: Path, small_dataset: Dataset, tmp_path: Path
) -> None:
    other = CNN(3, filters=5, kernel_size=3, dense_nodes=8, dense_layers=1)
    with pytest.raises(UsageError, match=r"no layer of .* has the name and shape"):
        start_or_resume(tmp_path / "other", replace(STILL, start=str(before), model=other), small_dataset)
    with pytest.raises(InputError, match="not a run"):
        start_or_resume(tmp_path / "none", replace(STILL, start=str(tmp_path)), small_dataset)
    assert not list(tmp_path.iterdir())
