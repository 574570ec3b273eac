"""How much of its reserved CPU or memory an ECS service uses: one read of the last hour answers three questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from functions.core.alarm import Alarm, Kind
from functions.core.decision import Decline
from functions.core.ports import Aws
from functions.readings.cloudwatch import Point, metric

CPU, MEMORY = "CPUUtilization", "MemoryUtilization"
_HIGH = {CPU: 85.0, MEMORY: 90.0}
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_FRESH = timedelta(minutes=10)
_CALM = timedelta(minutes=30)
_PARTS, _LEAST_SPAN, _LEAST_STEP, _LEAST_RISE = 6, timedelta(minutes=15), 0.5, 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Utilization:
    """Percent of what the tasks reserve, averaged over the service.

    `breached` is None where there are no data of the last ten minutes: no task runs, or CloudWatch is behind.
    `highest` is that of the last half hour, None where the data do not cover it.
    """

    metric: str
    latest: float | None
    breached: bool | None
    highest: float | None
    rises_steadily: bool


def read_utilization(aws: Aws, cluster: str, service: str, alarm: Alarm) -> Utilization:
    """What the alarm watches; CPU where a person asked. The threshold is the alarm's own, where it says one.

    Breached counts as cleared only when the last two minutes are both below it.
    """
    name = alarm.metrics[0].name if alarm.kind is Kind.METRIC else CPU
    threshold = float(alarm.reason_data.get("threshold", _HIGH.get(name, _HIGH[CPU])))
    use = _use(aws, cluster, service, name, threshold)
    return use if alarm.kind is Kind.METRIC else replace(use, breached=None)


def use_of(aws: Aws, cluster: str, service: str, name: str) -> Utilization:
    """Of CPU or memory, held against the runbook's threshold."""
    return _use(aws, cluster, service, name, _HIGH[name])


def _use(aws: Aws, cluster: str, service: str, name: str, threshold: float) -> Utilization:
    dimensions = {"ClusterName": cluster, "ServiceName": service}
    points = metric(aws, "AWS/ECS", name, dimensions, stat="Average", period=_MINUTE, back=_HOUR)
    fresh = [point.value for point in points if point.at >= aws.now() - _FRESH]
    return Utilization(
        metric=name,
        latest=fresh[-1] if fresh else None,
        breached=max(fresh[-2:]) >= threshold if fresh else None,
        highest=_highest(points, aws.now()),
        rises_steadily=rises_steadily(points),
    )


def leaking(use: Utilization) -> Decline | None:
    """A decline where memory only ever rises: more tasks would leak as well."""
    if use.metric != MEMORY or not use.rises_steadily:
        return None
    return Decline(
        code="memory_leak",
        seen=f"{MEMORY} has been rising all the time, to {use.latest} %: that is a leak, not load",
        advice="Restart the tasks or go back to the version before; more tasks would leak as well",
    )


def rises_steadily(points: Sequence[Point]) -> bool:
    """Whether the values only ever rise: for 15 minutes or more, from sixth to sixth, by 5 percent points in all.

    `points` are oldest first. Load comes in a step and stays or goes; a leak climbs all the time.
    """
    if len(points) < _PARTS or points[-1].at - points[0].at < _LEAST_SPAN:
        return False
    size = len(points) / _PARTS
    parts = [points[round(part * size) : round((part + 1) * size)] for part in range(_PARTS)]
    means = [sum(point.value for point in part) / len(part) for part in parts]
    climbs = all(later - earlier >= _LEAST_STEP for earlier, later in pairwise(means))
    return climbs and means[-1] - means[0] >= _LEAST_RISE


def _highest(points: Sequence[Point], now: datetime) -> float | None:
    """Of the last half hour, where the data reach from its first third into the last ten minutes."""
    recent = [point for point in points if point.at >= now - _CALM]
    if not recent or recent[0].at > now - _CALM + _FRESH or recent[-1].at < now - _FRESH:
        return None
    return max(point.value for point in recent)
