"""How much of its reserved CPU or memory an ECS service uses: the last three hours answer four questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from functions.core.alarm import Alarm, Kind
from functions.core.decision import Decline
from functions.core.hand_over import hand_over
from functions.readings.cloudwatch import Point, Series

CPU, MEMORY = "CPUUtilization", "MemoryUtilization"
_HIGH = {CPU: 85.0, MEMORY: 90.0}
BACK = timedelta(hours=3)
_HOUR = timedelta(hours=1)
_FRESH = timedelta(minutes=10)
_CALM = timedelta(minutes=30)
_PARTS, _LEAST_SPAN, _LEAST_STEP, _LEAST_RISE = 6, timedelta(minutes=15), 0.5, 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Climb:
    """A rise without a pause, in percent, since a moment."""

    since: datetime
    lowest: float
    highest: float

    def __str__(self) -> str:
        return (
            f"rising all the time since {self.since:%Y-%m-%d %H:%M} UTC, from {self.lowest:.0f} to {self.highest:.0f} %"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Utilization:
    """Percent of what the tasks reserve, averaged over the service.

    `breached` is None where there are no data of the last ten minutes: no task runs, or CloudWatch is behind.
    `highest` is that of the last half hour, None where the data do not cover it. `climb` is None where it does not rise steadily.
    """

    metric: str
    latest: float | None
    breached: bool | None
    highest: float | None
    climb: Climb | None = None


def series_of_utilization(cluster: str, service: str) -> dict[str, Series]:
    """What to read over the time BACK, by the metric's name as an id."""
    dimensions = {"ClusterName": cluster, "ServiceName": service}
    return {_id(name): Series("AWS/ECS", name, dimensions, "Average") for name in (CPU, MEMORY)}


def use_watched(points: Mapping[str, Sequence[Point]], alarm: Alarm, now: datetime) -> Utilization:
    """What the alarm watches; CPU where a person asked. The threshold is the alarm's own, where it says one.

    Breached counts as cleared only when the last two minutes are both below it.
    """
    name = alarm.metrics[0].name if alarm.kind is Kind.METRIC else CPU
    threshold = float(alarm.reason_data.get("threshold", _HIGH.get(name, _HIGH[CPU])))
    use = _use(points, name, threshold, now)
    return use if alarm.kind is Kind.METRIC else replace(use, breached=None)


def use_of(points: Mapping[str, Sequence[Point]], name: str, now: datetime) -> Utilization:
    """Of CPU or memory, held against the runbook's threshold."""
    return _use(points, name, _HIGH[name], now)


def leaking(use: Utilization, load_up: bool | None, service_arn: str) -> Decline | None:
    """A decline where memory only ever rises, and no rising load is known to explain it: more tasks would leak as well."""
    if use.metric != MEMORY or use.climb is None or load_up:
        return None
    load = "the load is not known" if load_up is None else "and no more comes in than before"
    restart = hand_over("restart_ecs_service", service_arn, "its tasks leak memory")
    return Decline(
        code="memory_leak_pattern",
        seen=f"{MEMORY} has been {use.climb}; {load}: that is a leak, not a surge",
        advice=f"More or larger tasks would leak as well: go back to the version before, or gain time by new tasks. {restart}",
    )


def _use(points: Mapping[str, Sequence[Point]], name: str, threshold: float, now: datetime) -> Utilization:
    known = points[_id(name)]
    fresh = [point.value for point in known if point.at >= now - _FRESH]
    return Utilization(
        metric=name,
        latest=fresh[-1] if fresh else None,
        breached=max(fresh[-2:]) >= threshold if fresh else None,
        highest=_highest(known, now),
        climb=_climb(known, now),
    )


def _climb(points: Sequence[Point], now: datetime) -> Climb | None:
    """Over all of the time, or its last hour: a leak may have begun with a deployment since."""
    for back in (BACK, _HOUR):
        of = [point for point in points if point.at >= now - back]
        if rises_steadily(of):
            return Climb(since=of[0].at, lowest=of[0].value, highest=of[-1].value)
    return None


def _id(name: str) -> str:
    return name.lower()


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
