"""From a cold start to the answer for one file: `irjax predict` against scripts in PyTorch and Keras, in turn.

    python benchmarks/cold.py FILE --run runs/paper [--rounds 5]

All read the file with irjax's reader and the weights from the run, so what differs is importing the framework, building
the network and one forward pass. Their probabilities are compared first. Needs the environment of requirements.txt; the
first round, in which irjax compiles, does not count: the compile cache is warm as it is on a second prediction.
"""

import argparse
import csv
import io
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from irjax.program import exit_status

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--run", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--as", dest="peer", choices=("torch", "keras"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        print(json.dumps(answer(arguments.peer, arguments.run, arguments.file)))
        return
    again = [sys.executable, str(HERE / "cold.py"), arguments.file, "--run", arguments.run, "--as"]
    irjax = [sys.executable, "-m", "irjax", "predict", arguments.file, "--run", arguments.run, "--format", "csv"]
    commands = {"irjax": irjax, "torch": [*again, "torch"], "keras": [*again, "keras"]}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(arguments.rounds + 1):
        found = {}
        for name, command in commands.items():
            started = time.perf_counter()
            printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            seconds[name].append(time.perf_counter() - started)
            found[name] = printed
        if number == 0:
            compare(found)
    for name, times in seconds.items():
        ratio = statistics.median(b / a for a, b in zip(seconds["irjax"][1:], times[1:], strict=True))
        print(f"{name:6} {statistics.median(times[1:]):6.2f} s   {ratio:5.2f} ×")


def compare(found: dict[str, str]) -> None:
    """Ends the benchmark unless all give the same probabilities."""
    rows = list(csv.DictReader(io.StringIO(found.pop("irjax"))))
    ours = np.array([float(row["probability"]) for row in rows])
    for name, printed in found.items():
        apart = np.abs(ours - np.array(json.loads(printed))).max()
        print(f"{name}: probabilities within {apart:.1e} of those of irjax")
        if apart > 1e-4:
            raise SystemExit("they do not compute the same thing; nothing was timed")


def answer(peer: str, run: str, file: str) -> list[float]:
    """The probabilities of a spectrum by another framework, as a script of its users would have them."""
    from safetensors.numpy import load_file

    from irjax.engine.config import config_from_dict
    from irjax.spectra.reading import read_spectrum
    from irjax.spectra.resample import resample

    model = config_from_dict(json.loads((Path(run) / "config.json").read_text())["config"]).model
    weights = {name.removeprefix("params/"): array for name, array in load_file(f"{run}/weights.safetensors").items()}
    row = resample(read_spectrum(file)).astype(np.float32)
    known = np.isfinite(row)
    row = np.interp(np.arange(len(row)), np.flatnonzero(known), row[known]).astype(np.float32)
    row = (row - row.min()) / np.ptp(row)
    if peer == "torch":
        from network_torch import inference
    else:
        from network_keras import inference
    return inference(model, weights, row[None])[0].tolist()


if __name__ == "__main__":
    sys.exit(exit_status("cold.py", main))
