"""The network that ships: what is in the package, that it answers, and what it says of compounds that chemists know."""

import hashlib
import json
import subprocess
import sys
import zipfile
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pandas
import pytest
from ship import numbered

import irjax
from irjax.answers.answer import answer_of
from irjax.answers.files import predict_files
from irjax.answers.predictor import Predictor, load
from irjax.answers.shipped import PRETRAINED, VERSION, run_path, weights_version
from irjax.cli import main
from irjax.data.demo import drawn_acetone
from irjax.engine.outcome import network_as_trained
from irjax.errors import UsageError
from irjax.spectra.spectrum import Spectrum, SpectrumError

ROOT = Path(__file__).resolve().parents[2]
KNOWN = {
    "acetone": ("67-64-1", {"Ketone", "Alkane"}),
    "ethanol": ("64-17-5", {"Alcohol", "Alkane"}),
    "benzonitrile": ("100-47-0", {"Nitrile", "Arene"}),
    "styrene": ("100-42-5", {"Alkene", "Arene"}),
}


@pytest.fixture(scope="module")
def shipped() -> Predictor:
    return irjax.load()


@pytest.fixture(scope="module")
def acetone() -> Spectrum:
    return drawn_acetone()


def test_it_is_small_whole_and_holds_no_pickle(shipped: Predictor) -> None:
    files = {path.name: path.stat().st_size for path in run_path(PRETRAINED).iterdir()}
    needed = {"config.json", "split.json", "weights.safetensors", "answering.json", "version.json"}
    assert set(files) - {"validation.npy"} == needed  # which is there if no test part was kept
    assert sum(files.values()) <= 16 * 2**20
    assert sum(np.size(leaf) for leaf in leaves(shipped.variables["params"])) <= 7_500_000
    assert not shipped.warnings
    assert network_as_trained(shipped.run)  # else the first answer waits for its shapes; scripts/ship.py notes it


def test_its_version_is_that_of_its_weights_and_of_its_card() -> None:
    said = json.loads((run_path(PRETRAINED) / VERSION).read_text())
    checksum = hashlib.sha256((run_path(PRETRAINED) / "weights.safetensors").read_bytes()).hexdigest()
    assert said["weights"] == checksum
    assert weights_version() == f"{said['version']} ({said['date']}, {checksum[:8]})"
    day = date.fromisoformat(said["date"])
    assert f"Version {said['version']}, {day.day} {day:%B %Y}." in (ROOT / "docs/model-card.md").read_text()


def test_other_weights_get_the_next_number() -> None:
    said = json.loads((run_path(PRETRAINED) / VERSION).read_text())
    assert numbered(said["weights"]) == said
    assert numbered("0" * 64) == {"version": said["version"] + 1, "date": f"{date.today()}", "weights": "0" * 64}


def leaves(tree: object) -> list[np.ndarray]:
    return [leaf for each in tree.values() for leaf in leaves(each)] if isinstance(tree, dict) else [np.asarray(tree)]


def test_a_curve_without_bands_has_no_group_and_says_why(shipped: Predictor) -> None:
    x, chance = np.linspace(400, 4000, 600), np.random.default_rng(0)
    for _ in range(5):
        walk = np.cumsum(chance.normal(size=x.size))
        answer = shipped.predict(x, 0.1 + np.ptp(walk) ** -1 * (walk - walk.min()), "absorbance")
        assert (list(answer.present), answer.exact, len(answer.uncertain)) == ([], None, len(answer.groups))
        assert any("nothing is said of any group" in warning for warning in answer.warnings)


def test_it_answers_whatever_it_is_handed(shipped: Predictor, acetone: Spectrum, tmp_path: Path) -> None:
    text = "cm-1,absorbance\n" + "".join(
        f"{x},{y}\n" for x, y in zip(acetone.wavenumber, acetone.absorbance, strict=True)
    )
    (tmp_path / "acetone.csv").write_text(text)
    answers = [
        shipped.predict(acetone),
        shipped.predict(tmp_path / "acetone.csv"),
        shipped.predict(text.encode()),
        shipped.predict(acetone.wavenumber, acetone.absorbance, "absorbance"),
        shipped.predict(list(acetone.wavenumber), list(100 * acetone.transmittance), "percent"),
    ]
    for answer in answers:
        assert "Ketone" in answer.present
        np.testing.assert_allclose(
            [group.probability for group in answer], [group.probability for group in answers[0]], atol=1e-4
        )
    with pytest.raises(UsageError, match="no ordinate"):
        shipped.predict(acetone.wavenumber, acetone.absorbance, "furlongs")
    with pytest.raises(UsageError, match="do not say what their ordinate is; y_units tells: absorbance"):
        shipped.predict(acetone.wavenumber, acetone.absorbance)
    with (tmp_path / "acetone.csv").open() as file, pytest.raises(UsageError, match="not a TextIOWrapper"):
        shipped.predict(file)
    with pytest.raises(UsageError, match="not a list of float"):
        shipped.predict([4000.0, 3998.0])
    with pytest.raises(UsageError, match="not a DataFrame"):
        shipped.predict(pandas.DataFrame({"cm-1": [4000.0]}))
    assert len(shipped.predict([])) == 0
    with pytest.raises(UsageError, match="wavenumbers alone"):
        shipped.predict(acetone.wavenumber)
    with pytest.raises(UsageError, match="expected one spectrum"):
        shipped.explain([str(tmp_path / "acetone.csv")])
    for read in (bytearray, memoryview):
        held = read((tmp_path / "acetone.csv").read_bytes())
        assert shipped.predict(held).groups == shipped.predict(bytes(held)).groups
    with pytest.raises(SpectrumError, match=r"is it in µm\? they are 10,000 / µm"):
        shipped.predict(1e4 / acetone.wavenumber, acetone.absorbance, "absorbance")
    with pytest.raises(UsageError, match="no kind of spectra 'gas'; expected mull"):
        shipped.answering.bounds(0.1, "gas")
    with pytest.raises(SpectrumError, match="one length"):
        shipped.predict(acetone.wavenumber, acetone.absorbance[1:], "absorbance")


