"""How classical methods and search-match do as a library of diffraction patterns grows, on both tests.

Each method learns from a few copies of each of the first so many materials, as they stand on 2,251 points, and is asked
about measured-like patterns of them (three each) and, as the paper validates, about other copies of the same kind.

    irjax make xrd data/xrd/published --noise experimental_patterns.zip --copies published
    python scripts/grow_library.py --data data/xrd/published --json runs/grown.json

Copies drawn as measured (data/xrd/measured) show what it is that the methods lack. Killed, the same command goes on.
For what is cheap, a library of all of CoRE MOF:

    irjax make xrd data/xrd/all --cifs core-mof --copies published --noise experimental_patterns.zip
    python scripts/grow_library.py --data data/xrd/all --json runs/grown-all.json --methods search-match
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from irjax.data.dataset import Dataset, open_dataset
from irjax.evaluation import baselines
from irjax.evaluation.matching import search_match
from irjax.evaluation.ranks import scores
from irjax.files import write_aside
from irjax.program import exit_status

METHODS = ("naive-bayes", "neighbours", "library-search", "logistic-regression", "random-forest", "svm")
SIZES = (189, 400, 700, 1012)
MOST = 3 * SIZES[-1]
"""Patterns that are asked about; of a larger library they are drawn at random."""
MATCH = "search-match"


def chosen(dataset: Dataset, part: str, materials: int, most: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Rows of a part, the first so many of each of the first so many materials, and their classes."""
    place = {name: at for at, name in enumerate(dataset.manifest["classes"][:materials])}
    counted = np.zeros(materials, int)
    rows, classes = [], []
    for row in np.flatnonzero(dataset.rows["part"] == part):
        at = place.get(dataset.rows["class"][row])
        if at is not None and (most is None or counted[at] < most):
            counted[at] += 1
            rows.append(row)
            classes.append(at)
    return np.array(rows), np.array(classes)


def drawn(rows: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most MOST of them."""
    kept = np.sort(np.random.default_rng(0).permutation(len(rows))[:MOST])
    return rows[kept], classes[kept]


def inputs(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
    """Patterns from their lowest value, 0, to their highest, 1."""
    values = dataset.values[rows]
    values = values - values.min(axis=1, keepdims=True)
    return values / values.max(axis=1, keepdims=True)


def judged(dataset: Dataset, method: str, materials: int, copies: int) -> dict[str, dict[str, object]]:
    """Figures of a method on both tests, top-1 to top-5; their intervals take all patterns for independent."""
    tests = {
        "measured-like": drawn(*chosen(dataset, "test", materials)),
        "copies": drawn(*chosen(dataset, "validation", materials, 3)),
    }
    if method == MATCH:
        peaks = dataset.manifest["peaks"][:materials]
        library = [(np.array(positions), np.array(heights)) for positions, heights in peaks]
        return {
            name: scores(search_match(dataset.values[rows], library), right) for name, (rows, right) in tests.items()
        }
    rows, classes = chosen(dataset, "train", materials, copies)
    said = baselines.fit(baselines.CLASS_METHODS[method], inputs(dataset, rows), classes)
    return {name: scores(said(inputs(dataset, rows)), right) for name, (rows, right) in tests.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="a dataset that irjax make xrd made")
    parser.add_argument("--json", required=True, type=Path, help="where the figures go, and what was found so far is")
    parser.add_argument("--copies", type=int, default=6, help="of each material to learn from (default: 6)")
    parser.add_argument("--methods", nargs="+", default=[*METHODS, MATCH], choices=[*METHODS, MATCH])
    arguments = parser.parse_args()
    dataset = open_dataset(arguments.data)
    of = {"dataset": dataset.checksum, "copies": arguments.copies}
    found = json.loads(arguments.json.read_text()) if arguments.json.exists() else {"of": of}
    if found["of"] != of:
        parser.error(f"--json {arguments.json}: holds figures of other data or copies; name a new file")
    whole = len(dataset.manifest["classes"])
    if whole < SIZES[-1]:
        parser.error(f"--data {arguments.data}: fewer than {SIZES[-1]:,} materials")
    for method in arguments.methods:
        for materials in SIZES if whole == SIZES[-1] else (whole,):
            name = f"{method}, {materials}"
            if name not in found:
                started = time.monotonic()
                found[name] = judged(dataset, method, materials, arguments.copies)
                found[name]["seconds"] = round(time.monotonic() - started)
                write_aside(arguments.json, json.dumps(found, indent=1))
            shown = []
            for test in ("measured-like", "copies"):
                tops = [found[name][test]["overall"][top] for top in ("top1", "top5")]
                shown.append("  ".join("{value:.3f} ({low:.3f} to {high:.3f})".format(**top) for top in tops))
            print(f"{name:26} {'  |  '.join(shown)}  {found[name]['seconds']} s", flush=True)


if __name__ == "__main__":
    sys.exit(exit_status("grow_library.py", main))
