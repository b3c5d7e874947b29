"""What `chart_layouts.py` draws charts with: looks, letters, and two pens, one that sets pixels and matplotlib's Agg.

Nothing here is shared with the chart reader or with `chart_drawing.py`.
"""

import io
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont
from scipy.signal import find_peaks

Colour = tuple[int, int, int]
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
FONTS = ("Aileron", "DejaVu Sans", "STIXGeneral", "cmr10", "cmss10", "DejaVu Serif")  # no file of the system's
SANS = ("Aileron", "DejaVu Sans", "cmss10")  # strokes that live through one bit


@dataclass(frozen=True)
class Drawn:
    """A picture's file and its truth: cm-1 at the frame's left and right line, pixels from one to the other."""

    content: bytes
    suffix: str
    range: tuple[float, float]
    width: int
    kind: str  # 'transmittance' or 'absorbance': what is plotted


@dataclass(frozen=True)
class Axis:
    """A horizontal axis: cm-1 at its two ends, and even in wavenumber, doubled below 2000, or even in wavelength."""

    left: float
    right: float
    scale: str = "linear"

    def at(self, wavenumber):
        """Fraction of the frame's width, from its left line, of wavenumbers in cm-1."""
        steps = self._steps(np.array([self.left, self.right]))
        return (self._steps(np.asarray(wavenumber, float)) - steps[0]) / (steps[1] - steps[0])

    def _steps(self, wavenumber: np.ndarray) -> np.ndarray:
        if self.scale == "wavelength":
            return 1e4 / wavenumber
        return np.where((wavenumber < 2000) & (self.scale == "doubled"), 2000 - 2 * wavenumber, -wavenumber)


@dataclass(frozen=True)
class Lettering:
    """A font: its size in pixels; `reduced` to one bit from four times the size; `pitch`, pixels a letter, if fixed."""

    font: str
    size: float
    reduced: bool = False
    pitch: float = 0.0


