"""What `irjax make` does: makes a dataset of another technique."""

import argparse
from pathlib import Path

from rich.progress import Progress

from irjax.data.synthetic import drawn_spec, read_spec, write_synthetic


def run(arguments: argparse.Namespace) -> int:
    spec = read_spec(arguments.spec) if arguments.spec else drawn_spec(arguments.seed)
    made = {"command": "irjax make synthetic", "spec": Path(arguments.spec).name if arguments.spec else "drawn"}
    with Progress(transient=True) as bar:
        task = bar.add_task("drawing patterns", total=None)
        dataset = write_synthetic(
            arguments.out,
            spec,
            arguments.seed,
            made,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    parts = dataset.rows["part"].tolist()
    counts = ", ".join(f"{parts.count(part):,} {part}" for part in ("train", "validation", "test"))
    print(f"{dataset.path}: {len(spec.peaks):,} classes of {spec.points:,} points; {counts}")
    return 0
