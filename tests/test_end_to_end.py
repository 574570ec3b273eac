"""The whole chain on the local AWS with IAM enforced: real deploy, real alarms, the deployed functions under their own roles."""

from __future__ import annotations

import hashlib
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from drills import intruder
from drills.play import Played, calls, play, until_calm
from drills.record import Record
from drills.sample import CLUSTER, DATABASE, INTRUDED, SERVICE, SPARED
from drills.scenarios import SCENARIOS, Scenario
from drills.stage import ACCOUNT, REGION, Stage, deploy, local_aws
from drills.weather import Load, Weather
from tests.deployed import (
    call,
    drifts,
    evidence_bucket,
    inbox,
    invoke,
    queue_depth,
    stopped,
    switches,
    until,
    without,
)

DATABASE_ARN = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{DATABASE}"


REHEARSED = {
    "extend_rds_storage": "condition_cleared",
    "roll_back_ecs_deployment": "no_last_good",
    "scale_out_ecs_service": "observed",
}
"""On a quiet day. A person who asks for a rollback or for more tasks has a reason that no metric shows."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with local_aws(iam=True) as stage:
        deploy(stage, settings={"answer-links": True})
        yield stage


@pytest.fixture(scope="module")
def load(stage: Stage) -> Iterator[Load]:
    weather = Weather(stage, Load())
    weather.start()
    until_calm(stage)
    yield weather.load
    weather.stop()


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
    received = inbox(stage, "first-responder-p3")
    request = {"target": f"{DATABASE_ARN}-gone", "reason": "drill", "requested_by": "the test", "mode": "act"}
    answer, _ = invoke(stage, "extend_rds_storage", request)
    assert answer["text"].startswith("target_not_found"), answer
    called = f"Incident: {answer['incident']}"
    until(lambda: any(called in message for message in received()), "a call to a person")


@pytest.fixture
def quiet_service(stage: Stage) -> str:
    """The ARN of a service of its own: two tasks of the sample's definition, and a mode of its owner."""
    ecs = stage.client("ecs")
    web = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    like_web = {name: web[name] for name in ("taskDefinition", "networkConfiguration", "launchType")}
    tags = [{"key": "first-responder:mode", "value": "act"}]
    ecs.create_service(cluster=CLUSTER, serviceName="quiet", desiredCount=2, tags=tags, **like_web)
    done = ("COMPLETED", 2)
    until(lambda: rollout(service(stage, "quiet")) == done, "two tasks of the quiet service")
    return str(service(stage, "quiet")["serviceArn"])


def service(stage: Stage, name: str) -> dict[str, Any]:
    found: dict[str, Any] = stage.client("ecs").describe_services(cluster=CLUSTER, services=[name])["services"][0]
    return found


def rollout(service: dict[str, Any]) -> tuple[str, int]:
    return service["deployments"][0]["rolloutState"], service["runningCount"]


def proposed(stage: Stage, remediation: str, target: str) -> tuple[dict[str, Any], str]:
    """A proposal that a person has asked for, and the link in the message about it."""
    received = inbox(stage, "first-responder-p3")
    request = {"target": target, "reason": "a sale", "requested_by": "the test", "mode": "propose"}
    answer, error = invoke(stage, remediation, request)
    assert (error, answer["decision"]) == ("", "waiting_for_answer"), answer
    line = re.compile(rf"Incident: {answer['incident']} .*?Or here: (\S+)", re.DOTALL)
    found = until(lambda: next(filter(None, map(line.search, received())), None), "a message with a link")
    return answer, found[1]


def open_page(url: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    data = urllib.parse.urlencode(form).encode() if form else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=20) as page:
            return page.status, page.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def test_a_proposal_is_approved_by_its_link_carried_out_once_and_taken_back_by_its_id(
    stage: Stage, quiet_service: str
) -> None:
    remediation = "scale_out_ecs_service"
    waiting, link = proposed(stage, remediation, quiet_service)
    where, _, token = link.partition("?token=")
    forged = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    assert open_page(where, {"token": forged, "answer": "approve", "by": "mallory"})[0] == 403
    status, page = open_page(link)
    assert (status, "Approve this plan" in page, "from 2 to 3 tasks" in page) == (200, True, True), page
    status, page = open_page(where, {"token": token, "answer": "approve", "by": "ada", "reason": "go"})
    assert (status, "Thank you" in page) == (200, True), page
    run = until(lambda: Record(stage).ended(waiting["run"]), "the approved run at its end")
    assert (run["outcome"], service(stage, "quiet")["desiredCount"]) == ("recovered", 3), run
    assert open_page(where, {"token": token, "answer": "approve", "by": "mallory"})[0] in (409, 410)
    undo = {"undo": {"incident": waiting["incident"], "run": waiting["run"]}, "reason": "over", "requested_by": "ada"}
    shown, _ = invoke(stage, remediation, {**undo, "mode": "observe"})
    assert (shown["decision"], "from 3 to 2 tasks" in shown["text"]) == ("observed", True), shown
    begun, error = invoke(stage, remediation, {**undo, "mode": "act"})
    assert not error, begun
    back = until(lambda: Record(stage).ended(begun["run"]), "the way back at its end")
    assert (back["outcome"], service(stage, "quiet")["desiredCount"]) == ("undone", 2), back


