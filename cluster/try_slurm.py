"""Try the scripts of this folder on a real SLURM: two nodes on this machine's loopback, gone again at the end.

    python cluster/try_slurm.py [STEP ...]

Needs Linux, slurmctld, slurmd and munged (Debian: slurm-wlm, munge); tried as root only. The nodes claim more
processors and GPUs than there are, so that the scripts run as they stand; everything is computed on the CPU. Prints a
line per step, and exits with 1 where one fails. Steps after `train`, or after `tune`, compare with it and need it.
"""

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from local_slurm import NODES, ROOT, SMALL, Cluster, StepError, missing

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
        cluster.ask("scontrol", "update", f"NodeName={node}", "State=RESUME")  # fails where it has come back itself


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
