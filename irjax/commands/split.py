"""What `irjax split` does: makes a file of each spectrum of one that holds several."""

import argparse
import re
from pathlib import Path

from irjax.commands.output import say
from irjax.errors import UsageError
from irjax.files import folder_aside
from irjax.spectra.several import several_of

_STRANGE = re.compile(r"[^\w.()+%-]+")
"""What has no place in the name of a file."""
_LONGEST = 60


def run(arguments: argparse.Namespace) -> int:
    out = Path(arguments.out)
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise UsageError(f"{out}: exists already; name a new folder")
    found = several_of(arguments.file)
    with folder_aside(out) as part:
        for name, (_, text) in zip(_file_names([called for called, _ in found]), found, strict=True):
            ending = "jdx" if text.startswith("##") else "txt"
            (part / f"{name}.{ending}").write_text(text + "\n", encoding="utf-8")
    many = f"{len(found):,} spectr{'um' if len(found) == 1 else 'a'}"
    say(f"{out}: {many}, a file of each; `irjax predict {out}` names the groups in them")
    return 0


def _file_names(called: list[str]) -> list[str]:
    """Names of files without their ending, all unlike, of what spectra are called."""
    width, taken, names = len(str(len(called))), set[str](), []
    for number, each in enumerate(called, 1):
        plain = _STRANGE.sub("_", each).strip("._")[:_LONGEST]
        while not plain or plain.lower() in taken:
            plain = f"{plain}_{number:0{width}}".lstrip("_")
        taken.add(plain.lower())
        names.append(plain)
    return names
