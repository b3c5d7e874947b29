"""Whether a wrong use of irjax was answered as it should be; see `wrong_uses.py`."""

import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import load
from wrong_uses_made import Use

from irjax.errors import printable

START = 4.0
"""Seconds of processor time that a process of its own may take to begin."""
_NOISE = re.compile(
    r"^(?:[IWEF]\d{4} \d\d:|\[\d\d:\d\d:\d\d\] |.*\.py:\d+: \w*Warning|Exception ignored|\*\*\*|.*\(core dumped\))",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Outcome:
    """What became of a use."""

    status: int | None
    """None where it was given up."""
    seconds: float
    """Of processor time."""
    printed: str
    said: str
    """On standard error."""


def faults(use: Use, outcome: Outcome, folder: Path, limit: float) -> list[str]:
    """What is wrong with an outcome, apart from what was left in the folder."""
    said, status = outcome.said, outcome.status
    all_said = said + outcome.printed
    refused = status in (1, 2)
    pressed, raw = "INT" in use.shell, any(word in use.shell for word in ("script", "FORCE", "utf-16"))
    noise = _NOISE.search(said)
    answers = (
        outcome.printed + (folder / "out.json").read_text() if (folder / "out.json").is_file() else outcome.printed
    )
    wrong = {
        f"took {outcome.seconds:.1f} s": status is not None
        and use.words[:1] != ("train",)
        and outcome.seconds > limit + (START if use.shell else 0),
        "given up" if status is None else f"status {status}": status not in ((0, 1, 2, 130) if pressed else (0, 1, 2)),
        "a traceback": "Traceback" in all_said,
        "an error that nobody put into words": "IRJAX_DEBUG=1" in all_said,
        f"words of a library: {noise[0] if noise else ''}": noise and not use.silent,
        "control characters": re.search(r"[\x00-\x08\x0b-\x1f\x7f]", said) and not raw,
        "succeeded": use.refused and status == 0,
        "failed": use.works and status != 0,
        "says nothing": refused and not (said.strip() or '"error": ' in outcome.printed or use.silent),
        f"does not name {use.named}": refused
        and _bare(use.named) not in _bare(all_said.replace("\n", " "))
        and not use.silent,
        "answered present": use.empty and '"answer": "present"' in answers,
        "a line of over 1000 characters": refused
        and max(map(len, said.splitlines()), default=0) > 1000 + max(map(len, use.words), default=0),
    }
    return [what for what, holds in wrong.items() if holds]


def _bare(text: str) -> str:
    """Text without what a console breaks lines with, and how options write names."""
    return re.sub(r"[-_\s│]", "", printable(text)).lower()


def tree(folder: Path) -> dict[str, tuple]:
    """What a folder holds: of each path its kind, size and time."""
    found = {}
    for place, folders, names in os.walk(folder):
        for path in (Path(place) / name for name in [*folders, *names]):
            seen = path.lstat()
            kind = stat.S_IFMT(seen.st_mode)
            more = (seen.st_size, seen.st_mtime_ns) if stat.S_ISREG(kind) else ()
            found[os.path.relpath(path, folder)] = (kind, *more)
    return found


def leftovers(use: Use, folder: Path, before: dict[str, tuple]) -> Iterator[str]:
    """What was left half-done, or replaced."""
    after = tree(folder)
    for name, (kind, *_) in before.items():
        plain = stat.S_ISREG(kind) or stat.S_ISDIR(kind)
        if not plain and after.get(name, (0,))[0] != kind and not use.meanwhile:
            yield f"replaced or removed {name!r}, which was no file"
    for name in after:
        last = Path(name).name
        hidden = last.startswith(".")
        if hidden and name not in before and last != ".lock" and "checkpoints" not in name:
            yield f"left {name!r}"
        if not hidden and before.get(name) != after[name] and stat.S_ISREG(after[name][0]):
            problem = _incomplete(folder / name)
            if problem:
                yield f"left {name!r} incomplete ({problem})"


def _incomplete(path: Path) -> str:
    """Why a file that was written is not whole."""
    from irjax.data.dataset import open_dataset

    try:
        if path.suffix == ".json":
            json.loads(path.read_text(), parse_constant=_no_number if path.name == "out.json" else float)
        if path.name == "manifest.json" and path.parent.name not in ("state", "history"):
            open_dataset(path.parent)
        if path.suffix in (".csv", ".html", ".jsonl"):
            text = path.read_text(errors="replace")
            assert text.endswith(("\n", "</html>")), "its end is missing"
        if path.suffix == ".npy":
            np.load(path)
        if path.suffix == ".safetensors":
            load(path.read_bytes())
        if path.suffix == ".png":
            Image.open(path).verify()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON")
