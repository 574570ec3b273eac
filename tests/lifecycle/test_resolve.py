"""Ending incidents: what has stayed quiet is closed, what has not is said, and nobody's word is ignored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from functions.adapters.alarm_states import AlarmStates
from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.adapters.memory_incidents import MemoryIncidents
from functions.adapters.rechecks import MemoryRechecks, StepFunctionsRechecks
from functions.core.errors import InvalidEvent
from functions.core.incident.change import change
from functions.core.incident.ending import AlarmState
from functions.core.incident.incident import Status
from functions.core.incident.news import News, news_of
from functions.core.incident.turns import mitigate, note
from functions.core.remediation import Audience
from functions.lifecycle import resolve
from functions.lifecycle.resolve import Court, heard, look_again
from tests.adapters.test_incidents import an_incident, opening

QUEUE = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:queue"
MINUTE = timedelta(minutes=1)


class Room:
    """One open incident of an alarm without a run, whose state the test says."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock, self.incidents, self.rechecks = clock, MemoryIncidents(), MemoryRechecks()
        self.incidents.open(opening(an_incident(clock, target=QUEUE, targets=(QUEUE,))))
        self.state, self.since = "OK", clock.now() - timedelta(hours=1)
        self.court = Court(
            incidents=self.incidents,
            alarms=lambda names: {
                name: AlarmState(state=self.state, since=self.since, window=5 * MINUTE) for name in names
            },
            rechecks=self.rechecks,
            clock=clock,
        )

    def mitigate(self) -> None:
        change(self.incidents, "INC-1", lambda found: mitigate(found, "grow", "grown", self.clock.now()))

    def hear(self, kind: str) -> None:
        heard(self.court, self.news(kind))

    def news(self, kind: str) -> News:
        line = {
            "pk": "INCIDENT#INC-1",
            "sk": f"AT#1#{kind}",
            "kind": kind,
            "text": "t",
            "at": self.clock.now().isoformat(),
        }
        return news_of(line, self.incidents.incidents["INC-1"])

    def ask(self, by: str = "ada") -> None:
        text = f"{by} wants it ended: done; it is looked at first"
        change(self.incidents, "INC-1", lambda found: note(found, "resolve_requested", text, self.clock.now()))
        self.hear("resolve_requested")

    @property
    def status(self) -> Status:
        return self.incidents.incidents["INC-1"].status

    @property
    def last(self) -> Any:
        return self.incidents.lines[-1]


@pytest.fixture
def room(clock: FakeClock) -> Room:
    return Room(clock)


def test_what_is_mitigated_is_looked_at_again_and_closed_when_it_stayed_quiet(room: Room) -> None:
    room.mitigate()
    room.hear("mitigated")
    room.hear("mitigated")
    assert {(incident, attempt) for incident, attempt, _ in room.rechecks.started} == {
        ("INC-1", room.news("mitigated").id)
    }
    room.state = "ALARM"
    assert look_again(room.court, "INC-1") == 300
    room.state = "OK"
    assert look_again(room.court, "INC-1") is None
    incident = room.incidents.incidents["INC-1"]
    assert incident.resolved is not None
    assert (room.status, incident.resolved.by) == (Status.RESOLVED, "first-responder")
    assert look_again(room.court, "INC-1") is None
    assert [line.kind for line in room.incidents.lines] == ["opened", "mitigated", "resolved"]


def test_what_never_calms_down_is_told_after_half_a_day(room: Room) -> None:
    room.mitigate()
    room.state = "INSUFFICIENT_DATA"
    room.clock.move(timedelta(hours=12))
    assert look_again(room.court, "INC-1") is None
    assert (room.status, room.last.kind) == (Status.MITIGATED, "not_resolved")
    assert "the alarm queue is in INSUFFICIENT_DATA" in room.last.text
    assert "./first-responder resolve INC-1 --anyway" in room.last.text


