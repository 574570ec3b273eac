"""A timer of the project's own adapter rings here once, in its own group, by what its role allows."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.adapters.scheduler import GROUP, Bell, EventBridgeSchedules

from .conftest import ACCOUNT, REGION, Aws, Ear, until

PAST = datetime(2026, 1, 1, tzinfo=UTC)
"""By the clock that the adapter goes by; the emulator's is a real one, so that what is ordered for then rings at once."""
ORDERS = """
import boto3
def handler(event, context):
    call = getattr(boto3.client("scheduler"), event["call"])
    call(**event["with"])
"""


@pytest.fixture(scope="module")
def schedules(aws: Aws, ear: Ear) -> EventBridgeSchedules:
    aws("scheduler").create_schedule_group(Name=GROUP)
    bell = Bell(function=ear.arn, role=aws.role("bell"), dead_letters=f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead")
    return EventBridgeSchedules(aws("scheduler"), bell, FakeClock(PAST))


def names(aws: Aws) -> list[str]:
    return [found["Name"] for found in aws("scheduler").list_schedules()["Schedules"]]


def test_it_rings_once_with_its_incident_and_its_timer_and_is_gone(
    aws: Aws, ear: Ear, schedules: EventBridgeSchedules
) -> None:
    schedules.start("INC-1", "P1-response-50", PAST)
    schedules.start("INC-1", "P1-response-50", PAST + timedelta(minutes=3))
    ear.wait_for(lambda event: event == {"clock": {"incident": "INC-1", "timer": "P1-response-50"}}, seconds=25)
    until(lambda: names(aws) == [])
    assert len([heard for heard in ear.listen() if "clock" in heard["event"]]) == 1


def test_one_that_was_cancelled_is_gone_too(aws: Aws, schedules: EventBridgeSchedules) -> None:
    schedules.start("INC-2", "P1-response-50", datetime(2999, 1, 1, tzinfo=UTC))
    assert names(aws) == ["inc-INC-2-P1-response-50"]
    schedules.cancel("INC-2", ["P1-response-50", "never"])
    assert names(aws) == []


def test_a_role_may_order_what_it_is_allowed_to_in_its_own_group_and_no_other(aws: Aws, ear: Ear) -> None:
    on = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{GROUP}/inc-*"
    actions = [allow.action for allow in EventBridgeSchedules.PERMISSIONS]
    aws.function("orders", ORDERS, aws.role("orders", {"Action": actions, "Resource": on}))
    aws("scheduler").create_schedule_group(Name="others")
    for call in ("create_schedule", "update_schedule", "delete_schedule"):
        assert _refused(aws, call, "others", "inc-1", ear.arn) and _refused(aws, call, GROUP, "other-1", ear.arn)
        assert not _refused(aws, call, GROUP, "inc-1", ear.arn)


def _refused(aws: Aws, call: str, group: str, name: str, target: str) -> bool:
    asked: dict[str, Any] = {"Name": name, "GroupName": group}
    if call != "delete_schedule":
        asked |= {
            "ScheduleExpression": "at(2999-01-01T00:00:00)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": target, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/bell"},
        }
    error, answer = aws.invoke("orders", {"call": call, "with": asked})
    assert not error or "AccessDenied" in json.dumps(answer), answer
    return bool(error)
