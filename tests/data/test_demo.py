"""The spectra that ship with irjax."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from irjax.chemistry.labels import label
from irjax.chemistry.structures import read_structure
from irjax.data.dataset import Dataset, open_dataset
from irjax.data.demo import EXAMPLES, broadened, computed_spectra, write_demo
from irjax.errors import InputError
from irjax.spectra.reading import read_spectrum

ASSET = Path(__file__).resolve().parents[2] / "irjax" / "assets" / "demo_lines.npz"


def test_asset_is_small_and_holds_every_group() -> None:
    assert ASSET.stat().st_size <= 4 * 2**20
    molecules = list(computed_spectra())
    assert len(molecules) >= 2500
    counts = label([read_structure(smiles=molecule.smiles) for molecule in molecules]).sum(axis=0)
    assert np.sort(counts)[1] >= 20
    assert counts.min() == 5  # thials: the source of structures holds no more
    assert len({molecule.cas for molecule in molecules}) == len(molecules)


def test_broadening_keeps_bands_in_place() -> None:
    molecule = next(molecule for molecule in computed_spectra() if molecule.cas == "67-64-1")
    spectrum = broadened(molecule)
    strongest = molecule.wavenumber[molecule.intensity.argmax()]
    assert abs(spectrum.wavenumber[spectrum.transmittance.argmin()] - strongest) < 5
    assert abs(spectrum.transmittance.min() - 0.1) < 1e-6


def test_examples_are_files_and_not_in_the_dataset(tmp_path: Path) -> None:
    dataset = write_demo(tmp_path / "demo")
    assert not set(EXAMPLES) & set(dataset.rows["id"])
    files = sorted((tmp_path / "demo" / "examples").iterdir())
    assert [path.name for path in files] == ["computed-acetone.csv", "computed-ethanol.csv", "drawn-acetone.csv"]
    spectrum = read_spectrum(files[0])
    assert spectrum.y_units == "absorbance"
    assert spectrum.warnings == ()
    assert 1700 < spectrum.wavenumber[spectrum.transmittance.argmin()] < 1850
    assert len(dataset) == len(write_demo(tmp_path / "demo"))
    mine = tmp_path / "demo" / "examples" / "mine.csv"
    mine.write_text("400,1\n")
    with pytest.raises(InputError, match="--force"):
        write_demo(tmp_path / "demo")
    assert mine.read_text() == "400,1\n"
    mine.unlink()
    files[0].write_text(edited := files[0].read_text().replace("4000.0,", "4000.5,"))
    with pytest.raises(InputError, match="--force"):
        write_demo(tmp_path / "demo")
    assert files[0].read_text() == edited


def test_another_dataset_and_a_link_are_not_replaced_unasked(small_dataset: Dataset, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    shutil.copytree(small_dataset.path, taken)
    (tmp_path / "link").symlink_to(taken)
    for out, said in ((taken, "a dataset is there already; --force"), (tmp_path / "link", "a link")):
        with pytest.raises(InputError, match=said):
            write_demo(out)
    assert len(open_dataset(taken)) == len(small_dataset)
