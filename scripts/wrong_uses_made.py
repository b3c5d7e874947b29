"""Wrong uses of irjax, by class; what `wrong_uses.py` tries.

A use depends on nothing but the seeds (a spectrum, a dataset, a run, made once), the class and its place in it.
"""

import io
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

Make = Callable[[Path, Path], object]
"""Makes what a use needs in its folder, from the folder of seeds; what it returns is nothing to anyone."""


@dataclass(frozen=True)
class Use:
    """One wrong use."""

    what: str
    words: tuple[str, ...]
    """Arguments of irjax; it runs in the folder of the use."""
    make: Make
    named: str = ""
    """What a refusal has to name."""
    shell: str = ""
    """Bash, with {} for the command; without it the command runs in a process of many."""
    silent: bool = False
    """Whether its standard error goes nowhere."""
    refused: bool = False
    """Whether to succeed is a fault."""
    works: bool = False
    """Whether to fail is a fault."""
    empty: bool = False
    """Whether its spectrum says nothing."""
    mount: str = ""
    """Options of a tmpfs that is `full`, with `ro` for one that may not be written to once it is made."""
    meanwhile: Make | None = None
    """Done half a second after it began."""


TINY = ["--optimizer.epochs", "2", "1", "--model.filters", "2", "--model.dense-nodes", "8", "--model.dense-layers", "1"]
TRAIN = ["train", "--config", "demo", "--data", "the-data", "--run", "the-run"]
X = np.linspace(400.0, 4000.0, 901)


def sown(folder: Path) -> None:
    """Makes the seeds."""
    from irjax.cli import main
    from irjax.data.computed import computed_result, computed_spectra
    from irjax.data.demo import drawn_acetone
    from irjax.data.writing import write_dataset

    spectrum = drawn_acetone()
    (folder / "good.csv").write_bytes(table(spectrum.wavenumber, spectrum.absorbance))
    (folder / "spectra").mkdir()
    rows = ["ID,smiles,inchi"]
    for molecule in islice(computed_spectra(), 12):
        result = computed_result(molecule).kept
        assert result is not None
        rows.append(f'{molecule.cas},{molecule.smiles},"{result.row["inchi"]}"')
        y = -np.log10(np.interp(X, np.linspace(400, 4000, 600), result.values))
        (folder / "spectra" / f"{molecule.cas}.csv").write_bytes(table(X, y))
    (folder / "good-table.csv").write_text("\n".join(rows) + "\n")
    write_dataset(folder / "the-data", map(computed_result, islice(computed_spectra(), 120)), {"command": "wrong_uses"})
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        assert main([*TRAIN[:4], str(folder / "the-data"), "--run", str(folder / "half"), *TINY]) == 0
    shutil.copytree(folder / "half", folder / "the-run", ignore=shutil.ignore_patterns("checkpoints", "tensorboard"))
    for name in ("answering.json", "weights.safetensors"):
        (folder / "half" / name).unlink()


def table(x: np.ndarray, y: np.ndarray, unit: str = "absorbance") -> bytes:
    """A CSV."""
    return "".join([f"wavenumber (cm-1),{unit}\n", *(f"{a:.2f},{b:.6g}\n" for a, b in zip(x, y, strict=True))]).encode()


def written(name: str, content: bytes | Callable[[Path], bytes]) -> Make:
    def make(here: Path, seeds: Path) -> None:
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_bytes(content(seeds) if callable(content) else content)

    return make


def sowed(*names: str) -> Make:
    """Copies seeds; `a>b` copies a as b."""

    def make(here: Path, seeds: Path) -> None:
        for source, _, target in (name.partition(">") for name in names):
            whole = (seeds / source).is_dir()
            (here / (target or source)).parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if whole else shutil.copy)(seeds / source, here / (target or source))

    return make


def both(*makes: Make) -> Make:
    return lambda here, seeds: [make(here, seeds) for make in makes]


def nothing(here: Path, seeds: Path) -> None:
    pass


# Files