def test_what_has_calmed_down_by_itself_is_closed_too(room: Room) -> None:
    room.hear("opened")
    assert [incident for incident, _, _ in room.rechecks.started] == ["INC-1"]
    room.state = "ALARM"
    assert look_again(room.court, "INC-1") == 300
    room.clock.move(timedelta(hours=6))
    assert look_again(room.court, "INC-1") == 1800
    room.state = "OK"
    assert look_again(room.court, "INC-1") is None
    assert room.status is Status.RESOLVED
    assert [line.kind for line in room.incidents.lines] == ["opened", "mitigated", "resolved"]


@pytest.mark.parametrize("over", [{"targets": ("check/homepage",)}, {"audience": Audience.SECURITY}])
def test_what_no_alarm_speaks_of_and_what_is_securitys_is_not_closed_by_itself(
    room: Room, over: dict[str, Any]
) -> None:
    room.incidents.incidents["INC-1"] = replace(room.incidents.incidents["INC-1"], **over)
    assert look_again(room.court, "INC-1") is None
    assert room.status is Status.OPEN


def test_that_it_is_not_over_is_told_once(room: Room) -> None:
    room.state = "ALARM"
    room.clock.move(timedelta(hours=13))
    for _ in range(2):
        assert look_again(room.court, "INC-1") is None
    assert [line.kind for line in room.incidents.lines] == ["opened", "not_resolved"]


def test_who_wants_it_ended_gets_it_ended_by_their_name(room: Room) -> None:
    room.ask("ada")
    incident = room.incidents.incidents["INC-1"]
    assert incident.resolved is not None
    assert (room.status, incident.resolved.by) == (Status.RESOLVED, "ada")
    room.hear("resolve_requested")
    assert room.last.kind == "resolved"


def test_who_wants_it_ended_too_early_is_told_what_is_missing(room: Room) -> None:
    room.since = room.clock.now() - MINUTE
    room.ask()
    assert (room.status, room.last.kind) == (Status.OPEN, "not_resolved")
    assert "the alarm queue is OK, but not for two of its windows yet" in room.last.text


def test_an_unknown_incident_is_an_error(room: Room) -> None:
    with pytest.raises(InvalidEvent, match="INC-9"):
        look_again(room.court, "INC-9")
    with pytest.raises(InvalidEvent, match="advance with its incident"):
        resolve.lambda_handler({"nonsense": 1}, None)


def test_alarms_are_read_as_cloudwatch_has_them(aws: Boto3Aws, clock: FakeClock) -> None:
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName="queue", Namespace="Custom", MetricName="Age", Statistic="Maximum", Period=60, EvaluationPeriods=3,
        Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    aws.client("cloudwatch").set_alarm_state(AlarmName="queue", StateValue="ALARM", StateReason="r")
    found = AlarmStates(aws).of(["queue", "gone", "queue"])
    assert set(found) == {"queue"}
    assert (found["queue"].state, found["queue"].window, found["queue"].since.utcoffset()) == (
        "ALARM",
        3 * MINUTE,
        timedelta(),
    )


def test_the_follow_through_is_asked_once_for_each_line(aws: Boto3Aws) -> None:
    machine = boto3.client("stepfunctions")
    role = "arn:aws:iam::123456789012:role/follow-through"
    arn = machine.create_state_machine(name="follow-through", definition="{}", roleArn=role)["stateMachineArn"]
    for attempt in ("n1", "n1", "n2"):
        StepFunctionsRechecks(aws.client("stepfunctions"), arn).start("INC-1", attempt, timedelta(minutes=2))
    found = machine.list_executions(stateMachineArn=arn)["executions"]
    assert sorted(one["name"] for one in found) == ["resolve-INC-1-n1", "resolve-INC-1-n2"]
    said = machine.describe_execution(executionArn=found[0]["executionArn"])["input"]
    assert said == '{"advance": {"incident": "INC-1"}, "function": "first-responder-resolve", "wait": 120}'
