"""From when to when an instance can be restored, by its automated backups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.core.decision import Decline
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

DESCRIBE_AUTOMATED_BACKUPS = Allow(
    action="rds:DescribeDBInstanceAutomatedBackups",
    on=EVERYTHING,
    because="backups are found by the name of an instance that may be gone: there is no ARN to scope it to",
)
LATEST = "latest"


@dataclass(frozen=True, kw_only=True, slots=True)
class RestoreWindow:
    """`earliest` is None where RDS does not list it: then only its own refusal holds. `days` is how long backups are kept."""

    earliest: datetime | None
    latest: datetime | None
    days: int


def restore_window(aws: Aws, described: Mapping[str, Any]) -> RestoreWindow:
    """Of one item of DescribeDBInstances. Raises ClientError where RDS refuses to say."""
    name, resource = described["DBInstanceIdentifier"], described["DbiResourceId"]
    listed = [each for each in _backups(aws, name) if each.get("DbiResourceId", resource) == resource]
    windows = [each.get("RestoreWindow") or {} for each in listed]
    starts = [window["EarliestTime"] for window in windows if window.get("EarliestTime")]
    return RestoreWindow(
        earliest=min(starts, default=None),
        latest=described.get("LatestRestorableTime"),
        days=int(described.get("BackupRetentionPeriod") or 0),
    )


def retained(aws: Aws, name: str) -> Decline | None:
    """A decline of its own where the instance is gone and its automated backups are not."""
    kept = [each for each in _backups(aws, name) if each.get("Status") == "retained"]
    if not kept:
        return None
    ids = ", ".join(each.get("DbiResourceId", "without an id") for each in kept)
    return Decline(
        code="instance_deleted",
        seen=f"{name} is deleted; its automated backups are retained ({ids})",
        advice="Restore by hand with SourceDbiResourceId: its groups and settings are gone with it, and nobody knows them here",
    )


def asked_time(text: str) -> datetime | Decline | None:
    """The time in a request; None for `latest`."""
    if text == LATEST:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        seen = f"{text} is no time"
        return Decline(
            code="invalid_time", seen=seen, advice="Ask for a time in UTC like 2026-11-23T11:30:00Z, or latest"
        )


def outside(window: RestoreWindow, asked: datetime | None) -> Decline | None:
    """A decline where there is no backup for the time; None stands for the latest one."""
    if window.days == 0:
        seen = "the instance keeps no automated backups"
        return Decline(code="backups_disabled", seen=seen, advice="Look for a snapshot: restore_database_from_snapshot")
    if window.latest is None:
        seen = "RDS names no latest restorable time: the log chain is broken, or the first backup is not done"
        return Decline(
            code="no_restorable_time", seen=seen, advice="Look for a snapshot: restore_database_from_snapshot"
        )
    if asked is not None and asked > window.latest:
        seen = f"{_at(asked)} was asked for, and the latest restorable time is {_at(window.latest)}"
        return Decline(
            code="time_too_late", seen=seen, advice="RDS ships logs every five minutes: wait, or ask for latest"
        )
    if asked is not None and window.earliest is not None and asked < window.earliest:
        seen = f"{_at(asked)} was asked for, and the earliest restorable time is {_at(window.earliest)}"
        return Decline(
            code="time_too_early", seen=seen, advice="Look for an older snapshot: restore_database_from_snapshot"
        )
    return None


def _backups(aws: Aws, name: str) -> list[Mapping[str, Any]]:
    pages = aws.client("rds").get_paginator("describe_db_instance_automated_backups")
    asked = pages.paginate(Filters=[{"Name": "db-instance-id", "Values": [name]}])
    found = [each for page in asked for each in page["DBInstanceAutomatedBackups"]]
    return [each for each in found if each["DBInstanceIdentifier"] == name]


def _at(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
