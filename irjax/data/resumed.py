"""Long work on many things in parallel, kept line by line, so that a killed command goes on where it was."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from irjax.data.workers import available, nothing, pool
from irjax.errors import InputError

_FEW = 8
"""Things, for fewer of which no processes are started."""

Entry = dict[str, Any]
"""What came of a thing, as JSON holds it."""


class RejectedError(Exception):
    """Why nothing came of a thing."""


def entries(
    given: Mapping[str, Any],
    work: Callable[[Any], Entry],
    cache: Path,
    is_whole: Callable[[Entry], bool],
    start: Callable[[], None] = nothing,
) -> Iterator[Entry]:
    """What `work` makes of each thing, with its `name`, in order, each as soon as those before are there.

    Nothing is reckoned twice, whether or not this command was killed in between.

    Args:
        cache: a file of JSON lines that every entry is added to; what it holds of the same thing is not reckoned again.
        is_whole: whether an entry of the cache says all that `work` would; another is reckoned anew.
        start: what each process does first.

    Raises:
        InputError: the cache cannot be read.
    """
    known = {name: entry for name, entry in _cached(cache).items() if _holds(is_whole, entry)}
    digests = {name: _digest(thing) for name, thing in given.items()}
    lacking = {name: None for name in given if known.get(name, {}).get("of") != digests[name]}
    found = _reckoned([given[name] for name in lacking], work, start)
    with cache.open("a", encoding="utf-8") as kept:
        for name in given:
            if name in lacking:
                known[name] = {"name": name, "of": digests[name]} | next(found)
                kept.write(json.dumps(known[name]) + "\n")
                kept.flush()
            yield known[name]


def _holds(is_whole: Callable[[Entry], bool], entry: Entry) -> bool:
    try:
        return is_whole(entry)
    except (KeyError, TypeError, ValueError):  # not even of its form
        return False


def _digest(thing: Any) -> str:
    """What tells a thing from another that had its name in an earlier command."""
    plain = json.dumps(thing, default=lambda part: part.tolist() if isinstance(part, np.ndarray) else vars(part))
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def _reckoned(things: list[Any], work: Callable[[Any], Entry], start: Callable[[], None]) -> Iterator[Entry]:
    if len(things) < _FEW:
        yield from map(work, things)
        return
    with pool(available(), start) as workers:
        yield from workers.map(work, things)


def _cached(cache: Path) -> dict[str, Entry]:
    """What a cache holds; a last line that was cut off when its writer was killed is left out, and ended."""
    found: dict[str, Entry] = {}
    try:
        text = cache.read_text(encoding="utf-8")
        if text and not text.endswith("\n"):
            with cache.open("a", encoding="utf-8") as kept:
                kept.write("\n")
    except FileNotFoundError:
        cache.parent.mkdir(parents=True, exist_ok=True)
        return found
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{cache}: cannot be read ({getattr(error, 'strerror', None) or error})") from None
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            found[entry["name"]] = entry
        except (ValueError, KeyError, TypeError):
            continue
    return found
