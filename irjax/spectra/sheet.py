"""A spreadsheet (XLSX) to the text of tables, one for each of its sheets."""

import io
import warnings
import zipfile

from irjax.errors import first_line
from irjax.spectra.spectrum import SpectrumError

_LARGEST = 16 * 2**20
"""Bytes of what is packed in it: as many cells as are read take ten, and parsing them all takes seconds."""
_MOST_CELLS = 200_000
"""Of all sheets; the finest spectra have a fifth, and more would take seconds to read."""
SHEET = rb"PK\x03\x04(?s:.{26})(?:\[Content_Types\]|_rels/|docProps/|xl/)"
"""How the content of such a file begins; other Office documents begin so too."""


def read_sheets(content: bytes, times: int = 1) -> list[tuple[str, str]]:
    """The name of each sheet and its cells, a line per row, tabs between them.

    Args:
        times: how many times as much as a single spectrum takes they may hold.

    Raises:
        SpectrumError: it is damaged, holds absurdly much, or is another Office document.
    """
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            sizes = {member.filename: member.file_size for member in packed.infolist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _damaged(error) from None
    if sum(sizes.values()) > times * _LARGEST:
        raise SpectrumError(f"its sheets hold over {times * _LARGEST // 2**20} MiB; save what is a spectrum as CSV")
    if not any(name.startswith("xl/") for name in sizes):
        raise SpectrumError("is an Office document without a sheet; expected a spreadsheet (XLSX), CSV or JCAMP-DX")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and of what else says nothing of cells
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            found, left = [], times * _MOST_CELLS
            for sheet in sorted(book.worksheets, key=lambda sheet: sheet.sheet_state != "visible"):  # hidden ones last
                sheet.reset_dimensions()  # some programs write them wrong
                lines = []
                for row in sheet.iter_rows(values_only=True):
                    left -= max(len(row), 1)  # rows without a cell are read too
                    if left < 0:
                        raise SpectrumError(
                            f"its sheets hold over {times * _MOST_CELLS:,} cells; save what is a spectrum as CSV"
                        )
                    lines.append("\t".join(map(_text, row)))
                found.append((sheet.title, "\n".join(lines)))
            return found
    except SpectrumError:
        raise
    except Exception as error:  # whatever a library makes of damaged XML
        raise _damaged(error) from None


def _damaged(error: Exception) -> SpectrumError:
    return SpectrumError(f"is a damaged spreadsheet ({first_line(error, 100)}); save its two columns as CSV")


def _text(cell: object) -> str:
    return "" if cell is None else " ".join(str(cell).split())
