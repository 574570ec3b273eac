"""What RDS did to an instance's storage in the last 24 hours, and how often it has grown, read from its events.

DescribeEvents carries no event id, only prose: all patterns stand in one table. RDS does not promise order or existence of
events, so this can stop a change, and RDS's own refusal stays behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.core.decision import Decline
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

DESCRIBE_EVENTS = Allow(
    action="rds:DescribeEvents", on=EVERYTHING, because="DescribeEvents has no resource scope for instances in IAM"
)
DAY = timedelta(hours=24)
REACH = timedelta(days=14)
"""How far back RDS keeps events."""
REST = timedelta(hours=6)
MOST_CHANGES = 4
PATTERNS = {
    "grown": re.compile(r"^finished applying .*modification to allocated storage", re.IGNORECASE),
    "finished": re.compile(r"^finished applying .*modification to .*(storage|iops)", re.IGNORECASE),
    "started": re.compile(r"^(?!finished).*applying .*modification to .*(storage|iops)", re.IGNORECASE),
    "stuck": re.compile(r"unable to (auto)?scale .*storage|storage quota .*reached", re.IGNORECASE),
    "near_maximum": re.compile(r"maximum storage threshold", re.IGNORECASE),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class StorageHistory:
    """`changes` are those of the last 24 hours, `last` is when the latest storage change started or finished.

    The two flags are what autoscaling said of itself. `grown` is when the volume has grown in the last 14 days, by whomever.
    """

    changes: int = 0
    last: datetime | None = None
    read_at: datetime
    autoscaling_stuck: bool = False
    near_maximum: bool = False
    grown: tuple[datetime, ...] = ()


def storage_history(aws: Aws, name: str) -> StorageHistory:
    """The storage changes of one instance, as far back as RDS has events."""
    pages = aws.client("rds").get_paginator("describe_events")
    asked = {"SourceIdentifier": name, "SourceType": "db-instance", "Duration": int(REACH.total_seconds() // 60)}
    events = [(event["Date"], event["Message"]) for page in pages.paginate(**asked) for event in page["Events"]]
    return summarise(events, aws.now())


def summarise(events: Iterable[tuple[datetime, str]], now: datetime) -> StorageHistory:
    """Count by message. A change says two things, that it starts and that it is done, and either may be lost."""
    seen = [(kind, at) for at, text in events if at > now - REACH for kind in PATTERNS if PATTERNS[kind].search(text)]
    kinds = [kind for kind, at in seen if at > now - DAY]
    changed = [at for kind, at in seen if kind in ("started", "finished")]
    return StorageHistory(
        changes=max(kinds.count("started"), kinds.count("finished")),
        last=max(changed, default=None),
        read_at=now,
        autoscaling_stuck="stuck" in kinds,
        near_maximum="near_maximum" in kinds,
        grown=tuple(sorted(at for kind, at in seen if kind == "grown")),
    )


def changed_too_often(history: StorageHistory) -> Decline | None:
    """Both editions of RDS's rule, as both are live: six hours between changes, and at most four in 24 hours.

    Source: RDS User Guide, "Scaling up DB instance storage" and "Managing capacity automatically with storage autoscaling".
    """
    advice = "Free space inside the database until then; RDS refuses another storage change"
    if history.changes >= MOST_CHANGES:
        seen = f"storage was changed {history.changes} times in the last 24 hours, the most that RDS allows"
        return Decline(code="storage_changes_spent", seen=seen, advice=advice)
    if history.last is not None and history.read_at - history.last < REST:
        seen = f"storage was last changed at {history.last:%Y-%m-%d %H:%M} UTC, less than six hours ago"
        return Decline(code="storage_changed_recently", seen=seen, advice=advice)
    return None
