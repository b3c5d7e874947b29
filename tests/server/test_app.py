"""What the local page answers over HTTP: what the command line answers, bands, and refusals of what is not its own."""

import asyncio
import http.client
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from attack_page import Page, absurd, at_once, endless, foreign, judged, uploads

import irjax.server.app
from irjax.answers.files import predict_files
from irjax.answers.predictor import Predictor, load
from irjax.cli import main
from irjax.server.analyst import Analyst
from irjax.server.app import application
from irjax.spectra.spectrum import Spectrum

STATIC = Path(irjax.server.app.__file__).parent / "static"


@pytest.fixture(scope="module")
def shipped() -> Predictor:
    return load()


def records(body: bytes) -> list[dict]:
    return [json.loads(line) for line in body.splitlines()]


def test_an_upload_is_answered_as_the_command_line_answers(page: Page, spectra: Path, shipped: Predictor) -> None:
    status, body = page.read("acetone.csv", (spectra / "acetone.csv").read_bytes())
    [record] = records(body)
    [wanted] = predict_files(shipped, [str(spectra / "acetone.csv")])
    assert status == 200
    assert record["file"] == "acetone.csv"
    assert record["groups"] == wanted["groups"]
    assert record["exact"] == wanted["exact"]
    assert len(record["spectrum"]) == 1800
    assert not record["picture"]
    assert [group["answer"] for group in record["groups"] if group["name"] == "Ketone"] == ["present"]


def test_what_is_told_of_the_sample_counts(page: Page, spectra: Path, shipped: Predictor) -> None:
    content = (spectra / "acetone.csv").read_bytes()
    [record] = records(page.read("acetone.csv", content, phase="pellet")[1])
    [wanted] = predict_files(shipped, [str(spectra / "acetone.csv")], phase="pellet")
    assert (record["phase"], record["groups"]) == ("pellet", wanted["groups"])
    status, refused = page.read("acetone.csv", content, phase="tablet")
    assert (status, "no phase 'tablet'" in json.loads(refused)["error"]) == (422, True)


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
    status, refused = page.read("torn.zip", b"no zip")
    assert status == 422
    assert json.loads(refused)["error"].startswith("torn.zip: ")
    assert page.read("empty.zip", b"PK\x05\x06" + bytes(18))[0] == 422


def test_a_table_of_several_spectra_is_answered_spectrum_by_spectrum(
    page: Page, spectra: Path, acetone: Spectrum, shipped: Predictor
) -> None:
    rows = zip(acetone.wavenumber, acetone.transmittance, acetone.transmittance**0.5, strict=True)
    table = "wavenumber,acetone,a thinner layer\n" + "".join(f"{x:.1f},{y:.5f},{z:.5f}\n" for x, y, z in rows)
    status, body = page.read("plate.csv", table.encode())
    wanted = predict_files(shipped, [str(spectra / "acetone.csv"), str(spectra / "thinner.csv")])
    assert status == 200
    assert [(each["file"], each["groups"]) for each in records(body)] == [
        (name, each["groups"])
        for name, each in zip(("plate.csv/acetone", "plate.csv/a_thinner_layer"), wanted, strict=True)
    ]


def test_a_table_that_cannot_be_parted_is_one_error(page: Page) -> None:
    [record] = records(page.read("torn.csv", b"400,402,404,406,408,410,412,414,416,418,420,422\n")[1])
    assert record["file"] == "torn.csv"
    assert "a table on its side" in record["error"]


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
    for name in ("", *(file.name for file in STATIC.iterdir() if file.suffix in (".js", ".css"))):
        status, body = page.ask(f"/{name}")
        assert status == 200
        assert b"https://" not in body
        assert b"//cdn" not in body
    assert page.ask("/../page.js")[0] == 404
    assert page.ask("/static/../../app.py")[0] == 404


def test_every_answer_tells_the_browser_to_do_no_more_with_it(page: Page) -> None:
    for path in ("/", "/api/about", "/nothing", "/api/answers"):
        connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=20)
        connection.request("GET", path)
        reply = connection.getresponse()
        assert "default-src 'none'" in (reply.getheader("Content-Security-Policy") or ""), path
        assert reply.getheader("X-Content-Type-Options") == "nosniff"
        connection.close()


def asked(shipped: Predictor, port: int, path: str, host: str, chunks: int = 0) -> tuple[int, bytes]:
    """What the page on a port answers to a request whose body comes a chunk each tenth of a second."""
    sent: list[dict[str, Any]] = []
    left = iter(range(chunks))

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.1)
        return {"type": "http.request", "body": b"400,0.5\n", "more_body": next(left, None) is not None}

    async def send(message: Any) -> None:
        sent.append(message)

    where, _, query = path.partition("?")
    scope = {"type": "http", "method": "POST" if chunks else "GET", "path": where, "query_string": query.encode()}
    scope |= {"headers": [(b"host", host.encode())], "root_path": "", "http_version": "1.1", "scheme": "http"}
    asyncio.run(application(Analyst(shipped), port)(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize(("port", "status"), [(80, 200), (81, 403)])
def test_browsers_leave_out_the_usual_port(port: int, status: int, shipped: Predictor) -> None:
    assert asked(shipped, port, "/api/about", "127.0.0.1")[0] == status


def test_an_upload_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch, shipped: Predictor) -> None:
    monkeypatch.setattr(irjax.server.app, "_LONGEST", 0.25)
    status, body = asked(shipped, 81, "/api/answers?name=a.csv", "127.0.0.1:81", chunks=10)
    assert (status, "too long" in json.loads(body)["error"]) == (408, True)


def test_axes_that_are_no_numbers_are_told_how_to_write_them(page: Page) -> None:
    status, body = page.read("a.png", b"", chart_x="abc")
    assert (status, "as 4000,400" in json.loads(body)["error"]) == (422, True)


def test_attacks_are_answered_in_a_line_and_leave_nothing(page: Page) -> None:
    faults = uploads(page, 120, 0, None) + foreign(page) + absurd(page) + endless(page) + at_once(page, 0, None)
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