@dataclass(frozen=True)
class Look:
    """What a chart looks like; lengths in pixels, values in what is plotted (percent or absorbance)."""

    size: tuple[int, int]
    box: tuple[int, int, int, int]  # the frame's lines: left, top, right, bottom
    axis: Axis
    x_labels: tuple[tuple[float, str], ...]
    y_labels: tuple[tuple[float, str], ...]
    y_range: tuple[float, float]
    letters: Lettering
    x_align: str = "m"  # l: the number begins at its tick, r: it ends there
    y_align: str = "r"
    tick: int = 4  # outwards; negative: inwards
    ticked: bool = True  # else the numbers stand as far off, and there are no ticks
    minor: float = 0.0  # cm-1 from one minor tick to the next, 0 for none
    mirrored: bool = False  # ticks on the top and the right line too
    sides: str = "lbtr"
    frame: int = 1
    pen: float = 1.0
    colour: Colour = BLACK
    ink: Colour = BLACK
    paper: Colour = WHITE
    ground: Colour = WHITE
    grid: Colour | None = None
    grid_across: bool = True  # upright grid lines too, not level ones alone
    smooth: bool = True
    titles: tuple[str, str, str] = ("", "", "")  # below, at the left, on top
    kind: str = "transmittance"
    matplotlib: bool = False

    def minors(self) -> np.ndarray:
        """Wavenumbers of the minor ticks, cm-1."""
        step = self.minor or 1e9
        return np.arange(step * np.ceil(self.axis.right / step), self.axis.left + 1, step)

    def points(self, wavenumber: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Pixels [n, 2] (across, down) of a curve."""
        left, top, right, bottom = self.box
        up = (values - self.y_range[0]) / (self.y_range[1] - self.y_range[0])
        return np.stack([left + self.axis.at(wavenumber) * (right - left), bottom - up * (bottom - top)], -1)


def pick(rng: np.random.Generator, *options):
    return options[rng.integers(len(options))]


# The looks


def plain_look(rng: np.random.Generator, transmittance: np.ndarray, axis: Axis | None = None) -> Look:
    """A plain chart of percent transmittance in a closed frame, as programs and instruments draw it."""
    width = int(rng.integers(450, 1100))
    size, tick = int(rng.integers(10, 13 + width // 200)), int(pick(rng, -6, -4, 3, 4, 5, 7))
    height = int(width * rng.uniform(0.5, 0.75))
    box = (int(5.4 * size), int(2.6 * size), width - int(2.6 * size), height - int(4.6 * size))
    axis = axis or pick(rng, Axis(4000, 400), Axis(4000, 500), Axis(4000, 600), Axis(4000, 400, "doubled"))
    low, high = pick(rng, (0, 100), (0, 105), (-5, 105), (0, 110))
    y_range = (low, max(high, 5 * np.ceil(transmittance.max() * 20)))
    numbers = [(float(v), str(v)) for v in range(0, int(y_range[1]) + 1, int(pick(rng, 10, 20, 20, 25, 50)))]
    fonts = FONTS[1:] if (by_matplotlib := bool(rng.random() < 0.4)) else FONTS
    letters = Lettering(str(rng.choice(fonts)), size)
    letters = replace(letters, reduced=letters.font in SANS and not by_matplotlib and bool(rng.random() < 0.4))
    titles = (
        pick(rng, "Wavenumber (cm-1)", "Wavenumbers / cm-1", "cm-1", "WAVENUMBERS", "Wavenumber [1/cm]"),
        pick(rng, "Transmittance (%)", "% Transmittance", "%T", "Transmittance [%]"),
        pick(rng, "", "", "IR Spectrum", "Sample 12: film on NaCl", "FT-IR, KBr pellet"),
    )
    x_labels = _x_labels(rng, axis, box[2] - box[0], size)
    look = Look((width, height), box, axis, x_labels, tuple(numbers), y_range, letters, tick=tick, titles=titles)
    return replace(
        look,
        minor=float(pick(rng, 0, 0, 100, 250 if axis.scale == "linear" else 100)),
        mirrored=bool(tick < 0 and rng.random() < 0.5),
        frame=int(pick(rng, 1, 1, 2)),
        pen=float(pick(rng, 1, 1, 1.5, 2, 2.5)),
        colour=pick(rng, BLACK, BLACK, (200, 20, 20), (20, 40, 190), (0, 0, 128), (31, 119, 180)),
        grid=pick(rng, None, None, None, (215, 215, 215)),
        smooth=bool(rng.random() < 0.7),
        matplotlib=by_matplotlib,
    )


def _x_labels(rng: np.random.Generator, axis: Axis, room: int, size: float) -> tuple[tuple[float, str], ...]:
    """Numbers at even steps that have room beside one another, `room` pixels across the frame."""
    fitting = [[4000.0, 2000.0, 1000.0]]
    for step in (400, 1000) if axis.scale == "doubled" else (200, 400, 500, 1000):
        values = [float(v) for v in range(6000, int(axis.right) - 1, -step) if v <= axis.left]
        if axis.scale == "doubled":
            values = [v for v in values if v > 2000] + [2000.0 - i * step / 2 for i in range(int(3200 / step) + 1)]
        if np.diff(axis.at(values)).min() * room > 3.1 * size:
            fitting.append(values)
    return tuple((v, f"{v:.0f}") for v in pick(rng, *(fitting[1:] or fitting)) if axis.right <= v <= axis.left)


def with_absorbance(rng: np.random.Generator, look: Look, transmittance: np.ndarray) -> Look:
    """The look with an ordinate of absorbance in fractions."""
    top = _absorbances(transmittance).max() * rng.uniform(1.05, 1.2) + 1e-3
    step = pick(rng, *[s for s in (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if 3 <= top / s <= 9])
    decimals = max(1, int(np.ceil(-np.log10(step))) + int(rng.integers(2)))
    numbers = tuple((i * step, f"{i * step:.{decimals}f}") for i in range(int(top / step) + 1))
    titles = (look.titles[0], pick(rng, "Absorbance", "Abs", "A", "Absorbance (a.u.)"), look.titles[2])
    y_range = (pick(rng, 0.0, -0.05 * top), top)
    return replace(look, y_labels=numbers, y_range=y_range, titles=titles, kind="absorbance")


def _absorbances(transmittance: np.ndarray) -> np.ndarray:
    return -np.log10(np.clip(transmittance, 1e-3, None))


def plotted(look: Look, transmittance: np.ndarray) -> np.ndarray:
    """What the look plots: percent, or absorbance."""
    return _absorbances(transmittance) if look.kind == "absorbance" else 100 * transmittance


# The pens


@cache
def _font(name: str, size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if name == "Aileron":
        return ImageFont.load_default(size)
    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name.replace(' ', '')}.ttf"
    return ImageFont.truetype(str(file), size)


def ink_of(words: str, letters: Lettering) -> Image.Image:
    """The ink of some words, cropped to it."""
    fine = 4 if letters.reduced else 1
    font, pitch = _font(letters.font, letters.size * fine), letters.pitch * fine
    mask = Image.new("L", (int(letters.size * fine * (len(words) + 2)), int(letters.size * fine * 2)))
    draw = ImageDraw.Draw(mask)
    pieces = [(i * pitch, letter) for i, letter in enumerate(words)] if pitch else [(0.0, words)]
    for across, piece in pieces:
        draw.text((letters.size * fine + across, letters.size * fine * 1.4), piece, 255, font, "ms" if pitch else "ls")
    if letters.reduced:
        mask = mask.reduce(fine).point([0] * 96 + [255] * 160)
    return mask.crop(mask.getbbox())


def write(image: Image.Image, at, words: str, letters: Lettering, anchor="mt", ink: Colour = BLACK, turned=False):
    """Put words on a picture: left, middle or right (l, m, r) and top, middle or bottom (t, m, b) of the ink `at`."""
    if not words:
        return
    mask = ink_of(words, letters)
    mask = mask.transpose(Image.Transpose.ROTATE_90) if turned else mask
    part = {"l": 0, "t": 0, "m": 0.5, "r": 1, "b": 1}
    corner = (round(at[0] - part[anchor[0]] * mask.width), round(at[1] - part[anchor[1]] * mask.height))
    image.paste(ink, corner, mask)


def curve_mask(look: Look, points: np.ndarray, pen: float, fine: int = 1) -> Image.Image:
    """A curve (pixels [n, 2]) of a pen `pen` wide, cut off at the frame, in a picture `fine` times the size."""
    mask = Image.new("L", (look.size[0] * fine, look.size[1] * fine))
    path = [(x, y) for x, y in np.round((points + (0.5 if fine > 1 else 0.0)) * fine).tolist()]
    ImageDraw.Draw(mask).line(path, 255, max(1, round(pen * fine)), joint="curve")
    left, top, right, bottom = (v * fine for v in look.box)
    inside = Image.new("L", mask.size)
    inside.paste(mask.crop((left, top, right + fine, bottom + fine)), (left, top))
    return inside.reduce(fine)


def _bars(look: Look) -> list[tuple[float, float, float, float]]:
    """Frame and ticks, as filled boxes in pixels, corners included."""
    left, top, right, bottom = look.box
    thick, out, back = look.frame - 1, max(look.tick, 0), min(look.tick, 0)
    sides = {"l": (left - thick, top, left, bottom), "b": (left - thick, bottom, right, bottom + thick),
             "t": (left - thick, top - thick, right, top), "r": (right, top, right + thick, bottom)}  # fmt: skip
    bars = [sides[side] for side in look.sides]
    if not look.ticked:
        return bars
    for value, half in [(v, 1) for v, _ in look.x_labels] + [(v, 2) for v in look.minors()]:
        x = round(left + float(look.axis.at(value)) * (right - left))
        bars.append((x, bottom + back // half, x, bottom + thick + out // half))
        if look.mirrored:
            bars.append((x, top - out // half, x, top - back // half))
    for _, y in look.points(np.full(len(look.y_labels), 1e3), np.array([v for v, _ in look.y_labels])).round().tolist():
        bars.append((left - thick - out, y, left - back, y))
        if look.mirrored:
            bars.append((right + back, y, right + out, y))
    return bars


def _by_pillow(look: Look, curves: list[tuple[np.ndarray, np.ndarray]]) -> Image.Image:
    """The chart of some curves (wavenumber and ordinate [n]), as a program that sets pixels draws it."""
    image = Image.new("RGB", look.size, look.paper)
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = look.box
    draw.rectangle(look.box, look.ground)
    if look.grid:
        for x, y in _label_pixels(look):
            if y is None and not look.grid_across:
                continue
            draw.line((x, top, x, bottom) if y is None else (left, y, right, y), look.grid)
    for wavenumber, values in curves:
        mask = curve_mask(look, look.points(wavenumber, values), look.pen, 4 if look.smooth else 1)
        image.paste(look.colour, (0, 0), mask)
    for bar in _bars(look):
        draw.rectangle(bar, look.ink)
    _number(image, look)
    return image


def _label_pixels(look: Look) -> list:
    """Where the numbered ticks are: (across, None) of the wavenumbers, (None, down) of the ordinate."""
    across = look.points(np.array([v for v, _ in look.x_labels], float), np.zeros(len(look.x_labels)))[:, 0]
    down = look.points(np.full(len(look.y_labels), 1e3), np.array([v for v, _ in look.y_labels], float))[:, 1]
    return [(round(x), None) for x in across] + [(None, round(y)) for y in down]


def _number(image: Image.Image, look: Look) -> None:
    """The numbers at the ticks, and the titles."""
    left, top, right, bottom = look.box
    size, out, letters = look.letters.size, max(look.tick, 0) + look.frame - 1, look.letters
    widest = max((ink_of(label, letters).width for _, label in look.y_labels if label), default=0)
    edge = left - out - 0.4 * size - (widest if look.y_align == "l" else 0)
    for (x, y), (_, label) in zip(_label_pixels(look), look.x_labels + look.y_labels, strict=True):
        at = (x, bottom + out + 0.45 * size) if y is None else (edge, y)
        write(image, at, label, letters, look.x_align + "t" if y is None else look.y_align + "m", look.ink)
    below, beside, above = look.titles
    write(image, ((left + right) / 2, bottom + out + 2.0 * size), below, letters, "mt", look.ink)
    write(image, (0.4 * size, (top + bottom) / 2), beside, letters, "lm", look.ink, turned=True)
    write(image, ((left + right) / 2, top - 0.9 * size), above, letters, "mb", look.ink)


def _by_matplotlib(look: Look, curves: list[tuple[np.ndarray, np.ndarray]]) -> Image.Image:
    """The same chart as matplotlib's Agg draws it."""
    (width, height), (left, top, right, bottom), size = look.size, look.box, look.letters.size
    ink, ground, paper, colour = (tuple(v / 255 for v in c) for c in (look.ink, look.ground, look.paper, look.colour))
    style = {"font.family": look.letters.font, "font.size": 0.72 * size, "axes.formatter.use_mathtext": True}
    with matplotlib.rc_context(style):
        figure = Figure((width / 100, height / 100), 100, facecolor=paper)
        canvas = FigureCanvasAgg(figure)
        place = (left / width, 1 - bottom / height, (right - left) / width, (bottom - top) / height)
        axes = figure.add_axes(place, facecolor=ground, xlim=(0, 1), ylim=look.y_range)
        align = {"l": "left", "m": "center", "r": "right"}
        values, labels = zip(*look.x_labels, strict=True)
        axes.set_xticks(look.axis.at(values), labels, ha=align[look.x_align])
        values, labels = zip(*look.y_labels, strict=True)
        axes.set_yticks(values, labels, ha=align[look.y_align])
        axes.set_xticks(look.axis.at(look.minors()), minor=True)
        ticks = {"direction": "out" if look.tick > 0 else "in", "color": ink, "labelcolor": ink}
        for which, part in (("major", look.ticked), ("minor", 0.5 * look.ticked)):
            axes.tick_params(which=which, top=look.mirrored, length=0.72 * abs(look.tick) * part, **ticks)
        if not look.ticked:
            axes.tick_params("x", pad=0.25 * size + 0.72 * abs(look.tick))
        wide = max(len(label) for label in labels) * 0.45 * size if look.y_align == "l" else 0
        axes.tick_params("y", pad=0.25 * size + wide, right=look.mirrored)
        for side, spine in axes.spines.items():
            spine.set(visible=side[0] in look.sides, linewidth=0.72 * look.frame, color=ink)
        if look.grid:
            axes.grid(axis="both" if look.grid_across else "y", color=tuple(v / 255 for v in look.grid), linewidth=0.8)
            axes.set_axisbelow(True)
        for wavenumber, ordinate in curves:
            axes.plot(look.axis.at(wavenumber), ordinate, color=colour, linewidth=0.72 * look.pen)
        below, beside, above = (title.replace("cm-1", "cm$^{-1}$") for title in look.titles)
        axes.set_xlabel(below, color=ink)
        figure.text(0.2 * size / width, (place[1] + place[3] / 2), beside, rotation=90, va="center", color=ink)
        axes.set_title(above, color=ink, fontsize=0.8 * size)
        canvas.draw()
        return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())


