"""The local page in a browser: real clicks and files in headless Chromium."""

import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attack_page import Page
from chart_drawing import ChartStyle, draw_chart, plot_box
from chart_errors import WAVENUMBER, synthetic
from PIL import Image
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Window

import irjax
from irjax.data.computed import computed_result, computed_spectra
from irjax.data.writing import write_dataset
from irjax.spectra.atr import BY_ATR
from irjax.spectra.spectrum import Spectrum
from irjax.spectra.units import REFUSED

MARKUP = "<img src=x onerror=document.title=1>"


@pytest.fixture(scope="module")
def referred(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page with a dataset of spectra to compare with, whose titles hold markup."""
    folder = tmp_path_factory.mktemp("referred")
    grid = irjax.load().run.grid
    rows = (computed_result(replace(molecule, name=MARKUP), grid) for molecule in islice(computed_spectra(), 12))
    dataset = write_dataset(folder / "data", rows, {"command": "tests"}, grid)
    served = Page(folder, "--reference", str(dataset.path))
    yield served
    served.close()


@pytest.fixture(params=[(1280, "light"), (390, "dark")], ids=["wide", "narrow"])
def window(request: pytest.FixtureRequest, browser: Browser, page: Page) -> Iterator[Window]:
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened, said = context.new_page(), []
    opened.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda asked: said.append(asked.url) if f"127.0.0.1:{page.port}" not in asked.url else None)
    opened.goto(f"http://127.0.0.1:{page.port}/")
    expect(opened.locator("#about")).to_contain_text("irjax")
    yield opened
    assert opened.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    context.close()
    assert [word for word in said if not word.startswith(("data:", "blob:"))] == []


def choose(window: Window, *files: Path) -> None:
    window.set_input_files("#files", [str(file) for file in files])
    expect(window.locator("#rows tr")).to_have_count(len(files))


def columns(path: Path) -> str:
    """Its heading and every other point: a browser takes seconds over thousands of lines."""
    heading, *points = path.read_text().splitlines()
    return "\n".join([heading, *points[::2]])


def test_a_file_is_answered_and_its_bands_are_shown(window: Window, spectra: Path) -> None:
    choose(window, spectra / "acetone.csv")
    expect(window.locator("#name")).to_have_text("acetone.csv")
    ketone = window.locator("#groups .present button", has_text="Ketone")
    expect(ketone).to_be_visible()
    ketone.focus()
    expect(window.locator("#rests")).to_contain_text("C=O stretch")
    expect(window.locator("#chart .band")).not_to_have_count(0)
    expect(window.locator("#exact")).to_contain_text("those present are all there are")


def test_the_chart_is_zoomed_and_read_with_pointer_and_keys(window: Window, spectra: Path) -> None:
    choose(window, spectra / "acetone.csv")
    chart = window.locator("#chart")
    box = chart.bounding_box()
    assert box is not None
    window.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 50)
    expect(window.locator("#pointer")).to_contain_text("cm⁻¹")
    window.mouse.down()
    window.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 50)
    window.mouse.up()
    expect(window.locator("#whole")).to_be_enabled()
    chart.focus()
    window.keyboard.press("Escape")
    expect(window.locator("#whole")).to_be_disabled()
    window.keyboard.press("ArrowRight")
    expect(window.locator("#pointer")).to_contain_text("%")
    window.keyboard.press("+")
    expect(window.locator("#whole")).to_be_enabled()
    window.get_by_label("absorbance", exact=True).check()
    expect(chart).to_contain_text("Absorbance")


def test_several_are_dropped_overlaid_filtered_and_sorted(window: Window, spectra: Path) -> None:
    names = ["acetone.csv", "thinner.csv", "words.csv"]
    contents = [(spectra / name).read_text() for name in names]
    window.evaluate(
        """([names, contents]) => {
            const held = new DataTransfer();
            names.forEach((name, at) => held.items.add(new File([contents[at]], name)));
            document.dispatchEvent(new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true }));
        }""",
        [names, contents],
    )
    rows = window.locator("#rows tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(2)).to_contain_text("holds no two columns")
    window.get_by_label("draw thinner.csv too").check()
    expect(window.locator("#legend li")).to_have_count(2)
    expect(window.locator("#chart .curve")).to_have_count(2)
    window.get_by_label("with").select_option("Ketone")
    expect(rows).to_have_count(2)
    window.get_by_label("with").select_option("")
    for _ in range(2):
        window.locator("[data-sort=file]").click()
    expect(rows.nth(0)).to_contain_text("words.csv")
    rows.nth(0).get_by_role("button").click()
    expect(window.locator("#error")).to_be_visible()
    expect(window.locator("#groups")).to_be_hidden()


def test_pasted_columns_are_read(window: Window, spectra: Path) -> None:
    window.get_by_role("button", name="Paste columns").click()
    window.locator("#columns").fill(columns(spectra / "acetone.csv"))
    window.get_by_role("button", name="Read them").click()
    expect(window.locator("#groups .present")).to_contain_text("Ketone")


def test_a_chart_without_numbers_is_read_once_its_axes_are_told(window: Window, tmp_path: Path) -> None:
    style = ChartStyle(axis="linear", image_format="PNG", heading=False)
    numbered = Image.open(io.BytesIO(draw_chart(WAVENUMBER, synthetic(0), style)))
    left, top, right, bottom = plot_box(style)
    bare, frame = Image.new("RGB", numbered.size, "white"), (left, top, right + 1, bottom + 1)
    bare.paste(numbered.crop(frame), frame)
    bare.save(tmp_path / "chart.png")
    choose(window, tmp_path / "chart.png")
    expect(window.locator("#error")).to_contain_text("tell it under “Read it again”")
    expect(window.locator("#picture")).to_be_visible()
    told_again = window.get_by_role("button", name="Read again")
    window.locator("#axis-left").fill("4000")
    told_again.click()
    expect(window.locator("#again-said")).to_have_text("Say both ends: left and right.")
    for side, value in (("right", "400"), ("bottom", "0"), ("top", "100")):
        window.locator(f"#axis-{side}").fill(value)
    told_again.click()
    expect(window.locator("#warnings")).to_contain_text("told")
    expect(window.locator("#groups .absent button")).not_to_have_count(0)
    drawn = window.locator("#chart .curve").get_attribute("d")
    window.locator("#axis-left").fill("3000")
    told_again.click()
    expect(window.locator("#chart .curve")).not_to_have_attribute("d", drawn or "")
    window.locator("#axis-left").fill("three thousand")
    told_again.click()
    expect(window.locator("#again-said")).to_have_text("three thousand: expected a number, as 4000")
    expect(window.locator("#groups .absent button")).not_to_have_count(0)


def test_an_ordinate_that_was_misread_is_told(window: Window, acetone: Spectrum, tmp_path: Path) -> None:
    absorbance = 300 * -np.log10(acetone.transmittance)  # no instrument measures as much
    columns = np.column_stack([acetone.wavenumber, absorbance])
    np.savetxt(tmp_path / "acetone.csv", columns, "%.4f", delimiter=",", header="cm-1,absorbance", comments="")
    choose(window, tmp_path / "acetone.csv")
    expect(window.locator("#warnings")).to_contain_text("tell it under “Read it again”")
    window.locator("#again-units").select_option("percent")
    window.get_by_role("button", name="Read again").click()
    expect(window.locator("#again-said")).to_have_text("")
    expect(window.locator("#again-units")).to_have_value("percent")
    expect(window.locator("#warnings")).not_to_contain_text("which no instrument measures")


def test_what_the_sample_was_is_told(window: Window, spectra: Path) -> None:
    choose(window, spectra / "acetone.csv")
    window.locator("#again summary").click()
    window.locator("#again-phase").select_option("pellet")
    window.locator("#again-technique").select_option("ATR")
    with window.expect_request(lambda request: "phase=pellet&technique=ATR" in request.url):
        window.get_by_role("button", name="Read again").click()
    expect(window.locator("#warnings")).to_contain_text("measured by ATR")
    expect(window.locator("#again-said")).to_have_text("")
    expect(window.locator("#again-phase")).to_have_value("pellet")
    expect(window.locator("#again-technique")).to_have_value("ATR")


def test_messages_name_no_option_of_the_command_line(browser: Browser, page: Page) -> None:
    window = browser.new_page()
    window.goto(f"http://127.0.0.1:{page.port}/")
    for said in (
        REFUSED["intensity"],
        "is the ordinate right (--y-units)?",
        BY_ATR,
        "left and right line (--chart-x 4000,400, or 4000,2000,400 if the scale is doubled below 2000)",
    ):
        shown = window.evaluate("(said) => import('/answers.js').then((answers) => answers.inPageWords(said))", said)
        assert "--" not in shown
        assert shown.count(" (tell it under “Read it again”)") == 1
    window.close()


def test_a_folder_and_a_zip_are_read_file_by_file(window: Window, spectra: Path, tmp_path: Path) -> None:
    window.set_input_files("#folder", str(spectra))
    rows = window.locator("#rows tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text(f"{spectra.name}/")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in spectra.iterdir():
            archive.write(path, f"a/{path.name}")
    window.set_input_files("#files", str(tmp_path / "all.zip"))
    expect(rows).to_have_count(6)
    expect(rows.nth(3)).to_contain_text("all.zip/a/")
    expect(window.locator("#progress")).to_be_hidden()
    window.get_by_label("with").select_option("Ketone")
    expect(rows).to_have_count(4)
    window.get_by_label("also where it is not present").check()
    expect(rows).to_have_count(6)
    expect(rows.nth(0).locator("td").nth(2)).to_contain_text("%")
    expect(rows.nth(5).locator("td").nth(2)).to_have_text("")


def test_one_of_a_zip_is_read_again_and_no_other(window: Window, spectra: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in sorted(spectra.iterdir()):
            archive.write(path, path.name)
    window.set_input_files("#files", str(tmp_path / "all.zip"))
    rows = window.locator("#rows tr")
    expect(rows).to_have_count(3)
    rows.nth(1).get_by_role("button").click()
    window.locator("#again summary").click()
    window.locator("#again-units").select_option("absorbance")
    window.get_by_role("button", name="Read again").click()
    expect(window.locator("#warnings")).to_contain_text("bands point the wrong way")
    expect(window.locator("#name")).to_have_text("all.zip/thinner.csv")
    expect(window.locator("#again-units")).to_have_value("absorbance")
    rows.nth(0).get_by_role("button").click()
    expect(window.locator("#warnings li")).to_have_count(0)
    expect(window.locator("#again-units")).to_have_value("")


def test_a_table_that_grows_keeps_the_focus_and_what_was_ticked(window: Window, spectra: Path) -> None:
    files = sorted(str(path) for path in spectra.iterdir())
    window.set_input_files("#files", files)
    rows = window.locator("#rows tr")
    expect(rows).to_have_count(3)
    rows.nth(1).get_by_role("checkbox").check()
    rows.nth(2).get_by_role("button").focus()
    window.set_input_files("#files", files)
    expect(rows).to_have_count(6)
    expect(rows.nth(2).get_by_role("button")).to_be_focused()
    expect(rows.nth(1).get_by_role("checkbox")).to_be_checked()
    window.locator("#search").fill("thinner")
    expect(rows).to_have_count(2)
    window.locator("#search").fill("")
    expect(rows).to_have_count(6)


def test_everything_can_be_had_by_keyboard(window: Window, spectra: Path) -> None:
    def go_to(wanted: str) -> None:
        for _ in range(200):
            window.keyboard.press("Tab")
            if window.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
                return
        pytest.fail(f"Tab does not reach {wanted}")

    go_to("#paste-open")
    window.keyboard.press("Enter")
    window.keyboard.insert_text(columns(spectra / "acetone.csv"))
    go_to("#paste button")
    window.keyboard.press("Enter")
    expect(window.locator("#rows tr")).to_have_count(1)
    go_to("#again summary")
    go_to("#chart")
    window.keyboard.press("ArrowRight")
    expect(window.locator("#pointer")).to_contain_text("cm⁻¹")
    go_to("#groups .present button")
    expect(window.locator("#rests")).to_contain_text("cm⁻¹")
    go_to("[data-sort=file]")
    window.keyboard.press("Enter")
    expect(window.locator("th", has=window.locator("[data-sort=file]"))).to_have_attribute("aria-sort", "ascending")
    go_to("#rows button")
    window.keyboard.press("Enter")
    expect(window.locator("#rows [aria-current=true]")).to_have_count(1)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_similar_spectra_are_drawn_and_their_titles_are_text(
    browser: Browser, referred: Page, spectra: Path, width: int, scheme: Any
) -> None:
    window = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    window.goto(f"http://127.0.0.1:{referred.port}/")
    expect(window.locator("#about")).to_contain_text("irjax")
    choose(window, spectra / "acetone.csv")
    expect(window.locator("#similar img")).to_have_count(5)
    assert window.evaluate("() => [...document.images].every((image) => image.hidden || image.naturalWidth > 0)")
    expect(window.locator("#similar")).to_contain_text(MARKUP)
    assert window.title() == "irjax"
    assert window.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    window.close()


def test_what_is_saved_is_what_is_shown(window: Window, spectra: Path) -> None:
    choose(window, spectra / "acetone.csv", spectra / "words.csv")
    saved = {}
    for button in ("Save CSV", "Save JSON", "Save as a page"):
        with window.expect_download() as download:
            window.get_by_role("button", name=button).click()
        saved[button] = Path(download.value.path()).read_text()
    header, acetone, words = saved["Save CSV"].splitlines()
    assert header.startswith("file,Acid anhydride,")
    assert "Ketone" in acetone
    assert "holds no two columns" in words
    assert [record["file"] for record in json.loads(saved["Save JSON"])] == ["acetone.csv", "words.csv"]
    assert saved["Save as a page"].startswith("<!DOCTYPE html>")


def test_an_answer_is_printed_on_one_page_with_what_was_folded(window: Window, spectra: Path) -> None:
    choose(window, spectra / "acetone.csv")
    shown = window.locator("#chart").get_attribute("viewBox")
    folded = "document.querySelectorAll('#groups details:not([open])').length"
    noted = f"window.printed = [{folded}, document.getElementById('chart').getAttribute('viewBox')]"
    window.evaluate(f"window.addEventListener('beforeprint', () => {{ {noted}; }})")
    printed = window.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    assert window.evaluate("window.printed") == [0, "0 0 720 290"]
    assert window.locator("#groups details[open]").count() == 0
    assert window.locator("#chart").get_attribute("viewBox") == shown


def test_markup_in_a_name_is_text(window: Window, spectra: Path, tmp_path: Path) -> None:
    bad = tmp_path / f"{MARKUP}.csv"
    shutil.copy(spectra / "acetone.csv", bad)
    choose(window, bad)
    expect(window.locator("#name")).to_have_text(bad.name)
    assert window.locator("main img:not(#picture)").count() == 0
    assert window.title() == "irjax"


def test_two_hundred_files_go_through_with_a_bar(browser: Browser, page: Page, spectra: Path, tmp_path: Path) -> None:
    rows = np.loadtxt(spectra / "acetone.csv", delimiter=",", skiprows=1)
    for at in range(200):
        np.savetxt(tmp_path / f"{at:03d}.csv", rows[::4] * [1, 1 - at / 1000], fmt="%.4f", delimiter=",")
    window = browser.new_page()
    window.goto(f"http://127.0.0.1:{page.port}/")
    window.set_input_files("#files", sorted(map(str, tmp_path.iterdir())))
    expect(window.locator("#progress")).to_be_visible()
    expect(window.locator("#rows tr")).to_have_count(200, timeout=60_000)
    expect(window.locator("#progress")).to_be_hidden()
    window.close()
