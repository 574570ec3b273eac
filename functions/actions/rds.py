"""Changes of RDS instances: take a snapshot, grow the volume, raise the maximum that autoscaling may grow to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.rds import pending
from functions.readings.rds_our_snapshots import CREATED_BY

SNAPSHOT_PREFIX = "auto-"
_INSTANCE = "arn:{partition}:rds:{region}:{account}:db:*"
_SNAPSHOT = "arn:{partition}:rds:{region}:{account}:snapshot:*"
_OUR_SNAPSHOT = f"arn:{{partition}}:rds:{{region}}:{{account}}:snapshot:{SNAPSHOT_PREFIX}*"
_DESCRIBE = Allow(action="rds:DescribeDBInstances", on=_INSTANCE)
_MODIFY = Allow(action="rds:ModifyDBInstance", on=_INSTANCE, tagged=True)
_SETTLING = ("backing-up", "modifying", "maintenance")


def snapshot_name(db: str, purpose: str, at: datetime) -> str:
    """`auto-<db>-<purpose>-<yyyymmddthhmmss>`: the same moment gives the same name, so that taking it twice is one snapshot.

    RDS's rule: letters, digits and single hyphens, first a letter, no hyphen last (API reference, CreateDBSnapshot).
    """
    return re.sub("-+", "-", f"{SNAPSHOT_PREFIX}{db[:60]}-{purpose}-{at:%Y%m%dt%H%M%S}")


@dataclass(frozen=True, kw_only=True)
class CreateDbSnapshot(Action):
    """Take a manual snapshot, named by the run that wants it. Done when it is a backup and the instance can be changed again."""

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="rds:CreateDBSnapshot", on=_INSTANCE, tagged=True),
        Allow(action="rds:CreateDBSnapshot", on=_OUR_SNAPSHOT),
        Allow(action="rds:AddTagsToResource", on=_OUR_SNAPSHOT),
        Allow(action="rds:DescribeDBSnapshots", on=_INSTANCE),
        Allow(action="rds:DescribeDBSnapshots", on=_SNAPSHOT),
        _DESCRIBE,
    )
    patience: ClassVar[timedelta] = timedelta(hours=4)
    look_again: ClassVar[timedelta] = timedelta(minutes=1)
    db: str
    snapshot: str
    run: str
    expires_on: str

    def do(self, aws: Aws) -> None:
        aws.client("rds").create_db_snapshot(
            DBSnapshotIdentifier=self.snapshot,
            DBInstanceIdentifier=self.db,
            Tags=[{"Key": key, "Value": value} for key, value in self._tags.items()],
        )

    def progress(self, aws: Aws) -> Progress:
        """A snapshot of this name with other tags is somebody else's, and none of ours."""
        found = _one(aws.client("rds").describe_db_snapshots, "DBSnapshots", DBSnapshotIdentifier=self.snapshot)
        if found is None or found["DBInstanceIdentifier"] != self.db or not self._ours(found):
            return Progress(Effect.ABSENT, f"there is no snapshot {self.snapshot} of {self.db} by this run")
        if found["Status"] == "failed":
            return Progress(Effect.FAILED, f"the snapshot {self.snapshot} failed")
        percent = found.get("PercentProgress", 100)
        if found["Status"] != "available" or percent != 100:
            return Progress(Effect.UNDER_WAY, f"the snapshot {self.snapshot} is {found['Status']}, {percent} %")
        return self._ready(aws)

    def undo(self) -> Irreversible:
        return Irreversible(f"the snapshot is kept; it is tagged to expire on {self.expires_on}")

    def properties(self) -> tuple[PropertyChange, ...]:
        return ()

    def __str__(self) -> str:
        return f"take the snapshot {self.snapshot} of {self.db}, kept until {self.expires_on}"

    @property
    def _tags(self) -> dict[str, str]:
        return {"created-by": CREATED_BY, "run": self.run, "expires-on": self.expires_on}

    def _ours(self, found: Mapping[str, Any]) -> bool:
        tags = {tag["Key"]: tag.get("Value") for tag in found.get("TagList") or ()}
        return tags.get("created-by") == CREATED_BY and tags.get("run") == self.run

    def _ready(self, aws: Aws) -> Progress:
        """The next change applies at once, and with it whatever somebody has queued while the snapshot was taken."""
        found = _instance(aws, self.db) or {"DBInstanceStatus": "gone"}
        status = found["DBInstanceStatus"]
        waiting = list(pending(found))
        if status in _SETTLING:
            return Progress(Effect.UNDER_WAY, f"the snapshot {self.snapshot} is available, {self.db} is still {status}")
        if status not in ("available", "storage-full") or waiting:
            seen = f"since the snapshot {self.snapshot} was asked for, {self.db} is {status} with pending {waiting}"
            return Progress(Effect.FAILED, seen)
        return Progress(Effect.DONE, f"the snapshot {self.snapshot} is available")


