"""The local page with the network cut off: in a network namespace that has a loopback interface and no route."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent
_INSIDE = """
import fcntl, os, socket, struct, sys
with socket.socket() as any_socket:  # what `ip link set lo up` does
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))
routes = open("/proc/net/route").readlines()[1:]
if os.path.exists("/proc/net/ipv6_route"):
    routes += [line for line in open("/proc/net/ipv6_route") if line.split()[-1] != "lo"]
if routes:
    sys.exit(f"not cut off: {routes}")
os.execv(sys.executable, [sys.executable, "-m", "pytest", *sys.argv[1:]])
"""
_CHOSEN = (
    *("an_upload_is_answered", "sent_back_is_explained", "needs_nothing_from_elsewhere"),
    *("a_file_is_answered_and_its_bands", "zoomed_and_read", "what_is_saved", "printed", "similar", "zip"),
)


def cut_off(*words: str) -> subprocess.CompletedProcess[str]:
    """Runs a Python program without a network."""
    command = ["unshare", "--user", "--map-root-user", "--net", sys.executable, *words]
    return subprocess.run(command, cwd=FOLDER, env=os.environ, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module", autouse=True)
def _namespaces() -> None:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("needs network namespaces (Linux: unshare)")
    tried = cut_off("-c", "")
    if tried.returncode:
        pytest.skip(f"needs network namespaces, which are not allowed here: {tried.stderr.strip()}")


def test_the_page_works_with_the_network_cut_off() -> None:
    # In one window of the two that they are tried in: what is fetched does not depend on its width.
    words = ["-v", "-p", "no:cacheprovider", "-k", f"({' or '.join(_CHOSEN)}) and not narrow and not 390"]
    done = cut_off("-c", _INSIDE, *words, *(str(FOLDER / file) for file in ("test_app.py", "test_page.py")))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [name for name in _CHOSEN if not re.search(rf"::test_\w*{name}\S* (?:PASSED|SKIPPED)", done.stdout)] == []
    *_, counted = done.stdout.strip().splitlines()
    if "skipped" in counted:
        pytest.skip(f"what is skipped with a network is skipped without one: {counted}")
