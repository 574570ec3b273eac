"""The whole chain on the local AWS with IAM enforced: real deploy, real alarms, the deployed functions under their own roles."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from drills.play import calls, play, until_calm
from drills.record import Record
from drills.sample import DATABASE
from drills.scenarios import SCENARIOS, Scenario
from drills.stage import ACCOUNT, REGION, Stage, deploy, local_aws
from drills.weather import Load, Weather
from functions.adapters.follow_through import function_name

DATABASE_ARN = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{DATABASE}"


REHEARSED = {
    "extend_rds_storage": "condition_cleared",
    "roll_back_ecs_deployment": "no_last_good",
    "scale_out_ecs_service": "observed",
}
"""On a quiet day. A person who asks for a rollback or for more tasks has a reason that no metric shows."""


def until(found: Callable[[], Any], what: str, seconds: float = 40.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.2)
    raise AssertionError(f"{what}: not within {seconds} s")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with local_aws(iam=True) as stage:
        deploy(stage)
        yield stage


@pytest.fixture(scope="module")
def load(stage: Stage) -> Iterator[Load]:
    weather = Weather(stage, Load())
    weather.start()
    until_calm(stage)
    yield weather.load
    weather.stop()


def invoke(stage: Stage, remediation: str, payload: Any) -> tuple[Any, str]:
    return call(stage, function_name(remediation), payload)


def call(stage: Stage, function: str, payload: Any) -> tuple[Any, str]:
    """What a function answers, and how it failed where it did."""
    answer = stage.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload).encode())
    return json.loads(answer["Payload"].read()), answer.get("FunctionError", "")


def queue_depth(stage: Stage, part: str) -> int:
    sqs = stage.client("sqs")
    urls = [url for url in sqs.list_queues().get("QueueUrls", []) if part in url.lower().replace("-", "")]
    attributes = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for url in urls]
    assert urls, f"no queue named like {part}"
    return sum(int(found["ApproximateNumberOfMessages"]) for found in attributes)


@pytest.mark.parametrize(("remediation", "expected"), REHEARSED.items())
def test_a_remediation_can_be_rehearsed_by_hand_on_a_quiet_day(
    stage: Stage, load: Load, remediation: str, expected: str
) -> None:
    target = next(scenario.target for scenario in SCENARIOS if scenario.remediation == remediation)
    request = {"target": target, "reason": "rehearsal", "requested_by": "the test", "mode": "observe"}
    answer, error = invoke(stage, remediation, request)
    assert not error, answer
    assert answer["text"].partition(":")[0] == expected or answer["decision"] == expected, answer


def test_a_person_is_called_through_the_stream(stage: Stage, load: Load) -> None:
    sns, sqs = stage.client("sns"), stage.client("sqs")
    people = next(
        t["TopicArn"] for t in sns.list_topics()["Topics"] if t["TopicArn"].endswith("first-responder-people")
    )
    inbox = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=inbox, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=people, Protocol="sqs", Endpoint=arn)
    request = {"target": f"{DATABASE_ARN}-gone", "reason": "drill", "requested_by": "the test"}
    answer, _ = invoke(stage, "extend_rds_storage", request)
    assert answer["text"].startswith("target_not_found"), answer
    called: list[str] = []

    def heard() -> bool:
        messages = sqs.receive_message(QueueUrl=inbox, MaxNumberOfMessages=10).get("Messages", [])
        called.extend(json.loads(message["Body"])["Message"] for message in messages)
        return any(f"Incident: {answer['incident']}" in message for message in called)

    until(heard, "a call to a person")


def test_the_sweep_runs_under_its_own_role(stage: Stage) -> None:
    answer = stage.client("lambda").invoke(FunctionName="first-responder-sweep", Payload=b"{}")
    assert json.loads(answer["Payload"].read()) == {"woken": 0, "ended": 0, "failed": 0}


@contextmanager
def without(stage: Stage, remediation: str, action: str) -> Iterator[None]:
    """Take one permission away from a function's role, and give it back."""
    iam = stage.client("iam")
    role = stage.client("lambda").get_function(FunctionName=function_name(remediation))["Configuration"]["Role"]
    name = role.rpartition("/")[2]
    policies = {
        policy: json.dumps(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    }
    assert any(f'"{action}"' in text for text in policies.values()), f"{action} is in no policy of {name}"
    for policy, text in policies.items():
        smaller = text.replace(f'"{action}"', '"rds:DescribeNothing"')
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=smaller)
    yield
    for policy, text in policies.items():
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=text)


