"""The same network in Keras 3 on its torch backend, as the paper's authors wrote theirs."""

import os
import time
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
from contest import CHECKED_EPSILON, CHECKED_RATE, answer
from keras import layers

from irjax.engine.config import load_config

held: dict[str, Any] = {}


def begin(folder: str, config: str) -> None:
    held.update(folder=Path(folder), config=load_config(config))
    _load(checked=False)


def _load(checked: bool) -> None:
    config, arrays = held["config"], np.load(held["folder"] / "start.npz")
    rate = CHECKED_RATE if checked else config.optimizer.learning_rates[0]
    dropout = 0.0 if checked else config.model.dropout
    network = _network(config.model, arrays["inputs"].shape[1], arrays["labels"].shape[1], dropout)
    for theirs, ours in _pairs(network):
        theirs.assign(arrays[ours])
    adam = keras.optimizers.Adam(rate, epsilon=config.optimizer.epsilon)
    network.compile(adam, keras.losses.BinaryCrossentropy())
    held.update(network=network, inputs=arrays["inputs"], labels=arrays["labels"].astype(np.float32))


def _network(model: Any, points: int, groups: int, dropout: float) -> keras.Sequential:
    stages: list[Any] = [layers.Reshape((-1, 1))]
    for layer in range(model.convolutions):
        stages += [
            layers.Conv1D(model.filters * 2**layer, model.kernel_size, padding="same"),
            layers.BatchNormalization(momentum=0.99, epsilon=1e-3),
            layers.ReLU(),
            layers.MaxPooling1D(2),
        ]
    stages.append(layers.Flatten())
    for width in model.dense:
        stages += [layers.Dense(width, activation="relu"), layers.Dropout(dropout)]
    return keras.Sequential([keras.Input((points,)), *stages, layers.Dense(groups, activation="sigmoid")])


def inference(model: Any, weights: dict[str, np.ndarray], inputs: np.ndarray) -> np.ndarray:
    """Probabilities by a trained network; `weights` by their names in a run's safetensors, without `params/`."""
    last = weights[f"Dense_{len(model.dense)}/bias"]
    network = _network(model, inputs.shape[1], len(last), 0.0)
    for theirs, ours in _pairs(network):
        theirs.assign(weights[ours])
    norms = [layer for layer in network.layers if isinstance(layer, layers.BatchNormalization)]
    for at, norm in enumerate(norms):
        norm.moving_mean.assign(weights[f"batch_stats/BatchNorm_{at}/mean"])
        norm.moving_variance.assign(weights[f"batch_stats/BatchNorm_{at}/var"])
    return np.asarray(network.predict_on_batch(inputs))


def _pairs(network: Any) -> list[tuple[Any, str]]:
    kinds = {
        "Conv": (layers.Conv1D, "bias"),
        "BatchNorm": (layers.BatchNormalization, "beta"),
        "Dense": (layers.Dense, "bias"),
    }
    pairs = []
    for name, (kind, bias) in kinds.items():
        for at, layer in enumerate(layer for layer in network.layers if isinstance(layer, kind)):
            first = (
                (layer.gamma, f"{name}_{at}/scale") if name == "BatchNorm" else (layer.kernel, f"{name}_{at}/kernel")
            )
            pairs += [first, (getattr(layer, bias), f"{name}_{at}/bias")]
    return pairs


def check(batches: list[list[int]]) -> str:
    _load(checked=True)
    network, inputs, labels = held["network"], held["inputs"], held["labels"]
    found = {"probabilities": np.asarray(network.predict_on_batch(inputs[:100]))}
    losses = []
    for step, rows in enumerate(batches, 1):
        # Keras adds epsilon before it corrects the bias of the squares, the others afterwards.
        network.optimizer.epsilon = CHECKED_EPSILON * (1 - held["config"].optimizer.b2 ** step) ** 0.5
        losses.append(_loss(inputs[rows], labels[rows]))
    found["losses"] = np.array(losses)
    found |= {name: keras.ops.convert_to_numpy(theirs.value) for theirs, name in _pairs(network)}
    np.savez(held["folder"] / "keras.npz", **found)  # pyright: ignore[reportArgumentType]
    _load(checked=False)
    return str(held["folder"] / "keras.npz")


def _loss(inputs: np.ndarray, labels: np.ndarray) -> float:
    held["network"].reset_metrics()  # what train_on_batch returns is a mean over the batches since
    return float(np.ravel(held["network"].train_on_batch(inputs, labels))[0])


def steps(count: int) -> float:
    size = held["config"].optimizer.batch_size
    inputs, labels = np.resize(held["inputs"], (count * size, 600)), np.resize(held["labels"], (count * size, 37))
    started = time.perf_counter()
    held["network"].fit(inputs, labels, batch_size=size, epochs=1, verbose=0)
    return time.perf_counter() - started


def predictions(count: int) -> float:
    spectra = np.resize(held["inputs"], (count, held["inputs"].shape[1]))
    started = time.perf_counter()
    held["network"].predict(spectra, batch_size=256, verbose=0)
    return time.perf_counter() - started


if __name__ == "__main__":
    answer({"begin": begin, "check": check, "steps": steps, "predictions": predictions})
