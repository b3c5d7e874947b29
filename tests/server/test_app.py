"""What the local page answers over HTTP: what the command line answers, bands, and refusals of what is not its own."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from attack_page import Page, absurd, at_once, endless, foreign, judged, uploads

from irjax.answers.files import predict_files
from irjax.answers.predictor import load
from irjax.cli import main


def records(body: bytes) -> list[dict]:
    return [json.loads(line) for line in body.splitlines()]


def test_an_upload_is_answered_as_the_command_line_answers(page: Page, spectra: Path) -> None:
    status, body = page.read("acetone.csv", (spectra / "acetone.csv").read_bytes())
    [record] = records(body)
    [wanted] = predict_files(load(), [str(spectra / "acetone.csv")])
    assert status == 200
    assert record["file"] == "acetone.csv"
    assert record["groups"] == wanted["groups"]
    assert record["exact"] == wanted["exact"]
    assert len(record["spectrum"]) == 1800
    assert not record["picture"]
    assert [group["answer"] for group in record["groups"] if group["name"] == "Ketone"] == ["present"]


def test_a_zip_is_answered_file_by_file(page: Page, spectra: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for path in sorted(spectra.iterdir()):
            archive.write(path, f"inside/{path.name}")
    _, body = page.read("all.zip", held.getvalue())
    found = records(body)
    assert [record["file"] for record in found] == [
        f"all.zip/inside/{name}.csv" for name in ("acetone", "thinner", "words")
    ]
    assert "error" in found[2]
    assert page.read("empty.zip", b"PK\x05\x06" + bytes(18))[0] == 422


def test_a_record_sent_back_is_explained_and_made_a_page(page: Page, spectra: Path) -> None:
    _, body = page.read("<b>acetone</b>.csv", (spectra / "acetone.csv").read_bytes())
    status, explained = page.ask("/api/explanation", body)
    bands = json.loads(explained)["bands"]["Ketone"]
    assert status == 200
    assert any(band["known"] == "C=O stretch" and band["low"] < 1720 < band["high"] for band in bands)
    status, made = page.ask("/api/page", body)
    assert status == 200
    assert b"<svg" in made or b"data:image/svg" in made
    assert b"<b>acetone" not in made


def test_the_page_needs_nothing_from_elsewhere(page: Page) -> None:
    for name in ("", "page.js", "chart.js", "page.css"):
        status, body = page.ask(f"/{name}")
        assert status == 200
        assert b"https://" not in body
        assert b"//cdn" not in body
    assert page.ask("/../page.js")[0] == 404
    assert page.ask("/static/../../app.py")[0] == 404


def test_attacks_are_answered_in_a_line_and_leave_nothing(page: Page) -> None:
    faults = uploads(page, 120, 0, None) + foreign(page) + absurd(page) + endless(page) + at_once(page, 0)
    assert not faults
    assert not judged(*page.read("a.csv", b"400,0.5\n"))
    assert [path for home in (page.home, page.temporary) for path in home.rglob("*")] == []


def test_a_port_that_is_taken_and_a_missing_part_are_told_in_a_line(
    page: Page, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["serve", "--port", str(page.port)]) == 1
    assert f"port {page.port} cannot be had" in capsys.readouterr().err
    assert main(["serve", "--port", "99999"]) == 2
    monkeypatch.setitem(__import__("sys").modules, "uvicorn", None)
    assert main(["serve"]) == 1
    assert "irjax[page]" in capsys.readouterr().err