@pytest.mark.parametrize(
    ("remediation", "action"),
    [
        ("extend_rds_storage", "rds:DescribeDBInstances"),
        ("roll_back_ecs_deployment", "ecs:DescribeServices"),
        ("scale_out_ecs_service", "ecs:DescribeServices"),
    ],
)
def test_a_role_with_one_permission_removed_changes_nothing(
    stage: Stage, load: Load, remediation: str, action: str
) -> None:
    target = next(scenario.target for scenario in SCENARIOS if scenario.remediation == remediation)
    request = {"target": target, "reason": "a role too small", "requested_by": "the test", "mode": "act"}
    with without(stage, remediation, action):
        answer, error = invoke(stage, remediation, request)
    assert (error, answer["decision"]) == ("", "declined"), answer
    assert answer["text"].startswith(f"cannot_read: {action.partition(':')[2]} was refused"), answer
    runs = [item for item in Record(stage).items() if item["sk"] == f"RUN#{answer['run']}"]
    assert runs[0]["outcome"] == "declined"


def switches(stage: Stage, verb: str, **asked: str) -> Any:
    answer, error = call(stage, "first-responder-switches", {"switch": verb, **asked})
    assert not error, answer
    return answer


@contextmanager
def stopped(stage: Stage, scope: str) -> Iterator[None]:
    """Hold off all changes in a scope, and let them go again whatever the test found."""
    switches(stage, "stop", scope=scope, reason="audit", by="the test")
    try:
        yield
    finally:
        answer = switches(stage, "lift", scope=scope, reason="done", by="the test")
    assert answer["text"].startswith("the test lifted a switch: done"), answer


def test_a_stop_refuses_every_change_until_it_is_lifted(stage: Stage, load: Load) -> None:
    scaled = next(scenario for scenario in SCENARIOS if scenario.remediation == "scale_out_ecs_service")
    request = {"target": scaled.target, "reason": "while stopped", "requested_by": "the test"}
    scope, before = f"remediation/{scaled.remediation}", time.time()
    with stopped(stage, scope):
        (listed,) = switches(stage, "list")["switches"]
        refused, error = invoke(stage, scaled.remediation, {**request, "mode": "act"})
    assert (listed["scope"], listed["kind"], listed["holds"]) == (scope, "stop", True)
    assert (error, refused["decision"]) == ("", "declined"), refused
    assert refused["text"].startswith(f"stopped: changes by {scaled.remediation} are stopped by the test"), refused
    made = set(calls(stage, scaled.remediation, before))
    assert "ecs:DescribeServices" in made
    assert not {"ecs:UpdateService", "application-autoscaling:RegisterScalableTarget"} & made
    assert switches(stage, "list") == {"switches": []}
    assert [change["kind"] for change in switches(stage, "log")["log"]] == ["switch_set", "switch_lifted"]
    allowed, _ = invoke(stage, scaled.remediation, {**request, "mode": "observe"})
    assert allowed["decision"] == "observed", allowed


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_each_scenario_recovers_under_its_own_role(stage: Stage, load: Load, scenario: Scenario) -> None:
    told: list[str] = []
    played = play(scenario, stage, load, lambda at, kind, text: told.append(f"{at} {kind}: {text}"))
    assert (played.outcome, played.wrong) == ("recovered", ""), "\n".join(told)


