"""cdk-nag's AwsSolutions rules and CloudFormation's own validation over the template, in one synthesis."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, CfnResource, Stack, Validations
from aws_cdk.aws_sns import Topic
from cdk_nag import AwsSolutionsChecks

from infra.settings import read_settings
from infra.stack import FirstResponder
from tests.infra.conftest import ROOT, context_of

_ALL = {
    "mode": "act",
    "notify-email": "ops@example.org",
    "answer-links": True,
    "pagerduty": {"secret": "pagerduty"},
    "ticket": {"system": "opscenter"},
    "slack": {"channel": "C0123456789", "security-channel": "C0987654321", "secret": "first-responder/slack"},
}


def _findings(app: App, folder: Path) -> set[tuple[str, str]]:
    """What the rules find, as (rule, construct)."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    try:
        app.synth()
    except RuntimeError as error:  # synthesis fails on a finding; the report has them all
        assert "ValidationFailed" in str(error)
    report: dict[str, Any] = json.loads((folder / "validation-report.json").read_text())
    return {
        (violation["ruleName"], construct["constructPath"])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(context=context_of(ROOT), outdir=str(tmp_path), builtin_cloud_formation_validation=True)


def test_nothing_is_found_that_is_not_accepted_with_a_reason(app: App, tmp_path: Path) -> None:
    FirstResponder(app, "FirstResponder", settings=read_settings(_ALL))
    assert _findings(app, tmp_path) == set()


def test_the_rules_would_find_something(app: App, tmp_path: Path) -> None:
    stack = Stack(app, "Careless")
    Topic(stack, "Open")
    CfnResource(stack, "Queue", type="AWS::SQS::Queue", properties={"DelaySeconds": "often"})
    found = {rule for rule, _ in _findings(app, tmp_path)}
    assert {"AwsSolutions-SNS3", "F3012"} <= found
