"""Wrong uses of zips, structures, and what irjax keeps: runs, datasets, checkpoints; see `wrong_uses_made.py`."""

import copy
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial, reduce
from hashlib import sha256
from itertools import chain, islice, product
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save
from wrong_uses_made import BUILD, LABELS, RUBBISH, TINY, TRAIN, Make, Use, both, node, sowed, written

# Zips


def _zipped(entries: Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type, info.external_attr = method, (0o120777 << 16 if content.startswith(b"/") else 0)
            archive.writestr(info, content)
    return held.getvalue()


def _again(content: bytes, times: int) -> bytes:
    """A zip of many names for one entry."""
    held = io.BytesIO(content)
    with zipfile.ZipFile(held, "a") as archive:
        for at in range(times):
            other = copy.copy(archive.filelist[0])
            other.filename = f"{at}.csv"
            archive.filelist.append(other)
        archive._didModify = True  # pyright: ignore
    return held.getvalue()


def _zips() -> dict[str, Callable[[bytes], bytes]]:
    def one(name: str) -> Callable[[bytes], bytes]:
        return lambda good: _zipped([(name, good)])

    names = [
        "../a.csv", "/etc/a.csv", "..\\a.csv", "C:\\a.csv", "a/../../b.csv", ".hidden.csv", "__MACOSX/a.csv", "a/",
        "README", "~", "[red].csv",
    ]  # fmt: skip
    names += [
        "\x1b[2J.csv", "a\nb.csv", "é.csv", "\u202ecsv.exe", "a" * 60000, "a/" * 20000 + "b.csv", "", ".", "..", "//",
        "-", "*?",
    ]  # fmt: skip
    found: dict[str, Callable[[bytes], bytes]] = {f"name {name[:12]!r}": one(name) for name in names}
    return found | {
        "nothing": lambda g: b"", "no entries": lambda g: _zipped([]),
        "half": lambda g: (z := _zipped([("a.csv", g)]))[: len(z) // 2],
        "end gone": lambda g: _zipped([("a.csv", g)])[:-22],
        "nested": lambda g: _zipped([("b.zip", _zipped([("a.csv", g)]))]),
        "ten deep": lambda g: reduce(lambda z, _: _zipped([("z.zip", z)]), range(10), g),
        "encrypted": lambda g: _zipped([("a.csv", g)]).replace(b"PK\x03\x04\x14\0\0",
            b"PK\x03\x04\x14\0\1").replace(b"PK\x01\x02\x14\x03\x14\0\0", b"PK\x01\x02\x14\x03\x14\0\1"),
        "bomb": lambda g: _zipped([("a.csv", bytes(60 << 20))]),
        "forty bombs": lambda g: _zipped([(f"{n}.csv", bytes(4 << 20)) for n in range(40)]),
        "overlapping": lambda g: _again(_zipped([("a.csv", g)]), 300),
        "links": lambda g: _zipped([("a.csv", b"/etc/passwd"), ("b.csv", b"/dev/zero")]),
        "empty files": lambda g: _zipped([(f"{n}.csv", b"") for n in range(300)]), "a text": lambda g: g,
        "tar": lambda g: b"a.csv" + bytes(252) + b"ustar" + bytes(800),
        "7z": lambda g: b"7z\xbc\xaf\x27\x1c" + bytes(90),
        "mixed": lambda g: _zipped([("good.csv", g), *((n, c) for n, c in RUBBISH.items() if isinstance(c, bytes)
            and len(c) < 10000)]), "bzip2": lambda g: _zipped([("a.csv", g)], zipfile.ZIP_BZIP2),
        "lzma": lambda g: _zipped([("a.csv", g)], zipfile.ZIP_LZMA),
        "after a program": lambda g: b"MZ" + bytes(5000) + _zipped([("a.csv", g)]),
        "crc": lambda g: (z := bytearray(_zipped([("a.csv", g)], 0))).__setitem__(300, 7) or bytes(z),
    }  # fmt: skip


def zips() -> Iterator[Use]:
    asked = [f"predict a.zip{more}" for more in (" --format json", " --format csv", "", " good.csv --format json")]
    asked += ["build made --spectra a.zip --structures good-table.csv", "read a.zip", "explain a.zip --html out.html"]
    for (name, change), words in product(_zips().items(), asked):
        make = both(
            sowed("good.csv", "good-table.csv"),
            written("a.zip", lambda seeds, c=change: c((seeds / "good.csv").read_bytes())),
        )  # fmt: skip
        yield Use(f"zip: {name}", tuple(words.split()), make, "a.zip" if "build" not in words else "")


# Structures

STRUCTURES = [
    "C1CC", "C(C", "CC)C", "[Xx]", "C" * 19_999, "C" * 30_000, "(" * 5000, "[" * 5000, "C1" * 3000, "CC(=O", "N#N#N",
    "C=C=C=C(=C)(=C)(=C)=C", "\x1b[31mC",
]  # fmt: skip
STRUCTURES += [
    "C\0C", "C\nC", "C\tC", "é", "酮", "🧪", "\u202eC", "ethanol", "64-17-5", "C2H6O",
    "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3", "InChI=1S/", "InChI=1S/C2H6O", "InChI=9S/C2H6O",
]  # fmt: skip
STRUCTURES += [
    "InChI=1S/C99999H9/c1-2", "InChI=" + "C" * 5000, "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3" * 50,
    "LFQSCWFLJHTTHZ-UHFFFAOYSA-N", "*", "[*]", "[H]", "[H][H]", "[1000H]", "[C+99]", "[C-99]",
]  # fmt: skip
STRUCTURES += [
    "C.C.C.C", ".", "..", "C..C", "~", "C~C", "C>>C", "C>C>C", "$", "NaN", "None", "null", "0", "1e308", "-", "'CCO'",
    '"CCO"', "=HYPERLINK(1)", "C%99CC%99", "C%(999)CC%(999)", "[#6]", "[#200]", "c1ccccc", "cc", "n1cccc1",
]  # fmt: skip
STRUCTURES += [
    "C/C=C/C\\", "[C@@@H](F)(Cl)Br", "CCO |$;;$|", "CCO name", "C1CC1" * 500, "c1ccc2ccccc2c1" * 400, "[U]",
    "[Fe+2].[Cl-].[Cl-]", "[He]", "F" * 300, "C#" * 200 + "C", "[13C]" * 200, "N" * 2000,
]  # fmt: skip


def structures() -> Iterator[Use]:
    more = (["--structure", "smiles"], ["--structure", "inchi"], ["--vocabulary", "jung2023"])
    ways = (*LABELS, BUILD, *([*LABELS[0], *words] for words in more))
    for text, (smiles, inchi), asked in product(STRUCTURES, ((True, False), (False, True), (True, True)), ways):
        cell = '"' + text.replace('"', '""') + '"'
        body = f"ID,smiles,inchi\nx,{cell if smiles else ''},{cell if inchi else ''}\n"
        make = both(sowed("spectra", "good.csv>spectra/x.csv"), written("t.csv", body.encode(errors="surrogateescape")))
        yield Use(f"structure {text[:16]!r}", tuple(asked), make, "t.csv" if asked[0] == "label" else "")


# Runs, datasets, checkpoints

WRONG: list[Any] = [None, -1, 0, "", "x", [], {}, 1e308, float("nan"), True, [1, [2]], 10**30, "\x1b[31m", 0.5]


def _leaves(raw: Any, at: tuple = ()) -> Iterator[tuple]:
    yield from [at] if at else []
    for key, value in raw.items() if isinstance(raw, dict) else enumerate(raw[:2]) if isinstance(raw, list) else ():
        yield from _leaves(value, (*at, key))


def _set(raw: Any, at: tuple, value: Any) -> Any:
    held = raw
    for key in at[:-1]:
        held = held[key]
    if value is KeyError:
        del held[at[-1]]
    else:
        held[at[-1]] = value
    return raw


def _json(file: str, at: tuple, value: Any) -> Make:
    def make(here: Path, seeds: Path) -> None:
        (here / file).write_text(json.dumps(_set(json.loads((here / file).read_text()), at, value)))

    return make


def _each_leaf(seeds: Path, file: str) -> Iterator[tuple[str, Make]]:
    for at, value in product(_leaves(json.loads((seeds / file).read_text())), [*WRONG, KeyError]):
        yield f"{file}: {'.'.join(map(str, at))} {value!r:.12}", _json(file, at, value)


def damages(file: str) -> Iterator[tuple[str, Make]]:
    """A file that is damaged or something else."""

    def changed(change: Callable[[bytes], bytes]) -> Make:
        return lambda here, seeds: (here / file).write_bytes(change((here / file).read_bytes()))

    def flipped(share: float) -> Callable[[bytes], bytes]:
        return lambda c: c[: (at := int(share * (len(c) - 1)))] + bytes([c[at] ^ 0x10]) + c[at + 1 :]

    ways: dict[str, Callable[[bytes], bytes]] = {
        f"flipped at {share}": flipped(share) for share in (0, 0.01, 0.3, 0.6, 1)
    }  # fmt: skip
    ways |= {
        "emptied": lambda c: b"", "halved": lambda c: c[: len(c) // 2], "a byte less": lambda c: c[:-1],
        "a byte more": lambda c: c + b"\n", "zeros": lambda c: bytes(len(c)),
    }  # fmt: skip
    ways |= {
        "twice": lambda c: c + c, "utf-16": lambda c: c.decode("latin-1").encode("utf-16"),
        "deep": lambda c: b"[" * 200_000, "deep 2": lambda c: b'{"a":' * 100_000, "pickle": lambda c: b"\x80\x04N.",
    }  # fmt: skip
    ways |= {
        "null": lambda c: b"null", "list": lambda c: b"[]", "object": lambda c: b"{}", "NUL": lambda c: b"\0" + c,
        "header": lambda c: b"\xff" * 8 + c[8:], "escape": lambda c: b"\x1b[2J" + c,
    }  # fmt: skip
    for name, change in ways.items():
        yield f"{file} {name}", changed(change)
    for kind in ("gone", "folder", "fifo", "device 5", "socket", "nowhere", "/proc/self/mem", "/dev/null"):
        remove: Make = lambda here, seeds: (here / file).unlink()  # noqa: E731
        yield f"{file} {kind}", remove if kind == "gone" else both(remove, node(file, kind))


def _weights(change: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]], told: bool) -> Make:
    def make(here: Path, seeds: Path) -> None:
        file = here / "the-run/weights.safetensors"
        file.write_bytes(save(change(load(file.read_bytes()))))
        if told:
            _json("the-run/answering.json", ("weights",), sha256(file.read_bytes()).hexdigest())(here, seeds)

    return make


Weights = dict[str, np.ndarray]


def _each_weight() -> Iterator[tuple[str, Make]]:
    ways: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "NaN": lambda a: a * np.nan, "inf": lambda a: a + np.inf, "vast": lambda a: a + 1e38,
        "shorter": lambda a: a[:-1], "flat": lambda a: a.ravel(), "empty": lambda a: a[:0],
        "ints": lambda a: (a * 9).astype(np.int32), "float64": lambda a: a.astype(np.float64), "bool": lambda a: a > 0,
        "deeper": lambda a: a[None].copy(), "scalar": lambda a: np.ones((), np.float32),
    }  # fmt: skip

    def one(way: Callable[[np.ndarray], np.ndarray], at: int, weights: Weights) -> Weights:
        name = sorted(weights)[at % len(weights)]
        return weights | {name: np.ascontiguousarray(way(weights[name]))}

    for (name, way), at, told in product(ways.items(), range(0, 8, 2), (True, False)):
        yield f"weight {at} {name}{' and its checksum' * told}", _weights(partial(one, way, at), told)
    all_ways: dict[str, Callable[[Weights], Weights]] = {
        "none": lambda w: {}, "one less": lambda w: dict(sorted(w.items())[1:]),
        "one more": lambda w: w | {"x": np.ones(3)},
        "others": lambda w: {f"y/{name}": each for name, each in w.items()},
        "a/b of a": lambda w: w | {sorted(w)[0] + "/z": np.ones(1)},
    }  # fmt: skip
    for name, whole in all_ways.items():
        yield f"weights {name}", _weights(whole, True)


