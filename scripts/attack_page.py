"""Attack the local page: damaged uploads, bombs, endless ones, strange names, foreign pages, twenty clients at once.

    python scripts/attack_page.py [--uploads 1000] [--seed 0] [--fixtures FOLDER]

Starts `irjax serve` on a free port. Each upload must be answered with 200 and records of strict JSON, or refused with a
line; the page must answer afterwards, have written nothing into the folder it runs in or left in the temporary one, and
hold at most 100 MB more than before. Prints a table; exits with 1 if anything failed. Linux only.
"""

import argparse
import http.client
import io
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

from damage import made, originals

MOST_GROWN = 100 * 2**20
LONGEST = 60.0
CLIENTS = 20
NAMES = (
    "../../etc/passwd",
    "<img src=x onerror=alert(1)>.csv",
    "\x1b[31m.jdx",
    "a" * 5000,
    "%00.zip",
    "",
    "/dev/zero",
    "🧪.csv",
)
GOOD = b"\n".join(b"%d,%.4f" % (x, 0.9 - 0.5 * (abs(x - 1700) < 20)) for x in range(400, 4001, 2))
FOREIGN = (
    {"Host": "evil.example"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Host": "127.0.0.1.evil.example"},
    {"Origin": "http://127.0.0.1"},
)


class Page:
    """`irjax serve` in a process of its own."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.home, self.temporary = folder / "home", folder / "tmp"
        self.home.mkdir()
        self.temporary.mkdir()
        command = [sys.executable, "-m", "irjax", "serve", "--port", "0", *more]
        surroundings = os.environ | {"TMPDIR": str(self.temporary)}
        self.process = subprocess.Popen(command, cwd=self.home, env=surroundings, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        found = re.search(r"127\.0\.0\.1:(\d+)", self.process.stdout.readline())
        assert found, "it did not start"
        self.port = int(found[1])

    def ask(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Status and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST)
        try:
            connection.request("GET" if body is None else "POST", path, body, headers or {})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def read(self, name: str, content: bytes, **asked: str) -> tuple[int, bytes]:
        """The answer to an upload."""
        return self.ask(f"/api/answers?{urlencode({'name': name} | asked)}", content)

    def memory(self) -> int:
        """Bytes that it holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024  # pyright: ignore[reportOptionalSubscript]

    def close(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=20)


def judged(status: int, body: bytes) -> str:
    """What is wrong with an answer; nothing if it is one."""
    if status not in (200, 403, 408, 413, 422):
        return f"status {status}"
    try:
        records = [json.loads(line, parse_constant=_no_json) for line in body.splitlines() if line]
    except ValueError as error:
        return "" if status == 403 else f"no strict JSON ({error})"
    if status == 200 and not all("error" in record or "groups" in record for record in records):
        return "a record without an answer"
    errors = [record["error"] for record in records if "error" in record]
    return "a traceback" if any("Traceback" in error or "\n" in error for error in errors) else ""


def _no_json(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def uploads(page: Page, count: int, seed: int, fixtures: Path | None) -> Counter[str]:
    """Damaged files and zips, one after another; what was wrong with the answers."""
    files, faults = originals(fixtures), Counter()
    for index in range(count):
        item = made(files, seed, index)
        name = NAMES[index % len(NAMES)] if index % 7 == 0 else item.name
        fault = judged(*page.read(name, item.content))
        if fault:
            faults[f"{fault}: {item.name}, {item.recipe}"] += 1
    return faults


def foreign(page: Page) -> Counter[str]:
    """Requests of other pages and names."""
    tried = [page.ask(path, None, headers)[0] for headers in FOREIGN for path in ("/", "/api/about")]
    return Counter(
        {f"answered {count} foreign requests": count for count in [sum(status != 403 for status in tried)] if count}
    )


def absurd(page: Page) -> Counter[str]:
    """What a page of ours never sends back."""
    bodies = (b"", b"null", b"[" * 100_000, b'{"spectrum": [1]}', b'{"spectrum": null, "file": 3}', b"\xff\xfe")
    long = json.dumps({"file": "x", "spectrum": ["1e999"] * 1800}).encode()
    replies = [page.ask(f"/api/{path}", body) for path in ("explanation", "page") for body in (*bodies, long)]
    wrong = [status for status, _ in replies if status not in (413, 422)]
    axes = [page.read("a.csv", b"1,2", chart_x=word)[0] for word in ("nan,1", "1", "x,y", "1e999,1", "-1,-2")]
    return Counter(
        f"absurd request answered {status}" for status in [*wrong, *(s for s in axes if s not in (200, 422))]
    )


def endless(page: Page) -> Counter[str]:
    """Uploads that claim to be huge or do not end, and clients that hang up as they send or are answered."""
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=LONGEST)
    connection.putrequest("POST", "/api/answers?name=huge")
    connection.putheader("Content-Length", str(2**40))
    connection.endheaders()
    with connection.getresponse() as reply:
        status = reply.status
    connection.close()
    faults = Counter({f"a terabyte was answered {status}": 1} if status != 413 else {})
    if (status := _without_end(page)) != 413:
        faults[f"an upload without end was answered {status}"] += 1
    for _ in range(3):
        _hung_up_on_while_answering(page)
    for _ in range(20):
        hung = http.client.HTTPConnection("127.0.0.1", page.port, timeout=5)
        hung.putrequest("POST", "/api/answers?name=hung")
        hung.putheader("Content-Length", "100000")
        hung.endheaders()
        hung.send(b"##TITLE=")
        hung.close()
    return faults


def _without_end(page: Page) -> int | None:
    """The status with which chunks of a megabyte are refused that nobody said the number of."""
    with socket.create_connection(("127.0.0.1", page.port), LONGEST) as sender:
        sender.sendall(b"POST /api/answers?name=endless HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % page.port)
        sender.sendall(b"Transfer-Encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):
            for _ in range(1024):
                sender.sendall(b"100000\r\n" + bytes(2**20) + b"\r\n")
        with suppress(ConnectionError):
            found = re.match(rb"HTTP/1.1 (\d+)", sender.recv(100))
            return int(found[1]) if found else None
    return None


def _hung_up_on_while_answering(page: Page) -> None:
    """Asks for the answers to a zip of 300 files, and leaves after the first."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for number in range(300):
            archive.writestr(f"{number}.csv", GOOD)
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=LONGEST)
    connection.request("POST", "/api/answers?name=left.zip", held.getvalue())
    connection.getresponse().readline()
    connection.close()


def at_once(page: Page, seed: int, fixtures: Path | None) -> Counter[str]:
    """Clients side by side, five uploads each."""
    files = originals(fixtures)
    faults: Counter[str] = Counter()

    def client(number: int) -> None:
        for index in range(5):
            item = made(files, seed + 1, 100 * number + index)
            try:
                fault = judged(*page.read(item.name, item.content))
            except (OSError, http.client.HTTPException) as error:
                fault = f"no answer ({error})"
            if fault:
                faults[f"at once: {fault}"] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST)
    if waiting := sum(thread.is_alive() for thread in threads):
        faults["at once: still waiting"] += waiting
    return faults


def main() -> int:
    """Attack, count, look what is left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fixtures", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = Page(Path(folder))
        try:
            for _ in range(3):
                record = page.read("good.csv", GOOD)[1]
                assert page.ask("/api/explanation", record)[0] == 200
            before, started = page.memory(), time.monotonic()
            faults = uploads(page, arguments.uploads, arguments.seed, arguments.fixtures)
            for attack in (foreign, absurd, endless):
                faults += attack(page)
            faults += at_once(page, arguments.seed, arguments.fixtures)
            seconds = time.monotonic() - started
            answered = judged(*page.read("good.csv", GOOD))
            faults += Counter({f"afterwards: {answered}": 1} if answered else {})
            time.sleep(1)
            grown = page.memory() - before
            left = [path.name for home in (page.home, page.temporary) for path in home.rglob("*")]
            faults += Counter({f"{grown / 2**20:.0f} MiB more in memory": 1} if grown > MOST_GROWN else {})
            faults += Counter(f"left behind: {name}" for name in left)
        finally:
            with suppress(subprocess.TimeoutExpired):
                page.close()
    print(f"{arguments.uploads} uploads, {CLIENTS} clients at once, {len(FOREIGN)} foreign headers in {seconds:.0f} s")
    print(f"memory grew by {grown / 2**20:.0f} MiB; {faults.total()} faults")
    for fault, count in faults.most_common():
        print(f"  {count} × {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