def _saying_nothing() -> Iterator[tuple[str, bytes]]:
    chance = np.random.default_rng(0)
    lines: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "flat": lambda t: 0.3 + 0 * t,
        "zero": lambda t: 0 * t,
        "slope": lambda t: 0.1 + 0.8 * t,
        "bow": lambda t: 0.1 + 0.6 * (t - 0.4) ** 2,
        "noise": lambda t: 0.5 + 0.1 * chance.normal(size=t.size),
        "faint-noise": lambda t: 0.5 + 1e-3 * chance.normal(size=t.size),
        "comb": lambda t: 0.2 + 0.5 * (np.arange(t.size) % 2),
        "dice": lambda t: chance.integers(1, 7, t.size) / 10,
        "walk": lambda t: 0.5 + 0.01 * np.cumsum(chance.normal(size=t.size)),
        "smoothed": lambda t: 0.5 + 0.2 * np.convolve(chance.normal(size=t.size), np.ones(9) / 9, "same"),
        "step": lambda t: 0.2 + 0.5 * (t > 0.4) + 0.003 * chance.normal(size=t.size),
        "wave": lambda t: 0.5 + 0.3 * np.sin(30 * t),
        "decay": lambda t: 0.1 + 0.8 * np.exp(-6 * t),
    }
    for (name, line), unit, points in product(lines.items(), ("absorbance", "transmittance", "%T"), (9, 300, 901)):
        y = line(np.linspace(0, 1, points)) * (100 if unit == "%T" else 1)
        yield f"{name}-{points}-{unit.strip('%')}.csv", table(np.linspace(400, 4000, points), y, unit)


def _picture(form: str, size: tuple[int, int], mode: str = "L", noisy: bool = False) -> Callable[[Path], bytes]:
    def drawn(_: Path) -> bytes:
        held, image = io.BytesIO(), Image.new(mode, size, 1 if mode == "1" else "white")
        if noisy:
            image = Image.fromarray(np.random.default_rng(1).integers(0, 256, size[::-1], np.uint8))
        image.save(held, form)
        return held.getvalue()

    return drawn


def _words(head: str, row: Callable[[int], str], count: int = 60) -> bytes:
    return "\n".join([head, *map(row, range(count)), ""]).encode()


