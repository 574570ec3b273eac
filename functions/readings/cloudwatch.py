"""Metrics and alarms as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

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


_REFUSED = {"Forbidden": 403, "InternalError": 500}


@dataclass(frozen=True, slots=True)
class Point:
    """One datapoint; `at` is the start of its period."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """What to read of one metric: a value for each `period`, by the statistic `stat`."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    stat: str
    period: timedelta = timedelta(minutes=1)

    def query(self) -> dict[str, Any]:
        named = [{"Name": key, "Value": value} for key, value in self.dimensions.items()]
        said = {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": named}
        return {"MetricStat": {"Metric": said, "Period": int(self.period.total_seconds()), "Stat": self.stat}}


@dataclass(frozen=True, slots=True)
class QuotaOf:
    """The quota that goes with a series of AWS/Usage, by that series' id (metric math, SERVICE_QUOTA).

    What is asked for besides the metrics: where CloudWatch does not give it, it is not known.
    """

    usage: str

    def query(self) -> dict[str, Any]:
        return {"Expression": f"SERVICE_QUOTA({self.usage})"}


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
    ids = {f"m{number}": name for number, name in enumerate(stats)}
    wanted = {key: Series(namespace, name, dimensions, stats[name], period) for key, name in ids.items()}
    return {ids[key]: points for key, points in read_series(aws, wanted, back=back).items()}


def read_series(aws: Aws, wanted: Mapping[str, Series | QuotaOf], *, back: timedelta) -> dict[str, list[Point]]:
    """Those of many resources at once, by the id that each is `wanted` by (a lower-case letter first): one GetMetricData call, and its pages.

    Raises ClientError where CloudWatch refuses the call, or the data of one series: it says that in its answer.
    """
    now, longest = aws.now(), max(one.period for one in wanted.values() if isinstance(one, Series))
    return read_between(aws, wanted, start=now - back, end=now + longest)


def read_between(
    aws: Aws, wanted: Mapping[str, Series | QuotaOf], *, start: datetime, end: datetime
) -> dict[str, list[Point]]:
    """The same from `start` up to `end`."""
    pages = aws.client("cloudwatch").get_paginator("get_metric_data").paginate(
        MetricDataQueries=[{"Id": key, **one.query()} for key, one in wanted.items()],
        StartTime=start,
        EndTime=end,
        ScanBy="TimestampAscending",
    )  # fmt: skip
    found: dict[str, list[Point]] = {key: [] for key in wanted}
    for result in (one for page in pages for one in page["MetricDataResults"]):
        if isinstance(wanted[result["Id"]], Series):
            _given(result)
        found[result["Id"]] += map(Point, result["Timestamps"], result["Values"])
    return {key: sorted(points, key=lambda point: point.at) for key, points in found.items()}


def _given(result: Mapping[str, Any]) -> None:
    """CloudWatch answers the call and refuses a part of it by a status (API Reference, MetricDataResult)."""
    status = result.get("StatusCode", "Complete")
    if status not in _REFUSED:
        return
    error = {"Code": status, "Message": f"CloudWatch gave no data of {result.get('Label', result['Id'])}"}
    raise ClientError(
        {"Error": error, "ResponseMetadata": {"HTTPStatusCode": _REFUSED[status]}},
        "GetMetricData",
    )


def alarm_calm(aws: Aws, alarm: Alarm) -> bool | None:
    """Whether the alarm that started this is OK again; None where there is no such alarm to ask.

    INSUFFICIENT_DATA is neither breach nor recovery: it counts as not yet calm.
    """
    if alarm.kind is not Kind.METRIC:
        return None
    name = alarm.arn.split(":alarm:", 1)[1]
    found = aws.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    return found[0]["StateValue"] == "OK" if found else None
