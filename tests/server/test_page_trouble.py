"""The local page where its server is slow, fails or is gone, or the browser may not read what was dropped."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from attack_page import Page
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Window

DROP = """() => {
  const file = (name, content) => ({ isFile: true, name, fullPath: `/box/${name}`, file: (take, fail) =>
    content ? take(new File([content], name)) : fail(new DOMException("", "NotReadableError")) });
  const batches = [[file("words.csv", "no spectrum"), file("locked.csv", "")], []];
  const reader = { readEntries: (take) => take(batches.shift()) };
  const box = { isFile: false, name: "box", fullPath: "/box", createReader: () => reader };
  const event = new Event("drop", { bubbles: true, cancelable: true });
  event.dataTransfer = { items: [{ webkitGetAsEntry: () => box }], files: [] };
  document.dispatchEvent(event);
}"""
"""A folder of two files, of which the browser may not read one."""
SWIPE = """() => {
  const chart = document.getElementById("chart"), { left, top } = chart.getBoundingClientRect();
  chart.setPointerCapture = () => {};
  const at = (kind, x) => chart.dispatchEvent(
    new PointerEvent(kind, { clientX: left + x, clientY: top + 50, pointerId: 5, bubbles: true }));
  at("pointerdown", 100); at("pointermove", 130); at("pointercancel", 130); at("pointermove", 260);
  return chart.querySelector(".chosen").getAttribute("width");
}"""
"""A finger that begins on the chart and goes on to scroll the page, and a pointer that comes after it."""


@pytest.fixture
def window(browser: Browser) -> Iterator[Window]:
    opened, said = browser.new_page(), []
    opened.on("pageerror", lambda error: said.append(str(error)))
    yield opened
    opened.close()
    assert said == []


def test_a_file_given_before_the_page_knows_its_network_is_read_all_the_same(
    window: Window, page: Page, spectra: Path
) -> None:
    held = []
    window.route("**/api/about", lambda route: held.append(route))
    with window.expect_request("**/api/about"):
        window.goto(f"http://127.0.0.1:{page.port}/")
    window.set_input_files("#files", spectra / "acetone.csv")
    expect(window.locator("#progress")).to_be_visible()
    held[0].continue_()
    expect(window.locator("#rows tr")).to_have_count(1)
    expect(window.locator("#name")).to_have_text("acetone.csv")


def test_a_server_that_is_gone_when_the_page_opens_is_told(window: Window, page: Page, spectra: Path) -> None:
    window.route("**/api/about", lambda route: route.abort())
    window.goto(f"http://127.0.0.1:{page.port}/")
    expect(window.locator("#about")).to_contain_text("does not answer")
    window.set_input_files("#files", spectra / "acetone.csv")
    expect(window.locator("#counted")).to_be_visible()
    expect(window.locator("#counted")).to_contain_text("does not answer; start it")


def test_a_file_that_the_browser_may_not_read_leaves_the_others(window: Window, page: Page) -> None:
    window.goto(f"http://127.0.0.1:{page.port}/")
    window.evaluate(DROP)
    expect(window.locator("#rows tr")).to_have_count(2)
    expect(window.locator("#rows")).to_contain_text("box/locked.csv: the browser may not read it")


def test_bands_of_what_was_read_before_do_not_replace_those_of_now(window: Window, page: Page, spectra: Path) -> None:
    held = []
    window.route("**/api/explanation", lambda route: held.append(route) if not held else route.continue_())
    window.goto(f"http://127.0.0.1:{page.port}/")
    with window.expect_request("**/api/explanation"):
        window.set_input_files("#files", spectra / "acetone.csv")
    window.locator("#again").evaluate("(again) => { again.open = true; }")
    with window.expect_response("**/api/explanation"):
        window.locator("#again-form button[type=submit]").click()
    ketone = window.locator("#groups button", has_text="Ketone")
    ketone.hover()
    expect(window.locator("#rests")).to_contain_text("C=O stretch")
    with window.expect_response("**/api/explanation"):
        held[0].fulfill(body=json.dumps({"bands": {"Ketone": [{"low": 1, "high": 2, "weight": 1}]}, "similar": []}))
    window.locator("#name").hover()
    ketone.hover()
    expect(window.locator("#rests")).to_contain_text("C=O stretch")


def test_a_page_that_cannot_be_made_is_told(window: Window, page: Page, spectra: Path) -> None:
    window.route("**/api/page", lambda route: route.fulfill(status=500, body="Internal Server Error"))
    window.goto(f"http://127.0.0.1:{page.port}/")
    window.set_input_files("#files", spectra / "acetone.csv")
    window.locator("#as-html").click()
    expect(window.locator("#rests")).to_contain_text("The page cannot be made")


def test_a_finger_that_scrolls_on_chooses_no_range(window: Window, page: Page, spectra: Path) -> None:
    window.goto(f"http://127.0.0.1:{page.port}/")
    window.set_input_files("#files", spectra / "acetone.csv")
    expect(window.locator("#chart .chosen")).to_have_count(1)
    assert window.evaluate(SWIPE) == "0"