def test_an_answer_is_what_the_contract_says(shipped: Predictor, acetone: Spectrum) -> None:
    answer = shipped.predict(acetone)
    record = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert sorted((*answer.present, *answer.absent, *answer.uncertain)) == sorted(shipped.run.names)
    with pytest.raises(KeyError, match="no group 'ketone'; there is Ketone"):
        answer["ketone"]
    assert set(record) == {"file", "groups", "exact", "warnings"}
    assert [group["name"] for group in record["groups"]] == list(shipped.run.names)
    alone = [
        each["probability"] if each["answer"] == "present" else 1 - each["probability"] for each in record["groups"]
    ]
    assert 0 <= record["exact"] <= min(alone)  # the chance of all is none of one's
    assert answer["Ketone"].answer == "present"
    with pytest.raises(KeyError):
        answer["Ketones"]
    with pytest.raises(TypeError, match=r"is 'Ketone' in answer\.present\?"):
        _ = "Ketone" in answer
    assert repr(answer).startswith("<Answer ")
    assert "Alkane, Ketone present; " in repr(answer)
    assert "version" in repr(shipped)
    assert len(repr(shipped.run)) < 5000


def test_fewer_errors_leave_more_uncertain(shipped: Predictor, acetone: Spectrum) -> None:
    numbers = [len(shipped.predict(acetone, error=error).uncertain) for error in (0.3, 0.1, 0.02)]
    assert numbers == sorted(numbers)


def test_ground_solids_are_promised_for_apart_once_the_phase_is_told(
    shipped: Predictor, acetone: Spectrum, tmp_path: Path
) -> None:
    rows = "\n".join(f"{x},{y}" for x, y in zip(acetone.wavenumber, acetone.transmittance, strict=True))
    said, bare = tmp_path / "said.csv", tmp_path / "bare.csv"
    said.write_text(f"State: Nujol mull\nwavenumber,transmittance\n{rows}\n")
    bare.write_text(f"wavenumber,transmittance\n{rows}\n")
    strict = partial(shipped.predict, error=0.05)  # by which these bounds differ where the spectrum lies
    assert strict(bare, phase="mull").groups == strict(said).groups != strict(bare).groups
    assert strict(said, phase="unknown").groups == strict(bare).groups
    wanted = shipped.predict(said)
    [record] = predict_files(shipped, [str(bare)], phase="mull")
    assert record["groups"] == wanted.to_dict()["groups"]
    explained = shipped.explain(bare, phase="mull").answer
    assert explained.groups == wanted.groups
    assert (explained.phase, wanted.phase, shipped.predict(bare).phase) == ("mull", "mull", "unknown")
    with pytest.raises(UsageError, match="no phase 'tablet'; expected gas"):
        shipped.predict(bare, phase="tablet")


