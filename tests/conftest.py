"""Fixtures that tests share: small real datasets, and the measured spectra where they are at hand."""

import fcntl
import os
from itertools import islice
from pathlib import Path

import pytest

from irjax.data.archive import Archive
from irjax.data.dataset import Dataset
from irjax.data.demo import computed_spectra, demo_result
from irjax.data.writing import write_dataset
from irjax.spectra.reading import parse_spectrum
from irjax.spectra.spectrum import Spectrum, SpectrumError

ROOT = Path(__file__).resolve().parent.parent
# Most of what the suite takes is compiling. Without XLA's costly passes that takes half as long; `make test` tests
# networks and steps with them (JAX_DISABLE_MOST_OPTIMIZATIONS=0). It must stand before jax is imported.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")


@pytest.fixture(scope="session", autouse=True)
def _compile_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "jax-cache"))


@pytest.fixture(scope="session")
def small_dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """160 of the bundled, computed spectra."""
    path = tmp_path_factory.mktemp("datasets") / "small"
    return write_dataset(path, map(demo_result, islice(computed_spectra(), 160)), {"command": "tests"})


@pytest.fixture(scope="session")
def source() -> Path:
    """The folder `shared` beside the checkout, or the one that IRJAX_SHARED names."""
    folder = Path(os.environ.get("IRJAX_SHARED") or ROOT.parent / "shared")
    if not (folder / "unpack.py").is_file():
        pytest.skip(f"needs measured spectra: no {folder / 'unpack.py'}; set IRJAX_SHARED to the folder that holds it")
    return folder


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that shared/unpack.py fills: measured spectra and instrument files, unpacked once."""
    ready = os.environ.get("IRJAX_DATA")
    if ready:
        return Path(ready)
    script = request.getfixturevalue("source") / "unpack.py"
    import subprocess
    import sys

    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # what one has unpacked serves all
    target = base / "shared-data"
    with (base / "shared-data.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            part = base / "unpacking"  # a part of the files must not be taken for all of them
            subprocess.run([sys.executable, str(script), str(part)], check=True, capture_output=True)
            part.rename(target)
    return target


@pytest.fixture(scope="session")
def instrument_files(shared: Path) -> Path:
    """97 real instrument files."""
    return shared / "fixtures"


@pytest.fixture(scope="session")
def nist(shared: Path) -> Path:
    """nist_IR.zip, nist_compounds.csv and nist_drawn_smiles.csv."""
    return shared / "nist"


@pytest.fixture(scope="session")
def nist_spectra(nist: Path) -> list[Spectrum]:
    """Every 30th spectrum of nist_IR.zip that can be read."""
    archive = Archive(nist / "nist_IR.zip")
    found = []
    for name, place in list(archive.entries())[::30]:
        try:
            found.append(parse_spectrum(archive.read(name, place), name))
        except SpectrumError:
            continue
    return found
