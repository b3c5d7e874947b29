"""What windows, solvents and software that cuts out a range do to answers, whether that is heeded or not.

    python scripts/try_unmeasured.py nist_IR.zip

Well-measured spectra of the zip, drawn with seed 0, on points 2 cm⁻¹ apart with noise of 0.1 %, are asked as they are
and changed. Counted: spectra of which a group that was present is called absent, and those that gain a present one. The
network that ships has learned from these spectra, so only the two columns of each count compare.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np

import irjax
from irjax.answers.predictor import Predictor
from irjax.data.archive import Archive
from irjax.program import exit_status
from irjax.spectra.reading import parse_spectrum
from irjax.spectra.resample import resample
from irjax.spectra.spectrum import Spectrum, SpectrumError

SPECTRA, NOISE, DARK = 256, 0.001, 0.003
LOWEST, HIGHEST, DEEPEST = 560.0, 3700.0, 0.3
"""What a spectrum must reach from and to, cm⁻¹, and the transmittance that it must fall below."""
Change = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def dark(*ranges: tuple[float, float]) -> Change:
    """No light in these ranges, cm⁻¹."""

    def change(x: np.ndarray, light: np.ndarray, draw: np.random.Generator) -> np.ndarray:
        inside = np.any([(low < x) & (x < high) for low, high in ranges], axis=0)
        return np.where(inside, DARK * draw.normal(size=x.size), light)

    return change


def drawn(low: float, high: float, level: float | None = None) -> Change:
    """A level in a range, or a straight line from end to end of it."""

    def change(x: np.ndarray, light: np.ndarray, draw: np.random.Generator) -> np.ndarray:
        inside = (low < x) & (x < high)
        ends = np.flatnonzero(inside)[[0, -1]]
        line = np.interp(x, x[ends], light[ends]) if level is None else np.full(x.size, level)
        return np.where(inside, line, light)

    return change


CHANGES: dict[str, Change] = {
    "no light below 600 (NaCl)": dark((0, 600)),
    "no light below 750 (BaF2)": dark((0, 750)),
    "no light below 820, 1190 to 1240 (CHCl3)": dark((0, 820), (1190, 1240)),
    "no light 1900 to 2300": dark((1900, 2300)),
    "a line from 1900 to 2400": drawn(1900, 2400),
    "nothing absorbed 1900 to 2400": drawn(1900, 2400, 1.0),
    "nothing absorbed above 1800": drawn(1800, 4001, 1.0),
}


def well_measured(archive: str) -> list[Spectrum]:
    """Spectra of a zip that reach far enough and have a strong band, on points 2 cm⁻¹ apart."""
    opened, draw, found = Archive(archive), np.random.default_rng(0), []
    entries = list(opened.entries())
    for at in draw.permutation(len(entries)):
        name, place = entries[at]
        try:
            spectrum = parse_spectrum(opened.read(name, place), name)
        except SpectrumError:
            continue
        x = spectrum.wavenumber
        if x[0] <= LOWEST and x[-1] >= HIGHEST and spectrum.transmittance.min() < DEEPEST:
            points = np.arange(np.ceil(max(x[0], 400) / 2) * 2, min(x[-1], 4000), 2.0)
            light = np.interp(points, x, spectrum.transmittance) + NOISE * draw.normal(size=points.size)
            found.append(Spectrum(points, light, phase=spectrum.phase, y_units="transmittance"))
        if len(found) == SPECTRA:
            break
    return found


def groups(predictor: Predictor, spectrum: Spectrum, heeded: bool) -> tuple[set[str], set[str]]:
    """Those present and those absent; all uncertain where it is refused."""
    try:
        if heeded:
            answer = predictor.predict(spectrum)
        else:
            row = resample(spectrum, predictor.run.grid)
            said = predictor.probabilities(row[None])[0]
            answer = predictor.answer("", row, [], said, phase=spectrum.phase)
    except SpectrumError:
        return set(), set()
    return set(answer.present), {group.name for group in answer.groups if group.answer == "absent"}


def main() -> None:
    """Ask, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zip")
    spectra = well_measured(parser.parse_args().zip)
    predictor = irjax.load()
    print(
        f"of {len(spectra)} spectra | present called absent: as they stand | heeded | a new one present | heeded\n"
        + "|---" * 5
    )
    whole = [groups(predictor, spectrum, True)[0] for spectrum in spectra]
    for name, change in CHANGES.items():
        cells = []
        draw = np.random.default_rng(1)
        changed = [replace(each, transmittance=change(each.wavenumber, each.transmittance, draw)) for each in spectra]
        for heeded in (False, True):
            found = [groups(predictor, each, heeded) for each in changed]
            lost = sum(bool(before & absent) for before, (_, absent) in zip(whole, found, strict=True))
            gained = sum(bool(present - before) for before, (present, _) in zip(whole, found, strict=True))
            cells.append((lost, gained))
        (lost, gained), (lost_now, gained_now) = cells
        print(f"| {name} | {lost} | {lost_now} | {gained} | {gained_now} |", flush=True)


if __name__ == "__main__":
    sys.exit(exit_status("try_unmeasured.py", main))
