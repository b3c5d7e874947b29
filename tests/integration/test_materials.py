"""From the bundled lines of materials to the likeliest one of a pattern, by the commands of configs/xrd.py."""

import json
from pathlib import Path

import numpy as np
import pytest

from irjax.cli import main
from irjax.data.dataset import open_dataset

ROOT = Path(__file__).parents[2]
MATERIALS = 6


def written(angles: np.ndarray, counts: np.ndarray) -> dict[str, str]:
    """A pattern as three programs write it, by the files' endings."""
    rows = [f"{angle:.3f}{{}}{count:.2f}\n" for angle, count in zip(angles, counts, strict=True)]
    xml = (
        '<xrdMeasurements xmlns="http://www.xrdml.com/XRDMeasurement/1.5"><xrdMeasurement><scan><dataPoints>'
        f'<positions axis="2Theta" unit="deg"><startPosition>{angles[0]}</startPosition>'
        f"<endPosition>{angles[-1]}</endPosition></positions>"
        f'<intensities unit="counts">{" ".join(f"{count:.2f}" for count in counts)}</intensities>'
        "</dataPoints></scan></xrdMeasurement></xrdMeasurements>"
    )
    return {
        ".xy": "".join(row.format(" ") for row in rows),
        ".csv": "2theta,intensity\n" + "".join(row.format(",") for row in rows),
        ".xrdml": xml,
    }


def test_a_library_teaches_a_network_that_names_the_material_of_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, run = tmp_path / "xrd", tmp_path / "run"
    assert main(["make", "xrd", str(data), "--materials", str(MATERIALS)]) == 0
    train = ["train", "--config", str(ROOT / "configs/xrd.py"), "--data", str(data), "--run", str(run)]
    sizes = ["--model.filters", "8", "8", "--model.dense", "32", "--optimizer.epochs", "8"]
    assert main([*train, *sizes, "--optimizer.batch-size", "16"]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(run), "--data", str(data), "--json", str(tmp_path / "judged.json")]) == 0
    judged = json.loads((tmp_path / "judged.json").read_text())
    assert judged["overall"]["top1"]["value"] >= 0.8, "a network that has learned is wrong of few materials"
    assert judged["overall"]["top5"]["value"] >= judged["overall"]["top1"]["value"]

    dataset = open_dataset(data)
    at = int(np.flatnonzero(np.array(dataset.rows["part"]) == "test")[0])
    counts = 1000 * np.asarray(dataset.values[at], float) / np.nanmax(dataset.values[at])
    for ending, text in written(dataset.grid.values, counts).items():
        (tmp_path / f"unknown{ending}").write_text(text)
    (tmp_path / "wrong.xy").write_text("5.0 1\n")
    files = [str(tmp_path / name) for name in ("unknown.xy", "unknown.csv", "unknown.xrdml", "wrong.xy")]
    capsys.readouterr()
    assert main(["predict", *files, "--run", str(run), "--format", "json"]) == 1
    told = capsys.readouterr()
    *answers, failed = json.loads(told.out)
    names = [[likely["name"] for likely in answer["classes"]] for answer in answers]
    assert names[0] == names[1] == names[2]
    assert len(names[0]) == 5
    assert names[0][0] == dataset.rows["class"][at]
    assert "wrong.xy" in failed["error"]
    assert "Traceback" not in told.err
    assert main(["predict", files[0], "--run", str(run), "--format", "csv"]) == 0
    heading, first, *rest = capsys.readouterr().out.splitlines()
    assert heading == "file,class,probability,warnings"
    assert first.startswith(f"{files[0]},{names[0][0]},")
    assert len(rest) == 4
