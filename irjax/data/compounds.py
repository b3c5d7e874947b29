"""The table of structures that a person hands in: a CSV with ID, inchi and/or smiles, and maybe file."""

import csv
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from irjax.errors import InputError
from irjax.files import bytes_of
from irjax.spectra.reading import decoded
from irjax.spectra.spectrum import SpectrumError

_LARGEST_TABLE = 512 * 2**20
_SEPARATORS = ",;\t"
"""Of columns, as spreadsheets write them in one country or another."""


@dataclass(frozen=True)
class Compound:
    """One row of the table."""

    id: str
    inchi: str
    smiles: str
    file: str
    line: int


def read_compounds(path: str | os.PathLike[str]) -> list[Compound]:
    """All rows of a structure table, in order; columns are found by name, whatever their case.

    They are separated by commas, semicolons or tabs, whichever the header has most of.

    Raises:
        InputError: the file is missing, no such table, or an ID occurs twice.
    """
    path = Path(path)
    try:
        content = bytes_of(path, _LARGEST_TABLE + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}; expected a CSV of structures") from None
    if len(content) > _LARGEST_TABLE:
        raise InputError(f"{path}: larger than {_LARGEST_TABLE // 2**20} MiB; expected a table of structures")
    try:
        text = decoded(content)
    except SpectrumError:
        raise InputError(f"{path}: is no text; expected a CSV of structures") from None
    header = text.partition("\n")[0]
    return _rows(path, _lines(path, text, max(_SEPARATORS, key=header.count)))


def _lines(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each row and the line that it ends in.

    Raises:
        InputError: a quotation mark is not closed, or text follows one: what stands after would be read as one cell.
    """
    text = re.sub(rf'" +(?=[{separator}\n]|\Z)', '"', text)  # blanks behind a closing quotation mark say nothing
    reader, before = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 0
    try:
        for row in reader:
            before = reader.line_num
            yield before, row
    except csv.Error as error:
        raise InputError(
            f"{path}, line {before + 1}: not a CSV table ({error}); what begins with a double quote ends with one, and "
            "those within it are doubled"
        ) from None


def _rows(path: Path, lines: Iterator[tuple[int, list[str]]]) -> list[Compound]:
    header = [name.strip().lower() for name in next(lines, (1, []))[1]]
    column = {name: header.index(name) for name in ("id", "inchi", "smiles", "file") if name in header}
    if "id" not in column or not column.keys() & {"inchi", "smiles"}:
        raise InputError(
            f"{path}, line 1: expected a header with the columns ID and inchi and/or smiles; "
            f"found {', '.join(header[:8])[:200] or 'nothing'}"
        )
    if twice := [name for name in column if header.count(name) > 1]:
        raise InputError(f"{path}, line 1: two columns are called {twice[0]}; rename the one that is not meant")
    compounds: list[Compound] = []
    first_line: dict[str, int] = {}
    for line, row in lines:
        if not any(cell.strip() for cell in row):
            continue
        if any(cell.strip() for cell in row[len(header) :]):
            raise InputError(
                f"{path}, line {line}: {len(row)} cells below a header of {len(header)}; put what holds the "
                "separator, as an InChI its commas, in double quotes"
            )
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in column.items()}
        inchi, smiles, file = (cells.get(name, "") for name in ("inchi", "smiles", "file"))
        compound = Compound(cells["id"], inchi, smiles, file, line)
        if not compound.id:
            raise InputError(f"{path}, line {line}: the ID is empty")
        if compound.id in first_line:
            raise InputError(
                f"{path}, line {line}: the ID {compound.id} was already given in line "
                f"{first_line[compound.id]}; expected each ID once"
            )
        first_line[compound.id] = line
        compounds.append(compound)
    if not compounds:
        raise InputError(f"{path}: holds a header and no rows")
    return compounds
