"""app.py as the CDK CLI runs it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.infra.conftest import context_of, synthesise
from tests.infra.deployed import Deployed


def test_it_needs_no_credentials_no_region_and_no_home(deployed: Deployed, project: Path) -> None:
    assert deployed.resources
    manifest = json.loads((project / "cdk.out" / "manifest.json").read_text())
    assert manifest["artifacts"]["FirstResponder"]["environment"] == "aws://unknown-account/unknown-region"
    assert "missing" not in manifest


def test_a_wrong_setting_ends_in_one_sentence(project: Path) -> None:
    done = synthesise(project, {**context_of(project), "first-responder": {"mode": "always"}})
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if "first-responder" in line]
    assert line == ("Context of cdk.json: first-responder:mode is 'always'; allowed: never | observe | propose | act")
    assert "Traceback" not in done.stderr


def test_it_says_where_to_send_alarms_and_where_to_look(deployed: Deployed) -> None:
    assert {name.removesuffix("Output") for name in deployed.outputs} == {
        "AlarmTopic",
        "PeopleTopic",
        "Table",
        "EvidenceBucket",
    }
