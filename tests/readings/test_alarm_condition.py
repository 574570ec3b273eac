"""Whether an alarm's condition still holds, by its own period, statistic and comparison."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.alarm import Alarm, Kind, Metric, Via
from functions.readings.alarm_condition import condition_holds
from tests.conftest import NOON
from tests.events import ACCOUNT, REGION, alarm_arn

OF = {"LoadBalancer": "app/web/1"}
MINUTE = timedelta(minutes=1)


def alarm(threshold: float | None = 10.0, kind: Kind = Kind.METRIC) -> Alarm:
    return Alarm(
        kind=kind, via=Via.EVENTBRIDGE, arn=alarm_arn("a"), name="a", account=ACCOUNT, region=REGION, state="ALARM", at=NOON,
        metrics=(Metric(namespace="N", name="M", dimensions=OF),),
        reason_data={} if threshold is None else {"threshold": threshold},
    )  # fmt: skip


def publish(aws: Boto3Aws, **ago_and_value: float) -> None:
    for ago, value in ago_and_value.items():
        at = NOON - int(ago.removeprefix("m")) * MINUTE
        said = [{"Name": key, "Value": one} for key, one in OF.items()]
        datum = {"MetricName": "M", "Value": value, "Timestamp": at, "Dimensions": said}
        aws.client("cloudwatch").put_metric_data(Namespace="N", MetricData=[datum])


def configure(aws: Boto3Aws, **over: Any) -> None:
    said = {
        "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 10.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", **over,
    }  # fmt: skip
    aws.client("cloudwatch").put_metric_alarm(AlarmName="a", Namespace="N", MetricName="M", **said)


def test_without_data_nobody_knows(aws: Boto3Aws) -> None:
    configure(aws)
    assert condition_holds(aws, alarm()) is None


def test_what_is_as_bad_still_holds(aws: Boto3Aws) -> None:
    configure(aws)
    publish(aws, m2=10.0)
    assert condition_holds(aws, alarm()) is True


def test_what_is_better_has_cleared(aws: Boto3Aws) -> None:
    configure(aws)
    publish(aws, m2=9.0, m8=50.0)
    assert condition_holds(aws, alarm()) is False


def test_a_sum_that_has_stopped_coming_is_zero(aws: Boto3Aws) -> None:
    configure(aws)
    publish(aws, m8=50.0)
    assert condition_holds(aws, alarm()) is False


def test_another_statistic_that_has_stopped_coming_is_not(aws: Boto3Aws) -> None:
    configure(aws, Statistic="Average")
    publish(aws, m8=50.0)
    assert condition_holds(aws, alarm()) is None


def test_a_long_period_is_summed_over_as_the_alarm_does(aws: Boto3Aws) -> None:
    publish(aws, m1=4.0, m3=4.0, m7=4.0)
    configure(aws)
    assert condition_holds(aws, alarm()) is False
    configure(aws, Period=900)
    assert condition_holds(aws, alarm()) is True


@pytest.mark.parametrize(
    ("comparison", "holds"),
    [("LessThanThreshold", True), ("LessThanOrEqualToThreshold", True), ("GreaterThanThreshold", False)],
)
def test_the_comparison_is_the_alarms(aws: Boto3Aws, comparison: str, holds: bool) -> None:
    configure(aws, ComparisonOperator=comparison)
    publish(aws, m1=9.0)
    assert condition_holds(aws, alarm()) is holds


def test_an_alarm_that_is_gone_speaks_by_its_last_words(aws: Boto3Aws) -> None:
    publish(aws, m1=6.0, m2=6.0)
    assert condition_holds(aws, alarm()) is True
    assert condition_holds(aws, alarm(threshold=None)) is None


def test_a_person_has_no_condition(aws: Boto3Aws) -> None:
    publish(aws, m1=50.0)
    assert condition_holds(aws, alarm(kind=Kind.MANUAL)) is None


def test_an_anomaly_band_is_not_compared_with(aws: Boto3Aws, clock: FakeClock) -> None:
    configure(aws, ComparisonOperator="LessThanLowerOrGreaterThanUpperThreshold")
    publish(aws, m1=50.0)
    assert condition_holds(aws, alarm()) is None
