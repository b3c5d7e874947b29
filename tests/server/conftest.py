"""The local page, served by a process of its own for all tests of it, and a browser that looks at it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from attack_page import Page
from playwright.sync_api import Browser, expect, sync_playwright

from irjax.data.demo import drawn_acetone
from irjax.spectra.spectrum import Spectrum

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
expect.set_options(timeout=20_000)  # milliseconds; the other workers of the suite take their share of the machine


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs a browser (Debian: chromium)")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


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
