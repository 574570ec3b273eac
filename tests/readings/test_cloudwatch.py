"""Many metrics by one call; what CloudWatch refuses of them is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from functions.adapters.clock import FakeClock
from functions.core.alarm import Alarm
from functions.core.arn import parse_arn
from functions.core.normalise import normalise
from functions.readings.cloudwatch import Point, QuotaOf, Series, alarm_calm, read_series
from tests.alb_account import AlbAccount
from tests.conftest import NOON
from tests.ecs_account import EcsAccount
from tests.events import FUNCTION, eventbridge

HOUR = timedelta(hours=1)
WANTED = {
    "cpu": Series("AWS/ECS", "CPUUtilization", {"ClusterName": "prod", "ServiceName": "web"}, "Average"),
    "used": Series("AWS/Usage", "ResourceCount", {"Service": "Fargate"}, "Maximum", timedelta(minutes=5)),
    "quota": QuotaOf("used"),
}


@pytest.fixture
def account(clock: FakeClock) -> EcsAccount:
    account = EcsAccount(clock)
    account.metrics = {"CPUUtilization": [10.0, 20.0], "SERVICE_QUOTA(used)": [6.0]}
    return account


def test_one_call_brings_all_of_them_by_their_ids_oldest_first(account: EcsAccount) -> None:
    found = read_series(account, WANTED, back=HOUR)
    assert found["cpu"] == [Point(NOON - timedelta(minutes=1), 10.0), Point(NOON, 20.0)]
    assert (found["used"], found["quota"]) == ([], [Point(NOON, 6.0)])
    assert account.reads == ["get_metric_data"]


@pytest.mark.parametrize(("status", "refused"), [("Forbidden", True), ("InternalError", False)])
def test_a_part_that_is_refused_is_no_metric_without_data(account: EcsAccount, status: str, refused: bool) -> None:
    account.statuses["CPUUtilization"] = status
    with pytest.raises(ClientError) as raised:
        read_series(account, WANTED, back=HOUR)
    assert (account.refusal(raised.value) is not None) is refused


def test_a_quota_that_is_not_given_is_only_not_known(account: EcsAccount) -> None:
    account.statuses["SERVICE_QUOTA(used)"] = "Forbidden"
    account.metrics["SERVICE_QUOTA(used)"] = []
    assert read_series(account, WANTED, back=HOUR)["quota"] == []


@pytest.mark.parametrize(("state", "calm"), [("OK", True), ("ALARM", False), ("INSUFFICIENT_DATA", False), ("", None)])
def test_an_alarm_without_data_has_not_calmed_down_and_one_that_is_gone_says_nothing(
    clock: FakeClock, state: str, calm: bool | None
) -> None:
    account = AlbAccount(clock)
    if state:
        account.alarm_is(state)
    event = eventbridge(clock.now(), "AWS/ApplicationELB", "RequestCount", {"LoadBalancer": "x"}, alarm="web-errors")
    (alarm,) = normalise(event, parse_arn(FUNCTION, "here"), clock.now(), "once")
    assert isinstance(alarm, Alarm)
    assert alarm_calm(account, alarm) is calm
