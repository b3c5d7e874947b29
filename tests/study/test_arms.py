"""Differences between arms, and how the page puts them."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from irjax.chemistry.groups import CORRECTED
from irjax.data.dataset import Dataset
from irjax.errors import UsageError
from irjax.evaluation import intervals
from irjax.evaluation.scores import group_bounds
from irjax.spectra.grid import Grid
from irjax.study import arms, comparisons, study
from irjax.study.arms import Answers, Arm, Row
from irjax.study.page import KEPT, page, verdict
from irjax.study.plan import PLAN
from irjax.study.trainings import Trainings

CHANCE = np.random.default_rng(0)
LABELS = (CHANCE.random((300, 4)) < 0.4).astype(np.uint8)
SKELETONS = np.array([f"M{at // 2}" for at in range(300)], dtype=object)
HALF = np.full(4, 0.5)


def arm(name: str, wrong: float, seeds: int = 3) -> Arm:
    """Networks that answer a share of all decisions wrongly."""
    members = []
    for seed in range(seeds):
        flipped = np.random.default_rng(seed).random(LABELS.shape) < wrong
        members.append(Answers(np.where(flipped, 1 - LABELS, LABELS) * 0.8 + 0.1, HALF))
    return Arm(name, tuple(members), LABELS, SKELETONS)


def test_an_arm_against_itself_shows_no_difference() -> None:
    first, second = arms.rows({"macro-F1": arms.f1_macro}, [arm("a", 0.1), arm("b", 0.1)])
    assert first.difference is None
    assert second.difference == 0
    assert (second.difference_low, second.difference_high) == (0, 0)
    assert verdict(second) == "no difference shown"
    assert first.low < first.value < first.high


def test_a_better_arm_is_called_better_whichever_way_the_figure_points() -> None:
    figures = {"exact match ratio": arms.exact_match, "binary cross-entropy": arms.cross_entropy}
    rows = arms.rows(figures, [arm("bad", 0.3), arm("good", 0.05)])
    assert [verdict(row) for row in rows if row.against] == ["better", "better"]
    rows = arms.rows(figures, [arm("good", 0.05), arm("bad", 0.3)])
    assert [verdict(row) for row in rows if row.against] == ["worse", "worse"]


def test_the_value_is_the_mean_of_the_seeds() -> None:
    (row,) = arms.rows({"exact match ratio": arms.exact_match}, [arm("a", 0.1)])
    each = [((m.probabilities >= 0.5) == LABELS).all(axis=1).mean() for m in arm("a", 0.1).members]
    assert row.value == pytest.approx(np.mean(each))
    assert (row.spectra, row.seeds) == (300, 3)


def test_a_loss_may_lie_above_one() -> None:
    sure = replace(arm("sure", 0.5), members=(Answers(np.where(LABELS == 1, 1e-3, 1 - 1e-3), HALF),))
    [row] = arms.rows({"loss": arms.cross_entropy}, [sure])
    assert 1 < row.low < row.value < row.high


def test_a_groups_f1_is_that_of_its_column() -> None:
    (row,) = arms.rows({"F1": arms.group_f1(2)}, [arm("a", 0.2, seeds=1)])
    found = arm("a", 0.2, seeds=1).members[0].probabilities[:, 2] >= 0.5
    hits = (found & (LABELS[:, 2] == 1)).sum()
    assert row.value == pytest.approx(2 * hits / (found.sum() + LABELS[:, 2].sum()))


def test_a_rare_groups_interval_is_that_of_an_evaluation() -> None:
    labels = np.zeros((300, 1), np.uint8)
    labels[:6] = 1
    all_right = Arm("right", (Answers(labels * 0.8 + 0.1, HALF[:1]),) * 2, labels, SKELETONS)
    (row,) = arms.rows({"F1": arms.group_f1(0)}, [all_right])
    assert (row.value, row.high) == (1.0, 1.0)
    drawn = intervals.bootstrap(SKELETONS)
    low, _ = group_bounds(labels, all_right.members[0].probabilities, HALF[:1], SKELETONS, drawn)["f1"]
    assert row.low == pytest.approx(float(low[0]))
    assert row.low < 0.7


def test_the_page_has_every_comparison_and_says_what_was_not_run() -> None:
    rows = arms.rows({"macro-F1": arms.f1_macro}, [arm("plain loss", 0.2), arm("weighted", 0.1)])
    text = page({"losses": rows}, ["A fact."], left_out={"labels": "it needs the drawn structures (--drawn)"})
    for comparison in PLAN:
        assert f"## {comparison.title}\n" in text
    assert text.count("Not run yet.") == len(PLAN) - 2
    assert "it needs the drawn structures" in text
    (line,) = (line for line in text.splitlines() if "weighted" in line and line.startswith("|"))
    assert line.endswith("| better |")


def test_what_there_is_nothing_to_reckon_from_is_no_number() -> None:
    none = [replace(each, labels=np.zeros_like(LABELS)) for each in (arm("a", 0.0), arm("b", 0.0))]
    rows = arms.rows({"mean average precision": arms.average_precision}, none)
    assert [row.value for row in rows] == [None, None]
    assert "nan" not in page({"losses": rows}, [])
    json.dumps([asdict(row) for row in rows], allow_nan=False)


def test_spectra_are_changed_on_their_own_grid() -> None:
    wide = Grid(400.0, 4000.0, 1800)
    narrow = np.ones((1, 1800), np.float32)
    narrow[0, 900] = 0.5
    for kind in ("resolution", "air", "atr"):
        assert comparisons._altered(kind, wide, narrow).shape == narrow.shape


def test_rows_survive_json() -> None:
    rows = arms.rows({"macro-F1": arms.f1_macro}, [arm("a", 0.2), arm("b", 0.1)])
    assert [Row(**row) for row in json.loads(json.dumps([asdict(row) for row in rows]))] == rows


def test_what_others_wrote_on_the_page_stays() -> None:
    first = page({}, ["A fact."])
    assert KEPT not in first
    again = page({}, ["Another fact."], first + f"\n{KEPT}\n\n## Mine\n")
    assert "Another fact." in again
    assert "A fact." not in again
    assert again.endswith(f"{KEPT}\n\n## Mine\n")
    assert page({}, ["Another fact."], again) == again


def test_a_comparison_that_a_dataset_does_not_allow_is_left_out_and_made_later(
    small_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every molecule of the bundled spectra has one, and nothing was drawn."""
    wanted = [comparison for comparison in PLAN if comparison.name in ("labels", "siblings")]
    monkeypatch.setattr(study, "PLAN", wanted)
    said: list[str] = []
    study.run_study(tmp_path, small_dataset, "small", None, tmp_path / "page.md", said.append)
    assert [line for line in said if line.startswith("left out: ")] == [
        "left out: published labels are judged by the structures as drawn (--drawn)",
        "left out: no molecule of this dataset has a second spectrum",
    ]
    assert not (tmp_path / study.FILE).exists()


