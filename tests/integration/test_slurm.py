"""The cluster's scripts on a real SLURM, where one is installed: `cluster/try_slurm.py`, of which nothing is left."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "cluster" / "try_slurm.py"
STEPS = ("train", "requeue", "cancel", "tune", "lost-trial", "lost-job")
"""Those that do the most; the others are minutes more."""


def test_training_and_search_survive_what_slurm_does_to_them() -> None:
    found = importlib.util.spec_from_file_location("try_slurm", SCRIPT)
    assert found is not None
    assert found.loader is not None
    script = importlib.util.module_from_spec(found)
    found.loader.exec_module(script)
    if missing := script.missing():
        pytest.skip(f"needs a SLURM to start: no {', '.join(missing)} (Debian: slurm-wlm, munge)")
    done = subprocess.run([sys.executable, str(SCRIPT), *STEPS], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(STEPS)
