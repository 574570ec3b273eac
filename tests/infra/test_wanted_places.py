"""The places that are only there where the deployment names them, and what they may."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import App

from infra.settings import read_settings
from infra.stack import FirstResponder
from tests.infra.conftest import ROOT, context_of
from tests.infra.deployed import Deployed, inside

PAGERDUTY, TICKET, INCIDENTS = (
    f"first-responder-{name}" for name in ("announce-pagerduty", "announce-ticket", "incidents")
)
OWN = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}
FED = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:security-a1B2c3"
JIRA = {"system": "jira", "url": "https://example.atlassian.net", "project": "OPS", "secret": "team/jira"}


def synthesised(folder: str, said: dict[str, Any]) -> Deployed:
    app = App(context=context_of(ROOT), outdir=folder)
    FirstResponder(app, "FirstResponder", settings=read_settings(said))
    return Deployed(app.synth().get_stack_by_name("FirstResponder").template)


@pytest.fixture(scope="module")
def with_jira(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    said = {"pagerduty": {"secret": "team/pagerduty", "security-secret": ARN}, "ticket": JIRA}
    return synthesised(str(tmp_path_factory.mktemp("jira")), said)


@pytest.fixture(scope="module")
def with_ops_center(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    return synthesised(str(tmp_path_factory.mktemp("opscenter")), {"ticket": {"system": "opscenter"}})


def _may(deployed: Deployed, name: str) -> set[tuple[str, str, str]]:
    return {allowed for allowed in deployed.may(name) if allowed[0] not in OWN | FED}


def _record(deployed: Deployed) -> set[tuple[str, str, str]]:
    table = f"<{deployed.id_of('AWS::DynamoDB::Table')}.Arn>"
    only = json.dumps({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["INCIDENT#*"]}})
    return {(f"dynamodb:{verb}", table, only) for verb in ("GetItem", "PutItem", "UpdateItem")}


def _reads(arn: str) -> tuple[str, str, str]:
    return ("secretsmanager:GetSecretValue", arn, "{}")


def _of_name(name: str) -> str:
    return f"arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name}-??????"


def _queue(deployed: Deployed, name: str) -> str:
    mapping = deployed.one("AWS::Lambda::EventSourceMapping", FunctionName=f"<{inside(deployed.function_arn(name))}>")
    return str(mapping["EventSourceArn"])


def _variable(deployed: Deployed, name: str, variable: str) -> Any:
    return json.loads(deployed.function(name)["Environment"]["Variables"][f"FIRST_RESPONDER_{variable}"])


def test_neither_is_there_unless_it_is_wanted(deployed: Deployed) -> None:
    names = {function["FunctionName"] for function in deployed.all("AWS::Lambda::Function").values()}
    assert not {PAGERDUTY, TICKET} & names


@pytest.mark.parametrize("name", [PAGERDUTY, TICKET])
def test_each_has_its_handler_and_an_ordered_queue_that_incidents_are_sent_to(with_jira: Deployed, name: str) -> None:
    module = name.removeprefix("first-responder-").replace("-", "_")
    assert with_jira.function(name)["Handler"] == f"functions.lifecycle.{module}.lambda_handler"
    queue = with_jira.resources[inside(_queue(with_jira, name))]["Properties"]
    assert (queue["FifoQueue"], queue["RedrivePolicy"]["maxReceiveCount"]) == (True, 8)
    assert ("sqs:SendMessage", _queue(with_jira, name), "{}") in with_jira.may(INCIDENTS)
    places = _variable(with_jira, INCIDENTS, "PLACES")
    assert set(places) >= {"mail", "pagerduty", "ticket"}


def test_pagerduty_may_keep_its_record_and_read_its_secrets(with_jira: Deployed) -> None:
    secrets = {_reads(_of_name("team/pagerduty")), _reads(ARN)}
    assert _may(with_jira, PAGERDUTY) == {*_record(with_jira), *secrets}
    assert _variable(with_jira, PAGERDUTY, "PAGERDUTY") == {
        "secrets": {"operations": "team/pagerduty", "security": ARN},
        "severities": ["P1", "P2"],
        "url": "https://events.pagerduty.com",
    }


def test_tickets_in_jira_need_its_secret_alone(with_jira: Deployed) -> None:
    assert _may(with_jira, TICKET) == {*_record(with_jira), _reads(_of_name("team/jira"))}
    assert _variable(with_jira, TICKET, "TICKET") == {
        "system": "jira",
        "severities": ["P1", "P2", "P3", "P4"],
        "url": "https://example.atlassian.net",
        "projects": {"operations": "OPS"},
        "secret": "team/jira",
        "issue_type": "Task",
        "done": "Done",
    }


def test_tickets_in_ops_center_need_no_secret(with_ops_center: Deployed) -> None:
    items = "arn:aws:ssm:eu-west-1:123456789012:opsitem/*"
    assert _may(with_ops_center, TICKET) == {
        *_record(with_ops_center),
        ("ssm:CreateOpsItem", "*", "{}"),
        ("ssm:DescribeOpsItems", "*", "{}"),
        ("ssm:UpdateOpsItem", items, "{}"),
    }
    said = {"system": "opscenter", "severities": ["P1", "P2", "P3", "P4"]}
    assert _variable(with_ops_center, TICKET, "TICKET") == said
    places = set(_variable(with_ops_center, INCIDENTS, "PLACES"))
    assert ("ticket" in places, "pagerduty" in places) == (True, False)
