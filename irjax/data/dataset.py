"""A dataset: spectra on one grid, what is known of each, and the labels of their structures.

transmittance.npy   float32 [n, points], memory-mapped; NaN where nothing was measured; not clipped
                    (intensity.npy, where the spectra are no infrared ones)
spectra.csv         row i describes row i of the array
curation.csv        one row per input file: kept, or the reason why not
manifest.json       format version, technique, grid, counts, checksums, how it was built
labels-NAME.npy     uint8 [n, groups], a cache that the structures can rebuild
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from irjax.chemistry.groups import Vocabulary, vocabulary
from irjax.errors import InputError
from irjax.files import array_of, bytes_of, json_of, write_aside
from irjax.spectra.correction import Correction, correction_of
from irjax.spectra.grid import Grid, grid_from_dict

FORMAT = 1
MANIFEST, TABLE, CURATION = "manifest.json", "spectra.csv", "curation.csv"
SPECTRA = {"infrared": "transmittance.npy"}
"""The array of each technique; of those not named here it is OTHER_SPECTRA."""
OTHER_SPECTRA = "intensity.npy"
COLUMNS = (
    *("id", "inchi", "smiles", "inchikey", "isotopic", "title", "phase", "technique"),
    *("source", "file", "points", "warnings"),
)
CURATION_COLUMNS = ("file", "id", "outcome", "reason")


@dataclass(frozen=True)
class Dataset:
    """An opened dataset."""

    path: Path
    values: np.ndarray
    """float32 [n, points] on the grid, memory-mapped, NaN where nothing was measured; transmittance, if infrared."""
    grid: Grid
    rows: dict[str, np.ndarray]
    """The columns of spectra.csv, str [n] each."""
    manifest: dict

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def skeletons(self) -> np.ndarray:
        """First InChIKey block of each spectrum's molecule, str [n]; the ID, where spectra are not of molecules."""
        if "inchikey" not in self.rows:
            return self.rows["id"]
        return skeletons_of(self.rows["inchikey"])

    @cached_property
    def isotopic(self) -> np.ndarray:
        """Whether the molecule carries an isotope label, bool [n]."""
        return self.rows["isotopic"] == "1" if "isotopic" in self.rows else np.zeros(len(self), bool)

    @cached_property
    def aid(self) -> np.ndarray:
        """Whether a spectrum was computed to help in training on the measured ones beside it, bool [n]."""
        computed = self.rows.get("technique", np.full(len(self), "", dtype=object)) == "computed"
        return computed & ~computed.all()

    @property
    def technique(self) -> str:
        """infrared, or what a maker of other datasets calls it."""
        return self.manifest.get("technique", "infrared")

    @property
    def correction(self) -> Correction | None:
        """How its spectra were corrected; None where they are as measured or computed."""
        return correction_of(self.manifest, self.grid)

    @property
    def checksum(self) -> str:
        """Of the spectra and what is known of them; two datasets with one checksum train the same network."""
        return self.manifest["checksums"][array_name(self.technique)] + self.manifest["checksums"][TABLE]

    def labels(self, name: str) -> np.ndarray:
        """Labels in the named vocabulary, uint8 [n, groups], from the cache or computed from the structures.

        Raises:
            UsageError: there is no such vocabulary.
            InputError: a structure has no labels in it.
        """
        wanted = vocabulary(name)
        shape = (len(self), len(wanted.groups))
        cache = self.path / f"labels-{name}.npy"
        stamp = cache.with_suffix(".json")
        try:
            cached = array_of(bytes_of(cache))
            known = _stamp(wanted, self.manifest["checksums"][TABLE], cached)
            if json_of(stamp) == known and cached.shape == shape and cached.dtype == np.uint8:
                return cached
        except (OSError, ValueError):
            pass  # no cache, or a damaged one: the structures are the source
        labels = self._labelled(name)
        try:
            write_labels(self.path, name, labels, self.manifest["checksums"][TABLE])
        except InputError:
            pass  # a read-only dataset works all the same, only slower
        return labels

    def _labelled(self, name: str) -> np.ndarray:
        from irjax.chemistry.labels import label
        from irjax.chemistry.structures import StructureError, read_structure

        found, drawn = [], self.rows.get("smiles", np.full(len(self), "", dtype=object))
        for at, (inchi, smiles) in enumerate(zip(self.rows["inchi"], drawn, strict=True)):
            try:
                found.append(label([read_structure(inchi, smiles)], name))
            except StructureError as error:
                place = f"{self.path / TABLE}, spectrum {at + 1} ({self.rows['id'][at]})"
                raise InputError(f"{place}: no labels in {name}: {error}; leave it out and build anew") from None
        return np.concatenate(found)