_JDX = "##TITLE=x\n##JCAMP-DX=4.24\n##DATA TYPE=INFRARED SPECTRUM\n##XUNITS=1/CM\n##YUNITS=ABSORBANCE\n"
_CHANCE = Random(0)
RUBBISH: dict[str, bytes | Callable[[Path], bytes]] = {
    "empty.jdx": b"", "spaces.csv": b" \n\t\r\n" * 50, "nul.spc": bytes(4096), "bom.csv": b"\xef\xbb\xbf",
    "ff.0": b"\xff" * 9999, "words.csv": _words("name,meaning", lambda n: f"ketone {n},carbonyl"),
    "letter.txt": b"Dear Sir,\nyour sample.\n" * 40, "one.csv": _words("absorbance", lambda n: f"{n / 60}"),
    "dates.csv": _words("day,price", lambda n: f"2023-01-{n % 28 + 1:02},{n}"),
    "years.csv": _words("year,people", lambda n: f"{1950 + n},{n * n + 7}"),
    "nan.csv": _words("cm-1,absorbance", lambda n: f"{400 + 40 * n},nan"),
    "inf.csv": _words("cm-1,absorbance", lambda n: f"{400 + 40 * n},inf"),
    "same.csv": _words("cm-1,absorbance", lambda n: "1000,0.5"),
    "negative.csv": _words("cm-1,absorbance", lambda n: f"{-400 - 40 * n},{n % 7}"),
    "tiny.csv": _words("cm-1,absorbance", lambda n: f"{n}e-300,{n}e-310"),
    "vast.csv": _words("cm-1,absorbance", lambda n: f"{n}e300,{n}e307"), "head.csv": b"wavenumber,absorbance\n",
    "point.csv": b"400,1\n",
    "text-in.csv": _words("cm-1,absorbance", lambda n: f"{400 + 60 * n},{'broken' if n % 3 else n}"),
    "quote.csv": b'"cm-1,absorbance\n400,1\n' * 9,
    "matrix.csv": _words("a,b,c,d,e", lambda n: f"{n},{n * 2},{n % 3},{n % 5},7"), "line.csv": b"1" * 2_900_000,
    "commas.csv": b"," * 2_900_000, "big.csv": bytes(3 * 2**20 + 9), "large.jdx": b"##TITLE=" + b"a" * 2_900_000,
    "nmr.jdx": _JDX.replace("INFRARED", "NMR").encode() + b"##END=\n", "no-data.jdx": _JDX.encode() + b"##END=\n",
    "zero.jdx": _JDX.encode() + b"##NPOINTS=0\n##XYDATA=(X++(Y..Y))\n##END=\n",
    "peaks.jdx": _JDX.encode() + b"##NPOINTS=2\n##PEAK TABLE=(XY..XY)\n1700,1;1200,1\n##END=\n",
    "links.jdx": b"##TITLE=a\n##DATA TYPE=LINK\n##BLOCKS=9\n##END=\n",
    "page.html": b"<!doctype html><title>404</title>", "data.xml": b"<?xml version='1.0'?><spectrum/>",
    "data.json": b'{"x": [1, 2], "y": [3, 4]}', "sheet.xlsx": b"PK\x03\x04" + bytes(300),
    "old.xls": b"\xd0\xcf\x11\xe0" + bytes(900), "paper.pdf": b"%PDF-1.7\n%\xe2\xe3\n" + bytes(90),
    "a.tiff": b"II*\0" + bytes(99), "a.bmp": b"BM" + bytes(99), "a.gz": b"\x1f\x8b\x08" + bytes(99),
    "a.elf": b"\x7fELF" + bytes(999), "a.pkl": b"\x80\x04N.", "base.sqlite": b"SQLite format 3\0" + bytes(999),
    "song.wav": b"RIFF\x24\0\0\0WAVEfmt " + _CHANCE.randbytes(999), "song.mp3": b"ID3" + _CHANCE.randbytes(999),
    "opus.0": b"\x0a\x0a\xfe\xfe" + _CHANCE.randbytes(2000), "spa.spa": b"Spectral Data File" + _CHANCE.randbytes(3000),
    "spc.spc": b"\0\x4b" + _CHANCE.randbytes(2000), "spc-zero.spc": b"\0\x4b" + bytes(600),
    "opus-zero.0": b"\x0a\x0a\xfe\xfe" + bytes(600), "spa-zero.spa": b"Spectral Data File" + bytes(900),
    "utf16.csv": "cm-1,absorbance\n".encode("utf-16") * 40, "utf32.csv": "cm-1,1\n".encode("utf-32") * 40,
    "escape.csv": b"\x1b[2J\x1b]0;owned\x07,\x1b[31m\n" * 40,
    "escape.jdx": _JDX.encode() + b"##\x1b[2J=\x1b[31m\n##NPOINTS=\x1b[5m\n##END=\n",
    "blank.png": _picture("PNG", (640, 480)), "dot.png": _picture("PNG", (1, 1)),
    "thin.gif": _picture("GIF", (3000, 1)), "snow.png": _picture("PNG", (640, 480), noisy=True),
    "snow.jpg": _picture("JPEG", (640, 480), noisy=True), "bomb.png": _picture("PNG", (30000, 30000), "1"),
    "cut.png": b"\x89PNG\r\n\x1a\n" + bytes(40), "cut.gif": b"GIF89a" + bytes(9),
    "cut.jpg": b"\xff\xd8\xff\xe0" + bytes(9),
}  # fmt: skip


def node(name: str, kind: str) -> Make:
    """Something else than a file."""

    def make(here: Path, seeds: Path) -> None:
        path = here / name
        if kind == "folder":
            path.mkdir()
        elif kind == "fifo":
            os.mkfifo(path)
        elif kind == "socket":
            folder = os.open(path.parent, os.O_RDONLY)  # a socket's name has room for some hundred characters
            with socket.socket(socket.AF_UNIX) as own:
                own.bind(f"/proc/self/fd/{folder}/{path.name}")
            os.close(folder)
        elif kind.startswith("device") and os.geteuid() == 0:
            os.mknod(path, 0o20666, os.makedev(1, int(kind.split()[1])))  # 3 null, 5 zero, 7 full, 8 random
        elif kind == "secret":
            path.write_bytes(b"400,1\n")
            path.chmod(0)
        else:
            path.symlink_to(kind)

    return make