def test_the_sweep_runs_under_its_own_role(stage: Stage) -> None:
    answer = stage.client("lambda").invoke(FunctionName="first-responder-sweep", Payload=b"{}")
    assert json.loads(answer["Payload"].read()) == {"woken": 0, "ended": 0, "failed": 0}


def test_the_dashboards_widget_runs_under_its_own_role(stage: Stage) -> None:
    html, error = call(stage, "first-responder-console", {"widgetContext": {"forms": {"all": {}}}})
    assert not error, html
    assert '<div class="fr">' in html
    body = stage.client("cloudwatch").get_dashboard(DashboardName="first-responder")["DashboardBody"]
    (widget,) = [one for one in json.loads(body)["widgets"] if one["type"] == "custom"]
    assert widget["properties"]["endpoint"].endswith(":function:first-responder-console")


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


def played_well(scenario: Scenario, stage: Stage, load: Load) -> Played:
    told: list[str] = []
    played = play(scenario, stage, load, lambda at, kind, text: told.append(f"{at} {kind}: {text}"))
    assert (played.outcome, played.wrong) == ("recovered", ""), "\n".join(told)
    return played


OF_AN_ALARM = [scenario for scenario in SCENARIOS if scenario.remediation != intruder.REMEDIATION]
"""Who is contained once stays so: that scenario has its own test below."""


@pytest.mark.parametrize("scenario", OF_AN_ALARM, ids=lambda scenario: scenario.name)
def test_each_scenario_recovers_under_its_own_role(stage: Stage, load: Load, scenario: Scenario) -> None:
    played_well(scenario, stage, load)


def test_a_containment_is_told_to_the_security_team_alone_and_the_key_opens_nothing(stage: Stage, load: Load) -> None:
    """Lines of one incident go out in their order: when the last one has come in, the others were sent, wherever they went."""
    scenario = next(one for one in SCENARIOS if one.remediation == intruder.REMEDIATION)
    told, others = inbox(stage, "first-responder-security"), [inbox(stage, f"first-responder-p{n}") for n in "1234"]
    played = played_well(scenario, stage, load)
    ((_, incident),) = {tuple(item["pk"].split("#")) for item in played.items}
    until(lambda: any(f"{incident} (" in text and "mitigated" in text for text in told()), "the end, told to security")
    for name in (incident, INTRUDED, SPARED):
        assert not [text for receive in others for text in receive() if name in text]
    key = stage.client("iam").create_access_key(UserName=INTRUDED)["AccessKey"]
    with pytest.raises(ClientError, match="AccessDenied"):
        intruder.with_key(stage, key, "iam").list_users()


def test_what_each_ended_run_has_kept_is_what_its_record_says_and_is_locked(stage: Stage, load: Load) -> None:
    request = {"target": f"{DATABASE_ARN}-gone", "reason": "drill", "requested_by": "the test"}
    declined, _ = invoke(stage, "extend_rds_storage", request)
    runs = [item["record"] for item in Record(stage).items() if item["sk"].startswith("RUN#")]
    ended = [run for run in runs if run["phase"] == "ended"]
    assert declined["run"] in [run["id"] for run in ended]
    s3, bucket = stage.client("s3"), evidence_bucket(stage)
    for run in ended:
        assert f"{run['incident']}/{run['id']}/manifest.json" in run["evidence"]
        for key, kept in run["evidence"].items():
            version = {"Bucket": bucket, "Key": key, "VersionId": kept["version"]}
            assert hashlib.sha256(s3.get_object(**version)["Body"].read()).hexdigest() == kept["sha256"], key
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(**version)


@pytest.fixture
def grown(stage: Stage, load: Load) -> dict[str, Any]:
    """The run that has grown the database: the scenario's, which is played here where that has not been done yet."""

    def runs() -> list[dict[str, Any]]:
        return [run for run in Record(stage).runs("extend_rds_storage", "") if run["outcome"] == "recovered"]

    if not runs():
        play(next(one for one in SCENARIOS if one.target == DATABASE_ARN), stage, load, lambda *told: None)
    return runs()[0]


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
    before = queue_depth(stage, "intake")
    sns.publish(TopicArn=topic, Message="disk full!! {not json")
    until(lambda: queue_depth(stage, "intake") > before, "the message in the dead-letter queue")
