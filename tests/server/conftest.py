"""The local page, served by a process of its own for all tests of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from attack_page import Page

from irjax.data.demo import drawn_acetone
from irjax.spectra.spectrum import Spectrum


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    served = Page(tmp_path_factory.mktemp("page"))
    yield served
    served.close()


@pytest.fixture(scope="session")
def acetone() -> Spectrum:
    return drawn_acetone()


@pytest.fixture(scope="session")
def spectra(acetone: Spectrum, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder: acetone, a thinner layer of it, and a text that is no spectrum."""
    folder = tmp_path_factory.mktemp("spectra")
    for name, share in (("acetone.csv", 1.0), ("thinner.csv", 0.5)):
        rows = zip(acetone.wavenumber, acetone.transmittance**share, strict=True)
        (folder / name).write_text("wavenumber,transmittance\n" + "".join(f"{x:.1f},{y:.5f}\n" for x, y in rows))
    (folder / "words.csv").write_text("no spectrum\nat all\n")
    return folder
