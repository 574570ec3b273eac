"""The life of a DB instance in time: creating, modifying, storage-optimization, backing-up, storage-full.

There is no database: free space is whatever `AWS/RDS FreeStorageSpace` was last put, and RDS's own low-storage events and the
`storage-full` status follow from it. Limits: one instance at a time in one state, no storage autoscaling, maintenance windows
never come, so what is not applied immediately stays pending.
"""

import contextvars
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch, rds

from drills.local_aws import rds_events, timings

Instance = dict[str, Any]
GIB = 1024**3
STORAGE = ("AllocatedStorage", "Iops", "StorageThroughput", "StorageType")
lock = threading.RLock()
log = logging.getLogger("local_aws.rds")


def _later(seconds: float, step: Callable[..., None], *arguments: Any) -> None:
    """Do `step` in this account and Region after `seconds`."""
    context = contextvars.copy_context()

    def run() -> None:
        time.sleep(seconds)
        with lock:
            context.run(step, *arguments)

    threading.Thread(target=run, name="rds", daemon=True).start()


def _say(number: str, instance: Instance) -> None:
    rds_events.say(number, instance["DBInstanceIdentifier"], instance["DBInstanceArn"])


def striped(engine: str, gib: int) -> bool:
    """Whether a gp3 volume of this size has the larger baseline (and may be given IOPS)."""
    return engine.startswith("sqlserver") or gib >= (200 if engine.startswith("oracle") else 400)


def baseline(instance: Instance) -> None:
    """What a gp3 volume gets without asking."""
    if instance.get("StorageType") == "gp3":
        large = striped(instance["Engine"], int(instance["AllocatedStorage"]))
        large = large and not instance["Engine"].startswith("sqlserver")
        instance["Iops"] = max(int(instance.get("Iops") or 0), 12000 if large else 3000)
        instance["StorageThroughput"] = max(int(instance.get("StorageThroughput") or 0), 500 if large else 125)


def creating(instance: Instance) -> None:
    """A new instance becomes available after a while."""
    instance["DBInstanceStatus"] = "creating"
    baseline(instance)
    _later(timings.current.rds_create, _created, instance)


def _created(instance: Instance) -> None:
    instance["DBInstanceStatus"] = "available"
    _say("0005", instance)


def modifying(instance: Instance) -> None:
    """Apply everything that is pending; a storage change is optimised afterwards."""
    was_full = instance["DBInstanceStatus"] == "storage-full"
    instance["DBInstanceStatus"] = "modifying"
    if set(STORAGE) & set(instance["PendingModifiedValues"]):
        _say("0018", instance)
    _later(timings.current.rds_modify, _modified, instance, was_full)


def _modified(instance: Instance, was_full: bool) -> None:
    changes = dict(instance["PendingModifiedValues"])
    instance.update(changes)
    instance["PendingModifiedValues"] = {}
    instance.pop("_warned", None)
    instance["_grown_at"] = time.time()
    baseline(instance)
    if "DBInstanceClass" in changes:
        _say("0014", instance)
    if not set(STORAGE) & set(changes):
        instance["DBInstanceStatus"] = "available"
        return
    _say("0017", instance)
    instance["DBInstanceStatus"] = "available" if was_full else "storage-optimization"
    if not was_full:
        _later(timings.current.rds_optimize, _optimized, instance)


def _optimized(instance: Instance) -> None:
    if instance["DBInstanceStatus"] == "storage-optimization":
        instance["DBInstanceStatus"] = "available"


def backing_up(instance: Instance, snapshot: dict[str, Any]) -> None:
    """A snapshot is `creating` while its instance is `backing-up`."""
    before = instance["DBInstanceStatus"]
    instance["DBInstanceStatus"] = "backing-up"
    snapshot.update(Status="creating", PercentProgress=0)
    _say("0001", instance)
    rds_events.say("0040", snapshot["DBSnapshotIdentifier"], snapshot["DBSnapshotArn"], "db-snapshot")
    _later(timings.current.snapshot / 2, lambda: snapshot.update(PercentProgress=50))
    _later(timings.current.snapshot, _backed_up, instance, snapshot, before)


def _backed_up(instance: Instance, snapshot: dict[str, Any], before: str) -> None:
    snapshot.update(Status="available", PercentProgress=100)
    if instance["DBInstanceStatus"] == "backing-up":
        instance["DBInstanceStatus"] = "available" if before == "storage-optimization" else before
    _say("0002", instance)
    rds_events.say("0042", snapshot["DBSnapshotIdentifier"], snapshot["DBSnapshotArn"], "db-snapshot")


def _free_bytes(instance: Instance) -> float | None:
    key = cloudwatch._dims_key({"DBInstanceIdentifier": instance["DBInstanceIdentifier"]})
    points = cloudwatch._metrics.get(("AWS/RDS", "FreeStorageSpace", key)) or []
    since = max(time.time() - timings.current.alarm_stale, instance.get("_grown_at", 0.0))
    recent = [p for p in points if p["Timestamp"] > since]
    return float(max(recent, key=lambda p: p["Timestamp"])["Value"]) if recent else None


def _look_at_free_space(instance: Instance) -> None:
    free, size = _free_bytes(instance), int(instance["AllocatedStorage"]) * GIB
    if free is None or instance["DBInstanceStatus"] not in ("available", "storage-optimization"):
        return
    if free <= 0:
        instance["DBInstanceStatus"] = "storage-full"
        _say("0007", instance)
    elif free < size / 10 and not instance.get("_warned"):
        instance["_warned"] = True
        rds_events.say(
            "0089",
            instance["DBInstanceIdentifier"],
            instance["DBInstanceArn"],
            percent=int(free / size * 100),
            provisioned=f"{size / GIB:.2f} GB",
            free=f"{free / GIB:.2f} GB",
        )
    elif free >= size / 10:
        instance.pop("_warned", None)


def _watch() -> None:
    while True:
        time.sleep(timings.current.alarm_tick)
        for account, region in {key[:2] for key in list(rds._instances._data)}:
            with request_scope(account, region), lock:
                for instance in list(rds._instances.values()):
                    try:
                        _look_at_free_space(instance)
                    except Exception:
                        log.exception("simulation of %s failed", instance["DBInstanceIdentifier"])


def install() -> None:
    """Start watching free space."""
    threading.Thread(target=_watch, name="rds-free-space", daemon=True).start()
