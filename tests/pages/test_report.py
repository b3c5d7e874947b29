"""A report is one whole file that needs no other."""

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from drawn_figures import PNG_END, PNG_START, Judged, N
from matplotlib.figure import Figure

from irjax.errors import InputError
from irjax.pages.report import Picture, Section, evaluation_sections, training_section, write_report


class Page(HTMLParser):
    """What a page holds: tags with their attributes, table rows, and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1].append(data)


def test_a_report_stands_alone(tmp_path: Path, found: dict, judged: Judged, history: list[dict]) -> None:
    facts = {"split": {"kind": "skeletons", "seed": 0}, "epochs": (30, 6), "versions": {"jax": "0.10"}}
    sections = [
        *evaluation_sections(found, judged[0], judged[1], "small"),
        training_section(history),
        Section("The run", ["What made it.", facts]),
    ]
    path = tmp_path / "report.html"
    write_report(path, "small", sections)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert text.endswith("</html>\n")
    assert [held.name for held in tmp_path.iterdir()] == ["report.html"]
    assert not re.search(r"https?:|//[a-z]|url\(|@import|<script|<link", re.sub(r"base64,[^\"]*", "", text))

    page = Page(text)
    assert not page.open
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(images) == 7
    for image in images:
        content = base64.b64decode(image["src"].removeprefix("data:image/png;base64,"), validate=True)
        assert content.startswith(PNG_START)
        assert content.endswith(PNG_END)
        assert image["alt"]
    targets = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert targets == [f"#{attributes['id']}" for tag, attributes in page.tags if tag == "section"]
    assert len(targets) == len(sections)

    rows = {row[0]: row[1:] for row in page.rows if row}
    overall = found["overall"]["f1_macro"]
    assert rows["macro-F1"] == [f"{overall['value']:.3f}", f"{overall['low']:.3f} to {overall['high']:.3f}"]
    assert rows["gas"][0] == str(N)
    assert rows["Arene"][:2] == [str(found["groups"]["Arene"]["n"]), f"{found['groups']['Arene']['f1']:.3f}"]
    assert rows["Thial"][1] == "–"
    assert (rows["split.kind"], rows["epochs"], rows["versions.jax"]) == (["skeletons"], ["30, 6"], ["0.10"])


def test_a_report_escapes_every_string(tmp_path: Path) -> None:
    bad = "<b onload='x'>\"&{title}"
    figure = Figure(figsize=(1, 1))
    path = tmp_path / "report.html"
    write_report(path, bad, [Section(bad, [bad, {bad: bad}, Picture("bad", figure, bad)])])
    page = Page(path.read_text(encoding="utf-8"))
    assert not [attributes for tag, attributes in page.tags if tag == "b" or "onload" in attributes]
    assert page.text.count(bad) == 8  # title, heading, link, its heading, paragraph, fact twice, caption
    assert [attributes["alt"] for tag, attributes in page.tags if tag == "img"] == [bad]


def test_a_report_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.mkdir()
    with pytest.raises(InputError, match=r"report\.html: cannot be written"):
        write_report(path, "small", [])
    assert [held.name for held in tmp_path.iterdir()] == ["report.html"]
