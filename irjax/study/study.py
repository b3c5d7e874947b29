"""The study: runs every comparison of the plan, keeps each as it finishes, and writes the page anew."""

import json
import platform
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from irjax.chemistry.groups import CORRECTED, PUBLISHED
from irjax.chemistry.labels import label
from irjax.chemistry.structures import StructureError, read_structure
from irjax.data.compounds import read_compounds
from irjax.data.dataset import Dataset
from irjax.engine.config import config_from_dict
from irjax.errors import InputError, UsageError
from irjax.files import write_aside
from irjax.study.arms import RESAMPLES, Row
from irjax.study.page import page
from irjax.study.plan import PLAN
from irjax.study.trainings import PRESETS, Drawn, Trainings

FILE = "study.json"


def run_study(
    out: Path, dataset: Dataset, preset: str, drawn: Path | None, page_file: Path, say: Callable[[str], None]
) -> None:
    """Runs what is not run yet; killed at any moment, the same call goes on with the training it was at.

    Args:
        out: the study's directory: its trainings and `study.json`, the rows found so far.
        preset: a name in PRESETS.
        drawn: a table of ID and smiles, the structures as drawn; without it published labels cannot be judged.
        page_file: the Markdown page, written anew after each comparison but for what `page` keeps.
        say: told what is being done.

    Raises:
        InputError: `out` holds another study, the dataset is none of known structures, or a file is damaged.
    """
    chosen = PRESETS[preset]
    chosen.config.task.names(dataset)  # which a dataset of anything else has none of
    kind = {"preset": preset, "config": chosen.config.to_dict(), "dataset": dataset.checksum}
    found = _opened(out, kind)
    truth = drawn_labels(drawn) if drawn else {}
    trainings, left_out = Trainings(out / "runs", dataset, chosen, truth), dict[str, str]()
    for comparison in PLAN:
        if comparison.name not in found:
            say(comparison.title)
            try:
                rows = comparison.rows(trainings)
            except UsageError as error:  # this dataset, or what was handed in with it, does not allow it
                say(f"left out: {error}")
                left_out[comparison.name] = str(error)
            else:
                found[comparison.name] = rows
                record = kind | {"found": {name: [asdict(row) for row in rows] for name, rows in found.items()}}
                write_aside(out / FILE, json.dumps(record, indent=1, allow_nan=False) + "\n")
        before = page_file.read_text(encoding="utf-8") if page_file.is_file() else ""
        write_aside(page_file, page(found, _facts(dataset, preset, trainings), before, left_out))


def drawn_labels(path: Path) -> Drawn:
    """Labels of a table of drawn structures, by vocabulary and ID; a structure that cannot be read is left out.

    Raises:
        InputError: it is no such table.
    """
    found: dict[str, dict[str, np.ndarray]] = {name: {} for name in (PUBLISHED, CORRECTED)}
    for compound in read_compounds(path):
        try:
            structure = read_structure("", compound.smiles)
        except StructureError:
            continue
        for name, labels in found.items():
            labels[compound.id] = label([structure], name, as_drawn=True)[0]
    return found


def _opened(out: Path, kind: dict) -> dict[str, list[Row]]:
    file = out / FILE
    if not file.is_file():
        out.mkdir(parents=True, exist_ok=True)
        return {}
    try:
        record = json.loads(file.read_text())
        same = record["preset"] == kind["preset"] and record["dataset"] == kind["dataset"]
        same = same and config_from_dict(record["config"]).to_dict() == kind["config"]
        found = {name: [Row(**row) for row in rows] for name, rows in record["found"].items() if rows}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError, UsageError) as error:
        raise InputError(f"{file}: damaged ({error}); delete it, and the comparisons are made anew") from None
    if not same:
        raise InputError(f"{out}: holds a study of another preset or dataset; name a new directory")
    return found


def _facts(dataset: Dataset, preset: str, trainings: Trainings) -> list[str]:
    import jax

    split = trainings.split
    sizes = split.counts(dataset, 0)
    device = jax.devices()[0].device_kind
    seeds, few = len(trainings.preset.seeds), len(trainings.preset.copied_seeds)
    return [
        f"Made by `irjax study OUT --data DIR --preset {preset} --drawn CSV`, which takes up where it was interrupted.",
        "",
        f"* The preset `{preset}` was run: {trainings.preset.explained}. It ran on {device} ({platform.machine()}); "
        f"{seeds} seeds each, {few} where copies are added before training.",
        f"* {len(dataset):,} spectra; split by molecules: {sizes['train']:,} train, {sizes['validation']:,} validate, "
        f"{sizes['test']:,} test. The final fit trains on the first two together.",
        "* Thresholds are fitted on the validation fold; a final fit has 0.5 unless something else is said.",
        f"* A value is the mean over the seeds; intervals are of 95 %, of {RESAMPLES} bootstrap samples over "
        "molecules and seeds and a jackknife. Differences are to the first line of a block, and paired where both "
        "lines judge the same spectra.",
        '* "Better" and "worse" mean that the interval leaves out 0. With so many lines some will do so by chance.',
    ]