RUN_USES = (
    "predict good.csv --run the-run --format json", "predict good.csv --run the-run",
    "explain good.csv --run the-run --html out.html", "evaluate the-run --data the-data --json out.json",
)  # fmt: skip
RUN_USES += ("blend out the-run the-run --data the-data", "report the-run --data the-data --out out")


def _alternating(
    wrongs: Iterable[tuple[str, Make]], asked: Sequence[str], start: int, sow: Make, named: str
) -> Iterator[Use]:
    for at, (what, make) in enumerate(wrongs):
        yield Use(what, tuple(asked[(start + at) % len(asked)].split()), both(sow, make), named)


def _removed(name: str) -> Make:
    return lambda here, seeds: shutil.rmtree(here / name, ignore_errors=True)


def runs(seeds: Path) -> Iterator[Use]:
    sow = sowed("good.csv", "the-run", "the-data")
    names = [f"the-run/{name}" for name in ("config.json", "answering.json", "split.json", "weights.safetensors")]
    damaged = [*chain(*map(damages, [*names, "the-run/validation.npy", "the-run/history.jsonl"])), *_each_weight()]
    for start in range(3):
        altered = chain(*(islice(_each_leaf(seeds, name), start, None, 25) for name in names[:3]))
        yield from _alternating(chain(damaged, altered), RUN_USES, start, sow, "the-run")
    for words in RUN_USES:
        yield Use("a run removed meanwhile", tuple(words.split()), sow, "the-", meanwhile=_removed("the-run"))
        locked = tuple(words.replace("the-run", "full/the-run").split())
        yield Use("a locked run", locked, both(sow, sowed("the-run>full/the-run")), "full", mount="ro")


