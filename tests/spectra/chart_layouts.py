"""Pictures of infrared charts in the layouts that are found in the world, and ambiguous ones that nobody could read.

Drawn without a line of the chart reader or of `chart_drawing.py`, so that the reader is tested on what it has not seen.
A drawing takes wavenumbers (cm-1, ascending), transmittances (0 to 1) and a generator, and is the same for the same.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from chart_pens import (
    BLACK,
    WHITE,
    Axis,
    Drawn,
    Lettering,
    Look,
    bands,
    curve_mask,
    drawn,
    ink_of,
    pick,
    picture,
    plain_look,
    plotted,
    with_absorbance,
    write,
)
from PIL import Image, ImageDraw, ImageFilter

Layout = Callable[[np.ndarray, np.ndarray, np.random.Generator], Drawn]
GROUPS = ((3200, 3700, "O-H stretch"), (3000, 3199, "=C-H"), (2800, 2999, "C-H stretch"), (2100, 2300, "C≡N"),
          (1660, 1850, "C=O {}"), (1550, 1659, "C=C {}"), (1350, 1480, "CH2 bend"), (1000, 1300, "C-O {}"))  # fmt: skip

# The layouts


def _sdbs(wavenumber, transmittance, rng, size: tuple[int, int], formats: tuple[str, ...]) -> Drawn:
    """A page of the SDBS data bank: one bit, a header, the frame, a table of bands and a structure."""
    much = size[0] / 433
    small = Lettering(pick(rng, "Aileron", "cmss10", "DejaVu Sans"), round(6.9 * much), True, round(4.6 * much, 1))
    tiny = replace(small, size=round(6.6 * much), pitch=round(4.3 * much, 1))
    left, top = int(rng.integers(30, 38)), int(rng.integers(38, 46))
    right, bottom = int(rng.integers(405, 416)), int(rng.integers(218, 234))
    box = (int(left * much), int(top * much), int(right * much), int(bottom * much))
    numbers = tuple((float(v), str(v)) for v in (4000, 3000, 2000, 1500, 1000, 500))
    ordinate = ((0.0, "0"), (50.0, "50"), (100.0, "100"))
    look = Look(size, box, Axis(4000, 400, "doubled"), numbers, ordinate, (0, 100), small, smooth=False)
    look = replace(look, x_align="l" if much > 1 else "m", tick=-round(rng.integers(3, 5) * much), mirrored=True)
    image = picture(look, wavenumber, transmittance)
    number, code = int(rng.integers(100, 4000)), int(rng.integers(1000, 70000))
    way = pick(rng, "KBR DISC", "LIQUID FILM", "NUJOL MULL", "CCL4 SOLUTION")
    lines = (f"HIT-NO={number} SCORE=  (  ) SDBS-NO={code // 7} IR-NIDA-{code:05d} : {way}",
             pick(rng, "3-METHYL-2-PHENYLBUTANOIC ACID", "ETHYL BENZOATE", "P-TOLUIDINE", "CYCLOHEXYL ACETATE"),
             pick(rng, "C11H14O2", "C9H10O2", "C7H9N", "C8H14O2"))  # fmt: skip
    for line, words in enumerate(lines):
        write(image, (6 * much, (4 + 10 * line) * much), words, small, "lt")
    write(image, ((box[0] + box[2]) / 2, box[3] + 14 * much), "WAVENUMBER(-1)", small)
    write(image, (2 * much, (box[1] + box[3]) / 2), "TRANSMITTANCE(%)", small, "lm", turned=True)
    _table(image, bands(wavenumber, transmittance, int(rng.integers(18, 41))), tiny, box[3] + 27 * much, much)
    _structure(image, (size[0] - 45 * much, size[1] - 38 * much), 13 * much)
    return drawn(image.convert("1", dither=Image.Dither.NONE).convert("RGB"), look, rng, *formats)


def _table(image: Image.Image, bands: list, letters: Lettering, top: float, much: float) -> None:
    """Bands in columns: wavenumber and percent transmittance, right-aligned."""
    rows = max(6, -(-len(bands) // 5))
    for i, (wavenumber, transmittance) in enumerate(bands):
        at = (30 + 62 * (i // rows)) * much, top + 8.3 * much * (i % rows)
        write(image, at, f"{wavenumber:.0f}", letters, "rt")
        write(image, (at[0] + 17 * much, at[1]), f"{100 * transmittance:.0f}", letters, "rt")


def _structure(image: Image.Image, at: tuple[float, float], long: float) -> None:
    """A six-membered ring with its double bonds and a substituent, `long` pixels a bond."""
    draw, angle = ImageDraw.Draw(image), np.radians(np.arange(30, 420, 60))
    ring = [(at[0] + long * np.cos(a), at[1] + long * np.sin(a)) for a in angle]
    draw.line(ring, BLACK)
    for i in (0, 2, 4):
        draw.line([(at[0] + 0.75 * (x - at[0]), at[1] + 0.75 * (y - at[1])) for x, y in ring[i : i + 2]], BLACK)
    draw.line([ring[5], (ring[5][0] + long * 0.87, ring[5][1] - long * 0.5)], BLACK)


def _sdbs_small(wavenumber, transmittance, rng) -> Drawn:
    return _sdbs(wavenumber, transmittance, rng, (433, 336), ("gif",))


def _sdbs_large(wavenumber, transmittance, rng) -> Drawn:
    return _sdbs(wavenumber, transmittance, rng, (712, 550), ("gif", "png"))


def _aligned(align: str, rng: np.random.Generator, transmittance: np.ndarray) -> Look:
    """A linear axis whose numbers begin or end at their ticks."""
    look = plain_look(rng, transmittance, Axis(4000, pick(rng, 400, 500, 650)))
    if rng.random() < 0.4:  # an instrument's decimals
        look = replace(look, y_labels=tuple((v, f"{v:.1f}") for v, _ in look.y_labels))
    return replace(look, x_align=align)


def _left_aligned(wavenumber, transmittance, rng) -> Drawn:
    look = replace(_aligned("l", rng, transmittance), y_align="l")
    return drawn(picture(look, wavenumber, transmittance), look, rng)


def _right_aligned(wavenumber, transmittance, rng) -> Drawn:
    look = _aligned("r", rng, transmittance)
    return drawn(picture(look, wavenumber, transmittance), look, rng)


def _three_labels(wavenumber, transmittance, rng) -> Drawn:
    """Three numbers on each axis, with or without small ticks between them."""
    ends = (
        ((4000, 400), (4000, 2000, 400)),
        ((4000, 400, "doubled"), (4000, 2000, 400)),
        ((4000, 1000), (4000, 2500, 1000)),
    )
    axis, numbers = pick(rng, *ends)
    look = plain_look(rng, transmittance, Axis(*axis))
    look = replace(look, x_labels=tuple((float(v), str(v)) for v in numbers), minor=float(pick(rng, 0, 100, 500)))
    look = replace(look, y_labels=((0.0, "0"), (50.0, "50"), (100.0, "100")))
    return drawn(picture(look, wavenumber, transmittance), look, rng)


def _open_frame(wavenumber, transmittance, rng) -> Drawn:
    look = replace(plain_look(rng, transmittance), sides="lb", mirrored=False)
    return drawn(picture(look, wavenumber, transmittance), look, rng)


def _grey_ground(wavenumber, transmittance, rng) -> Drawn:
    """The grounds of ggplot and of old Excel, or a page that is tinted, or darker to one side."""
    look, style = plain_look(rng, transmittance), pick(rng, "ggplot", "excel", "tinted", "shaded")
    if style == "ggplot":
        look = replace(look, ground=(229, 229, 229), grid=WHITE, sides="", ink=(85, 85, 85), matplotlib=True, tick=4)
        look = replace(look, colour=pick(rng, BLACK, (226, 74, 51), (52, 138, 189)), mirrored=False)
        look = replace(look, letters=replace(look.letters, font="DejaVu Sans"), pen=max(look.pen, 1.5))
    elif style == "excel":
        look = replace(look, ground=(192, 192, 192), colour=(0, 0, 128), matplotlib=False, grid=pick(rng, None, BLACK))
    elif style == "tinted":
        paper = pick(rng, (214, 230, 245), (252, 244, 220), (225, 225, 225))
        look = replace(look, paper=paper, ground=pick(rng, paper, WHITE))
    image = picture(look, wavenumber, transmittance)
    if style == "shaded":
        light = np.linspace(*pick(rng, (1, 0.72), (0.75, 1), (0.85, 0.65)), look.size[0])
        image = Image.fromarray((np.asarray(image) * light[None, :, None]).round().astype(np.uint8))
    return drawn(image, look, rng, "png", "jpeg", "gif")


def _spreadsheet(wavenumber, transmittance, rng) -> Drawn:
    """As Excel and its like: light level lines alone, no ticks, an ordinate to 120."""
    axis = pick(rng, Axis(4000, 0), Axis(4000, 500))
    across = tuple((float(v), f"{v}") for v in range(int(axis.right), 4001, 500))
    upwards = tuple((float(v), f"{v}") for v in range(0, 121, 20))
    look = replace(plain_look(rng, transmittance, axis), x_labels=across, y_labels=upwards, y_range=(0.0, 120.0))
    look = replace(look, grid=(217, 217, 217), grid_across=False, sides="", tick=4, ticked=False)
    look = replace(look, mirrored=False, minor=0.0)
    look = replace(look, colour=pick(rng, (68, 114, 196), (237, 125, 49), (91, 155, 213)), ink=(89, 89, 89))
    look = replace(look, pen=max(look.pen, 1.5), frame=1, sides="b" if look.matplotlib else "")
    return drawn(picture(look, wavenumber, transmittance), look, rng)


def _thousands_commas(wavenumber, transmittance, rng) -> Drawn:
    look = plain_look(rng, transmittance)
    look = replace(look, x_labels=tuple((v, f"{v:,.0f}") for v, _ in look.x_labels))
    return drawn(picture(look, wavenumber, transmittance), look, rng)


def _lettering(wavenumber, transmittance, rng) -> Drawn:
    """A textbook's figure: what the bands are, beside the curve, some with a line or an arrow."""
    look = replace(plain_look(rng, transmittance), grid=None)
    image = picture(look, wavenumber, transmittance)
    points = look.points(wavenumber, plotted(look, transmittance))
    taken = curve_mask(look, points, look.pen + 10)
    letters = replace(look.letters, size=max(9, round(look.letters.size * 0.9)), reduced=False)
    letters = replace(letters, font="DejaVu Sans" if look.matplotlib else letters.font)
    for band in bands(wavenumber, transmittance, int(rng.integers(3, 8))):
        words = next((name for low, high, name in GROUPS if low <= band[0] <= high), "{}").format(round(band[0]))
        _annotate(image, taken, look, look.points(*map(np.array, (band[0], 100 * band[1]))), words, letters, rng)
    return drawn(image, look, rng)


