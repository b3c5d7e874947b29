"""From spectrum files and a table of structures to a dataset, in parallel and in bounded memory."""

import csv
import json
import multiprocessing
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from irjax import __version__
from irjax.data.archive import Archive
from irjax.data.compounds import Compound, read_compounds
from irjax.data.dataset import COLUMNS, CURATION_COLUMNS, FORMAT, Dataset, open_dataset, sha256, write_labels
from irjax.errors import InputError
from irjax.spectra.chart.told import NOTHING_TOLD, ChartAxes
from irjax.spectra.reading import parse_spectrum
from irjax.spectra.resample import GRID, resample
from irjax.spectra.spectrum import SpectrumError

_CHUNK = 64
_VOCABULARY = "irjax37"


@dataclass(frozen=True)
class _Task:
    name: str
    place: int
    compound: Compound | None
    refusal: str = ""


@dataclass(frozen=True)
class Kept:
    """One row of a dataset before it is written."""

    transmittance: np.ndarray
    labels: np.ndarray
    row: dict[str, str]


@dataclass(frozen=True)
class Result:
    """What became of one input file."""

    curation: dict[str, str]
    """Its row of curation.csv."""
    kept: Kept | None


def build_dataset(
    out: str | os.PathLike[str],
    spectra: str | os.PathLike[str],
    structures: str | os.PathLike[str],
    progress: Callable[[int, int], None] = lambda done, total: None,
    chart: ChartAxes = NOTHING_TOLD,
) -> Dataset:
    """Reads every file, puts it on the grid, labels its structure, and writes the dataset.

    Args:
        out: the new dataset's folder; a dataset that is there already is replaced once the new one is complete.
        spectra: a folder or zip of spectrum files.
        structures: a CSV with ID and inchi and/or smiles; see `read_compounds`.
        progress: told how many files of how many are done.
        chart: the ends of the axes of every chart among the files, to overrule the numbers beside their frames.

    Raises:
        InputError: the inputs cannot be read, or no spectrum is left.
    """
    compounds = read_compounds(structures)
    archive = Archive(spectra)
    tasks = _tasks(archive, compounds, Path(structures))
    if not tasks:
        raise InputError(
            f"{spectra}: holds no files; expected spectra in JCAMP-DX, CSV or a vendor's format, or charts"
        )
    made = {"command": "irjax build", "spectra": Path(spectra).name, "structures": Path(structures).name}
    return write_dataset(out, _results(archive.path, tasks, chart, progress), made)


def _tasks(archive: Archive, compounds: list[Compound], structures: Path) -> list[_Task]:
    """Each file with the compound it belongs to: by the table's `file` column, else by the stem before `_`."""
    by_file: dict[str, Compound] = {}
    for compound in compounds:
        if compound.file:
            first = by_file.setdefault(PurePosixPath(compound.file).as_posix(), compound)
            if first is not compound:
                place = f"{structures}, line {compound.line}"
                raise InputError(f"{place}: the file {compound.file} was already given in line {first.line}")
    by_id = {compound.id: compound for compound in compounds if not compound.file}
    tasks: list[_Task] = []
    seen: set[str] = set()
    for name, place in archive.entries():
        if os.path.realpath(archive.path / name) == os.path.realpath(structures):
            continue
        refusal = "the archive holds a file of this name twice; the first was taken" if name in seen else ""
        seen.add(name)
        base = PurePosixPath(name).name
        compound = by_file.get(name) or by_file.get(base) or by_id.get(PurePosixPath(base).stem.split("_")[0])
        tasks.append(_Task(name, place, compound, refusal))
    return tasks


def _results(
    path: Path, tasks: list[_Task], chart: ChartAxes, progress: Callable[[int, int], None]
) -> Iterator[Result]:
    """Results in the order of the tasks, however many processes work on them."""
    chunks = [tasks[start : start + _CHUNK] for start in range(0, len(tasks), _CHUNK)]
    workers = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 16)
    if len(chunks) < 2 * workers or workers == 1:
        _open_archive(path, chart)
        yield from _counted(map(_read_chunk, chunks), len(tasks), progress)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _open_archive, (path, chart)) as pool:
        yield from _counted(pool.map(_read_chunk, chunks), len(tasks), progress)


def _counted(chunks: Iterator[list[Result]], total: int, progress: Callable[[int, int], None]) -> Iterator[Result]:
    done = 0
    for results in chunks:
        yield from results
        done += len(results)
        progress(done, total)


_archive: Archive
_chart: ChartAxes


def _open_archive(path: Path, chart: ChartAxes) -> None:
    global _archive, _chart  # one open archive per worker process
    _archive, _chart = Archive(path), chart


def _read_chunk(tasks: list[_Task]) -> list[Result]:
    return [_read(task) for task in tasks]