def _retold(name: str, change: Callable[[Path], object], told: bool) -> Make:
    """Another content of a dataset's file, which its manifest may be told of."""

    def make(here: Path, seeds: Path) -> None:
        file = here / "the-data" / name
        change(file)
        if told:
            checksum = sha256(file.read_bytes()).hexdigest()
            _json("the-data/manifest.json", ("checksums", name), checksum)(here, seeds)

    return make


def _array(change: Callable[[np.ndarray], np.ndarray], told: bool) -> Make:
    return _retold("transmittance.npy", lambda file: np.save(file, change(np.load(file))), told)


def _rows(change: Callable[[str], str], told: bool) -> Make:
    return _retold("spectra.csv", lambda file: file.write_text(change(file.read_text())), told)


def datasets(seeds: Path) -> Iterator[Use]:
    sow = sowed("good.csv", "the-run", "the-data")
    asked = (
        "evaluate the-run --data the-data --json out.json", "summary --config demo --data the-data",
        "blend out the-run the-run --data the-data", "report the-run --data the-data --out out",
    )  # fmt: skip
    asked += (
        "evaluate the-run --data the-data --part all",
        f"train --config demo --data the-data --run new {' '.join(TINY)}", "baseline the-run --data the-data",
        "explain good.csv --reference the-data --json out.json",
    )  # fmt: skip

    arrays: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "zeros": lambda a: a * 0, "NaN": lambda a: a * np.nan, "inf": lambda a: a + np.inf, "vast": lambda a: a + 1e38,
        "float64": lambda a: a.astype(float), "rows missing": lambda a: a[:-3],
    }  # fmt: skip
    arrays |= {
        "points missing": lambda a: a[:, :-1], "Fortran": np.asfortranarray, "empty": lambda a: a[:0],
        "flat": lambda a: a.ravel(), "ints": lambda a: a.astype(int), "turned": lambda a: a.T,
        "one NaN row": lambda a: np.where(np.arange(len(a))[:, None] < 9, np.nan, a),
    }  # fmt: skip
    texts: dict[str, Callable[[str], str]] = {
        "rows missing": lambda t: "\n".join(t.splitlines()[:-3]), "no head": lambda t: t.partition("\n")[2],
        "no names": lambda t: t.replace("inchikey", "key", 1), "no keys": lambda t: t.replace("-", ""),
        "parts": lambda t: t.replace("phase", "part", 1),
    }  # fmt: skip
    texts |= {
        "NUL": lambda t: t.replace(",", ",\0"), "no structures": lambda t: t.replace("InChI=1S", "InChI=0X"),
        "one molecule": lambda t: "\n".join([t.splitlines()[0], *[t.splitlines()[1]] * (len(t.splitlines()) - 1)]),
        "isotopes": lambda t: t.replace(",0,", ",1,"), "a quote": lambda t: t + '"', "BOM": lambda t: "\ufeff" + t,
    }  # fmt: skip
    wrongs = [(f"array {name}{' retold' * told}", _array(way, told)) for (name, way), told in product(arrays.items(),
        (False, True))]  # fmt: skip
    wrongs += [(f"rows {name}{' retold' * told}", _rows(way, told)) for (name, way), told in product(texts.items(),
        (False, True))]  # fmt: skip
    for name in ("manifest.json", "transmittance.npy", "spectra.csv", "labels-irjax37.npy", "labels-irjax37.json"):
        wrongs += damages(f"the-data/{name}")
    for start in range(3):
        altered = islice(_each_leaf(seeds, "the-data/manifest.json"), start, None, 5)
        yield from _alternating([*wrongs, *altered], asked, 3 * start, sow, "the-data")
    for words in asked:
        yield Use("a dataset removed meanwhile", tuple(words.split()), sow, "the-data", meanwhile=_removed("the-data"))
        locked = tuple(words.replace("the-data", "full/the-data").split())
        yield Use("a locked dataset", locked, both(sow, sowed("the-data>full/the-data")), "full", mount="ro")


