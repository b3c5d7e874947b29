"""What `irjax make` does: makes a dataset of another technique."""

import argparse
from collections.abc import Callable
from pathlib import Path

from irjax.commands.output import progress, say
from irjax.data.dataset import CURATION, Dataset
from irjax.data.library import MATERIALS, bundled_library, drawn_library
from irjax.data.photoemission import bundled_emitters, drawn_emitters, write_photoemission
from irjax.data.synthetic import drawn_spec, read_spec, write_synthetic
from irjax.data.writing import Counted, require_free
from irjax.data.xrd import scene, write_xrd
from irjax.errors import UsageError


def run(arguments: argparse.Namespace) -> int:
    if arguments.seed < 0:
        raise UsageError(f"--seed {arguments.seed}: 0 or more")
    require_free(Path(arguments.out).absolute(), arguments.force)  # before the long work
    with progress() as counted:
        makers = {"synthetic": _synthetic, "xrd": _xrd, "photoemission": _photoemission}
        dataset = makers[arguments.technique](arguments, counted)
    held = f"{len(dataset):,} molecules"
    if "part" in dataset.rows:
        parts = dataset.rows["part"].tolist()
        counts = ", ".join(f"{parts.count(part):,} {part}" for part in ("train", "validation", "test"))
        held = f"{len(dataset.manifest['classes']):,} classes on {dataset.grid}; {counts}"
    rejected = dataset.manifest["counts"]["rejected"]
    left_out = f"; {rejected:,} structures left out, see {CURATION}" if rejected else ""
    say(f"{dataset.path}: {held}{left_out}")
    return 0


def _synthetic(arguments: argparse.Namespace, counted: Callable[[str], Counted]) -> Dataset:
    spec = read_spec(arguments.spec) if arguments.spec else drawn_spec(arguments.seed)
    made = {"command": "irjax make synthetic", "spec": Path(arguments.spec).name if arguments.spec else "drawn"}
    drawing = counted("drawing patterns")
    return write_synthetic(arguments.out, spec, arguments.seed, made, arguments.force, drawing)


def _xrd(arguments: argparse.Namespace, counted: Callable[[str], Counted]) -> Dataset:
    if arguments.cifs:
        if arguments.materials is not None and arguments.materials < 2:
            raise UsageError(f"--materials {arguments.materials}: at least 2")
        cache = _beside(arguments.out, ".lines.jsonl")
        reckoned = counted("reckoning lines")
        library = drawn_library(arguments.cifs, arguments.materials or 0, arguments.seed, cache, reckoned)
    else:
        library = bundled_library(MATERIALS[-1] if arguments.materials is None else arguments.materials)
    made = {
        "command": "irjax make xrd",
        "structures": Path(arguments.cifs).name if arguments.cifs else "bundled",
        "noise": Path(arguments.noise).name if arguments.noise else "drawn",
    }
    drawn_from = scene(library, arguments.noise, arguments.copies, arguments.seed)
    return write_xrd(arguments.out, library, drawn_from, made, arguments.force, counted("drawing patterns"))


def _photoemission(arguments: argparse.Namespace, counted: Callable[[str], Counted]) -> Dataset:
    if arguments.qm9:
        cache = _beside(arguments.out, ".energies.jsonl")
        emitters = drawn_emitters(arguments.molecules, arguments.seed, cache, counted("reckoning energies"))
    else:
        emitters = bundled_emitters(arguments.molecules)
    made = {"command": "irjax make photoemission", "molecules": "QM9" if arguments.qm9 else "bundled"}
    return write_photoemission(arguments.out, emitters, made, arguments.force)


def _beside(out: str, ending: str) -> Path:
    """A file that is kept beside a dataset, for the next one of its name."""
    place = Path(out).absolute()
    return place.with_name(place.name + ending)
