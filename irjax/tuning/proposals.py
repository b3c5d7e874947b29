"""Gaussian-process proposals by expected improvement (Jung et al. 2023, SI, Algorithm S1), with scikit-optimize."""

import warnings
from collections.abc import Sequence
from typing import Any

from skopt import Optimizer
from skopt.space import Integer, Real

from irjax.tuning.space import Point, Search


class Proposals:
    """Asks for points and is told how good they were; the same calls give the same points."""

    def __init__(self, search: Search) -> None:
        self._dimensions = search.dimensions
        spaces = [
            (Integer if dimension.integer else Real)(
                dimension.low, dimension.high, prior="log-uniform" if dimension.log else "uniform", name=dimension.name
            )
            for dimension in search.dimensions
        ]
        self._optimizer = Optimizer(
            spaces,
            base_estimator="GP",
            acq_func="EI",
            n_initial_points=search.initial,
            initial_point_generator="sobol",
            random_state=search.seed,
        )

    def ask(self, number: int) -> list[Point]:
        """That many points to try at once; each but the first takes those before it for tried (constant liar)."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the library: a point proposed twice is replaced by a random one
            found: Any = [self._optimizer.ask()] if number == 1 else self._optimizer.ask(number, strategy="cl_min")
        return [self._point(values) for values in found]

    def tell(self, points: Sequence[Point], objectives: Sequence[float]) -> None:
        """What the points that were asked for came to, all of them finite."""
        values = [[point[dimension.name] for dimension in self._dimensions] for point in points]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if len(values) == 1:
                self._optimizer.tell(values[0], objectives[0])
            else:
                self._optimizer.tell(values, list(objectives))

    def _point(self, values: Sequence[float]) -> Point:
        # The library gives numpy numbers, which neither JSON nor a config takes.
        return {
            dimension.name: int(value) if dimension.integer else float(value)
            for dimension, value in zip(self._dimensions, values, strict=True)
        }
