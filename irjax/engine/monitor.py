"""What a person sees of a training run while it goes on: a progress bar, a line per epoch, TensorBoard."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from irjax.engine.processes import is_first_process


class Monitor:
    """Shows a training run and logs its epochs."""

    def __init__(self, bar: Progress, task: TaskID, writer: Any, batch_size: int, title: str) -> None:
        self._bar, self._task, self._writer, self._title = bar, task, writer, title
        self._batch_size = batch_size
        self._alone = jax.process_count() == 1
        self._shown_at = self._since = time.monotonic()
        self._since_step: int | None = None

    def due(self) -> bool:
        """Whether the bar should be refreshed; asking for a loss waits for the device, so not at every step.

        Never among several processes, whose clocks differ: they look at the loss together or not at all.
        """
        return self._alone and time.monotonic() - self._shown_at > 0.5

    def step(self, step: int, epoch: int, loss: float, learning_rate: float) -> None:
        """Refreshes the bar after `step` steps."""
        now = time.monotonic()
        if self._since_step is None:
            self._since, self._since_step = now, step
        rate = (step - self._since_step) * self._batch_size / max(now - self._since, 1e-9)
        text = f"epoch {epoch}  loss {loss:.4f}  lr {learning_rate:.2g}" + (f"  {rate:,.0f} spectra/s" if rate else "")
        self._bar.update(self._task, completed=step, description=f"{self._title}  {text}".lstrip())
        self._shown_at = now

    def note(self, text: str) -> None:
        """Prints a line above the bar."""
        self._bar.console.print(text, highlight=False, markup=False)

    def epoch(self, record: dict[str, Any], name: str = "") -> None:
        """Prints and logs the figures of an epoch, of the network of that name where there are several."""
        figures = {key: value for key, value in record.items() if isinstance(value, float)}
        shown = "  ".join(f"{key.replace('_', ' ')} {value:.4g}" for key, value in figures.items())
        line = f"{name} epoch {record['epoch']:3d}  {shown}".lstrip()
        if not self._title:
            self._bar.console.print(line, highlight=False, markup=False, soft_wrap=True)
        if self._writer is None:
            return
        for key, value in figures.items():
            self._writer.add_scalar(f"{name}/{key}".lstrip("/"), value, record["epoch"])
        self._writer.flush()


@contextmanager
def monitor(directory: Path, steps: int, batch_size: int, title: str = "") -> Iterator[Monitor]:
    """Opens a monitor for a run of so many steps; TensorBoard files go to `directory`.

    With a title it is one run of many: the title stands before the bar, and no line is printed per epoch. Of several
    processes only the first shows and logs anything.
    """
    from tensorboard.summary import Writer

    first = is_first_process()
    writer = Writer(str(directory)) if first else None
    columns = (
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
        TimeRemainingColumn(),
    )
    told = threading.excepthook
    # The writer's thread ends where its folder is gone or full; whoever logs next is told, and no traceback is needed.
    threading.excepthook = lambda ended: None if issubclass(ended.exc_type, OSError) else told(ended)
    try:
        with Progress(*columns, console=Console(stderr=True, quiet=not first)) as bar:
            yield Monitor(bar, bar.add_task("compiling", total=steps), writer, batch_size, title)
    finally:
        try:
            if writer is not None:
                writer.close()
        finally:
            threading.excepthook = told
