"""Numbers as charts print them, in the faces that a chart's labels are compared with.

Three ship with what draws pictures here, one that resembles Helvetica, one Verdana and one Times; the fourth is that of
screens and plotters, drawn below.
"""

import math
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

ROWS = 9
"""Rows of pixels to which numbers are brought to be compared."""
_BLUR = 0.6
"""Pixels by which pictures of numbers are smoothed, so that no two drawings of a face need agree."""
_SIZE = 64  # pixels at which the faces are drawn before they are reduced
_GLYPHS = {
    "0": ".###. #...# #...# #...# #...# #...# #...# #...# .###.",
    "1": "..#. .##. #.#. ..#. ..#. ..#. ..#. ..#. ..#.",
    "2": ".###. #...# ....# ....# ...#. ..#.. .#... #.... #####",
    "3": ".###. #...# ....# ....# ..##. ....# ....# #...# .###.",
    "4": "...#. ..##. ..##. .#.#. .#.#. #..#. ##### ...#. ...#.",
    "5": "##### #.... #.... ####. #...# ....# ....# #...# .###.",
    "6": ".###. #...# #.... #.##. ##..# #...# #...# #...# .###.",
    "7": "##### ....# ....# ...#. ...#. ..#.. ..#.. .#... .#...",
    "8": ".###. #...# #...# #...# .###. #...# #...# #...# .###.",
    "9": ".###. #...# #...# #...# #..## .##.# ....# #...# .###.",
    ".": ". . . . . . . # #",
    "-": "... ... ... ... ... ### ... ... ...",
    ",": ".. .. .. .. .. .. .. .# #.",
}
FACES = ("screen", "helvetica", "verdana", "times")


@cache
def template(face: str, text: str) -> np.ndarray:
    """A number in one of `FACES`, [ROWS, columns], smoothed, with mean 0 and standard deviation 1."""
    picture = _on_screen(text) if face == "screen" else _printed(face, text)
    rows, columns = picture.shape
    return _standard(_resampling(rows, rows) @ picture @ _resampling(columns, columns).T)


def brought_to(ink: np.ndarray, columns: int) -> np.ndarray:
    """The ink of a word at the size of a number of so many columns, [ROWS, columns], as `template` is."""
    return _standard(_resampling(ink.shape[0], ROWS) @ ink @ _resampling(ink.shape[1], columns).T)


def _standard(smooth: np.ndarray) -> np.ndarray:
    off = smooth - smooth.mean()
    return off / max(math.sqrt(np.vdot(off, off) / off.size), 1e-6)


@lru_cache(maxsize=1024)
def _resampling(old: int, new: int) -> np.ndarray:
    """What brings pixels to a new number of them, linearly between, and smooths a little, [new, old].

    Both act on rows and columns apart, and are linear: applied to single pixels they give the whole.
    """
    resized = ndimage.zoom(np.eye(old), (new / old, 1), order=1, mode="nearest", grid_mode=True)
    return np.asarray(ndimage.gaussian_filter1d(resized, _BLUR, axis=0))


def _on_screen(text: str) -> np.ndarray:
    columns: list[np.ndarray] = []
    for character in text:
        glyph = np.array([[pixel == "#" for pixel in row] for row in _GLYPHS[character].split()], float)
        columns += [glyph, np.zeros((ROWS, 1))]
    return np.concatenate(columns[:-1], axis=1)


def _printed(face: str, text: str) -> np.ndarray:
    characters = np.concatenate([_character(face, each) for each in text], axis=1)
    rows, columns = (np.flatnonzero(characters.any(axis=axis)) for axis in (1, 0))
    inked = Image.fromarray(characters[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    size = max(1, round(ROWS * inked.width / inked.height)), ROWS
    return np.asarray(inked.resize(size, Image.Resampling.BOX), float) / 255


@cache
def _character(face: str, character: str) -> np.ndarray:
    """One character of a printed face in the room that it takes on a line, uint8 [rows, columns]."""
    font = _font(face)
    picture = Image.new("L", (round(font.getlength(character)), 2 * _SIZE))
    ImageDraw.Draw(picture).text((0, 0), character, 255, font)
    return np.asarray(picture)


@cache
def _font(face: str) -> ImageFont.FreeTypeFont:
    if face == "helvetica":
        found = ImageFont.load_default(_SIZE)
        assert isinstance(found, ImageFont.FreeTypeFont)  # every wheel of Pillow can draw it
        return found
    package = find_spec("matplotlib")  # not imported: its files are enough
    assert package is not None
    assert package.origin is not None
    name = {"verdana": "DejaVuSans", "times": "STIXGeneral"}[face]
    return ImageFont.truetype(Path(package.origin).parent / "mpl-data" / "fonts" / "ttf" / f"{name}.ttf", _SIZE)