@pytest.fixture
def grown(stage: Stage, load: Load) -> dict[str, Any]:
    """The run that has grown the database: the scenario's, which is played here where that has not been done yet."""

    def runs() -> list[dict[str, Any]]:
        return [run for run in Record(stage).runs("extend_rds_storage", "") if run["outcome"] == "recovered"]

    if not runs():
        play(next(one for one in SCENARIOS if one.target == DATABASE_ARN), stage, load, lambda *told: None)
    return runs()[0]


def drifts(stage: Stage, verb: str, **asked: str) -> tuple[Any, str]:
    return call(stage, "first-responder-drifts", {"drifts": verb, **asked})


def test_what_the_growth_changed_is_an_open_drift_until_it_is_settled(stage: Stage, grown: dict[str, Any]) -> None:
    listed, error = drifts(stage, "list", stack="Workload")
    assert not error, listed
    (drift,) = [drift for drift in listed["drifts"] if drift["property"] == "AllocatedStorage"]
    database = stage.client("rds").describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"][0]
    assert (drift["old"], drift["new"]) == ("100", str(database["AllocatedStorage"])), drift
    assert (drift["resource"], drift["incident"]) == (DATABASE_ARN, grown["record"]["incident"])
    assert drift["at"].split("#")[1] == drift["run"] == grown["record"]["id"]
    path = f"/Resources/{drift['logical_id']}/Properties/AllocatedStorage"
    assert drift["patch"] == [{"op": "replace", "path": path, "value": drift["new"]}]
    declared = stage.client("cloudformation").describe_stack_resources(StackName="Workload")["StackResources"]
    owner = {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in declared}
    assert owner[drift["logical_id"]] == DATABASE
    which = {name: drift[name] for name in ("stack", "resource", "property", "at")}
    settled, error = drifts(stage, "settle", **which, by="the test", reason="merged")
    assert not error, settled
    left, _ = drifts(stage, "list")
    assert drift["at"] not in [one["at"] for one in left["drifts"] if one["property"] == "AllocatedStorage"]
    again, error = drifts(stage, "settle", **which, by="the test", reason="merged")
    assert (error, again["errorType"]) == ("Unhandled", "InvalidEvent"), again


def test_a_request_that_makes_no_sense_gets_one_clear_error(stage: Stage) -> None:
    answer, error = invoke(stage, "extend_rds_storage", {"target": "orders", "reason": "r", "requested_by": "p"})
    assert (error, answer["errorType"]) == ("Unhandled", "InvalidEvent")
    assert answer["errorMessage"].startswith("target is 'orders'; allowed: an ARN like")


def test_copies_by_all_ways_at_once_are_answered_once(stage: Stage) -> None:
    at = datetime.now(UTC)
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:copies"
    metric = {"namespace": "AWS/RDS", "name": "FreeStorageSpace", "dimensions": {"DBInstanceIdentifier": "nobody"}}
    stamp = f"{at:%Y-%m-%dT%H:%M:%S}.000+0000"
    detail = {
        "alarmName": "copies",
        "configuration": {"metrics": [{"id": "m", "metricStat": {"metric": metric, "period": 60, "stat": "Average"}}]},
        "previousState": {"value": "OK", "timestamp": stamp},
        "state": {"value": "ALARM", "reason": "r", "reasonData": "{}", "timestamp": stamp},
    }
    event = {"detail-type": "CloudWatch Alarm State Change", "resources": [arn], "detail": detail}
    direct = {"source": "aws.cloudwatch", "alarmArn": arn, "alarmData": detail}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda shape: invoke(stage, "extend_rds_storage", shape)[0], [event, direct] * 3))
    decisions = sorted(answer["decision"] for answer in answers)
    assert decisions == ["declined"] + ["duplicate"] * 5, answers


def test_malformed_messages_end_in_a_dead_letter_queue_and_harm_nothing(stage: Stage) -> None:
    sns = stage.client("sns")
    topic = next(t["TopicArn"] for t in sns.list_topics()["Topics"] if "alarm" in t["TopicArn"].lower())
    before = queue_depth(stage, "unclaimed")
    sns.publish(TopicArn=topic, Message="disk full!! {not json")
    until(lambda: queue_depth(stage, "unclaimed") > before, "the message in the dead-letter queue")
