"""The commands as a person types them: what they print, write and return, right and wrong."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from irjax.cli import main
from irjax.data.computed import computed_result, computed_spectra
from irjax.data.dataset import Dataset
from irjax.data.writing import write_dataset

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    """What a command has said, and its exit status."""

    returncode: int
    stdout: str
    stderr: str


def irjax(*words: object) -> Done:
    """Runs the irjax command, in this process: importing jax for each takes longer than most of them."""
    with redirect_stdout(io.StringIO()) as said, redirect_stderr(io.StringIO()) as told:
        try:
            status = main(list(map(str, words)))
        except SystemExit as ended:
            status = int(ended.code or 0)
    return Done(status, said.getvalue(), told.getvalue())


def run(*words: object, cwd: Path | None = None) -> Done:
    """Runs Python in a process of its own."""
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=os.environ, timeout=300)
    return Done(done.returncode, done.stdout, done.stderr)


def clean(result: Done, status: int, *told: str) -> None:
    """One clear message, no traceback, the right exit status."""
    assert result.returncode == status, result.stderr
    assert "Traceback" not in result.stderr + result.stdout
    for words in told:
        assert words in result.stderr + result.stdout


@pytest.fixture(scope="module")
def spectrum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A per cent transmittance spectrum with a value beyond 100 and one below 0."""
    path = tmp_path_factory.mktemp("spectra") / "sample.csv"
    x = np.arange(500, 3900, 2.0)
    y = 101 - 102 * np.exp(-(((x - 1715) / 15) ** 2))
    path.write_text("wavenumber (cm-1);%T\n" + "".join(f"{a:.1f};{b:.4f}\n" for a, b in zip(x, y, strict=True)))
    return path


