"""The list of wrong answers that people go through by hand."""

import numpy as np
import pytest
from wrong_answers import COLUMNS, rows, tell

from irjax.answers.judge import Judgement
from irjax.data.dataset import Dataset

NAMES, HALF = ("Ketone", "Ester", "Nitrile"), np.full(3, 0.5)
TARGETS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
SAID = np.array([[0.2, 0.6, 0.1], [0.1, 0.9, 0.2], [0.95, 0.1, 0.7]])


def test_each_wrong_decision_is_drawn_once_with_what_is_known_of_it(
    small_dataset: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    judged = Judgement(np.array([5, 3, 8]), TARGETS, SAID, {})
    wrong = (SAID >= HALF) != TARGETS.astype(bool)
    found = list(rows(judged, wrong, HALF, NAMES, small_dataset, 100))
    files = small_dataset.rows["file"]
    assert {(row["file"], row["group"], row["wrong"]) for row in found} == {
        (files[5], "Ketone", "missed"),
        (files[5], "Ester", "too many"),
        (files[8], "Ketone", "too many"),
    }
    assert all(tuple(row) == COLUMNS for row in found)
    [missed] = [row for row in found if row["wrong"] == "missed"]
    assert (missed["probability"], missed["also_wrong"]) == ("0.200", "Ester")
    assert len(list(rows(judged, wrong, HALF, NAMES, small_dataset, 2))) == 2
    tell(judged, wrong, HALF, NAMES, np.array(["gas", "gas", "mull"]))
    said = capsys.readouterr().out
    assert "3 of 9 decisions wrong, in 2 of 3 spectra: 1 groups missed, 2 too many" in said
    assert "| mull | 33% | 33% |" in said
    assert "| Ketone | 1 | 1 | 1 |" in said
    assert "within 0.2 of the threshold: 33%; above 0.9 or below 0.1: 33%" in said