@dataclass(frozen=True, kw_only=True)
class GrowVolume(Action):
    """Raise AllocatedStorage of one instance, at once. `iops`, `throughput` (MiB/s) and `max_gib` go with it where given.

    `was` and the like are the present values, None where RDS names none.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (_MODIFY, _DESCRIBE)
    patience: ClassVar[timedelta] = timedelta(hours=1)
    look_again: ClassVar[timedelta] = timedelta(seconds=30)
    db: str
    gib: int
    was: int
    iops: int | None = None
    was_iops: int | None = None
    throughput: int | None = None
    was_throughput: int | None = None
    max_gib: int | None = None
    was_max_gib: int | None = None

    def do(self, aws: Aws) -> None:
        optional = {"Iops": self.iops, "StorageThroughput": self.throughput, "MaxAllocatedStorage": self.max_gib}
        aws.client("rds").modify_db_instance(
            DBInstanceIdentifier=self.db,
            AllocatedStorage=self.gib,
            ApplyImmediately=True,
            **{name: value for name, value in optional.items() if value is not None},
        )

    def progress(self, aws: Aws) -> Progress:
        """In effect from storage-optimization on: the database is fully usable while RDS optimizes."""
        found = _instance(aws, self.db)
        if found is None:
            return Progress(Effect.FAILED, f"{self.db} is gone")
        allocated, status = found["AllocatedStorage"], found["DBInstanceStatus"]
        if (found.get("PendingModifiedValues") or {}).get("AllocatedStorage"):
            return Progress(Effect.UNDER_WAY, f"{self.db} has {allocated} GiB, {self.gib} are pending ({status})")
        if allocated >= self.gib:
            return Progress(Effect.DONE, f"{self.db} has {allocated} GiB ({status})")
        effect = Effect.UNDER_WAY if status == "modifying" else Effect.ABSENT
        return Progress(effect, f"{self.db} has {allocated} GiB ({status})")

    def undo(self) -> Irreversible:
        return Irreversible("RDS storage never shrinks; only a migration to a smaller volume takes it back")

    def properties(self) -> tuple[PropertyChange, ...]:
        """AllocatedStorage is a string in a template, the others are numbers; a value that is only repeated is no change."""
        changes = (
            _property("AllocatedStorage", str(self.was), str(self.gib)),
            _property("Iops", self.was_iops, self.iops),
            _property("StorageThroughput", self.was_throughput, self.throughput),
            _property("MaxAllocatedStorage", self.was_max_gib, self.max_gib),
        )
        return tuple(change for change in changes if change.new not in (None, change.old))

    def __str__(self) -> str:
        extras = {"IOPS": self.iops, "MiB/s": self.throughput, "GiB as autoscaling's maximum": self.max_gib}
        beside = "".join(f", {value} {unit}" for unit, value in extras.items() if value is not None)
        return f"grow the volume of {self.db} from {self.was} to {self.gib} GiB{beside}"


@dataclass(frozen=True, kw_only=True)
class SetMaxAllocatedStorage(Action):
    """Set how far RDS may grow the volume by itself. RDS applies it at once whatever else is pending; `was` is the way back,
    and any other maximum is somebody else's."""

    permissions: ClassVar[tuple[Allow, ...]] = (_MODIFY, _DESCRIBE)
    patience: ClassVar[timedelta] = timedelta(minutes=30)
    db: str
    gib: int
    was: int

    def do(self, aws: Aws) -> None:
        aws.client("rds").modify_db_instance(DBInstanceIdentifier=self.db, MaxAllocatedStorage=self.gib)

    def progress(self, aws: Aws) -> Progress:
        found = _instance(aws, self.db)
        if found is None:
            return Progress(Effect.FAILED, f"{self.db} is gone")
        maximum = int(found.get("MaxAllocatedStorage") or 0)
        effect = {self.gib: Effect.DONE, self.was: Effect.ABSENT}.get(maximum, Effect.FAILED)
        return Progress(effect, f"autoscaling of {self.db} may go to {maximum} GiB")

    def undo(self) -> SetMaxAllocatedStorage:
        return SetMaxAllocatedStorage(db=self.db, gib=self.was, was=self.gib)

    def properties(self) -> tuple[PropertyChange, ...]:
        return (_property("MaxAllocatedStorage", self.was, self.gib),)

    def __str__(self) -> str:
        return f"let autoscaling grow {self.db} to {self.gib} GiB instead of {self.was}"


def _property(name: str, old: str | int | None, new: str | int | None) -> PropertyChange:
    return PropertyChange(resource_type="AWS::RDS::DBInstance", property=name, old=old, new=new)


def _instance(aws: Aws, name: str) -> Mapping[str, Any] | None:
    return _one(aws.client("rds").describe_db_instances, "DBInstances", DBInstanceIdentifier=name)


def _one(describe: Callable[..., Any], listed: str, **named: str) -> Mapping[str, Any] | None:
    try:
        found = describe(**named)[listed]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("DBInstanceNotFound", "DBSnapshotNotFound"):
            return None
        raise
    first: Mapping[str, Any] | None = found[0] if found else None
    return first
