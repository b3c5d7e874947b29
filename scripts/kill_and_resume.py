"""Kill a training run again and again, and see that it always ends in the very same weights.

    python scripts/kill_and_resume.py [--kills 200] [--during-save 30] [--seed 0]

Trains a small network on a few of the bundled spectra once without interruption, then in chains: `train.py` is
started, killed with SIGKILL at a random moment (or as soon as a checkpoint is being written), started again, … until
it finishes; its weights must equal the uninterrupted ones bit for bit. About seven seconds a kill on two cores.
Prints one line a kill and a table at the end; exits with 1 if anything differs.
"""

import argparse
import hashlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from irjax.data.computed import computed_result, computed_spectra
from irjax.data.writing import write_dataset

ROOT = Path(__file__).resolve().parent.parent
EPOCHS = 12
SPECTRA = 300


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--during-save", type=int, default=30, help="how many of them while a checkpoint is written")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return _all_kills(Path(folder), arguments.kills, arguments.during_save, random.Random(arguments.seed))


def _all_kills(folder: Path, kills: int, during_save: int, chance: random.Random) -> int:
    data = folder / "data"
    write_dataset(data, map(computed_result, islice(computed_spectra(), SPECTRA)), {"command": "kill_and_resume"})
    lasts = Training(data, folder / "whole").lasts()
    wanted = _weights(folder / "whole")
    print(f"uninterrupted: {sum(lasts.values()):.1f} s, weights {wanted[:12]}", flush=True)
    early = kills // 10
    modes = ["save"] * during_save + ["early"] * early + ["late"] * (kills - during_save - early)
    chance.shuffle(modes)
    seen: Counter[str] = Counter()
    chain = 0
    while seen["kills"] < kills:
        chain += 1
        run = folder / f"chain{chain}"
        while not (run / "answering.json").exists():
            training = Training(data, run)
            if seen["kills"] < kills:
                mode = modes[seen["kills"]]
                if training.kill(mode, chance.uniform(0, lasts.get(mode, 0))):
                    seen.update(training.counted)
                    print(f"kill {seen['kills']:3d} chain {chain} {dict(training.counted)}", flush=True)
            if training.lost_progress:
                print(f"chain {chain} began anew although a checkpoint existed:\n{training.output}")
                return 1
            if training.process.returncode not in (0, -signal.SIGKILL):
                print(f"chain {chain} failed:\n{training.output}")
                return 1
        found = _weights(run)
        print(f"chain {chain} ends in {found[:12]}: {'same' if found == wanted else 'DIFFERENT'}", flush=True)
        if found != wanted:
            return 1
    print("; ".join(f"{name} {count}" for name, count in seen.items()) + f"; {chain} chains, all bit-identical")
    return 0


@dataclass
class Training:
    """One start of train.py."""

    data: Path
    run: Path

    def __post_init__(self) -> None:
        self.checkpoints = len(self._finished())
        self.leftovers = self._unfinished()
        self.counted: Counter[str] = Counter()
        command = [
            *(sys.executable, ROOT / "train.py", "--config", ROOT / "configs/demo.py"),
            *("--data", self.data, "--run", self.run, "--optimizer.epochs", EPOCHS - 2, 2),
            *("--model.dense-nodes", 64, "--model.filters", 8),
        ]
        self.log = self.run.with_suffix(".log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log)

    def lasts(self) -> dict[str, float]:
        """Seconds until the first checkpoint (early) and from there to the end (late), if nobody disturbs it."""
        started = time.monotonic()
        while self.process.poll() is None and not self._finished():
            time.sleep(0.001)
        first = time.monotonic()
        self.process.wait()
        return {"early": first - started, "late": time.monotonic() - first}

    def kill(self, mode: str, delay: float) -> bool:
        """Kills it; False where it had ended before.

        Early: after the delay. Late: after the delay, once a checkpoint exists. Save: while one is being written.
        """
        started = time.monotonic()
        while self.process.poll() is None:
            if mode == "late" and not self._finished():
                started = time.monotonic()
            if self._being_written() if mode == "save" else time.monotonic() - started > delay:
                break
            time.sleep(0.001)
        saving = self._being_written()
        if mode == "save" and not saving:  # which ended between two looks
            return False
        self.process.send_signal(signal.SIGKILL)
        if self.process.wait() != -signal.SIGKILL:
            return False
        self.counted.update(["kills"])
        self.counted.update(["during a save"] if saving else [])
        self.counted.update(["after the first checkpoint"] if self._finished() else [])
        return True

    @property
    def output(self) -> str:
        """What train.py has printed."""
        self.process.wait()
        return self.log.read_text()

    @property
    def lost_progress(self) -> bool:
        """Whether it trained an epoch without going on from the checkpoint that was there."""
        output = self.output
        resumed = re.search(r"goes on after epoch (\d+) \(step (\d+)\)", output)
        trained = re.search(r"^epoch +\d+", output, re.MULTILINE)
        return bool(self.checkpoints and trained and not (resumed and int(resumed[2]) > 0))

    def _finished(self) -> list[Path]:
        return [path for path in (self.run / "checkpoints").glob("*") if path.name.isdigit()]

    def _unfinished(self) -> set[Path]:
        return {path for path in (self.run / "checkpoints").glob("*") if "tmp" in path.name}

    def _being_written(self) -> bool:
        return bool(self._unfinished() - self.leftovers)


def _weights(run: Path) -> str:
    return hashlib.sha256((run / "weights.safetensors").read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
