"""The `irjax` command: its parser. What each command does is in `irjax.commands`, imported when it runs."""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from irjax import __version__
from irjax.answers.shipped import PRETRAINED, weights_version
from irjax.chemistry.groups import CORRECTED, VOCABULARY_NAMES
from irjax.errors import UsageError
from irjax.program import DEBUG, exit_status, unbroken
from irjax.spectra.correction import ORDERS
from irjax.spectra.spectrum import PHASES, TECHNIQUES
from irjax.spectra.units import Y_UNITS

_EPILOG = """\
from a spectrum to an answer, by the network that ships:
  irjax serve                                       a page in the browser
  irjax predict unknown.jdx
to a network of your own:
  irjax build data/nist-1800 --spectra nist_IR.zip --structures nist_compounds.csv --points 1800
  irjax train --config reader --data data/nist-1800 --run runs/reader --folds 4
  irjax predict unknown.jdx --run runs/reader

`eval "$(irjax completion bash)"` lets the shell complete commands, options and files (also zsh).
--debug, with any command, shows where an error came from.
"""
_TRAIN = """\
Train a network: irjax train --config configs/small.py --data DIR --run DIR [--model.dropout 0.3 ...]

With --folds 4 it cross-validates: a network per fold, thresholds fitted on what each says of the fold it has not seen,
then a final fit on all folds, judged once on the test part.

The same command again goes on with an interrupted run. --help after a config lists everything that it sets; --model
NAME takes another network of `irjax.models.table`, with its own fields.
"""
_TUNE = """\
Search for the best network: irjax tune --config configs/tune.py --data DIR --run DIR [--workers 2]

A Gaussian process proposes, each trial trains in a process of its own until its validation loss stands still, and the
same command again goes on with an interrupted search. The best config is left in the run for irjax train.
"""
_HELP = {"-h", "--help"}
Command = Callable[..., argparse.ArgumentParser]
"""Makes the parser of a command, of its name and what it is for."""


def main(argv: list[str] | None = None) -> int:
    """Runs a command; returns its exit status: 0 done, 1 some input failed, 2 wrong usage, 130 stopped."""
    words = sys.argv[1:] if argv is None else argv
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a console that cannot print what a spectrum is called
    if "--debug" in words:
        os.environ[DEBUG] = "1"
        words = [word for word in words if word != "--debug"]
    return exit_status(" ".join(["irjax", *words[:1]]), lambda: _run(words))


def _run(words: list[str]) -> int:
    """Does what the words ask for. Raises as the command that they name."""
    configured = words[:1] == ["train"] and any(word.split("=")[0] == "--config" for word in words)
    parser = _parser(lists_config=configured and bool(_HELP & set(words)))
    arguments, rest = parser.parse_known_args(words)
    if rest and arguments.command not in ("train", "summary"):
        raise UsageError(f"unrecognized arguments: {' '.join(rest)}; `irjax {arguments.command} --help` lists its own")
    arguments.overrides = rest
    with unbroken():
        command = import_module(f"irjax.commands.{arguments.command.replace('-', '_')}")
    return command.run(arguments)


