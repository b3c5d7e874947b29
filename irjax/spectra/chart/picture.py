"""A picture as ink on paper: how much each pixel differs from the paper around it."""

import io
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from irjax.spectra.spectrum import SpectrumError

FORMATS = ("GIF", "PNG", "JPEG")
MOST_PIXELS = 12_000_000
"""A page scanned at 300 dots per inch has 9 million."""
_LEAST = (120, 80)
"""Pixels across and down, below which no chart can be read."""
_WIDEST = 2000
"""Pixels to which a larger picture is brought: finer than a spectrum's bands."""
_BLOCK = 32
"""Pixels across which the paper has one colour."""
_OTHER_COLOUR = 0.025
"""By which a panel differs from the page around it, of 1 from black to white."""
_WHOLE = 0.97
"""Share of its box that a panel fills; the rest is its grid lines."""


@dataclass(frozen=True)
class Picture:
    """A picture, and as ink on paper."""

    colours: np.ndarray
    """0 to 1, bright paper with darker lines on it, float32 [rows, columns, 3]."""
    ink: np.ndarray
    """0 is paper, 1 is black on white in that colour, float32 [rows, columns, 3]."""
    panel: tuple[int, int, int, int] | None
    """Left, top, right and bottom of the rectangle of another colour than the page's around it, if there is one."""


def read_picture(content: bytes) -> Picture:
    """The ink in each pixel, and the panel it is drawn on.

    Raises:
        SpectrumError: no picture, a damaged one, one too small for a chart, or one absurdly large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise SpectrumError(f"is a picture of over {MOST_PIXELS:,} pixels, which no chart has") from None
    except Exception as error:  # Pillow's readers raise whatever a damaged header leads them to
        raise SpectrumError(f"is a damaged picture ({error})") from None
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise SpectrumError(
            f"is a picture of {width} × {height} pixels, over {MOST_PIXELS:,}; cut the chart out, or save it smaller"
        )
    if width < _LEAST[0] or height < _LEAST[1]:
        raise SpectrumError(
            f"is a picture of {width} × {height} pixels; a chart needs at least {_LEAST[0]} × {_LEAST[1]}"
        )
    try:
        picture = _on_white(picture)
    except Exception as error:  # as above, in its data
        raise SpectrumError(f"is a damaged picture ({error})") from None
    colours = np.asarray(picture.reduce(-(-width // _WIDEST)), np.float32) / 255
    if np.median(colours) < 0.5:
        colours = 1 - colours  # light lines on a dark screen
    return picture_of(colours)


def picture_of(colours: np.ndarray) -> Picture:
    """What bright paper with darker lines on it shows; 0 to 1, float32 [rows, columns, 3]."""
    return Picture(colours, ink_of(colours), _panel(colours))


def ink_of(colours: np.ndarray) -> np.ndarray:
    """How much darker each pixel is than the paper around it, 0 to 1, float32 [rows, columns, 3].

    The paper's colour is the median of the lighter pixels around, so that cream and shaded paper count as blank.

    Args:
        colours: 0 to 1, of a picture or of a part of it, float32 [rows, columns, 3].
    """
    return np.clip(_paper(colours) - colours, 0, None)


def _panel(colours: np.ndarray) -> tuple[int, int, int, int] | None:
    """The largest rectangle that differs from the page in colour, save for thin lines across it."""
    rim = np.concatenate([colours[[0, -1]].reshape(-1, 3), colours[:, [0, -1]].reshape(-1, 3)])
    differs = np.abs(colours - np.median(rim, axis=0)).max(axis=2) > _OTHER_COLOUR
    # Of grey values, which takes a third to a fifth of what closing and opening a mask take.
    closed = ndimage.grey_closing(differs.astype(np.uint8), 5, mode="constant")
    numbered, boxes = marks(ndimage.grey_opening(closed, 9, mode="constant"))
    if not boxes:
        return None
    largest = numbered == 1 + np.bincount(numbered.ravel())[1:].argmax()
    # Lettering that touches it, as the blocks of a JPEG make it, fills few of a row or a column.
    top, bottom = _ends(largest.sum(axis=1))
    left, right = _ends(largest.sum(axis=0))
    box = largest[top : bottom + 1, left : right + 1]
    if box.sum() < max(_WHOLE * box.size, 0.2 * differs.size) or box.size > _WHOLE * differs.size:
        return None
    return left, top, right, bottom


def _ends(filled: np.ndarray) -> tuple[int, int]:
    """The first and the last of the lines that are filled at least half as much as the most."""
    half = np.flatnonzero(2 * filled >= filled.max())
    return int(half[0]), int(half[-1])


def _on_white(picture: Image.Image) -> Image.Image:
    """The first frame in RGB, with white where it is transparent."""
    if "transparency" not in picture.info and not picture.mode.endswith(("A", "a")):
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def _paper(colours: np.ndarray) -> np.ndarray:
    """The colour of the blank paper at each pixel, float32 [rows, columns, 3]."""
    rows, columns = (-(-size // _BLOCK) for size in colours.shape[:2])
    padding = ((0, rows * _BLOCK - colours.shape[0]), (0, columns * _BLOCK - colours.shape[1]), (0, 0))
    blocks = np.pad(colours, padding, mode="reflect").reshape(rows, _BLOCK, columns, _BLOCK, 3)
    paper = np.quantile(blocks, 0.7, axis=(1, 3), method="nearest").astype(np.float32)
    paper = ndimage.median_filter(paper, (5, 5, 1), mode="nearest")  # a block full of lettering is not paper
    everywhere = paper.repeat(_BLOCK, axis=0).repeat(_BLOCK, axis=1)
    return everywhere[: colours.shape[0], : colours.shape[1]]


def marks(drawn: np.ndarray) -> tuple[np.ndarray, list[tuple[slice, slice]]]:
    """The connected marks of a mask, also over corners: each pixel's number from 1, 0 for none, and the boxes."""
    numbered = np.empty(drawn.shape, np.int32)
    ndimage.label(drawn, np.ones((3, 3)), output=numbered)
    return numbered, ndimage.find_objects(numbered)
