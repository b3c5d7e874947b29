"""A trial in its directory: what is kept of it, and what a kill may leave."""

import json
from pathlib import Path

import pytest

from irjax.tuning import trial


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A trial with the heavy files of a training."""
    place = trial.trial_directory(tmp_path, 3)
    (place / "fold-0" / "checkpoints" / "7").mkdir(parents=True)
    (place / "fold-0" / "weights.safetensors").write_bytes(b"0")
    (place / "fold-0" / "history.jsonl").write_text("{}\n")
    return place


def test_checkpoints_stay_until_the_result_is_there(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def result(place: Path) -> dict[str, object]:
        assert (place / "fold-0" / "checkpoints" / "7").is_dir()
        return {"outcome": "done"}

    def killed(place: Path) -> None:
        assert json.loads((place / trial.RESULT).read_text()) == {"outcome": "done"}
        raise KeyboardInterrupt

    monkeypatch.setattr(trial, "_result", result)
    with monkeypatch.context() as at_clearing:
        at_clearing.setattr(trial, "_clear", killed)
        with pytest.raises(KeyboardInterrupt):
            trial.main([str(tmp_path), "3"])
    assert trial.main([str(tmp_path), "3"]) == 0  # the same command goes on
    assert sorted(path.name for path in (directory / "fold-0").iterdir()) == ["history.jsonl"]
