"""The answer function: reachable by invocation alone unless links are wanted, and then by a public address with its own key."""

from __future__ import annotations

import json

import pytest
from aws_cdk import App

from infra.settings import read_settings
from infra.stack import FirstResponder
from tests.infra.conftest import ROOT, context_of
from tests.infra.deployed import Deployed

ANSWER, ANNOUNCE = "first-responder-answer", "first-responder-announce-mail"
OWN = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}
INCIDENTS = json.dumps({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["INCIDENT#*"]}})


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """The stack with answer-links on."""
    app = App(context=context_of(ROOT), outdir=str(tmp_path_factory.mktemp("linked")))
    FirstResponder(app, "FirstResponder", settings=read_settings({"answer-links": True}))
    return Deployed(app.synth().get_stack_by_name("FirstResponder").template)


def _may(deployed: Deployed, name: str) -> set[tuple[str, str, str]]:
    return {allowed for allowed in deployed.may(name) if allowed[0] not in OWN}


def _record(deployed: Deployed) -> set[tuple[str, str, str]]:
    table = f"<{deployed.id_of('AWS::DynamoDB::Table')}.Arn>"
    machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:first-responder-follow-through"
    return {
        ("dynamodb:GetItem", table, INCIDENTS),
        ("dynamodb:PutItem", table, INCIDENTS),
        ("dynamodb:Query", table, INCIDENTS),
        ("dynamodb:Query", f"{table}/index/open", "{}"),
        ("states:StartExecution", machine, "{}"),
    }


def test_without_links_nothing_is_public_and_there_is_no_key(deployed: Deployed) -> None:
    for kind in ("AWS::Lambda::Url", "AWS::SecretsManager::Secret"):
        assert deployed.all(kind) == {}
    assert all(said["Principal"] != "*" for said in deployed.all("AWS::Lambda::Permission").values())
    for name in (ANSWER, ANNOUNCE):
        assert not any("ANSWER" in variable for variable in deployed.function(name)["Environment"]["Variables"])


def test_it_may_write_answers_and_wake_runs_and_change_no_workload(deployed: Deployed) -> None:
    assert deployed.function(ANSWER)["Handler"] == "functions.lifecycle.answer.lambda_handler"
    assert _may(deployed, ANSWER) == _record(deployed)


def test_with_links_it_has_one_public_address_and_a_key_that_is_made_at_deployment(linked: Deployed) -> None:
    url = linked.one("AWS::Lambda::Url")
    assert (url["AuthType"], url["TargetFunctionArn"]) == ("NONE", linked.function_arn(ANSWER))
    assert not {"Cors", "InvokeMode"} & set(url)
    secret = linked.one("AWS::SecretsManager::Secret")
    assert secret["GenerateSecretString"] == {"ExcludePunctuation": True, "PasswordLength": 64}
    assert "SecretString" not in secret


def test_only_the_answer_function_is_public_and_only_by_its_address(linked: Deployed) -> None:
    public = [said for said in linked.all("AWS::Lambda::Permission").values() if said["Principal"] == "*"]
    assert {said["FunctionName"] for said in public} == {linked.function_arn(ANSWER)}
    by_address = [
        (said["Action"], said.get("FunctionUrlAuthType"), said.get("InvokedViaFunctionUrl")) for said in public
    ]
    assert sorted(by_address, key=str) == [
        ("lambda:InvokeFunction", None, True),
        ("lambda:InvokeFunctionUrl", "NONE", None),
    ]


def test_who_floods_the_address_takes_little_of_what_remediations_run_on(linked: Deployed, deployed: Deployed) -> None:
    assert linked.function(ANSWER)["ReservedConcurrentExecutions"] == 5
    assert "ReservedConcurrentExecutions" not in deployed.function(ANSWER)


def test_the_key_is_read_by_who_signs_and_who_checks_and_by_nobody_else(linked: Deployed) -> None:
    secret = f"<{linked.id_of('AWS::SecretsManager::Secret')}>"
    names = [function["FunctionName"] for function in linked.all("AWS::Lambda::Function").values()]
    reading = {
        (name, on) for name in names for action, on, _ in linked.may(name) if action == "secretsmanager:GetSecretValue"
    }
    assert reading == {(ANSWER, secret), (ANNOUNCE, secret)}
    assert _may(linked, ANSWER) == {*_record(linked), ("secretsmanager:GetSecretValue", secret, "{}")}


def test_the_announcer_knows_address_and_key_and_may_look_at_runs(linked: Deployed, deployed: Deployed) -> None:
    said = linked.function(ANNOUNCE)["Environment"]["Variables"]
    secret, url = linked.id_of("AWS::SecretsManager::Secret"), linked.id_of("AWS::Lambda::Url")
    assert said["FIRST_RESPONDER_ANSWER_KEY"] == f"<{secret}>"
    assert said["FIRST_RESPONDER_ANSWER_URL"] == f"<{url}.FunctionUrl>"
    assert linked.function(ANSWER)["Environment"]["Variables"]["FIRST_RESPONDER_ANSWER_KEY"] == f"<{secret}>"
    table = f"<{linked.id_of('AWS::DynamoDB::Table')}.Arn>"
    more = {("dynamodb:GetItem", table, INCIDENTS), ("secretsmanager:GetSecretValue", f"<{secret}>", "{}")}
    assert {action for action, _, _ in _may(linked, ANNOUNCE)} - {
        action for action, _, _ in _may(deployed, ANNOUNCE)
    } == {action for action, _, _ in more}
    assert more <= _may(linked, ANNOUNCE)


def test_the_announcers_role_is_the_only_other_one_that_links_change(linked: Deployed, deployed: Deployed) -> None:
    def roles(stack: Deployed) -> dict[str, set[str]]:
        functions = stack.all("AWS::Lambda::Function").values()
        return {one["FunctionName"]: {action for action, _, _ in stack.may(one["FunctionName"])} for one in functions}

    with_links, without = roles(linked), roles(deployed)
    assert {name for name in with_links if with_links[name] != without[name]} == {ANSWER, ANNOUNCE}
