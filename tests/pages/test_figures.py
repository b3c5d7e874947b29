"""Figures draw the data they are given."""

import base64
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from drawn_figures import NAMES, PNG_END, PNG_START, Judged, N
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from scipy.stats import binomtest
from sklearn.metrics import average_precision_score, precision_recall_curve

from irjax.evaluation import metrics
from irjax.evaluation.intervals import plain
from irjax.pages import figures as draw

Measured = tuple[np.ndarray, np.ndarray]


def line(ax: Axes, label: str) -> Line2D:
    """The line whose label starts so."""
    return next(line for line in ax.get_lines() if str(line.get_label()).startswith(label))


def x_of(line: Line2D) -> np.ndarray:
    return np.asarray(line.get_xdata(), float)


def y_of(line: Line2D) -> np.ndarray:
    return np.asarray(line.get_ydata(), float)


def bars(ax: Axes) -> np.ndarray:
    """Ends of the intervals that are drawn, [bars, end, x or y]."""
    (collection,) = ax.collections
    assert isinstance(collection, LineCollection)
    return np.array([segment for segment in collection.get_segments() if len(segment)])


@pytest.fixture
def measured() -> Measured:
    """Wavenumber, transmittance with a gap."""
    wavenumber = np.linspace(400, 4000, 600)
    transmittance = 1 - 0.8 * np.exp(-(((wavenumber - 1715) / 20) ** 2))
    transmittance[300:340] = np.nan
    return wavenumber, transmittance


def test_a_spectrum_runs_from_4000_to_400_in_percent_and_keeps_its_gaps(measured: Measured) -> None:
    ax = draw.spectrum(*measured, title="Ketone, 50$ a gram").axes[0]
    assert ax.get_xlim() == (4000, 400)
    np.testing.assert_array_equal(x_of(ax.get_lines()[0]), measured[0])
    np.testing.assert_allclose(y_of(ax.get_lines()[0]), 100 * measured[1])
    assert np.isnan(y_of(ax.get_lines()[0])).sum() == 40
    low, high = ax.get_ylim()
    assert low < 100 * np.nanmin(measured[1]) < 100 < high


def test_a_weak_spectrum_on_an_offset_has_a_scale_of_its_own(measured: Measured) -> None:
    wavenumber, transmittance = measured
    low, high = draw.spectrum(wavenumber, 0.126 * transmittance**0.01).axes[0].get_ylim()
    assert 11 < low < 12.4 < 12.6 < high < 13
    low, high = draw.spectrum(wavenumber, 0.6 * transmittance).axes[0].get_ylim()
    assert high > 100
    low, high = draw.spectrum(wavenumber, transmittance**0.001).axes[0].get_ylim()
    assert 89 < low < 90 < 100 < high


def test_doubled_gives_twice_the_width_below_2000(measured: Measured) -> None:
    figure = draw.spectrum(*measured, doubled=True)
    ax = figure.axes[0]
    place = {x: ax.transData.transform((x, 50))[0] for x in (4000, 3000, 2000, 1000, 400)}
    above = (place[3000] - place[4000]) / 1000
    assert above > 0
    assert (place[2000] - place[3000]) / 1000 == pytest.approx(above)
    assert (place[1000] - place[2000]) / 1000 == pytest.approx(2 * above)
    assert (place[400] - place[1000]) / 600 == pytest.approx(2 * above)
    assert {4000, 2000, 400} <= set(ax.get_xticks())


@pytest.mark.parametrize("doubled", [False, True])
@pytest.mark.parametrize("narrow", [False, True])
def test_no_two_numbers_below_a_spectrum_touch(measured: Measured, doubled: bool, narrow: bool) -> None:
    figure = draw.spectrum(*measured, doubled=doubled, narrow=narrow)
    FigureCanvasAgg(figure).draw()
    boxes = sorted(
        (label.get_window_extent() for label in figure.axes[0].get_xticklabels() if label.get_text()),
        key=lambda box: box.x0,
    )
    assert len(boxes) >= 5
    assert all(left.x1 + 2 < right.x0 for left, right in pairwise(boxes))