NODES = ["folder", "fifo", "socket", "device 3", "device 5", "device 7", "device 8", "secret", "nowhere", "the-node"]
NODES += ["the-node/below", "/dev/zero", "/dev/null", "/proc/self/mem", "/proc/self/environ", "."]
ABSENT = ["", " ", "-", "~", "*", "nowhere.csv", "good.csv/below", "http://example.org", "a" * 300]
ABSENT += [
    "a/" * 3000, "/proc/self/fd/99", "NUL", "C:\\spectra\\a.jdx", "\x1b[2J.csv", "a\nb.csv", "é\udcff.csv", "[x].csv",
]  # fmt: skip
NAMES = [
    "[bold]a[/bold].csv", "[red].csv", "[/].csv", "[link=x].csv", "\x1b[31mred.csv", "\x1b]0;title\x07.csv", "a\nb.csv",
    "a\rb.csv",
]  # fmt: skip
NAMES += [
    "a\tb.csv", "\u202evsc.exe.csv", "é.csv", "e\u0301.csv", "日本.csv", "🧪.csv", "\udcff\udcfe.csv", "a b.csv",
    "'a'.csv", '"a".csv',
]  # fmt: skip
NAMES += [
    "$(id).csv", "`id`.csv", "a;b.csv", "a|b.csv", "%s%n.csv", "{0}.csv", "<b>&amp;.csv", "a.zip.csv", ".hidden.csv",
    "a.csv.", "*.csv",
]  # fmt: skip
NAMES += [
    "a" * 251 + ".csv", "\x01.csv", "\u2028.csv", "\ufeff.csv", "=cmd.csv", "noending",
    "a.PNG", "a.jdx",
]  # fmt: skip


def _asked(name: str) -> list[list[str]]:
    asked = ["read X", "read X --csv out.csv", "read --json out.json X", "predict X", "predict X --format json"]
    asked += ["predict X --format csv", "explain X --json out.json", "explain X --html out.html", "predict good.csv X"]
    return [[name if word == "X" else word for word in words.split()] for words in asked]


def files() -> Iterator[Use]:
    good = sowed("good.csv")
    for name, content in _saying_nothing():
        for words in (["predict", name, "--format", "json"], ["explain", name, "--json", "-"]):
            yield Use("says nothing", tuple(words), both(good, written(name, content)), name, empty=True)
    for (name, content), number in product(RUBBISH.items(), range(9)):
        words = _asked(name)[number]
        yield Use("rubbish", tuple(words), both(good, written(name, content)), name, refused=True)
    for (at, kind), number in product(enumerate(NODES), range(9)):
        name = f"the-node{'.zip' if at % 5 == 4 else ''}"
        make = both(good, node(name, kind.replace("the-node", name)))
        yield Use(f"no file: {kind}", tuple(_asked(name)[number]), make, "the-node", refused=number < 3)
    for name, number in product(ABSENT, range(9)):
        yield Use("not there", tuple(_asked(name)[number]), good, name.rpartition("/")[2][:20].strip("-"), refused=True)
    for name, number in product(NAMES, range(9)):
        make = both(good, sowed(f"good.csv>{name}"))
        yield Use("an odd name", tuple(_asked(name)[number]), make, works=True)


# Tables


