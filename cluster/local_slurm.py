"""A SLURM of two nodes on this machine's loopback, which `try_slurm.py` gives this folder's scripts to."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DAEMONS = ("munged", "slurmctld", "slurmd", "sbatch")
# Names of nodes must resolve, since the first process is met at one: these do everywhere, and lie on this machine.
NODES = ("127.0.0.1", "127.0.0.2")
CONF = """
ClusterName=try
SlurmctldHost=localhost
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
# A job put back into the queue waits until its credential has expired, two minutes by default.
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=2
GresTypes=gpu
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
NodeName={nodes[0]} NodeHostname=localhost NodeAddr={nodes[0]} Port={ports[1]} CPUs=64 RealMemory=256000 Gres=gpu:8
NodeName={nodes[1]} NodeHostname=localhost NodeAddr={nodes[1]} Port={ports[2]} CPUs=64 RealMemory=256000
PartitionName=gpu Nodes={nodes[0]} Default=YES
PartitionName=plain Nodes={nodes[1]}
PartitionName=both Nodes={nodes[0]},{nodes[1]}
"""
SMALL = ("--model.dense-nodes", "64", "--model.filters", "8", "--optimizer.epochs")
EPOCHS = ("6", "2")


class StepError(Exception):
    """A step did not go as it should."""


class Cluster:
    """A SLURM of two nodes whose files all lie in a folder."""

    def __init__(self, folder: Path, limit: float) -> None:
        self.folder = folder
        self._limit = limit
        self.data = folder / "demo"
        cache = {"JAX_COMPILATION_CACHE_DIR": str(folder / "jax"), "JAX_PLATFORMS": "cpu"}
        # Not those of a job that this may run in.
        outer = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM", "SBATCH", "SRUN"))}
        own = {"SLURM_CONF": str(folder / "slurm.conf"), "PYTHON": sys.executable, "DATA": str(self.data)}
        self.environment = outer | cache | own
        self._daemons: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Starts munged, slurmctld and two slurmd, and returns when both nodes are idle."""
        self.folder.chmod(0o711)  # munged wants its socket to be reachable
        (self.folder / "state").mkdir()
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(socket.socket()) for _ in range(3)]
            for each in sockets:
                each.bind(("127.0.0.1", 0))
            ports = [each.getsockname()[1] for each in sockets]
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        conf = CONF.format(folder=self.folder, ports=ports, user=user, nodes=NODES)
        (self.folder / "slurm.conf").write_text(conf)
        (self.folder / "gres.conf").write_text(f"NodeName={NODES[0]} Name=gpu File={self.folder}/gpu[0-7]\n")
        for number in range(8):
            (self.folder / f"gpu{number}").touch()
        (self.folder / "munge.key").write_bytes(os.urandom(128))
        (self.folder / "munge.key").chmod(0o600)
        names = {"socket": "socket", "key-file": "key", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        files = [f"--{option}={self.folder / f'munge.{end}'}" for option, end in names.items()]
        self._daemon("munged", "--foreground", *files)
        self._daemon("slurmctld", "-D", "-c")
        for node in NODES:
            self._daemon("slurmd", "-D", "-N", node)
        self.wait(lambda: self.ask("sinfo", "-h", "-N", "-p", "both", "-o", "%t").split() == ["idle"] * 2, "nodes", 60)

    def stop(self) -> None:
        """Ends all jobs and daemons."""
        with contextlib.suppress(StepError):
            self.ask("scancel", "--state=PENDING", "--me")
            self.ask("scancel", "--state=RUNNING", "--me")
            self.wait(lambda: not self.tell("squeue", "-h", "-o", "%i"), "an empty queue", 60)
        for daemon in reversed(self._daemons):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        for process in self.processes(str(self.folder)):  # only where SLURM could not
            os.kill(process, signal.SIGKILL)

    def ask(self, *words: str) -> str:
        """What a command prints; nothing where it fails."""
        with contextlib.suppress(StepError):
            return self.tell(*words)
        return ""

    def tell(self, *words: str) -> str:
        """What a command prints that must not fail."""
        done = subprocess.run(words, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise StepError(f"{' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def submit(self, script: str, *words: str, options: Sequence[str] = (), **environment: str) -> str:
        """The number of a job that a script of this folder has become."""
        command = ["sbatch", "--parsable", f"--output={self.folder}/%j.out", *options, f"cluster/{script}", *words]
        done = subprocess.run(
            command, env=self.environment | environment, cwd=ROOT, capture_output=True, text=True, timeout=120
        )
        if done.returncode:
            raise StepError(done.stderr.strip())
        return done.stdout.strip()

    def train(self, run: str, *options: str) -> str:
        """The job of the training that all steps compare with."""
        return self.submit("train.slurm", *SMALL, *EPOCHS, options=options, **self.at("demo", run))

    def at(self, config: str, run: str) -> dict[str, str]:
        return {"CONFIG": f"configs/{config}.py", "RUN": str(self.folder / run)}

    def state(self, job: str) -> str:
        """RUNNING, COMPLETED, …"""
        found = re.search(r"JobState=(\w+)", self.ask("scontrol", "show", "job", job))
        return found[1] if found else "unknown"

    def ended(self, job: str) -> str:
        """What a job has printed that ended well."""
        self.wait(
            lambda: self.state(job) not in ("PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "REQUEUED"), f"job {job}"
        )
        log = self.folder / f"{job}.out"
        printed = log.read_text() if log.is_file() else ""
        if self.state(job) != "COMPLETED":
            raise StepError(f"{self.state(job)}: {printed[-1500:]}")
        return printed

    def wait(self, true: Callable[[], object], what: str, limit: float | None = None) -> float:
        """The seconds it took."""
        limit = limit or self._limit
        started = time.monotonic()
        while not true():
            if time.monotonic() - started > limit:
                more = self._last_words() if what == "nodes" else ""
                raise StepError(f"waited {limit:.0f} s in vain for {what}{more}")
            if any(daemon.poll() is not None for daemon in self._daemons):
                raise StepError("a daemon has died:" + self._last_words())
            time.sleep(0.2)
        return time.monotonic() - started

    def in_the_middle(self, job: str, run: str) -> None:
        """Returns when a training has saved two epochs, of eight."""
        self.wait((self.folder / run / "checkpoints/2").is_dir, "a checkpoint")
        if self.state(job) != "RUNNING":
            raise StepError("it had ended before it could be disturbed")

    def same(self, run: str) -> str:
        """Says that a run's weights are those of the undisturbed one, byte for byte."""
        first, second = ((self.folder / each / "weights.safetensors").read_bytes() for each in ("run", run))
        if first != second:
            raise StepError("its weights differ from the undisturbed run's")
        return "weights identical"

    def losses(self, run: str) -> list[float]:
        """The loss of each epoch."""
        return [json.loads(line)["loss"] for line in (self.folder / run / "history.jsonl").read_text().splitlines()]

    def trials(self, run: str) -> list[tuple[str, dict, float]]:
        """Outcome, point and objective of each trial."""
        found = map(json.loads, (self.folder / run / "trials.jsonl").read_text().splitlines())
        return [(each["outcome"], each["point"], each["objective"]) for each in found]

    def trial(self, run: str) -> tuple[str, int]:
        """Job and process of a trial that is training."""
        search = str(self.folder / run)
        self.wait(lambda: list((self.folder / run).glob("trials/*/fold-0/history.jsonl")), "a trial's first epoch")
        process = next(iter(self.processes("irjax.tuning.trial", search)), None)
        if process is None:
            raise StepError("no trial was running")
        environment = Path(f"/proc/{process}/environ").read_bytes().decode().split("\0")
        return next(word.partition("=")[2] for word in environment if word.startswith("SLURM_JOB_ID=")), process

    def of_job(self, job: str) -> list[int]:
        """The processes of a job, its script's among them, but for SLURM's own."""
        wanted = f"SLURM_JOB_ID={job}".encode()
        found = []
        for process in self.processes():
            with contextlib.suppress(OSError):
                if wanted in Path(f"/proc/{process}/environ").read_bytes().split(b"\0"):
                    found.append(process)
        return found

    def processes(self, *words: str) -> Iterator[int]:
        """Those whose command line has all the words, but for this one."""
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                line = file.read_bytes().decode(errors="replace")
                if all(word in line for word in words) and int(file.parent.name) != os.getpid():
                    yield int(file.parent.name)

    def _daemon(self, name: str, *words: str) -> None:
        with (self.folder / f"{len(self._daemons)}-{name}.log").open("wb") as log:
            program = [_found(name) or name, *words]
            self._daemons.append(subprocess.Popen(program, env=self.environment, stdout=log, stderr=log))

    def _last_words(self) -> str:
        return "\n" + "\n".join(file.read_text()[-1000:] for file in sorted(self.folder.glob("?-*.log")))


def missing() -> list[str]:
    """The programs that this needs and this machine lacks."""
    return [name for name in DAEMONS if not _found(name)]


def _found(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
