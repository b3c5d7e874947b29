"""The `irjax` command. Each subcommand imports what it needs when it runs, so that a file opens at once."""

import argparse
import contextlib
import itertools
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from irjax import __version__
from irjax.chemistry.groups import VOCABULARY_NAMES
from irjax.errors import InputError, UsageError, exit_status

BASELINES = (
    *("naive-bayes", "neighbours", "library-search", "logistic-regression"),
    *("random-forest", "svm", "gradient-boosting"),
)
_EPILOG = """\
from spectrum files to an answer:
  irjax build data/nist-spectra --spectra nist_IR.zip --structures nist_compounds.csv
  python train.py --config configs/small.py --data data/nist-spectra --run runs/small
  irjax evaluate runs/small --data data/nist-spectra
  irjax predict unknown.jdx --run runs/small
"""


def main(argv: list[str] | None = None) -> int:
    """Runs a command; returns its exit status: 0 done, 1 some input failed, 2 wrong usage."""
    parser = _parser()
    arguments = parser.parse_args(argv)

    def run() -> int:
        try:
            return arguments.run(arguments)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone, as `| head` does
            return 0

    return exit_status(f"irjax {arguments.command}", run)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="irjax",
        description="Functional groups from infrared spectra.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"irjax {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
        sub.set_defaults(run=run)
        return sub

    y_units = {
        "choices": ("absorbance", "transmittance", "percent"),
        "help": "what the ordinate is, whatever the file says",
    }

    def takes_charts(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--chart-x",
            type=_numbers,
            metavar="LEFT,RIGHT",
            help="a chart's wavenumbers at its frame's left and right line, as 4000,400; 4000,2000,400 where the scale "
            "is doubled below 2000 (default: read from the numbers below the frame)",
        )
        sub.add_argument(
            "--chart-y",
            type=_numbers,
            metavar="BOTTOM,TOP",
            help="a chart's ordinates at its frame's bottom and top line, as 0,100; 100,0 where they are counted from "
            "the top (default: read from the numbers at its left)",
        )

    read = command("read", _read, "show what a spectrum file holds")
    read.add_argument("file", metavar="FILE")
    read.add_argument(
        "--csv", metavar="OUT", help="write wavenumber,transmittance at the file's own points (- for stdout)"
    )
    read.add_argument("--json", metavar="OUT", help="write units, range, points, phase, checks and warnings")
    read.add_argument("--y-units", **y_units)
    takes_charts(read)

    build = command("build", _build, "make a dataset of spectrum files and a table of structures")
    build.add_argument("out", metavar="OUT", help="the new dataset's directory")
    build.add_argument("--spectra", required=True, metavar="PATH", help="a folder or zip of spectrum files")
    build.add_argument("--structures", required=True, metavar="CSV", help="ID and inchi and/or smiles, maybe file")
    takes_charts(build)

    demo = command("demo-data", _demo_data, "write the bundled, computed spectra as a dataset")
    demo.add_argument("out", metavar="OUT")

    label = command("label", _label, "find the functional groups of the structures in a table")
    label.add_argument("csv", metavar="CSV", help="a table with ID and inchi and/or smiles")
    label.add_argument("--out", required=True, metavar="OUT", help="CSV: id and one 0/1 column per group")
    label.add_argument("--vocabulary", choices=VOCABULARY_NAMES, default="irjax37")
    label.add_argument(
        "--structure", choices=("inchi", "smiles"), help="the column to use (default: smiles, else inchi)"
    )

    summary = command("summary", _summary, "show the layers and parameters of a config's network")
    summary.add_argument("--config", required=True, metavar="FILE")

    for name, run, help in (
        ("evaluate", _evaluate, "judge a trained run on molecules it has never met"),
        ("baseline", _baseline, "judge classical methods and library search, through a run's split and labels"),
    ):
        judge = command(name, run, help)
        judge.add_argument("run_dir", metavar="RUN")
        judge.add_argument("--data", required=True, metavar="DIR", help="a dataset")
        judge.add_argument("--part", choices=("test", "train", "validation", "all"), default="test")
        judge.add_argument("--json", metavar="FILE", help="write every figure with its interval")
        judge.add_argument(
            "--include-training", action="store_true", help="also judge spectra of molecules that the run trained on"
        )
        if name == "baseline":
            judge.add_argument("--method", choices=(*BASELINES, "all"), default="logistic-regression")
            judge.add_argument(
                "--features",
                choices=("pooled", "raw", "both"),
                default="pooled",
                help=("what a method sees: the deepest of every four points, or all 600"),
            )

    report = command("report", _report, "write a trained run's figures and tables as one HTML file and as PNGs")
    report.add_argument("run_dir", metavar="RUN")
    report.add_argument("--data", metavar="DIR", help="a dataset (default: the one that the run was trained on)")
    report.add_argument("--out", metavar="DIR", help="where to (default: RUN/report)")

    study = command("study", _study, "run every comparison of docs/reproduction.md, and write the page")
    study.add_argument("out", metavar="OUT", help="the study's directory, made or gone on with")
    study.add_argument("--data", required=True, metavar="DIR", help="a dataset")
    study.add_argument("--drawn", metavar="CSV", help="ID and smiles: the structures as drawn, to judge labels by")
    study.add_argument("--preset", choices=("small", "full"), default="small", help="small: 90 minutes on 2 cores")
    study.add_argument("--page", metavar="FILE", help="the Markdown page (default: OUT/reproduction.md)")

    predict = command("predict", _predict, "name the functional groups in spectrum files")
    predict.add_argument("files", nargs="+", metavar="FILE", help="a spectrum file, or a folder or zip of them")
    predict.add_argument("--run", required=True, metavar="RUN", dest="run_dir", help="a trained run")
    predict.add_argument("--format", choices=("table", "json", "csv"), default="table")
    predict.add_argument("--y-units", **y_units)
    takes_charts(predict)
    return parser


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: expected numbers parted by commas, as 4000,400") from None


def _read(arguments: argparse.Namespace) -> int:
    from irjax.spectra.chart.told import ChartAxes
    from irjax.spectra.reading import read_spectrum

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
        with _output(arguments.csv) as out:
            out.write("wavenumber,transmittance\n")
            out.writelines(f"{a!r},{b!r}\n" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    if arguments.json:
        with _output(arguments.json) as out:
            out.write(json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
    if "-" not in (arguments.csv, arguments.json):
        print(f"{spectrum.title or Path(arguments.file).name}")
        print(f"  {x.size} points, {x[0]:.2f} to {x[-1]:.2f} cm⁻¹ (file: {spectrum.x_units})")
        print(f"  transmittance {y.min():.4g} to {y.max():.4g} (file: {spectrum.y_units})")
        print(f"  {spectrum.phase}, {spectrum.technique}")
        if spectrum.checks:
            print("  checked: " + ", ".join(f"{name} {verdict}" for name, verdict in spectrum.checks.items()))
    for warning in spectrum.warnings:
        print(f"  warning: {warning}", file=sys.stderr)
    return 0


@contextlib.contextmanager
def _output(path: str) -> Iterator:
    """A text file that is there in full or not at all; `-` is standard output."""
    if path == "-":
        yield sys.stdout
        return
    target = Path(path)
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            yield out
        os.replace(part, target)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from None
    finally:
        part.unlink(missing_ok=True)


def _build(arguments: argparse.Namespace) -> int:
    from rich.progress import Progress

    from irjax.data.ingest import build_dataset
    from irjax.evaluation.tables import curation_table, prevalence_table, show, split_table
    from irjax.spectra.chart.told import ChartAxes

    with Progress(transient=True) as bar:
        task = bar.add_task("reading spectra", total=None)
        dataset = build_dataset(
            arguments.out,
            arguments.spectra,
            arguments.structures,
            lambda done, total: bar.update(task, completed=done, total=total),
            ChartAxes(arguments.chart_x, arguments.chart_y),
        )
    show(curation_table(dataset.path), prevalence_table(dataset), split_table(dataset))
    print(f"{dataset.path}: {len(dataset):,} spectra; every file's verdict is in {dataset.path / 'curation.csv'}")
    return 0


def _demo_data(arguments: argparse.Namespace) -> int:
    from irjax.data.demo import write_demo

    dataset = write_demo(arguments.out)
    print(
        f"{dataset.path}: {len(dataset):,} spectra computed with GFN2-xTB in the harmonic approximation; "
        "they show how irjax works, not how well it reads measured spectra"
    )
    return 0


def _label(arguments: argparse.Namespace) -> int:
    import csv

    from irjax.chemistry.groups import vocabulary
    from irjax.chemistry.labels import label
    from irjax.chemistry.structures import StructureError, read_structure
    from irjax.data.compounds import read_compounds

    names = vocabulary(arguments.vocabulary).names
    failed = 0
    compounds = read_compounds(arguments.csv)
    if arguments.structure and not any(getattr(compound, arguments.structure) for compound in compounds):
        raise UsageError(f"{arguments.csv}: no row has an entry in the column {arguments.structure}")
    with _output(arguments.out) as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["id", *names])
        for compound in compounds:
            inchi = "" if arguments.structure == "smiles" else compound.inchi
            smiles = "" if arguments.structure == "inchi" else compound.smiles
            try:
                cells = label([read_structure(inchi, smiles)], arguments.vocabulary)[0].tolist()
            except StructureError as error:
                failed += 1
                print(f"{arguments.csv}, line {compound.line}, {compound.id}: {error}", file=sys.stderr)
                cells = [""] * len(names)
            table.writerow([compound.id, *cells])
    if arguments.out != "-":
        print(f"{arguments.out}: {len(compounds) - failed:,} labelled, {failed:,} could not be read")
    return 0 if failed < len(compounds) else 1


def _summary(arguments: argparse.Namespace) -> int:
    from irjax.evaluation.tables import show
    from irjax.training.config import load_config
    from irjax.training.summary import layer_table

    table, total = layer_table(load_config(arguments.config))
    show(table)
    print(total)
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    from irjax.data.dataset import open_dataset
    from irjax.evaluate import evaluate
    from irjax.predict import load

    dataset = open_dataset(arguments.data)
    judged = evaluate(load(arguments.run_dir), dataset, arguments.part, arguments.include_training)
    return _show_figures(judged.figures, "network", arguments.json)


def _baseline(arguments: argparse.Namespace) -> int:
    from irjax.data.dataset import open_dataset
    from irjax.evaluate import evaluate_baseline
    from irjax.evaluation.tables import comparison_table, show
    from irjax.training.run import open_run

    dataset = open_dataset(arguments.data)
    run = open_run(arguments.run_dir)
    methods = BASELINES if arguments.method == "all" else (arguments.method,)
    kinds = ("pooled", "raw") if arguments.features == "both" else (arguments.features,)
    found = {}
    for method, kind in itertools.product(methods, kinds):
        print(f"{method} on {kind} spectra …", file=sys.stderr)
        figures = evaluate_baseline(run, dataset, arguments.part, method, kind, arguments.include_training)
        found[f"{method}, {kind}"] = figures
    if len(found) == 1:
        ((name, figures),) = found.items()
        return _show_figures(figures, name, arguments.json)
    if arguments.json:
        with _output(arguments.json) as out:
            out.write(json.dumps(found, indent=2) + "\n")
    if arguments.json != "-":
        show(comparison_table(found))
    return 0


def _show_figures(figures: dict, title: str, json_file: str | None) -> int:
    from irjax.evaluation.tables import score_tables, show

    if json_file:
        with _output(json_file) as out:
            out.write(json.dumps(figures, indent=2) + "\n")
    if json_file != "-":
        show(*score_tables(figures, title))
    return 0


def _report(arguments: argparse.Namespace) -> int:
    from irjax.commands.report import write_run_report

    out = Path(arguments.out) if arguments.out else None
    print(write_run_report(Path(arguments.run_dir), arguments.data, out))
    return 0


def _study(arguments: argparse.Namespace) -> int:
    from irjax.data.dataset import open_dataset
    from irjax.study.study import run_study
    from irjax.training.devices import prepare

    prepare()
    out = Path(arguments.out)
    page = Path(arguments.page) if arguments.page else out / "reproduction.md"
    drawn = Path(arguments.drawn) if arguments.drawn else None
    dataset = open_dataset(arguments.data)
    run_study(out, dataset, arguments.preset, drawn, page, lambda text: print(text, file=sys.stderr))
    print(f"{page}: every comparison is there")
    return 0


def _predict(arguments: argparse.Namespace) -> int:
    from irjax.commands.predict import run_prediction
    from irjax.spectra.chart.told import ChartAxes

    chart = ChartAxes(arguments.chart_x, arguments.chart_y)
    return run_prediction(arguments.run_dir, arguments.files, arguments.format, arguments.y_units, chart)


if __name__ == "__main__":
    sys.exit(main())
