"""Files that are there in full or not at all."""

import os
from pathlib import Path


def write_aside(path: Path, content: str | bytes) -> None:
    """Writes a file beside its place and then renames it; folders on the way are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
