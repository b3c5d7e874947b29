"""Powder diffraction: lines, what changes a measured pattern, the published copies, libraries of CIF files."""

import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from irjax.cli import main
from irjax.data import diffraction, xrd
from irjax.data.crystals import Lines, lines_of, structure_texts
from irjax.data.dataset import open_dataset
from irjax.data.library import GRID, bundled_library, drawn_library
from irjax.data.resumed import RejectedError
from irjax.errors import InputError, UsageError
from irjax.evaluation.matching import search_match

pytest.importorskip("pymatgen", reason="pip install irjax[xrd]")

_SALT = """data_{name}
_cell_length_a {edge}
_cell_length_b {edge}
_cell_length_c {edge}
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'F m -3 m'
_symmetry_Int_Tables_number 225
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
{cation} {cation} 0 0 0 1
Cl Cl 0.5 0.5 0.5 1
"""
CIFS = {
    "halite": _SALT.format(name="halite", edge=5.6402, cation="Na"),
    "again": _SALT.format(name="again", edge=5.6403, cation="Na"),
    "sylvite": _SALT.format(name="sylvite", edge=6.2931, cation="K"),
    "tiny": _SALT.format(name="tiny", edge=1.2, cation="Na"),
    "empty": "data_empty\n_cell_length_a 5\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cifs").mkdir()
    for name, text in CIFS.items():
        ending = ".CIF" if name == "sylvite" else ".cif"  # as some programs write it
        (tmp_path / "cifs" / f"{name}{ending}").write_text(text)
    return tmp_path / "cifs"


def test_lines_of_rock_salt_stand_where_bragg_puts_them() -> None:
    found = lines_of("halite", CIFS["halite"])
    indices = np.array([(1, 1, 1), (2, 0, 0), (2, 2, 0)])
    spacing = 5.6402 / np.sqrt((indices**2).sum(axis=1))
    np.testing.assert_allclose(found.two_theta, 2 * np.degrees(np.arcsin(1.54184 / 2 / spacing)), atol=1e-3)
    assert found.intensity.argmax() == 1
    np.testing.assert_allclose(found.lattice, [5.6402] * 3 + [90] * 3)
    # Powder diffraction file 5-628: 13, 100 and 55; without the motion of atoms the last is somewhat stronger.
    assert found.intensity[[0, 2]] == pytest.approx([0.09, 0.60], abs=0.09)


def test_a_file_without_lines_says_why() -> None:
    with pytest.raises(RejectedError, match=r"not a CIF with atoms|without atoms"):
        lines_of("empty", CIFS["empty"])
    with pytest.raises(RejectedError, match="no reflection from 5 to 50"):
        lines_of("tiny", CIFS["tiny"])


HALITE = CIFS["halite"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HALITE.replace("'F m -3 m'", "'F m 3 m z'").replace("_symmetry_Int_Tables_number 225\n", ""), "its symmetry"),
        (HALITE.replace("Cl Cl 0.5 0.5 0.5 1", "Cl Cl 0.5 0.5 0.5 ."), "not those of its formula"),
        (HALITE + CIFS["sylvite"], "holds 2 structures"),
        (
            HALITE.replace("_atom_site_type_symbol\n", "").replace("Na Na", "CA1").replace("Cl Cl", "Cl1"),
            "two elements",
        ),
        (HALITE.replace("0.5 0.5 0.5 1\n", "0.5 0.5 0.5 1.4\n"), "occupancies"),
    ],
)
def test_a_structure_that_would_become_another_says_why(text: str, said: str) -> None:
    with pytest.raises(RejectedError, match=said):
        lines_of("altered", text)


def test_journals_and_byte_order_marks_are_no_obstacle(tmp_path: Path) -> None:
    journal = "data_global\n_journal_year 2001\n\n" + HALITE
    for name, content in (("marked", journal.encode("utf-8-sig")), ("wide", journal.encode("utf-16"))):
        (tmp_path / f"{name}.cif").write_bytes(content)
    for name, text in structure_texts(str(tmp_path)).items():
        np.testing.assert_array_equal(lines_of(name, text).two_theta, lines_of("halite", HALITE).two_theta)


