"""The synthetic benchmark: copies, the fixed test set with its exceptions, specs that are none."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from irjax.cli import main
from irjax.data import synthetic
from irjax.data.dataset import open_dataset
from irjax.errors import InputError

SMALL = synthetic.drawn_spec(seed=3, classes=6, points=600)


def peaks(spectrum: np.ndarray) -> np.ndarray:
    return np.flatnonzero((spectrum[1:-1] > spectrum[:-2]) & (spectrum[1:-1] >= spectrum[2:])) + 1


def test_patterns_are_those_of_scipy() -> None:
    chance = np.random.default_rng(0)
    positions, heights = chance.integers(5, 595, (20, 4)), chance.uniform(0.1, 1, (20, 4))
    widths = chance.uniform(2, 5, 20)
    found = synthetic.patterns(600, positions, heights, widths)
    for row, at, height, width in zip(found, positions, heights, widths, strict=True):
        lines = np.zeros(600)
        lines[at] = height
        wanted = gaussian_filter1d(lines, width, mode="constant")
        np.testing.assert_allclose(row, wanted / wanted.max(), atol=1e-6)


def test_copies_depend_on_the_seed_and_stay_within_their_limits() -> None:
    spec = synthetic.Spec(1200, ((np.array([300, 800]), np.array([1.0, 0.5])),))
    first, again, other = (synthetic.copies(spec, 0, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first["train"], again["train"])
    assert not np.array_equal(first["train"], other["train"])
    assert {part: len(values) for part, values in first.items()} == {"train": 50, "validation": 10}
    many = np.concatenate([synthetic.copies(spec, 0, seed)["train"] for seed in range(20)])
    moved = np.array([peaks(row) for row in many]) - [300, 800]
    assert (moved.min(), moved.max()) == (-50, 49)
    smaller = many.reshape(len(many), 2, 600).max(axis=2).min(axis=1)
    assert smaller.min() > 0.45 / 1.05 - 1e-3
    assert smaller.max() < 0.55 / 0.95 + 1e-3
    np.testing.assert_array_equal(many.max(axis=1), 1)


def test_the_test_set_is_fixed_and_in_the_published_order() -> None:
    spec = synthetic.Spec(1200, ((np.array([300, 800]), np.array([1.0, 0.5])),))
    found = synthetic.fixed_spectra(spec, 0)
    assert [peaks(row)[0] - 300 for row in found] == [0, -30, 30] * 3
    np.testing.assert_allclose(found[:, 600:].max(axis=1), [0.5] * 3 + [0.54] * 3 + [0.46] * 3, atol=1e-6)


def test_specs_are_drawn_as_the_benchmarks_were() -> None:
    spec = synthetic.drawn_spec(seed=0)
    numbers = np.array([len(positions) for positions, _ in spec.peaks])
    assert len(numbers) == 500
    assert (numbers.min(), numbers.max() <= 10) == (2, True)
    assert numbers.mean() == pytest.approx(1.2 * 1.2 + 2, abs=0.25)
    for positions, heights in spec.peaks:
        assert positions.min() >= 100
        assert positions.max() <= 4899
        assert heights.max() == 1
        assert heights.min() >= 0.01
    assert spec.fingerprint != synthetic.drawn_spec(seed=1).fingerprint


@pytest.fixture(scope="module")
def published() -> Path:
    folder = Path(os.environ.get("IRJAX_SHARED") or Path(__file__).resolve().parents[3] / "shared") / "data/synthetic"
    if not folder.is_dir():
        pytest.skip(f"needs the classes of the public benchmark: no {folder}; set IRJAX_SHARED")
    return folder


def test_the_published_test_sets_have_their_exceptions(published: Path) -> None:
    spec = synthetic.read_spec(published / "benchmark.json")
    assert sum(len(synthetic.fixed_spectra(spec, number)) for number in (0, 8, 499)) == 27
    shifts = {number: peaks(synthetic.fixed_spectra(spec, number)[2])[0] for number in (0, 8)}
    assert shifts[0] - spec.peaks[0][0].min() == 30
    assert shifts[8] - spec.peaks[8][0].min() == 17
    spec = synthetic.read_spec(published / "challenge.json")
    assert [len(synthetic.fixed_spectra(spec, number)) for number in range(27)] == [6] * 27
    ends = [peaks(synthetic.fixed_spectra(spec, number)[1])[0] - spec.peaks[number][0].min() for number in (9, 10, 11)]
    assert ends == [30, 30, -30]
    tops = np.argmax(spec.peaks[0][1])
    for row in synthetic.copies(spec, 0, seed=5)["train"]:
        assert abs(int(row.argmax()) - spec.peaks[0][0][tops]) <= 50


def with_peaks(positions: list[int], heights: list[float]) -> str:
    """A spec of two such classes."""
    spectra = {name: {"peak_positions": positions, "peak_heights": heights} for name in "01"}
    return json.dumps({"datapoints": 600, "spectra": spectra})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not a spec"),
        ("[]", "not a spec"),
        ('{"datapoints": 600, "spectra": {"1": {}}}', "not a spec"),
        ("{" * 10_000, "not a spec"),
        (json.dumps({"datapoints": 10, "spectra": {}}), "datapoints must lie"),
        (with_peaks([7], [1]), "class 0: expected as many"),
        (with_peaks([70, 90], [1]), "class 0: expected as many"),
        (with_peaks([70], [0]), "class 0: peak_heights must be"),
        (with_peaks([70, 90], [0.02, 0.03]), "class 0: its highest peak is 0.03"),
        (with_peaks([70, 90, 70], [1, 0.5, 0.03]), "class 0: two of its peak_positions are the same"),
    ],
)
def test_a_spec_that_is_none_is_one_line(
    content: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "spec.json").write_text(content)
    assert main(["make", "synthetic", str(tmp_path / "out"), "--spec", str(tmp_path / "spec.json")]) == 1
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_dataset_says_its_parts_and_classes(tmp_path: Path) -> None:
    found = synthetic.write_synthetic(tmp_path / "made", SMALL, 0, {"command": "tests"})
    assert found.technique == "synthetic"
    assert found.values.shape == (6 * 69, 600)
    assert found.grid.unit == "points"
    assert found.manifest["classes"] == list("012345")
    assert sorted(set(found.rows["part"])) == ["test", "train", "validation"]
    path = tmp_path / "made" / "intensity.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"intensity\.npy: altered"):
        open_dataset(tmp_path / "made")


def test_the_command_replaces_a_dataset_when_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spec.json").write_text(with_peaks([70, 290], [1, 0.4]))
    make = ["make", "synthetic", str(tmp_path / "out"), "--spec", str(tmp_path / "spec.json")]
    assert main(make) == 0
    assert main(make) == 1
    assert "--force replaces it" in capsys.readouterr().err
    assert main([*make, "--force", "--seed", "1"]) == 0
    assert main([*make, "--force", "--seed", "-1"]) == 2
    assert "--seed -1: 0 or more" in capsys.readouterr().err
