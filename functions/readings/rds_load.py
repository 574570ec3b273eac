"""What a busy DB instance is busy with: CPU, connections, queue, swap, credits of CPU and I/O, waits and statements.

Statements are Performance Insights' tokenised ones, cut short: they hold no literals, so no customer's data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.core.printable import visible
from functions.readings.cloudwatch import metrics

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
    "volume_io_percent": "BurstBalance",
    "instance_io_percent": "EBSIOBalance%",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One wait event or statement, and its part of the load: 0 to 1."""

    name: str
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class DbLoad:
    """The latest datapoints, None where CloudWatch has none; `cpu_credits` only of burstable classes.

    The two of I/O are what is left of the credits, in percent: of a gp2 volume, and of an instance that may burst.
    `waits` and `statements` are the largest first; empty where Performance Insights is off or saw no load.
    """

    cpu_percent: float | None = None
    connections: float | None = None
    queue_depth: float | None = None
    swap_bytes: float | None = None
    cpu_credits: float | None = None
    volume_io_percent: float | None = None
    instance_io_percent: float | None = None
    insights: bool = False
    waits: tuple[Share, ...] = ()
    statements: tuple[Share, ...] = ()


def db_load(aws: Aws, described: Mapping[str, Any]) -> DbLoad:
    """For one item of DescribeDBInstances. Raises ClientError where AWS refuses to say."""
    name, insights = described["DBInstanceIdentifier"], bool(described.get("PerformanceInsightsEnabled"))
    resource = described["DbiResourceId"]
    return DbLoad(
        **_latest(aws, name),
        insights=insights,
        waits=_shares(aws, resource, "db.wait_event", _wait) if insights else (),
        statements=_shares(aws, resource, "db.sql_tokenized", _statement) if insights else (),
    )


def _latest(aws: Aws, db: str) -> dict[str, float | None]:
    stats, named = dict.fromkeys(_METRICS.values(), "Average"), {"DBInstanceIdentifier": db}
    found = metrics(aws, "AWS/RDS", stats, named, period=_PERIOD, back=LOOKED_BACK)
    return {field: found[name][-1].value if found[name] else None for field, name in _METRICS.items()}


def _statement(dimensions: Mapping[str, str]) -> str:
    return dimensions.get("db.sql_tokenized.statement", "")


def _wait(dimensions: Mapping[str, str]) -> str:
    """With its type before it where the name does not begin with it: engines differ in whether `Lock:` is part of the name."""
    name, kind = dimensions.get("db.wait_event.name", ""), dimensions.get("db.wait_event.type", "")
    told = not kind or name.lower().removeprefix("wait/").startswith(kind.lower())
    return name if told else f"{kind}:{name}"


def _shares(aws: Aws, resource: str, group: str, label: Callable[[Mapping[str, str]], str]) -> tuple[Share, ...]:
    """Performance Insights API, DescribeDimensionKeys: the identifier is DbiResourceId, and there are keys only under load."""
    now = aws.now()
    keys = (
        aws.client("pi")
        .describe_dimension_keys(
            ServiceType="RDS",
            Identifier=resource,
            StartTime=now - LOOKED_BACK,
            EndTime=now,
            Metric="db.load.avg",
            GroupBy={"Group": group, "Limit": _MOST},
            PeriodInSeconds=int(_PERIOD.total_seconds()),
        )
        .get("Keys", ())
    )
    found = [(label(key.get("Dimensions") or {}), float(key.get("Total") or 0)) for key in keys]
    total = sum(load for _, load in found)
    if total <= 0:
        return ()
    named = [Share(name=one_line(name), share=round(load / total, 3)) for name, load in found]
    return tuple(sorted(named, key=lambda one: -one.share))


def one_line(text: str) -> str:
    """Somebody else's words, cut and without what could break a line or colour a terminal."""
    return visible(text)[:_LONGEST_STATEMENT]