def test_preferred_orientation_is_that_of_march_and_dollase() -> None:
    angles = [2 * np.degrees(np.arcsin(1.54184 / 2 / spacing)) for spacing in (10.0, 8.0)]
    tetragonal = Lines("t", np.array([8.0, 8.0, 10.0, 90, 90, 90]), np.array(angles), np.array([1.0, 1.0]))
    material = diffraction.orientable(tetragonal)
    assert np.bincount(material.line).tolist() == [1, 2]  # 001; 100 and 010
    np.testing.assert_allclose(diffraction.oriented(material, 1.0, 2), [1, 1])
    np.testing.assert_allclose(diffraction.oriented(material, 0.6, 2), [0.6**-3, 0.6**1.5])
    np.testing.assert_allclose(diffraction.oriented(material, 0.6, 0), [0.6**1.5, (0.6**-3 + 0.6**1.5) / 2])


def test_orientation_weights_have_a_mean_of_one_over_all_directions() -> None:
    cosines = np.linspace(0, 1, 100_001)
    lines = Lines("m", np.array([5.0] * 3 + [90] * 3), np.array([20.0]), np.array([1.0]))
    all_over = diffraction.Orientable(lines, np.zeros(len(cosines), int), np.tile(cosines[:, None] ** 2, 3))
    for r in (0.6, 1.5):
        assert diffraction.oriented(all_over, r, 0)[0] == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("angle", [8.0, 45.0])
def test_small_crystals_broaden_lines_as_scherrer_says(angle: float) -> None:
    width = 0.9 * 1.54184 / 300  # 30 nm
    found = diffraction.profile(np.array([angle]), np.array([1.0]), width)
    above = np.interp(np.linspace(5, 50, 225_001), GRID.values, found) >= 0.5
    wanted = np.degrees(width / np.cos(np.radians(angle / 2)))
    assert above.sum() * 45 / 225_000 == pytest.approx(wanted, rel=0.03)
    assert GRID.values[found.argmax()] == pytest.approx(angle, abs=0.011)


def test_lines_at_twice_the_intensity_are_twice_as_high() -> None:
    found = diffraction.profile(np.array([10.0, 40.0]), np.array([1.0, 2.0]), 0.004)
    low, high = (found[np.abs(GRID.values - at) < 0.5].max() for at in (10, 40))
    assert high / low == pytest.approx(2 * np.cos(np.radians(20)) / np.cos(np.radians(5)), rel=0.01)


def test_a_measured_pattern_is_counts_and_moves_within_its_limits() -> None:
    materials = [diffraction.orientable(lines) for lines in bundled_library(3).materials]
    chance = np.random.default_rng(0)
    flat = np.ones((1, GRID.points))
    for _ in range(20):
        found = diffraction.measured(materials[0], diffraction.TESTED, materials[1:], flat, chance)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, found.round())
        assert 500 <= found.max() <= 5000 * 1.5
    alone = Lines("m", np.array([5.0] * 3 + [90] * 3), np.array([40.0]), np.array([1.0]))
    still = diffraction.Strengths(0.1, 0.005, (1, 1), (100, 100), (1e5, 1e5), (0, 0), (0, 0))
    moved = [
        GRID.values[diffraction.measured(diffraction.orientable(alone), still, materials, flat, chance).argmax()] - 40
        for _ in range(200)
    ]
    most = 0.1 * np.cos(np.radians(20)) + np.degrees(2 * np.tan(np.radians(20)) * 0.005)
    assert 0.6 * most < np.abs(moved).max() <= most + 0.03


def test_published_copies_keep_the_largest_points_and_permute_noise() -> None:
    pattern = diffraction.theoretical(bundled_library(2).materials[0])
    noise = diffraction.noise_of(np.random.default_rng(1).random(GRID.points) / 10)
    found = diffraction.with_noise(pattern, noise, np.random.default_rng(0))
    kept = np.argsort(-pattern, kind="stable")[:401]
    np.testing.assert_allclose(found[kept], pattern[kept], rtol=1e-6)
    np.testing.assert_allclose(np.sort(np.delete(found, kept)), noise.astype(np.float32))