def _annotate(image, taken: Image.Image, look: Look, tip: np.ndarray, words: str, letters: Lettering, rng) -> None:
    """Write words near a band's tip (pixels) where neither they nor their pointer touch what is `taken`."""
    mask, pointer = ink_of(words, letters), pick(rng, "none", "line", "arrow")
    half, near = np.array(mask.size) / 2, 12 if pointer == "none" else 26
    for far in range(near, near + 80, 6):
        for angle in rng.permutation(np.radians(np.arange(0, 360, 30))):
            toward = np.array([np.cos(angle), np.sin(angle)])
            middle = tip + toward * (far + half)
            words_box = np.stack([middle - half - 3, middle + half + 3]).round().astype(int)
            start, end = np.clip(tip, *words_box), tip + toward * 9
            way = np.stack([np.minimum(start, end), np.maximum(start, end) + 1]).round().astype(int)
            if not _free(taken, look, words_box) or (pointer != "none" and not _free(taken, look, way)):
                continue
            image.paste(look.ink, tuple((middle - half).round().astype(int)), mask)
            ImageDraw.Draw(taken).rectangle((*words_box[0], *words_box[1]), 255)
            if pointer != "none":
                _point(ImageDraw.Draw(image), start, end, look.ink, pointer == "arrow")
            return


