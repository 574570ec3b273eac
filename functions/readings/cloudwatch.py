"""Metrics and alarms as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.core.alarm import Alarm, Kind
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

GET_METRIC_DATA = Allow(
    action="cloudwatch:GetMetricData", on=EVERYTHING, because="GetMetricData has no resource scope in IAM"
)
DESCRIBE_ALARMS = Allow(
    action="cloudwatch:DescribeAlarms",
    on=EVERYTHING,
    because="composite alarms are only listed to a caller allowed on all",
)


@dataclass(frozen=True, slots=True)
class Point:
    """One datapoint; `at` is the start of its period."""

    at: datetime
    value: float


def metric(
    aws: Aws, namespace: str, name: str, dimensions: Mapping[str, str], *, stat: str, period: timedelta, back: timedelta
) -> list[Point]:
    """The datapoints of a metric over the time `back` from now, oldest first; empty where CloudWatch has none."""
    return metrics(aws, namespace, {name: stat}, dimensions, period=period, back=back)[name]


def metrics(
    aws: Aws,
    namespace: str,
    stats: Mapping[str, str],
    dimensions: Mapping[str, str],
    *,
    period: timedelta,
    back: timedelta,
) -> dict[str, list[Point]]:
    """Several metrics of one resource in one call, by name; `stats` says which statistic of each."""
    now = aws.now()
    return _between(aws, namespace, stats, dimensions, period=period, start=now - back, end=now + period)


def metric_between(
    aws: Aws, namespace: str, name: str, dimensions: Mapping[str, str], *, stat: str, period: timedelta,
    start: datetime, end: datetime,
) -> list[Point]:  # fmt: skip
    """The datapoints of a metric from `start` up to `end`, oldest first; empty where CloudWatch has none."""
    return _between(aws, namespace, {name: stat}, dimensions, period=period, start=start, end=end)[name]


def _between(
    aws: Aws, namespace: str, stats: Mapping[str, str], dimensions: Mapping[str, str], *, period: timedelta,
    start: datetime, end: datetime,
) -> dict[str, list[Point]]:  # fmt: skip
    names = list(stats)
    pages = aws.client("cloudwatch").get_paginator("get_metric_data").paginate(
        MetricDataQueries=[
            {
                "Id": f"m{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": namespace,
                        "MetricName": name,
                        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                    },
                    "Period": int(period.total_seconds()),
                    "Stat": stats[name],
                },
            }
            for number, name in enumerate(names)
        ],
        StartTime=start,
        EndTime=end,
        ScanBy="TimestampAscending",
    )  # fmt: skip
    found: dict[str, list[Point]] = {name: [] for name in names}
    for page in pages:
        for result in page["MetricDataResults"]:
            points = zip(result["Timestamps"], result["Values"], strict=True)
            found[names[int(result["Id"][1:])]] += [Point(at, value) for at, value in points]
    return {name: sorted(points, key=lambda point: point.at) for name, points in found.items()}


def alarm_calm(aws: Aws, alarm: Alarm) -> bool | None:
    """Whether the alarm that started this is OK again; None where there is no such alarm to ask.

    INSUFFICIENT_DATA is neither breach nor recovery: it counts as not yet calm.
    """
    if alarm.kind is not Kind.METRIC:
        return None
    name = alarm.arn.split(":alarm:", 1)[1]
    found = aws.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    return found[0]["StateValue"] == "OK" if found else None
