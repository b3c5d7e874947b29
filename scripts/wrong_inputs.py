"""Spectra that are none of an organic compound, 50 of each kind, and how many draw a warning or an error.

    python scripts/wrong_inputs.py [--run RUN] [--real nist_IR.zip] [--raman pyopenspecy/data]

With `--real` every 5th spectrum of that zip is counted too, which should draw none; with `--raman` every 5th of a
library of measured Raman spectra (`open_specy.py`), taken for absorbance, by who measured them.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from open_specy import library

from irjax.answers.predictor import Predictor, load
from irjax.answers.shipped import PRETRAINED
from irjax.data.archive import Archive
from irjax.data.computed import Computed, broadened, computed_spectra
from irjax.program import exit_status
from irjax.spectra.air import bands_of_air
from irjax.spectra.grid import Grid
from irjax.spectra.reading import parse_spectrum, spectrum_of
from irjax.spectra.spectrum import Spectrum, SpectrumError

EACH = 50
X = np.linspace(400.0, 4000.0, 1801)


def molecules() -> list[Computed]:
    """Bundled molecules, every seventh."""
    return list(islice(computed_spectra(), 0, None, 7))


def absorbance(draw: np.random.Generator, pool: list[Computed]) -> np.ndarray:
    """Of some molecule, strongest band 1, float64 [points]."""
    spectrum = broadened(pool[draw.integers(len(pool))], width=draw.uniform(8, 20))
    return np.interp(X, spectrum.wavenumber, spectrum.absorbance)


def gaussians(
    draw: np.random.Generator, number: int | np.integer, low: float, high: float, narrow: float, wide: float
) -> np.ndarray:
    """The sum of some, heights 0.1 to 1."""
    place, width = draw.uniform(low, high, number), draw.uniform(narrow, wide, number)
    height = draw.uniform(0.1, 1, number)
    return (height * np.exp(-0.5 * ((X[:, None] - place) / width) ** 2)).sum(axis=1)


def as_absorbance(y: np.ndarray, draw: np.random.Generator, noise: float = 0.002) -> Spectrum:
    """A spectrum whose absorbance is y on a scale of 1, with a little noise."""
    return Spectrum(X, 10.0 ** -(y / max(y.max(), 1e-9) + noise * draw.normal(size=X.size)))


def flat(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """A line at any level, with next to nothing on it, level or sloping."""
    level, slope = draw.uniform(0.05, 1.0), draw.choice([0.0, draw.uniform(-0.3, 0.3)])
    ripple = draw.choice([0.0, 10 ** draw.uniform(-5, -3.3)]) * draw.normal(size=X.size)
    return Spectrum(X, np.clip(level + slope * np.linspace(-0.5, 0.5, X.size) + ripple, 0.01, None))


def noise(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """White noise of any strength, on a slope."""
    return Spectrum(X, np.clip(0.7 + 10 ** draw.uniform(-3, -0.5) * draw.normal(size=X.size) + 1e-5 * X, 1e-4, None))


def drift(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """A random walk, noise that was smoothed, a step, a wave or a decay, in transmittance or in absorbance."""
    width, place = draw.integers(5, 40), draw.uniform(800, 3600)
    lines = (
        np.cumsum(draw.normal(size=X.size)),
        np.convolve(draw.normal(size=X.size), np.ones(width), "same"),
        (place < X) * draw.choice([-1.0, 1.0]) + 0.003 * draw.normal(size=X.size),
        np.sin(X / draw.uniform(50, 600) + draw.uniform(0, 6)),
        np.exp(-np.linspace(0, draw.uniform(2, 12), X.size))[:: draw.choice([-1, 1])],
    )
    y = lines[draw.integers(len(lines))]
    y = (y - y.min()) / np.ptp(y)
    return Spectrum(X, 0.05 + 0.9 * y if draw.random() < 0.5 else 10.0 ** (-draw.uniform(0.1, 1.5) * y))


def clipped(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """Noise that was smoothed and cut off where all light comes through."""
    width = draw.integers(7, 16)
    smooth = np.convolve(draw.normal(size=X.size), np.ones(width) / np.sqrt(width), "same")
    return Spectrum(X, np.minimum(1 + 10 ** draw.uniform(-2.3, -0.7) * smooth, 1.0))


def fringed(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """Of a compound, with interference fringes of 3 to 6 % of the span from top to bottom."""
    y = 10.0 ** -(draw.uniform(0.3, 1.5) * absorbance(draw, pool))
    wave = np.sin(2 * np.pi * X / np.exp(draw.uniform(np.log(15), np.log(150))) + draw.uniform(0, 6))
    return Spectrum(X, y + draw.uniform(0.015, 0.03) * np.ptp(y) * wave + 0.002 * draw.normal(size=X.size))


def noisy(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """Of a compound, with white noise of 5 to 10 % of the span."""
    y = 10.0 ** -(draw.uniform(0.3, 1.5) * absorbance(draw, pool))
    return Spectrum(X, y + draw.uniform(0.05, 0.1) * np.ptp(y) * draw.normal(size=X.size))


def narrow(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """A short range, or few points."""
    y = absorbance(draw, pool)
    if draw.random() < 0.5:
        first = draw.uniform(500, 3500)
        kept = (first <= X) & (first + draw.uniform(20, 240) >= X)
    else:
        kept = np.isin(np.arange(X.size), draw.choice(X.size, draw.integers(3, 38), replace=False))
    return Spectrum(X[kept], 10.0 ** -y[kept])


def saturated(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """So thick a sample that most bands let no light through."""
    thick = draw.uniform(60, 600) * absorbance(draw, pool)
    return Spectrum(X, np.maximum(10.0**-thick, 1e-4) + 5e-4 * draw.normal(size=X.size))


def upside_down(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """Absorbance taken for transmittance, or transmittance for absorbance."""
    y = absorbance(draw, pool)
    if draw.random() < 0.5:
        return Spectrum(X, y + 0.003 * np.abs(draw.normal(size=X.size)))
    return Spectrum(X, 10.0 ** -(10.0 ** -(draw.uniform(0.5, 1.5) * y)))


def reflectance(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """The specular reflectance of a solid, by Fresnel and Kramers-Kronig, taken for transmittance or for absorbance."""
    k = draw.uniform(0.1, 0.6) * absorbance(draw, pool)
    step = X[1] - X[0]
    weights = X[None] ** 2 - X[:, None] ** 2
    np.fill_diagonal(weights, np.inf)
    n = 1.5 + 2 / np.pi * step * (X[None] * k[None] / weights).sum(axis=1)
    r = ((n - 1) ** 2 + k**2) / ((n + 1) ** 2 + k**2)
    if draw.random() < 0.5:
        return Spectrum(X, r / r.max() + 0.002 * draw.normal(size=X.size))
    return as_absorbance(r, draw)


def raman(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """Raman scattering: the same frequencies, other intensities, strong C–H, a background of fluorescence."""
    molecule = pool[draw.integers(len(pool))]
    stretch = (molecule.wavenumber > 2800) & (molecule.wavenumber < 3150)
    strength = draw.gamma(0.5, 1.0, molecule.wavenumber.size) * np.where(stretch, 4.0, 1.0)
    scattered = broadened(replace(molecule, intensity=strength), width=draw.uniform(5, 10))
    y = np.interp(X, scattered.wavenumber, scattered.absorbance)
    background = draw.uniform(0.3, 3.0) * np.exp(
        -((X - draw.uniform(500, 2500)) ** 2) / 2 / draw.uniform(700, 1800) ** 2
    )
    return as_absorbance(y + background, draw, 0.01)


def ultraviolet(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """A few broad bands, as of a dye."""
    return as_absorbance(gaussians(draw, draw.integers(1, 5), 300, 4000, 150, 600), draw, 0.001)


def nuclear(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """Sharp multiplets on a level line."""
    y = np.zeros(X.size)
    for _ in range(draw.integers(2, 9)):
        place, split, lines = draw.uniform(450, 3950), draw.uniform(6, 14), draw.integers(1, 5)
        heights = [1.0, 3.0, 3.0, 1.0][:lines]
        for at, height in enumerate(heights):
            y += draw.uniform(0.8, 1.2) * height / (1 + ((X - place - at * split) / 1.2) ** 2)
    return as_absorbance(y, draw, 0.001)


def mass(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """Sticks."""
    y = np.zeros(X.size)
    at = draw.choice(X.size, draw.integers(10, 60), replace=False)
    y[at] = draw.gamma(0.4, 1.0, at.size)
    return as_absorbance(y, draw, 0.0)


def nothing_there(draw: np.random.Generator, pool: list[Computed]) -> Spectrum:
    """Water vapour and carbon dioxide, liquid water, or the beam of an empty instrument."""
    kind = draw.integers(3)
    if kind == 0:
        fine, _, dioxide = bands_of_air(Grid(400.0, 4000.0, X.size)).astype(float)
        return as_absorbance(draw.uniform(0.05, 1, 2) @ [fine, dioxide], draw, 0.003)
    if kind == 1:
        water = np.exp(-0.5 * ((X - 3350) / 160) ** 2) + draw.uniform(0.2, 0.4) * np.exp(-0.5 * ((X - 1640) / 35) ** 2)
        return as_absorbance(water + 0.5 * np.exp(-0.5 * ((X - 500) / 150) ** 2), draw)
    beam = np.exp(-0.5 * ((X - 2000) / 900) ** 2) * (1 - 0.3 * np.exp(-0.5 * ((X - 2349) / 25) ** 2))
    return Spectrum(X, np.clip(beam + 0.003 * draw.normal(size=X.size), 1e-3, None))


KINDS: dict[str, Callable[[np.random.Generator, list[Computed]], Spectrum]] = {
    kind.__name__.replace("_", " "): kind
    for kind in (
        flat, noise, drift, clipped, fringed, noisy, narrow, saturated, upside_down, reflectance, raman, ultraviolet,
        nuclear, mass, nothing_there,
    )
}  # fmt: skip


def real(archive: str) -> Iterator[Spectrum]:
    """Every 5th spectrum of a zip that can be read."""
    opened = Archive(archive)
    for name, place in islice(opened.entries(), 0, None, 5):
        try:
            yield parse_spectrum(opened.read(name, place), name)
        except SpectrumError:
            continue


def scattered(folder: Path) -> Iterator[tuple[str, Spectrum]]:
    """Measured Raman spectra, and by whom."""
    for row, x, y in islice(library(folder, "raman", lambda row: True), 0, None, 5):
        yield row["organization"], spectrum_of(x, y, "absorbance")


def doubted(predictor: Predictor, spectrum: Spectrum) -> bool:
    """Whether a spectrum draws an error, or a warning beside those of its header and its range."""
    try:
        answer = predictor.predict(spectrum)
    except SpectrumError:
        return True
    return any(warning not in spectrum.warnings and not warning.startswith("measured ") for warning in answer.warnings)


def main() -> None:
    """Ask, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", default=PRETRAINED)
    parser.add_argument("--real", metavar="ZIP")
    parser.add_argument("--raman", metavar="FOLDER", type=Path)
    arguments = parser.parse_args()
    predictor, pool = load(arguments.run), molecules()
    caught = 0
    for kind, make in KINDS.items():
        draw = np.random.default_rng(list(map(ord, kind)))
        found = sum(doubted(predictor, make(draw, pool)) for _ in range(EACH))
        caught += found
        print(f"{kind:16s}{found:3d} of {EACH}")
    print(f"together {caught} of {EACH * len(KINDS)}, {100 * caught / EACH / len(KINDS):.1f} %")
    if arguments.real:
        said = [doubted(predictor, spectrum) for spectrum in real(arguments.real)]
        print(f"real spectra {sum(said)} of {len(said)}, {100 * np.mean(said):.1f} %")
    if arguments.raman:
        whose, said = zip(*((by, doubted(predictor, each)) for by, each in scattered(arguments.raman)), strict=True)
        for name in dict.fromkeys(whose):
            theirs = [noticed for by, noticed in zip(whose, said, strict=True) if by == name]
            print(f"Raman spectra of {name} {sum(theirs)} of {len(theirs)}")
        print(f"measured Raman spectra {sum(said)} of {len(said)}, {100 * np.mean(said):.1f} %")


if __name__ == "__main__":
    sys.exit(exit_status("wrong_inputs.py", main))
