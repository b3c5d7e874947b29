"""Where trials run: as processes of this machine or as jobs of a SLURM cluster, both through submitit."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from irjax.errors import InputError
from irjax.tuning.trial import trial_directory

Launch = Callable[[Path, Sequence[int]], None]
"""(search's directory, numbers of trials): runs them at once and returns when all have ended, however they ended."""
_LOOK_AFTER = (1, 5)  # seconds, for processes here and for jobs of a cluster


def launcher(slurm: Mapping[str, str] | None = None) -> Launch:
    """How trials are run.

    Args:
        slurm: options of sbatch by name (partition, gres, time, …) for jobs on a cluster; None for local processes.

    Raises:
        InputError: now, where this machine has no SLURM, or at launch, where it refuses a job.
    """
    if slurm is not None and (lacking := [name for name in ("sbatch", "srun", "squeue") if shutil.which(name) is None]):
        raise InputError(
            f"--slurm: {lacking[0]} is not here; begin the search where jobs are submitted, or leave --slurm out"
        )

    def launch(search: Path, numbers: Sequence[int]) -> None:
        import submitit

        if not numbers:
            return
        # submitit hands a job over as a pickle; it lies here while the job runs, and holds nothing but its command.
        folder = search / "jobs"
        executor = submitit.AutoExecutor(folder=folder, cluster="local" if slurm is None else "slurm")
        jobs: list[submitit.Job[int]] = []
        try:
            with _refusals():
                if slurm is None:
                    executor.update_parameters(timeout_min=60 * 24 * 7)
                else:
                    executor.update_parameters(**{f"slurm_{name}": value for name, value in slurm.items()})
                for number in numbers:
                    jobs.append(executor.submit(_run, str(search), number))
            for job in jobs:
                while not (job.done() if slurm is None else job.paths.result_pickle.exists() or _gone(job.job_id)):
                    time.sleep(_LOOK_AFTER[slurm is not None])
        except BaseException:
            for job in jobs:
                job.cancel(check=False)
            raise
        shutil.rmtree(folder, ignore_errors=True)

    return launch


@contextmanager
def _refusals() -> Iterator[None]:
    """A line for what SLURM or submitit will not have."""
    from submitit.core.utils import FailedJobError

    try:
        yield
    except NameError as error:  # of an option that submitit does not know
        unknown, _, known = str(error).partition("Valid arguments: ")
        name = unknown.split("'")[1::2][:1] or [unknown]
        raise InputError(f"--slurm {name[0]}=…: no such option; there are {known}") from None
    except FailedJobError as error:
        said = [line.strip() for line in str(error).splitlines() if "error:" in line] or str(error).splitlines()
        raise InputError(
            f"--slurm: the job was refused ({said[0][:200]}); are partition, account and time right?"
        ) from None


def _gone(job: str) -> bool:
    """Whether SLURM neither runs the job nor will; submitit asks sacct, which clusters without accounting lack."""
    asked = subprocess.run(["squeue", "--noheader", "--format=%T", f"--jobs={job}"], capture_output=True, text=True)
    return not asked.stdout.strip() if asked.returncode == 0 else "Invalid job id" in asked.stderr


def _run(search: str, number: int) -> int:
    with (trial_directory(Path(search), number) / "log.txt").open("a") as log:
        command = [sys.executable, "-m", "irjax.tuning.trial", search, str(number)]
        return subprocess.run(command, stdout=log, stderr=log).returncode
