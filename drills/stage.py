"""The stage of a drill: a local AWS with the unmodified app and the sample workload deployed on it by the real CDK CLI.

Everything it starts has ended when the `with` block is left, whichever way. Everything it writes is below `.drill/`.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".drill"
REGION, ACCOUNT = "us-east-1", "000000000000"
WAIT_SCALE = 0.05
Say = Callable[[str], None]


class StageError(Exception):
    """The stage could not be set; says which step failed and shows the end of its output."""


@dataclass(frozen=True)
class Stage:
    """The local AWS, ready to be broken."""

    endpoint: str

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


@contextmanager
def local_aws(*, iam: bool = False, say: Say = print) -> Iterator[Stage]:
    """Start the emulator on loopback with nothing deployed; end it and all its children at the end."""
    FOLDER.mkdir(exist_ok=True)
    port = _free_port()
    log = FOLDER / "local-aws.log"
    command = [
        ROOT / ".venv-local-aws/bin/python", "-m", "drills.local_aws", "--port", port, "--log", log,
        "--lambda-python", ROOT / ".venv-lambda/bin/python", "--wait-scale", WAIT_SCALE, *(["--iam"] if iam else []),
    ]  # fmt: skip
    with (FOLDER / "local-aws.out").open("wb") as out:
        process = subprocess.Popen(
            [str(part) for part in command], cwd=ROOT, stdout=out, stderr=out, start_new_session=True
        )
    try:
        endpoint = f"http://127.0.0.1:{port}"
        _until_healthy(endpoint, process, log)
        say(f"local AWS is up on 127.0.0.1:{port}{' with IAM enforced' if iam else ''}")
        yield Stage(endpoint)
    finally:
        _end(process)


def deploy(stage: Stage, *, say: Say = print) -> None:
    """Synthesise and deploy the app and the workload, as `cdk deploy` does against a real account."""
    shutil.rmtree(FOLDER / "empty", ignore_errors=True)
    (FOLDER / "empty").mkdir(parents=True)
    environment = {**_environment(), "AWS_ENDPOINT_URL": stage.endpoint}
    apps = {"app": [], "workload": ["--app", f"{sys.executable} -m drills.workload"]}
    synths = {
        name: _start(name, [*_cdk("synth"), "--quiet", "--output", str(FOLDER / f"{name}.out"), *app], _environment())
        for name, app in apps.items()
    }
    _finish(
        "cdk bootstrap",
        _start("bootstrap", [*_cdk("bootstrap"), f"aws://{ACCOUNT}/{REGION}"], environment, FOLDER / "empty"),
    )
    say("bootstrapped")
    for name, process in synths.items():
        _finish(f"synth of {name}", process)
    say("synthesised")
    for name in apps:
        command = [*_cdk("deploy"), "--all", "--require-approval", "never", "--app", str(FOLDER / f"{name}.out")]
        _finish(f"cdk deploy of {name}", _start(f"deploy-{name}", command, environment, FOLDER / "empty"))
        say(f"deployed the {name}")


def _cdk(verb: str) -> list[str]:
    return [str(ROOT / ".tools/node_modules/.bin/cdk"), verb, "--no-notices", "--no-color"]


def _environment() -> dict[str, str]:
    """The user's, less what speaks of a real account: a drill can never reach one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    home = FOLDER / "home"
    home.mkdir(parents=True, exist_ok=True)
    return {
        **kept,
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_VALIDATION": "false",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    }


def _start(name: str, command: list[str], environment: Mapping[str, str], folder: Path = ROOT) -> tuple[Any, Path]:
    log = FOLDER / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdout=out, stderr=out, stdin=subprocess.DEVNULL
        )
    return process, log


def _finish(what: str, started: tuple[Any, Path]) -> None:
    process, log = started
    if process.wait() != 0:
        raise StageError(f"{what} failed with exit code {process.returncode}; {log}:\n{log.read_text()[-3000:]}")


def _until_healthy(endpoint: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise StageError(f"the local AWS did not start; see {log} and {FOLDER / 'local-aws.out'}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