def _tables() -> dict[str, Callable[[str], bytes]]:
    """Structure tables made of a good one."""

    def by_line(change: Callable[[str], str]) -> Callable[[str], bytes]:
        return lambda text: "\n".join(map(change, text.splitlines())).encode()

    found: dict[str, Callable[[str], bytes]] = {
        "no head": lambda t: t.partition("\n")[2].encode(), "head alone": lambda t: t.partition("\n")[0].encode(),
        "nothing": lambda t: b"", "no ID": by_line(lambda line: line.partition(",")[2]),
        "ID alone": by_line(lambda line: line.partition(",")[0]),
        "twice": lambda t: (t + t.partition("\n")[2]).encode(),
        "IDs alike": by_line(lambda line: "x" + line[line.find(",") :] if line[0] != "I" else line),
        "no IDs": by_line(lambda line: line[line.find(",") :] if line[0] != "I" else line),
        "all NaN": by_line(lambda line: line if line[0] == "I" else line.split(",")[0] + ",NaN,NaN"),
        "semicolons": lambda t: t.replace(",", ";").encode(), "tabs": lambda t: t.replace(",", "\t").encode(),
        "bars": lambda t: t.replace(",", "|").encode(), "spaces": lambda t: t.replace(",", " ").encode(),
        "two heads": lambda t: (t.partition("\n")[0] + "\n" + t).encode(),
        "a line": lambda t: (t.replace("\n", "") * 9000)[: 10 << 20].encode(),
        "a cell": lambda t: t.encode() + b"x," + b"C" * (10 << 20), "a quote": lambda t: t.encode() + b'x,"CCO',
        "a megabyte of quotes": lambda t: t.encode() + b'"' * (1 << 20),
        "transposed": lambda t: "\n".join(map(",".join, zip(*[line.split(",")[:2] for line in t.splitlines()],
            strict=True))).encode(), "short rows": by_line(lambda line: line if line[0] == "I" else line.split(",")[0]),
        "long rows": by_line(lambda line: line + ",,,,7,7" * 40),
        "two IDs": lambda t: t.replace("ID,", "ID,ID,").encode(), "NUL": lambda t: t.replace(",", ",\0").encode(),
        "returns": lambda t: t.replace("\n", "\r").encode(),
        "formulas": lambda t: t.replace("\n", "\n=cmd|' /C calc'!A0").encode(),
        "escapes": lambda t: t.replace("\n", "\n\x1b[31m").encode(), "spectra": lambda t: table(X, X),
        "rubbish": lambda t: _CHANCE.randbytes(5000), "zip": lambda t: b"PK\x03\x04" + bytes(900),
        "html": lambda t: b"<html><table><tr><td>ID</td></tr></table>",
        "json": lambda t: json.dumps([{"ID": "a", "smiles": "CCO"}]).encode(), "sep": lambda t: b"sep=,\n" + t.encode(),
        "comment": lambda t: b"# made in 2024\n" + t.encode(),
        "swapped": lambda t: t.replace("smiles,inchi", "inchi,smiles").encode(), "case": lambda t: t.upper().encode(),
        "brackets": lambda t: t.replace("ID", "[bold]ID[/]").encode(),
        "long ID": lambda t: t.replace("\n", "\n" + "a" * 5000).encode(),
        "paths": lambda t: t.replace("\n", "\n../../").encode(),
        "no structures": by_line(lambda line: line if line[0] == "I" else line.split(",")[0] + ",,"),
    }  # fmt: skip
    for code in ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7", "cp037", "latin-1"):
        found[code] = lambda t, code=code: t.encode(code)
    return found


LABELS = (["label", "t.csv", "--out", "out.csv"], ["label", "t.csv", "--out", "-"])
BUILD = ["build", "made", "--spectra", "spectra", "--structures", "t.csv"]


def tables() -> Iterator[Use]:
    for name, change in _tables().items():
        make = both(
            sowed("spectra"), written("t.csv", lambda seeds, c=change: c((seeds / "good-table.csv").read_text())),
        )  # fmt: skip
        for words in (*LABELS, BUILD):
            yield Use(f"table: {name}", tuple(words), make, "t.csv" if words[0] == "label" else "")
    for kind, words in product(NODES, (LABELS[0], BUILD)):
        yield Use(
            f"table is {kind}",
            tuple(words),
            both(sowed("spectra"), node("t.csv", kind.replace("the-node", "t.csv"))),
            "t.csv",
            refused=True,
        )
