"""What an hour of utilization says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.adapters.aws import Boto3Aws
from functions.core.alarm import Alarm, Kind, Metric, Via
from functions.readings.cloudwatch import Point, read_series
from functions.readings.ecs_utilization import (
    BACK,
    CPU,
    MEMORY,
    Utilization,
    rises_steadily,
    series_of_utilization,
    use_watched,
)
from tests.conftest import NOON
from tests.ecs_account import SERVICE

DIMENSIONS = {"ClusterName": "prod", "ServiceName": "web"}


def points(*values: float, minutes: float = 1) -> list[Point]:
    return [Point(NOON + timedelta(minutes=minutes * number), value) for number, value in enumerate(values)]


def alarm(metric: str, threshold: float | None) -> Alarm:
    return Alarm(
        kind=Kind.METRIC, via=Via.EVENTBRIDGE, arn=SERVICE, name="busy", account="123456789012", region="eu-west-1",
        state="ALARM", at=NOON, metrics=(Metric(namespace="AWS/ECS", name=metric, dimensions=DIMENSIONS),),
        reason_data={} if threshold is None else {"threshold": threshold},
    )  # fmt: skip


def read(aws: Boto3Aws, by: Alarm) -> Utilization:
    return use_watched(read_series(aws, series_of_utilization("prod", "web"), back=BACK), by, NOON)


def publish(aws: Boto3Aws, metric: str, value: float, minutes_ago: int) -> None:
    datum = {"MetricName": metric, "Value": value, "Timestamp": NOON - timedelta(minutes=minutes_ago)}
    datum["Dimensions"] = [{"Name": key, "Value": said} for key, said in DIMENSIONS.items()]
    aws.client("cloudwatch").put_metric_data(Namespace="AWS/ECS", MetricData=[datum])


@pytest.mark.parametrize(
    ("metric", "threshold", "value", "breached"),
    [(CPU, 70.0, 75.0, True), (CPU, 80.0, 75.0, False), (CPU, None, 84.0, False), (MEMORY, None, 89.0, False), (MEMORY, None, 90.0, True)],
)  # fmt: skip
def test_the_threshold_is_the_alarms_own_or_the_runbooks(
    aws: Boto3Aws, metric: str, threshold: float | None, value: float, breached: bool
) -> None:
    publish(aws, metric, value, 1)
    assert read(aws, alarm(metric, threshold)).breached is breached


@pytest.mark.parametrize("minutes_ago", [None, 20])
def test_without_fresh_data_nothing_is_claimed(aws: Boto3Aws, minutes_ago: int | None) -> None:
    if minutes_ago is not None:
        publish(aws, CPU, 10.0, minutes_ago)
    use = read(aws, alarm(CPU, 85.0))
    assert (use.breached, use.latest, use.highest) == (None, None, None)


def test_a_leak_climbs_all_the_time_and_load_comes_in_a_step() -> None:
    assert rises_steadily(points(*range(50, 90, 1)))
    assert rises_steadily(points(50, 55, 60, 65, 70, 75, minutes=5))
    assert not rises_steadily(points(*[50.0] * 20, *[90.0] * 20))
    assert not rises_steadily(points(*range(50, 64)))
    assert not rises_steadily(points(50, 51, 52, 53, 54, 54.5, minutes=5))
    assert not rises_steadily([])


@given(st.lists(st.floats(0, 100), max_size=60))
def test_what_never_rises_is_never_called_a_leak(values: list[float]) -> None:
    assert not rises_steadily(points(*sorted(values, reverse=True)))
