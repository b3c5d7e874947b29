"""From spectrum files and a table of structures to a dataset, in parallel and in bounded memory."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from irjax.data.archive import Archive
from irjax.data.compounds import Compound, read_compounds
from irjax.data.computed import MEASURED_SCALE, MEASURED_WIDTH, computed_result, computed_spectra
from irjax.data.dataset import Dataset
from irjax.data.labelled import labelled
from irjax.data.workers import available, pool
from irjax.data.writing import Counted, Kept, Result, require_free, verdict, write_dataset
from irjax.errors import InputError
from irjax.spectra.atr import as_transmission
from irjax.spectra.chart.told import NOTHING_TOLD, ChartAxes
from irjax.spectra.grid import INFRARED, Grid
from irjax.spectra.reading import parse_spectrum
from irjax.spectra.resample import resample
from irjax.spectra.spectrum import SpectrumError

_CHUNK = 64
_NAMED = 5  # compounds without a file, in the manifest


@dataclass(frozen=True)
class _File:
    name: str
    place: int
    compound: Compound | None
    refusal: str = ""


@dataclass(frozen=True)
class _Reading:
    """How every file of a build is read."""

    chart: ChartAxes
    grid: Grid


def build_dataset(
    out: str | os.PathLike[str],
    spectra: str | os.PathLike[str],
    structures: str | os.PathLike[str],
    progress: Counted = lambda done, total: None,
    chart: ChartAxes = NOTHING_TOLD,
    grid: Grid = INFRARED,
    computed: Sequence[str] = (),
    replace: bool = False,
) -> Dataset:
    """Reads every file, puts it on the grid, labels its structure, and writes the dataset.

    Args:
        out: the new dataset's folder.
        spectra: a folder or zip of spectrum files.
        structures: a CSV with ID and inchi and/or smiles; see `read_compounds`.
        progress: told how many files of how many are done.
        chart: the ends of the axes of every chart among the files, to overrule the numbers beside their frames.
        grid: that all spectra are put on.
        computed: files of computed lines, or `bundled`; their spectra help to train, and never validate or test.
        replace: whether a dataset that is there already gives way to the new one once that is complete.

    Raises:
        InputError: the inputs cannot be read, or no spectrum is left.
    """
    require_free(Path(out).absolute(), replace)
    compounds = read_compounds(structures)
    archive = Archive(spectra)
    files = _files(archive, compounds, Path(structures))
    if not files:
        raise InputError(
            f"{spectra}: holds no files; expected spectra in JCAMP-DX, CSV or a vendor's format, or charts"
        )
    made = {"command": "irjax build", "spectra": Path(spectra).name, "structures": Path(structures).name}
    measured = _results(archive.path, files, _Reading(chart, grid), progress)
    if computed:
        made["computed"] = ", ".join(Path(lines).name for lines in computed)
    results = chain(measured, *(_computed(lines, grid) for lines in computed))
    return write_dataset(out, results, made, grid, _noted(compounds, files), replace=replace)


def _noted(compounds: list[Compound], files: list[_File]) -> dict[str, Any]:
    """What the manifest notes: the technique, and how many compounds of the table no file belongs to."""
    with_file = {file.compound.id for file in files if file.compound and not file.refusal}
    without = [compound.id for compound in compounds if compound.id not in with_file]
    unmatched = {"count": len(without), "of": len(compounds), "such_as": without[:_NAMED]}
    return {"technique": "infrared", "compounds_without_file": unmatched}


def _computed(lines: str, grid: Grid) -> Iterator[Result]:
    molecules = computed_spectra(lines)
    return (computed_result(molecule, grid, MEASURED_WIDTH, MEASURED_SCALE) for molecule in molecules)


def _files(archive: Archive, compounds: list[Compound], structures: Path) -> list[_File]:
    """Each file with the compound it belongs to: by the table's `file` column, else by the longest ID before a `_`."""
    entries = [
        (name, place)
        for name, place in archive.entries()
        if os.path.realpath(archive.path / name) != os.path.realpath(structures)
    ]
    by_file: dict[str, Compound] = {}
    for compound in compounds:
        if compound.file:
            first = by_file.setdefault(_posix(compound.file), compound)
            if first is not compound:
                place = f"{structures}, line {compound.line}"
                raise InputError(f"{place}: the file {compound.file} was already given in line {first.line}")
    by_id = {compound.id: compound for compound in compounds}
    alike: dict[str, set[str]] = {}
    for name, _ in entries:
        alike.setdefault(PurePosixPath(_posix(name)).name, set()).add(_posix(name))
    files: list[_File] = []
    seen: set[str] = set()
    for name, place in entries:
        compound, refusal = _owner(_posix(name), archive.path.name, by_file, by_id, alike)
        if name in seen:
            refusal = "the archive holds a file of this name twice; the first was taken"
        seen.add(name)
        files.append(_File(name, place, compound, refusal))
    return files


