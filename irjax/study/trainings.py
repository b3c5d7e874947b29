"""The trainings of a study: each is a run of its own, made once and used by every comparison that asks for it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.special import expit

from irjax.answers.predictor import Predictor
from irjax.chemistry.groups import CORRECTED
from irjax.data.dataset import Dataset
from irjax.data.splits import Partition, make_split
from irjax.engine.config import Config, Optimizer
from irjax.engine.fit import start_or_resume, train
from irjax.engine.folds import CrossValidation, start_folds, train_folds
from irjax.engine.run import Run
from irjax.evaluation.thresholds import DEFAULT
from irjax.models.cnn import CNN
from irjax.study.arms import Answers, Arm


@dataclass(frozen=True)
class Preset:
    """How much a study computes."""

    config: Config
    """What all its trainings start from."""
    seeds: tuple[int, ...]
    copied_seeds: tuple[int, ...]
    """Of the many trainings with copies added beforehand."""
    explained: str


PRESETS = {
    "small": Preset(
        Config(
            model=CNN(filters=8, dense_nodes=256, dense_layers=2, dropout=0.25),
            optimizer=Optimizer(epochs=(12, 4), learning_rates=(1e-3, 1e-4), batch_size=64),
        ),
        seeds=(0, 1, 2),
        copied_seeds=(0,),
        explained="a relative of the paper's network with 0.66 million parameters, 16 epochs; for a CPU",
    ),
    "full": Preset(
        Config(),
        seeds=(0, 1, 2),
        copied_seeds=(0, 1, 2),
        explained="the paper's network of 64 million parameters, 42 epochs; for an accelerator",
    ),
}


Drawn = Mapping[str, Mapping[str, np.ndarray]]
"""Labels of structures as they were drawn, uint8 [groups], by vocabulary and by the ID of the compound."""


@dataclass(frozen=True)
class Trainings:
    """Runs under one directory, by name; unless said otherwise they share one split by molecules."""

    path: Path
    dataset: Dataset
    preset: Preset
    drawn: Drawn
    """Of compounds whose structure is known as it was drawn."""

    @cached_property
    def split(self) -> Partition:
        """The paper's five parts, drawn by molecules."""
        return make_split(self.dataset, self.dataset.labels(CORRECTED), "skeletons", isotopologues=False, seed=0)

    @cached_property
    def test(self) -> np.ndarray:
        """The spectra of the test part, int [n]."""
        return self.split.part(self.dataset, "test", None)

    @cached_property
    def truth(self) -> np.ndarray:
        """What the test part is judged by, 0/1 [n, groups]."""
        return self.dataset.labels(CORRECTED)[self.test]

    def run(self, name: str, config: Config, split: Partition | None = None) -> Run:
        """The finished run of that name, trained now if it is not yet."""
        return self._trained(start_or_resume(self.path / name, config, self.dataset, split or self.split), name)

    def _trained(self, run: Run, title: str) -> Run:
        if not run.finished:
            train([run], self.dataset, run.path, title=title)
            _forget_programs()
        return run

    def each(
        self, name: str, config: Config, seeds: Iterable[int] | None = None, split: Partition | None = None
    ) -> list[Run]:
        """The finished runs of each seed."""
        seeds = self.preset.seeds if seeds is None else seeds
        return [self.run(f"{name}-{seed}", replace(config, seed=seed), split) for seed in seeds]

    def plain(self) -> list[Run]:
        """The network as the preset has it, validated on the first fold, of each seed: what most arms are held against.

        These are the first folds of `cross_validated`.
        """
        return [self._trained(self._start_folds(seed).folds[0], f"plain-{seed}") for seed in self.preset.seeds]

    def cross_validated(self) -> list[CrossValidation]:
        """Four folds and the final fit on all of them, of each seed."""
        found = [self._start_folds(seed) for seed in self.preset.seeds]
        for seed, cross in zip(self.preset.seeds, found, strict=True):
            if not cross.final.finished:
                train_folds(cross, self.dataset, title=f"cross-validated-{seed}")
                _forget_programs()
        return found

    def _start_folds(self, seed: int) -> CrossValidation:
        config = replace(self.preset.config, seed=seed)
        return start_folds(self.path / f"cross-validated-{seed}", config, self.dataset, self.split)

    def arm(
        self,
        title: str,
        runs: Iterable[Run],
        labels: np.ndarray | None = None,
        rows: np.ndarray | None = None,
        altered: Callable[[np.ndarray], np.ndarray] | None = None,
        calibrated: bool = True,
    ) -> Arm:
        """What runs say of some spectra of the dataset.

        Args:
            labels: 0/1 [n, groups], what they are judged by; by default `truth`.
            rows: the spectra, int [n]; by default the test part.
            altered: changes what they see of them, float32 [n, points].
            calibrated: whether outputs are calibrated where a run can be; not so where others of the comparison cannot.
        """
        labels = self.truth if labels is None else labels
        rows = self.test if rows is None else rows
        seen = self.dataset.values[rows]
        members = [answers(run, seen if altered is None else altered(seen), calibrated) for run in runs]
        return Arm(title, tuple(members), labels, self.dataset.skeletons[rows])


def answers(run: Run, spectra: np.ndarray, calibrated: bool = True) -> Answers:
    """What a run says of spectra, float32 [n, points]: calibrated where it can be, or at its word and at 0.5."""
    predictor = Predictor(run)
    if not calibrated:
        return Answers(expit(predictor.outputs(spectra)), np.full(len(run.names), DEFAULT))
    return Answers(predictor.probabilities(spectra), predictor.thresholds)


def _forget_programs() -> None:
    """A study compiles a hundred programs, each for one training only."""
    import jax

    jax.clear_caches()
