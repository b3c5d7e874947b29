"""What `irjax read` does: shows what a spectrum file holds."""

import argparse
import sys
from pathlib import Path

from irjax.commands.output import output, require_apart, say, write_json
from irjax.errors import UsageError, printable
from irjax.spectra.chart.told import ChartAxes
from irjax.spectra.plausible import examine
from irjax.spectra.reading import read_spectrum
from irjax.spectra.spectrum import Spectrum, SpectrumError
from irjax.spectra.unmeasured import without_unmeasured


def run(arguments: argparse.Namespace) -> int:
    if arguments.csv:
        require_apart(arguments.csv, arguments.json or "")
        if arguments.csv == arguments.json == "-":
            raise UsageError("--csv - and --json - would be one stream; name a file for one of them")
    spectrum = read_spectrum(arguments.file, arguments.y_units, ChartAxes(arguments.chart_x, arguments.chart_y))
    x, y = spectrum.wavenumber, spectrum.transmittance
    summary = {
        "units": {"x": spectrum.x_units, "y": spectrum.y_units},
        "range": [float(x[0]), float(x[-1])],
        "points": int(x.size),
        "phase": spectrum.phase,
        "technique": spectrum.technique,
        "checks": spectrum.checks,
        "warnings": list(spectrum.warnings),
    }
    if arguments.csv:
        with output(arguments.csv, arguments.file) as out:
            out.write("wavenumber,transmittance\n")
            out.writelines(f"{a!r},{b!r}\n" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    if arguments.json:
        write_json(arguments.json, summary, arguments.file)
    if "-" not in (arguments.csv, arguments.json):
        print(printable(spectrum.title or Path(arguments.file).name))
        print(f"  {x.size} points, {x[0]:.2f} to {x[-1]:.2f} cm⁻¹ (file: {spectrum.x_units})")
        print(f"  transmittance {y.min():.4g} to {y.max():.4g} (file: {spectrum.y_units})")
        print(f"  {spectrum.phase}, {spectrum.technique}")
        if spectrum.checks:
            print("  checked: " + ", ".join(f"{name} {verdict}" for name, verdict in spectrum.checks.items()))
    asked = without_unmeasured(spectrum)
    for warning in (*asked.warnings, *_doubts(asked)):
        print(printable(f"  warning: {warning}"), file=sys.stderr)
    if arguments.csv and (told := _untold(spectrum)):
        say(f"the CSV holds numbers alone; `irjax predict` is told the rest by {told}", aside=True)
    return 0


def _untold(spectrum: Spectrum) -> str:
    """What two columns do not say and an answer depends on, as options."""
    phase = f"--phase {spectrum.phase}" if spectrum.phase != "unknown" else ""
    technique = f"--technique {spectrum.technique}" if spectrum.technique == "ATR" else ""
    return " ".join(filter(None, (phase, technique)))


def _doubts(spectrum: Spectrum) -> list[str]:
    """Why a network would not be asked about it, or not be believed."""
    try:
        return examine(spectrum)
    except SpectrumError as error:
        return [str(error)]
