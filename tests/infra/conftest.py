"""One synthesis for all tests: of a copy of the project with one more remediation, in a process that has nothing but Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from functions import catalogue
from functions.core.remediation import Remediation
from tests.infra.deployed import Deployed
from tests.infra.turn_dials import TurnDials

ROOT = Path(__file__).resolve().parents[2]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever asks for a remediation gets each of the catalogue, and the one that was only dropped in."""
    if "remediation" in metafunc.fixturenames:
        everything: list[Remediation[Any]] = [*catalogue.load_all(), TurnDials()]
        metafunc.parametrize("remediation", everything, ids=[remediation.name for remediation in everything])


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is deployed, with a remediation dropped into the folder and not another line changed."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("app.py", "cdk.json"):
        shutil.copy(ROOT / name, copy)
    for name in ("functions", "infra"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(__file__).with_name("turn_dials.py"), copy / "functions" / "remediations")
    return copy


@pytest.fixture(scope="session")
def deployed(project: Path) -> Deployed:
    done = synthesise(project, context_of(project))
    assert done.returncode == 0, done.stderr
    return Deployed(json.loads((project / "cdk.out" / "FirstResponder.template.json").read_text()))


def context_of(project: Path) -> dict[str, Any]:
    context: dict[str, Any] = json.loads((project / "cdk.json").read_text())["context"]
    return context


def synthesise(project: Path, context: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run app.py as the CDK CLI does, with an empty environment: no credentials, no Region, no home."""
    unpacked = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aws" / "jsii" / "package-cache"
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
        "HOME": str(project / "home"),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(unpacked),
        "CDK_VALIDATION": "false",
        "CDK_OUTDIR": str(project / "cdk.out"),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    command = [sys.executable, "app.py"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
