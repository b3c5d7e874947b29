"""What a search varies and how: the space of configs, and the config at a point of it."""

import dataclasses
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from irjax.engine.config import Config, config_from_dict, defined_in
from irjax.errors import UsageError

Point = dict[str, int | float]
"""The value of each dimension, by name."""


@dataclass(frozen=True)
class Dimension:
    """A field of the config, and the range it is searched in."""

    name: str
    """As on the command line: model.filters, optimizer.batch_size."""
    low: float
    high: float
    log: bool = False
    """Whether it is its logarithm that is spread evenly."""

    @property
    def integer(self) -> bool:
        """Whether only whole numbers are meant: both ends are."""
        return isinstance(self.low, int) and isinstance(self.high, int)


TABLE_S2 = (
    Dimension("model.convolutions", 1, 5),
    Dimension("model.filters", 4, 32),
    Dimension("model.kernel_size", 2, 12),
    Dimension("model.dense_layers", 1, 4),
    Dimension("model.dense_nodes", 1000, 5000),
    Dimension("model.dense_divisor", 0.25, 0.8),
    Dimension("model.dropout", 0.0, 0.5),
    Dimension("optimizer.batch_size", 8, 512),
)
"""The space of Jung et al. (2023), SI, Table S2, and the number of dense layers, which their code searches too."""


_MOST_CORNERS = 256


@dataclass(frozen=True)
class Search:
    """A search, complete: with a dataset it determines every proposal."""

    base: Config
    """What every trial starts from."""
    dimensions: tuple[Dimension, ...] = TABLE_S2
    evaluations: int = 50
    initial: int = 8
    """Evaluations spread over the space (Sobol) before the Gaussian process proposes."""
    folds: tuple[int, ...] = (0,)
    """The folds that validate; the objective is the mean of each one's best validation loss."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.base.start:
            raise UsageError("start: a search begins with no run, whose shape few of its networks would have")
        if self.base.optimizer.schedule != "plateau":
            raise UsageError("a search needs optimizer.schedule plateau in its base config")
        if self.evaluations < 1 or self.initial < 1:
            raise UsageError("evaluations and initial must be 1 or more")
        if not self.folds or not set(self.folds) <= set(range(self.base.split.folds)):
            raise UsageError(f"folds must be some of 0 to {self.base.split.folds - 1}, not {self.folds}")
        if not self.dimensions:
            raise UsageError("a search needs dimensions to vary")
        names = [dimension.name for dimension in self.dimensions]
        for dimension in self.dimensions:
            if not dimension.low < dimension.high:
                raise UsageError(f"{dimension.name}: low {dimension.low} must be below high {dimension.high}")
            if dimension.log and dimension.low <= 0:
                raise UsageError(f"{dimension.name}: a logarithm needs a low above 0, not {dimension.low}")
            if names.count(dimension.name) > 1:
                raise UsageError(f"{dimension.name} is there twice")
        _ = self.corners  # where a space that reaches outside what a config allows shows

    @cached_property
    def corners(self) -> list[Config]:
        """The configs with every dimension at its low or its high end, in all combinations. Raises as `at`.

        Of a space of many dimensions both ends and _MOST_CORNERS that are drawn.
        """
        count = len(self.dimensions)
        if 2**count <= _MOST_CORNERS:
            chosen = np.array(list(np.ndindex(*[2] * count)))
        else:
            drawn = np.random.default_rng(0).integers(2, size=(_MOST_CORNERS, count))
            chosen = np.concatenate([[[0] * count, [1] * count], drawn])
        return [
            self.at({each.name: (each.low, each.high)[end] for each, end in zip(self.dimensions, ends, strict=True)})
            for ends in chosen
        ]

    def at(self, point: Point) -> Config:
        """The config at a point.

        Raises:
            UsageError: it has no such field, or does not allow such a value.
        """
        config = self.base
        for name, value in point.items():
            part, _, key = name.partition(".")
            fields = {each.name for each in dataclasses.fields(getattr(config, part, None) or Config)}
            if not key or not hasattr(config, part) or key not in fields:
                raise UsageError(f"{name}: no such field of a config")
            config = _with(config, part, key, value)
        return config

    def to_dict(self) -> dict[str, Any]:
        """Nested plain values, for JSON."""
        return dataclasses.asdict(self) | {"base": self.base.to_dict()}


def _with(config: Config, part: str, key: str, value: int | float) -> Config:
    return replace(config, **{part: replace(getattr(config, part), **{key: value})})


def search_from_dict(raw: dict[str, Any]) -> Search:
    """The search that `Search.to_dict` wrote, through JSON or not.

    Raises:
        InputError: its config is none of this irjax.
        UsageError: it is inconsistent.
    """
    dimensions = tuple(Dimension(**dimension) for dimension in raw["dimensions"])
    rest = {"base": config_from_dict(raw["base"]), "dimensions": dimensions, "folds": tuple(raw["folds"])}
    return Search(**(raw | rest))


def load_search(path: str | Path) -> Search:
    """The `search` that a Python file defines.

    Raises:
        InputError: there is no such file, it defines none, or it is inconsistent.
    """
    return defined_in(path, "search", Search)


def config_source(config: Config, title: str) -> str:
    """A config file for `irjax train` that gives this config."""
    parts, default = [], Config()
    kinds: set[type] = {Config}
    for part in dataclasses.fields(Config):
        value = getattr(config, part.name)
        if value == getattr(default, part.name):
            continue
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            kinds.add(type(value))
            usual = type(value)()
            changed = (
                f"{each.name}={getattr(value, each.name)!r}"
                for each in dataclasses.fields(value)
                if getattr(value, each.name) != getattr(usual, each.name)
            )
            parts.append(f"    {part.name}={type(value).__name__}({', '.join(changed)}),")
        else:
            parts.append(f"    {part.name}={value!r},")
    homes: dict[str, list[str]] = {}
    for kind in sorted(kinds, key=lambda kind: kind.__name__):
        homes.setdefault(kind.__module__, []).append(kind.__name__)
    imports = [f"from {home} import {', '.join(names)}" for home, names in sorted(homes.items())]
    return "\n".join([f'"""{title}"""', "", *imports, "", "config = Config(", *parts, ")", ""])