def _parser(lists_config: bool) -> argparse.ArgumentParser:
    """The parser of all commands.

    Args:
        lists_config: whether it is `train` with a config and --help, which goes on with what the config sets.
    """
    parser = argparse.ArgumentParser(
        prog="irjax",
        description="Functional groups from infrared spectra.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, help="show the versions of irjax and of the weights that ship")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, help: str, **more: object) -> argparse.ArgumentParser:
        described = {"description": help[0].upper() + help[1:] + "."} | more
        return commands.add_parser(name, help=help, **described)  # pyright: ignore[reportArgumentType]

    _add_data(command)
    _add_answers(command)
    _add_makers(command)
    _add_runs(command)
    _add_training(command, lists_config)
    completion = command("completion", "print a script by which a shell completes commands and files")
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    completion.set_defaults(parser=parser)
    return parser


class _Version(argparse.Action):
    """Prints the versions and ends the program."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"irjax {__version__}, weights {weights_version()}")
        parser.exit()


def _takes_units(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--y-units", choices=Y_UNITS, help="what the ordinate is, whatever the file says")


def _takes_sample(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--phase",
        choices=PHASES,
        help="what the sample was, whatever the file says; promises for pellets and mulls are kept apart (most tables "
        "and charts name none, and get those for all)",
    )
    by = "how it was measured, whatever the file says; the depth of bands by ATR is mended"
    parser.add_argument("--technique", choices=TECHNIQUES, help=by)


def _takes_a_network(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--run",
        default=PRETRAINED,
        metavar="RUN",
        dest="run_dir",
        help="a trained run (default: the one that ships)",
    )
    parser.add_argument(
        "--error",
        type=float,
        default=0.1,
        metavar="R",
        help="share of answers that may be wrong, above 0 and up to 0.5 (default: 0.1)",
    )


def _takes_charts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--chart-x",
        type=_numbers,
        metavar="LEFT,RIGHT",
        help="a chart's wavenumbers at its frame's left and right line, as 4000,400; 4000,2000,400 where the scale "
        "is doubled below 2000 (default: read from the numbers below the frame)",
    )
    parser.add_argument(
        "--chart-y",
        type=_numbers,
        metavar="BOTTOM,TOP",
        help="a chart's ordinates at its frame's bottom and top line, as 0,100; 100,0 where they are counted from "
        "the top (default: read from the numbers at its left)",
    )


def _takes_a_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", metavar="OUT", help="the new dataset's directory")
    parser.add_argument("--force", action="store_true", help="replace a dataset that is there")


def _add_data(command: Command) -> None:
    read = command("read", "show what a spectrum file holds")
    read.add_argument("file", metavar="FILE")
    read.add_argument(
        "--csv", metavar="OUT", help="write wavenumber,transmittance at the file's own points (- for stdout)"
    )
    read.add_argument("--json", metavar="OUT", help="write units, range, points, phase, checks and warnings")
    _takes_units(read)
    _takes_charts(read)

    split = command("split", "make a file of each spectrum of one that holds several")
    split.add_argument(
        "file", metavar="FILE", help="a table (side by side, in rows, under names), or JCAMP-DX of blocks"
    )
    split.add_argument("out", metavar="OUT", help="the new folder")

    build = command("build", "make a dataset of spectrum files and a table of structures")
    _takes_a_place(build)
    build.add_argument("--spectra", required=True, metavar="PATH", help="a folder or zip of spectrum files")
    build.add_argument("--structures", required=True, metavar="CSV", help="ID and inchi and/or smiles, maybe file")
    build.add_argument(
        "--computed",
        nargs="+",
        default=[],
        metavar="NPZ",
        help="computed lines to train on beside the spectra; `bundled` are those that ship",
    )
    build.add_argument(
        "--points",
        type=int,
        choices=(600, 1800),
        default=600,
        help="of the grid, 400 to 4000 cm-1 (default: 600; the network that ships has 1800)",
    )
    _takes_charts(build)

    correct = command("correct", "make a dataset of another's spectra without their baselines or scatter")
    _takes_a_place(correct)
    correct.add_argument("--data", required=True, metavar="DIR", help="the dataset whose spectra are corrected")
    correct.add_argument(
        "--method",
        required=True,
        choices=tuple(ORDERS),
        help="polynomial: the modified polynomial fit of Lieber and Mahadevan-Jansen; emsc: extended multiplicative "
        "scatter correction to the mean spectrum; needs irjax[correct]",
    )
    orders = ", ".join(f"{name}: {order}" for name, order in ORDERS.items())
    correct.add_argument("--order", type=int, metavar="N", help=f"of the polynomial (default: {orders})")

    demo = command("demo-data", "write the bundled, computed spectra as a dataset")
    demo.add_argument("out", metavar="OUT")
    demo.add_argument("--force", action="store_true", help="replace another dataset that is there")

    label = command("label", "find the functional groups of the structures in a table")
    label.add_argument("csv", metavar="CSV", help="a table with ID and inchi and/or smiles")
    label.add_argument("--out", required=True, metavar="OUT", help="CSV: id and one 0/1 column per group")
    label.add_argument(
        "--vocabulary",
        choices=VOCABULARY_NAMES,
        default=CORRECTED,
        help=f"which groups, by which patterns (default: {CORRECTED})",
    )
    label.add_argument(
        "--structure",
        choices=("inchi", "smiles"),
        help="the column to use, a SMILES as drawn (default: smiles, else inchi)",
    )


def _add_answers(command: Command) -> None:
    predict = command(
        "predict",
        "name the functional groups in spectrum files",
        epilog="for example: irjax predict folder/ --format csv > groups.csv",
    )
    predict.add_argument("files", nargs="+", metavar="FILE", help="a spectrum file, or a folder or zip of them")
    _takes_a_network(predict)
    formats, said = ("table", "json", "csv"), "csv has a line for each of the groups (default: table)"
    predict.add_argument("--format", choices=formats, default="table", help=said)
    _takes_units(predict)
    _takes_sample(predict)
    _takes_charts(predict)

    explain = command("explain", "name the functional groups in a spectrum and the bands behind each")
    explain.add_argument("file", metavar="FILE", help="a spectrum file")
    _takes_a_network(explain)
    explain.add_argument("--json", metavar="OUT", help="write everything as JSON (-: standard output)")
    explain.add_argument("--html", metavar="OUT", help="write one page that stands alone")
    explain.add_argument(
        "--linear", action="store_true", help="draw the page's spectrum on one scale, not doubled below 2000"
    )
    explain.add_argument("--reference", metavar="DIR", help="a dataset to find the most similar spectra in")
    _takes_units(explain)
    _takes_sample(explain)
    _takes_charts(explain)

    serve = command("serve", "show the local page: drop spectra, see their groups and the bands behind them")
    serve.add_argument(
        "--port", type=int, default=8347, metavar="N", help="of 127.0.0.1; 0: a free one (default: 8347)"
    )
    _takes_a_network(serve)
    serve.add_argument("--reference", metavar="DIR", help="a dataset to find the most similar spectra in")


def _add_makers(command: Command) -> None:
    make = command("make", "make a dataset of another technique")
    kinds = make.add_subparsers(dest="technique", required=True, metavar="TECHNIQUE")
    synthetic = kinds.add_parser("synthetic", help="the synthetic benchmark of Schuetzke et al. (2023), or one like it")
    _takes_a_place(synthetic)
    synthetic.add_argument("--spec", metavar="JSON", help="peak positions and heights of each class (default: drawn)")
    synthetic.add_argument("--seed", type=int, default=0, help="of the training and validation copies (default: 0)")
    xrd = kinds.add_parser("xrd", help="which material gave a powder diffraction pattern (Wang et al. 2020)")
    _takes_a_place(xrd)
    xrd.add_argument(
        "--cifs",
        metavar="PATH",
        help="a folder, zip or tar of CIF files, or core-mof, the package; needs irjax[xrd] (default: bundled lines)",
    )
    xrd.add_argument(
        "--materials", type=int, metavar="N", help="of the library (default: all; of CIFs, drawn by the seed)"
    )
    xrd.add_argument(
        "--copies",
        choices=("measured", "published"),
        default="measured",
        help="to train on: as an instrument would measure them, or the paper's (default: measured)",
    )
    xrd.add_argument(
        "--noise", metavar="PATH", help="a folder or zip of measured patterns for their background and noise"
    )
    xrd.add_argument("--seed", type=int, default=0, help="of the library drawn and of all patterns (default: 0)")
    photoemission = kinds.add_parser("photoemission", help="the spectrum of a molecule from its geometry (Smeds 2019)")
    _takes_a_place(photoemission)
    photoemission.add_argument(
        "--qm9",
        action="store_true",
        help="all of QM9, from the package qm9pack; needs irjax[photoemission] (default: the 2,000 that ship)",
    )
    photoemission.add_argument("--molecules", type=int, metavar="N", help="how many (default: all)")
    photoemission.add_argument("--seed", type=int, default=0, help="by which those of QM9 are drawn (default: 0)")


def _add_runs(command: Command) -> None:
    settable = "Every value of the config can be set, as in irjax train: --model reader --model.dense 512"
    summary = command("summary", "show the layers and parameters of a config's network", epilog=settable)
    summary.add_argument("--config", required=True, metavar="FILE")
    summary.add_argument("--data", metavar="DIR", help="a dataset: its grid, its names (default: 600 points, groups)")

    for name, help in (
        ("evaluate", "judge a trained run on molecules it has never met"),
        ("baseline", "judge classical methods and library search, through a run's split and labels"),
    ):
        judge = command(name, help)
        own = f"; `{PRETRAINED}`: the one that ships" if name == "evaluate" else ""
        judge.add_argument("run_dir", metavar="RUN", help=f"a trained run{own}")
        judge.add_argument("--data", required=True, metavar="DIR", help="a dataset")
        judge.add_argument(
            "--part",
            choices=("test", "train", "validation", "all"),
            default="test",
            help="of the run's split (default: test)",
        )
        judge.add_argument("--json", metavar="FILE", help="write every figure with its interval")
        judge.add_argument(
            "--include-training", action="store_true", help="also judge spectra of molecules that the run trained on"
        )
        if name == "baseline":
            judge.add_argument(
                "--method",
                default="logistic-regression",
                metavar="NAME",
                help="or all; a wrong name gets the list (default: logistic-regression)",
            )
            judge.add_argument(
                "--features",
                choices=("pooled", "raw", "both"),
                default="pooled",
                help="what a method sees: the deepest of every four points, or all (default: pooled)",
            )

    blend = command("blend", "make one run of several, which answers with the mean of their networks")
    blend.add_argument("out", metavar="OUT", help="the new run's directory")
    blend.add_argument("runs", nargs="+", metavar="RUN", help="runs of one split and dataset, with folds or without")
    blend.add_argument("--data", required=True, metavar="DIR", help="the dataset that they were trained on")

    report = command("report", "write a trained run's figures and tables as one HTML file and as PNGs")
    report.add_argument("run_dir", metavar="RUN", help="a trained run")
    report.add_argument("--data", metavar="DIR", help="a dataset (default: the one that the run was trained on)")
    report.add_argument("--out", metavar="DIR", help="where to (default: RUN/report)")

    study = command("study", "run every comparison of docs/reproduction.md, and write the page")
    study.add_argument("out", metavar="OUT", help="the study's directory, made or gone on with")
    study.add_argument("--data", required=True, metavar="DIR", help="a dataset")
    study.add_argument("--drawn", metavar="CSV", help="ID and smiles: the structures as drawn, to judge labels by")
    study.add_argument(
        "--preset", choices=("small", "full"), default="small", help="small: 90 minutes on 2 cores (default: small)"
    )
    study.add_argument("--page", metavar="FILE", help="the Markdown page (default: OUT/reproduction.md)")


def _add_training(command: Command, lists_config: bool) -> None:
    shown: dict[str, Any] = {"formatter_class": argparse.RawDescriptionHelpFormatter, "allow_abbrev": False}
    train = command("train", "train a network, or cross-validate", description=_TRAIN, add_help=False, **shown)
    helps = "show this; after a config, also what it sets"
    train.add_argument("-h", "--help", action="store_true" if lists_config else "help", help=helps)
    train.add_argument("--config", required=True, metavar="FILE", help="a file of configs/, or its name")
    needed, dataset = not lists_config, "a dataset, from irjax build, demo-data or make"
    train.add_argument("--data", required=needed, metavar="DIR", help=dataset)
    train.add_argument("--run", required=needed, metavar="DIR", dest="run_dir", help="the run, made or gone on with")
    train.add_argument("--folds", type=int, metavar="N", help="cross-validate with N folds, then fit on all of them")

    tune = command("tune", "search for the best network", description=_TUNE, **shown)
    tune.add_argument("--config", required=True, metavar="FILE", help="a file that defines a search, or its name")
    tune.add_argument("--data", required=True, metavar="DIR", help=dataset)
    tune.add_argument("--run", required=True, metavar="DIR", dest="run_dir", help="the search, made or gone on with")
    tune.add_argument("--evaluations", type=int, metavar="N", help="how many trials, if not the config's number")
    tune.add_argument("--folds", type=int, nargs="+", metavar="F", help="the folds that validate (0 1 2 3: all)")
    tune.add_argument("--workers", type=int, default=1, metavar="N", help="trials at once (default: 1)")
    tune.add_argument(
        "--slurm", nargs="*", metavar="NAME=VALUE", help="run trials as SLURM jobs with these options (partition=gpu …)"
    )


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: expected numbers parted by commas, as 4000,400") from None
