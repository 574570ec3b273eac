"""The emulator as a process: it checks its ground, stays on loopback and leaves nothing behind."""

import contextlib
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

from .conftest import EMULATOR_PYTHON, ROOT, free_port, until


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([EMULATOR_PYTHON, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def open_files(pid: int) -> set[str]:
    """What the process has open; a file may be closed while we look."""
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.add(str(descriptor.readlink()))
    return found


def test_every_hook_point_exists(endpoint: str) -> None:
    found = run("from drills.local_aws import hooks; hooks.check(); print('all there')")
    assert "all there" in found.stdout, found.stderr


def test_missing_hook_point_is_named(endpoint: str) -> None:
    found = run(
        "from ministack.services import cloudwatch; del cloudwatch._dispatch_alarm_actions\n"
        "from drills.local_aws import hooks; hooks.check()"
    )
    assert found.returncode != 0
    assert "services.cloudwatch:_dispatch_alarm_actions" in found.stderr
    assert "1.5.33" in found.stderr


def test_unchecked_name_cannot_be_replaced(endpoint: str) -> None:
    found = run("from drills.local_aws import hooks; hooks.replace('services.s3:_anything', lambda _: None)")
    assert "HOOK_POINTS" in found.stderr


def test_it_binds_loopback_only_and_ends_with_its_parent(tmp_path: Path, endpoint: str) -> None:
    """The parent is a short-lived interpreter of its own; the folder of the emulator must go with it."""
    port, folder = free_port(), tmp_path / "tmp"
    folder.mkdir()
    parent = f"""
import sys
from pathlib import Path
from tests.drills.local_aws.conftest import start
print(start({port}, Path({str(tmp_path / "log")!r})).pid, flush=True)
sys.stdin.read()
"""
    owner = subprocess.Popen(
        [sys.executable, "-c", parent],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)},
    )
    assert owner.stdin and owner.stdout
    pid = int(owner.stdout.readline())
    assert list(folder.iterdir())
    if sys.platform == "linux":
        sockets = open_files(pid)
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        listening = [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]
        assert listening
        assert all(address.startswith("0100007F:") for address in listening)
    owner.stdin.close()
    owner.wait(10)

    def ended() -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health")
        except OSError:
            return not list(folder.iterdir())
        return False

    until(ended)


def test_second_emulator_on_the_same_port_is_refused(endpoint: str) -> None:
    port = endpoint.rsplit(":", 1)[1]
    found = subprocess.run(
        [EMULATOR_PYTHON, "-m", "drills.local_aws", "--port", port, "--lambda-python", "x"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert "in use" in found.stderr