def _free(taken: Image.Image, look: Look, box: np.ndarray) -> bool:
    """Whether a box (pixels [2, 2], two corners) lies well inside the frame and on nothing that is taken."""
    margin = 6 + abs(look.tick)
    inside = (box[0] >= np.array(look.box[:2]) + margin).all() and (box[1] <= np.array(look.box[2:]) - margin).all()
    return bool(inside) and taken.crop((*box[0], *box[1])).getbbox() is None


def _point(draw: ImageDraw.ImageDraw, start: np.ndarray, end: np.ndarray, ink, arrow: bool) -> None:
    """A line from `start` to `end` (pixels), which may be an arrow."""
    draw.line((*start, *end), ink)
    if arrow:
        back = (start - end) / max(1e-6, float(np.hypot(*(start - end))))
        aside = 2.5 * np.array([-back[1], back[0]])
        draw.polygon([tuple(end), tuple(end + 7 * back + aside), tuple(end + 7 * back - aside)], ink)


def _absorbance_chart(wavenumber, transmittance, rng) -> Drawn:
    look = with_absorbance(rng, plain_look(rng, transmittance), transmittance)
    return drawn(picture(look, wavenumber, transmittance), look, rng)


def _any_quality(wavenumber, transmittance, rng) -> Drawn:
    look = plain_look(rng, transmittance)
    return drawn(picture(look, wavenumber, transmittance), look, rng, "jpeg", "jpeg", "palette", "dithered")


