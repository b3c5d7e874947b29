"""One training job of one process or many: how they find each other, who speaks, and how they end."""

import os
import re
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from irjax.errors import InputError, UsageError, first_line

_SILENCE = 60
"""Seconds after which a process that is not heard of is taken for dead."""
_PORTS = range(2**16 - 2**12, 2**16)
"""Of which the first task of a SLURM job listens at one."""
_ARRIVAL = 120.0
"""Seconds that the others wait for the first process of a job to begin."""


def join_processes() -> None:
    """Joins the other processes of this job, if it has any; call it before anything else of jax.

    Tasks of `srun` and the hosts of a TPU pod find each other. By hand, each process has JAX_COORDINATOR_ADDRESS (host
    and port of the first), JAX_NUM_PROCESSES and JAX_PROCESS_ID.

    Raises:
        UsageError: only some of the three are set, or they make no sense.
        InputError: the others did not come, or the first cannot be reached.
    """
    import jax

    by_hand = _processes_by_hand()
    tasks = os.environ.get("SLURM_STEP_NUM_TASKS", "1") if "SLURM_STEP_NODELIST" in os.environ else "1"
    if not by_hand and tasks == "1" and not find_spec("libtpu"):
        return
    given = by_hand or (_of_slurm() if tasks != "1" else {})
    if given and given["process_id"]:
        _await_first(given["coordinator_address"])  # jax would be silent for minutes, and then end in C++
    try:
        jax.distributed.initialize(**given, heartbeat_timeout_seconds=_SILENCE)
    except (RuntimeError, ValueError) as error:
        if not by_hand and tasks == "1":
            return  # the library for TPUs is installed, but this is none
        raise InputError(f"the processes of this job did not find each other ({first_line(error)})") from None
    wait_for_all("joined")  # connects them while all are near: the first may keep the others waiting later on


def _processes_by_hand() -> dict[str, Any]:
    names = ("JAX_COORDINATOR_ADDRESS", "JAX_NUM_PROCESSES", "JAX_PROCESS_ID")
    address, number, own = (os.environ.get(name, "") for name in names)
    if not address and not number and not own:
        return {}
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal() and number.isdecimal() and own.isdecimal() and int(own) < int(number)):
        raise UsageError(
            f"{', '.join(names)} are {address!r}, {number!r} and {own!r}; expected host:port of the first process, how "
            "many there are, and which this is, from 0"
        )
    return {"coordinator_address": address, "num_processes": int(number), "process_id": int(own)}


def _of_slurm() -> dict[str, Any]:
    """Of a task of `srun`: the first listens on the step's first node, at a port that the number of the job chooses."""
    names = ("SLURM_JOB_ID", "SLURM_NTASKS", "SLURM_PROCID")
    job, number, own = (os.environ.get(name, "") for name in names)
    first = re.match(r"([^,\[]+)(?:\[(\d+))?", os.environ["SLURM_STEP_NODELIST"])
    if not (first and job.isdecimal() and number.isdecimal() and own.isdecimal()):
        return {}
    address = f"{first[1]}{first[2] or ''}:{_PORTS[int(job) % len(_PORTS)]}"
    return {"coordinator_address": address, "num_processes": int(number), "process_id": int(own)}


def _await_first(address: str) -> None:
    """Returns once the first process can be reached. Raises InputError if that takes too long."""
    host, _, port = address.rpartition(":")
    until, told = time.monotonic() + _ARRIVAL, False
    while True:
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
            return
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or str(error)
        if time.monotonic() > until:
            raise InputError(
                f"the first process of this job cannot be reached at {address} ({why}); has it begun, is "
                "that its address, and does a firewall let it through?"
            )
        if not told:
            print(f"waiting for the first process of this job at {address} …", file=sys.stderr, flush=True)
        told = True
        time.sleep(0.5)


def is_first_process() -> bool:
    """Whether this is the process that writes files and speaks; alone, it is."""
    import jax

    return jax.process_index() == 0


def wait_for_all(what: str) -> None:
    """Returns once every process of the job has come here."""
    import jax

    if jax.process_count() > 1:
        from jax.experimental.multihost_utils import sync_global_devices

        sync_global_devices(what)


@contextmanager
def first_process_first(what: str) -> Iterator[None]:
    """The first process goes through the block before the others, which then find what it has written."""
    if not is_first_process():
        wait_for_all(what)
    try:
        yield
    finally:
        if is_first_process():
            wait_for_all(what)


@contextmanager
def ending_together() -> Iterator[None]:
    """Ends this process with a clear line where another of its job has died while the block ran.

    At once: whoever leaves in good order waits for the others first, and one of them is gone.
    """
    import jax

    try:
        yield
    except jax.errors.JaxRuntimeError as error:
        if jax.process_count() == 1 or "RESOURCE_EXHAUSTED" in str(error):
            raise
        reason = " ".join(str(error).split())[:200]
        own = f"process {jax.process_index()} of {jax.process_count()}"
        print(
            f"{own}: another process of this job has died, so this one ends; start the job again, and it goes on from "
            f"the last epoch that was saved ({reason})",
            file=sys.stderr,
            flush=True,
        )
        os._exit(1)
