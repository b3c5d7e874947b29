"""Photoemission: geometries, Coulomb matrices, energies by GFN2-xTB, the molecules that ship, what is resumed."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from irjax.cli import main
from irjax.data import photoemission
from irjax.data.molecules import ATOMS, GRID, Molecule, coulomb_matrix, packaged_molecules
from irjax.data.orbitals import many_energies, orbital_energies
from irjax.data.photoemission import bundled_emitters, drawn_emitters, write_bundle, write_photoemission
from irjax.data.resumed import RejectedError
from irjax.data.xyz import read_xyz
from irjax.errors import InputError, UsageError
from irjax.tasks.curves import energies_of

WATER = "3\nwater\nO 0 0 0.1173\nH 0 0.7572 -0.4692\nH 0 -0.7572 -0.4692\n"


def test_a_coulomb_matrix_is_that_of_the_formula_row_by_row() -> None:
    water = read_xyz(WATER)
    found = coulomb_matrix(water).reshape(ATOMS, ATOMS)
    bond, apart = np.hypot(0.7572, 0.1173 + 0.4692), 2 * 0.7572
    wanted = np.array([[0.5 * 8**2.4, 8 / bond, 8 / bond], [8 / bond, 0.5, 1 / apart], [8 / bond, 1 / apart, 0.5]])
    np.testing.assert_allclose(found[:3, :3], wanted, rtol=1e-6)
    assert not found[3:].any()
    assert not found[:, 3:].any()


def test_the_order_of_atoms_makes_no_difference() -> None:
    molecule = bundled_emitters(1)[0].molecule
    order = np.random.default_rng(0).permutation(len(molecule.numbers))
    other = Molecule("", "", molecule.numbers[order], molecule.positions[order])
    np.testing.assert_allclose(coulomb_matrix(other), coulomb_matrix(molecule), rtol=1e-6)


def test_the_molecules_that_ship_become_a_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["make", "photoemission", str(tmp_path / "a"), "--molecules", "40"]) == 0
    assert "40 molecules" in capsys.readouterr().out
    dataset = write_photoemission(tmp_path / "b", bundled_emitters(40), {"command": "tests"})
    assert (dataset.grid, len(dataset)) == (GRID, 40)
    first = bundled_emitters(40)[7]
    np.testing.assert_array_equal(dataset.values[7], coulomb_matrix(first.molecule))
    assert first.energies is not None
    np.testing.assert_allclose(energies_of(dataset)[7], first.energies, atol=1e-6)
    assert (tmp_path / "a" / "spectra.csv").read_text() == (tmp_path / "b" / "spectra.csv").read_text()
    at_one_place = replace(first.molecule, positions=np.zeros_like(first.molecule.positions))
    rest = write_photoemission(
        tmp_path / "d", [replace(first, molecule=at_one_place), *bundled_emitters(40)[:3]], {"command": "tests"}
    )
    assert len(rest) == 3
    assert "apart; expected coordinates in" in (tmp_path / "d" / "curation.csv").read_text()
    assert main(["make", "photoemission", str(tmp_path / "c"), "--molecules", "2001"]) == 2
    assert "1 to 2,000 ship with irjax; --qm9 has more" in capsys.readouterr().err


def test_energies_cut_short_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset = write_photoemission(tmp_path / "data", bundled_emitters(40), {"command": "tests"})
    dataset.rows["energies"][3] = "-12.1 -11"
    with pytest.raises(InputError, match=r"molecule 4 \(dsgdb9nsd_\d+\): expected 16 orbital energies"):
        energies_of(dataset)
    table = tmp_path / "data" / "spectra.csv"
    table.write_text(table.read_text()[:-30])
    train = ["train", "--config", "photoemission", "--data", str(tmp_path / "data"), "--run", str(tmp_path / "run")]
    assert main(train) == 1
    assert "build it anew" in capsys.readouterr().err


def test_the_asset_is_what_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    molecules = bundled_emitters(5)
    (tmp_path / "assets").mkdir()
    write_bundle(tmp_path / "assets" / "qm9_orbitals.npz", molecules)
    monkeypatch.setattr(photoemission, "files", lambda _: tmp_path)
    for again, before in zip(bundled_emitters(None), molecules, strict=True):
        assert (again.molecule.name, again.molecule.inchi) == (before.molecule.name, before.molecule.inchi)
        np.testing.assert_array_equal(again.molecule.positions, before.molecule.positions)
        np.testing.assert_array_equal(again.energies, before.energies)


def test_energies_are_those_of_the_method() -> None:
    pytest.importorskip("tblite", reason="pip install irjax[photoemission]")
    shipped = bundled_emitters(1)[0]
    np.testing.assert_allclose(orbital_energies(shipped.molecule), shipped.energies, atol=0.0015)
    with pytest.raises(RejectedError, match="4 occupied orbitals of valence electrons; 16 are needed"):
        orbital_energies(read_xyz(WATER))


def test_energies_that_were_reckoned_are_kept(tmp_path: Path) -> None:
    pytest.importorskip("tblite", reason="pip install irjax[photoemission]")
    molecules = [each.molecule for each in bundled_emitters(3)] + [read_xyz(WATER)]
    cache = tmp_path / "energies.jsonl"
    first = list(many_energies(molecules, cache))
    assert isinstance(first[3], RejectedError)
    lines = cache.read_text().splitlines()
    # Of a killed run: the last line is cut off; and the first says what no calculation gives.
    marked = json.dumps(json.loads(lines[0]) | {"energies": [0.0] * 16})
    short = json.dumps(json.loads(lines[1]) | {"energies": [0.0] * 5})
    cache.write_text("\n".join([marked, short, lines[2][:30]]))
    again = list(many_energies(molecules, cache))
    np.testing.assert_array_equal(again[0], np.zeros(16))
    np.testing.assert_array_equal(again[1:3], first[1:3])
    assert len(list(many_energies(molecules, cache))) == 4
    assert sum(line.startswith('{"name"') and line.endswith("}") for line in cache.read_text().splitlines()) == 5


@pytest.mark.skipif(importlib.util.find_spec("qm9pack") is None, reason="pip install qm9pack")
def test_those_that_ship_are_the_first_that_seed_0_draws(tmp_path: Path) -> None:
    pytest.importorskip("tblite", reason="pip install irjax[photoemission]")
    for found, shipped in zip(drawn_emitters(3, 0, tmp_path / "cache.jsonl"), bundled_emitters(3), strict=True):
        assert found.molecule.name == shipped.molecule.name
        np.testing.assert_array_equal(found.molecule.positions, shipped.molecule.positions)


def test_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="the package is not installed; pip install qm9pack"):
        list(packaged_molecules())
    with pytest.raises(UsageError, match=r"needs tblite; pip install 'irjax\[photoemission\]' brings it"):
        list(many_energies([], tmp_path / "cache.jsonl"))
    with pytest.raises(UsageError, match="--molecules 0: at least 1"):
        drawn_emitters(0, 0, tmp_path / "cache.jsonl")
