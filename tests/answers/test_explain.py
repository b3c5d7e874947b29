"""The bands behind an answer, on a network whose reasons are known; and the page that shows them."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from irjax import __version__
from irjax.answers.answer import Answer, Group
from irjax.answers.explain import Explanation, RestsOn, Similar, _bands, attribution, explain, flattened, most_similar
from irjax.answers.predictor import Predictor
from irjax.data.computed import broadened, computed_spectra
from irjax.data.dataset import Dataset
from irjax.errors import InputError, UsageError
from irjax.evaluation.calibration import uncalibrated
from irjax.pages.answer import page, picture, write_answer
from irjax.spectra.grid import INFRARED
from irjax.spectra.resample import resample

NITRILE, KETONE = 2240.0, 1715.0


class Knowing:
    """Stands where a network stands: its first output looks at one band, its second at another."""

    class answering:  # noqa: N801
        calibration = uncalibrated(2)

    class run:  # noqa: N801
        grid = INFRARED

    def outputs(self, rows: np.ndarray) -> np.ndarray:
        at = [np.abs(INFRARED.values - place).argmin() for place in (NITRILE, KETONE)]
        return 10 * -np.log10(rows[:, at])


def spectrum() -> np.ndarray:
    depth = sum(np.exp(-0.5 * ((INFRARED.values - place) / 8) ** 2) for place in (NITRILE, KETONE, 3000.0))
    return (10 ** (-0.8 * depth)).astype(np.float32)


def test_flattening_takes_a_band_away_and_nothing_else() -> None:
    row = spectrum()
    first, last = (int(np.abs(INFRARED.values - place).argmin()) for place in (NITRILE - 50, NITRILE + 50))
    flat = flattened(row, first, last)
    assert flat[first : last + 1].min() > 0.98
    np.testing.assert_array_equal(np.delete(flat, range(first, last + 1)), np.delete(row, range(first, last + 1)))
    gapped = row.copy()
    gapped[first + 3] = np.nan
    assert np.isnan(flattened(gapped, first, last)).sum() == 1


def test_what_a_network_looks_at_is_found() -> None:
    falls = attribution(Knowing(), spectrum())  # type: ignore[arg-type]
    for group, place, at in (("Nitrile", NITRILE, 0), ("Ketone", KETONE, 1)):
        [band] = _bands(group, falls[:, at], spectrum(), INFRARED)
        assert band.low < place < band.high
        assert band.high - band.low < 150
        assert band.weight > 0.7
        assert band.known is not None
        assert not band.faint
    assert _bands("Ketone", falls[:, 0], spectrum(), INFRARED)[0].known is None
    assert _bands("Ketone", np.zeros(600), spectrum(), INFRARED) == ()


def test_a_band_where_hardly_anything_absorbs_is_called_so() -> None:
    falls = np.where(np.abs(INFRARED.values - 2000) < 40, 1.0, 0.0)
    for depth, faint in ((0.002, True), (0.05, False)):
        row = spectrum() * 10 ** -(depth * np.exp(-0.5 * ((INFRARED.values - 2000) / 8) ** 2))
        assert [band.faint for band in _bands("Ketone", falls, row, INFRARED)] == [faint]


def test_an_explanation_has_everything(predictor: Predictor, small_dataset: Dataset) -> None:
    acetone = next(broadened(molecule) for molecule in computed_spectra() if molecule.cas == "67-64-1")
    found = explain(predictor, acetone, small_dataset)
    record = found.to_dict()
    assert set(record) == {"file", "groups", "exact", "warnings", "similar"}
    assert all(set(group) == {"name", "probability", "answer", "bands"} for group in record["groups"])
    assert len(record["similar"]) == 5
    assert record["similar"][0]["similarity"] <= 1


def test_a_spectrum_is_most_like_itself(small_dataset: Dataset) -> None:
    best, second, *_ = most_similar(np.array(small_dataset.values[17]), small_dataset)
    assert best.id == small_dataset.rows["id"][17]
    assert best.similarity == pytest.approx(1, abs=1e-5)
    assert second.similarity < 1


def test_a_spectrum_of_which_nothing_is_shared_is_like_none(small_dataset: Dataset) -> None:
    row = np.full(small_dataset.grid.points, np.nan, np.float32)
    row[:20] = np.linspace(0.2, 0.9, 20)
    values = np.array(small_dataset.values)
    values[:, :20] = np.nan
    assert most_similar(row, replace(small_dataset, values=values)) == ()


def test_the_page_stands_alone_and_nothing_in_it_is_markup(tmp_path: Path) -> None:
    bad = "<script>alert(1)</script>[/b]&amp;"
    groups = (Group("Ketone", 0.97, "present"), Group("Ether", 0.5, "uncertain"), Group("Amide", 0.001, "absent"))
    answer = Answer(bad, groups, 0.8, (bad,), phase="pellet")
    bands = {"Ketone": (RestsOn(1690, 1740, 0.8, "C=O stretch", True),), "Ether": (), "Amide": ()}
    found = Explanation(answer, spectrum(), INFRARED, bands, (Similar("1", bad, bad, "", 0.9),), 0.05, bad)
    text = page(found, bad)
    assert "asked of a pellet" in text
    assert repr(found) == f"<Explanation of {answer!r} by {bad}>"
    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 6  # title, heading, warning, reference, its structure, network
    assert "http" not in text.replace("http-equiv", "")
    for words in (
        "Present",
        "Cannot tell",
        "Absent",
        "1690–1740",
        "<em>C=O stretch</em>&nbsp;80&nbsp;% (hardly absorbs)",
        "at most 5&nbsp;%",
        "asked of a pellet",
        str(date.today()),
        __version__,
        "below 1&nbsp;%: Amide",
    ):
        assert words in text
    assert text.count("data:image/svg+xml;base64,") == 2  # a spectrum for a wide screen, one for a narrow
    assert '<source media="(max-width: 34rem)"' in text
    assert "@media (max-width: 34rem)" in text
    none = replace(found, answer=replace(answer, groups=groups[1:], phase="unknown"))
    assert "No group is called present; the chance that there is none: 80&nbsp;%" in page(none, "acetone")
    assert "whose phase is not stated" in page(none, "acetone")
    write_answer(tmp_path / "a.html", replace(found, similar=()), "acetone")
    assert (tmp_path / "a.html").read_text().startswith("<!DOCTYPE html>")
    with pytest.raises(InputError, match="cannot be written"):
        write_answer(tmp_path / "nowhere" / "a.html", found, "acetone")
    assert not (tmp_path / "nowhere").exists()


def test_the_picture_marks_the_bands_of_what_is_present() -> None:
    groups = (Group("Ketone", 0.97, "present"), Group("Nitrile", 0.9, "present"), Group("Amide", 0.3, "uncertain"))
    bands = {"Ketone": (RestsOn(1690, 1740, 0.8, None, False), RestsOn(1200, 1250, 0.1, None, False))}
    bands |= {"Nitrile": (RestsOn(2220, 2260, 0.9, None, False),), "Amide": (RestsOn(1600, 1650, 0.9, None, False),)}
    found = Explanation(Answer("a", groups, None, ()), spectrum(), INFRARED, bands, (), 0.1, "n")
    drawn = picture(found, doubled=False)
    [ax], [legend] = drawn.axes, drawn.legends
    assert [text.get_text() for text in legend.get_texts()] == ["Ketone", "Nitrile"]
    assert sorted(patch.get_x() for patch in ax.patches if isinstance(patch, Rectangle)) == [1200, 1690, 2220]
    assert ax.get_xlim() == (4000, 400)
    assert not picture(replace(found, bands=dict.fromkeys(bands, ()))).legends


def test_a_predictor_explains_whatever_it_predicts(predictor: Predictor, tmp_path: Path) -> None:
    acetone = next(broadened(molecule) for molecule in computed_spectra() if molecule.cas == "67-64-1")
    rows = zip(acetone.wavenumber, acetone.transmittance, strict=True)
    (tmp_path / "a.csv").write_text("wavenumber,transmittance\n" + "".join(f"{x},{y}\n" for x, y in rows))
    wanted = explain(predictor, acetone).bands
    assert predictor.explain(acetone).bands == wanted
    assert predictor.explain(tmp_path / "a.csv").bands == wanted
    assert predictor.explain((tmp_path / "a.csv").read_bytes()).bands == wanted
    assert predictor.explain(acetone.wavenumber, acetone.transmittance, "transmittance").bands == wanted
    with pytest.raises(UsageError, match="wavenumbers alone"):
        predictor.explain(acetone.wavenumber)


def test_other_spectra_have_no_group_frequencies(predictor: Predictor, small_dataset: Dataset) -> None:
    class Other:
        run = replace(predictor.run, grid=replace(predictor.run.grid, unit="2theta"))
        answering = predictor.answering

    acetone = next(broadened(molecule) for molecule in computed_spectra() if molecule.cas == "67-64-1")
    with pytest.raises(UsageError, match="no functional groups"):
        explain(Other(), acetone)  # type: ignore[arg-type]


def test_resampled_rows_are_what_is_drawn(predictor: Predictor) -> None:
    acetone = next(broadened(molecule) for molecule in computed_spectra() if molecule.cas == "67-64-1")
    np.testing.assert_array_equal(explain(predictor, acetone).row, resample(acetone))
