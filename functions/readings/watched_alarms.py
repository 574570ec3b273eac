"""The alarms of an incident as CloudWatch has them set up, and all others that fire at this moment."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from functions.core.arn import Arn, parse_arn
from functions.core.errors import InvalidEvent
from functions.core.incident.inquiry.findings import Firing, Part
from functions.core.ports import Aws
from functions.readings.look import Look

_TYPES = {"MetricAlarms": "metric", "CompositeAlarms": "composite", "LogAlarms": "log"}
_ALL = ["MetricAlarm", "CompositeAlarm", "LogAlarm"]
_PAGES, _MOST = 3, 50
_FIVE_MINUTES = 300
_RESOURCES: Mapping[tuple[str, str], str] = {
    ("AWS/RDS", "DBInstanceIdentifier"): "rds:{region}:{account}:db:{DBInstanceIdentifier}",
    ("AWS/ECS", "ServiceName"): "ecs:{region}:{account}:service/{ClusterName}/{ServiceName}",
    ("AWS/ApplicationELB", "LoadBalancer"): "elasticloadbalancing:{region}:{account}:loadbalancer/{LoadBalancer}",
    ("AWS/EC2", "InstanceId"): "ec2:{region}:{account}:instance/{InstanceId}",
}
"""What a metric's dimensions say of the resource (CloudWatch metrics of each service, "Dimensions")."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """An alarm on one metric. `threshold` is None where it has none of its own (anomaly detection)."""

    arn: Arn
    name: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    stat: str
    period: timedelta
    threshold: float | None

    @property
    def resource(self) -> Arn | None:
        """What its metric is about, where the dimensions name it."""
        for (namespace, dimension), pattern in _RESOURCES.items():
            if namespace == self.namespace and dimension in self.dimensions:
                return _named(f"arn:{self.arn.partition}:{pattern}", self.arn, self.dimensions)
        return None


def read_watched(aws: Aws, alarms: Sequence[Arn]) -> tuple[Watched, ...]:
    """Those on a single metric; nothing of composite alarms, metric math and alarms that are gone."""
    if not alarms:
        return ()
    by_name = {_name(arn): arn for arn in alarms}
    said = aws.client("cloudwatch").describe_alarms(AlarmNames=list(by_name), AlarmTypes=["MetricAlarm"])
    return tuple(
        _watched(by_name[one["AlarmName"]], one) for one in said.get("MetricAlarms", ()) if one.get("MetricName")
    )


def read_firing(look: Look, own: Collection[Arn]) -> Part[Firing]:
    """All others in ALARM, the latest first, of all three types: DescribeAlarms tells of metric alarms alone where it is not
    asked for more. At most 300 are looked at and 50 told."""
    pages = look.aws.client("cloudwatch").get_paginator("describe_alarms").paginate(
        StateValue="ALARM", AlarmTypes=_ALL, PaginationConfig={"PageSize": 100}
    )  # fmt: skip
    mine = {_name(arn) for arn in own}
    found, whole = [], False
    for page in islice(pages, _PAGES):
        found += [one for one in _firing(page) if one.name not in mine]
        whole = not page.get("NextToken")
        if look.over:
            break
    found.sort(key=lambda one: one.since.timestamp() if one.since else 0.0, reverse=True)
    left = len(found) - _MOST
    notes = [f"{left} more alarms fire that are not listed here"] if left > 0 else []
    if not whole:
        notes.append("there are more alarms that fire than were looked at")
    return Part(items=tuple(found[:_MOST]), notes=tuple(notes))


def _firing(page: Mapping[str, Any]) -> Iterator[Firing]:
    for key, kind in _TYPES.items():
        for one in page.get(key, ()):
            since = one.get("StateTransitionedTimestamp") or one.get("StateUpdatedTimestamp")
            yield Firing(name=one["AlarmName"], kind=kind, since=since, reason=one.get("StateReason", "")[:500])


def _watched(arn: Arn, said: Mapping[str, Any]) -> Watched:
    return Watched(
        arn=arn,
        name=said["AlarmName"],
        namespace=said["Namespace"],
        metric=said["MetricName"],
        dimensions={one["Name"]: one["Value"] for one in said.get("Dimensions") or ()},
        stat=said.get("Statistic") or said.get("ExtendedStatistic") or "Average",
        period=timedelta(seconds=said.get("Period") or _FIVE_MINUTES),
        threshold=said.get("Threshold"),
    )


def _named(pattern: str, alarm: Arn, dimensions: Mapping[str, str]) -> Arn | None:
    try:
        return parse_arn(pattern.format(region=alarm.region, account=alarm.account, **dimensions), "dimensions")
    except (InvalidEvent, KeyError):
        return None


def _name(arn: Arn) -> str:
    return arn.resource.removeprefix("alarm:")
