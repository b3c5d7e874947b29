"""One line for whatever goes wrong, and nothing from outside that a terminal obeys."""

import errno
import io
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from rich.console import Console

from irjax.cli import main
from irjax.commands.output import write_json
from irjax.data.archive import Archive
from irjax.data.compounds import read_compounds
from irjax.data.computed import computed_spectra
from irjax.data.demo import drawn_acetone
from irjax.data.synthetic import read_spec
from irjax.engine.backend import prepare_to_answer, require_flags
from irjax.errors import InputError, UsageError, naming, printable
from irjax.files import bytes_of, held, write_aside
from irjax.pages.tables import answer_table
from irjax.program import DEBUG, exit_status, unbroken
from irjax.spectra.reading import file_content, parse_spectrum
from irjax.spectra.spectrum import Spectrum


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (UsageError("no such option"), 2, "no such option"),
        (InputError("a.jdx: cut"), 1, "a.jdx: cut"),
        (OSError(errno.ENOSPC, "No space left on device", "/runs/x"), 1, "/runs/x: No space left on device"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", b"/runs/x"), 1, " /runs/x: No such file"),
        (MemoryError(), 1, "out of memory"),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 99 bytes\n more"), 1, "out of memory"),
        (RuntimeError("Unable to initialize backend 'cuda': no GPU"), 1, "JAX_PLATFORMS"),
        (RecursionError("maximum recursion depth"), 1, "nested more deeply"),
        (ValueError("first line\nsecond line"), 1, "ValueError: first line"),
        (RuntimeError("RESOURCE_EXHAUSTED: os_error_code='28'"), 1, "no space left on the disk"),
        (KeyboardInterrupt(), 130, "stopped"),
        (InputError("[/foo]\x1b[31m\n.csv: cut"), 1, "[/foo]\\x1b[31m\\n.csv: cut"),
    ],
)
def test_every_error_is_one_line(
    error: BaseException, status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> int:
        raise error

    assert exit_status("irjax test", run) == status
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert "second line" not in said


def test_debugging_shows_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DEBUG, "1")

    def run() -> int:
        raise ValueError("here")

    with pytest.raises(ValueError, match="here"):
        exit_status("irjax test", run)


def test_debugging_is_asked_for_beside_any_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DEBUG, "")  # so that what the flag sets is taken back
    fault = "from irjax.spectra import reading; reading.read_spectrum = lambda *a, **k: 1 / 0\n"
    program = fault + "import sys; from irjax.cli import main; sys.exit(main(sys.argv[1:]))"
    (tmp_path / "a.csv").write_text("1,2\n")
    words = [sys.executable, "-c", program, "read", str(tmp_path / "a.csv")]
    plain = subprocess.run(words, capture_output=True, text=True)
    traced = subprocess.run([*words, "--debug"], capture_output=True, text=True)
    assert "Traceback" not in plain.stderr
    assert "ZeroDivisionError" in plain.stderr
    assert "IRJAX_DEBUG=1 shows where" in plain.stderr
    assert "Traceback" in traced.stderr
    assert "in <lambda>" in traced.stderr


def test_what_is_printable_stays() -> None:
    assert printable("benzo[a]pyrene – µm.csv") == "benzo[a]pyrene – µm.csv"
    assert printable("a/" * 150) == "a/" * 150


def test_a_name_without_end_is_cut_in_its_middle() -> None:
    cut = printable(f"{'a/' * 2_000}b.csv: not a spectrum")
    assert len(cut) < 250
    assert cut.startswith("a/a/")
    assert cut.endswith("a/b.csv: not a spectrum")


