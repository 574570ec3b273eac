"""What comes in at the load balancers of an ECS service, and how its tasks answer: now, and before the trouble."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from functions.core.ports import Aws
from functions.readings.cloudwatch import Point, Series

_NAMESPACE = "AWS/ApplicationELB"
_COUNTED = {
    "requests": ("RequestCount", "Sum"),
    "errors": ("HTTPCode_Target_5XX_Count", "Sum"),
    "seconds": ("TargetResponseTime", "Average"),
}
_MOST_GROUPS = 5
"""Of one service (Developer Guide, "Registering multiple target groups with a service")."""
_INCOMPLETE, _NOW, _ONSET = timedelta(minutes=2), timedelta(minutes=7), timedelta(minutes=30)
"""CloudWatch still counts the last minutes. What was before ended half an hour ago: the alarm and its patience take less."""
_UP, _LEAPS = 1.1, 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Traffic:
    """A stretch of time: `requests` and `errors` (target 5XX) a minute, mean `seconds` until a target answers."""

    requests: float
    errors: float
    seconds: float

    @property
    def errors_percent(self) -> float:
        return 100 * self.errors / self.requests

    @property
    def answered(self) -> float:
        """Requests a minute that did not end in a 5XX of the target."""
        return self.requests - self.errors

    def __str__(self) -> str:
        return f"{self.requests:.0f} requests a minute, {self.errors_percent:.1f} % of them 5XX, answered in {self.seconds:.2f} s"


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """`before` and `now` are None where that is not known: no Application Load Balancer, or no data of that time.

    `latest` is the number of requests in the fuller of the last two minutes, as far as they are counted.
    """

    before: Traffic | None = None
    now: Traffic | None = None
    latest: float = 0.0

    @property
    def up(self) -> bool | None:
        """Whether more comes in than before, by minutes that are counted, or much more just now; None where it is not known."""
        if self.before is None or self.now is None:
            return None
        return self.now.requests > _UP * self.before.requests or self.latest >= _LEAPS * self.before.requests


def series_of_groups(aws: Aws, target_groups: Iterable[str]) -> dict[str, Series]:
    """What to read of a service's target groups, by an id; nothing where none is behind an Application Load Balancer.

    These metrics have the load balancer as a dimension, which only DescribeTargetGroups knows.
    """
    arns = sorted(target_groups)[:_MOST_GROUPS]
    try:
        found = aws.client("elbv2").describe_target_groups(TargetGroupArns=arns)["TargetGroups"] if arns else []
    except ClientError as error:
        if error.response["Error"]["Code"] != "TargetGroupNotFound":
            raise
        return {}
    behind = [(_tail(one["TargetGroupArn"]), _balancer(one.get("LoadBalancerArns") or ())) for one in found]
    named = [{"TargetGroup": group, "LoadBalancer": balancer} for group, balancer in behind if balancer]
    return {
        f"{what}{number}": Series(_NAMESPACE, name, dimensions, stat)
        for number, dimensions in enumerate(named)
        for what, (name, stat) in _COUNTED.items()
    }


def load_of(points: Mapping[str, Iterable[Point]], now: datetime) -> Load:
    """What these datapoints come to; `points` by the ids of `series_of_groups`, others are passed over."""
    return Load(
        before=_between(points, datetime.min.replace(tzinfo=UTC), now - _ONSET),
        now=_between(points, now - _NOW, now - _INCOMPLETE),
        latest=max(_requests(points, now - _INCOMPLETE, datetime.max.replace(tzinfo=UTC)).values(), default=0.0),
    )


def _requests(points: Mapping[str, Iterable[Point]], begin: datetime, end: datetime) -> dict[datetime, float]:
    """By minute, of all groups together."""
    counted: dict[datetime, float] = defaultdict(float)
    for one in _of_groups(points, "requests", begin, end):
        for at, count in one.items():
            counted[at] += count
    return counted


def _of_groups(
    points: Mapping[str, Iterable[Point]], what: str, begin: datetime, end: datetime
) -> list[dict[datetime, float]]:
    groups = (points.get(f"{what}{number}", ()) for number in range(_MOST_GROUPS))
    return [{point.at: point.value for point in one if begin <= point.at < end} for one in groups]


def _between(points: Mapping[str, Iterable[Point]], begin: datetime, end: datetime) -> Traffic | None:
    """None where nothing came in: without requests there is no telling how they are answered."""
    requests, errors, seconds = (_of_groups(points, what, begin, end) for what in _COUNTED)
    by_minute = _requests(points, begin, end)
    total, minutes = sum(by_minute.values()), len(by_minute)
    if not total:
        return None
    failed = sum(sum(one.values()) for one in errors)
    waited = sum(
        wait * of_group.get(at, 0.0)
        for of_group, waits in zip(requests, seconds, strict=True)
        for at, wait in waits.items()
    )
    return Traffic(requests=total / minutes, errors=failed / minutes, seconds=waited / total)


def _tail(arn: str) -> str:
    return arn.split(":", 5)[-1]


def _balancer(arns: Iterable[str]) -> str:
    """The name of its Application Load Balancer in CloudWatch, app/NAME/ID; empty where it has none."""
    names = (_tail(arn).removeprefix("loadbalancer/") for arn in arns)
    return next((name for name in names if name.startswith("app/")), "")
