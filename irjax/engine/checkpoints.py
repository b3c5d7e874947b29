"""Checkpoints of a run: the whole training state and the history so far, saved aside and renamed by Orbax."""

import logging
import sys
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CoroutineType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp

from irjax.engine.step import TrainState
from irjax.errors import InputError, first_line, is_full
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
        told = {"epochs": histories, "sums": _sums(state)}
        items = ocp.args.Composite(state=ocp.args.StandardSave(state), history=ocp.args.JsonSave(told))
        _hide_tasks_left_behind()
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
            restored = self._manager.restore(newest, args=items)
            state, told = restored["state"], restored["history"]
            if (sums := told.get("sums")) is not None and sums != _sums(state):  # older ones have none
                raise ValueError("its arrays are not those that were saved")
            return state, _histories(told)
        except Exception as error:  # Orbax raises many kinds for a damaged directory
            raise _damaged(place, error) from None

    def wait(self) -> None:
        """Returns once everything that was saved is on disk."""
        with self._writing():
            self._manager.wait_until_finished()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # Orbax hands on whatever its storage raised
            why = "no space left on the disk" if is_full(error) else first_line(error)
            raise InputError(f"{self._manager.directory}: the checkpoint cannot be written ({why})") from None


@cache
def _hide_tasks_left_behind() -> None:
    """Keeps Python from printing a traceback for each task that Orbax, where it fails, leaves to itself."""
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    unraisable, uncaught, closed = sys.unraisablehook, sys.excepthook, "Event loop is closed"

    def left_behind(ended: Any) -> bool:
        of_orbax = isinstance(ended.object, CoroutineType) and "orbax" in Path(ended.object.cr_code.co_filename).parts
        return of_orbax or str(ended.exc_value) == closed

    sys.unraisablehook = lambda ended: None if left_behind(ended) else unraisable(ended)
    sys.excepthook = lambda kind, error, trace: None if str(error) == closed else uncaught(kind, error, trace)


@contextmanager
def checkpoints(directory: Path) -> Iterator[Checkpoints]:
    """Opens the checkpoints in a directory, which is made if need be; leaving waits for what is being saved.

    Raises:
        InputError: one of them is not what Orbax can read.
    """
    options = ocp.CheckpointManagerOptions(max_to_keep=_KEPT, create=True)
    for place in directory.glob("*"):
        try:
            for path in (place, *place.rglob("*")):
                require_regular(path)  # Orbax would wait for a pipe for ever
        except OSError as error:
            raise _damaged(place, error) from None
    try:
        opened = ocp.CheckpointManager(directory.absolute(), options=options)
    except (ValueError, TypeError, KeyError, RecursionError) as error:  # of what describes each
        raise InputError(
            f"{directory}: one of the checkpoints is damaged ({first_line(error)}); delete the one whose "
            "_CHECKPOINT_METADATA is unlike the others'"
        ) from None
    with opened as manager:
        yield Checkpoints(manager)


def _sums(state: TrainState) -> list[int] | None:
    """The CRC-32 of each array of a state, as Orbax has none; nothing of arrays that are parted among processes."""
    arrays = [
        jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf
        for leaf in jax.tree.leaves(state)
    ]
    if not all(array.is_fully_addressable or array.is_fully_replicated for array in arrays):
        return None
    return [zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data) for array in arrays]


def _histories(raw: Any) -> list[list[dict[str, Any]]]:
    """The history of each network as `save` wrote them. Raises TypeError, KeyError or ValueError for anything else."""
    histories = raw["epochs"]
    if not isinstance(histories, list) or not all(isinstance(epoch, dict) for each in histories for epoch in each):
        raise ValueError("history: expected a list of epochs for each network")
    return histories


def _damaged(place: Path, error: Exception) -> InputError:
    return InputError(f"{place}: damaged checkpoint ({first_line(error)}); delete it to go on from the one before")
