"""Disks that are full and folders that may not be read or are gone: what a person is told."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from irjax.data.archive import Archive
from irjax.data.dataset import Dataset
from irjax.engine.config import load_config
from irjax.engine.fit import start_or_resume
from irjax.engine.outcome import write_history
from irjax.errors import InputError
from irjax.spectra.spectrum import SpectrumError

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534


def test_a_disk_that_fills_at_a_checkpoint_is_told_in_a_line(small_dataset: Dataset, tmp_path: Path) -> None:
    """On a file system of 1 MiB, which a name space of its own may mount."""
    place = tmp_path / "disk"
    place.mkdir()
    within, mount = ["unshare", "-rm", "sh", "-c"], f"mount -t tmpfs -o size=1M tmpfs {place}"
    if not shutil.which("unshare") or subprocess.run([*within, mount], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    train = f"{sys.executable} train.py --config configs/demo.py --data {small_dataset.path} --run {place}/run"
    short = "--optimizer.epochs 1 1"
    done = subprocess.run([*within, f"{mount} && exec {train} {short}"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    last = f"irjax train: {place}/run/checkpoints: the checkpoint cannot be written (no space left on the disk)"
    assert done.stderr.splitlines()[-1] == last


def test_figures_of_a_run_that_was_removed_make_no_folder_anew(small_dataset: Dataset, tmp_path: Path) -> None:
    run = start_or_resume(tmp_path / "run", load_config(ROOT / "configs/demo.py"), small_dataset)
    write_history(run, [])
    shutil.rmtree(run.path)
    with pytest.raises(InputError, match=r"history\.jsonl: cannot be written"):
        write_history(run, [])
    assert not run.path.exists()


@pytest.fixture
def shut() -> Iterator[Path]:
    """A folder that holds one that may not be read; for those who may read everything, one of nobody's."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    (folder / "good.csv").write_text("400,1\n")
    (folder / "shut").mkdir(mode=0)
    was = os.geteuid()
    if was == 0:
        os.seteuid(NOBODY)
    yield folder
    os.seteuid(was)
    shutil.rmtree(folder)


def test_a_folder_that_may_not_be_read_is_told_among_the_files(shut: Path) -> None:
    archive = Archive(shut)
    (good, place), (name, closed) = archive.entries()
    assert (good, archive.read(good, place)) == ("good.csv", b"400,1\n")
    with pytest.raises(SpectrumError, match="shut: a folder that may not be read"):
        archive.read(name, closed)