def test_a_directory_is_held_by_one_process_and_a_dead_one_holds_nothing(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from irjax.files import held\n"
        "with held(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(InputError, match=f"in use by process {other.pid} on "), held(tmp_path):
        pass
    other.kill()
    other.communicate()
    with held(tmp_path):
        pass


def rows_of(spectrum: Spectrum) -> str:
    pairs = zip(spectrum.wavenumber, spectrum.transmittance, strict=True)
    return "".join(f"{x},{y}\n" for x, y in pairs)


def test_no_line_of_a_command_steers_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = tmp_path / "\x1b[31mred"
    (tmp_path / "t.csv").write_text("ID,smiles\nC1,CCO\n")
    assert main(["label", str(tmp_path / "t.csv"), "--out", f"{odd}.csv"]) == 0
    assert main(["make", "photoemission", str(odd), "--molecules", "40"]) == 0
    assert main(["read", "a.csv", "--no\x1b[31m"]) == 2
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err
    assert "; `irjax read --help` lists its own\n" in told.err
    assert told.out.count("\\x1b[31mred") == 2


def test_names_of_classes_are_no_markup() -> None:
    said = io.StringIO()
    likely = [{"name": name, "probability": 0.5} for name in ("UiO[a]66", "x[/b]")]
    Console(file=said, width=80).print(answer_table({"file": "[b]1.xy", "classes": likely}))
    assert all(name in said.getvalue() for name in ("UiO[a]66", "x[/b]", "[b]1.xy"))


def test_brackets_in_a_files_name_are_no_markup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("foo]", "["):
        (tmp_path / folder).mkdir()
    names = ("benzo[a]pyrene.csv", "foo]/[bold].csv", "[/foo].csv")
    for name in names:
        (tmp_path / name).write_text("cm-1,transmittance\n" + rows_of(drawn_acetone()))
    monkeypatch.chdir(tmp_path)
    assert main(["predict", *names]) == 0
    said = capsys.readouterr()
    assert all(name in said.out for name in names), said.err


def test_a_reader_that_has_gone_is_no_error(tmp_path: Path) -> None:
    rows = rows_of(drawn_acetone())
    (tmp_path / "a.csv").write_text("cm-1,transmittance\n" + rows)
    words = [sys.executable, "-m", "irjax", "predict", *(["a.csv"] * 200)]
    asked = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert asked.stdout is not None
    assert asked.stderr is not None
    asked.stdout.readline()
    asked.stdout.close()
    timer = threading.Timer(60, asked.kill)
    timer.start()
    with asked.stderr as said:
        assert said.read() == ""
    assert asked.wait() == 0
    timer.cancel()


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_what_the_parser_prints_may_go_unread_too(word: str) -> None:
    gone, end = os.pipe()
    os.close(gone)
    with os.fdopen(end, "w") as closed:
        done = subprocess.run([sys.executable, "-m", "irjax", word], stdout=closed, stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "irjax", word], stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert b"Traceback" not in done.stderr


def test_json_is_json_on_a_console_that_knows_few_characters(tmp_path: Path) -> None:
    half = "".join(
        line for line in rows_of(drawn_acetone()).splitlines(keepends=True) if float(line.split(",")[0]) > 2000
    )
    (tmp_path / "é.csv").write_text("cm-1,transmittance\n" + half)
    words = [sys.executable, "-m", "irjax", "predict", "é.csv", "--format", "json"]
    narrow = os.environ | {"PYTHONIOENCODING": "ascii"}
    said = subprocess.run(words, capture_output=True, timeout=60, cwd=tmp_path, env=narrow, check=True).stdout
    [record] = json.loads(said)
    assert record["file"] == "é.csv"
    assert any("cm⁻¹" in warning for warning in record["warnings"])


def special_file(path: Path) -> Path:
    os.mkfifo(path)
    return path


def test_a_pipe_or_device_is_never_waited_for(tmp_path: Path) -> None:
    pipe = special_file(tmp_path / "pipe.csv")
    for act in (
        lambda: read_compounds(pipe),
        lambda: Archive(pipe),
        lambda: parse_spectrum(file_content(pipe), "x"),
        lambda: bytes_of(pipe),
        lambda: read_spec(pipe),
        lambda: next(computed_spectra(str(pipe))),
    ):
        with pytest.raises((InputError, OSError), match="not a regular file"):
            act()


def test_what_is_written_follows_links_and_replaces_no_device(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_aside(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"
    pipe = special_file(tmp_path / "pipe")
    with pytest.raises(InputError, match="cannot be written"):
        write_aside(pipe, "new")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(InputError, match="cannot be written"):
        write_aside(tmp_path / "target" / "below a file", "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe", "target"]


def test_ctrl_c_waits_for_the_end_of_an_import() -> None:
    steps, before = [], signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), unbroken():  # noqa: PT012
            os.kill(os.getpid(), signal.SIGINT)
            steps.append("imported")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with unbroken():
            os.kill(os.getpid(), signal.SIGINT)
            steps.append("ignored")
    finally:
        signal.signal(signal.SIGINT, before)
    assert steps == ["imported", "ignored"]


def test_ctrl_c_before_the_command_is_there_ends_it_without_a_word() -> None:
    program = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
class Pressed:
    def find_spec(self, name, path=None, target=None):
        if name == "irjax.cli":
            os.kill(os.getpid(), signal.SIGINT)
import irjax.__main__
sys.meta_path.insert(0, Pressed())
irjax.__main__.main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGINT
    assert done.stdout + done.stderr == ""


def test_a_full_disk_is_named_where_a_library_does_not() -> None:
    with pytest.raises(InputError, match=r"runs/a: no space left on the disk"), naming("runs/a"):
        raise OSError(28, "No space left on device")
    with pytest.raises(OSError, match="elsewhere"), naming("runs/a"):
        raise OSError(28, "No space left on device", "elsewhere")
    with pytest.raises(ValueError, match="another"), naming("runs/a"):
        raise ValueError("another")


def test_closed_standard_output_is_no_error(tmp_path: Path) -> None:
    acetone = drawn_acetone()
    rows = zip(acetone.wavenumber, acetone.transmittance, strict=True)
    (tmp_path / "a.csv").write_text("\n".join(f"{a},{b}" for a, b in rows))
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m irjax read a.csv >&-"], cwd=tmp_path, capture_output=True, text=True
    )
    assert "NoneType" not in done.stderr
    assert done.returncode == 0


def test_a_name_that_is_no_text_is_written_as_it_can_be(tmp_path: Path) -> None:
    write_json(str(tmp_path / "out.json"), {"file": "\udc8f.csv"})
    assert json.loads((tmp_path / "out.json").read_text()) == {"file": "\udc8f.csv"}
    write_aside(tmp_path / "page.html", "\udc8f.csv")
    assert (tmp_path / "page.html").read_text() == "\\udc8f.csv"


def test_a_shell_with_too_little_memory_is_told_before_anything_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1200 * 2**20, resource.RLIM_INFINITY))
    with pytest.raises(InputError, match=r"allows 1\.2 GiB of memory \(ulimit -v\), less than the 2 GiB"):
        prepare_to_answer()


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [("KeyboardInterrupt", 130, "irjax: stopped; go on\n"), ("SystemExit(129)", 129, "")],
)
def test_a_signal_while_something_is_cleared_away_is_heard_and_no_traceback(
    raised: str, status: int, said: str
) -> None:
    program = f"""
import signal, sys, time
from irjax.program import exit_status, goes_on
signal.signal(signal.SIGHUP, lambda number, _: sys.exit(128 + number))
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background inherits that it is ignored
class Held:
    def __del__(self):
        raise {raised}
def work():
    with goes_on('go on'):
        held = Held()
        del held
        for _ in range(100):
            time.sleep(0.1)
    return 0
sys.exit(exit_status('irjax', work))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (status, said)


def test_flags_at_which_the_compiler_would_end_the_program_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "flags").write_text("--xla_cpu_enable_fast_math=false")
    for allowed in ("", "--xla_cpu_enable_fast_math=false", str(tmp_path / "flags")):
        monkeypatch.setenv("XLA_FLAGS", allowed)
        require_flags()
    monkeypatch.setenv("XLA_FLAGS", "nonsense")
    with pytest.raises(InputError, match="XLA_FLAGS is 'nonsense'"):
        require_flags()
