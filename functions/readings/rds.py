"""A DB instance as RDS describes it, as far as its storage is concerned. Sizes in GiB, as RDS counts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.core.permission import Allow
from functions.core.ports import Aws

GIB = 1024**3
DB_INSTANCE = "arn:{partition}:rds:{region}:{account}:db:*"
_NOTHING: tuple[object, ...] = (None, "", [], {})
"""Equal to neither False nor 0."""
DESCRIBE_DB_INSTANCES = Allow(action="rds:DescribeDBInstances", on=DB_INSTANCE)


@dataclass(frozen=True, kw_only=True, slots=True)
class DbInstance:
    """`pending` names what waits in PendingModifiedValues; `replicas` are names, or ARNs in other Regions,
    `aurora_replicas` those of clusters.

    `log_volume` says that transaction and binary logs have a volume of their own. The windows are as RDS writes them, see rds_windows.py; `backup_days` is 0 where there are no automated backups.
    """

    name: str
    engine: str
    status: str
    created: datetime | None = None
    allocated_gib: int
    max_gib: int | None = None
    storage_type: str = "gp2"
    iops: int | None = None
    throughput: int | None = None
    multi_az: bool = False
    cluster: str = ""
    pending: tuple[str, ...] = ()
    storage_operation: str = ""
    further_volumes: tuple[str, ...] = ()
    older_file_system: bool = False
    log_volume: bool = False
    replicas: tuple[str, ...] = ()
    aurora_replicas: tuple[str, ...] = ()
    backup_window: str = ""
    backup_days: int = 0
    maintenance_window: str = ""

    @property
    def copies(self) -> int:
        """How many volumes are paid for: a Multi-AZ standby has its own."""
        return 2 if self.multi_az else 1

    @property
    def autoscaling(self) -> bool:
        """RDS scales storage by itself only while the maximum is greater than what is allocated; equal turns it off."""
        return self.max_gib is not None and self.max_gib > self.allocated_gib


def describe(aws: Aws, name: str) -> Mapping[str, Any] | None:
    """One item of DescribeDBInstances, None where there is no such instance. Raises ClientError for any other refusal."""
    try:
        found = aws.client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "DBInstanceNotFound":
            return None
        raise
    first: Mapping[str, Any] | None = found[0] if found else None
    return first


def db_instance(described: Mapping[str, Any]) -> DbInstance:
    """The instance of one item of DescribeDBInstances."""
    return DbInstance(
        name=described["DBInstanceIdentifier"],
        engine=described["Engine"],
        status=described["DBInstanceStatus"],
        created=described.get("InstanceCreateTime"),
        allocated_gib=int(described.get("AllocatedStorage") or 0),
        max_gib=_whole(described.get("MaxAllocatedStorage")),
        storage_type=described.get("StorageType") or "",
        iops=_whole(described.get("Iops")),
        throughput=_whole(described.get("StorageThroughput")),
        multi_az=bool(described.get("MultiAZ")),
        cluster=described.get("DBClusterIdentifier") or "",
        pending=pending(described),
        storage_operation=described.get("StorageOperationStatus") or "",
        further_volumes=tuple(
            each.get("VolumeName", "one without a name") for each in described.get("AdditionalStorageVolumes") or ()
        ),
        older_file_system=bool(described.get("IsStorageConfigUpgradeAvailable")),
        log_volume=bool(described.get("DedicatedLogVolume")),
        replicas=tuple(described.get("ReadReplicaDBInstanceIdentifiers") or ()),
        aurora_replicas=tuple(described.get("ReadReplicaDBClusterIdentifiers") or ()),
        backup_window=described.get("PreferredBackupWindow") or "",
        backup_days=int(described.get("BackupRetentionPeriod") or 0),
        maintenance_window=described.get("PreferredMaintenanceWindow") or "",
    )


def pending(described: Mapping[str, Any]) -> tuple[str, ...]:
    """What waits in PendingModifiedValues of one item of DescribeDBInstances or DescribeDBClusters, by name.

    Also what is to be turned off: `MultiAZ` False takes the standby away, `BackupRetentionPeriod` 0 all automated backups.
    """
    waits = described.get("PendingModifiedValues") or {}
    return tuple(sorted(name for name, value in waits.items() if value not in _NOTHING))


def tags_of(described: Mapping[str, Any]) -> dict[str, str]:
    """The instance's tags. RDS's model requires neither key nor value."""
    return {tag["Key"]: tag.get("Value", "") for tag in described.get("TagList") or () if tag.get("Key")}


def replica_sizes(aws: Aws, replicas: tuple[str, ...]) -> dict[str, int | None]:
    """GiB allocated to each replica; None for one that cannot be looked at from here (another Region, or gone)."""
    sizes: dict[str, int | None] = {}
    for name in replicas:
        found = None if ":" in name else describe(aws, name)
        sizes[name] = _whole(found.get("AllocatedStorage")) if found else None
    return sizes


def _whole(value: object) -> int | None:
    return int(str(value)) if value else None
