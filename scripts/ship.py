"""Put a trained run into the package, as the weights that irjax answers with where no run is named.

Copies what predicting needs (config, split, answers; weights and out-of-fold outputs in half precision, if the answers
bear it), and refuses what is too large or what half precision changes. Other weights than those that ship get the next
number, which `irjax --version` and docs/model-card.md name.

    python scripts/ship.py runs/all --data data/nist-1800

What tells of the weights is then made anew: the tables of the model card (`card_tables.py`, `on_four_folds.py`), of
docs/answers.md (`check_answers.py`, `count_answers.py`), of docs/doubts.md (`wrong_inputs.py`, `try_unmeasured.py`,
`try_distortions.py`, `try_polymers.py`) and of docs/explain.md (`measure_bands.py`), the pictures in docs/figures
(`plot_answers.py`, `picture_pages.py`) and the notebooks (`make notebooks`).
"""

import argparse
import hashlib
import io
import json
import shutil
import sys
from datetime import date
from pathlib import Path

import numpy as np

from irjax.answers.predictor import load
from irjax.answers.shipped import PRETRAINED, VERSION, run_path
from irjax.data.dataset import open_dataset
from irjax.engine.outcome import VALIDATION, read_validation, read_weights, write_answering
from irjax.engine.run import WEIGHTS, open_run
from irjax.files import folder_aside, write_aside
from irjax.program import exit_status

TARGET = run_path(PRETRAINED)
LARGEST = 16 * 2**20
CHECKED = 500


def halved(variables: dict) -> dict:
    """The tree in float16."""
    import jax

    return jax.tree.map(lambda leaf: np.asarray(leaf, np.float16), variables)


def in_half(outputs: np.ndarray) -> bytes:
    """Out-of-fold outputs as a file of float16, by which a run without a test part is judged on its own dataset."""
    held = io.BytesIO()
    np.save(held, outputs.astype(np.float16))
    return held.getvalue()


def numbered(checksum: str) -> dict[str, str | int]:
    """The version of weights of this checksum: that of those that ship if they are the same, else the next."""
    said = json.loads((TARGET / VERSION).read_text())
    if said["weights"] == checksum:
        return said
    return {"version": said["version"] + 1, "date": f"{date.today()}", "weights": checksum}


def main() -> None:
    """Copy, shrink, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", required=True, type=Path, help="a dataset on the run's grid, to compare answers on")
    arguments = parser.parse_args()
    from flax.traverse_util import flatten_dict
    from safetensors.numpy import save

    run = open_run(arguments.run)
    leaves = flatten_dict(halved(read_weights(run)), sep="/")
    content = save({name: np.ascontiguousarray(leaf) for name, leaf in leaves.items()})
    checksum = hashlib.sha256(content).hexdigest()
    version = numbered(checksum)
    spectra = open_dataset(arguments.data).values[:CHECKED]
    before = load(run.path).probabilities(spectra)
    with folder_aside(TARGET, replace=True) as part:
        write_aside(part / VERSION, json.dumps(version, indent=1) + "\n")
        write_aside(part / WEIGHTS, content)
        config = json.loads((run.path / "config.json").read_text()) | {"dataset_path": ""}
        write_aside(part / "config.json", json.dumps(config, indent=1) + "\n")
        shutil.copy(run.path / "split.json", part)
        if not run.split.test:
            write_aside(part / VALIDATION, in_half(read_validation(run)))
        write_answering(open_run(part), json.loads(run.answering.read_text()) | {"weights": checksum})

        size = sum(path.stat().st_size for path in part.iterdir())
        change = np.abs(before - load(part).probabilities(spectra)).max()
        print(f"{TARGET}: {size / 2**20:.1f} MiB, version {version['version']}")
        print(f"largest change of a probability: {change:.2g}")
        if size > LARGEST or change > 0.01:
            raise SystemExit("too large, or half precision changes the answers; what ships stays as it was")


if __name__ == "__main__":
    sys.exit(exit_status("ship.py", main))
