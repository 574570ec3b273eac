from __future__ import annotations

import json
from typing import Any

import pytest

from functions import catalogue
from functions.adapters.cloudwatch_alarms import CloudWatchAlarms
from functions.adapters.follow_through import function_name
from functions.core.permission import Allow
from functions.core.policy import Mode
from functions.core.remediation import Remediation
from functions.lifecycle.investigation import PERMISSIONS as INVESTIGATION
from infra.permissions import fill, statement, tag_condition
from tests.infra.around import AROUND
from tests.infra.deployed import Deployed, allows

HERE = {"partition": "aws", "region": "eu-west-1", "account": "123456789012"}
NO_CONDITION = "{}"

ALARMS_ONLY = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ALARM#*"]}}


def test_every_remediation_and_the_one_dropped_in_has_a_function_and_nothing_else_has(deployed: Deployed) -> None:
    names = {function["FunctionName"] for function in deployed.all("AWS::Lambda::Function").values()}
    assert names == set(AROUND) | {function_name(name) for name in [*catalogue.names(), "turn_dials"]}


def test_its_role_is_what_it_declares_and_its_record_and_nothing_else(
    deployed: Deployed, remediation: Remediation[Any]
) -> None:
    name = function_name(remediation.name)
    declared = {_declared(allow) for allow in (*remediation.permissions, *CloudWatchAlarms.PERMISSIONS)}
    assert deployed.may(name) == declared | _of_any_function(deployed, name) | _record(deployed)


def _declared(allow: Allow) -> tuple[str, str, str]:
    conditions: dict[str, dict[str, list[str]]] = {}
    for operator, key, value in allow.conditions:
        conditions.setdefault(operator, {}).setdefault(key, []).append(fill(value, HERE))
    if allow.tagged:
        conditions.setdefault("StringEquals", {})["aws:ResourceTag/first-responder:mode"] = ["act", "propose"]
    return allow.action, fill(allow.on, HERE), json.dumps(conditions, sort_keys=True)


def _of_any_function(deployed: Deployed, name: str) -> set[tuple[str, str, str]]:
    log = deployed.id_of("AWS::Logs::LogGroup", LogGroupName=f"/aws/lambda/{name}")
    writes = {(f"logs:{action}", f"<{log}.Arn>", NO_CONDITION) for action in ("CreateLogStream", "PutLogEvents")}
    return writes | {("sqs:SendMessage", deployed.dead_letters(name), NO_CONDITION)}


def _record(deployed: Deployed) -> set[tuple[str, str, str]]:
    table, bucket = (next(iter(deployed.all(kind))) for kind in ("AWS::DynamoDB::Table", "AWS::S3::Bucket"))
    machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:first-responder-follow-through"
    return {
        *((f"dynamodb:{action}", f"<{table}.Arn>", NO_CONDITION) for action in ("GetItem", "PutItem", "UpdateItem")),
        ("dynamodb:Query", f"<{table}.Arn>", json.dumps(ALARMS_ONLY)),
        ("s3:PutObject", f"<{bucket}.Arn>/*", NO_CONDITION),
        ("states:StartExecution", machine, NO_CONDITION),
    }


def test_it_knows_its_name_and_the_way_to_its_record(deployed: Deployed, remediation: Remediation[Any]) -> None:
    said = deployed.function(function_name(remediation.name))["Environment"]["Variables"]
    assert said["FIRST_RESPONDER_REMEDIATION"] == remediation.name
    assert said["FIRST_RESPONDER_TABLE"] == f"<{next(iter(deployed.all('AWS::DynamoDB::Table')))}>"
    assert said["FIRST_RESPONDER_BUCKET"] == f"<{next(iter(deployed.all('AWS::S3::Bucket')))}>"
    assert said["FIRST_RESPONDER_FOLLOW_THROUGH"].endswith(":stateMachine:first-responder-follow-through")
    assert said["POWERTOOLS_SERVICE_NAME"] == "first-responder"
    assert json.loads(said["FIRST_RESPONDER_SETTINGS"]) == {
        "policy": {"mode": "observe"},
        "fresh_within_minutes": 15,
        "answer_within_minutes": 60,
        "changes_per_hour": 20,
        "storm_targets": 10,
        "storm_within_minutes": 10,
        "flap_transitions": 4,
        "flap_within_minutes": 60,
        "flap_quiet_minutes": 30,
        "echo_within_minutes": 60,
        "chain_at_most": 2,
    }


def test_the_follow_through_that_it_is_told_of_is_the_one_that_is_deployed(deployed: Deployed) -> None:
    deployed.one("AWS::StepFunctions::StateMachine", StateMachineName="first-responder-follow-through")


@pytest.mark.parametrize("default", [Mode.NEVER, Mode.OBSERVE])
def test_where_untagged_resources_are_left_alone_iam_wants_the_tag(default: Mode) -> None:
    assert {operator for operator, _, _ in tag_condition(default)} == {"StringEquals"}


@pytest.mark.parametrize("default", [Mode.PROPOSE, Mode.ACT])
def test_where_untagged_resources_may_be_changed_a_missing_tag_passes_and_a_wrong_one_does_not(default: Mode) -> None:
    said = statement(Allow(action="dial:Turn", on="*", because="a test", tagged=True), default).to_statement_json()
    tag = {"aws:ResourceTag/first-responder:mode": ["act", "propose"]}
    assert said["Condition"] == {"StringEqualsIfExists": tag}


def test_no_role_allows_an_action_with_a_star_or_everything_without_a_reason(deployed: Deployed) -> None:
    roles = [policy for role in deployed.all("AWS::IAM::Role").values() for policy in role.get("Policies", [])]
    given = {
        allowed
        for policy in [*roles, *deployed.all("AWS::IAM::Policy").values()]
        for allowed in allows(policy["PolicyDocument"])
    }
    assert [action for action, _, _ in given if "*" in action] == []
    everything = [
        CloudWatchAlarms.PERMISSIONS,
        INVESTIGATION,
        *(remediation.permissions for remediation in catalogue.load_all()),
    ]
    reasoned = {allow.action for permissions in everything for allow in permissions if allow.because} | {"dial:List"}
    on_everything = {action for action, resource, _ in given if resource == "*"}
    assert {action for action in on_everything - reasoned if not action.startswith("logs:")} == set()
