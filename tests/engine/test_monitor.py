"""What is seen of a training run, and what is not."""

import threading
from pathlib import Path

import pytest

from irjax.engine.monitor import monitor


def failing(error: Exception) -> None:
    def fail() -> None:
        raise error

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_log_that_can_no_longer_be_written_prints_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda ended: seen.append(ended.exc_type.__name__))
    with monitor(tmp_path / "tensorboard", 1, 1):
        failing(FileNotFoundError("the writer's folder is gone"))
        failing(ValueError("a fault of ours"))
    failing(PermissionError("of somebody else"))
    assert seen == ["ValueError", "PermissionError"]