def test_the_bundled_library_begins_with_the_smaller_one() -> None:
    large, small = bundled_library(1012), bundled_library(189)
    assert [lines.name for lines in small.materials] == [lines.name for lines in large.materials[:189]]
    assert all(len(lines.two_theta) and lines.intensity.max() == 1 for lines in large.materials)
    with pytest.raises(UsageError, match="has 2 to 1,012"):
        bundled_library(1013)


def test_no_two_materials_that_ship_are_alike_and_each_has_a_line_in_range() -> None:
    """Broadened by a Gaussian 0.2° wide at half its height, reckoned here by a convolution of sticks."""
    materials = bundled_library(1012).materials
    sticks = np.zeros((len(materials), GRID.points))
    for at, lines in enumerate(materials):
        assert ((lines.two_theta >= 5) & (lines.two_theta <= 50)).all()
        beside, share = np.divmod((lines.two_theta - GRID.first) / GRID.spacing, 1)
        for further, part in ((0, 1 - share), (1, share)):
            np.add.at(sticks[at], np.minimum(beside.astype(int) + further, GRID.points - 1), part * lines.intensity)
    shapes = gaussian_filter1d(sticks, 0.2 / 2.3548 / GRID.spacing, axis=1, mode="constant")
    shapes /= np.linalg.norm(shapes, axis=1, keepdims=True)
    cosines = shapes @ shapes.T - np.eye(len(materials))
    np.testing.assert_allclose(cosines.max(), 0.98995, atol=2e-4)  # the limit is 0.99


def test_a_library_of_files_leaves_out_twins_and_says_so(folder: Path, tmp_path: Path) -> None:
    drawn = drawn_library(folder, 0, 0, tmp_path / "cache.jsonl")
    outcomes = {row["id"]: row["reason"] for row in drawn.curation}
    assert set(outcomes) == set(CIFS)
    assert {lines.name for lines in drawn.materials} in ({"halite", "sylvite"}, {"again", "sylvite"})
    assert sum("its pattern is that of" in reason for reason in outcomes.values()) == 1
    # What was reckoned is kept: a line that was cut off is reckoned anew, the others are not.
    cached = (tmp_path / "cache.jsonl").read_text()
    (tmp_path / "cache.jsonl").write_text(cached[:-20])
    again = drawn_library(folder, 0, 0, tmp_path / "cache.jsonl")
    assert again.curation == drawn.curation
    with pytest.raises(InputError, match="2 of 5 structures can be told apart, 3 were asked for"):
        drawn_library(folder, 3, 0, tmp_path / "cache.jsonl")


def test_structures_are_read_from_archives_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as zipped, tarfile.open(tmp_path / "all.tar.xz", "w:xz") as tarred:
        for file in folder.iterdir():
            zipped.write(file, f"inside/{file.name}")
            tarred.add(file, f"../{file.name}")
    for source in (folder, tmp_path / "all.zip", tmp_path / "all.tar.xz"):
        assert structure_texts(str(source)) == dict(sorted(CIFS.items()))
    (tmp_path / "nothing").mkdir()
    (tmp_path / "text").write_text("no archive")
    for source, said in (("nothing", "holds no CIF file"), ("text", "expected a folder"), ("absent", "expected a")):
        with pytest.raises(InputError, match=said):
            structure_texts(str(tmp_path / source))


@pytest.mark.parametrize("copies", ["measured", "published"])
def test_the_dataset_says_its_parts_and_is_made_again_alike(copies: xrd.Copies, tmp_path: Path) -> None:
    library = bundled_library(4)
    first, again, other = (
        xrd.write_xrd(tmp_path / str(at), library, xrd.scene(library, None, copies, seed), {"command": "tests"})
        for at, seed in enumerate((0, 0, 1))
    )
    np.testing.assert_array_equal(first.values, again.values)
    assert not np.array_equal(first.values, other.values)
    counts = {part: (first.rows["part"] == part).sum() for part in ("train", "validation", "test")}
    assert counts["test"] == 12
    assert (counts["train"], counts["validation"]) == ((192, 32) if copies == "measured" else (231, 57))
    assert set(first.manifest["classes"]) == set(first.rows["class"])


