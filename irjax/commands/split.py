"""What `irjax split` does: makes a file of each spectrum of one that holds several."""

import argparse
from pathlib import Path

from irjax.commands.output import say
from irjax.errors import UsageError
from irjax.files import folder_aside
from irjax.spectra.several import several_of
from irjax.spectra.several_names import file_names


def run(arguments: argparse.Namespace) -> int:
    out = Path(arguments.out)
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise UsageError(f"{out}: exists already; name a new folder")
    found = several_of(arguments.file)
    with folder_aside(out) as part:
        for name, (_, text) in zip(file_names(called for called, _ in found), found, strict=True):
            ending = "jdx" if text.startswith("##") else "txt"
            (part / f"{name}.{ending}").write_text(text + "\n", encoding="utf-8")
    many = f"{len(found):,} spectr{'um' if len(found) == 1 else 'a'}"
    say(f"{out}: {many}, a file of each; `irjax predict {out}` names the groups in them")
    return 0
