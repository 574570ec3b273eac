"""How much room an instance's volume has, and how fast it fills. FreeStorageSpace is in bytes, all here is in GiB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.core.alarm import Alarm, Kind
from functions.core.decision import Decline
from functions.core.ports import Aws
from functions.readings.cloudwatch import Point, metric, metrics
from functions.readings.rds import GIB, DbInstance
from functions.readings.rds_growable import STORAGE_FULL
from functions.readings.rds_space import Space, space, space_metrics

_FREE = "FreeStorageSpace"
_HOURS, _WEEK = timedelta(hours=3), timedelta(days=7)
LATEST = timedelta(minutes=5)
FRESH = timedelta(minutes=15)
AUTOSCALES_AT = 0.10
SHUTTING_DOWN = ("RDS-EVENT-0222", "RDS-EVENT-0221", "RDS-EVENT-0007")
FREE_AT_EVENT = {"RDS-EVENT-0089": 0.10, **dict.fromkeys(SHUTTING_DOWN, 0.0)}
"""The share of the volume that is free at most when RDS sends the event ("Amazon RDS event categories and messages")."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """`source` says who told `free_gib`: metric, alarm, threshold, status or event; empty where nobody did.

    `hours_growth` and `week_growth` are GiB a day over the last 3 hours and 7 days; 0 where space gets freed, None where too
    little is known. `threshold_gib` is the alarm's; `tenth_for` how long at most a tenth of the volume has been free, in minutes.
    """

    free_gib: float | None = None
    source: str = ""
    hours_growth: float | None = None
    week_growth: float | None = None
    threshold_gib: float | None = None
    tenth_for: int = 0
    space: Space = field(default_factory=Space)

    @property
    def growth_gib_per_day(self) -> float | None:
        """The faster one of the two."""
        return max((one for one in (self.hours_growth, self.week_growth) if one is not None), default=None)

    @property
    def measured(self) -> bool:
        """Whether it is a figure of this volume: a fresh alarm has only just crossed its threshold."""
        return self.source in ("metric", "alarm", "threshold")

    def lasts(self, time: timedelta) -> bool:
        """Whether the free space outlasts `time` at the present growth; unknown growth counts as none."""
        return (self.free_gib or 0.0) > (self.growth_gib_per_day or 0.0) * (time / timedelta(days=1))

    def low(self, db: DbInstance, share: float) -> bool:
        """Whether no more than `share` of the volume is free, or the rest is full within a day."""
        return (self.free_gib or 0.0) <= share * db.allocated_gib or not self.lasts(timedelta(days=1))


def room(aws: Aws, db: DbInstance, alarm: Alarm, changed_at: datetime | None = None) -> Room:
    """The room now: by CloudWatch, else by the alarm's own numbers, the instance's status, or the kind of event.

    `changed_at` is when storage was changed last: what comes before it says nothing of how fast the volume fills.
    """
    stats = {_FREE: "Minimum", **dict.fromkeys(space_metrics(db), "Maximum")}
    named = {"DBInstanceIdentifier": db.name}
    lately = metrics(aws, "AWS/RDS", stats, named, period=timedelta(minutes=1), back=_HOURS)
    recent = _gib(lately.pop(_FREE))
    week = _gib(metric(aws, "AWS/RDS", _FREE, named, stat="Minimum", period=timedelta(hours=1), back=_WEEK))
    fresh = [point for point in recent if point.at > aws.now() - FRESH]
    threshold = alarm.reason_data.get("threshold") if alarm.kind is Kind.METRIC else None
    free, source = (latest(fresh), "metric") if fresh else _told(db, alarm)
    return Room(
        free_gib=free,
        source=source,
        hours_growth=growth(_since(changed_at, recent), _HOURS),
        week_growth=growth(_since(changed_at, week), _WEEK),
        threshold_gib=None if threshold is None else threshold / GIB,
        tenth_for=_minutes_within(recent, db.allocated_gib * AUTOSCALES_AT) if fresh else 0,
        space=space(db, lately),
    )


def latest(points: Sequence[Point]) -> float:
    """The least of the last minutes: one lucky datapoint is no recovery."""
    return min(point.value for point in points if point.at >= points[-1].at - LATEST)


def growth(points: Sequence[Point], window: timedelta) -> float | None:
    """GiB that fill in 24 hours, by least squares; 0 where space gets freed, None below a quarter of the window."""
    if len(points) < 3 or points[-1].at - points[0].at < window / 4:
        return None
    days = [(point.at - points[0].at) / timedelta(days=1) for point in points]
    middle, mean = sum(days) / len(days), sum(point.value for point in points) / len(points)
    spread = sum((day - middle) ** 2 for day in days)
    slope = sum((day - middle) * (point.value - mean) for day, point in zip(days, points, strict=True)) / spread
    return max(0.0, -slope)


def unclear(db: DbInstance, here: Room) -> Decline | None:
    """A decline where the numbers do not tell that space is short."""
    if here.free_gib is None:
        seen = f"neither CloudWatch nor the alarm says how much of {db.name} is free"
        return Decline(code="free_space_unknown", seen=seen, advice="Look at the instance's FreeStorageSpace")
    if here.free_gib >= db.allocated_gib:
        seen = f"{here.free_gib:.1f} GiB free ({here.source}) on a volume of {db.allocated_gib} GiB cannot be"
        return Decline(code="free_space_implausible", seen=seen, advice="Check the alarm's threshold: bytes, not MiB")
    if here.threshold_gib is not None and here.free_gib > here.threshold_gib:
        seen = f"{here.free_gib:.1f} GiB are free ({here.source}), more than the alarm's {here.threshold_gib:.1f} GiB"
        return Decline(code="free_space_above_threshold", seen=seen, advice="Check the alarm's comparison operator")
    return None


def _gib(points: Sequence[Point]) -> list[Point]:
    return [Point(point.at, point.value / GIB) for point in points]


def _since(at: datetime | None, points: Sequence[Point]) -> list[Point]:
    return [point for point in points if at is None or point.at >= at]


def _told(db: DbInstance, alarm: Alarm) -> tuple[float | None, str]:
    """Without a metric: the full volume itself, the alarm's last datapoint, its threshold, the event's meaning."""
    if db.status == STORAGE_FULL:
        return 0.0, "status"
    if alarm.kind is Kind.METRIC:
        points, threshold = alarm.reason_data.get("recentDatapoints"), alarm.reason_data.get("threshold")
        told = points[-1] if points else threshold
        return (None, "") if told is None else (told / GIB, "alarm" if points else "threshold")
    share = FREE_AT_EVENT.get(alarm.detail.get("EventID", ""))
    return (None, "") if share is None else (share * db.allocated_gib, "event")


def _minutes_within(points: Sequence[Point], gib: float) -> int:
    above = [point.at for point in points if point.value > gib]
    since = above[-1] if above else points[0].at
    return int((points[-1].at - since) / timedelta(minutes=1))
