"""Fixtures that tests share: small real datasets, and the measured spectra where they are at hand."""

import fcntl
import gc
import os
import tempfile
from itertools import islice
from pathlib import Path

import pytest

from irjax.data.archive import Archive
from irjax.data.computed import computed_result, computed_spectra
from irjax.data.dataset import Dataset
from irjax.data.writing import write_dataset
from irjax.spectra.reading import parse_spectrum
from irjax.spectra.spectrum import Spectrum, SpectrumError

ROOT = Path(__file__).resolve().parent.parent
# Most of what the suite takes is compiling. What has been compiled is kept, by each worker for itself and the processes
# that it starts; it must stand before jax is imported.
COMPILED = tempfile.TemporaryDirectory(prefix="irjax-tests-")
os.environ["JAX_COMPILATION_CACHE_DIR"] = COMPILED.name
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.1"
# Without XLA's costly passes that takes half as long; what a network is made of and steps are tested with them, as
# users have them.
QUICKLY = "JAX_DISABLE_MOST_OPTIMIZATIONS"
ALL_AS_USERS_HAVE_THEM = os.environ.setdefault(QUICKLY, "1") == "0"
AS_USERS_HAVE_THEM = (
    *(f"models/test_{name}.py" for name in ("cnn", "plain_networks", "products", "winograd")),
    *(f"engine/test_{name}.py" for name in ("auxiliary", "fit", "programs", "step")),
)
# Files are given out side by side, and one of minutes given out last is waited for: the longest go first.
LONGEST = (
    "integration/test_many_devices.py",
    "integration/test_tune.py",
    "integration/test_command_line.py",
    "integration/test_kills.py",
    "spectra/test_image.py",
    "spectra/test_chart_layouts.py",
    "chemistry/test_labels.py",
    "test_notebooks.py",
    "tuning/test_search.py",
    "tasks/test_classes.py",
    "tasks/test_curves.py",
    "evaluation/test_coverage.py",
    "server/test_page.py",
    "server/test_without_network.py",
    "engine/test_folds.py",
    "data/test_ingest.py",
    "answers/test_pretrained.py",
    "test_errors.py",
)
assert all((ROOT / "tests" / name).exists() for name in (*AS_USERS_HAVE_THEM, *LONGEST))  # none was renamed


def _place(path: Path, among: tuple[str, ...]) -> int:
    """Which of the files or folders under tests/ it is or lies in; their number if none."""
    inside = path.relative_to(ROOT / "tests")
    return next((i for i, name in enumerate(among) if inside.is_relative_to(name)), len(among))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those compiled as users have them first, then the longest."""
    items.sort(key=lambda item: (_place(item.path, AS_USERS_HAVE_THEM), _place(item.path, LONGEST)))


def pytest_collection_finish() -> None:
    """What was imported stays to the end and need not be looked through at each collection of garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _compiled_as_users_have_it(request: pytest.FixtureRequest) -> None:
    """With XLA's costly passes, in this process and in those that it starts, where a file is tested with them."""
    quickly = str(int(_place(request.path, AS_USERS_HAVE_THEM) == len(AS_USERS_HAVE_THEM)))
    if ALL_AS_USERS_HAVE_THEM or quickly == os.environ[QUICKLY]:
        return
    import jax

    jax.clear_caches()  # a program compiled in one way would be taken for the other
    jax.config.update(QUICKLY.lower(), quickly == "1")
    os.environ[QUICKLY] = quickly


@pytest.fixture(scope="session")
def small_dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """160 of the bundled, computed spectra."""
    path = tmp_path_factory.mktemp("datasets") / "small"
    return write_dataset(path, map(computed_result, islice(computed_spectra(), 160)), {"command": "tests"})


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
