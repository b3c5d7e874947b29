"""Run the notebooks and keep what they show, without what differs from one machine or moment to the next.

    python scripts/run_notebooks.py [notebooks/1-answer.ipynb …]

Times, versions and random names are left out; an error, anything on standard error, or a path of this machine in what
is shown is refused, and the notebook stays as it was.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from irjax.files import write_aside
from irjax.program import exit_status

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
LARGEST = 300_000
"""Bytes of a notebook."""
VARIES = "varies"
"""The tag of cells whose numbers depend on the machine, as those of a network that was just trained do."""
_LONGEST = 600
_KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def executed(path: Path) -> Any:
    """The notebook with what it shows now.

    Raises:
        CellExecutionError: a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        kernel = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=f"{folder}/kernel")
        resources = {"metadata": {"path": folder}}  # nothing can be written beside the notebook
        client = NotebookClient(notebook, kernel, timeout=_LONGEST, resources=resources, record_timing=False)
        client.execute(cleanup_kc=True)
    return normalised(notebook)


def normalised(notebook: Any) -> Any:
    """The notebook without what differs from run to run."""
    notebook.metadata = nbformat.from_dict(_KERNEL)
    for at, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{at}"
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
    return notebook


def faults(notebook: Any) -> list[str]:
    """What may not be kept."""
    text, found = nbformat.writes(notebook), []
    places = {str(FOLDER.parent), str(Path.home()), tempfile.gettempdir()}
    found += [f"shows the path {place}" for place in sorted(places) if place in text]
    if len(text.encode()) > LARGEST:
        found.append(f"holds {len(text.encode()):,} bytes; {LARGEST:,} are the most")
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    found += [f"says on standard error: {output.text[:300]}" for output in outputs if output.get("name") == "stderr"]
    return found


def shown(cell: Any) -> list[tuple[str, str]]:
    """The kind of each output of a cell, and its text; no pictures and tables, which have their words beside them."""
    found = []
    for output in cell.get("outputs", ()):
        if output.output_type == "stream":
            found.append((output.name, output.text))
        else:
            found.append((" ".join(sorted(output.get("data", ()))), output.get("data", {}).get("text/plain", "")))
    return found


def main() -> None:
    """Run each, and write those that are as they should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(FOLDER.glob("*.ipynb")))
    for path in parser.parse_args().notebooks:
        notebook = executed(path)
        if wrong := faults(notebook):
            raise SystemExit("\n".join(f"{path}: {fault}" for fault in wrong))
        write_aside(path, nbformat.writes(notebook) + "\n")
        print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    sys.exit(exit_status("run_notebooks.py", main))