LAYOUTS: dict[str, Layout] = {
    "sdbs small": _sdbs_small,
    "sdbs large": _sdbs_large,
    "left-aligned": _left_aligned,
    "right-aligned": _right_aligned,
    "three labels": _three_labels,
    "open frame": _open_frame,
    "grey ground": _grey_ground,
    "spreadsheet": _spreadsheet,
    "thousands commas": _thousands_commas,
    "lettering": _lettering,
    "absorbance": _absorbance_chart,
    "any quality": _any_quality,
}


# What nobody could read


def _linear_look(rng: np.random.Generator, transmittance: np.ndarray) -> Look:
    """A plain chart of a linear axis, whose ends are not always the usual ones."""
    return plain_look(rng, transmittance, Axis(pick(rng, 4000, 4000, 4400, 3800, 3500), pick(rng, 400, 500, 650, 700)))


def _blank(labels) -> tuple[tuple[float, str], ...]:
    """The ticks of the labels without their numbers."""
    return tuple((value, "") for value, _ in labels)


def _no_numbers(wavenumber, transmittance, rng) -> Drawn:
    look = _linear_look(rng, transmittance)
    look = replace(look, x_labels=_blank(look.x_labels), y_labels=_blank(look.y_labels))
    return drawn(picture(look, wavenumber, transmittance), look, rng)


def _smeared_numbers(wavenumber, transmittance, rng) -> Drawn:
    """The strips of numbers blurred, or of pixels as large as half a digit."""
    look = _linear_look(rng, transmittance)
    image, size = picture(look, wavenumber, transmittance), look.letters.size
    left, bottom = look.box[0] - max(look.tick, 0) - 2, look.box[3] + max(look.tick, 0) + 2
    coarse = bool(rng.random() < 0.5)
    for strip in ((0, 0, left, look.size[1]), (0, bottom, look.size[0], look.size[1])):
        part = image.crop(strip)
        if coarse:
            few = part.resize((max(1, round(part.width / (0.55 * size))), max(1, round(part.height / (0.55 * size)))))
            part = few.resize(part.size, pick(rng, Image.Resampling.NEAREST, Image.Resampling.BILINEAR))
        else:
            part = part.filter(ImageFilter.GaussianBlur(0.33 * size))
        image.paste(part, strip[:2])
    return drawn(image, look, rng)


def _contradicting_numbers(wavenumber, transmittance, rng) -> Drawn:
    """Ticks at equal distances whose numbers fit neither a linear nor a doubled scale."""
    look, count = _linear_look(rng, transmittance), int(rng.integers(6, 9))
    at = np.linspace(0, 1, count)
    while True:
        numbers = np.sort(rng.choice(np.arange(4, 41) * 100, count, replace=False))[::-1]
        doubled = np.where(numbers > 2000, -numbers, 2000 - 2 * numbers)
        if all(np.abs(v - np.polyval(np.polyfit(at, v, 1), at)).max() > 300 for v in (numbers, doubled)):
            break
    ticks = look.axis.left + at * (look.axis.right - look.axis.left)
    look = replace(look, x_labels=tuple((float(t), str(v)) for t, v in zip(ticks, numbers, strict=True)), minor=0.0)
    return drawn(picture(look, wavenumber, transmittance), look, rng)


def _two_curves(wavenumber, transmittance, rng) -> Drawn:
    """A second spectrum in the same ink; the truth is the first."""
    look = _linear_look(rng, transmittance)
    moved = np.interp(wavenumber, wavenumber * rng.uniform(0.93, 0.98) + rng.uniform(-60, 60), transmittance)
    second = np.clip(moved, 1e-3, 1) ** rng.uniform(0.4, 0.8) * rng.uniform(0.75, 0.95)
    return drawn(picture(look, wavenumber, transmittance, second), look, rng)


