"""A real process killed for real: `scripts/kill_and_resume.py` does it two hundred times, the suite two."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "kill_and_resume.py"


def test_kills_end_in_the_same_weights() -> None:
    command = [sys.executable, str(SCRIPT), "--kills", "2", "--during-save", "1"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "all bit-identical" in result.stdout
    assert "during a save" in result.stdout
