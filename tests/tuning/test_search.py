"""The search's sequence, its resume after any kill, and its messages. Trials are a formula here, so that hundreds run
in seconds; `tests/integration/test_tune.py` trains real ones."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from irjax.data.dataset import Dataset
from irjax.engine.config import Config, Optimizer, load_config
from irjax.engine.optimizer import learning_rate
from irjax.errors import InputError, UsageError
from irjax.files import write_aside
from irjax.models.cnn import CNN
from irjax.models.reader import Reader
from irjax.tuning.proposals import Proposals
from irjax.tuning.search import Trial, best, run_search
from irjax.tuning.space import TABLE_S2, Dimension, Search, config_source, load_search, search_from_dict
from irjax.tuning.trial import RESULT, phases, trial_directory

BASE = Config(optimizer=Optimizer(schedule="plateau", epochs=(3,), learning_rates=(1e-3,)))
SEARCH = Search(
    BASE,
    (Dimension("model.filters", 4, 32), Dimension("model.dropout", 0.0, 0.5), Dimension("optimizer.batch_size", 8, 64)),
    evaluations=7,
    initial=4,
)


class Killed(BaseException):
    pass


class Formula:
    """Runs a trial by a formula; dies after so many."""

    def __init__(self, before_kill: int = 10**6, diverges: Sequence[int] = ()) -> None:
        self.ran: list[int] = []
        self._before_kill, self._diverges = before_kill, diverges

    def __call__(self, search: Path, numbers: Sequence[int]) -> None:
        for number in numbers:
            if len(self.ran) == self._before_kill:
                raise Killed
            self.ran.append(number)
            place = trial_directory(search, number)
            point = json.loads((place / "trial.json").read_text())["point"]
            value = math.log(point["model.filters"] / 20) ** 2 + abs(point["model.dropout"] - 0.3)
            result = {"outcome": "done", "objective": value, "seconds": 1.0}
            if number in self._diverges:
                result = {"outcome": "diverged", "message": "the loss is not finite", "seconds": 1.0}
            write_aside(place / RESULT, json.dumps(result))


def search(
    directory: Path, dataset: Dataset, launch: Formula, wanted: Search = SEARCH, workers: int = 1
) -> list[Trial]:
    return run_search(directory, wanted, dataset, workers, launch, lambda trial, winner: None)


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory, small_dataset: Dataset) -> list[Trial]:
    return search(tmp_path_factory.mktemp("search") / "s", small_dataset, Formula())


@pytest.mark.parametrize("kill", range(7))
def test_a_search_killed_after_any_trial_proposes_the_same(
    kill: int, straight: list[Trial], small_dataset: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        search(tmp_path / "s", small_dataset, Formula(kill))
    rest = Formula()
    assert search(tmp_path / "s", small_dataset, rest) == straight
    assert rest.ran == list(range(kill, 7))


def test_parallel_trials_are_proposed_together_and_what_had_ended_is_kept(
    small_dataset: Dataset, tmp_path: Path
) -> None:
    whole = search(tmp_path / "whole", small_dataset, Formula(), workers=2)
    assert [trial.batch for trial in whole] == [2, 2, 2, 2, 2, 2, 1]
    for first, second in zip(whole[::2], whole[1::2], strict=False):
        assert first.point != second.point
    with pytest.raises(Killed):
        search(tmp_path / "killed", small_dataset, Formula(5), workers=2)
    rest = Formula()
    assert search(tmp_path / "killed", small_dataset, rest, workers=2) == whole
    assert rest.ran == [5, 6]


def test_what_was_begun_with_another_number_of_workers_is_no_trial_of_another_point(
    small_dataset: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        search(tmp_path / "s", small_dataset, Formula(5), workers=2)
    assert len(search(tmp_path / "s", small_dataset, Formula(), workers=1)) == SEARCH.evaluations
    for trial in (Trial(**json.loads(line)) for line in (tmp_path / "s" / "trials.jsonl").read_text().splitlines()):
        value = math.log(trial.point["model.filters"] / 20) ** 2 + abs(trial.point["model.dropout"] - 0.3)
        assert trial.objective == pytest.approx(value)


def test_two_searches_in_one_place_are_one_too_many(small_dataset: Dataset, tmp_path: Path) -> None:
    def launch(directory: Path, numbers: Sequence[int]) -> None:
        with pytest.raises(InputError, match="in use by process"):
            search(directory, small_dataset, Formula())
        Formula()(directory, numbers)

    assert len(run_search(tmp_path / "s", SEARCH, small_dataset, 1, launch, lambda trial, winner: None)) == 7


def test_a_longer_search_goes_on_from_a_shorter_one(
    straight: list[Trial], small_dataset: Dataset, tmp_path: Path
) -> None:
    search(tmp_path / "s", small_dataset, Formula(), replace(SEARCH, evaluations=3))
    assert search(tmp_path / "s", small_dataset, Formula()) == straight


def test_a_search_of_any_network_goes_on(small_dataset: Dataset, tmp_path: Path) -> None:
    base = replace(BASE, model=Reader(stride=1, stem=4, widths=(8, 8), narrow=4, dense=8))
    wanted = Search(
        base, (Dimension("model.dropout", 0.0, 0.5), Dimension("model.dense", 8, 32)), evaluations=3, initial=2
    )

    def launch(directory: Path, numbers: Sequence[int]) -> None:
        for number in numbers:
            result = {"outcome": "done", "objective": 1.0 + number, "seconds": 1.0}
            write_aside(trial_directory(directory, number) / RESULT, json.dumps(result))

    def go(evaluations: int) -> list[Trial]:
        longer = replace(wanted, evaluations=evaluations)
        return run_search(tmp_path / "s", longer, small_dataset, 1, launch, lambda trial, winner: None)

    assert go(4)[:3] == go(4)[:3]
    assert len(go(5)) == 5
    with pytest.raises(InputError, match="another space, base"):
        search(tmp_path / "s", small_dataset, Formula())


def test_a_failed_trial_is_no_better_than_the_worst_of_its_own_batch(small_dataset: Dataset, tmp_path: Path) -> None:
    def launch(directory: Path, numbers: Sequence[int]) -> None:
        for number in numbers:
            done = {"outcome": "done", "objective": 3.0 + number, "seconds": 1.0}
            failed = {"outcome": "diverged", "message": "not finite", "seconds": 1.0}
            write_aside(trial_directory(directory, number) / RESULT, json.dumps(done if number else failed))

    trials = run_search(tmp_path / "s", SEARCH, small_dataset, 2, launch, lambda trial, winner: None)
    assert trials[0].outcome == "diverged"
    assert trials[0].objective == trials[1].objective == 4.0


def test_failed_trials_have_a_finite_penalty_and_are_never_the_best(small_dataset: Dataset, tmp_path: Path) -> None:
    trials = search(tmp_path / "s", small_dataset, Formula(diverges=(0, 5)))
    assert trials[0].outcome == "diverged"
    assert trials[0].objective == math.log(2)
    assert trials[5].objective == max(trial.objective for trial in trials[1:5])
    assert best(trials).outcome == "done"
    assert search(tmp_path / "s", small_dataset, Formula()) == trials


def test_a_trial_that_its_machine_lost_is_started_again(
    straight: list[Trial], small_dataset: Dataset, tmp_path: Path
) -> None:
    launched: list[int] = []

    class Losing(Formula):
        def __call__(self, directory: Path, numbers: Sequence[int]) -> None:
            launched.extend(numbers)
            super().__call__(directory, [number for number in numbers if launched.count(number) > 1 or number != 1])

    found = search(tmp_path / "s", small_dataset, Losing())
    assert [trial.point for trial in found] == [trial.point for trial in straight]
    assert launched.count(1) == 2
    assert {trial.outcome for trial in found} == {"done"}


def test_lines_that_were_deleted_of_a_batch_are_made_of_its_results(small_dataset: Dataset, tmp_path: Path) -> None:
    whole = search(tmp_path / "s", small_dataset, Formula(), workers=2)
    file = tmp_path / "s" / "trials.jsonl"
    file.write_text("".join(line + "\n" for line in file.read_text().splitlines()[:3]))
    rest = Formula()
    assert search(tmp_path / "s", small_dataset, rest, workers=2) == whole
    assert rest.ran == []


def test_the_best_config_is_written_again_where_it_is_missing(small_dataset: Dataset, tmp_path: Path) -> None:
    search(tmp_path / "s", small_dataset, Formula())
    before = (tmp_path / "s" / "best.py").read_text()
    (tmp_path / "s" / "best.py").unlink()
    search(tmp_path / "s", small_dataset, Formula())
    assert (tmp_path / "s" / "best.py").read_text() == before


def test_folds_of_a_dataset_that_says_its_parts_are_refused(small_dataset: Dataset, tmp_path: Path) -> None:
    parted = replace(small_dataset, rows=small_dataset.rows | {"part": small_dataset.rows["phase"]})
    with pytest.raises(UsageError, match="it has no folds"):
        search(tmp_path / "s", parted, Formula(), replace(SEARCH, folds=(0, 1)))


def test_trials_that_all_die_end_the_search_with_their_log(small_dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no trial has come to an end.*log\.txt"):
        run_search(tmp_path / "s", SEARCH, small_dataset, 1, lambda search, numbers: None, lambda trial, winner: None)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("not json", "line 2: not a trial"),
        ('{"number": 1}', "line 2: not a trial"),
        (
            '{"number": 1, "batch": 1, "point": {}, "outcome": "done", "objective": NaN, "seconds": 1}',
            "line 2: its number, batch or objective",
        ),
        (
            '{"number": 1, "batch": 1, "point": {}, "outcome": "done", "objective": 1.0, "seconds": 1}',
            "line 2: not the trial that this search proposes",
        ),
    ],
)
def test_a_corrupt_trial_line_is_named(line: str, message: str, small_dataset: Dataset, tmp_path: Path) -> None:
    search(tmp_path / "s", small_dataset, Formula(), replace(SEARCH, evaluations=3))
    file = tmp_path / "s" / "trials.jsonl"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0], line, lines[2]]) + "\n")
    with pytest.raises(InputError, match=message):
        search(tmp_path / "s", small_dataset, Formula())


def test_another_search_in_the_same_place_is_refused(small_dataset: Dataset, tmp_path: Path) -> None:
    search(tmp_path / "s", small_dataset, Formula(), replace(SEARCH, evaluations=1))
    with pytest.raises(InputError, match="another space"):
        search(tmp_path / "s", small_dataset, Formula(), replace(SEARCH, seed=1))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(InputError, match="is not a search"):
        search(tmp_path / "other", small_dataset, Formula())


@pytest.mark.parametrize(
    ("dimension", "message"),
    [
        (Dimension("model.filters", 32, 4), "low 32 must be below high 4"),
        (Dimension("model.filter", 4, 32), "no such field"),
        (Dimension("filters", 4, 32), "no such field"),
        (Dimension("model.dropout", 0.0, 1.5), "model.dropout must lie"),
        (Dimension("model.dropout", 0.0, 0.5, log=True), "a logarithm needs"),
    ],
)
def test_a_wrong_space_is_refused(dimension: Dimension, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Search(BASE, (dimension,))


def test_a_space_is_tried_where_one_end_meets_another() -> None:
    """Six layers of at least 512 · 0.1^5 nodes: too few, where few layers or a larger share leave some."""
    dimensions = (
        Dimension("model.dense_layers", 1, 6),
        Dimension("model.dense_nodes", 8, 512),
        Dimension("model.dense_divisor", 0.1, 0.9),
    )
    with pytest.raises(UsageError, match="dense layers of"):
        Search(BASE, dimensions)


def test_wrong_searches_are_refused() -> None:
    with pytest.raises(UsageError, match="plateau"):
        Search(Config())
    with pytest.raises(UsageError, match="folds"):
        Search(BASE, folds=(4,))
    with pytest.raises(UsageError, match="evaluations"):
        Search(BASE, evaluations=0)


def test_the_papers_space_is_table_s2() -> None:
    found = load_search("configs/tune.py")
    assert found.dimensions == TABLE_S2
    assert found.evaluations == 50
    assert (found.base.optimizer.patience, found.base.optimizer.stop_after, found.base.optimizer.lowest_rate) == (
        5,
        10,
        1e-6,
    )
    assert search_from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_proposals_lie_in_the_space_and_are_plain_numbers() -> None:
    proposals = Proposals(load_search("configs/tune_small.py"))
    for number in range(6):
        (point,) = proposals.ask(1)
        proposals.tell([point], [0.1 * number])
        for dimension in load_search("configs/tune_small.py").dimensions:
            value = point[dimension.name]
            assert dimension.low <= value <= dimension.high
            assert type(value) is (int if dimension.integer else float)


def test_the_best_config_is_a_file_for_train_py(tmp_path: Path) -> None:
    config = replace(BASE, model=CNN(filters=7, dropout=0.125), seed=3)
    (tmp_path / "best.py").write_text(config_source(config, "A title."))
    assert load_config(tmp_path / "best.py") == config


def test_the_rates_that_led_to_the_best_climb_once(small_dataset: Dataset, tmp_path: Path) -> None:
    def launch(directory: Path, numbers: Sequence[int]) -> None:
        for number in numbers:
            result = {"outcome": "done", "objective": 1.0 + number, "seconds": 1.0, "phases": phases(history)}
            write_aside(trial_directory(directory, number) / RESULT, json.dumps(result))

    base = replace(BASE, optimizer=replace(BASE.optimizer, warm_up=2.0))
    history = [
        {"learning_rate": learning_rate(base.optimizer, [{"validation_loss": 1.0 - at}] * at)} for at in range(3)
    ]
    run_search(tmp_path / "s", replace(SEARCH, base=base), small_dataset, 1, launch, lambda trial, winner: None)
    best_one = load_config(tmp_path / "s" / "best.py").optimizer
    assert (best_one.warm_up, best_one.epochs, best_one.learning_rates) == (2.0, (3,), (1e-3,))
    history = history[:1]
    run_search(tmp_path / "early", replace(SEARCH, base=base), small_dataset, 1, launch, lambda trial, winner: None)
    assert load_config(tmp_path / "early" / "best.py").optimizer.warm_up == 1.0
