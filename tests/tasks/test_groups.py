"""The task of functional groups where there is nothing to find."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from irjax.data.computed import computed_result, computed_spectra
from irjax.data.writing import write_dataset
from irjax.engine.config import Config, Optimizer
from irjax.engine.fit import start_or_resume, train
from irjax.engine.outcome import read_history
from irjax.models.cnn import CNN
from irjax.tasks.groups import Groups

WITHOUT_A_GROUP = [
    "[He]",
    "[Ne]",
    "[Ar]",
    "[Kr]",
    "[Xe]",
    "O",
    "N",
    "S",
    "Cl",
    "F",
    "Br",
    "I",
    "[H][H]",
    "O=C=O",
    "[C-]#[O+]",
    "N#N",
    "O=O",
    "O=S=O",
]


def test_f1_is_left_out_of_what_is_said_of_an_epoch() -> None:
    outputs, absent = np.full((4, 2), -1.0, np.float32), np.zeros((4, 2), np.uint8)
    assert set(Groups().validated(outputs, absent)) == {"validation_loss"}
    assert {"validation_f1_macro", "validation_f1_micro"} < set(Groups().validated(outputs, 1 - absent))


def test_a_network_trains_to_its_end(tmp_path: Path) -> None:
    drawn = islice(computed_spectra(), len(WITHOUT_A_GROUP))
    molecules = [replace(each, smiles=smiles, cas="") for each, smiles in zip(drawn, WITHOUT_A_GROUP, strict=True)]
    dataset = write_dataset(tmp_path / "data", map(computed_result, molecules), {"command": "tests"})
    assert not dataset.labels("irjax37").any()
    tiny = CNN(1, filters=2, kernel_size=3, dense_layers=1, dense_nodes=8)
    config = Config(model=tiny, optimizer=Optimizer(epochs=(1,), learning_rates=(1e-3,), batch_size=8))
    run = start_or_resume(tmp_path / "run", config, dataset)
    train([run], dataset, run.path)
    assert np.isfinite(read_history(run)[0]["validation_loss"])
