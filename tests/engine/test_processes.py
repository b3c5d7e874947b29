"""What a process does when it is one of several: whom it joins, and how it ends when another has died."""

import jax
import pytest

from irjax.engine import processes
from irjax.errors import InputError, UsageError

NAMES = ("JAX_COORDINATOR_ADDRESS", "JAX_NUM_PROCESSES", "JAX_PROCESS_ID")


@pytest.mark.parametrize("told", [("host:1", "", ""), ("", "2", "0"), ("host:1", "2", "2"), ("host:1", "two", "0")])
def test_a_job_that_is_half_told_is_wrong_usage(told: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in zip(NAMES, told, strict=True):
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match="JAX_COORDINATOR_ADDRESS"):
        processes.join_processes()


def test_a_first_process_that_cannot_be_reached_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(processes, "_ARRIVAL", 0.7)
    for name, value in zip(NAMES, ("127.0.0.1:9", "2", "1"), strict=True):
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=r"cannot be reached at 127\.0\.0\.1:9 \(Connection refused\)"):
        processes.join_processes()
    assert "waiting for the first process of this job at 127.0.0.1:9 …" in capsys.readouterr().err
    monkeypatch.setenv("JAX_COORDINATOR_ADDRESS", "somewhere")
    with pytest.raises(UsageError, match="expected host:port"):
        processes.join_processes()


@pytest.mark.parametrize("nodes", ["127.0.0.[1-3]", "127.0.0.1", "127.0.0.1,elsewhere", "127.0.0.[1,7-9],elsewhere"])
def test_under_slurm_the_first_node_is_waited_for_too(
    nodes: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(processes, "_ARRIVAL", 0.1)
    of_step = {"JOB_ID": "4105", "STEP_NODELIST": nodes, "STEP_NUM_TASKS": "2", "NTASKS": "2", "PROCID": "1"}
    for name, value in of_step.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    with pytest.raises(InputError, match=r"cannot be reached at 127\.0\.0\.1:61449 \(Connection refused\)"):
        processes.join_processes()
    assert "waiting for the first process of this job at 127.0.0.1:61449 …" in capsys.readouterr().err


def test_a_lone_process_joins_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, "SLURM_STEP_NODELIST"):
        monkeypatch.delenv(name, raising=False)
    processes.join_processes()
    assert not jax.distributed.is_initialized()


def test_whoever_outlives_another_says_so_and_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def leave(status: int) -> None:
        raise SystemExit(status)

    monkeypatch.setattr(jax, "process_count", lambda: 2)
    monkeypatch.setattr(processes.os, "_exit", leave)
    with pytest.raises(SystemExit), processes.ending_together():
        raise jax.errors.JaxRuntimeError("Gloo all-reduce failed:\nConnection closed by peer")
    said = capsys.readouterr().err
    assert "process 0 of 2: another process of this job has died" in said
    assert "Connection closed by peer" in said
    for other in (jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: 3 GB"), ValueError("a fault of ours")):
        with pytest.raises(type(other)), processes.ending_together():
            raise other


def test_alone_an_error_stays_what_it_is() -> None:
    with pytest.raises(jax.errors.JaxRuntimeError, match="Gloo"), processes.ending_together():
        raise jax.errors.JaxRuntimeError("Gloo")