def test_nothing_measured_can_be_drawn() -> None:
    wavenumber = np.linspace(400, 4000, 600)
    assert draw.as_data_uri(draw.spectrum(wavenumber, np.full(600, np.nan)))


def test_a_title_is_no_formula(measured: Measured, tmp_path: Path) -> None:
    draw.png(draw.spectrum(*measured, title=r"$x^{$.jdx"), tmp_path / "spectrum.png")


def test_groups_stand_from_the_best_f1_to_those_without_a_spectrum(found: dict) -> None:
    ax = draw.group_scores(found).axes[0]
    groups = found["groups"]
    order = [label.get_text().rpartition(" (")[0] for label in ax.get_yticklabels()]
    assert sorted(order) == sorted(NAMES)
    assert order[-1] == "Thial"
    assert [text.get_text() for text in ax.texts] == ["no spectrum has it"]
    known = [groups[name]["f1"] for name in order[:-1]]
    assert known == sorted(known, reverse=True)
    for label, metric in (("F1", "f1"), ("Precision", "precision"), ("Recall", "recall")):
        drawn = line(ax, label)
        np.testing.assert_allclose(x_of(drawn)[:-1], [groups[name][metric] for name in order[:-1]])
        assert np.isnan(x_of(drawn)[-1])
        np.testing.assert_array_equal(y_of(drawn), range(len(order)))
    np.testing.assert_allclose(bars(ax)[:, :, 0], [groups[name]["intervals"]["f1"] for name in order[:-1]])
    bottom, top = ax.get_ylim()
    assert bottom > top  # the first row is the upper one


def test_average_precisions_stand_beside_prevalence(found: dict, judged: Judged) -> None:
    ax = draw.average_precisions(found).axes[0]
    order = [label.get_text().rpartition(" (")[0] for label in ax.get_yticklabels()][:-1]
    share: dict[str, float] = dict(zip(NAMES, judged[0].mean(axis=0), strict=True))
    np.testing.assert_allclose(x_of(line(ax, "By chance"))[:-1], [share[name] for name in order])
    wanted = [found["groups"][name]["average_precision"] for name in order]
    np.testing.assert_allclose(x_of(line(ax, "Average precision"))[:-1], wanted)


def test_accuracies_of_presence_and_absence(found: dict) -> None:
    ax = draw.accuracies(found).axes[0]
    order = [label.get_text().rpartition(" (")[0] for label in ax.get_yticklabels()]
    for label, metric in (("Accuracy of presence", "accuracy_presence"), ("Accuracy of absence", "accuracy_absence")):
        wanted = np.array([found["groups"][name][metric] for name in order], float)
        np.testing.assert_allclose(x_of(line(ax, label)), wanted)
    assert order[-1] == "Thial"
    assert not math.isnan(x_of(line(ax, "Accuracy of absence"))[-1])


def test_exact_match_by_number_of_groups(judged: Judged) -> None:
    labels, probabilities, thresholds = judged
    ax = draw.exact_match(*judged).axes[0]
    exact = ((probabilities >= thresholds) == labels).all(axis=1)
    size = labels.sum(axis=1)
    numbers = sorted(set(size.tolist()))
    np.testing.assert_array_equal(x_of(ax.get_lines()[0]), numbers)
    np.testing.assert_allclose(y_of(ax.get_lines()[0]), [exact[size == number].mean() for number in numbers])
    shown = [label.get_text() for label in ax.get_xticklabels()]
    assert shown == [f"{number}\n({(size == number).sum()})" for number in numbers]
    hits = [binomtest(int(exact[size == number].sum()), int((size == number).sum())) for number in numbers]
    wanted = [hit.proportion_ci(method="wilson") for hit in hits]
    np.testing.assert_allclose(bars(ax)[:, :, 1], [(bounds.low, bounds.high) for bounds in wanted], atol=1e-4)


