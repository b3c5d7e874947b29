"""Training over eight (virtual) devices, and over two real processes, one of which is then killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from irjax.data.dataset import Dataset

ROOT = Path(__file__).resolve().parents[2]
EPOCHS = 15
COMPARED = 10
"""Epochs whose losses agree to 1e-5: sums in another order round otherwise, and training makes more of it."""


def start(data: Path, run: Path, *more: str, **environment: str) -> subprocess.Popen[str]:
    """A train.py of a tiny network with every kind of draw; eight devices do not divide its batch of 18."""
    command = [
        *(sys.executable, "-u", str(ROOT / "train.py"), "--config", str(ROOT / "configs/demo.py")),
        *("--data", str(data), "--run", str(run), "--optimizer.batch-size", "18"),
        *("--model.dense-nodes", "16", "--model.filters", "4", "--model.dropout", "0.3"),
        *("--augmentation.kinds", "noise", "shift", "--augmentation.share", "0.5", "--augmentation.on-the-fly"),
        *("--augmentation.mixture", "0.3"),
        *(more or ("--optimizer.epochs", str(EPOCHS - 1), "1")),
    ]
    return subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def start_two(data: Path, run: Path, slurm: bool = False) -> list[subprocess.Popen[str]]:
    """Two processes of one job, told of each other by hand or by what `srun` sets."""
    if slurm:
        job = str(os.getpid() % 4096)  # jax takes the port from it
        shared = {"SLURM_JOB_ID": job, "SLURM_STEP_NODELIST": "localhost", "SLURM_NTASKS": "2"}
        shared |= {"SLURM_STEP_NUM_TASKS": "2", "SLURM_STEP_NUM_NODES": "1"}
        own = ("SLURM_PROCID", "SLURM_LOCALID")
    else:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        shared = {"JAX_COORDINATOR_ADDRESS": f"127.0.0.1:{port}", "JAX_NUM_PROCESSES": "2"}
        own = ("JAX_PROCESS_ID",)
    return [start(data, run, **shared, **dict.fromkeys(own, str(number))) for number in range(2)]


def ended(process: subprocess.Popen[str]) -> str:
    """What a process that ends well has printed."""
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0, printed
    return printed


def losses(run: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (run / "history.jsonl").read_text().splitlines()]


def saved(run: Path) -> int:
    """The last epoch that has a checkpoint, 0 before the first."""
    return max((int(path.name) for path in run.glob("checkpoints/*") if path.name.isdecimal()), default=0)


@pytest.fixture(scope="module")
def alone(small_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    """The loss of each epoch on one device."""
    run = tmp_path_factory.mktemp("devices") / "run"
    ended(start(small_dataset.path, run))
    return losses(run)


@pytest.fixture(scope="module")
def by_two(small_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The run of two processes that nobody disturbed, and what each has printed."""
    run = tmp_path_factory.mktemp("processes") / "run"
    return run, [ended(process) for process in start_two(small_dataset.path, run, slurm=True)]


def test_eight_devices_give_the_losses_of_one(alone: list[float], small_dataset: Dataset, tmp_path: Path) -> None:
    ended(start(small_dataset.path, tmp_path / "run", XLA_FLAGS="--xla_force_host_platform_device_count=8"))
    assert losses(tmp_path / "run")[:COMPARED] == pytest.approx(alone[:COMPARED], rel=1e-5)
    assert losses(tmp_path / "run") != alone  # eight devices add up in another order than one


def test_four_folds_over_eight_devices_give_the_losses_of_fold_by_fold(small_dataset: Dataset, tmp_path: Path) -> None:
    more = ("--folds", "4", "--optimizer.epochs", "2", "--optimizer.learning-rates", "1e-3")
    runs = {"1": tmp_path / "one", "8": tmp_path / "eight"}
    for devices, run in runs.items():
        ended(start(small_dataset.path, run, *more, XLA_FLAGS=f"--xla_force_host_platform_device_count={devices}"))
    assert (tmp_path / "eight/folds/checkpoints").is_dir(), "the folds were not trained by one program"
    for fold in ("folds/fold-0", "folds/fold-1", "folds/fold-2", "folds/fold-3", "."):
        assert losses(runs["8"] / fold) == pytest.approx(losses(runs["1"] / fold), rel=1e-5)


def test_two_processes_give_the_losses_of_one_device(alone: list[float], by_two: tuple[Path, list[str]]) -> None:
    run, (first, second) = by_two
    assert losses(run)[:COMPARED] == pytest.approx(alone[:COMPARED], rel=1e-5)
    assert first.count("epoch ") >= EPOCHS
    assert "epoch " not in second
    assert len(list((run / "tensorboard").iterdir())) == 1


def test_a_dead_process_ends_the_job_which_then_goes_on(
    by_two: tuple[Path, list[str]], small_dataset: Dataset, tmp_path: Path
) -> None:
    """First the process that writes dies, then, of the job that went on, the other one."""
    run = tmp_path / "run"
    for victim, epoch in enumerate((3, 8)):
        processes = start_two(small_dataset.path, run)
        while saved(run) < epoch:
            assert processes[victim].poll() is None
            time.sleep(0.02)
        processes[victim].send_signal(signal.SIGKILL)
        survivor = processes[1 - victim]
        printed, _ = survivor.communicate(timeout=150)
        processes[victim].communicate()
        assert survivor.returncode not in (0, None)
        assert "died" in printed
        assert len(losses(run)) < EPOCHS
    assert "goes on after epoch" in printed  # of the second job, by the process that writes
    again = [ended(process) for process in start_two(small_dataset.path, run)]
    assert "goes on after epoch" in again[0]
    assert losses(run) == losses(by_two[0])
