"""The same network in PyTorch, written as PyTorch's users write it: eager, fused Adam, channels before points."""

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from contest import CHECKED_EPSILON, CHECKED_RATE, answer
from torch import nn

from irjax.engine.config import load_config

held: dict[str, Any] = {}


class Network(nn.Module):
    def __init__(self, model: Any, groups: int, points: int, dropout: float) -> None:
        super().__init__()
        stages, channels = [], 1
        for layer in range(model.convolutions):
            filters = model.filters * 2**layer
            stages += [
                nn.Conv1d(channels, filters, model.kernel_size, padding="same"),
                nn.BatchNorm1d(filters, eps=1e-3, momentum=0.01),
                nn.ReLU(),
                nn.MaxPool1d(2),
            ]
            channels, points = filters, points // 2
        self.features = nn.Sequential(*stages)
        self.shape = channels, points
        widths, layers = [channels * points, *model.dense], []
        for before, after in pairwise(widths):
            layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(dropout)]
        self.classifier = nn.Sequential(*layers, nn.Linear(widths[-1], groups))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.features(inputs[:, None]).flatten(1))


def begin(folder: str, config: str) -> None:
    held.update(folder=Path(folder), config=load_config(config))
    _load(checked=False)


def _load(checked: bool) -> None:
    config, arrays = held["config"], np.load(held["folder"] / "start.npz")
    rate, dropout, epsilon = CHECKED_RATE, 0.0, CHECKED_EPSILON
    if not checked:
        rate, dropout, epsilon = config.optimizer.learning_rates[0], config.model.dropout, config.optimizer.epsilon
    network = Network(config.model, arrays["labels"].shape[1], arrays["inputs"].shape[1], dropout)
    for theirs, ours in _pairs(network):
        theirs.data = torch.tensor(_to_torch(ours, arrays[ours], network))
    adam = torch.optim.Adam(network.parameters(), rate, eps=epsilon, fused=True)
    held.update(
        network=network,
        optimizer=adam,
        inputs=torch.tensor(arrays["inputs"]),
        labels=torch.tensor(arrays["labels"]).float(),
    )


def inference(model: Any, weights: dict[str, np.ndarray], inputs: np.ndarray) -> np.ndarray:
    """Probabilities by a trained network; `weights` by their names in a run's safetensors, without `params/`."""
    last = weights[f"Dense_{len(model.dense)}/bias"]
    network = Network(model, len(last), inputs.shape[1], 0.0).eval()
    for theirs, ours in _pairs(network):
        theirs.data = torch.from_numpy(_to_torch(ours, weights[ours], network))
    norms = [layer for layer in network.features if isinstance(layer, nn.BatchNorm1d)]
    for at, norm in enumerate(norms):
        norm.running_mean = torch.from_numpy(weights[f"batch_stats/BatchNorm_{at}/mean"])
        norm.running_var = torch.from_numpy(weights[f"batch_stats/BatchNorm_{at}/var"])
    with torch.inference_mode():
        return torch.sigmoid(network(torch.from_numpy(inputs))).numpy()


def _pairs(network: Network) -> list[tuple[nn.Parameter, str]]:
    convolutions = [layer for layer in network.features if isinstance(layer, nn.Conv1d)]
    norms = [layer for layer in network.features if isinstance(layer, nn.BatchNorm1d)]
    dense = [layer for layer in network.classifier if isinstance(layer, nn.Linear)]
    pairs = [(layer.weight, f"Conv_{at}/kernel") for at, layer in enumerate(convolutions)]
    pairs += [(layer.bias, f"Conv_{at}/bias") for at, layer in enumerate(convolutions)]
    pairs += [(layer.weight, f"BatchNorm_{at}/scale") for at, layer in enumerate(norms)]
    pairs += [(layer.bias, f"BatchNorm_{at}/bias") for at, layer in enumerate(norms)]
    pairs += [(layer.weight, f"Dense_{at}/kernel") for at, layer in enumerate(dense)]
    return pairs + [(layer.bias, f"Dense_{at}/bias") for at, layer in enumerate(dense)]


def _to_torch(name: str, array: np.ndarray, network: Network) -> np.ndarray:
    """irjax flattens points before channels, PyTorch channels before points."""
    if name == "Dense_0/kernel":
        channels, points = network.shape
        array = array.reshape(points, channels, -1).transpose(1, 0, 2).reshape(array.shape)
    if name.endswith("kernel"):
        array = array.transpose()
    return np.ascontiguousarray(array)


def _from_torch(name: str, array: np.ndarray, network: Network) -> np.ndarray:
    if name.endswith("kernel"):
        array = array.transpose()
    if name == "Dense_0/kernel":
        channels, points = network.shape
        array = array.reshape(channels, points, -1).transpose(1, 0, 2).reshape(array.shape)
    return array


def _step(rows: torch.Tensor) -> torch.Tensor:
    held["optimizer"].zero_grad(set_to_none=True)
    logits = held["network"](held["inputs"][rows])
    loss = nn.functional.binary_cross_entropy_with_logits(logits, held["labels"][rows])
    loss.backward()
    held["optimizer"].step()
    return loss


def check(batches: list[list[int]]) -> str:
    _load(checked=True)
    network = held["network"]
    with torch.inference_mode():
        found = {"probabilities": torch.sigmoid(network.eval()(held["inputs"][:100])).numpy()}
    network.train()
    found["losses"] = np.array([_step(torch.tensor(rows)).item() for rows in batches])
    found |= {name: _from_torch(name, theirs.detach().numpy(), network) for theirs, name in _pairs(network)}
    np.savez(held["folder"] / "torch.npz", **found)
    _load(checked=False)
    return str(held["folder"] / "torch.npz")


def steps(count: int) -> float:
    size = held["config"].optimizer.batch_size
    held["network"].train()
    started = time.perf_counter()
    order = torch.randperm(count * size) % len(held["inputs"])
    for at in range(count):
        _step(order[at * size : (at + 1) * size])
    return time.perf_counter() - started


def predictions(count: int) -> float:
    spectra = np.resize(held["inputs"].numpy(), (count, held["inputs"].shape[1]))
    network = held["network"].eval()
    started = time.perf_counter()
    with torch.inference_mode():
        for at in range(0, count, 256):
            torch.sigmoid(network(torch.from_numpy(spectra[at : at + 256]))).numpy()
    return time.perf_counter() - started


if __name__ == "__main__":
    answer({"begin": begin, "check": check, "steps": steps, "predictions": predictions})
