"""Take the pictures of the local page and of the page that `irjax explain --html` writes, for the documentation.

    python scripts/picture_pages.py docs/figures

Needs Chromium. The spectrum is the acetone that ships, drawn from the frequencies of its bands.
"""

import argparse
import contextlib
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from attack_page import Page
from playwright.sync_api import ViewportSize, sync_playwright

import irjax
from irjax.data.demo import drawn_acetone
from irjax.pages.answer import write_answer
from irjax.program import exit_status

SERVED: ViewportSize = {"width": 1280, "height": 1000}
WRITTEN: ViewportSize = {"width": 1000, "height": 900}
SCALE = 0.75
"""Of the served page, lest its picture be too large."""


def main() -> None:
    """Serve, drop, point, take."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out.absolute()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder, acetone = Path(name), drawn_acetone()
        file, written = folder / "drawn-acetone.csv", folder / "acetone.html"
        columns = np.column_stack([acetone.wavenumber, acetone.transmittance])
        np.savetxt(file, columns, "%.5f", delimiter=",", header="wavenumber,transmittance", comments="")
        with contextlib.chdir(folder):  # the page names the file as it is given
            write_answer(written, irjax.load().explain(file.name), file.name)
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        window = browser.new_page(viewport=WRITTEN)
        window.goto(written.as_uri())
        window.screenshot(path=out / "answer.png")
        served = Page(folder)
        try:
            window = browser.new_page(viewport=SERVED, device_scale_factor=SCALE)
            window.goto(f"http://127.0.0.1:{served.port}/")
            window.set_input_files("#files", str(file))
            window.locator("#groups .present button", has_text="Ketone").hover()
            window.locator("#chart .band").first.wait_for()
            window.evaluate("() => window.scrollTo(0, 0)")
            window.screenshot(path=out / "page.png")
        finally:
            served.close()
        browser.close()


if __name__ == "__main__":
    sys.exit(exit_status("picture_pages.py", main))