def test_search_match_finds_every_clean_pattern_and_nothing_in_a_flat_one() -> None:
    materials = [diffraction.orientable(lines) for lines in bundled_library(40).materials]
    library = [(np.array(places), np.array(heights)) for places, heights in map(xrd.strongest, materials)]
    chance = np.random.default_rng(0)
    clean = np.stack([chance.poisson(5000 * diffraction.theoretical(each.lines) + 20) for each in materials])
    np.testing.assert_array_equal(search_match(clean, library).argmax(axis=1), np.arange(40))
    assert search_match(np.ones((1, GRID.points)), library).max() == 0


def test_search_match_counts_each_line_and_each_peak_by_its_nearest_partner() -> None:
    chance = np.random.default_rng(1)
    library = [(chance.uniform(0, 400, lines), chance.uniform(0.01, 1, lines)) for lines in (1, 5, 30)]
    pattern = np.zeros(401)
    pattern[[50, 120, 300]] = peaks = np.array([0.2, 1.0, 0.6])
    pattern = np.convolve(pattern, np.exp(-0.5 * (np.arange(-9, 10) / 3) ** 2), "same")
    wanted = []
    for places, heights in library:
        near = np.maximum(1 - (np.abs(places[:, None] - [50, 120, 300]) / 15) ** 2, 0)  # [lines, peaks]
        shown, explained = near.max(axis=1) @ np.sqrt(heights), near.max(axis=0) @ np.sqrt(peaks)
        wanted.append(shown / np.sqrt(heights).sum() + explained / np.sqrt(peaks).sum())
    np.testing.assert_allclose(search_match(pattern[None], library), [wanted], rtol=1e-3)


def test_the_test_patterns_are_the_same_whatever_is_trained_on(tmp_path: Path) -> None:
    library = bundled_library(2)
    tests = []
    for copies in ("measured", "published"):
        made = xrd.write_xrd(tmp_path / copies, library, xrd.scene(library, None, copies, 0), {"command": "tests"})
        tests.append(made.values[made.rows["part"] == "test"])
    np.testing.assert_array_equal(*tests)


def test_the_command_makes_it_from_files(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "made"
    assert main(["make", "xrd", str(out), "--cifs", str(folder)]) == 0
    assert "2 classes on 2251 points" in capsys.readouterr().out
    dataset = open_dataset(out)
    assert dataset.manifest["counts"]["rejected"] == 3
    assert "its pattern is that of" in (out / "curation.csv").read_text()
    assert json.loads((out / "manifest.json").read_text())["made"]["structures"] == "cifs"


def test_what_cannot_be_made_is_one_line(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "nothing").mkdir()
    out = str(tmp_path / "out")
    for arguments, status, said in (
        (["--materials", "1"], 2, "2 to 1,012"),
        (["--cifs", str(tmp_path / "nothing")], 1, "holds no CIF file"),
        (["--cifs", str(folder), "--materials", "1"], 2, "at least 2"),
        (["--noise", str(folder)], 1, "0 measured patterns cover 5 to 50° 2θ"),
    ):
        assert main(["make", "xrd", out, *arguments]) == status
        assert said in capsys.readouterr().err
        assert not Path(out).exists()


def test_published_copies_with_drawn_noise_show_their_lines() -> None:
    """Of a material whose noise were half as high as its lines nothing could be learned."""
    drawn_from = xrd.scene(bundled_library(20), None, "published", 0)
    copies = [(number, *copy) for number in range(20) for copy in xrd.copies_of(drawn_from, number)]
    spectra = np.stack([np.asarray(values, float) for *_, values in copies])
    spectra /= np.linalg.norm(spectra, axis=1, keepdims=True)
    number, test = np.array([copy[0] for copy in copies]), np.array([copy[1] == "test" for copy in copies])
    nearest = number[~test][(spectra[test] @ spectra[~test].T).argmax(axis=1)]
    assert (nearest == number[test]).mean() > 0.5  # by chance it would be 0.05
