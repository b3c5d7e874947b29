"""Wrong configs and options, and wrong uses that lie with the machine; see `wrong_uses_made.py`."""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from wrong_uses_kept import damages
from wrong_uses_made import NODES, TINY, TRAIN, Make, Use, both, node, nothing, sowed, written

CONFIGS = {
    "syntax": "config = Config(", "tab": "if 1:\n\tx=1\n        y=2", "raises": "raise ValueError('no')",
    "raises an escape": "raise ValueError('\\x1b[2J')", "leaves": "raise SystemExit(7)",
    "leaves 0": "import sys; sys.exit()", "leaves with words": "import sys; sys.exit('gone')",
    "interrupts": "raise KeyboardInterrupt", "exits a generator": "raise GeneratorExit",
    "own kind": "class E(BaseException): pass\nraise E", "import": "import nonesuch", "recursion": "def f(): f()\nf()",
    "memory": "x = bytearray(10**15)", "assertion": "assert False", "nothing": "", "comment": "# config",
    "None": "config = None", "dict": "config = {}",
    "the class": "from irjax.engine.config import Config\nconfig = Config",
    "another": "from irjax.models.cnn import CNN\nconfig = CNN()", "function": "def config(): pass", "asks": "input()",
    "reads": "import sys; sys.stdin.read()", "closes": "import os; os.close(1)", "prints": "print('hello')",
    "unknown": "config = nonesuch", "zero": "1/0", "json": '{"config": null}', "yaml": "config:\n  seed: 1",
    "shell": "#!/bin/sh\necho hi", "html": "<html>", "unicode": "конфиг = 1", "long": "x = " + "(" * 5000,
    "many lines": "x = 1\n" * 200_000, "chdir": "import os; os.chdir('/')", "stop": "raise StopIteration",
    "unicode error": "b'\\xff'.decode()", "os error": "open('/nowhere/x')", "empty message": "raise Exception",
    "lines": "raise ValueError('a\\nb\\nc')",
}  # fmt: skip
PARTS = (
    "model=CNN({})", "optimizer=Optimizer({})", "split=Split({})", "task=Groups({})", "augmentation=Augmentation({})",
    "{}",
)  # fmt: skip
_HEAD = """\
from irjax.engine.config import *
from irjax.engine.config import Split
from irjax.models.cnn import CNN
from irjax.tasks.groups import Groups
"""
FIELDS = {
    0: ["convolutions", "filters", "kernel_size", "dense_layers", "dense_nodes", "dense_divisor", "dropout",
        "initializer", "activation", "convolve", "pool", "precision", "nonesuch"],
    1: ["schedule", "learning_rates", "warm_up", "batch_size", "b1", "b2", "epsilon", "weight_decay", "average",
        "patience", "lowest_rate", "stop_after", "epochs"],
    2: ["kind", "folds", "test", "validation_fold", "isotopologues", "seed"], 3: ["vocabulary", "nonesuch"],
    4: ["kinds", "share", "on_the_fly"], 5: ["model", "optimizer", "split", "task", "augmentation", "seed", "nonesuch"],
}  # fmt: skip
VALUES = [
    "None", "-1", "0", "''", "'x'", "()", "[]", "{}", "1e308", "float('nan')", "float('inf')", "-1e-9", "10**12",
    "10**30", "True", "object()", "(0,)", "(-1.0,)", "('x',)", "lambda: 1", "'\\x1b[31m'", "1.5",
]  # fmt: skip
OVERRIDES = [
    "--model.filters", "--model.convolutions", "--model.kernel-size", "--model.dense-layers", "--model.dense-nodes",
    "--model.dense-divisor", "--model.dropout", "--model.activation", "--optimizer.learning-rates",
    "--optimizer.warm-up",
]  # fmt: skip
OVERRIDES += [
    "--optimizer.batch-size", "--optimizer.b1", "--optimizer.epsilon", "--optimizer.weight-decay",
    "--optimizer.average", "--split.folds", "--split.kind", "--split.seed", "--split.validation-fold",
    "--augmentation.kinds", "--augmentation.share",
]  # fmt: skip
OVERRIDES += [
    "--task.vocabulary", "--seed", "--folds", "--model", "--nonesuch", "--optimizer.epochs", "--optimizer.patience",
    "--optimizer.schedule",
]  # fmt: skip
GIVEN = [
    "0", "-1", "1e12", "1000000000000", "nan", "inf", "x", "", "1e-300", "None", "[red]", "\x1b[31m", "1,2", "0.5",
    "1e308",
]  # fmt: skip
LONG = {"--optimizer.epochs 1000000000000"}
"""What is asked for and takes for ever."""