def checkpoints(seeds: Path) -> Iterator[Use]:
    sow, words = sowed("half>the-run", "the-data"), (*TRAIN, *TINY)
    stored = sorted(
        str(path.relative_to(seeds / "half")) for path in (seeds / "half/checkpoints").rglob("*") if path.is_file()
    )  # fmt: skip
    for file in stored:
        for what, make in damages(f"the-run/{file}"):
            yield Use(what, words, both(sow, make), "checkpoints" if "/3/" in file else "")

    def moved(source: str, target: str) -> Make:
        return lambda here, seeds: shutil.move(here / "the-run/checkpoints" / source,
            here / "the-run/checkpoints" / target)  # fmt: skip

    def folder(name: str) -> Make:
        return lambda here, seeds: (here / "the-run" / name).mkdir(parents=True)

    ways: dict[str, Make] = {
        "all gone": _removed("the-run/checkpoints"), "newest gone": _removed("the-run/checkpoints/3"),
        "history gone": _removed("the-run/checkpoints/3/history"),
        "state gone": _removed("the-run/checkpoints/3/state"), "renamed": moved("3", "999999"),
        "named": moved("3", "x"), "swapped": both(_removed("the-run/checkpoints/3"), moved("2", "3")),
        "new empty": folder("checkpoints/7"), "half-saved": moved("3", "3.orbax-checkpoint-tmp"),
        "a file": both(_removed("the-run/checkpoints"), written("the-run/checkpoints", b"x")),
        "negative": folder("checkpoints/-1"),
        "a dataset": lambda here, seeds: shutil.copytree(here / "the-data", here / "the-run/checkpoints/4") and None,
        "tensorboard": both(_removed("the-run/tensorboard"), written("the-run/tensorboard", b"x")),
    }  # fmt: skip
    for what, make in ways.items():
        yield Use(f"checkpoints: {what}", words, both(sow, make), "the-run")
    for name in ("the-run", "the-run/checkpoints", "the-data"):
        yield Use(f"{name} removed meanwhile", words, sow, "the-", meanwhile=_removed(name))