def test_drawn_structures_of_other_compounds_judge_nothing(
    small_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "PLAN", [comparison for comparison in PLAN if comparison.name == "labels"])
    drawn, said = tmp_path / "drawn.csv", list[str]()
    drawn.write_text("ID,smiles\nC0,CCO\n")
    study.run_study(tmp_path / "study", small_dataset, "small", drawn, tmp_path / "page.md", said.append)
    assert said[-1] == "left out: no compound of the test part is in the table of structures as drawn (--drawn)"


def test_structures_that_are_handed_in_later_are_used(
    small_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def judged(trainings: Trainings) -> list[Row]:
        if not trainings.drawn:
            raise UsageError("nothing drawn")
        made.extend(trainings.drawn[CORRECTED])
        return arms.rows({"exact match ratio": arms.exact_match}, [arm("a", 0.1)])

    monkeypatch.setattr(study, "PLAN", [replace(PLAN[0], rows=judged)])
    table, said = tmp_path / "drawn.csv", list[str]()
    table.write_text("id,smiles\nacetone,CC(=O)C\nbenzene,c1ccccc1\n")
    for drawn in (None, table, table):
        study.run_study(tmp_path / "study", small_dataset, "small", drawn, tmp_path / "page.md", said.append)
    assert said == [PLAN[0].title, "left out: nothing drawn", PLAN[0].title]
    assert made == ["acetone", "benzene"]  # once: what is found is not made again
    assert "exact match ratio" in (tmp_path / "page.md").read_text()


def test_none_right_of_few_is_no_certainty() -> None:
    never = Arm("never", (Answers(np.full((20, 4), 0.1), HALF),), np.ones((20, 4), np.int8), SKELETONS[:20])
    (row,) = arms.rows({"exact match ratio": arms.exact_match}, [never])
    assert (row.value, row.low) == (0, 0)
    np.testing.assert_allclose(row.high, intervals.wilson(0.0, 10)[1])
