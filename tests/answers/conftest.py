"""A tiny network for groups, trained for an epoch."""

import pytest

from irjax.answers.predictor import Predictor, load
from irjax.data.dataset import Dataset
from irjax.engine.config import Config, Optimizer
from irjax.engine.fit import start_or_resume, train
from irjax.models.cnn import CNN


@pytest.fixture(scope="session")
def predictor(small_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    config = Config(
        model=CNN(filters=4, kernel_size=5, dense_nodes=16, dense_layers=1),
        optimizer=Optimizer(epochs=(1,), learning_rates=(1e-3,), batch_size=16),
    )
    run = start_or_resume(tmp_path_factory.mktemp("runs") / "tiny", config, small_dataset)
    train([run], small_dataset, run.path)
    return load(run.path)