def _stamp(wanted: Vocabulary, spectra: str, labels: np.ndarray) -> dict[str, str]:
    """What cached labels depend on, the vocabulary and the structures in spectra.csv, and what they are."""
    checksum = hashlib.sha256(labels.tobytes()).hexdigest()
    return {"fingerprint": wanted.fingerprint, "spectra": spectra, "labels": checksum}


def write_labels(path: Path, name: str, labels: np.ndarray, spectra: str) -> None:
    """Caches labels beside a dataset whose spectra.csv has this checksum."""
    labels, content = labels.astype(np.uint8), io.BytesIO()
    np.save(content, labels, allow_pickle=False)
    target = path / f"labels-{name}.npy"
    write_aside(target, content.getvalue())
    write_aside(target.with_suffix(".json"), json.dumps(_stamp(vocabulary(name), spectra, labels)))


def skeletons_of(keys: Iterable[str]) -> np.ndarray:
    """First blocks of InChIKeys, str [n]: molecules apart from their stereochemistry, isotopes and protons."""
    return np.array([key.split("-")[0] for key in keys], dtype=object)


def require_unit(path: Path, technique: str, grid: Grid) -> None:
    """Refuses other spectra than infrared ones in cm-1, and infrared ones in another unit, by which they are told.

    Raises:
        InputError: saying so.
    """
    if technique in SPECTRA and not grid.infrared:
        raise InputError(f"{path}: {technique} spectra lie on a grid in cm-1, not in {grid.unit}")
    if grid.infrared and technique not in SPECTRA:
        raise InputError(
            f"{path}: {technique} spectra in {grid.unit} would be taken for infrared transmittance; give their grid a "
            "unit of another name, such as 'Raman shift'"
        )


def array_name(technique: str) -> str:
    """The file that holds the spectra of a technique."""
    return SPECTRA.get(technique, OTHER_SPECTRA)


def open_dataset(path: str | os.PathLike[str]) -> Dataset:
    """Opens a dataset and checks that it is what was made; the spectra stay on disk until they are used.

    Raises:
        InputError: it is none, of another format, damaged or altered; the message says how to make one.
    """
    path = Path(path)
    if not (path / MANIFEST).is_file():
        raise InputError(f"{path}: not a dataset (no manifest.json); `irjax build` or `irjax demo-data` makes one")
    try:
        manifest = json_of(path / MANIFEST)
        if manifest.get("format") != FORMAT:
            raise InputError(f"{path}: format {manifest.get('format')}, this irjax reads {FORMAT}; build it anew")
        grid = grid_from_dict(manifest["grid"])
        correction_of(manifest, grid)  # sound, or it says why not
        array = array_name(manifest.get("technique", "infrared"))
        checksums = {name: manifest["checksums"][name] for name in (array, TABLE)}
        values = array_of(path / array)
        table = bytes_of(path / TABLE).decode()
        header, *body = csv.reader(io.StringIO(table, newline=""))
        count = manifest["counts"]["kept"]
        needed = COLUMNS if array in SPECTRA.values() else ("id", "file")
        sound = (
            values.shape == (count, grid.points)
            and values.dtype == np.float32
            and len(body) == count
            and all(len(row) == len(header) for row in body)
            and set(needed) <= set(header)
        )
        altered = [name for name, checksum in checksums.items() if sound and sha256(path / name) != checksum]
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError, csv.Error) as error:
        raise InputError(f"{path}: the dataset is damaged ({error}); build it anew") from None
    if not sound:
        raise InputError(f"{path}: the dataset is damaged (its files disagree on their size); build it anew")
    require_unit(path, manifest.get("technique", "infrared"), grid)
    if altered:
        raise InputError(
            f"{path / altered[0]}: altered since the dataset was made (its checksum differs); build it anew"
        )
    rows = {name: np.array([row[at] for row in body], dtype=object) for at, name in enumerate(header)}
    return Dataset(path, values, grid, rows, manifest)


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
