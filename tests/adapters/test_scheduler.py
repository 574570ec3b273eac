"""Timers as schedules, against moto's EventBridge Scheduler; and the fake beside it, held to the same."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.adapters.scheduler import GROUP, Bell, EventBridgeSchedules, MemorySchedules, schedule_name

INCIDENT = "INC-20261204-0a1b2c3d"
OTHER = "INC-20261204-ffffffff"
BELL = Bell(
    function="arn:aws:lambda:eu-west-1:123456789012:function:first-responder-clocks",
    role="arn:aws:iam::123456789012:role/first-responder-scheduler",
    dead_letters="arn:aws:sqs:eu-west-1:123456789012:dead-letters",
)
LATER = datetime(2026, 12, 4, 14, 15, tzinfo=UTC)


@pytest.fixture
def client(aws: Boto3Aws) -> Any:
    client = aws.client("scheduler")
    client.create_schedule_group(Name=GROUP)
    return client


@pytest.fixture
def schedules(client: Any, clock: FakeClock) -> EventBridgeSchedules:
    return EventBridgeSchedules(client, BELL, clock)


def names(client: Any) -> set[str]:
    return {found["Name"] for found in client.list_schedules(GroupName=GROUP)["Schedules"]}


def expression(client: Any, timer: str) -> str:
    return client.get_schedule(Name=f"inc-{INCIDENT}-{timer}", GroupName=GROUP)["ScheduleExpression"]


def test_a_timer_rings_once_in_utc_at_the_function_with_its_own_role_and_dead_letters(
    client: Any, schedules: EventBridgeSchedules
) -> None:
    schedules.start(INCIDENT, "P1-response-100", LATER)
    found = client.get_schedule(Name=f"inc-{INCIDENT}-P1-response-100", GroupName=GROUP)
    assert (found["ScheduleExpression"], found["ScheduleExpressionTimezone"]) == ("at(2026-12-04T14:15:00)", "UTC")
    assert (found["FlexibleTimeWindow"], found["ActionAfterCompletion"]) == ({"Mode": "OFF"}, "DELETE")
    target = found["Target"]
    assert (target["Arn"], target["RoleArn"]) == (BELL.function, BELL.role)
    assert target["DeadLetterConfig"] == {"Arn": BELL.dead_letters}
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 185}
    assert json.loads(target["Input"]) == {"clock": {"incident": INCIDENT, "timer": "P1-response-100"}}


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (LATER, "14:15:00"),
        (LATER + timedelta(microseconds=1), "14:16:00"),
        (LATER + timedelta(seconds=30), "14:16:00"),
        (LATER.replace(minute=59, second=1), "15:00:00"),
        (LATER.astimezone(tz=None), "14:15:00"),
    ],
)
def test_it_never_rings_before_its_time(client: Any, schedules: EventBridgeSchedules, at: datetime, said: str) -> None:
    schedules.start(INCIDENT, "t", at)
    assert expression(client, "t") == f"at(2026-12-04T{said})"


@pytest.mark.parametrize("ago", [timedelta(), timedelta(seconds=1), timedelta(days=30)])
def test_a_time_that_has_passed_is_never_asked_for(
    client: Any, schedules: EventBridgeSchedules, clock: FakeClock, ago: timedelta
) -> None:
    schedules.start(INCIDENT, "t", clock.now() - ago)
    assert expression(client, "t") == "at(2026-11-23T12:01:00)"
    clock.move(timedelta(seconds=50))  # too close to the next minute
    schedules.start(INCIDENT, "t", clock.now() - ago)
    assert expression(client, "t") == "at(2026-11-23T12:02:00)"


def test_ordered_again_it_is_moved_and_there_is_still_one(client: Any, schedules: EventBridgeSchedules) -> None:
    for at in (LATER, LATER, LATER + timedelta(hours=1)):
        schedules.start(INCIDENT, "t", at)
    assert expression(client, "t") == "at(2026-12-04T15:15:00)"
    assert names(client) == {f"inc-{INCIDENT}-t"}


def test_cancelling_takes_those_that_are_named_and_is_harmless_where_there_are_none(
    client: Any, schedules: EventBridgeSchedules
) -> None:
    for incident, timer in ((INCIDENT, "a"), (INCIDENT, "b"), (OTHER, "a")):
        schedules.start(incident, timer, LATER)
    schedules.cancel(INCIDENT, ["never", "a"])
    schedules.cancel(INCIDENT, ["a"])
    assert names(client) == {f"inc-{INCIDENT}-b", f"inc-{OTHER}-a"}


def test_the_longest_name_is_one_that_aws_takes() -> None:
    assert re.fullmatch(r"[0-9a-zA-Z-_.]{1,64}", schedule_name(INCIDENT, "P1-resolution-99900"))


def test_the_fake_moves_and_cancels_alike() -> None:
    fake = MemorySchedules()
    for timer, minutes in (("a", 5), ("b", 3), ("c", 1), ("b", 9)):
        fake.start(INCIDENT, timer, LATER + timedelta(minutes=minutes))
    fake.cancel(INCIDENT, ["never", "c"])
    assert fake.ordered == {
        (INCIDENT, "a"): LATER + timedelta(minutes=5),
        (INCIDENT, "b"): LATER + timedelta(minutes=9),
    }
