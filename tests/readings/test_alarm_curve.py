"""An alarm's metric around an incident, from CloudWatch; whatever is missing is said and stops nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.alarm import Kind
from functions.core.incident.review.review import Curve
from functions.readings.alarm_curve import alarm_curve
from tests.reviewed import CPU, DETECTED, SCALED, after

END = after(62)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(after(63))


def measured(aws: Boto3Aws, *minutes: float) -> None:
    dimensions = [{"Name": "ServiceName", "Value": "web"}]
    data = [
        {"MetricName": "CPUUtilization", "Dimensions": dimensions, "Timestamp": after(minute), "Value": 90.0 + minute}
        for minute in minutes
    ]
    aws.client("cloudwatch").put_metric_data(Namespace="AWS/ECS", MetricData=data)


def configured(aws: Boto3Aws, **over: Any) -> None:
    said: dict[str, Any] = {
        "AlarmName": CPU.name, "Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Statistic": "Maximum", "Period": 60,
        "EvaluationPeriods": 3, "Threshold": 70.0, "ComparisonOperator": "GreaterThanThreshold",
    }  # fmt: skip
    aws.client("cloudwatch").put_metric_alarm(**{**said, **over})


def read(aws: Boto3Aws, begin: datetime = DETECTED, end: datetime = END, **alarm: Any) -> Curve:
    return alarm_curve(aws, [replace(SCALED, alarm=replace(CPU, **alarm))], begin, end)


def test_the_points_around_the_incident_come_as_the_alarm_counts_them(aws: Boto3Aws) -> None:
    configured(aws)
    measured(aws, -90, -20, 0, 30)
    found = read(aws)
    assert [value for _, value in found.points] == [70.0, 90.0, 120.0]
    assert (found.name, found.period) == ("AWS/ECS CPUUtilization, Maximum of 60 s", timedelta(minutes=1))
    assert (found.threshold, found.above, found.missing) == (80.0, True, "")


def test_a_threshold_from_below_is_known_as_such(aws: Boto3Aws) -> None:
    configured(aws, ComparisonOperator="LessThanOrEqualToThreshold")
    measured(aws, 0)
    found = read(aws, reason_data={})
    assert (found.threshold, found.above) == (70.0, False)


def test_an_alarm_that_is_gone_is_read_as_an_average_of_five_minutes(aws: Boto3Aws) -> None:
    measured(aws, 0)
    found = read(aws)
    assert (found.name, found.threshold, found.above) == ("AWS/ECS CPUUtilization, Average of 300 s", 80.0, None)
    assert len(found.points) == 1


def test_without_datapoints_it_says_so(aws: Boto3Aws) -> None:
    configured(aws)
    assert read(aws).missing == "CloudWatch has no datapoints of that time"


@pytest.mark.parametrize("kind", [Kind.COMPOSITE, Kind.METRIC_MATH, Kind.EVENT])
def test_what_watches_no_single_metric_has_no_curve(aws: Boto3Aws, kind: Kind) -> None:
    assert read(aws, kind=kind).missing == "no alarm on a single metric is on record"


def test_a_refused_read_is_told_and_raises_nothing(aws: Boto3Aws) -> None:
    with Stubber(aws.client("cloudwatch")) as cloudwatch:
        cloudwatch.add_client_error("describe_alarms", "AccessDenied", "not for you")
        found = read(aws)
    assert found.missing.startswith("CloudWatch did not give it: ") and "not for you" in found.missing


@pytest.mark.parametrize(
    ("begun", "lasted", "seconds"),
    [
        (timedelta(hours=2), timedelta(hours=1), 60),
        (timedelta(days=9), timedelta(days=8), 720),
        (timedelta(days=16), timedelta(minutes=5), 300),
        (timedelta(days=70), timedelta(minutes=5), 3600),
    ],
)
def test_the_period_is_one_that_cloudwatch_still_has_and_the_page_can_show(
    aws: Boto3Aws, clock: FakeClock, begun: timedelta, lasted: timedelta, seconds: int
) -> None:
    configured(aws)
    begin = clock.now() - begun
    assert read(aws, begin, begin + lasted).period == timedelta(seconds=seconds)