def configs(seeds: Path) -> Iterator[Use]:
    data = sowed("the-data")
    asked = (["summary", "--config", "the-config.py"], [*TRAIN[:2], "the-config.py", *TRAIN[3:]])
    for (name, text), words in product(CONFIGS.items(), asked):
        yield Use(f"config {name}", tuple(words), both(data, written("the-config.py", text.encode())), "the-config")
    for (part, names), value in product(FIELDS.items(), VALUES):
        for field in names:
            text = f"{_HEAD}config = Config({PARTS[part].format(f'{field}={value}')})\n"
            yield Use(
                f"config {field}={value}",
                tuple(asked[0]),
                both(data, written("the-config.py", text.encode())),
                "the-config",
            )
    for (what, make), words in product(damages("the-config.py"), asked):
        yield Use(
            what, tuple(words), both(data, written("the-config.py", b"config = 1\n"), make), "the-config", refused=True
        )
    for option, value in product(OVERRIDES, GIVEN):
        if f"{option} {value}" not in LONG:
            yield Use(
                f"{option} {value}",
                (*TRAIN, *TINY, option, value),
                data,
                option.split(".")[-1].strip("-").replace("-", ""),
            )
    words = (*["tune", "--config", "tune_small", "--data", "the-data", "--run", "search", "--evaluations", "1"],)
    for option, value in product(("--evaluations", "--folds", "--workers", "--slurm", "--config"), GIVEN[:8]):
        yield Use(f"tune {option} {value}", (*words, option, value), data)


ANSWERED = (
    "read good.csv", "read good.csv --csv -", "read good.csv --json -", "predict good.csv",
    "predict good.csv --format json", "predict good.csv --format csv", "explain good.csv", "explain good.csv --json -",
    "label good-table.csv --out -", "--help", "summary --config demo", "predict nowhere.csv", "predict [red]é日.csv",
    "evaluate the-run --data the-data", "train --help", "--version", "",
)  # fmt: skip
CONSOLES = [
    "{} | head -c 0", "{} | head -n 1", "{} | true", "{} >&-", "{} 2>&-", "{} >&- 2>&-", "{} <&-", "{} <&- >&- 2>&-",
    "{} >/dev/full", "{} 2>/dev/full", "{} >/dev/full 2>&1", "{} 2>&1 | head -c 0",
]  # fmt: skip
CONSOLES += [f"{name}={value} {{}}" for name, value in (("PYTHONIOENCODING", "ascii"), ("PYTHONIOENCODING",
    "ascii:strict"), ("PYTHONIOENCODING", "latin-1"), ("PYTHONIOENCODING", "utf-16"), ("PYTHONIOENCODING", "cp037"),
    ("LC_ALL", "C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0"), ("LC_ALL", "xx_XX"), ("NO_COLOR", "1"), ("FORCE_COLOR", "1"),
    ("TERM", "dumb"), ("TERM", "''"), ("TERM", "nonesuch"), ("COLUMNS", "5"), ("COLUMNS", "0"), ("COLUMNS", "1"),
    ("COLUMNS", "-3"), ("COLUMNS", "x"), ("COLUMNS", "100000"), ("LINES", "0"), ("PYTHONUNBUFFERED", "1"),
    ("PYTHONWARNINGS", "always"), ("PYTHONOPTIMIZE", "2"), ("PYTHONUTF8", "0 LC_ALL=POSIX"),
    ("PYTHONLEGACYWINDOWSSTDIO", "1"), ("PAGER", "false"),)]  # fmt: skip
CONSOLES += ['script -qec "{}" /dev/null </dev/null', 'COLUMNS=5 script -qec "{}" /dev/null </dev/null']


