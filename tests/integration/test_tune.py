"""A search of real trials: killed with kill -9 in the middle of one, and gone on with."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from irjax.cli import main
from irjax.data.dataset import Dataset
from irjax.engine.config import load_config

ROOT = Path(__file__).resolve().parents[2]
SEARCH = """
from irjax.engine.config import Config, Optimizer
from irjax.models.cnn import CNN
from irjax.tuning.space import Dimension, Search

search = Search(
    base=Config(
        model=CNN(convolutions=1, dense_layers=1),
        optimizer=Optimizer(schedule="plateau", epochs=(2,), learning_rates=({rate},), batch_size=32),
    ),
    dimensions=(Dimension("model.filters", 2, 6), Dimension("model.dense_nodes", 8, 32)),
    evaluations=3,
    initial=2,
)
"""


def command(config: Path, dataset: Dataset, run: Path, *more: str) -> list[str]:
    wanted = ["--config", str(config), "--data", str(dataset.path), "--run", str(run), *more]
    return [sys.executable, str(ROOT / "tune.py"), *wanted]


def told(run: Path) -> list[tuple[dict, float]]:
    lines = (run / "trials.jsonl").read_text().splitlines()
    return [(trial["point"], trial["objective"]) for trial in map(json.loads, lines)]


def test_a_killed_search_ends_as_an_uninterrupted_one(small_dataset: Dataset, tmp_path: Path) -> None:
    config = tmp_path / "search.py"
    config.write_text(SEARCH.format(rate="1e-3"))
    done = subprocess.run(
        command(config, small_dataset, tmp_path / "whole"), capture_output=True, text=True, timeout=300, check=True
    )
    assert "best of 3" in done.stdout
    best = load_config(tmp_path / "whole" / "best.py")
    assert best.model.convolutions == 1
    assert best.optimizer.schedule == "phases"
    trials = map(json.loads, (tmp_path / "whole" / "trials.jsonl").read_text().splitlines())
    phases = min(trials, key=lambda trial: trial["objective"])["phases"]
    assert list(map(list, zip(best.optimizer.epochs, best.optimizer.learning_rates, strict=True))) == phases
    final = replace(best, split=replace(best.split, validation_fold=None))  # as cross-validation ends
    assert final.optimizer.total_epochs == sum(epochs for epochs, _ in phases)
    for plot in ("convergence.png", "dimensions.png"):
        assert (tmp_path / "whole" / plot).stat().st_size > 5000
    assert not list((tmp_path / "whole").rglob("*.safetensors"))

    killed = subprocess.Popen(
        command(config, small_dataset, tmp_path / "killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    limit = time.monotonic() + 200
    while not (tmp_path / "killed" / "trials" / "0001" / "trial.json").is_file() and time.monotonic() < limit:
        time.sleep(0.1)
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL  # amid the second trial
    assert len(told(tmp_path / "killed")) < 2
    subprocess.run(command(config, small_dataset, tmp_path / "killed"), capture_output=True, timeout=300, check=True)
    assert told(tmp_path / "killed") == told(tmp_path / "whole")


def test_diverging_trials_are_recorded_and_a_search_of_nothing_else_has_failed(
    small_dataset: Dataset, tmp_path: Path
) -> None:
    config = tmp_path / "search.py"
    config.write_text(SEARCH.format(rate="1e30"))
    words = command(config, small_dataset, tmp_path / "run", "--evaluations", "2", "--workers", "2")
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.count("diverged the loss is not finite") == 2
    assert "none of 2 trials came to a good end, so there is no best.py" in done.stdout
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


SBATCH = "#!/bin/sh\necho 'sbatch: error: invalid partition specified: gpoo' >&2\nexit 1\n"


@pytest.mark.parametrize(
    ("has_slurm", "options", "message"),
    [
        (False, ["time=5"], "--slurm: sbatch is not here; begin the search where jobs are submitted"),
        (False, ["time=1-2:30:00"], "--slurm: sbatch is not here"),
        (True, ["time=5", "partition=gpoo"], "the job was refused (sbatch: error: invalid partition specified: gpoo)"),
        (True, ["time=5", "gpoos=1"], "--slurm gpoos=…: no such option; there are "),
    ],
)
def test_a_cluster_that_is_not_there_or_refuses_gets_one_line(
    has_slurm: bool, options: list[str], message: str, small_dataset: Dataset, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("sbatch", "srun", "squeue", "scancel") if has_slurm else ():
        (tmp_path / "bin" / name).write_text(SBATCH)
        (tmp_path / "bin" / name).chmod(0o755)
    config = tmp_path / "search.py"
    config.write_text(SEARCH.format(rate="1e-3"))
    words = command(config, small_dataset, tmp_path / "run", "--slurm", *options)
    path = f"{tmp_path / 'bin'}:/bin" if has_slurm else str(tmp_path / "bin")
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, env=os.environ | {"PATH": path})
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "IRJAX_DEBUG" not in done.stderr


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_search_that_is_ended_ends_its_jobs(
    sent: signal.Signals, status: int, small_dataset: Dataset, tmp_path: Path
) -> None:
    """By a SLURM that takes jobs, runs them for ever, and notes what is cancelled."""
    home, cancelled = tmp_path / "bin", tmp_path / "cancelled"
    home.mkdir()
    programs = {
        "sbatch": "echo Submitted batch job 42",
        "squeue": "echo RUNNING",
        "srun": "exit 1",
        "scancel": f'echo "$@" >> {cancelled}',
    }
    for name, does in programs.items():
        (home / name).write_text(f"#!/bin/sh\n{does}\n")
        (home / name).chmod(0o755)
    config = tmp_path / "search.py"
    config.write_text(SEARCH.format(rate="1e-3"))
    words = command(config, small_dataset, tmp_path / "run", "--slurm", "time=5")
    path = os.environ | {"PATH": f"{home}:/usr/bin:/bin"}
    before = signal.signal(sent, signal.SIG_DFL)  # the tests themselves may run where it is ignored, as under nohup
    try:
        searching = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=path)
    finally:
        signal.signal(sent, before)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not list((tmp_path / "run" / "jobs").glob("42_*")):
        time.sleep(0.1)
    time.sleep(1)
    searching.send_signal(sent)
    _, said = searching.communicate(timeout=60)
    assert searching.returncode == status, said
    assert "Traceback" not in said
    assert cancelled.read_text().split() == ["42"]


@pytest.mark.parametrize(
    ("asked", "given"), [({}, ["gres=gpu:1"]), ({"GRES": ""}, []), ({"GRES": "mps:50"}, ["gres=mps:50"])]
)
def test_the_script_of_a_search_asks_for_gpus_unless_told_otherwise(asked: dict[str, str], given: list[str]) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("GRES", "PARTITION", "WORKERS")}
    words = ["bash", str(ROOT / "cluster" / "tune.slurm"), "--evaluations", "3"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=kept | asked | {"PYTHON": "/bin/echo"})
    options = done.stdout.split("--slurm")[1].split()
    assert [option for option in options if option.startswith("gres")] == given
    assert "time=120" in options
    assert done.stdout.startswith("tune.py --config configs/tune.py")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--workers", "0"], "--workers must be 1 or more"),
        (["--folds", "7"], "folds must be some of 0 to 3"),
        (["--slurm", "gpu"], "expected NAME=VALUE"),
        (["--slurm", "partition=gpu"], "needs time=MINUTES"),
        (["--slurm", "time=an hour"], "needs time=MINUTES"),
    ],
)
def test_wrong_flags_get_one_line(
    more: list[str],
    message: str,
    small_dataset: Dataset,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # tests go on in this process
    config = tmp_path / "search.py"
    config.write_text(SEARCH.format(rate="1e-3"))
    assert main(["tune", *command(config, small_dataset, tmp_path / "run", *more)[2:]]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not (tmp_path / "run").exists()
