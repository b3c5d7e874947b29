"""Take pictures of the local page in every state, wide and narrow, light and dark, to be looked at.

    python scripts/picture_states.py OUT SPECTRUM... [--chart PICTURE] [--reference DATASET]

The spectra are dropped one by one, each pictured with the bands of its first group, then all together; then come the
table filtered by a group, two curves over each other, a file that is refused, and a chart whose axes may be told. Needs
Chromium. Prints what was answered, and how long each answer took.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from attack_page import Page
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Window

from irjax.program import exit_status

WIDTHS, SCHEMES = (1280, 390), ("light", "dark")


def main() -> None:
    """Serve, and walk through the states in each kind of window."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("spectra", type=Path, nargs="+")
    parser.add_argument("--chart", type=Path)
    parser.add_argument("--reference", type=Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        more = ["--reference", str(arguments.reference.absolute())] if arguments.reference else []
        started = time.monotonic()
        served = Page(Path(folder), *more)
        print(f"address after {time.monotonic() - started:.1f} s")
        try:
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for width in WIDTHS:
                for scheme in SCHEMES:
                    pictured(browser, served, arguments, width, scheme)
            browser.close()
        finally:
            served.close()


def pictured(browser: Browser, served: Page, arguments: argparse.Namespace, width: int, scheme: str) -> None:
    """All states in one kind of window."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # pyright: ignore[reportArgumentType]
    window = context.new_page()
    window.goto(f"http://127.0.0.1:{served.port}/")
    window.locator("#about", has_text="irjax").wait_for()

    def take(state: str) -> None:
        assert window.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"), state
        window.screenshot(path=arguments.out / f"{state}-{width}-{scheme}.png", full_page=True)

    take("empty")
    for path in arguments.spectra:
        print(f"{width} {scheme} {path.name}: {dropped(window, [path])}")
        first = window.locator("#groups .present button").first
        if first.count():
            first.focus()
            window.locator("#rests", has_text="cm⁻¹").or_(window.locator("#rests", has_text="no single")).wait_for()
        take(f"one-{path.stem}")
        window.locator("#clear").click()
    print(f"{width} {scheme} together: {dropped(window, arguments.spectra)}")
    take("together")
    for box in window.locator("#rows input").all()[:2]:
        box.check()
    take("overlaid")
    name = window.locator("#groups .present button").first.get_attribute("data-group")
    window.locator("#filter").select_option(name)
    window.locator("#all").check()
    take("filtered")
    with tempfile.TemporaryDirectory() as folder:
        wrong = Path(folder) / "report.docx"
        wrong.write_bytes(b"PK\x03\x04" + bytes(100))
        dropped(window, [wrong])
    take("refused")
    if arguments.chart:
        dropped(window, [arguments.chart])
        take("chart")
    context.close()


def dropped(window: Window, files: list[Path]) -> str:
    """What the first of the files was answered, and after how long."""
    rows, started = window.locator("#rows tr").count(), time.monotonic()
    if rows:
        window.locator("#filter").select_option("")
        rows = window.locator("#rows tr").count()
    window.set_input_files("#files", [str(path) for path in files])
    window.wait_for_function("(count) => document.querySelectorAll('#rows tr').length === count", arg=rows + len(files))
    seconds = time.monotonic() - started
    listed = [f"{kind}: {', '.join(found)}" for kind in ("present", "uncertain") if (found := named(window, kind))]
    return f"{'; '.join(listed) or window.locator('#error').inner_text()} ({seconds:.2f} s)"


def named(window: Window, kind: str) -> list[str]:
    """The groups that stand in a list of the page, without those folded away."""
    buttons = window.locator(f"#groups .{kind} > ul button")
    return [
        f"{button.get_attribute('data-group')} {button.locator('span').nth(1).inner_text()}" for button in buttons.all()
    ]


if __name__ == "__main__":
    sys.exit(exit_status("picture_states.py", main))
