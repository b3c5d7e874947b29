"""Spectra that are handed over as arrays."""

from typing import Any

import numpy as np
import pytest

import irjax
from irjax.answers.predictor import load
from irjax.errors import UsageError
from irjax.spectra.reading import read_spectrum, spectrum_of
from irjax.spectra.spectrum import SpectrumError

X = np.arange(400.0, 4001.0, 4.0)
T = 1 - 0.8 * np.exp(-(((X - 1715) / 14) ** 2))


def test_lists_and_whole_numbers_are_arrays() -> None:
    spectrum = spectrum_of(X[::-1].astype(int).tolist(), T[::-1].tolist(), "transmittance")  # type: ignore[arg-type]
    np.testing.assert_array_equal(spectrum.wavenumber, X)
    np.testing.assert_array_equal(spectrum.transmittance, T)


def test_what_a_mask_hides_was_not_measured() -> None:
    hidden = (X > 3200) & (X < 3600)
    masked = np.ma.array(np.where(hidden, 0, T), mask=hidden)
    reader = load()
    answer = reader.predict(X, masked, "transmittance")
    assert answer.to_dict() == reader.predict(X, np.where(hidden, np.nan, T), "transmittance").to_dict()
    assert "Alcohol" not in answer.present


def test_rows_of_a_matrix_are_asked_about_at_once_by_names_of_their_own() -> None:
    table = load().predict(
        [irjax.spectrum_of(X, row, "transmittance", f"row {at}") for at, row in enumerate((T, T**2))]
    )
    rows = table if isinstance(table, list) else table.to_dict("records")
    assert [row["file"] for row in rows] == ["row 0", "row 1"]
    assert rows[0]["Ketone"] == pytest.approx(load().predict(X, T, "transmittance")["Ketone"].probability, abs=1e-6)
    with pytest.raises(SpectrumError, match=r"\(901,\) and \(2, 901\); expected two of one length, of one spectrum"):
        load().predict(X, np.stack([T, T**2]), "transmittance")


def test_two_spectra_one_after_the_other_are_no_one() -> None:
    with pytest.raises(SpectrumError, match="begins anew"):
        spectrum_of(np.r_[X, X], np.r_[T, T**2], "transmittance")


@pytest.mark.parametrize("none", [np.zeros(0), np.full(50, np.nan)])
def test_arrays_without_a_point_are_refused(none: np.ndarray) -> None:
    with pytest.raises(SpectrumError, match="holds 0 points with a value"):
        spectrum_of(none, none, "transmittance")


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.array(["a"] * 50), np.ones(50)),
        ("file.csv", np.ones(50)),
        ([[1], [2, 3]], [1, 2]),
        (X, T + 0j),
        (X, [None] * len(X)),
    ],
)
def test_what_is_no_number_is_told(x: Any, y: Any) -> None:
    with pytest.raises(SpectrumError, match=r"arrays|points with a value"):
        spectrum_of(x, y, "transmittance")


@pytest.mark.parametrize("name", ["a\0b", "a" * 5000])
def test_what_no_file_can_be_called_is_told(name: str) -> None:
    with pytest.raises(SpectrumError):
        read_spectrum(name)


def test_a_rate_in_words_is_refused() -> None:
    with pytest.raises(UsageError, match="must lie above 0"):
        load().predict(X, T, "transmittance", error="0.1")  # type: ignore[arg-type]
