"""A network that begins with the weights of another: what it takes over, and whom it may be judged by."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from flax.traverse_util import flatten_dict

from irjax.data.dataset import Dataset
from irjax.data.splits import Split
from irjax.engine.config import Config, Optimizer
from irjax.engine.config import Split as Wanted
from irjax.engine.fit import draw_split, start_or_resume, train
from irjax.engine.run import open_run, read_weights
from irjax.engine.start import fitting_weights, inherited, laid_over
from irjax.errors import InputError, UsageError
from irjax.models.batch import empty_batch
from irjax.models.cnn import CNN
from irjax.spectra.grid import INFRARED

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
    assert re.search(r"starts from .*: 16 of 16 arrays", capsys.readouterr().err)


def test_outputs_that_stand_for_something_else_are_drawn(before: Path) -> None:
    run = open_run(before)
    other = tuple(f"another {name}" for name in run.names)
    for names, kept in ((run.names, True), (other, False), (other[:5], False)):
        drawn = shapes(len(names))
        begun = laid_over(drawn, fitting_weights(run, names, drawn))["params"]
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


def test_molecules_it_learned_from_judge_nothing(before: Path, small_dataset: Dataset, tmp_path: Path) -> None:
    """Another seed would draw another test part; places are kept all the same, and other parts are refused."""
    config = replace(STILL, start=str(before), split=Wanted(seed=5))
    known = open_run(before).split
    assert draw_split(config, small_dataset) == known
    drawn_anew = draw_split(replace(config, start=""), small_dataset)
    assert drawn_anew != known
    with pytest.raises(UsageError, match="of the molecules that are to validate or test"):
        start_or_resume(tmp_path / "leaking", config, small_dataset, drawn_anew)
    with pytest.raises(UsageError, match=r"same split\.validation_fold"):
        start_or_resume(tmp_path / "other", replace(config, split=Wanted(validation_fold=1)), small_dataset)
    with pytest.raises(UsageError, match="split by skeletons into 4 folds, this one is by rows"):
        draw_split(replace(config, split=Wanted("rows")), small_dataset)
    assert not list(tmp_path.iterdir())


def test_new_molecules_have_the_place_that_they_were_drawn_to() -> None:
    old = Split("skeletons", ("a",), (("b",), ("c",)))
    new = Split("skeletons", ("b", "d"), (("a", "e"), ("f",)))
    assert inherited(new, old) == Split("skeletons", ("a", "d"), (("b", "e"), ("c", "f")))


def test_what_has_no_layer_in_common_or_is_no_run_is_refused(
    before: Path, small_dataset: Dataset, tmp_path: Path
) -> None:
    module = CNN(3, filters=5, kernel_size=3, dense_nodes=8, dense_layers=1).build(37, INFRARED)
    like = jax.eval_shape(lambda: module.init(jax.random.key(0), empty_batch(INFRARED), train=False))
    with pytest.raises(UsageError, match=r"no layer of .* has the name and shape"):
        fitting_weights(open_run(before), open_run(before).names, like)
    with pytest.raises(InputError, match="not a run"):
        start_or_resume(tmp_path / "none", replace(STILL, start=str(tmp_path)), small_dataset)
