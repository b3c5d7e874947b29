"""Try the scripts of this folder on a real SLURM: two nodes on this machine's loopback, gone again at the end.

    python cluster/try_slurm.py [STEP ...]

Needs Linux, slurmctld, slurmd and munged (Debian: slurm-wlm, munge); tried as root only. The nodes claim more
processors and GPUs than there are, so that the scripts run as they stand; everything is computed on the CPU. Prints a
line per step, and exits with 1 where one fails. Steps after `train`, or after `tune`, compare with it and need it.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
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
SEARCH = """
from irjax.engine.config import Config, Optimizer
from irjax.models.cnn import CNN
from irjax.tuning.space import Dimension, Search

search = Search(
    base=Config(
        model=CNN(convolutions=1, dense_layers=1),
        optimizer=Optimizer(schedule="plateau", epochs=(3,), learning_rates=(1e-3,), batch_size=32),
    ),
    dimensions=(Dimension("model.filters", 4, 8), Dimension("model.dense_nodes", 16, 64)),
    evaluations=2,
    initial=2,
)
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


def train(cluster: Cluster) -> str:
    """train.slurm, as it stands"""
    cluster.ended(cluster.train("run"))
    losses = cluster.losses("run")
    return f"{len(losses)} epochs, loss {losses[0]:.4f} to {losses[-1]:.4f}"


def nodes(cluster: Cluster) -> str:
    """train.slurm over two nodes without GPUs, a process on each"""
    printed = cluster.ended(cluster.train("nodes", "--partition=both", "--nodes=2", "--gpus-per-node=0"))
    if printed.count("epoch   1 ") != 1:
        raise StepError("not one process spoke, as it does where they have found each other")
    pairs = zip(cluster.losses("run"), cluster.losses("nodes"), strict=True)
    off = [abs(one - two) / one for one, two in pairs]
    if off[0] > 1e-3:
        raise StepError(f"the loss of the first epoch differs by {off[0]:.0e} from that of one process")
    return f"losses off by {off[0]:.0e} in the first epoch, {off[-1]:.0e} in the last"


def folds(cluster: Cluster) -> str:
    """folds.slurm, as it stands: four processes"""
    cluster.ended(cluster.submit("folds.slurm", *SMALL, "1", "1", **cluster.at("demo", "folds")))
    runs = list((cluster.folder / "folds").glob("folds/fold-*/answering.json"))
    if len(runs) != 4 or not (cluster.folder / "folds/answering.json").is_file():
        raise StepError(f"{len(runs)} of 4 folds are finished")
    return "four folds and the final fit"


def requeue(cluster: Cluster) -> str:
    """scontrol requeue in the middle"""
    job = cluster.train("requeued")
    cluster.in_the_middle(job, "requeued")
    cluster.tell("scontrol", "requeue", job)
    return _goes_on(cluster, cluster.ended(job), "requeued")


def time_limit(cluster: Cluster) -> str:
    """SIGUSR1 as a minute before the time is up"""
    job = cluster.train("late")
    cluster.in_the_middle(job, "late")
    cluster.tell("scancel", "--batch", "--signal=USR1", job)
    return _goes_on(cluster, cluster.ended(job), "late")


def cancel(cluster: Cluster) -> str:
    """scancel in the middle, then the same command"""
    job = cluster.train("cancelled")
    cluster.in_the_middle(job, "cancelled")
    cluster.tell("scancel", job)
    run = str(cluster.folder / "cancelled")
    seconds = cluster.wait(
        lambda: cluster.state(job) == "CANCELLED" and not any(cluster.processes("train.py", run)), "its end", 60
    )
    return f"ended in {seconds:.0f} s, " + _goes_on(cluster, cluster.ended(cluster.train("cancelled")), "cancelled")


def node_down(cluster: Cluster) -> str:
    """the training's node goes down in the middle"""
    job = cluster.train("failed")
    cluster.in_the_middle(job, "failed")
    with _down(cluster, NODES[0]):
        cluster.wait(lambda: cluster.state(job) == "PENDING", "the job to be back in the queue", 60)
    return _goes_on(cluster, cluster.ended(job), "failed")


def tune(cluster: Cluster) -> str:
    """tune.slurm: two trials, a job each"""
    cluster.ended(_search(cluster, "search"))
    trials = cluster.trials("search")
    if [outcome for outcome, _, _ in trials] != ["done"] * 2:
        raise StepError(f"{trials}")
    return f"two trials, objectives {trials[0][2]:.4f} and {trials[1][2]:.4f}"


def lost_trial(cluster: Cluster) -> str:
    """kill -9 of a trial"""
    job = _search(cluster, "lost")
    os.kill(cluster.trial("lost")[1], signal.SIGKILL)
    return _as_undisturbed(cluster, job, "lost")


