"""The functions around an incident: the sweep, the listener for unclaimed alarms, and the people's side."""

from __future__ import annotations

import json

import pytest

from tests.infra.deployed import Deployed, inside

SWEEP, INTAKE, INCIDENTS, MAIL, REPORT = (
    f"first-responder-{name}" for name in ("sweep", "intake", "incidents", "announce-mail", "report")
)
OWN = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}


def _actions(deployed: Deployed, name: str) -> set[str]:
    return {action for action, _, _ in deployed.may(name)} - OWN


def test_each_has_its_handler(deployed: Deployed) -> None:
    for name in (SWEEP, INTAKE, INCIDENTS, MAIL, REPORT):
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
    assert asking == {SWEEP, REPORT, "first-responder-answer", "first-responder-console"}
    assert ("dynamodb:Query", index, "{}") in deployed.may(SWEEP)
    writing = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "states:StartExecution"}
    assert _actions(deployed, SWEEP) == {"dynamodb:Query", *writing}


def test_the_intake_may_only_write_down(deployed: Deployed) -> None:
    assert _actions(deployed, INTAKE) == {"dynamodb:PutItem"}


def test_the_intake_hears_of_every_alarm_but_our_own_and_of_aws_health(deployed: Deployed) -> None:
    patterns = [rule["EventPattern"] for rule in deployed.rules_to(INTAKE)]
    assert {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"state": {"value": ["ALARM"]}, "alarmName": [{"anything-but": {"prefix": "first-responder-"}}]},
    } in patterns
    assert {"source": ["aws.health"], "detail-type": ["AWS Health Event", "AWS Health Abuse Event"]} in patterns
    assert len(patterns) == 2


def test_who_takes_reports_may_touch_incidents_and_neither_leases_nor_switches(deployed: Deployed) -> None:
    only = json.dumps({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["INCIDENT#*", "SERVICE#*"]}})
    on_table = {
        (action, said) for action, on, said in deployed.may(REPORT) if on.endswith(".Arn>") and "dynamodb" in action
    }
    assert on_table == {(f"dynamodb:{verb}", only) for verb in ("GetItem", "PutItem", "UpdateItem")}


def test_who_keeps_incidents_follows_the_stream_and_sends_to_the_places(deployed: Deployed) -> None:
    stream = f"<{deployed.id_of('AWS::DynamoDB::Table')}.StreamArn>"
    reads = {f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}
    writes = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
    assert _actions(deployed, INCIDENTS) == reads | writes | {"cloudwatch:ListTagsForResource"}
    queues = {on for action, on, _ in deployed.may(INCIDENTS) if action == "sqs:SendMessage"}
    assert queues == {deployed.dead_letters(INCIDENTS), *(_queue_of(deployed, name) for name in PLACES)}
    assert {on for action, on, _ in deployed.may(INCIDENTS) if action in reads} == {stream}


def test_it_is_called_for_new_lines_and_for_alarms_that_ask_for_a_person_and_loses_none(deployed: Deployed) -> None:
    stream = f"<{deployed.id_of('AWS::DynamoDB::Table')}.StreamArn>"
    said = deployed.one("AWS::Lambda::EventSourceMapping", EventSourceArn=stream)
    lines, alarms = (json.loads(one["Pattern"]) for one in said["FilterCriteria"]["Filters"])
    assert lines == {"eventName": ["INSERT"], "dynamodb": {"Keys": {"sk": {"S": [{"prefix": "AT#"}]}}}}
    assert alarms == {
        "eventName": ["INSERT"],
        "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "ALARM#"}]}}, "NewImage": {"call_person": {"BOOL": [True]}}},
    }
    assert said["StartingPosition"] == "TRIM_HORIZON"
    assert said["BisectBatchOnFunctionError"] is True
    assert said["MaximumRetryAttempts"] == 10
    assert said["DestinationConfig"] == {"OnFailure": {"Destination": deployed.dead_letters(INCIDENTS)}}


PLACES = (
    MAIL,
    "first-responder-clocks",
    "first-responder-investigate",
    "first-responder-resolve",
    "first-responder-review",
)


@pytest.mark.parametrize("name", PLACES)
def test_a_place_has_its_own_ordered_queue_and_what_it_cannot_pass_on_is_put_aside(
    deployed: Deployed, name: str
) -> None:
    queue = deployed.resources[inside(_queue_of(deployed, name))]["Properties"]
    assert queue["FifoQueue"] is True
    assert queue["VisibilityTimeout"] >= 6 * deployed.function(name)["Timeout"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 8
    aside = deployed.resources[inside(queue["RedrivePolicy"]["deadLetterTargetArn"])]["Properties"]
    assert (aside["FifoQueue"], aside["MessageRetentionPeriod"]) == (True, 14 * 24 * 3600)
    alarm = deployed.one("AWS::CloudWatch::Alarm", AlarmName=f"{name}-put-aside")
    assert alarm["AlarmActions"] == [f"<{deployed.id_of('AWS::SNS::Topic', TopicName='first-responder-people')}>"]
    mapping = deployed.one("AWS::Lambda::EventSourceMapping", FunctionName=f"<{inside(deployed.function_arn(name))}>")
    assert mapping["BatchSize"] == 1


def test_mail_goes_to_a_topic_for_each_severity_and_securitys_has_its_own_key(deployed: Deployed) -> None:
    topics = {name: f"<{deployed.id_of('AWS::SNS::Topic', TopicName=f'first-responder-{name}')}>" for name in _TOPICS}
    assert {on for action, on, _ in deployed.may(MAIL) if action == "sns:Publish"} == set(topics.values())
    key = deployed.one("AWS::SNS::Topic", TopicName="first-responder-security")["KmsMasterKeyId"]
    assert inside(key) == deployed.id_of("AWS::KMS::Key")
    told = deployed.function(MAIL)["Environment"]["Variables"]["FIRST_RESPONDER_TOPICS"]
    assert json.loads(told) == {name.upper() if name != "security" else name: arn for name, arn in topics.items()}


_TOPICS = ("p1", "p2", "p3", "p4", "security")


def _queue_of(deployed: Deployed, name: str) -> str:
    mapping = deployed.one("AWS::Lambda::EventSourceMapping", FunctionName=f"<{inside(deployed.function_arn(name))}>")
    return str(mapping["EventSourceArn"])
