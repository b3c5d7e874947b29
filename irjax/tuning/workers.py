"""Where trials run: as processes of this machine or as jobs of a SLURM cluster, both through submitit."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from irjax.tuning.trial import trial_directory

Launch = Callable[[Path, Sequence[int]], None]
"""(search's directory, numbers of trials): runs them at once and returns when all have ended, however they ended."""
_LOOK_AFTER = (1, 5)  # seconds, for processes here and for jobs of a cluster


def launcher(slurm: Mapping[str, str] | None = None) -> Launch:
    """How trials are run.

    Args:
        slurm: options of sbatch by name (partition, gres, time, …) for jobs on a cluster; None for local processes.
    """

    def launch(search: Path, numbers: Sequence[int]) -> None:
        import submitit

        if not numbers:
            return
        # submitit hands a job over as a pickle; it lies here while the job runs, and holds nothing but its command.
        folder = search / "jobs"
        executor = submitit.AutoExecutor(folder=folder, cluster="local" if slurm is None else "slurm")
        if slurm is None:
            executor.update_parameters(timeout_min=60 * 24 * 7)
        else:
            executor.update_parameters(**{f"slurm_{name}": value for name, value in slurm.items()})
        jobs = [executor.submit(_run, str(search), number) for number in numbers]
        try:
            for job in jobs:
                while not (job.done() if slurm is None else job.paths.result_pickle.exists() or _gone(job.job_id)):
                    time.sleep(_LOOK_AFTER[slurm is not None])
        except BaseException:
            for job in jobs:
                job.cancel(check=False)
            raise
        shutil.rmtree(folder, ignore_errors=True)

    return launch


def _gone(job: str) -> bool:
    """Whether SLURM neither runs the job nor will; submitit asks sacct, which clusters without accounting lack."""
    asked = subprocess.run(["squeue", "--noheader", "--format=%T", f"--jobs={job}"], capture_output=True, text=True)
    return not asked.stdout.strip() if asked.returncode == 0 else "Invalid job id" in asked.stderr


def _run(search: str, number: int) -> int:
    with (trial_directory(Path(search), number) / "log.txt").open("a") as log:
        command = [sys.executable, "-m", "irjax.tuning.trial", search, str(number)]
        return subprocess.run(command, stdout=log, stderr=log).returncode
