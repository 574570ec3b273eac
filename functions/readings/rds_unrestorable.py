"""Which databases are not restored as a DB instance, and when a second instance cannot be made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from functions.core.decision import Decline
from functions.readings.kms_key import unusable_key
from functions.readings.rds_placement import unplaceable
from functions.readings.rds_restore_source import RestoreSource

_MOST_TAGS = 50
_Rule = tuple[bool, str, str, str]


def other_database(described: Mapping[str, Any]) -> Decline | None:
    """A decline where a restore of a DB instance is not how this database is restored."""
    name, engine = described["DBInstanceIdentifier"], described["Engine"]
    cluster = described.get("DBClusterIdentifier") or ""
    replica_of = described.get("ReadReplicaSourceDBInstanceIdentifier") or described.get(
        "ReadReplicaSourceDBClusterIdentifier"
    )
    return _first(
        (
            engine.startswith("aurora"),
            "aurora_cluster",
            f"{name} runs {engine} in the cluster {cluster or 'of its own'}",
            "Act on the cluster: FailoverDBCluster, CreateDBClusterSnapshot, RestoreDBClusterToPointInTime, RestoreDBClusterFromSnapshot",
        ),
        (
            engine in ("neptune", "docdb"),
            "not_rds_storage",
            f"{name} runs {engine}, which only shares RDS's API",
            "Handle it by that service's own runbook",
        ),
        (
            engine.startswith("custom-"),
            "rds_custom",
            f"{name} runs {engine}: on RDS Custom the owner manages the host too",
            "Act together with the owner of the host",
        ),
        (
            bool(cluster),
            "cluster_member",
            f"{name} belongs to the Multi-AZ DB cluster {cluster}",
            "Act on the cluster (RestoreDBClusterToPointInTime, RestoreDBClusterFromSnapshot, FailoverDBCluster)",
        ),
        (
            bool(replica_of),
            "read_replica",
            f"{name} is a read replica of {replica_of}",
            "Act on the instance that it replicates; a replica has its data from there",
        ),
    )


def unrestorable(source: RestoreSource, gib: int) -> Decline | None:
    """A decline where the new instance of `gib` cannot be made, or would not be what the source is."""
    quota, key = source.quota, unusable_key(source.key_state, f"the backups of {source.name}")
    return (
        _first(
            (
                source.taken,
                "name_taken",
                f"there is a DB instance {source.new_name} already",
                "Look whether it is what an earlier run has made; ask again for another name",
            ),
            (
                source.status in ("creating", "deleting"),
                "instance_not_available",
                f"{source.name} is {source.status}",
                "Wait until that is over, then ask again",
            ),
            (
                bool(source.not_carried),
                "settings_not_restorable",
                f"{source.name} has {', '.join(source.not_carried)}, which a restore by this remediation would lose",
                "Restore by hand, giving these as well",
            ),
            (
                len(json.loads(source.tags)) > _MOST_TAGS,
                "too_many_tags",
                f"{source.name} has so many tags that ours do not fit beside them ({_MOST_TAGS} at most)",
                "Remove tags that are not needed, or restore by hand",
            ),
            (
                quota.instances_left is not None and quota.instances_left < 1,
                "instance_quota",
                "the account's quota of DB instances is used up",
                "Have the quota raised; no instance is deleted for it",
            ),
            (
                quota.storage_left_gib is not None and quota.storage_left_gib < gib,
                "storage_quota",
                f"the account's quota leaves {quota.storage_left_gib} GiB of storage, {gib} are needed",
                "Have the quota raised",
            ),
        )
        or key
        or unplaceable(source.place, source.settings.instance_class, multi_az=source.settings.multi_az)
    )


def _first(*rules: _Rule) -> Decline | None:
    return next((Decline(code=code, seen=seen, advice=advice) for holds, code, seen, advice in rules if holds), None)
