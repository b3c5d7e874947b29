"""Infrared spectra drawn as the charts of a plotter, a data bank's page or a scan, to test a chart reader against.

It shares no constant with the reader, so that an error there cannot be cancelled by the same error here.
`styles` deals the values of each row out evenly, so a few dozen charts hold every value several times:

| what varies    | values                                                                                           |
|----------------|--------------------------------------------------------------------------------------------------|
| size           | 433 to 1300 px wide, 0.5 to 0.75 of that high and more with a table; four independent margins    |
| file           | GIF, PNG (colour, grey, palette, transparent paper), JPEG (quality 60 to 95, colour, grey)       |
| wavenumber     | broken at 2000 cm⁻¹ (10 units : 16 units), or linear from `first` to `last`                      |
| transmittance  | 0 to 1 mostly, else another range; numbers as percent, fraction, or percent counted from the top |
| curve          | 1 to 3 px; black, dark blue, red; hard-edged or antialiased, then also blurred                   |
| paper          | white, cream, noisy with a shade across it                                                       |
| frame and grid | 1 or 2 px; ticks inside, outside, across; no grid, light grey lines, dark dots                   |
| lettering      | 9 to 17 px; heading; a table below or at the right, a note inside, arrows to bands; black, blue  |
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

BLACK, DARK_BLUE, RED, BLUE = (0, 0, 0), (10, 20, 120), (225, 30, 30), (0, 0, 255)
LIGHT_GREY, DARK_GREY = (208, 208, 208), (70, 70, 70)
PAPERS = {"white": (255, 255, 255), "cream": (250, 243, 222), "noisy": (241, 239, 232)}
WITHOUT_CHART = ("blank", "photo", "text", "frame", "pie")  # what `draw_without_chart` draws


@dataclass(frozen=True)
class ChartStyle:
    """All that a chart's looks depend on; lengths in px."""

    width: int = 735
    height: int = 400
    margins: tuple[int, int, int, int] = (60, 40, 25, 55)  # left, top, right, bottom: what lies outside the frame
    image_format: str = "GIF"  # GIF, PNG or JPEG
    pixels: str = "colour"  # colour, grey, palette (PNG), transparent (PNG, not on noisy paper; black beneath)
    jpeg_quality: int = 85
    axis: str = "broken"  # broken (always 4000 to 400 cm⁻¹) or linear
    first: float = 4000.0  # wavenumber at the frame's left line
    last: float = 400.0  # and at its right line
    low: float = 0.0  # transmittance at the frame's bottom line
    high: float = 1.0  # and at its top line
    y_numbers: str = "percent"  # percent, fraction, from top (0 at the top, 100 at the bottom, the curve unchanged)
    y_step: float = 0.2  # transmittance from one number to the next
    line_width: float = 1.0  # hard-edged lines round it to whole pixels
    antialias: bool = False
    blur: float = 0.0  # radius of a blur over the whole picture, as a careless resizing leaves it
    line_colour: tuple[int, int, int] = BLACK
    paper: str = "white"  # white, cream or noisy
    frame_width: int = 1
    grid: str = "none"  # none, light or dotted
    ticks: str = "inside"  # inside, outside or across
    font_size: int = 12
    y_title: str = "rotated"  # rotated, above or none
    heading: bool = True
    lettering: str = "none"  # none, table below, table right, note or arrows
    lettering_colour: tuple[int, int, int] = BLACK
    seed: int = 0  # of the paper's noise and the places of the lettering


def plot_box(style: ChartStyle) -> tuple[int, int, int, int]:
    """The innermost pixels of the frame's lines: left and top, right and bottom. Their centres are the axes' ends."""
    left, top, right, bottom = style.margins
    return left, top, style.width - 1 - right, style.height - 1 - bottom


def across(style: ChartStyle, wavenumber):
    """The x of a wavenumber in px, where pixel i reaches from i to i + 1."""
    left, _, right, _ = plot_box(style)
    broken = [-4000, -2000, -400], [0, 10 / 26, 1]
    knots, shares = broken if style.axis == "broken" else ([-style.first, -style.last], [0, 1])
    return left + 0.5 + np.interp(-np.asarray(wavenumber, float), knots, shares) * (right - left)


def down(style: ChartStyle, transmittance):
    """The y of a transmittance in px, counted from the top."""
    _, top, _, bottom = plot_box(style)
    return top + 0.5 + (style.high - np.asarray(transmittance, float)) / (style.high - style.low) * (bottom - top)