def test_exact_match_by_classes_takes_each_once_from_the_most_frequent(judged: Judged) -> None:
    labels, probabilities, thresholds = judged
    assert labels[:, 2].sum() == labels[:, 4].sum() > labels[:, 3].sum() > labels[:, 1].sum() == 0
    order = [0, 2, 4, 3, 1]  # of two as frequent, the first in the vocabulary
    right = (probabilities >= thresholds) == labels
    drawn = draw.exact_match(*judged).axes[1].get_lines()[0]
    np.testing.assert_array_equal(x_of(drawn), range(1, 6))
    np.testing.assert_allclose(y_of(drawn), [right[:, order[:k]].all(axis=1).mean() for k in range(1, 6)])
    ratio = metrics.exact_match_ratio(labels, probabilities >= thresholds, plain(N))[0]
    assert y_of(drawn)[-1] == pytest.approx(ratio)


def test_precision_recall_equals_scikit_learn(judged: Judged) -> None:
    labels, probabilities, _ = judged
    panels = [ax for ax in draw.precision_recall(labels, probabilities, NAMES).axes if ax.get_visible()]
    assert [ax.get_title().split("\n")[0] for ax in panels] == ["Arene", "Alcohol", "Ester", "Ether"]
    for ax, at in zip(panels, (0, 2, 3, 4), strict=True):
        drawn = ax.get_lines()[1]
        assert drawn.get_drawstyle() == "steps-pre"
        precision, recall, _ = precision_recall_curve(labels[:, at], probabilities[:, at])
        np.testing.assert_allclose(x_of(drawn)[1:], recall[-2::-1])
        np.testing.assert_allclose(y_of(drawn)[1:], precision[-2::-1])
        area = (np.diff(x_of(drawn)) * y_of(drawn)[1:]).sum()
        wanted = average_precision_score(labels[:, at], probabilities[:, at])
        assert area == pytest.approx(wanted)
        assert ax.get_title().endswith(f"AP {wanted:.2f}")


def test_no_group_has_a_spectrum(judged: Judged) -> None:
    labels, probabilities, thresholds = judged
    none = np.zeros_like(labels)
    assert not any(ax.get_visible() for ax in draw.precision_recall(none, probabilities, NAMES).axes)
    for figure in (draw.exact_match(none, probabilities, thresholds), draw.reliability(none, probabilities)):
        assert draw.as_data_uri(figure)


def test_reliability_has_the_bins_of_the_calibration_error(judged: Judged) -> None:
    labels, tied, _ = judged
    probabilities = tied.astype(float) + 1e-6 * np.random.default_rng(1).permutation(tied.size).reshape(tied.shape)
    whole, small = draw.reliability(labels, probabilities).axes
    said, there = x_of(whole.get_lines()[1]), y_of(whole.get_lines()[1])
    assert len(said) == metrics.ECE_BINS
    assert (np.diff(said) >= 0).all()
    error = metrics.expected_calibration_error(labels, probabilities, plain(N))[0]
    assert np.abs(said - there).mean() == pytest.approx(error)  # 1500 decisions: 100 in each bin
    assert f"{error:.4f}" in whole.get_title()
    np.testing.assert_allclose(y_of(small.get_lines()[1]), np.maximum(there, 1e-6))
    level = draw.reliability(labels, np.full_like(tied, 0.25)).axes[0].get_lines()[1]
    assert x_of(level).tolist() == [0.25]
    assert y_of(level).tolist() == [labels.mean()]


def test_learning_curves_mark_the_best_epoch_and_steep_falls(history: list[dict]) -> None:
    loss, f1 = draw.learning_curves(history).axes
    np.testing.assert_array_equal(x_of(line(loss, "Training")), [1, 2, 3, 4, 5])
    for ax, label, key in (
        (loss, "Training", "loss"),
        (loss, "Validation", "validation_loss"),
        (f1, "Macro", "validation_f1_macro"),
        (f1, "Micro", "validation_f1_micro"),
    ):
        np.testing.assert_array_equal(y_of(line(ax, label)), [record[key] for record in history])
    for ax in (loss, f1):
        assert x_of(line(ax, "Best")).tolist() == [3]
        assert [x_of(mark).tolist() for mark in ax.get_lines() if mark.get_linestyle() == ":"] == [[3.5, 3.5]]
    assert [text.get_text() for text in loss.texts] == ["learning rate 0.0001"]


