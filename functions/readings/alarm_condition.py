"""Whether what an alarm watches still is as bad as when it went off, by fresh data and the alarm's own words."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.core.alarm import Alarm, Kind
from functions.core.ports import Aws
from functions.readings.cloudwatch import metric

_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_FIVE_MINUTES = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Condition:
    """As CloudWatch has it configured; of an alarm that is gone, what its last words leave open is a sum of five minutes."""

    stat: str
    period: timedelta
    threshold: float
    broken: Callable[[float, float], bool]


def condition_holds(aws: Aws, alarm: Alarm) -> bool | None:
    """True or False by the datapoints of the last minutes, None where CloudWatch has none, or this is no metric alarm.

    A sum that has stopped coming is zero: errors and dropped packets are only reported where there are some.
    """
    condition = _condition(aws, alarm) if alarm.kind is Kind.METRIC else None
    if condition is None:
        return None
    watched, recent = alarm.metrics[0], max(2 * condition.period, _FIVE_MINUTES)
    points = metric(
        aws, watched.namespace, watched.name, watched.dimensions,
        stat=condition.stat, period=condition.period, back=2 * recent + condition.period,
    )  # fmt: skip
    fresh = [point.value for point in points if point.at >= aws.now() - recent]
    if not points or (not fresh and condition.stat != "Sum"):
        return None
    return any(condition.broken(value, condition.threshold) for value in fresh or [0.0])


def _condition(aws: Aws, alarm: Alarm) -> _Condition | None:
    name = alarm.arn.split(":alarm:", 1)[1]
    found = aws.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    said: Mapping[str, Any] = found[0] if found else {}
    threshold = alarm.reason_data.get("threshold", said.get("Threshold"))
    broken = _COMPARE.get(said.get("ComparisonOperator", "GreaterThanOrEqualToThreshold"))
    if threshold is None or broken is None:
        return None
    return _Condition(
        stat=said.get("Statistic") or said.get("ExtendedStatistic") or "Sum",
        period=timedelta(seconds=said["Period"]) if "Period" in said else _FIVE_MINUTES,
        threshold=float(threshold),
        broken=broken,
    )
