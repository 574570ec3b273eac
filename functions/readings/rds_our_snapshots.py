"""The manual snapshots that we have taken and that nobody needs any more, for a person to delete: no machine does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.core.ports import Aws
from functions.readings.rds import tags_of

CREATED_BY = "first-responder"
"""The value of the tag `created-by` of every snapshot of ours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expired:
    """Snapshots of ours whose date is over. `gib` is the size of their volumes; what is paid for is what they hold."""

    names: tuple[str, ...]
    gib: int


def expired(aws: Aws, now: datetime) -> Expired:
    """Never the newest one of an instance. Whether one is shared is not asked: whoever deletes it looks. Raises what RDS raises."""
    pages = aws.client("rds").get_paginator("describe_db_snapshots").paginate(SnapshotType="manual")
    manual = [each for page in pages for each in page["DBSnapshots"] if each["Status"] == "available"]
    newest = set(_newest(manual))
    over = [each for each in manual if each["DBSnapshotIdentifier"] not in newest and _over(each, now)]
    return Expired(
        names=tuple(sorted(each["DBSnapshotIdentifier"] for each in over)),
        gib=sum(int(each.get("AllocatedStorage") or 0) for each in over),
    )


def _newest(manual: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    last: dict[str, Mapping[str, Any]] = {}
    for each in sorted(manual, key=lambda one: str(one.get("SnapshotCreateTime") or "")):
        last[each["DBInstanceIdentifier"]] = each
    yield from (each["DBSnapshotIdentifier"] for each in last.values())


def _over(snapshot: Mapping[str, Any], now: datetime) -> bool:
    """By our own tags. A date that we have not written so is somebody else's, and theirs to judge."""
    tags = tags_of(snapshot)
    try:
        until = datetime.strptime(tags.get("expires-on", ""), "%Y-%m-%d").date()  # noqa: DTZ007 -- a date has no zone
    except ValueError:
        return False
    return tags.get("created-by") == CREATED_BY and until < now.date()
