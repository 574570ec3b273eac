"""The metric of an alarm around an incident, for its review. A review never fails for want of it: what is missing is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.alarm import Alarm, Kind
from functions.core.incident.review.review import Curve
from functions.core.ports import Aws
from functions.core.run import Run
from functions.readings.cloudwatch import DESCRIBE_ALARMS, GET_METRIC_DATA, Series, read_between

PERMISSIONS = (GET_METRIC_DATA, DESCRIBE_ALARMS)
_BEFORE, _AFTER = timedelta(hours=1), timedelta(minutes=15)
_FIVE_MINUTES = timedelta(minutes=5)
_MOST = 1000
"""Points: more than a drawing has pixels for."""
_KEPT_FOR = ((timedelta(days=63), 3600), (timedelta(days=15), 300))
"""Older datapoints are kept for coarser periods only (CloudWatch, Metrics retention), in seconds."""
_ABOVE = {
    "GreaterThanOrEqualToThreshold": True,
    "GreaterThanThreshold": True,
    "LessThanThreshold": False,
    "LessThanOrEqualToThreshold": False,
}


def alarm_curve(aws: Aws, runs: Iterable[Run], begin: datetime, end: datetime) -> Curve:
    """Of the first metric alarm among the runs, from an hour before `begin` to a quarter of an hour after `end`."""
    alarm = next((run.alarm for run in runs if run.alarm.kind is Kind.METRIC and run.alarm.metrics), None)
    if alarm is None:
        return Curve(name="", missing="no alarm on a single metric is on record")
    watched = alarm.metrics[0]
    name = f"{watched.namespace} {watched.name}"
    try:
        return _read(aws, alarm, name, begin - _BEFORE, end + _AFTER)
    except (ClientError, BotoCoreError) as error:
        return Curve(name=name, missing=f"CloudWatch did not give it: {error}")


def _read(aws: Aws, alarm: Alarm, name: str, start: datetime, end: datetime) -> Curve:
    said = _configured(aws, alarm)
    watched, end = alarm.metrics[0], min(end, aws.now())
    stat = said.get("Statistic") or said.get("ExtendedStatistic") or "Average"
    period = _period(timedelta(seconds=said.get("Period", _FIVE_MINUTES.total_seconds())), start, end, aws.now())
    series = Series(watched.namespace, watched.name, watched.dimensions, stat, period)
    points = read_between(aws, {"m": series}, start=start, end=end)["m"]
    threshold = alarm.reason_data.get("threshold", said.get("Threshold"))
    return Curve(
        name=f"{name}, {stat} of {int(period.total_seconds())} s",
        points=tuple((point.at, point.value) for point in points),
        threshold=None if threshold is None else float(threshold),
        above=_ABOVE.get(said.get("ComparisonOperator", "")),
        period=period,
        missing="" if points else "CloudWatch has no datapoints of that time",
    )


def _configured(aws: Aws, alarm: Alarm) -> Mapping[str, Any]:
    """As the alarm is set up now; empty for one that is gone."""
    found = aws.client("cloudwatch").describe_alarms(
        AlarmNames=[alarm.arn.split(":alarm:", 1)[-1]], AlarmTypes=["MetricAlarm"]
    )["MetricAlarms"]  # fmt: skip
    return found[0] if found else {}


def _period(own: timedelta, start: datetime, end: datetime, now: datetime) -> timedelta:
    """The alarm's own, or a whole multiple of what CloudWatch still has, so that the points are not too many."""
    kept = next((seconds for age, seconds in _KEPT_FOR if now - start > age), 60)
    wanted = max(own.total_seconds(), (end - start).total_seconds() / _MOST, kept)
    return timedelta(seconds=ceil(wanted / kept) * kept)
