"""The cluster's scripts on a real SLURM, where one is installed: `cluster/try_slurm.py`, of which nothing is left."""

import subprocess
import sys
from pathlib import Path

import pytest
from local_slurm import missing

SCRIPT = Path(__file__).resolve().parents[2] / "cluster" / "try_slurm.py"
STEPS = ("train", "folds", "requeue", "cancel", "tune", "lost-trial", "lost-job")
"""Those that do the most; the others are minutes more."""


def test_training_and_search_survive_what_slurm_does_to_them() -> None:
    if lacking := missing():
        pytest.skip(f"needs a SLURM to start: no {', '.join(lacking)} (Debian: slurm-wlm, munge)")
    done = subprocess.run([sys.executable, str(SCRIPT), *STEPS], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(STEPS)
