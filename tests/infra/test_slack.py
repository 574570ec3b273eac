"""Slack is there only where the deployment has it: a place with a role of its own, and a public address for its buttons."""

from __future__ import annotations

import json

import pytest
from aws_cdk import App

from functions.catalogue import names
from infra.settings import read_settings
from infra.stack import FirstResponder
from tests.infra.conftest import ROOT, context_of
from tests.infra.deployed import Deployed, inside

SLACK, ANSWER, MAIL = "first-responder-announce-slack", "first-responder-answer", "first-responder-announce-mail"
OWN = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}
INCIDENTS = json.dumps({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["INCIDENT#*"]}})
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:first-responder/slack-??????"
SETTINGS = {"channel": "C0123456789", "security-channel": "C0987654321", "secret": "first-responder/slack"}


@pytest.fixture(scope="module")
def chatty(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """The stack with Slack, and without links."""
    app = App(context=context_of(ROOT), outdir=str(tmp_path_factory.mktemp("chatty")))
    FirstResponder(app, "FirstResponder", settings=read_settings({"slack": SETTINGS}))
    return Deployed(app.synth().get_stack_by_name("FirstResponder").template)


def _may(deployed: Deployed, name: str) -> set[tuple[str, str, str]]:
    return {allowed for allowed in deployed.may(name) if allowed[0] not in OWN}


def test_without_the_setting_there_is_nothing_of_it(deployed: Deployed) -> None:
    functions = deployed.all("AWS::Lambda::Function").values()
    assert SLACK not in {function["FunctionName"] for function in functions}
    assert not any(
        "FIRST_RESPONDER_SLACK" in one["Environment"]["Variables"] for one in functions if "Environment" in one
    )
    assert "SlackAddressOutput" not in deployed.outputs


def test_it_is_told_by_a_queue_of_its_own_in_order(chatty: Deployed) -> None:
    assert chatty.function(SLACK)["Handler"] == "functions.lifecycle.announce_slack.lambda_handler"
    arn = f"<{inside(chatty.function_arn(SLACK))}>"
    source = chatty.one("AWS::Lambda::EventSourceMapping", FunctionName=arn)["EventSourceArn"]
    queue = chatty.resources[inside(source)]["Properties"]
    assert (queue["FifoQueue"], queue["RedrivePolicy"]["maxReceiveCount"]) == (True, 8)
    told = json.loads(
        chatty.function("first-responder-incidents")["Environment"]["Variables"]["FIRST_RESPONDER_PLACES"]
    )
    assert told["slack"] == f"<{inside(source)}>"
    assert set(told) >= {"mail", "slack"}


def test_it_reads_one_secret_and_keeps_what_it_has_said(chatty: Deployed) -> None:
    table = f"<{chatty.id_of('AWS::DynamoDB::Table')}.Arn>"
    queue = {allowed for allowed in _may(chatty, SLACK) if allowed[0].startswith("sqs:")}
    assert {action for action, _, _ in queue} == {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
    assert _may(chatty, SLACK) - queue == {
        *((f"dynamodb:{action}", table, INCIDENTS) for action in ("GetItem", "PutItem", "UpdateItem")),
        ("secretsmanager:GetSecretValue", SECRET, "{}"),
    }


def test_both_know_the_channels_and_where_the_secret_is_and_not_the_secret(chatty: Deployed) -> None:
    for name in (SLACK, ANSWER):
        assert json.loads(chatty.function(name)["Environment"]["Variables"]["FIRST_RESPONDER_SLACK"]) == {
            "channels": {"operations": "C0123456789", "security": "C0987654321"},
            "secret": "first-responder/slack",
            "api": "https://slack.com/api/",
        }
    assert chatty.all("AWS::SecretsManager::Secret") == {}


def test_its_buttons_have_a_public_address_and_links_come_with_it_only_where_they_are_wanted(chatty: Deployed) -> None:
    url = chatty.one("AWS::Lambda::Url")
    assert (url["AuthType"], url["TargetFunctionArn"]) == ("NONE", chatty.function_arn(ANSWER))
    assert chatty.function(ANSWER)["ReservedConcurrentExecutions"] == 5
    assert "FIRST_RESPONDER_ANSWER_KEY" not in chatty.function(ANSWER)["Environment"]["Variables"]
    assert "FIRST_RESPONDER_ANSWER_URL" not in chatty.function(MAIL)["Environment"]["Variables"]
    public = [said for said in chatty.all("AWS::Lambda::Permission").values() if said["Principal"] == "*"]
    assert {said["FunctionName"] for said in public} == {chatty.function_arn(ANSWER)}
    assert "slack" in json.dumps(chatty.outputs["SlackAddressOutput"]["Value"])


def test_who_takes_presses_may_hand_them_on_to_itself_and_to_remediations_alone(
    chatty: Deployed, deployed: Deployed
) -> None:
    before = {(action, conditions) for action, _, conditions in _may(deployed, ANSWER)}
    more = {allowed for allowed in _may(chatty, ANSWER) if (allowed[0], allowed[2]) not in before}
    table = f"<{chatty.id_of('AWS::DynamoDB::Table')}.Arn>"
    functions = [ANSWER, *(f"first-responder-{name.replace('_', '-')}" for name in names())]
    assert more == {
        ("secretsmanager:GetSecretValue", SECRET, "{}"),
        ("dynamodb:UpdateItem", table, INCIDENTS),
        *(
            ("lambda:InvokeFunction", f"arn:aws:lambda:eu-west-1:123456789012:function:{name}", "{}")
            for name in functions
        ),
    }
    for name in functions:
        assert chatty.function(name)


def test_nobody_else_may_do_more_than_without_it(chatty: Deployed, deployed: Deployed) -> None:
    def roles(stack: Deployed) -> dict[str, set[str]]:
        functions = stack.all("AWS::Lambda::Function").values()
        return {one["FunctionName"]: {action for action, _, _ in stack.may(one["FunctionName"])} for one in functions}

    with_slack, without = roles(chatty), roles(deployed)
    assert {name for name in with_slack if with_slack[name] != without.get(name)} == {SLACK, ANSWER}
