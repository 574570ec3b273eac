"""The functions around an incident: the sweep, the listener for unclaimed alarms, and the people's side."""

from __future__ import annotations

import json

from tests.infra.deployed import Deployed

SWEEP, UNCLAIMED, ANNOUNCE = (f"first-responder-{name}" for name in ("sweep", "record-unclaimed", "announce"))
OWN = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}


def _actions(deployed: Deployed, name: str) -> set[str]:
    return {action for action, _, _ in deployed.may(name)} - OWN


def test_each_has_its_handler(deployed: Deployed) -> None:
    for name in (SWEEP, UNCLAIMED, ANNOUNCE):
        module = name.removeprefix("first-responder-").replace("-", "_")
        assert deployed.function(name)["Handler"] == f"functions.lifecycle.{module}.lambda_handler"


def test_the_sweep_comes_by_every_five_minutes(deployed: Deployed) -> None:
    (rule,) = deployed.rules_to(SWEEP)
    assert rule["ScheduleExpression"] == "rate(5 minutes)"
    assert rule["Targets"][0]["DeadLetterConfig"] == {"Arn": deployed.dead_letters(SWEEP)}


def test_only_the_sweep_and_who_lists_proposals_may_look_through_the_open_runs(deployed: Deployed) -> None:
    index = f"<{deployed.id_of('AWS::DynamoDB::Table')}.Arn>/index/open"
    functions = [function["FunctionName"] for function in deployed.all("AWS::Lambda::Function").values()]
    asking = {name for name in functions if ("dynamodb:Query", index, "{}") in deployed.may(name)}
    assert asking == {SWEEP, "first-responder-answer"}
    assert ("dynamodb:Query", index, "{}") in deployed.may(SWEEP)
    writing = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "states:StartExecution"}
    assert _actions(deployed, SWEEP) == {"dynamodb:Query", *writing}


def test_the_listener_for_unclaimed_alarms_may_only_write_down(deployed: Deployed) -> None:
    assert _actions(deployed, UNCLAIMED) == {"dynamodb:PutItem"}


def test_the_announcer_may_follow_the_stream_and_call_people_and_not_read_the_table(deployed: Deployed) -> None:
    people = f"<{deployed.id_of('AWS::SNS::Topic', TopicName='first-responder-people')}>"
    stream = f"<{deployed.id_of('AWS::DynamoDB::Table')}.StreamArn>"
    reads = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    expected = {("sns:Publish", people, "{}"), *((f"dynamodb:{action}", stream, "{}") for action in reads)}
    assert {allowed for allowed in deployed.may(ANNOUNCE) if allowed[0] not in OWN} == expected
    assert deployed.function(ANNOUNCE)["Environment"]["Variables"]["FIRST_RESPONDER_PEOPLE_TOPIC"] == people


def test_the_announcer_is_called_for_new_entries_that_ask_for_a_person_and_loses_none(deployed: Deployed) -> None:
    said = deployed.one("AWS::Lambda::EventSourceMapping")
    assert said["EventSourceArn"] == f"<{deployed.id_of('AWS::DynamoDB::Table')}.StreamArn>"
    (only,) = said["FilterCriteria"]["Filters"]
    assert json.loads(only["Pattern"]) == {
        "eventName": ["INSERT"],
        "dynamodb": {"NewImage": {"call_person": {"BOOL": [True]}}},
    }
    assert said["StartingPosition"] == "TRIM_HORIZON"
    assert said["BisectBatchOnFunctionError"] is True
    assert said["MaximumRetryAttempts"] == 5
    assert said["DestinationConfig"] == {"OnFailure": {"Destination": deployed.dead_letters(ANNOUNCE)}}
