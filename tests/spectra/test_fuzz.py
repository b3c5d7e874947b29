"""Damaged files are read or refused; number tables decode to the very integers that were encoded."""

import gc
from collections.abc import Iterator
from importlib import import_module
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pytest
from damage import made, originals
from fuzz_readers import judged
from hypothesis import given, settings
from hypothesis import strategies as st

from irjax.spectra.asdf import decode_ordinates, decode_pairs
from irjax.spectra.spectrum import SpectrumError

BATCH = 100


@pytest.fixture(autouse=True, scope="module")
def _rubbish_of_other_tests_is_not_collected_meanwhile() -> Iterator[None]:
    """What tests before have left, gigabytes of programs, takes the collector a second to look through.

    Nor is what reads pictures imported meanwhile, by the first of them: half a second that no input is to blame for.
    """
    import_module("irjax.spectra.image")
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def check_batch(files: dict[str, bytes], batch: int) -> None:
    found: list[str] = []
    outcomes: set[str] = set()
    for index in range(batch * BATCH, (batch + 1) * BATCH):
        item = made(files, 1, index)
        outcome, faults = judged(item)
        outcomes.add(outcome)
        found += [f"seed 1, index {index} ({item.recipe}): {fault}" for fault in faults]
    assert not found, "\n".join(found)
    assert {"read", "refused"} <= outcomes


@pytest.mark.parametrize("batch", range(10))
def test_damaged_texts_are_read_or_refused(batch: int) -> None:
    check_batch(originals(), batch)


@pytest.mark.parametrize("batch", range(5))
def test_damaged_instrument_files_are_read_or_refused(instrument_files: Path, batch: int) -> None:
    check_batch(originals(instrument_files), batch)


def test_inputs_depend_on_seed_and_index_alone() -> None:
    files = originals()
    assert made(files, 3, 70) == made(files, 3, 70)
    assert len({made(files, seed, index).content for seed in (3, 4) for index in range(8)}) > 12


# The encoders below follow McDonald & Wilks, Appl. Spectrosc. 1988, 42, 151, table by table.
SQZ = "@ABCDEFGHI", "@abcdefghi"
DIF = "%JKLMNOPQR", "%jklmnopqr"
DUP = " STUVWXYZs"


def letters(value: int, alphabet: tuple[str, str]) -> str:
    """A number whose sign and first digit are one letter."""
    digits = str(abs(value))
    return alphabet[value < 0][int(digits[0])] + digits[1:]


def repeated(words: list[str]) -> str:
    """Words in a row, with those that are repeated given once and counted."""
    runs = [(word, len(list(run))) for word, run in groupby(words)]
    return "".join(word + (DUP[int(str(count)[0])] + str(count)[1:] if count > 1 else "") for word, count in runs)


def encode(values: list[int], form: str, per_line: int) -> str:
    """An (X++(Y..Y)) table whose abscissae count the points from 0."""
    lines = []
    for start in range(0, len(values), per_line):
        row = values[start : start + per_line]
        if form == "AFFN":
            lines.append(f"{start} " + " ".join(map(str, row)))
        elif form == "PAC":
            lines.append(f"{start}" + "".join(f"{value:+d}" for value in row))
        elif form == "SQZ":
            lines.append(f"{start}" + "".join(letters(value, SQZ) for value in row))
        elif form == "SQZDUP":
            lines.append(f"{start}" + repeated([letters(value, SQZ) for value in row]))
    if form in ("DIF", "DIFDUP"):
        # Every line after the first begins with the ordinate that the one before ended with; the last holds no more.
        for start in range(0, max(len(values) - 1, 1), per_line):
            row = values[start : start + per_line + 1]
            steps = [letters(after - before, DIF) for before, after in pairwise(row)]
            lines.append(f"{start}{letters(row[0], SQZ)}" + ("".join(steps) if form == "DIF" else repeated(steps)))
        if len(values) > 1:
            lines.append(f"{len(values) - 1}{letters(values[-1], SQZ)}")
    return "\n".join(lines) + "\n"


bounded = settings(max_examples=100, deadline=None, derandomize=True)
small = st.integers(-9, 9)
ordinates = st.lists(st.one_of(small, st.integers(-(2**31), 2**31)), min_size=1, max_size=60)
plateaus = st.lists(st.tuples(small, st.integers(1, 120)), min_size=1, max_size=8).map(
    lambda runs: [value for value, count in runs for _ in range(count)]
)


@pytest.mark.parametrize("form", ["AFFN", "PAC", "SQZ", "SQZDUP", "DIF", "DIFDUP"])
@bounded
@given(values=st.one_of(ordinates, plateaus), per_line=st.integers(1, 30))
def test_a_table_decodes_to_what_was_encoded(form: str, values: list[int], per_line: int) -> None:
    table = decode_ordinates(encode(values, form, per_line))
    assert table.y.tolist() == values
    assert table.x.tolist() == table.first.tolist()


@bounded
@given(values=st.lists(st.tuples(small, st.integers(-(2**31), 2**31)), max_size=60), separator=st.sampled_from(" \n\t"))
def test_pairs_decode_to_what_was_encoded(values: list[tuple[int, int]], separator: str) -> None:
    x, y = decode_pairs(separator.join(f"{a} {b}" for a, b in values))
    assert list(zip(x, y, strict=True)) == values


@pytest.mark.parametrize("form", ["DIF", "DIFDUP"])
@bounded
@given(values=st.lists(st.integers(-1000, 1000), min_size=3, max_size=60), per_line=st.integers(1, 9), data=st.data())
def test_a_damaged_check_value_is_refused(form: str, values: list[int], per_line: int, data: st.DataObject) -> None:
    lines = encode(values, form, per_line).splitlines()
    at = data.draw(st.integers(1, len(lines) - 1))
    start = min(at * per_line, len(values) - 1)
    wrong = data.draw(st.integers(-2000, 2000).filter(lambda value: value not in (0, values[start])))
    good = f"{start}{letters(values[start], SQZ)}"
    assert lines[at].startswith(good)
    lines[at] = f"{start}{letters(wrong, SQZ)}" + lines[at].removeprefix(good)
    with pytest.raises(SpectrumError, match=rf"^data line {at + 1}: the check value is {wrong}, .* {values[start]}$"):
        decode_ordinates("\n".join(lines))


@bounded
@given(body=st.text("0123456789.+-?eE%@AJSTj \n", max_size=60))
def test_any_text_of_a_tables_characters_is_decoded_or_refused(body: str) -> None:
    try:
        table = decode_ordinates(body)
    except SpectrumError:
        return
    assert not np.isnan(table.x).any() or "?" in body
    assert ((table.first >= 0) & (table.first <= max(table.y.size - 1, 0))).all()
