"""What RDS is about to do to an instance by itself: its nightly backup, and maintenance that waits for the window."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from functions.core.decision import Decline, Watch
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.free_storage import Room
from functions.readings.rds import DB_INSTANCE, DbInstance
from functions.readings.rds_growable import STORAGE_FULL
from functions.readings.rds_windows import Window, next_window

DESCRIBE_PENDING_MAINTENANCE = Allow(action="rds:DescribePendingMaintenanceActions", on=DB_INSTANCE)
_MAINTENANCE_AHEAD, _BACKUP_AHEAD = timedelta(hours=1), timedelta(minutes=10)
_LOOK_AGAIN = timedelta(minutes=10)
_CRITICAL = 0.05
"""The share of the volume up to which there is no time to wait for a window to close."""


def maintenance_due(aws: Aws, arn: str, db: DbInstance) -> tuple[str, ...]:
    """The maintenance actions that RDS applies in the window that is open, or opens within the hour.

    Asked for only then. An action without a date waits for somebody to opt in. Raises ClientError where RDS refuses to say.
    """
    window = next_window(db.maintenance_window, aws.now())
    if window is None or not window.opens_within(aws.now(), _MAINTENANCE_AHEAD):
        return ()
    found = _pending(aws, arn)
    return tuple(sorted(each["Action"] for each in found if each.get("CurrentApplyDate", window.ends) < window.ends))


def pending_maintenance(aws: Aws, arn: str) -> tuple[str, ...]:
    """All maintenance actions that wait, in the window or for somebody to opt in. Raises ClientError where RDS refuses to say."""
    return tuple(sorted(each["Action"] for each in _pending(aws, arn)))


def _pending(aws: Aws, arn: str) -> list[Mapping[str, Any]]:
    try:
        pages = aws.client("rds").get_paginator("describe_pending_maintenance_actions").paginate(ResourceIdentifier=arn)
        return [
            action
            for page in pages
            for resource in page["PendingMaintenanceActions"]
            for action in resource["PendingMaintenanceActionDetails"]
        ]
    except NotImplementedError:
        # Only a stand-in for AWS in the same process lacks the call. AWS answers, or its refusal stops the change.
        return []


def left_to_rds(db: DbInstance, here: Room, due: tuple[str, ...], now: datetime) -> Decline | Watch | None:
    """RDS's own work goes first. A volume that cannot wait is grown in a window where nothing is known to be due.

    Automated backups need the instance available (RDS User Guide, "Working with backups"): a change could cost the night's.
    """
    if db.status == "backing-up":
        return _wait(
            "backup_running", f"RDS is taking a backup of {db.name}, and refuses changes until it is done", now
        )
    window, urgent = next_window(db.maintenance_window, now), _urgent(db, here)
    if window is not None and due and window.opens_within(now, _MAINTENANCE_AHEAD):
        seen = f"RDS applies {', '.join(due)} to {db.name} in its maintenance window, {_span(window)}"
        waited = _wait("maintenance_due", seen, now, window)
        return Decline(code=waited.code, seen=waited.seen, advice=waited.advice) if urgent else waited
    if urgent:
        return None
    if window is not None and window.opens_within(now, timedelta(0)):
        return _wait("maintenance_window", f"the maintenance window of {db.name} is open, {_span(window)}", now, window)
    backup = next_window(db.backup_window, now) if db.backup_days else None
    if backup is not None and backup.opens_within(now, _BACKUP_AHEAD):
        seen = f"RDS backs {db.name} up in its window, {_span(backup)}"
        return _wait("backup_window", seen, now, backup)
    return None


def _urgent(db: DbInstance, here: Room) -> bool:
    if db.status == STORAGE_FULL:
        return True
    if here.free_gib is None:
        return False
    return here.free_gib <= _CRITICAL * db.allocated_gib or not here.lasts(timedelta(hours=2))


def _wait(code: str, seen: str, now: datetime, window: Window | None = None) -> Watch:
    """Looks again well before a long window ends: the volume may have become urgent."""
    left = _LOOK_AGAIN if window is None else min(_LOOK_AGAIN, window.ends - now)
    advice = "Free space inside the database where it cannot wait for RDS to be done"
    return Watch(code=code, seen=seen, advice=advice, again_in=max(left, timedelta(minutes=1)))


def _span(window: Window) -> str:
    return f"{window.starts:%Y-%m-%d %H:%M} to {window.ends:%H:%M} UTC"
