"""What RDS says of an instance's failovers, read from its events. DescribeEvents carries no event id, only prose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.core.ports import Aws

_STARTED = re.compile(r"failover (has )?started|started cross AZ failover", re.IGNORECASE)
_COMPLETED = re.compile(r"failover .*complete", re.IGNORECASE)
"""RDS-EVENT-0013, -0015 and -0049 (RDS User Guide, "Amazon RDS event categories and event messages")."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failovers:
    """The last ones since a time; None where RDS tells of none."""

    started: datetime | None = None
    completed: datetime | None = None

    @property
    def under_way(self) -> bool:
        return self.started is not None and (self.completed is None or self.completed < self.started)

    @property
    def sentence(self) -> str:
        if self.under_way and self.started:
            return f"a failover is under way since {self.started:%H:%M} UTC"
        return (
            f"its last failover was completed at {self.completed:%H:%M} UTC"
            if self.completed
            else "no failover is told of"
        )


def failovers(aws: Aws, db: str, *, since: datetime) -> Failovers:
    """Those since a time within the last 14 days, which is as long as RDS keeps events."""
    minutes = max(1, int((aws.now() - since) / timedelta(minutes=1)) + 1)
    pages = aws.client("rds").get_paginator("describe_events")
    asked = {"SourceIdentifier": db, "SourceType": "db-instance", "Duration": min(minutes, 14 * 24 * 60)}
    events = [(event["Date"], event["Message"]) for page in pages.paginate(**asked) for event in page["Events"]]
    return Failovers(
        started=max((at for at, text in events if at >= since and _STARTED.search(text)), default=None),
        completed=max((at for at, text in events if at >= since and _COMPLETED.search(text)), default=None),
    )
