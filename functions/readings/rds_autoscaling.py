"""Whether RDS storage autoscaling will help an instance by itself, or lacks something. GiB throughout.

It acts when a tenth or less is free for five minutes, adding the greatest of 10 GiB, 10 % and seven hours' growth, up to its
maximum. Source: RDS User Guide, "Managing capacity automatically with Amazon RDS storage autoscaling".
"""

from __future__ import annotations

from datetime import timedelta

from functions.core.decision import Watch
from functions.readings.free_storage import SHUTTING_DOWN, Room
from functions.readings.rds import DbInstance
from functions.readings.rds_growable import STORAGE_FULL
from functions.readings.rds_storage_history import StorageHistory

AT_MAXIMUM = ("RDS-EVENT-0224", "RDS-EVENT-0225")
_WARNS_AT = 0.80
_TOO_LATE = 0.02
_OVERDUE = 30


def overtaken(db: DbInstance, here: Room, history: StorageHistory, event: str) -> bool:
    """Whether waiting for autoscaling is over: it cannot act, has not for half an hour, or minutes are left."""
    if db.status == STORAGE_FULL or event in SHUTTING_DOWN or history.autoscaling_stuck or here.tenth_for >= _OVERDUE:
        return True
    if here.free_gib is None:
        return False
    return here.free_gib <= _TOO_LATE * db.allocated_gib or not here.lasts(timedelta(hours=1))


def near_maximum(db: DbInstance) -> bool:
    """Whether 80 % of the maximum are allocated: from here on RDS warns."""
    return db.autoscaling and db.max_gib is not None and db.allocated_gib >= _WARNS_AT * db.max_gib


def at_maximum(db: DbInstance, history: StorageHistory, event: str) -> bool:
    """Whether autoscaling has said that its maximum is in the way, or has no room for one more step."""
    if near_maximum(db) and (event in AT_MAXIMUM or history.near_maximum):
        return True
    step = max(10, -(-db.allocated_gib // 10))
    return db.autoscaling and db.max_gib is not None and db.max_gib < db.allocated_gib + step


def left_to_autoscaling(db: DbInstance) -> Watch:
    """Look again later: a manual change would cancel RDS's own."""
    return Watch(
        code="autoscaling_at_work",
        seen=f"RDS grows {db.name} ({db.allocated_gib} GiB) by itself, up to {db.max_gib} GiB, once a tenth of it is left",
        advice="Look whether autoscaling has acted; where it fails this remediation does",
        again_in=timedelta(minutes=10),
    )


def breached(db: DbInstance, here: Room, event: str) -> bool | None:
    """By the alarm's own threshold; for people and events when a fifth or less is free, or the rest is full in a day.

    Events about autoscaling's maximum hold while 80 % of it are allocated. None where nothing fresh tells.
    """
    if db.status == STORAGE_FULL or (event in AT_MAXIMUM and near_maximum(db)):
        return True
    if here.source != "metric" or here.free_gib is None:
        return False if event in AT_MAXIMUM else None
    return here.low(db, 0.20) if here.threshold_gib is None else here.free_gib <= here.threshold_gib