def test_a_table_of_files_goes_on_after_a_bad_one(shipped: Predictor, acetone: Spectrum, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("nothing")
    table = shipped.predict([acetone, str(tmp_path / "bad.csv")])
    rows = table if isinstance(table, list) else table.to_dict("records")
    assert "Ketone" in rows[0]["present"]
    assert "no two columns" in rows[1]["error"]
    assert rows[1]["present"] == rows[1]["warnings"] == ()
    bad_first = shipped.predict([str(tmp_path / "bad.csv"), acetone])
    assert list(bad_first.columns) == list(table.columns)
    assert {"exact", "error"} <= set(shipped.predict([]).columns)
    [only] = shipped.predict([acetone]).to_dict("records")
    assert only["error"] == ""
    assert only["exact"] == pytest.approx(shipped.predict(acetone).exact)


def test_groups_whose_bands_were_not_measured_are_uncertain(shipped: Predictor, acetone: Spectrum) -> None:
    below = acetone.wavenumber < 900
    answer = shipped.predict(acetone.wavenumber[below], acetone.absorbance[below], "absorbance")
    assert answer["Ketone"].answer == answer["Nitrile"].answer == "uncertain"
    assert answer.exact is None
    assert any("leaves out bands" in warning and "Ketone" in warning for warning in answer.warnings)
    above = acetone.wavenumber > 1500
    answer = shipped.predict(acetone.wavenumber[above], acetone.absorbance[above], "absorbance")
    assert answer["Alkane"].answer == "present"
    assert answer["Ether"].answer == "uncertain"
    [warning] = [warning for warning in answer.warnings if "leaves out bands" in warning]
    assert "Ether" in warning
    assert "Ketone" not in warning


@pytest.mark.parametrize(("level", "why"), [(0.9, "a straight line from"), (0.001, "no light comes through from")])
def test_groups_of_bands_that_were_cut_out_or_had_no_light_are_not_called_absent(
    shipped: Predictor, acetone: Spectrum, level: float, why: str
) -> None:
    cut = (acetone.wavenumber > 1950) & (acetone.wavenumber < 2400)
    light = np.where(cut, level + 0.0005 * (level < 0.5) * np.sin(acetone.wavenumber**2), acetone.transmittance)
    answer = shipped.predict(acetone.wavenumber, light, "transmittance")
    assert shipped.predict(acetone)["Nitrile"].answer == "absent"
    assert answer["Nitrile"].answer == answer["Isothiocyanate"].answer == "uncertain"
    assert answer["Ketone"].answer == "present"
    assert answer.exact is None
    assert any(why in warning for warning in answer.warnings)
    assert any("nothing is said of them: " in warning and "Nitrile" in warning for warning in answer.warnings)


@pytest.mark.parametrize("name", KNOWN)
def test_compounds_that_chemists_know(name: str, shipped: Predictor, instrument_files: Path) -> None:
    number, groups = KNOWN[name]
    answer = shipped.predict(instrument_files / "jcamp" / "nist" / f"{number}.jdx")
    assert set(answer.present) == groups, answer.to_dict()


def test_acetic_acid_of_the_collection(shipped: Predictor, nist: Path) -> None:
    with zipfile.ZipFile(nist / "nist_IR.zip") as archive:
        answer = shipped.predict(archive.read("C64197_IR_0.jdx"))
    assert set(answer.present) == {"Alkane", "Carboxylic acid"}, answer.to_dict()


def test_a_weak_band_leaves_a_group_uncertain_not_absent(shipped: Predictor, instrument_files: Path) -> None:
    """The nitrile band of gaseous acetonitrile is among its weakest."""
    answer = shipped.predict(instrument_files / "jcamp" / "nist" / "75-05-8.jdx")
    assert "Alkane" in answer.present
    assert answer["Nitrile"].answer in ("present", "uncertain")


def test_the_command_line_needs_no_run(acetone: Spectrum, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = zip(acetone.wavenumber, acetone.absorbance, strict=True)
    (tmp_path / "a.csv").write_text("cm-1,absorbance\n" + "".join(f"{x},{y}\n" for x, y in rows))
    assert main(["predict", str(tmp_path / "a.csv"), "--format", "json"]) == 0
    [record] = json.loads(capsys.readouterr().out)
    assert [group["answer"] for group in record["groups"] if group["name"] == "Ketone"] == ["present"]
    page = tmp_path / "a.html"
    words = [sys.executable, "-m", "irjax", "explain", tmp_path / "a.csv", "--html", page, "--json", "-"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ketone = next(group for group in json.loads(done.stdout)["groups"] if group["name"] == "Ketone")
    assert any(band["known"] == "C=O stretch" for band in ketone["bands"])
    assert "C=O stretch" in page.read_text()
    assert main(["predict", str(tmp_path / "a.csv"), "--error", "2"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_word_stands_for_it() -> None:
    assert load(PRETRAINED).run.path == run_path(PRETRAINED)


def test_what_is_never_called_present_says_so(shipped: Predictor) -> None:
    """Of alkenes in mulls some of the surest answers were wrong, so that none of them keeps the promise."""
    surely = np.full(len(shipped.run.names), 0.99)
    for phase, unreached in (("mull", {"Alkene", "Acid anhydride"}), ("gas", {"Acid anhydride"})):
        answer = answer_of("a.csv", shipped.record(surely, phase=phase), [])
        noted = {group.name for group in answer if group.note == "likely, but cannot be promised here"}
        assert noted == set(answer.uncertain)
        assert noted & {"Alkene", "Acid anhydride"} == unreached
        assert {each["name"] for each in answer.to_dict()["groups"] if "note" in each} == noted


def test_a_group_that_is_present_below_one_half_says_so(shipped: Predictor) -> None:
    hardly = np.full(len(shipped.run.names), 0.4)
    for phase in ("mull", "gas"):
        answer = answer_of("a.csv", shipped.record(hardly, phase=phase), [])
        noted = {group.name for group in answer if group.note}
        assert {group.note for group in answer} <= {"", "may as well not be there"}
        assert noted == set(answer.present)
    assert {"Nitrile", "Alkyne"} <= noted
    row = np.full(shipped.run.grid.points, np.nan, np.float32)
    row[-50:] = 0.5
    unseen = shipped.answer("a.csv", row, [], hardly, phase="gas")["Nitrile"]
    assert (unseen.answer, unseen.note) == ("uncertain", "")