def draw_chart(wavenumber, transmittance, style: ChartStyle) -> bytes:
    """The chart as an image file, of wavenumbers in cm⁻¹ (in order) and transmittances of 0 to 1 (finite).

    One stroke joins all the points that the axis shows; the frame cuts off what leaves it.
    """
    points = np.array([wavenumber, transmittance], float)
    points = points[:, (points[0] <= style.first) & (points[0] >= style.last)]
    curve = _curve_mask(*points, style)
    picture = Image.new("RGB", (style.width, style.height), PAPERS[style.paper])
    draw = ImageDraw.Draw(picture)
    draw.fontmode = "L" if style.antialias else "1"
    _draw_grid(draw, style)
    picture.paste(style.line_colour, mask=curve)
    _draw_frame(draw, style)
    _draw_titles(picture, draw, style)
    _draw_lettering(draw, _bands(*points), np.asarray(curve) > 0, style)
    return _encoded(_worn(picture, style), style)


def _curve_mask(wavenumber: np.ndarray, transmittance: np.ndarray, style: ChartStyle) -> Image.Image:
    """How much of each pixel the curve inks, 0 to 255, nothing outside the frame."""
    finer = 4 if style.antialias else 1
    mask = Image.new("L", (style.width * finer, style.height * finer))
    draw = ImageDraw.Draw(mask)
    pen = round(style.line_width * finer)
    points = np.stack([across(style, wavenumber), down(style, transmittance)], axis=1) * finer
    points = np.floor(points + (0.5 if pen % 2 == 0 else 0))  # an even pen is centred between pixels, not on one
    if style.antialias:
        points = points[np.any(np.diff(points, axis=0, prepend=-1), axis=1)]  # a wide stroke has no direction on a dot
        draw.line([tuple(p) for p in points], fill=255, width=pen, joint="curve")
        mask = mask.reduce(finer)
    else:  # Pillow's wide strokes tear between points a pixel apart: a square pen of single strokes does not
        for offset in np.ndindex(pen, pen):
            draw.line([tuple(p) for p in points + offset - pen // 2], fill=255)
    left, top, right, bottom = plot_box(style)
    return ImageOps.expand(mask.crop((left, top, right + 1, bottom + 1)), style.margins)


def _x_numbers(style: ChartStyle) -> list[int]:
    """The wavenumbers that get a number: as many as fit."""
    if style.axis == "broken":
        return [4000, 3000, 2000, 1500, 1000, 400 if style.seed % 2 else 500]
    crowded = across(style, style.first - 500) - style.margins[0] < 3.5 * style.font_size
    return [n for n in range(0, 5001, 1000 if crowded else 500) if style.last <= n <= style.first]


def _y_numbers(style: ChartStyle) -> list[tuple[float, str]]:
    """The transmittances that get a number, and the number."""
    values = [v for v in (np.arange(-10, 21) * style.y_step).tolist() if style.low <= v <= style.high]
    if style.y_numbers == "fraction":
        return [(v, f"{v:.1f}") for v in values]
    return [(v, f"{100 * (1 - v if style.y_numbers == 'from top' else v):.0f}") for v in values]


def _draw_grid(draw: ImageDraw.ImageDraw, style: ChartStyle) -> None:
    if style.grid == "none":
        return
    left, top, right, bottom = plot_box(style)
    step, colour = (1, LIGHT_GREY) if style.grid == "light" else (4, DARK_GREY)
    for x in np.floor(across(style, _x_numbers(style))):
        draw.point([(x, y) for y in range(top, bottom, step)], fill=colour)
    for y in np.floor(down(style, [value for value, _ in _y_numbers(style)])):
        draw.point([(x, y) for x in range(left, right, step)], fill=colour)


def _draw_frame(draw: ImageDraw.ImageDraw, style: ChartStyle) -> None:
    """The box, grown outwards from the axes, the ticks, and the numbers below and at the left."""
    left, top, right, bottom = plot_box(style)
    grown = style.frame_width - 1
    draw.rectangle((left - grown, top - grown, right + grown, bottom + grown), outline=BLACK, width=style.frame_width)
    font = ImageFont.load_default(style.font_size)
    inwards = 0 if style.ticks == "outside" else style.font_size // 2
    outwards = 0 if style.ticks == "inside" else style.font_size // 2
    for n in range(0, 5001, 100):
        if style.last <= n <= style.first:
            x, length = np.floor(across(style, n)), 1.0 if n in _x_numbers(style) else 0.5
            draw.line((x, bottom - inwards * length, x, bottom + outwards * length), fill=BLACK)
    for n in _x_numbers(style):
        draw.text((across(style, n), bottom + outwards + style.font_size // 2), str(n), BLACK, font, anchor="mt")
    for value, number in _y_numbers(style):
        y = np.floor(down(style, value))
        draw.line((left - outwards, y, left + inwards, y), fill=BLACK)
        draw.text((left - outwards - 4, y), number, BLACK, font, anchor="rm")


def _draw_titles(picture: Image.Image, draw: ImageDraw.ImageDraw, style: ChartStyle) -> None:
    """The axes' titles and the heading."""
    left, top, right, bottom = plot_box(style)
    size, font = style.font_size, ImageFont.load_default(style.font_size)
    words = {"fraction": "Transmittance", "percent": "TRANSMITTANCE(%)", "from top": "Absorbance / %"}[style.y_numbers]
    draw.text(((left + right) / 2, bottom + 2.2 * size), "WAVENUMBER / cm-1", BLACK, font, anchor="mt")
    if style.y_title == "rotated":
        upright = Image.new("L", (10 * size, round(1.3 * size)))
        ImageDraw.Draw(upright).text((5 * size, 0), words, 255, font, anchor="ma")
        turned = upright.rotate(90, expand=True).point(lambda v: v if style.antialias else 255 * (v > 127))
        picture.paste(BLACK, (2, (top + bottom) // 2 - 5 * size), turned)
    elif style.y_title == "above":
        draw.text((4, top - 0.8 * size), words, BLACK, font, anchor="lb")
    if style.heading:
        draw.text(((left + right) / 2 + 3 * size, 3), "2-BUTANONE  LIQUID FILM", BLACK, font, anchor="mt")


def _draw_lettering(draw: ImageDraw.ImageDraw, bands: list, ink: np.ndarray, style: ChartStyle) -> None:
    """What stands around or in the chart beside its axes; `ink` is where the curve is."""
    left, top, right, bottom = plot_box(style)
    size, rng = style.font_size, np.random.default_rng(style.seed)
    font, colour = ImageFont.load_default(size), style.lettering_colour
    table = [f"{place:.0f}  {100 * depth:.0f}" for place, depth in bands]
    if style.lettering == "table below":
        for i, row in enumerate(table[:20]):
            draw.text((left + i // 4 * 6 * size, bottom + (3.6 + i % 4 * 1.2) * size), row, colour, font)
    elif style.lettering == "table right":
        for i, row in enumerate(table[: int((bottom - top) / (1.2 * size))]):
            draw.text((right + 2 * size, top + i * 1.2 * size), row, colour, font)
    elif style.lettering == "note":
        text = "C4H8O\nneat, 0.025 mm\n1715 cm-1: C=O"
        width, height = (int(v) + 2 * size for v in draw.textbbox((0, 0), text, font)[2:])
        for _ in range(200):  # the first place that the curve leaves free, if there is one
            x, y = rng.integers((left, top), (max(right - width, left + 1), max(bottom - height, top + 1)))
            if not ink[y : y + height, x : x + width].any():
                draw.text((x + size, y + size), text, colour, font)
                return
    elif style.lettering == "arrows":
        for (place, depth), name in zip(bands[:2], ("C=O", "CH"), strict=False):
            x, y = across(style, place) - 3, down(style, max(depth, style.low))
            draw.line((x - 2 * size, y - size, x, y), fill=colour)
            draw.text((x - 2 * size, y - size), name, colour, font, anchor="rm")


def _bands(wavenumber: np.ndarray, transmittance: np.ndarray) -> list[tuple[float, float]]:
    """(wavenumber, transmittance) of the lowest points at least 30 cm⁻¹ apart, the lowest first."""
    found: list[tuple[float, float]] = []
    for depth, place in sorted(zip(transmittance.tolist(), wavenumber.tolist(), strict=True)):
        if len(found) < 30 and all(abs(place - other) > 30 for other, _ in found):
            found.append((place, depth))
    return found


def _worn(picture: Image.Image, style: ChartStyle) -> Image.Image:
    """The picture blurred, then with the paper's noise and a shade from corner to corner."""
    picture = picture.filter(ImageFilter.GaussianBlur(style.blur))
    if style.paper != "noisy":
        return picture
    shade = np.add.outer(np.linspace(0, -6, style.height), np.linspace(4, -4, style.width))
    noisy = picture + (shade + np.random.default_rng(style.seed).normal(0, 4, shade.shape))[:, :, None]
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def _encoded(picture: Image.Image, style: ChartStyle) -> bytes:
    if style.pixels == "transparent" and style.image_format == "PNG" and style.paper != "noisy":
        drawn = np.any(np.asarray(picture) != PAPERS[style.paper], axis=2)[:, :, None]
        picture = Image.fromarray(np.concatenate([picture * drawn, 255 * drawn], axis=2).astype(np.uint8))
    elif style.pixels == "grey":
        picture = picture.convert("L")
    elif style.image_format == "GIF" or (style.pixels == "palette" and style.image_format == "PNG"):
        picture = picture.quantize(64)
    file = io.BytesIO()
    picture.save(file, style.image_format, quality=style.jpeg_quality)  # GIF and PNG take no notice of a quality
    return file.getvalue()


def styles(seed: int, count: int) -> list[ChartStyle]:
    """`count` styles, the same for the same seed, the values of the module's table dealt out evenly."""
    rng = np.random.default_rng(seed)

    def dealt(*values):
        return [values[i] for i in rng.permutation(np.arange(count) % len(values))]

    linear = [("linear", 4000, 400)] * 2 + [("linear", 4000, 600), ("linear", 3800, 500), ("linear", 3977, 253)]
    columns = {
        "width": [int(w) for w in rng.permutation(np.linspace(433, 1300, count).round())],
        "image_format": dealt("GIF", "PNG", "JPEG"), "pixels": dealt("colour", "grey", "palette", "transparent"),
        "jpeg_quality": dealt(60, 70, 75, 85, 95), "limits": dealt(*linear, *[("broken", 4000, 400)] * 5),
        "range": dealt(*[(0.0, 1.0)] * 6, (0.0, 1.05), (-0.05, 1.02), (0.15, 0.9)),
        "y_numbers": dealt("percent", "percent", "fraction", "from top"), "y_step": dealt(0.1, 0.2, 0.5),
        "line_width": dealt(1, 1, 1.5, 2, 3), "antialias": dealt(True, False), "blur": dealt(0.0, 0.0, 0.4, 0.7),
        "line_colour": dealt(BLACK, DARK_BLUE, RED), "paper": dealt("white", "cream", "noisy"),
        "frame_width": dealt(1, 1, 2), "grid": dealt("none", "light", "dotted"),
        "ticks": dealt("inside", "outside", "across"), "y_title": dealt("rotated", "above", "none"),
        "heading": dealt(True, False), "lettering_colour": dealt(BLACK, BLUE),
        "lettering": dealt("none", "table below", "table right", "note", "arrows"),
    }  # fmt: skip
    return [_style(rng, {name: values[i] for name, values in columns.items()}) for i in range(count)]


def _style(rng: np.random.Generator, chosen: dict) -> ChartStyle:
    """The style of what was dealt, with margins that the lettering fits in."""
    width, lettering = chosen["width"], chosen["lettering"]
    size = int(np.clip(width / rng.uniform(50, 75), 9, 17))
    (axis, first, last), (low, high) = chosen.pop("limits"), chosen.pop("range")
    chosen["blur"] *= chosen["antialias"]
    chosen["y_step"] = min(chosen["y_step"], 0.2 if high - low < 1 else 0.5)  # or a single number would be left
    added = np.array([0, 0, 5 * size * (lettering == "table right"), 6 * size * (lettering == "table below")])
    margins = (size * rng.uniform([4.5, 2.5, 1.5, 3.6], [7, 4.5, 4, 5])).astype(int) + added
    return ChartStyle(
        **chosen, axis=axis, first=first, last=last, low=low, high=high, font_size=size, seed=int(rng.integers(2**31)),
        height=int(width * rng.uniform(0.5, 0.75)) + int(added[3]), margins=tuple(margins.tolist()),
    )  # fmt: skip


def draw_without_chart(kind: str) -> bytes:
    """A PNG of one of WITHOUT_CHART, 640 × 420."""
    assert kind in WITHOUT_CHART, kind
    picture = Image.new("RGB", (640, 420), "white")
    draw, rng = ImageDraw.Draw(picture), np.random.default_rng(0)
    if kind == "photo":
        shade = np.add.outer(np.linspace(30, 120, 420), np.linspace(0, 100, 640))[:, :, None] * [1, 0.8, 0.6]
        picture = Image.fromarray(np.clip(shade + rng.normal(0, 20, shade.shape), 0, 255).astype(np.uint8))
    elif kind == "text":
        for y in range(30, 390, 18):
            draw.text((40, y), "".join(rng.choice(list("etaoinshrdlu     "), 75)), BLACK, ImageFont.load_default(13))
    elif kind == "frame":
        draw.rectangle((60, 30, 610, 370), outline=BLACK)
    elif kind == "pie":
        for start, end, colour in ((0, 130, RED), (130, 220, DARK_BLUE), (220, 360, LIGHT_GREY)):
            draw.pieslice((150, 40, 490, 380), start, end, colour, BLACK)
    return _encoded(picture, ChartStyle(image_format="PNG"))
