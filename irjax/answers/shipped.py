"""The run that ships with irjax: where it lies, and which version of it this is."""

import json
import os
from pathlib import Path

PRETRAINED = "pretrained"
"""Its name, wherever a run is asked for."""
VERSION = "version.json"
"""The file beside its weights that says which they are; `scripts/ship.py` writes it."""
_SHIPPED = Path(__file__).parent.parent / "assets" / PRETRAINED


def run_path(run: str | os.PathLike[str]) -> Path:
    """Where a run is; the word `pretrained` stands for the one that ships."""
    return _SHIPPED if str(run) == PRETRAINED else Path(run)


def weights_version() -> str:
    """Number, date and the beginning of the checksum of the weights that ship: `1 (2026-11-26, 8142fcd5)`."""
    said = json.loads((_SHIPPED / VERSION).read_text())
    return f"{said['version']} ({said['date']}, {said['weights'][:8]})"


def called(run: Path) -> str:
    """How an answer names the network that gave it: `the network that ships, version 3 (…)`, or where its run is."""
    return f"the network that ships, version {weights_version()}" if run == _SHIPPED else f"the network of {run}"
