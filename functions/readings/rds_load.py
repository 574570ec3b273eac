"""What a busy DB instance is busy with: CPU, connections, queue, swap, credits, waits and statements.

Statements are Performance Insights' tokenised ones, cut short: they hold no literals, so no customer's data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.cloudwatch import metric

DESCRIBE_DIMENSION_KEYS = Allow(
    action="pi:DescribeDimensionKeys", on="arn:{partition}:pi:{region}:{account}:metrics/rds/*"
)
LOOKED_BACK = timedelta(minutes=30)
_PERIOD = timedelta(minutes=1)
_MOST, _LONGEST_STATEMENT = 10, 200
_METRICS = {
    "cpu_percent": "CPUUtilization",
    "connections": "DatabaseConnections",
    "queue_depth": "DiskQueueDepth",
    "swap_bytes": "SwapUsage",
    "cpu_credits": "CPUCreditBalance",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One wait event or statement, and its part of the load: 0 to 1."""

    name: str
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class DbLoad:
    """The latest datapoints, None where CloudWatch has none; `cpu_credits` only of burstable classes.

    `waits` and `statements` are the largest first; empty where Performance Insights is off or saw no load.
    """

    cpu_percent: float | None = None
    connections: float | None = None
    queue_depth: float | None = None
    swap_bytes: float | None = None
    cpu_credits: float | None = None
    insights: bool = False
    waits: tuple[Share, ...] = ()
    statements: tuple[Share, ...] = ()


def db_load(aws: Aws, described: Mapping[str, Any]) -> DbLoad:
    """For one item of DescribeDBInstances. Raises ClientError where AWS refuses to say."""
    name, insights = described["DBInstanceIdentifier"], bool(described.get("PerformanceInsightsEnabled"))
    resource = described["DbiResourceId"]
    return DbLoad(
        **{field: _latest(aws, name, of) for field, of in _METRICS.items()},
        insights=insights,
        waits=_shares(aws, resource, "db.wait_event", "db.wait_event.name") if insights else (),
        statements=_shares(aws, resource, "db.sql_tokenized", "db.sql_tokenized.statement") if insights else (),
    )


def _latest(aws: Aws, db: str, name: str) -> float | None:
    points = metric(
        aws,
        "AWS/RDS",
        name,
        {"DBInstanceIdentifier": db},
        stat="Average",
        period=_PERIOD,
        back=LOOKED_BACK,
    )
    return points[-1].value if points else None


def _shares(aws: Aws, resource: str, group: str, dimension: str) -> tuple[Share, ...]:
    """Performance Insights API, DescribeDimensionKeys: the identifier is DbiResourceId, and there are keys only under load."""
    now = aws.now()
    keys = aws.client("pi").describe_dimension_keys(
        ServiceType="RDS",
        Identifier=resource,
        StartTime=now - LOOKED_BACK,
        EndTime=now,
        Metric="db.load.avg",
        GroupBy={"Group": group, "Limit": _MOST},
        PeriodInSeconds=int(_PERIOD.total_seconds()),
    )["Keys"]
    found = [(str(key["Dimensions"].get(dimension, "")), float(key.get("Total") or 0)) for key in keys]
    total = sum(load for _, load in found)
    if total <= 0:
        return ()
    named = [Share(name=_plain(name), share=round(load / total, 3)) for name, load in found]
    return tuple(sorted(named, key=lambda one: -one.share))


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)[:_LONGEST_STATEMENT]
