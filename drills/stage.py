"""The stage of a drill: a local AWS with the unmodified app and the sample workload deployed on it by the real CDK CLI.

Everything it starts has ended when the `with` block is left, whichever way. Everything it writes is in a folder of its own below
`.drill/`, which stays only where something went wrong, and the CDK's cache in `.drill/home`.
"""

from __future__ import annotations

import json
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

from infra.settings import CONTEXT_KEY

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".drill"
REGION, ACCOUNT = "us-east-1", "000000000000"
WAIT_SCALE = 0.05
Say = Callable[[str], None]


class StageError(Exception):
    """The stage could not be set; says which step failed and shows the end of its output."""


@dataclass(frozen=True)
class Stage:
    """The local AWS, ready to be broken. `folder` holds its logs."""

    endpoint: str
    folder: Path

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
    port = _free_port()
    folder = FOLDER / f"stage-{port}"
    folder.mkdir(parents=True)
    command = [
        ROOT / ".venv-local-aws/bin/python", "-m", "drills.local_aws", "--port", port, "--log", folder / "local-aws.log",
        "--lambda-python", ROOT / ".venv-lambda/bin/python", "--wait-scale", WAIT_SCALE, *(["--iam"] if iam else []),
    ]  # fmt: skip
    with (folder / "local-aws.out").open("wb") as out:
        process = subprocess.Popen(
            [str(part) for part in command], cwd=ROOT, stdout=out, stderr=out, start_new_session=True
        )
    worth_keeping = False
    try:
        stage = Stage(f"http://127.0.0.1:{port}", folder)
        _until_healthy(stage, process)
        say(f"local AWS is up on 127.0.0.1:{port}{' with IAM enforced' if iam else ''}")
        yield stage
    except Exception:
        worth_keeping = True
        raise
    finally:
        _end(process)
        if not worth_keeping:
            shutil.rmtree(folder, ignore_errors=True)


def deploy(stage: Stage, *, settings: Mapping[str, Any] | None = None, say: Say = print) -> None:
    """Synthesise and deploy the app and the workload, as `cdk deploy` does against a real account.

    `settings` stand in place of those in cdk.json.
    """
    quiet, told = _environment(), {**_environment(), "AWS_ENDPOINT_URL": stage.endpoint}
    said = ["--context", f"{CONTEXT_KEY}={json.dumps(settings)}"] if settings is not None else []
    apps = {"app": said, "workload": ["--app", f"{sys.executable} -m drills.workload"]}
    synths = [
        _Step(
            f"synth-{name}", [*_cdk("synth"), "--quiet", "--output", str(stage.folder / name), *app], quiet, stage, ROOT
        )
        for name, app in apps.items()
    ]
    try:
        _Step("bootstrap", [*_cdk("bootstrap"), f"aws://{ACCOUNT}/{REGION}"], told, stage).finish()
        say("bootstrapped")
        for synth in synths:
            synth.finish()
    finally:
        for synth in synths:
            synth.end()
    say("synthesised")
    for name in apps:
        command = [*_cdk("deploy"), "--all", "--require-approval", "never", "--app", str(stage.folder / name)]
        _Step(f"deploy-{name}", command, told, stage).finish()
        say(f"deployed the {name}")


class _Step:
    """One command of the CDK CLI, at work in the background until it is finished."""

    def __init__(
        self, name: str, command: list[str], environment: dict[str, str], stage: Stage, folder: Path | None = None
    ) -> None:
        self._name, self._log = name, stage.folder / f"{name}.log"
        with self._log.open("wb") as out:
            self._process = subprocess.Popen(
                command, cwd=folder or stage.folder, env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )

    def end(self) -> None:
        """End it where it is still at work."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()

    def finish(self) -> None:
        """Wait for it. Raises StageError with the end of its output where it failed."""
        try:
            code = self._process.wait()
        finally:
            self.end()
        if code != 0:
            raise StageError(f"{self._name} failed with {code}; {self._log}:\n{self._log.read_text()[-3000:]}")


def _cdk(verb: str) -> list[str]:
    return [str(ROOT / ".tools/node_modules/.bin/cdk"), verb, "--no-notices", "--no-color"]


def _environment() -> dict[str, str]:
    """The user's, less what speaks of a real account: a drill can never reach one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    home = FOLDER / "home"
    home.mkdir(exist_ok=True)
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


def _until_healthy(stage: Stage, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{stage.endpoint}/_ministack/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise StageError(f"the local AWS did not start; see {stage.folder}")


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