def _read(task: _Task) -> Result:
    curation = {"file": task.name, "id": task.compound.id if task.compound else "", "outcome": "kept", "reason": ""}
    try:
        return Result(curation, _kept(task))
    except InputError as error:
        reason = str(error).removeprefix(f"{task.name}: ")
        return Result(curation | {"outcome": "rejected", "reason": reason}, None)


def _kept(task: _Task) -> Kept:
    from irjax.chemistry.labels import label
    from irjax.chemistry.structures import read_structure

    if task.refusal:
        raise SpectrumError(task.refusal)
    spectrum = parse_spectrum(_archive.read(task.name, task.place), task.name, chart=_chart)
    transmittance = resample(spectrum)
    if task.compound is None:
        raise InputError("no structure: the table has no row for it")
    structure = read_structure(task.compound.inchi, task.compound.smiles)
    warnings = [*spectrum.warnings, *([structure.warning] if structure.warning else [])]
    row = {
        "id": task.compound.id,
        "inchi": structure.inchi,
        "smiles": task.compound.smiles,
        "inchikey": structure.inchikey,
        "isotopic": str(int(structure.isotopic)),
        "title": spectrum.title,
        "phase": spectrum.phase,
        "technique": spectrum.technique,
        "source": _archive.path.name,
        "file": task.name,
        "points": str(spectrum.wavenumber.size),
        "warnings": " | ".join(warnings),
    }
    return Kept(transmittance, label([structure], _VOCABULARY)[0], row)


def write_dataset(out: str | os.PathLike[str], results: Iterator[Result], made: dict[str, str]) -> Dataset:
    """Writes a dataset aside, row by row, and puts it in place once it is complete.

    Raises:
        InputError: `out` is something else than a dataset, or nothing was kept.
    """
    out = Path(out).absolute()
    if out.exists() and not _replaceable(out):
        raise InputError(f"{out}: exists and is not a dataset, or holds more than one; name a new folder")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror or error})") from None
    try:
        _write(part, results, made)
        old = part.with_suffix(".old")
        with suppress(FileNotFoundError):
            out.rename(old)
        part.chmod(0o755)
        part.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return open_dataset(out)


_OWN_FILES = re.compile(r"(transmittance\.npy|(spectra|curation)\.csv|manifest\.json|labels-.*|examples)")


def _replaceable(out: Path) -> bool:
    """Whether a folder is empty or holds a dataset and nothing that irjax did not write."""
    if not out.is_dir():
        return False
    names = [path.name for path in out.iterdir()]
    return not names or ("manifest.json" in names and all(_OWN_FILES.fullmatch(name) for name in names))


def _write(part: Path, results: Iterator[Result], made: dict[str, str]) -> None:
    outcomes: Counter[str] = Counter()
    reasons: list[str] = []
    labels: list[np.ndarray] = []
    raw = part / "transmittance.raw"
    with (
        raw.open("wb") as array,
        (part / "spectra.csv").open("w", newline="", encoding="utf-8", errors="backslashreplace") as spectra,
        (part / "curation.csv").open("w", newline="", encoding="utf-8", errors="backslashreplace") as curation,
    ):
        rows = csv.DictWriter(spectra, list[str](COLUMNS), lineterminator="\n")
        verdicts = csv.DictWriter(curation, list[str](CURATION_COLUMNS), lineterminator="\n")
        rows.writeheader()
        verdicts.writeheader()
        for result in results:
            verdicts.writerow(result.curation)
            outcomes[result.curation["outcome"]] += 1
            if result.kept:
                result.kept.transmittance.astype(np.float32).tofile(array)
                rows.writerow(result.kept.row)
                labels.append(result.kept.labels)
            else:
                reasons.append(f"{result.curation['file']}: {result.curation['reason']}")
    if not labels:
        raise InputError(f"no spectrum could be kept of {outcomes.total()} files; the first: {reasons[0]}")
    _with_header(raw, part / "transmittance.npy", len(labels))
    checksums = {name: sha256(part / name) for name in ("transmittance.npy", "spectra.csv", "curation.csv")}
    write_labels(part, _VOCABULARY, np.stack(labels), checksums["spectra.csv"])
    manifest = {
        "format": FORMAT,
        "grid": {"first": GRID[0], "last": GRID[-1], "points": GRID.size, "unit": "cm-1"},
        "counts": {"files": outcomes.total(), "kept": outcomes["kept"], "rejected": outcomes["rejected"]},
        "checksums": checksums,
        "made": made | {"irjax": __version__},
    }
    (part / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def _with_header(raw: Path, target: Path, count: int) -> None:
    """Turns float32 rows that were appended one by one into an .npy file, now that their number is known."""
    with raw.open("rb") as rows, target.open("wb") as array:
        header = {"descr": "<f4", "fortran_order": False, "shape": (count, GRID.size)}
        np.lib.format.write_array_header_1_0(array, header)
        shutil.copyfileobj(rows, array)
    raw.unlink()
