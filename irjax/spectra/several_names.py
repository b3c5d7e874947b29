"""What tells spectra of one file apart, and what they are called."""

import re
from collections.abc import Iterable

import numpy as np

Parts = list[tuple[str, str]]
"""What each spectrum is called, which may be nothing, and the text of a file of it alone."""
FEWEST = 20
"""Rows from which a column's running one way means that it is an abscissa."""
_LOWEST, _HIGHEST = 10.0, 15_000.0
"""Wavenumbers, beyond which none of an infrared spectrum lies."""
_NUMBER = re.compile(r"[\s\d.,:/+-]*")
"""A number or a date."""
_STRANGE = re.compile(r"[^\w.()+%-]+")
"""What has no place in the name of a file."""
_LONGEST = 60


def called(found: list[tuple[list[str], str]]) -> Parts:
    """The spectra by the first of their labels that differs in all, one of words if there is; else by all labels."""
    shortest = min((len(labels) for labels, _ in found), default=0)
    apart = [at for at in range(shortest) if len({labels[at] for labels, _ in found}) == len(found)]
    worded = [at for at in apart if not any(_NUMBER.fullmatch(labels[at]) for labels, _ in found)]
    for at in [*worded, *apart][:1]:
        return [(labels[at], text) for labels, text in found]
    return [(" ".join(filter(None, labels)), text) for labels, text in found]


def runs_one_way(values: np.ndarray) -> bool:
    """Whether these may be the wavenumbers of a spectrum."""
    steps = np.diff(values)
    within = len(values) > 1 and values.min() >= _LOWEST and values.max() <= _HIGHEST
    return bool(within and (np.all(steps > 0) or np.all(steps < 0)))


def is_run(values: np.ndarray) -> bool:
    """Whether the numbers of a column, NaN where there are none, may be wavenumbers."""
    values = values[np.isfinite(values)]
    return len(values) >= FEWEST and runs_one_way(values)


def file_names(names: Iterable[str]) -> list[str]:
    """Names for files, without their ending and all unlike, of what spectra are called."""
    names = list(names)
    width, taken, found = len(str(len(names))), set[str](), []
    for number, each in enumerate(names, 1):
        plain = _STRANGE.sub("_", each).strip("._")[:_LONGEST]
        while not plain or plain.lower() in taken:
            plain = f"{plain}_{number:0{width}}".lstrip("_")
        taken.add(plain.lower())
        found.append(plain)
    return found