def test_learning_curves_without_validation(history: list[dict]) -> None:
    plain_history = [{key: record[key] for key in ("epoch", "loss", "learning_rate")} for record in history]
    figure = draw.learning_curves(plain_history)
    assert len(figure.axes) == 1
    assert draw.as_data_uri(draw.learning_curves(plain_history[:1]))


def test_learning_curves_of_a_part_without_a_positive_have_no_f1(history: list[dict]) -> None:
    found = [{key: value for key, value in record.items() if "f1" not in key} for record in history]
    (loss,) = draw.learning_curves(found).axes
    assert y_of(line(loss, "Validation")).tolist() == [record["validation_loss"] for record in history]


def test_a_search_shows_each_trial_and_the_lowest_so_far() -> None:
    outcomes = ["diverged", "done", "done", "out of memory", "done", "diverged"]
    ax = draw.convergence([None, 0.5, 0.3, 0.0, 0.4, math.nan], outcomes).axes[0]
    assert x_of(line(ax, "Trial")).tolist() == [1, 2, 4]
    assert y_of(line(ax, "Trial")).tolist() == [0.5, 0.3, 0.4]
    np.testing.assert_array_equal(y_of(line(ax, "Lowest")), [math.nan, 0.5, 0.3, 0.3, 0.3, 0.3])
    assert x_of(line(ax, "Diverged")).tolist() == [0, 5]
    assert x_of(line(ax, "Out of memory")).tolist() == [3]
    assert line(ax, "Diverged").get_marker() != line(ax, "Out of memory").get_marker()


def test_a_search_whose_trials_all_failed() -> None:
    assert draw.as_data_uri(draw.convergence([None, None], ["diverged", "diverged"]))
    assert draw.as_data_uri(draw.dimensions([{"filters": 4}, {"filters": 8}], [None, math.inf]))


def test_each_hyperparameter_has_a_panel_with_the_best_trial() -> None:
    rates, filters = [1e-4, 1e-3, 1e-2, 1e-1], [4, 16, 31, 8]
    parameters = [{"rate": rate, "filters": number} for rate, number in zip(rates, filters, strict=True)]
    parameters[3]["dropout"] = 0.3
    panels = [ax for ax in draw.dimensions(parameters, [0.4, None, 0.2, 0.3]).axes if ax.get_visible()]
    assert [ax.get_xlabel() for ax in panels] == ["rate", "filters", "dropout"]
    assert [ax.get_xscale() for ax in panels] == ["log", "linear", "linear"]
    for ax, values in zip(panels[:2], (rates, filters), strict=True):
        trials, best = ax.get_lines()
        assert x_of(trials).tolist() == [values[0], values[2], values[3]]
        assert y_of(trials).tolist() == [0.4, 0.2, 0.3]
        assert (x_of(best).tolist(), y_of(best).tolist()) == ([values[2]], [0.2])


def test_a_png_is_whole_and_alone(tmp_path: Path, measured: Measured) -> None:
    figure = draw.spectrum(*measured)
    path = tmp_path / "spectrum.png"
    draw.png(figure, path)
    content = path.read_bytes()
    assert content.startswith(PNG_START)
    assert content.endswith(PNG_END)
    assert [held.name for held in tmp_path.iterdir()] == ["spectrum.png"]
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    np.testing.assert_allclose((width, height), 150 * figure.get_size_inches())
    scheme, encoded = draw.as_data_uri(figure).split(",")
    assert scheme == "data:image/png;base64"
    assert base64.b64decode(encoded) == content