@pytest.fixture(scope="module")
def trained(small_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that train.py made."""
    path = tmp_path_factory.mktemp("runs") / "demo"
    result = run(
        *(ROOT / "train.py", "--config", ROOT / "configs/demo.py", "--data", small_dataset.path, "--run", path),
        *("--model.filters", 4, "--model.dense-nodes", 16, "--optimizer.epochs", 1, 1),
    )
    clean(result, 0, "model.filters: 16 -> 4", "have a sibling in a fold", "trained")
    return path


def test_read_writes_what_the_contract_says(spectrum: Path, tmp_path: Path) -> None:
    result = run("-m", "irjax", "read", spectrum, "--csv", tmp_path / "out.csv", "--json", tmp_path / "out.json")
    clean(result, 0, "1700 points")
    with (tmp_path / "out.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["wavenumber", "transmittance"]
    values = np.array(rows[1:], float)
    assert len(values) == 1700
    assert values[:, 1].max() == pytest.approx(1.01)
    assert values[:, 1].min() < 0  # never clipped
    summary = json.loads((tmp_path / "out.json").read_text())
    assert set(summary) >= {"units", "range", "points", "phase", "technique", "checks", "warnings"}
    assert summary["warnings"] == []
    assert summary["range"] == [500.0, 3898.0]


def test_read_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "empty.jdx").touch()
    clean(irjax("read", tmp_path / "empty.jdx"), 1, "empty.jdx", "empty")
    clean(irjax("read", tmp_path / "missing.jdx"), 1, "missing.jdx", "No such file")
    clean(irjax("read", tmp_path), 1, "folder")
    clean(irjax("read"), 2, "FILE")
    clean(irjax("read", tmp_path / "empty.jdx", "--y-units", "furlongs"), 2, "absorbance")
    clean(irjax("raed"), 2, "invalid choice")
    (tmp_path / "flat.csv").write_text("cm-1,absorbance\n" + "".join(f"{x},0.1\n" for x in range(400, 4000, 4)))
    clean(irjax("read", tmp_path / "flat.csv"), 0, "900 points", "warning: ", "nothing to go by: a flat line")


def test_read_does_not_leave_half_a_file(spectrum: Path, tmp_path: Path) -> None:
    clean(irjax("read", spectrum, "--csv", tmp_path / "nowhere" / "out.csv"), 1, "cannot be written")
    (tmp_path / "folder").mkdir()
    clean(irjax("read", spectrum, "--csv", tmp_path / "folder"), 1, "cannot be written")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert list((tmp_path / "folder").iterdir()) == []


def test_label_leaves_cells_empty_and_goes_on(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text('ID,inchi,smiles\na,,CC(N)=O\nb,,CC(\nc,"InChI=1S/C2H5NO/c1-2(3)4/h1H3,(H2,3,4)",\n')
    clean(irjax("label", table, "--out", tmp_path / "out.csv"), 0, "line 3", "2 labelled, 1 could not be read")
    with (tmp_path / "out.csv").open() as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert len(next(iter(rows.values()))) == 38
    assert [rows[name]["Amide"] for name in "abc"] == ["1", "", "1"]
    result = irjax(
        "label", table, "--out", tmp_path / "j.csv", "--vocabulary", "jung2023-original", "--structure", "inchi"
    )
    clean(result, 0, "1 labelled")
    with (tmp_path / "j.csv").open() as file:
        found = {row["id"]: row for row in csv.DictReader(file)}["c"]
    assert (found["Amide"], found["Alcohol"], len(found)) == ("0", "1", 23)
    drawn = ("label", table, "--out", tmp_path / "s.csv", "--vocabulary", "jung2023", "--structure", "smiles")
    clean(irjax(*drawn), 0, "1 labelled")
    table.write_text("ID,smiles\na,CC(\n")
    clean(irjax("label", table, "--out", tmp_path / "none.csv"), 1, "line 2", "0 labelled, 1 could not be read")
    with (tmp_path / "s.csv").open() as file:
        found = {row["id"]: row for row in csv.DictReader(file)}["a"]
    assert (found["Amide"], found["Alcohol"]) == ("1", "0")


def test_read_says_what_two_columns_do_not(tmp_path: Path) -> None:
    rows = "".join(f"{x},{0.1 + x % 7 / 10}\n" for x in range(400, 4000, 20))
    for name, header, told in (
        ("a ATR.csv", "", "--technique ATR"),
        ("b.csv", "State,KBr pellet\n", "--phase pellet"),
        ("c.csv", "", ""),
    ):
        (tmp_path / name).write_text(f"{header}cm-1,absorbance\n{rows}")
        result = irjax("read", tmp_path / name, "--csv", tmp_path / "out.csv")
        clean(result, 0, told)
        assert ("numbers alone" in result.stderr) == bool(told)


def test_summary_ends_in_the_number_of_parameters() -> None:
    small = irjax("summary", "--config", "demo", "--model", "reader", "--model.dense", 64)
    clean(small, 0, "model.dense: not there -> 64")
    assert int(small.stdout.splitlines()[-1]) < 1_000_000
    clean(irjax("summary", "--config", "demo", "--model.dens", 64), 2, "irjax summary", "dens")
    result = irjax("summary", "--config", ROOT / "configs/paper.py")
    clean(result, 0)
    assert result.stdout.strip().splitlines()[-1] == "64015708"


def test_build_reports_and_rejects(spectrum: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "X1_a.csv").write_text(spectrum.read_text())
    (folder / "X2_a.csv").write_text("no numbers here")
    (tmp_path / "t.csv").write_text("ID,smiles\nX1,CC(C)=O\nX2,CCO\n")
    result = irjax("build", tmp_path / "out", "--spectra", folder, "--structures", tmp_path / "t.csv")
    clean(result, 0, "Curation", "Ketone", "5,441", "1 spectra")
    assert len((tmp_path / "out" / "curation.csv").read_text().splitlines()) == 3
    clean(irjax("build", tmp_path / "new", "--spectra", folder, "--structures", tmp_path / "no.csv"), 1, "no.csv")
    clean(irjax("build", tmp_path / "out", "--structures", tmp_path / "t.csv"), 2, "--spectra")


def test_evaluate_and_baseline(trained: Path, small_dataset: Dataset, tmp_path: Path) -> None:
    for command in ("evaluate", "baseline"):
        result = irjax(command, trained, "--data", small_dataset.path, "--json", tmp_path / "f.json")
        clean(result, 0, "macro-F1", "By phase", "By group", "Ketone")
        figures = json.loads((tmp_path / "f.json").read_text())
        assert set(figures) >= {"n", "vocabulary", "overall", "groups", "phases"}
        for name in ("f1_macro", "f1_micro", "f1_macro_at_half", "average_precision_macro", "exact_match_ratio", "ece"):
            assert set(figures["overall"][name]) == {"value", "low", "high"}
    clean(irjax("evaluate", tmp_path, "--data", small_dataset.path), 1, "not a run")
    clean(irjax("evaluate", trained, "--data", tmp_path), 1, "not a dataset", "irjax build")


def test_a_spectrum_is_not_written_over_itself(spectrum: Path) -> None:
    before = spectrum.read_bytes()
    clean(irjax("read", spectrum, "--csv", spectrum), 2, "would be written over itself")
    assert spectrum.read_bytes() == before


def test_predict_answers_and_goes_on_after_a_bad_file(trained: Path, spectrum: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jdx"
    bad.write_text("<html>")
    result = irjax("predict", spectrum, bad, "--run", trained, "--format", "json")
    clean(result, 1)
    good, failed = json.loads(result.stdout)
    assert set(good) == {"file", "groups", "exact", "warnings"}
    assert {group["answer"] for group in good["groups"]} <= {"present", "absent", "uncertain"}
    assert all(0 <= group["probability"] <= 1 for group in good["groups"])
    assert len(good["groups"]) == 37
    assert failed["file"] == str(bad)
    assert "HTML" in failed["error"]
    clean(irjax("predict", spectrum, "--run", trained), 0, "probability")
    result = irjax("predict", bad, spectrum, "--run", trained, "--format", "csv")
    clean(result, 1)
    heading, unread, *rows = csv.reader(result.stdout.splitlines())
    assert heading == ["file", "group", "probability", "answer", "note", "warnings"]
    assert unread[:5] == [str(bad), "", "", "", ""]
    assert "HTML" in unread[5]
    assert len(rows) == 37
    assert {row[0] for row in rows} == {str(spectrum)}
    clean(irjax("predict", spectrum, "--run", tmp_path / "none"), 1, "not a run")


def test_train_tells_how_many_spectra_were_measured_by_atr(tmp_path: Path) -> None:
    results = [computed_result(molecule) for molecule in islice(computed_spectra(), 60)]
    for result in results[:7]:
        assert result.kept is not None
        result.kept.row["technique"] = "ATR"
    mixed = write_dataset(tmp_path / "mixed", iter(results), {"command": "tests"})
    words = ("train", "--config", ROOT / "configs/demo.py", "--data", mixed.path, "--run", tmp_path / "run")
    small = ("--model.filters", 4, "--model.dense-nodes", 16, "--optimizer.epochs", 1, 1)
    clean(irjax(*words, *small), 0, "7 of 60 spectra were measured by ATR", "trained")


def test_train_refuses_clearly(
    trained: Path, small_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = ("train", "--config", ROOT / "configs/demo.py")
    words = (*config, "--data", small_dataset.path)
    clean(irjax(*words, "--run", trained), 1, "an existing run of another kind", "model.filters is 4, asked for 16")
    clean(irjax(*words, "--run", tmp_path / "r", "--model.dropuot", "0.1"), 2, "dropuot")
    clean(irjax(*words, "--run", tmp_path / "r", "--model.dropout", "much"), 2, "dropout")
    clean(irjax(*words, "--run", tmp_path / "r", "--model.dropout", "7"), 2, "dropout")
    for network in (("--model", "nothing"), ("--model=nothing",)):
        clean(irjax(*words, "--run", tmp_path / "r", *network), 2, "expected one of cnn")
    clean(run(ROOT / "train.py", "--data", "x", "--run", "y"), 2, "--config")
    clean(irjax(*config, "--data", tmp_path, "--run", tmp_path / "r"), 1, "not a dataset")
    monkeypatch.setenv("JAX_NUM_PROCESSES", "2")  # of a job that is half told
    clean(irjax(*words, "--run", tmp_path / "r"), 2, "JAX_COORDINATOR_ADDRESS")
    assert not (tmp_path / "r").exists()


def test_a_finished_run_is_not_trained_again(trained: Path, small_dataset: Dataset, tmp_path: Path) -> None:
    run = shutil.copytree(trained, tmp_path / "my run")
    before = (run / "weights.safetensors").stat().st_mtime_ns
    words = ("train", "--config", ROOT / "configs/demo.py", "--data", small_dataset.path, "--run", run)
    words += ("--model.filters", 4, "--model.dense-nodes", 16, "--optimizer.epochs", 1, 1)
    clean(irjax(*words), 0, "trained already", f"`irjax evaluate '{run}' --data {small_dataset.path}` judges it")
    assert (run / "weights.safetensors").stat().st_mtime_ns == before
    content = bytearray((run / "weights.safetensors").read_bytes())
    content[-1] ^= 1
    (run / "weights.safetensors").write_bytes(content)
    clean(irjax(*words), 1, "not those that training ended with")


def test_report_is_one_file_with_every_figure(trained: Path, small_dataset: Dataset, tmp_path: Path) -> None:
    done = irjax("report", trained, "--out", tmp_path / "report")  # the run knows where its dataset is
    clean(done, 0, "report.html")
    page = (tmp_path / "report" / "report.html").read_text()
    pictures = {path.stem for path in (tmp_path / "report").glob("*.png")}
    assert pictures >= {"group-scores", "exact-match", "average-precisions", "accuracies", "learning-curves"}
    assert page.count("<img") == len(pictures)
    assert 'src="http' not in page
    clean(irjax("report", trained, "--data", tmp_path), 1, "not a dataset")


def test_baselines_are_compared_in_one_table(trained: Path, small_dataset: Dataset, tmp_path: Path) -> None:
    words = ["baseline", trained, "--data", small_dataset.path, "--method", "naive-bayes", "--features", "both"]
    clean(irjax(*words, "--json", tmp_path / "b.json"), 0, "naive-bayes, pooled", "naive-bayes, raw", "trained on")
    assert set(json.loads((tmp_path / "b.json").read_text())) == {"naive-bayes, pooled", "naive-bayes, raw"}
    clean(irjax("baseline", trained, "--data", small_dataset.path, "--method", "oracle"), 2, "invalid choice")


def test_nothing_is_written_over_what_was_read_or_written(trained: Path, tmp_path: Path) -> None:
    rows = "".join(f"{x},{0.9 - 0.8 * (abs(x - 1200) < 10)}\n" for x in range(400, 4001, 4))
    (tmp_path / "a.csv").write_text(f"cm-1,transmittance\n{rows}")
    both = tmp_path / "both"
    for words in (
        ("explain", tmp_path / "a.csv", "--run", trained, "--html", tmp_path / "a.csv"),
        ("explain", tmp_path / "a.csv", "--run", trained, "--html", both, "--json", both),
        ("read", tmp_path / "a.csv", "--csv", both, "--json", both),
    ):
        clean(irjax(*words), 2, "would be written over itself")
    clean(irjax("read", tmp_path / "a.csv", "--csv", "-", "--json", "-"), 2, "would be one stream")
    clean(irjax("explain", tmp_path / "a.csv", "--run", trained, "--html", "-"), 2, "a page is a file; name one")
    assert (tmp_path / "a.csv").read_text().startswith("cm-1")
    assert not both.exists()


def test_cross_validation_reports_each_fold_and_the_final_fit(small_dataset: Dataset, tmp_path: Path) -> None:
    overrides = [
        "--model.filters",
        2,
        "--model.dense-nodes",
        8,
        "--optimizer.epochs",
        1,
        "--optimizer.learning-rates",
        1e-3,
    ]
    words = ["train", "--config", "demo", "--data", small_dataset.path, "--run", tmp_path / "run"]
    done = irjax(*words, "--folds", 2, *overrides)
    clean(done, 0, "Cross-validation", "mean", "final fit on all folds, thresholds from out-of-fold predictions")
    clean(irjax("report", tmp_path / "run"), 0)
    assert "Cross-validation" in (tmp_path / "run" / "report" / "report.html").read_text()
