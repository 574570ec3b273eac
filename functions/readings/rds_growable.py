"""Which DB instances may be given a larger volume at all, and in which state."""

from __future__ import annotations

from datetime import UTC, datetime

from functions.core.decision import Decline
from functions.readings.rds import DbInstance

STORAGE_FULL = "storage-full"
_ENGINES = ("mysql", "mariadb", "postgres", "oracle-", "sqlserver-", "db2-")
_SQL_SERVER_SAFE_SINCE = datetime(2017, 12, 1, tzinfo=UTC)
_Rule = tuple[bool, str, str, str]


def other_storage(db: DbInstance) -> Decline | None:
    """A decline where the storage is not a volume of this one instance."""
    engine = f"{db.name} runs {db.engine}"
    return _first(
        (
            db.engine.startswith("aurora"),
            "aurora_volume",
            f"{engine}: an Aurora volume grows by itself and has no allocated size",
            "Look at the cluster's VolumeBytesUsed, and for local storage at the instance class",
        ),
        (
            db.engine in ("neptune", "docdb"),
            "not_rds_storage",
            f"{engine}, which only shares RDS's API",
            "Handle it by that service's own runbook",
        ),
        (
            db.engine.startswith("custom-"),
            "rds_custom",
            f"{engine}: on RDS Custom the owner manages the host too",
            "Grow the volume together with the owner of the host",
        ),
        (
            bool(db.cluster),
            "cluster_member",
            f"{db.name} belongs to the DB cluster {db.cluster}, which owns the storage",
            "Change the cluster's storage with ModifyDBCluster",
        ),
        (
            not db.engine.startswith(_ENGINES),
            "unsupported_engine",
            f"{engine}, whose storage rules are not known here",
            "Grow the volume by hand",
        ),
    )


def not_growable_now(db: DbInstance) -> Decline | None:
    """A decline where RDS refuses a change of this instance, or makes more of it than was asked for."""
    return _first(
        (
            db.status == "storage-optimization" or db.storage_operation == "Optimizing",
            "storage_optimizing",
            f"RDS is still optimizing the last storage change of {db.name}",
            "Free space inside the database; storage can be changed again once the instance is available",
        ),
        (
            db.status not in ("available", STORAGE_FULL),
            "instance_not_available",
            f"{db.name} is {db.status}",
            "Wait until it is available, then look again",
        ),
        (
            bool(db.pending),
            "pending_modifications",
            f"{db.name} has pending modifications ({', '.join(db.pending)}) that a change at once would apply too",
            "Apply or cancel them in a maintenance window, then grow the volume",
        ),
    )


def unsuitable_volume(db: DbInstance) -> Decline | None:
    """A decline where growing the volume is the wrong remedy, or one with an outage."""
    sql_server = db.engine.startswith("sqlserver")
    untouched = sql_server and (db.created is None or db.created < _SQL_SERVER_SAFE_SINCE)
    return _first(
        (
            sql_server and db.storage_type == "standard",
            "sql_server_magnetic",
            f"{db.name} is SQL Server on magnetic storage, which RDS cannot scale",
            "Restore a snapshot to a larger gp3 volume, or migrate",
        ),
        (
            db.storage_type == "standard",
            "magnetic_storage",
            f"{db.name} is on magnetic storage: growing it copies the whole volume",
            "Migrate it to gp3, which takes the same copy once",
        ),
        (
            bool(db.further_volumes),
            "several_volumes",
            f"{db.name} has further volumes ({', '.join(db.further_volumes)}); which one is filling is not told",
            "Look at StorageVolumeStatus and grow that volume by hand",
        ),
        (
            untouched and db.status != STORAGE_FULL,
            "sql_server_outage",
            f"{db.name} is SQL Server from before December 2017: its first storage change may cause an outage",
            "Grow it by hand in a maintenance window",
        ),
    )


def _first(*rules: _Rule) -> Decline | None:
    return next((Decline(code=code, seen=seen, advice=advice) for holds, code, seen, advice in rules if holds), None)