def consoles(seeds: Path) -> Iterator[Use]:
    sow = sowed("good.csv", "good-table.csv", "the-run", "the-data", "good.csv>[red]é日.csv")
    for shell, words in product(CONSOLES, ANSWERED):
        silent = any(sign in shell for sign in ("2>", "script"))
        yield Use(f"console {shell}", tuple(words.split()), sow, shell=shell, silent=silent)


WRITERS = (
    "read good.csv --csv OUT", "read good.csv --json OUT", "explain good.csv --json OUT", "explain good.csv --html OUT",
    "label good-table.csv --out OUT", "build OUT --spectra spectra --structures good-table.csv",
    "build OUT --spectra spectra --structures good-table.csv --force", "demo-data OUT",
    "evaluate the-run --data the-data --json OUT", "blend OUT the-run the-run --data the-data",
    "report the-run --data the-data --out OUT", "make synthetic OUT --spec spec.json",
    f"train --config demo --data the-data --run OUT {' '.join(TINY)}",
    f"train --config demo --data the-data --run OUT --folds 2 {' '.join(TINY)}",
    "tune --config tune_small --data the-data --run OUT --evaluations 1",
)  # fmt: skip
_SPEC = json.dumps({"datapoints": 200, "spectra": {str(n): {"peak_positions": [90], "peak_heights": [n + 1]}
    for n in range(2)}}).encode()  # fmt: skip
EVERYTHING = ("good.csv", "good-table.csv", "spectra", "the-run", "the-data")


def _writers(places: dict[str, Make], **more: Any) -> Iterator[Use]:
    for (place, make), words in product(places.items(), WRITERS):
        asked = [place if word == "OUT" else word for word in words.split()]
        yield Use(
            f"output {place[:30]}", tuple(asked), both(sowed(*EVERYTHING), written("spec.json", _SPEC), make), **more
        )


def permissions(seeds: Path) -> Iterator[Use]:
    places: dict[str, Make] = dict.fromkeys(
        ("good.csv", "good.csv/below", "good.csv/below/deep", "/proc/x", "/proc/x/y", "/proc/self/x", "/sys/x", "", ".",
            "a" * 300, "a" * 252, "a" * 249, "b" * 100 + "/" + "c" * 250, "a/" * 2500, "nowhere/x", "nowhere/x/",
            "é\udcff", "\x1b[2J", "a\nb", "[red]", "good-table.csv", "the-data", "the-run", "spectra", "spectra/x",
            "the-data/transmittance.npy", "the-run/config.json", "~/x", "="), nothing,
    )  # fmt: skip
    places |= {f"the-{at}": node(f"the-{at}", kind.replace("the-node", f"the-{at}")) for at, kind in enumerate(NODES)
        if not kind.startswith("/")}  # fmt: skip
    places |= {
        "linked.csv": node("linked.csv", "good.csv"), "linked/x": node("linked", "spectra"),
        "x/y": both(node("x", "fifo")),
        "hard.csv": lambda here, seeds: (here / "hard.csv").hardlink_to(here / "good.csv"),
    }  # fmt: skip
    yield from _writers(places)
    yield from _writers({"full/x": nothing, "full/x/y": nothing, "full": nothing}, mount="ro", named="full")


def disks(seeds: Path) -> Iterator[Use]:
    for options in (
        "size=4k",
        "size=16k",
        "size=64k",
        "size=300k",
        "size=1m,nr_inodes=2",
        "size=1m,nr_inodes=4",
        "size=1m,nr_inodes=12",
    ):
        yield from _writers({"full/x": nothing}, mount=options, named="full")
    for blocks in (0, 1, 8, 64):
        limited = f"ulimit -f {blocks}; {{}}"  # which holds for standard error too, a file
        yield from _writers({"out.csv": nothing}, shell=limited, silent=not blocks)