def _micrometres(wavenumber, transmittance, rng) -> Drawn:
    """An axis even in wavelength, as the prism instruments drew."""
    end = int(pick(rng, 15, 16))
    look = plain_look(rng, transmittance, Axis(4000, 1e4 / end, "wavelength"))
    crowded = (look.box[2] - look.box[0]) / (end - 2.5) < 5 * look.letters.size  # pixels a micrometre
    numbers = tuple((1e4 / v, f"{v:g}") for v in (2.5, *range(4 if crowded else 3, end + 1)))
    title = pick(rng, "Wavelength (microns)", "MICRONS", "Wavelength, um", "")
    look = replace(look, x_labels=numbers, minor=0.0, titles=(title, *look.titles[1:]))
    return drawn(picture(look, wavenumber, transmittance), look, rng)


def _cut_numbers(wavenumber, transmittance, rng) -> Drawn:
    """Cropped: at both sides through the only numbers, which stand at the ends, or below through all of them."""
    look = _linear_look(rng, transmittance)
    left, _, right, bottom = look.box
    if rng.random() < 0.5:
        ends = tuple((float(v), f"{v:.0f}") for v in (look.axis.left, look.axis.right))
        look = replace(look, x_labels=(ends[0], *_blank(look.x_labels), ends[1]), x_align="m")
        crop = (left - look.frame, 0, right + look.frame + 1, look.size[1])
    else:
        crop = (0, 0, look.size[0], round(bottom + max(look.tick, 0) + look.frame + 0.67 * look.letters.size))
        look = replace(look, matplotlib=False)
    return drawn(picture(look, wavenumber, transmittance).crop(crop), look, rng)


def _no_ordinate(wavenumber, transmittance, rng) -> Drawn:
    """No numbers beside an ordinate that begins and ends anywhere."""
    look = _linear_look(rng, transmittance)
    y_range = (float(rng.uniform(-60, 90 * transmittance.min())), float(rng.uniform(101, 150)))
    look = replace(look, y_range=y_range, y_labels=_blank(look.y_labels), grid=None)
    return drawn(picture(look, wavenumber, transmittance), look, rng)


def _ends_only(wavenumber, transmittance, rng) -> Drawn:
    """Numbers at the two ends and no tick between them: linear or doubled."""
    look = plain_look(rng, transmittance, Axis(4000, 400, pick(rng, "linear", "doubled")))
    look = replace(look, x_labels=((4000.0, "4000"), (400.0, "400")), minor=0.0, grid=None)
    return drawn(picture(look, wavenumber, transmittance), look, rng)


def _raman(wavenumber, transmittance, rng) -> Drawn:
    """Bands up over a Raman shift; what the spectrum lacks of 3500 to 100 cm-1 goes on as it ends."""
    look = with_absorbance(rng, plain_look(rng, transmittance, Axis(3500, 100)), transmittance)
    counts = tuple((value, str(2000 * i)) for i, (value, _) in enumerate(look.y_labels))
    title = pick(rng, "Raman shift (cm-1)", "Raman shift / cm-1")
    look = replace(look, y_labels=counts, titles=(title, "Intensity (counts)", pick(rng, "", "785 nm, 50 mW")))
    shift = np.arange(100.0, 3501.0, 2.0)
    return drawn(picture(look, shift, np.interp(shift, wavenumber, transmittance)), look, rng)


def _ultraviolet(wavenumber, transmittance, rng) -> Drawn:
    """Absorbance over 200 to 800 nm: the spectrum stretched over the frame and smoothed to broad bands."""
    broad = np.convolve(np.pad(transmittance, 100, "edge"), np.hanning(201) / np.hanning(201).sum(), "valid")
    look = replace(with_absorbance(rng, plain_look(rng, broad), broad), axis=Axis(5e4, 1.25e4, "wavelength"))
    numbers = tuple((1e7 / v, str(v)) for v in range(200, 801, 100))
    title = pick(rng, "Wavelength (nm)", "Wavelength / nm", "nm")
    look = replace(look, x_labels=numbers, minor=0.0, titles=(title, *look.titles[1:2], "UV-Vis"))
    nanometres = np.interp(wavenumber, [wavenumber[0], wavenumber[-1]], [800, 200])
    return drawn(picture(look, 1e7 / nanometres, broad), look, rng)


AMBIGUOUS: dict[str, Layout] = {
    "no numbers": _no_numbers,
    "smeared numbers": _smeared_numbers,
    "contradicting numbers": _contradicting_numbers,
    "two curves": _two_curves,
    "micrometres": _micrometres,
    "cut numbers": _cut_numbers,
    "no ordinate numbers": _no_ordinate,
    "ends only": _ends_only,
    "raman": _raman,
    "ultraviolet": _ultraviolet,
}