def picture(look: Look, wavenumber: np.ndarray, transmittance: np.ndarray, *more: np.ndarray) -> Image.Image:
    """The chart of a spectrum, with more curves of transmittance [n] in the same ink."""
    curves = [(wavenumber, plotted(look, t)) for t in (transmittance, *more)]
    return (_by_matplotlib if look.matplotlib else _by_pillow)(look, curves)


def drawn(image: Image.Image, look: Look, rng: np.random.Generator, *formats: str) -> Drawn:
    """The file of a picture, in one of the formats: png, palette (PNG), gif, dithered (GIF), jpeg."""
    how, file = pick(rng, *formats or ("png", "png", "jpeg", "gif")), io.BytesIO()
    if how == "jpeg":
        quality = int(rng.integers(25, 96))
        image.save(file, "JPEG", quality=quality, subsampling=0 if rng.random() < 0.3 else 2)
    else:
        dither = Image.Dither.FLOYDSTEINBERG if how == "dithered" else Image.Dither.NONE
        colours = {"palette": 16, "gif": 256, "dithered": 16}
        if how != "png":
            palette = image.quantize(colours[how])
            image = image.convert("RGB").quantize(palette=palette, dither=dither)
        image.save(file, "PNG" if how in ("png", "palette") else "GIF")
    suffix = {"jpeg": ".jpg", "png": ".png", "palette": ".png"}.get(how, ".gif")
    ends = (float(look.axis.left), float(look.axis.right))
    return Drawn(file.getvalue(), suffix, ends, look.box[2] - look.box[0], look.kind)


def bands(wavenumber: np.ndarray, transmittance: np.ndarray, count: int) -> list[tuple[float, float]]:
    """Wavenumber and transmittance of the strongest bands, from high wavenumbers to low."""
    found, about = find_peaks(-transmittance, prominence=0.01)
    strong = sorted(found[np.argsort(-about["prominences"])[:count]], reverse=True)
    return [(float(wavenumber[i]), float(transmittance[i])) for i in strong]
