"""Every network by name: a new one is a file beside this one and a line here."""

from dataclasses import asdict, fields
from typing import Any

from irjax.errors import UsageError
from irjax.models.benchmark import CNN2, CNN6, VGG, CNNBatchNorm, ResNet, Wang, WangCode
from irjax.models.blend import Blend
from irjax.models.cnn import CNN
from irjax.models.coulomb import Coulomb
from irjax.models.diffraction import Diffraction
from irjax.models.heights import Heights
from irjax.models.hybrid import Hybrid
from irjax.models.mlp import MLP
from irjax.models.reader import Reader
from irjax.models.recurrent import Recurrent

Trainable = (
    CNN
    | Reader
    | Hybrid
    | MLP
    | Recurrent
    | Heights
    | CNN6
    | CNN2
    | CNNBatchNorm
    | VGG
    | ResNet
    | Wang
    | WangCode
    | Diffraction
    | Coulomb
)
"""What a command line offers."""
Network = Trainable | Blend
"""A frozen config with `build(outputs, grid, convolution)`, which gives a Flax module.

The module is called with (`batch.Batch`, train) and returns outputs [batch, outputs] before any sigmoid; whoever asks
for intermediates finds `features` among them, of a blend those of each member.
"""

NETWORKS: dict[str, type[Trainable]] = {
    "cnn": CNN,
    "reader": Reader,
    "hybrid": Hybrid,
    "mlp": MLP,
    "gru": Recurrent,
    "heights": Heights,
    "cnn6": CNN6,
    "cnn2": CNN2,
    "cnn-bn": CNNBatchNorm,
    "vgg": VGG,
    "resnet": ResNet,
    "wang": Wang,
    "wang-code": WangCode,
    "diffraction": Diffraction,
    "coulomb": Coulomb,
}

_BLEND = "blend"
_LARGEST = 1_000_000
"""Whole number of any field of a network that was written."""


def network_name(config: Network) -> str:
    """The name of a config's network in the table.

    Raises:
        UsageError: it is not in the table, by which a run is opened again.
    """
    if isinstance(config, Blend):
        return _BLEND
    for name, kind in NETWORKS.items():
        if type(config) is kind:
            return name
    raise UsageError(f"{type(config).__name__} is not in the table of networks; add it to NETWORKS in models/table.py")


def network_to_dict(config: Network) -> dict[str, Any]:
    """The network's name and its fields, for JSON."""
    if isinstance(config, Blend):
        return {"network": _BLEND, "members": [network_to_dict(member) for member in config.members]}
    return {"network": network_name(config)} | asdict(config)


def network_from_dict(raw: dict[str, Any]) -> Network:
    """The config that `network_to_dict` wrote; without a name it is the paper's, which once was the only one.

    Raises:
        KeyError, TypeError: the table has no such network, or it has no such field, or one of an absurd size.
    """
    values = dict(raw)
    name = values.pop("network", "cnn")
    if name == _BLEND:
        return Blend(tuple(network_from_dict(member) for member in values["members"]))
    kind = NETWORKS[name]
    tuples = {field.name for field in fields(kind) if isinstance(field.default, tuple)}
    given: dict[str, Any] = {name: tuple(value) if name in tuples else value for name, value in values.items()}
    for field in fields(kind):
        value = given.get(field.name, field.default)
        if type(field.default) is int and not (type(value) is int and value <= _LARGEST):
            raise TypeError(f"{field.name} is {value}, not a whole number of at most {_LARGEST:,}")
    return kind(**given)
