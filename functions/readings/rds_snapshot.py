"""The snapshot that an instance is to be restored from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.rds import DB_INSTANCE

DESCRIBE_SNAPSHOTS = (
    Allow(action="rds:DescribeDBSnapshots", on=DB_INSTANCE),
    Allow(action="rds:DescribeDBSnapshots", on="arn:{partition}:rds:{region}:{account}:snapshot:*"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DbSnapshot:
    """`percent` is 100 once it is a backup; `key` is the KMS key, empty where it is not encrypted."""

    name: str
    status: str
    percent: int
    db: str
    resource_id: str
    engine: str
    engine_version: str
    allocated_gib: int
    storage_type: str
    encrypted: bool
    key: str
    created: datetime | None


def snapshot_of(aws: Aws, described: Mapping[str, Any], name: str) -> DbSnapshot | Decline:
    """The snapshot of this name, or the newest usable one of the instance where no name is given."""
    db = described["DBInstanceIdentifier"]
    if not name:
        pages = aws.client("rds").get_paginator("describe_db_snapshots").paginate(DBInstanceIdentifier=db)
        found = [_snapshot(each) for page in pages for each in page["DBSnapshots"]]
        usable = [each for each in found if each.created and each.status == "available" and each.percent == 100]
        if not usable:
            seen = f"{db} has no snapshot that is available, of {len(found)} in all"
            return Decline(code="no_snapshot", seen=seen, advice="Look for copies in other accounts and Regions")
        return max(usable, key=lambda each: (str(each.created), each.name))
    try:
        named = aws.client("rds").describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "DBSnapshotNotFound":
            raise
        named = []
    if not named:
        return Decline(code="snapshot_not_found", seen=f"there is no snapshot {name}", advice="Correct the name")
    return _snapshot(named[0])


def unusable(snapshot: DbSnapshot, described: Mapping[str, Any]) -> Decline | None:
    """A decline where the snapshot would not make what the instance is."""
    name, db = described["DBInstanceIdentifier"], f"the instance has {described['Engine']} {described['EngineVersion']}"
    ours = snapshot.db == name or snapshot.resource_id == described["DbiResourceId"]
    rules = (
        (
            snapshot.status != "available" or snapshot.percent != 100,
            "snapshot_not_available",
            f"{snapshot.name} is {snapshot.status}, {snapshot.percent} %: no backup yet",
            "Wait until it is available, or name another one",
        ),
        (
            not ours,
            "snapshot_of_another_instance",
            f"{snapshot.name} is a snapshot of {snapshot.db}, not of {name}",
            "Name a snapshot of the instance, or ask with the other instance as the target",
        ),
        (
            snapshot.engine != described["Engine"],
            "engine_differs",
            f"{snapshot.name} holds {snapshot.engine}, {db}",
            "Name a snapshot of the same engine",
        ),
        (
            _major(snapshot.engine, snapshot.engine_version) != _major(snapshot.engine, described["EngineVersion"]),
            "engine_version_differs",
            f"{snapshot.name} holds {snapshot.engine} {snapshot.engine_version}, {db}: its groups do not fit",
            "Upgrade the snapshot (ModifyDBSnapshot), or restore by hand with groups of its version",
        ),
        (
            bool(described.get("StorageEncrypted")) and not snapshot.encrypted,
            "snapshot_unencrypted",
            f"{snapshot.name} is not encrypted, and {name} is: the restored data would lie open",
            "Copy the snapshot with the instance's KMS key, and restore the copy",
        ),
    )
    return next((Decline(code=code, seen=seen, advice=advice) for holds, code, seen, advice in rules if holds), None)


def _snapshot(described: Mapping[str, Any]) -> DbSnapshot:
    return DbSnapshot(
        name=described["DBSnapshotIdentifier"],
        status=described["Status"],
        percent=int(described.get("PercentProgress", 100)),
        db=described["DBInstanceIdentifier"],
        resource_id=described.get("DbiResourceId") or "",
        engine=described["Engine"],
        engine_version=described["EngineVersion"],
        allocated_gib=int(described.get("AllocatedStorage") or 0),
        storage_type=described.get("StorageType") or "",
        encrypted=bool(described.get("Encrypted")),
        key=described.get("KmsKeyId") or "",
        created=described.get("OriginalSnapshotCreateTime") or described.get("SnapshotCreateTime"),
    )


def _major(engine: str, version: str) -> str:
    """What a parameter group belongs to: one number for PostgreSQL from 10 on and MySQL 8.0, 8.4 by two; Oracle by its release."""
    parts = version.split(".")
    single = engine == "postgres" and parts[0].isdigit() and int(parts[0]) >= 10
    return parts[0] if single or engine.startswith("oracle") else ".".join(parts[:2])
