"""Where trials run: as processes of this machine or as jobs of a SLURM cluster, both through submitit."""

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from irjax.tuning.trial import trial_directory

Launch = Callable[[Path, Sequence[int]], None]
"""(search's directory, numbers of trials): runs them at once and returns when all have ended, however they ended."""


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
                job.wait()
        except BaseException:
            for job in jobs:
                job.cancel(check=False)
            raise
        shutil.rmtree(folder, ignore_errors=True)

    return launch


def _run(search: str, number: int) -> int:
    import subprocess

    with (trial_directory(Path(search), number) / "log.txt").open("a") as log:
        command = [sys.executable, "-m", "irjax.tuning.trial", search, str(number)]
        return subprocess.run(command, stdout=log, stderr=log).returncode
