"""The automated backups of a DB instance or a DB cluster, as RDS describes them, and what they lack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError

from functions.core.arn import Arn
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.rds import describe, pending, tags_of

DESCRIBE_DB_CLUSTERS = Allow(action="rds:DescribeDBClusters", on="arn:{partition}:rds:{region}:{account}:cluster:*")
LAG_AT_MOST = timedelta(minutes=15)
"""Our own bound. Logs are shipped every five minutes (RDS User Guide, "Restoring a DB instance to a specified time")."""
_FIRST_BACKUP_WITHIN = timedelta(days=1)
_BY_AWS_BACKUP = "aws:backup"


class Gap(StrEnum):
    """What is wrong with the backups of a database."""

    RETENTION = "retention"
    RESTORE_WINDOW = "restore_window"


@dataclass(frozen=True, kw_only=True, slots=True)
class Backups:
    """Of an instance, or of a cluster, whose setting is that of all its members.

    `days` is 0 without automated backups, `restorable_to` None where RDS names no moment. `cluster` and `replica_of` name
    whose data an instance has, `key` is the ARN of the KMS key. `pending` names what waits in PendingModifiedValues.
    """

    name: str
    arn: str
    is_cluster: bool
    engine: str
    status: str
    days: int
    restorable_to: datetime | None = None
    created: datetime | None = None
    allocated_gib: int = 0
    cluster: str = ""
    replica_of: str = ""
    by_aws_backup: bool = False
    deletion_protection: bool = False
    key: str = ""
    pending: tuple[str, ...] = ()


def every_database(aws: Aws) -> Iterator[Mapping[str, Any]]:
    """All items of DescribeDBInstances and DescribeDBClusters. Raises what RDS raises."""
    for pages, listed in (("describe_db_instances", "DBInstances"), ("describe_db_clusters", "DBClusters")):
        for page in aws.client("rds").get_paginator(pages).paginate():
            yield from page[listed]


def described(aws: Aws, target: Arn) -> Mapping[str, Any] | None:
    """The item that has this ARN, None where there is none. Raises ClientError for any other refusal."""
    kind, _, name = target.resource.partition(":")
    if kind not in ("db", "cluster"):
        return None
    found = describe(aws, name) if kind == "db" else _cluster(aws, name)
    return found if found is not None and _arn(found) == str(target) else None


def backups(described: Mapping[str, Any]) -> Backups:
    """Of one item of DescribeDBInstances or DescribeDBClusters."""
    said, is_cluster = described.get, "DBClusterArn" in described
    key = said("KmsKeyId") or ""
    return Backups(
        name=described["DBClusterIdentifier" if is_cluster else "DBInstanceIdentifier"],
        arn=_arn(described),
        is_cluster=is_cluster,
        engine=described["Engine"],
        status=described["Status" if is_cluster else "DBInstanceStatus"],
        days=int(said("BackupRetentionPeriod") or 0),
        restorable_to=said("LatestRestorableTime"),
        created=said("ClusterCreateTime" if is_cluster else "InstanceCreateTime"),
        allocated_gib=int(said("AllocatedStorage") or 0),
        cluster="" if is_cluster else said("DBClusterIdentifier") or "",
        replica_of=_replica_of(described),
        by_aws_backup=bool(said("AwsBackupRecoveryPointArn"))
        or any(tag.startswith(_BY_AWS_BACKUP) for tag in tags_of(described)),
        deletion_protection=bool(said("DeletionProtection")),
        key=key if key.startswith("arn:") else "",
        pending=pending(described),
    )


def gap(found: Backups, required_days: int, now: datetime) -> Gap | None:
    """What is wrong. A member's backups are its cluster's and a replica's data its source's: they are looked at there."""
    if found.cluster or found.replica_of or found.status == "deleting":
        return None
    if _stuck(found, now):
        return Gap.RESTORE_WINDOW
    return Gap.RETENTION if found.days < required_days else None


def _stuck(found: Backups, now: datetime) -> bool:
    """Backups that are on and still no way back to a moment ago: a broken chain of logs, a SQL Server database OFFLINE."""
    if found.status != "available" or found.days == 0:
        return False
    if found.restorable_to is None:
        return found.created is not None and now - found.created > _FIRST_BACKUP_WITHIN
    return now - found.restorable_to > LAG_AT_MOST


def _replica_of(described: Mapping[str, Any]) -> str:
    names = (
        "ReadReplicaSourceDBInstanceIdentifier", "ReadReplicaSourceDBClusterIdentifier", "ReplicationSourceIdentifier",
    )  # fmt: skip
    return next((str(described[name]) for name in names if described.get(name)), "")


def _arn(described: Mapping[str, Any]) -> str:
    return str(described.get("DBClusterArn") or described["DBInstanceArn"])


def _cluster(aws: Aws, name: str) -> Mapping[str, Any] | None:
    try:
        found = aws.client("rds").describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "DBClusterNotFoundFault":
            return None
        raise
    first: Mapping[str, Any] | None = found[0] if found else None
    return first