MACHINES = [f"{words} {{}}" for words in ("JAX_PLATFORMS=cuda", "JAX_PLATFORMS=tpu", "JAX_PLATFORMS=nonsense",
    "JAX_PLATFORMS=cpu,cuda", "JAX_PLATFORM_NAME=gpu", "JAX_ENABLE_X64=1", "JAX_DISABLE_JIT=1", "JAX_DEBUG_NANS=1",
    "JAX_ENABLE_X64=x", "JAX_NUM_CPU_DEVICES=3", "HOME=/proc/none JAX_COMPILATION_CACHE_DIR=",
    "HOME= JAX_COMPILATION_CACHE_DIR=", "env -u HOME -u JAX_COMPILATION_CACHE_DIR",
    "HOME=/dev/null JAX_COMPILATION_CACHE_DIR=", "XDG_CACHE_HOME=/proc JAX_COMPILATION_CACHE_DIR=",
    "XDG_CACHE_HOME=relative JAX_COMPILATION_CACHE_DIR=", "JAX_COMPILATION_CACHE_DIR=/dev/null",
    "JAX_COMPILATION_CACHE_DIR=/dev/null/x", "JAX_COMPILATION_CACHE_DIR=good.csv",
    "JAX_COMPILATION_CACHE_DIR=gs://nowhere/x", "TMPDIR=/nowhere", "TMPDIR=/dev/null", "TMPDIR=", "env -i", "PATH=",
    "PATH=/nowhere", "MPLCONFIGDIR=/nowhere", "MPLBACKEND=nonsense", "MPLBACKEND=TkAgg", "OMP_NUM_THREADS=0",
    "OMP_NUM_THREADS=x", "OMP_NUM_THREADS=-1", "OPENBLAS_NUM_THREADS=99999", "XLA_FLAGS=--nonsense",
    "XLA_FLAGS=nonsense", "XLA_FLAGS=", "XLA_FLAGS=--xla_force_host_platform_device_count=3",
    "XLA_PYTHON_CLIENT_MEM_FRACTION=x", "TF_CPP_MIN_LOG_LEVEL=0", "CUDA_VISIBLE_DEVICES=7", "TZ=nonsense", "LANG=xx_XX",
    "PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=default", "SLURM_JOB_ID=1",
    "SLURM_STEP_NODELIST=x SLURM_STEP_NUM_TASKS=1", "SLURM_PROCID=x SLURM_NTASKS=2",
    "JAX_COORDINATOR_ADDRESS=localhost:1", "JAX_NUM_PROCESSES=2",
    "JAX_COORDINATOR_ADDRESS=x JAX_NUM_PROCESSES=x JAX_PROCESS_ID=0",
    "JAX_COORDINATOR_ADDRESS=x:1 JAX_NUM_PROCESSES=1 JAX_PROCESS_ID=3", "IRJAX_SHARED=/nowhere",
    "http_proxy=http://nowhere:1", "SOURCE_DATE_EPOCH=x",)]  # fmt: skip
MACHINES += [f"ulimit -{limit}; {{}}" for limit in ("v 300000", "v 600000", "v 900000", "v 1200000", "v 1600000",
    "v 2400000", "v 4000000", "n 5", "n 12", "n 32", "n 64", "s 64", "s 256", "s unlimited", "d 300000", "l 0", "i 0",
    "c 0")]  # fmt: skip
MACHINES += [
    "mkdir gone; cd gone; rmdir ../gone; {}", "trap '' INT; {}", "trap '' PIPE; {}", "umask 777; {}", "umask 0; {}",
    "nice -n 19 {}", "taskset -c 0 {}", "exec -a '' {}",
]  # fmt: skip
MOMENTS = (0.1, 0.2, 0.3, 0.45, 0.5, 0.55, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0, 2.5, 3.0, 4.0, 5.0)
STOPS = [f"timeout --foreground --preserve-status -s INT {moment} {{}}" for moment in MOMENTS]


def environment(seeds: Path) -> Iterator[Use]:
    asked = (
        "read good.csv", "predict good.csv", "explain good.csv --html out.html",
        f"{' '.join(TRAIN)} {' '.join(TINY)}".replace("the-run", "new"), "label good-table.csv --out out.csv",
        "build made --spectra spectra --structures good-table.csv", "evaluate the-run --data the-data --json out.json",
    )  # fmt: skip
    for shell, words in product([*MACHINES, *STOPS], asked):
        yield Use(f"machine {shell}", tuple(words.split()), sowed(*EVERYTHING), shell=shell)
