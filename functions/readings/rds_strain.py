"""Whether an instance has so much to do that a pause of its I/O would hurt."""

from __future__ import annotations

from datetime import timedelta

from functions.core.ports import Aws
from functions.readings.cloudwatch import metric
from functions.readings.rds import DbInstance

_HIGH = {"CPUUtilization": 85.0, "DiskQueueDepth": 64.0}
"""Our own bounds, percent and waiting requests: from there on an instance is at its limit."""
_BACK = timedelta(minutes=10)


def pauses_for_snapshot(db: DbInstance) -> bool:
    """Multi-AZ snapshots are taken from the standby, but for SQL Server (RDS User Guide, "Creating a DB snapshot")."""
    return not db.multi_az or db.engine.startswith("sqlserver")


def strained(aws: Aws, name: str) -> str:
    """What is high, with its number: the latest average of the last ten minutes. Empty where nothing is, or nothing is known."""
    named = {"DBInstanceIdentifier": name}
    for what, high in _HIGH.items():
        points = metric(aws, "AWS/RDS", what, named, stat="Average", period=timedelta(minutes=1), back=_BACK)
        if points and points[-1].value >= high:
            return f"{what} is {points[-1].value:g}"
    return ""
