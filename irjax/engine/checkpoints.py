"""Checkpoints of a run: the whole training state and the history so far, saved aside and renamed by Orbax."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import jax
import orbax.checkpoint as ocp

from irjax.engine.step import TrainState
from irjax.errors import InputError, is_full
from irjax.files import require_regular

_KEPT = 2
logging.getLogger("absl").setLevel(logging.CRITICAL)  # Orbax logs the traceback of what it raises


class Checkpoints:
    """The checkpoints of one run, numbered by the epochs done."""

    def __init__(self, manager: ocp.CheckpointManager) -> None:
        self._manager = manager

    @property
    def begun(self) -> bool:
        """Whether there is one."""
        return self._manager.latest_step() is not None

    def save(self, epochs_done: int, state: TrainState, histories: list[list[dict[str, Any]]]) -> None:
        """Starts saving; the files appear in full or not at all, while training goes on."""
        items = ocp.args.Composite(state=ocp.args.StandardSave(state), history=ocp.args.JsonSave({"epochs": histories}))
        with self._writing():
            self._manager.save(epochs_done, args=items)

    def restore(self, like: TrainState) -> tuple[TrainState, list[list[dict[str, Any]]]] | None:
        """The newest state and each network's history, bit for bit; None where there is none.

        Raises:
            InputError: the newest checkpoint is damaged.
        """
        newest = self._manager.latest_step()
        if newest is None:
            return None
        shapes = jax.tree.map(ocp.utils.to_shape_dtype_struct, like)
        items = ocp.args.Composite(state=ocp.args.StandardRestore(shapes), history=ocp.args.JsonRestore())
        _hide_tasks_left_behind()
        place = Path(self._manager.directory) / str(newest)
        try:
            for path in place.rglob("*"):
                require_regular(path)  # Orbax would wait for a pipe for ever
            restored = self._manager.restore(newest, args=items)
        except Exception as error:  # Orbax raises many kinds for a damaged directory
            why = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
            raise InputError(f"{place}: damaged checkpoint ({why}); delete it to go on from the one before") from None
        return restored["state"], restored["history"]["epochs"]

    def wait(self) -> None:
        """Returns once everything that was saved is on disk."""
        with self._writing():
            self._manager.wait_until_finished()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # Orbax hands on whatever its storage raised
            why = "no space left on the disk" if is_full(error) else (str(error).splitlines() or [repr(error)])[0][:200]
            raise InputError(f"{self._manager.directory}: the checkpoint cannot be written ({why})") from None


@cache
def _hide_tasks_left_behind() -> None:
    """Keeps Python from printing a traceback for each task that Orbax, where it fails, leaves without a loop."""
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    unraisable, uncaught, closed = sys.unraisablehook, sys.excepthook, "Event loop is closed"
    sys.unraisablehook = lambda ended: None if str(ended.exc_value) == closed else unraisable(ended)
    sys.excepthook = lambda kind, error, trace: None if str(error) == closed else uncaught(kind, error, trace)


@contextmanager
def checkpoints(directory: Path) -> Iterator[Checkpoints]:
    """Opens the checkpoints in a directory, which is made if need be; leaving waits for what is being saved."""
    options = ocp.CheckpointManagerOptions(max_to_keep=_KEPT, create=True)
    with ocp.CheckpointManager(directory.absolute(), options=options) as manager:
        yield Checkpoints(manager)
