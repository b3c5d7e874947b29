"""A dataset: spectra on one grid, what is known of each, and the labels of their structures.

transmittance.npy   float32 [n, 600], memory-mapped; NaN where nothing was measured; not clipped
spectra.csv         row i describes row i of the array
curation.csv        one row per input file: kept, or the reason why not
manifest.json       format version, grid, counts, checksums, how it was built
labels-NAME.npy     uint8 [n, groups], a cache that the structures can rebuild
"""

import csv
import hashlib
import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from irjax.chemistry.groups import Vocabulary, vocabulary
from irjax.errors import InputError
from irjax.spectra.resample import GRID

FORMAT = 1
COLUMNS = (
    *("id", "inchi", "smiles", "inchikey", "isotopic", "title", "phase", "technique"),
    *("source", "file", "points", "warnings"),
)
CURATION_COLUMNS = ("file", "id", "outcome", "reason")


@dataclass(frozen=True)
class Dataset:
    """An opened dataset."""

    path: Path
    transmittance: np.ndarray
    """float32 [n, 600] on GRID, memory-mapped, NaN where nothing was measured."""
    rows: dict[str, np.ndarray]
    """The columns of spectra.csv, str [n] each."""
    manifest: dict

    def __len__(self) -> int:
        return len(self.transmittance)

    @cached_property
    def skeletons(self) -> np.ndarray:
        """First InChIKey block of each spectrum's molecule, str [n]."""
        return np.array([key.split("-")[0] for key in self.rows["inchikey"]], dtype=object)

    @cached_property
    def isotopic(self) -> np.ndarray:
        """Whether the molecule carries an isotope label, bool [n]."""
        return self.rows["isotopic"] == "1"

    @property
    def checksum(self) -> str:
        """Of the spectra and what is known of them; two datasets with one checksum train the same network."""
        return self.manifest["checksums"]["transmittance.npy"] + self.manifest["checksums"]["spectra.csv"]

    def labels(self, name: str) -> np.ndarray:
        """Labels in the named vocabulary, uint8 [n, groups], from the cache or computed from the structures.

        Raises:
            UsageError: there is no such vocabulary.
        """
        wanted = vocabulary(name)
        shape = (len(self), len(wanted.groups))
        cache = self.path / f"labels-{name}.npy"
        stamp = cache.with_suffix(".json")
        try:
            meta = json.loads(stamp.read_text())
            cached = np.load(cache, allow_pickle=False)
            if (
                meta == _stamp(wanted, self.manifest["checksums"]["spectra.csv"])
                and cached.shape == shape
                and cached.dtype == np.uint8
            ):
                return cached
        except (OSError, ValueError):
            pass  # no cache, or a damaged one: the structures are the source
        labels = self._labelled(name)
        try:
            write_labels(self.path, name, labels, self.manifest["checksums"]["spectra.csv"])
        except OSError:
            pass  # a read-only dataset works all the same, only slower
        return labels

    def _labelled(self, name: str) -> np.ndarray:
        from irjax.chemistry.labels import label
        from irjax.chemistry.structures import StructureError, read_structure

        found = []
        for at, (inchi, smiles) in enumerate(zip(self.rows["inchi"], self.rows["smiles"], strict=True)):
            try:
                found.append(label([read_structure(inchi, smiles)], name))
            except StructureError as error:
                place = f"{self.path / 'spectra.csv'}, spectrum {at + 1} ({self.rows['id'][at]})"
                raise InputError(f"{place}: no labels in {name}: {error}; leave it out and build anew") from None
        return np.concatenate(found)


def _stamp(wanted: Vocabulary, spectra: str) -> dict[str, str]:
    """What cached labels depend on: the vocabulary and the structures in spectra.csv."""
    return {"fingerprint": wanted.fingerprint, "spectra": spectra}


def write_labels(path: Path, name: str, labels: np.ndarray, spectra: str) -> None:
    """Caches labels beside a dataset whose spectra.csv has this checksum, aside first and then renamed."""
    target = path / f"labels-{name}.npy"
    part = target.with_suffix(".part.npy")
    np.save(part, labels.astype(np.uint8), allow_pickle=False)
    os.replace(part, target)
    stamp = target.with_suffix(".json")
    part = stamp.with_suffix(".part.json")
    part.write_text(json.dumps(_stamp(vocabulary(name), spectra)))
    os.replace(part, stamp)


def open_dataset(path: str | os.PathLike[str]) -> Dataset:
    """Opens a dataset; the spectra stay on disk until they are used.

    Raises:
        InputError: it is none, of another format, or damaged; the message says how to make one.
    """
    path = Path(path)
    if not (path / "manifest.json").is_file():
        raise InputError(f"{path}: not a dataset (no manifest.json); `irjax build` or `irjax demo-data` makes one")
    try:
        manifest = json.loads((path / "manifest.json").read_text())
        transmittance = np.load(path / "transmittance.npy", mmap_mode="r", allow_pickle=False)
        with (path / "spectra.csv").open(newline="", encoding="utf-8") as file:
            table = list(csv.reader(file))
        if manifest.get("format") != FORMAT:
            raise InputError(f"{path}: format {manifest.get('format')}, this irjax reads {FORMAT}; build it anew")
        count = manifest["counts"]["kept"]
        header, body = table[0], table[1:]
        checksums = manifest["checksums"]
        sound = (
            transmittance.shape == (count, GRID.size)
            and transmittance.dtype == np.float32
            and len(body) == count
            and all(len(row) == len(header) for row in body)
            and set(COLUMNS) <= set(header)
            and {"transmittance.npy", "spectra.csv"} <= set(checksums)
        )
    except (OSError, ValueError, KeyError, IndexError, TypeError, csv.Error) as error:
        raise InputError(f"{path}: the dataset is damaged ({error}); build it anew") from None
    if not sound:
        raise InputError(f"{path}: the dataset is damaged (its files disagree on their size); build it anew")
    rows = {name: np.array([row[at] for row in body], dtype=object) for at, name in enumerate(header)}
    return Dataset(path, transmittance, rows, manifest)


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