def _posix(path: str) -> str:
    return PureWindowsPath(path).as_posix()  # takes / and \\


def _owner(
    path: str,
    folder: str,
    by_file: Mapping[str, Compound],
    by_id: Mapping[str, Compound],
    alike: Mapping[str, set[str]],
) -> tuple[Compound | None, str]:
    """The compound that a file belongs to, if any, and why it cannot be said, or nothing.

    Args:
        path: of the file within the folder or zip.
        folder: what that is called.
        alike: the paths of all files of each name.
    """
    base = PurePosixPath(path).name
    if compound := by_file.get(path) or by_file.get(f"{folder}/{path}"):
        return compound, ""
    compound = by_file.get(base)
    if compound and base not in alike[base]:
        several = f"no structure: several files have the name in line {compound.line} of the table; add the folder"
        return compound, several if len(alike[base]) > 1 else ""
    parts = PurePosixPath(base).stem.split("_")  # an ID may hold a `_` itself
    ids = ("_".join(parts[:count]) for count in range(len(parts), 0, -1))
    compound = next((by_id[each] for each in ids if each in by_id), None)
    if compound and compound.file:
        return compound, f"no structure: line {compound.line} of the table names another file"
    return compound, ""


def _results(path: Path, files: list[_File], reading: _Reading, progress: Counted) -> Iterator[Result]:
    """Results in the order of the files, however many processes work on them."""
    chunks = [files[start : start + _CHUNK] for start in range(0, len(files), _CHUNK)]
    workers = available()
    if len(chunks) < 2 * workers or workers == 1:
        _open_archive(path, reading)
        yield from _counted(map(_read_chunk, chunks), len(files), progress)
        return
    with pool(workers, _open_archive, path, reading) as readers:
        yield from _counted(readers.map(_read_chunk, chunks), len(files), progress)


def _counted(chunks: Iterator[list[Result]], total: int, progress: Counted) -> Iterator[Result]:
    done = 0
    for results in chunks:
        yield from results
        done += len(results)
        progress(done, total)


_archive: Archive
_reading: _Reading


def _open_archive(path: Path, reading: _Reading) -> None:
    global _archive, _reading  # one open archive per worker process
    _archive, _reading = Archive(path), reading


def _read_chunk(files: list[_File]) -> list[Result]:
    return [_read(file) for file in files]


def _read(file: _File) -> Result:
    name = file.compound.id if file.compound else ""
    try:
        return Result(verdict(file.name, name), _kept(file))
    except InputError as error:
        return Result(verdict(file.name, name, str(error).removeprefix(f"{file.name}: ")), None)


def _kept(file: _File) -> Kept:
    from irjax.chemistry.structures import read_structure

    if file.refusal:
        raise SpectrumError(file.refusal)
    spectrum = as_transmission(parse_spectrum(_archive.read(file.name, file.place), file.name, chart=_reading.chart))
    values = resample(spectrum, _reading.grid)
    if file.compound is None:
        raise InputError("no structure: the table has no row for it")
    structure = read_structure(file.compound.inchi, file.compound.smiles)
    known = file.compound.id, file.compound.smiles, _archive.path.name, file.name
    return labelled(values, spectrum, structure, *known)