def lost_node(cluster: Cluster) -> str:
    """the node of a trial goes down"""
    job = _search(cluster, "downed", "--partition=plain")  # the search itself on the other node
    of_trial, _ = cluster.trial("downed")
    with _down(cluster, NODES[0]):
        cluster.wait(lambda: cluster.state(of_trial) == "PENDING", "the trial to be back in the queue", 60)
    return _as_undisturbed(cluster, job, "downed")


def lost_job(cluster: Cluster) -> str:
    """kill -9 of all processes of a trial's job"""
    job = _search(cluster, "gone")
    of_trial, _ = cluster.trial("gone")
    for process in cluster.of_job(of_trial):
        with contextlib.suppress(ProcessLookupError):  # it went with another
            os.kill(process, signal.SIGKILL)
    cluster.wait(lambda: cluster.state(of_trial) == "FAILED", "SLURM to notice", 60)
    return _as_undisturbed(cluster, job, "gone")


def cancel_search(cluster: Cluster) -> str:
    """scancel of the search in the middle, then the same command"""
    job = _search(cluster, "stopped")
    of_trial, _ = cluster.trial("stopped")
    cluster.tell("scancel", job)
    seconds = cluster.wait(lambda: not cluster.tell("squeue", "-h", "-o", "%i"), "the end of all its jobs", 60)
    if cluster.state(of_trial) != "CANCELLED":
        raise StepError(f"the job of its trial was not cancelled: {cluster.state(of_trial)}")
    return f"ended with its trials in {seconds:.0f} s, " + _as_undisturbed(
        cluster, _search(cluster, "stopped"), "stopped"
    )


def _goes_on(cluster: Cluster, printed: str, run: str) -> str:
    found = re.search(r"goes on after epoch (\d+)", printed)
    if not found:
        raise StepError("it began anew: " + printed[-500:])
    return f"went on after epoch {found[1]}, {cluster.same(run)}"


def _search(cluster: Cluster, run: str, *options: str) -> str:
    config = cluster.folder / "search.py"
    config.write_text(SEARCH)
    environment = {"CONFIG": str(config), "RUN": str(cluster.folder / run), "PARTITION": "gpu", "WORKERS": "2"}
    return cluster.submit("tune.slurm", "--folds", "0", options=options, **environment)


def _as_undisturbed(cluster: Cluster, job: str, run: str) -> str:
    cluster.ended(job)
    if cluster.trials(run) != cluster.trials("search"):
        raise StepError(f"its trials differ: {cluster.trials(run)}, undisturbed {cluster.trials('search')}")
    return "trials as undisturbed"


@contextlib.contextmanager
def _down(cluster: Cluster, node: str) -> Iterator[None]:
    cluster.tell("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=try")
    try:
        yield
    finally:
        cluster.tell("scontrol", "update", f"NodeName={node}", "State=RESUME")


STEPS = (
    train,
    nodes,
    folds,
    requeue,
    time_limit,
    cancel,
    node_down,
    tune,
    lost_trial,
    lost_node,
    lost_job,
    cancel_search,
)


def missing() -> list[str]:
    """The programs that this needs and this machine lacks."""
    return [name for name in DAEMONS if not _found(name)]


def _found(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    named = {step.__name__.replace("_", "-"): step for step in STEPS}
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"of {', '.join(named)} (default: all)")
    parser.add_argument("--limit", type=float, default=900, help="seconds that a job may take (default: 900)")
    arguments = parser.parse_args()
    wanted = arguments.steps or list(named)
    if unknown := set(wanted) - set(named):
        parser.error(f"no step {', '.join(sorted(unknown))}; there are {', '.join(named)}")
    if missing():
        parser.error(f"not installed: {', '.join(missing())}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is stopped
    failed = 0
    with tempfile.TemporaryDirectory(prefix="irjax-slurm-", ignore_cleanup_errors=True) as folder:
        cluster = Cluster(Path(folder), arguments.limit)
        try:
            cluster.start()
            command = [sys.executable, "-m", "irjax", "demo-data", str(cluster.data)]
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            for name in wanted:
                started = time.monotonic()
                try:
                    found = named[name](cluster)
                except (StepError, OSError, subprocess.TimeoutExpired) as error:
                    failed += 1
                    cluster.ask("scancel", "--me")  # so that it is not in the way of the next
                    found = f"FAILED: {error}"
                asked = named[name].__doc__
                print(f"{name:13s} {asked:62s} {found:62s} {time.monotonic() - started:4.0f} s", flush=True)
        finally:
            cluster.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
