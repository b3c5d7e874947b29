"""The spectra that ship with irjax."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from irjax.chemistry.labels import label
from irjax.chemistry.structures import read_structure
from irjax.data import demo
from irjax.data.computed import broadened, computed_spectra
from irjax.data.dataset import Dataset, open_dataset
from irjax.data.demo import EXAMPLES, write_demo
from irjax.errors import InputError
from irjax.spectra.reading import read_spectrum

ASSET = Path(__file__).resolve().parents[2] / "irjax" / "assets" / "demo_lines.npz"

FIRST_BANDS = (
    (3019, 0.08, 18), (2972, 0.06, 18), (2937, 0.05, 16), (1731, 1.0, 16), (1435, 0.16, 16), (1410, 0.08, 16),
    (1364, 0.55, 12), (1216, 0.50, 14), (1091, 0.07, 16), (891, 0.04, 13), (777, 0.01, 13), (530, 0.14, 16),
)  # fmt: skip


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo of 60 molecules, the examples among them."""
    molecules = list(computed_spectra())
    examples = [molecule for molecule in molecules if molecule.cas in EXAMPLES]
    monkeypatch.setattr(demo, "computed_spectra", lambda: iter([*molecules[:58], *examples]))


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


@pytest.mark.usefixtures("few")
def test_examples_are_files_and_not_in_the_dataset(tmp_path: Path) -> None:
    dataset = write_demo(tmp_path / "demo")
    assert len(dataset) == 58
    assert not set(EXAMPLES) & set(dataset.rows["id"])
    files = sorted((tmp_path / "demo" / "examples").iterdir())
    assert [path.name for path in files] == ["computed-acetone.csv", "computed-ethanol.csv", "drawn-acetone.csv"]
    spectrum = read_spectrum(files[0])
    assert spectrum.y_units == "absorbance"
    assert spectrum.warnings == ()
    assert 1700 < spectrum.wavenumber[spectrum.transmittance.argmin()] < 1850
    assert len(dataset) == len(write_demo(tmp_path / "demo"))
    for left in (files[:2], []):  # of a command that was killed
        for file in (tmp_path / "demo" / "examples").iterdir():
            file.unlink() if file not in left else None
        write_demo(tmp_path / "demo")
        assert sorted((tmp_path / "demo" / "examples").iterdir()) == files
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


@pytest.mark.usefixtures("few")
def test_the_first_drawing_of_acetone_gives_way(tmp_path: Path) -> None:
    write_demo(tmp_path / "demo")
    drawn = tmp_path / "demo" / "examples" / "drawn-acetone.csv"
    present, bands = drawn.read_text(), np.array(FIRST_BANDS, np.float64).T
    x = np.linspace(390.0, 4010.0, 1811)
    absorbance = (bands[1] * np.exp(-0.5 * ((x[:, None] - bands[0]) / bands[2]) ** 2)).sum(axis=1)
    absorbance = -np.log10(10.0 ** -(absorbance + 0.002 * np.random.default_rng(0).normal(size=x.size)))
    rows = zip(x.tolist(), absorbance.tolist(), strict=True)
    drawn.write_text("wavenumber (cm-1),absorbance\n" + "".join(f"{at:.1f},{y:.5f}\n" for at, y in rows))
    write_demo(tmp_path / "demo")
    assert drawn.read_text() == present


def test_another_dataset_and_a_link_are_not_replaced_unasked(small_dataset: Dataset, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    shutil.copytree(small_dataset.path, taken)
    (tmp_path / "link").symlink_to(taken)
    for out, said in ((taken, "a dataset is there already; --force"), (tmp_path / "link", "a link")):
        with pytest.raises(InputError, match=said):
            write_demo(out)
    assert len(open_dataset(taken)) == len(small_dataset)
