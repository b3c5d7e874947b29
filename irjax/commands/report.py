"""What `irjax report` does: judges a run on its test part, and writes every table and figure of it."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from irjax.answers.judge import Judgement, evaluate, fold_figures
from irjax.answers.predictor import Predictor
from irjax.commands.output import say, warn
from irjax.data.dataset import Dataset, open_dataset
from irjax.engine.folds import folds_of
from irjax.engine.outcome import read_history
from irjax.engine.run import Run, open_run
from irjax.errors import InputError, UsageError
from irjax.pages.report import (
    Section,
    evaluation_sections,
    spectra_section,
    training_section,
    write_pictures,
    write_report,
)
from irjax.pages.tables import fold_table
from irjax.tasks.groups import Groups

_SPECTRA = 4


def run(arguments: argparse.Namespace) -> int:
    out = Path(arguments.out) if arguments.out else None
    say(str(write_run_report(Path(arguments.run_dir), arguments.data, out)))
    return 0


def write_run_report(run_path: Path, data: str | None, out: Path | None) -> Path:
    """Writes report.html and a PNG of each figure; returns the page's path.

    Raises:
        InputError: the run is not trained to its end, or its dataset is not where it was.
        UsageError: no spectrum is there to judge.
    """
    run = open_run(run_path)
    if not isinstance(run.config.task, Groups):
        raise UsageError(f"{run.path}: a report shows functional groups; `irjax evaluate` judges other tasks")
    out = out or run.path / "report"
    dataset = _dataset(run, data)
    predictor = Predictor(run)
    warn(predictor.warnings)
    judged = evaluate(predictor, dataset, "test")
    sections = evaluation_sections(judged.figures, judged.targets, judged.probabilities, "the network")
    cross = folds_of(run)
    same = dataset.checksum == run.dataset  # else its rows are not those that the folds spoke of
    if same and cross is not None and all(fold.finished for fold in cross.folds):
        sections.append(Section("Folds", [fold_table(fold_figures(cross, dataset))]))
    history = read_history(run)
    if history:
        sections.append(training_section(history))
    sections += [_spectra(predictor, dataset, judged), Section("The run", [_facts(run, dataset)])]
    write_pictures(out, sections)
    write_report(out / "report.html", f"irjax: {run.path.name}", sections)
    return out / "report.html"


def _dataset(run: Run, data: str | None) -> Dataset:
    if data is not None:
        return open_dataset(data)
    if not run.dataset_path:
        raise UsageError(f"{run.path}: an older irjax made this run and did not note its dataset; give it with --data")
    try:
        dataset = open_dataset(run.dataset_path)
    except InputError as error:
        raise InputError(f"{run.path}: its dataset is not where it was ({error}); give it with --data") from None
    if dataset.checksum != run.dataset:
        raise InputError(f"{dataset.path}: built anew since {run.path} was trained on it; give it with --data")
    return dataset


def _spectra(predictor: Predictor, dataset: Dataset, judged: Judgement) -> Section:
    """Some spectra of the test part: the first of each of the commonest phases."""
    phases = dataset.rows["phase"][judged.rows]
    _, first, counts = np.unique(phases.astype(str), return_index=True, return_counts=True)
    chosen = first[np.argsort(-counts, kind="stable")][:_SPECTRA]
    names, captions = [], []
    for at in chosen:
        row = judged.rows[at]
        answer = predictor.answer("", dataset.values[row], [], judged.probabilities[at], phase=str(phases[at]))
        called = [f"{name} {answer[name].probability:.2f}" for name in answer.present]
        there = _named(predictor.run.names, judged.targets[at])
        names.append(f"{dataset.rows['title'][row] or dataset.rows['file'][row]} ({dataset.rows['phase'][row]})")
        captions.append(f"There: {there}. Called present: {', '.join(called) or 'nothing'}.")
    return spectra_section(dataset.grid.values, dataset.values[judged.rows[chosen]], names, captions)


def _named(groups: Sequence[str], labels: np.ndarray) -> str:
    return ", ".join(name for name, there in zip(groups, labels, strict=True) if there) or "none of the groups"


def _facts(run: Run, dataset: Dataset) -> dict:
    record = json.loads((run.path / "config.json").read_text())
    split = run.split.counts(dataset, run.config.split.validation_fold)
    wanted = {key: record[key] for key in ("config", "grid", "versions", "dataset", "dataset_path") if key in record}
    corrected = {"correction": str(run.correction)} if run.correction else {}  # its reference is long
    return {"path": str(run.path), "spectra": split, **wanted, **corrected}
