"""Make a second DB instance out of backups of a first one, which is never touched: from a point in time, or from a snapshot."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.rds import DESCRIBE_DB_INSTANCES, describe, pending, tags_of
from functions.readings.rds_restore_source import RECOVERED, RUN_TAG
from functions.readings.rds_settings import RestoreSettings

_RDS = "arn:{partition}:rds:{region}:{account}"
SOURCE, NEW = f"{_RDS}:db:*", f"{_RDS}:db:*{RECOVERED}*"
BROKEN = ("failed", "restore-error", "insufficient-capacity", "deleting")
_BROKEN_FOR = ("incompatible-", "inaccessible-encryption-")
_KEY = "arn:{partition}:kms:{region}:{account}:key/*"


def broken(status: str) -> bool:
    """Whether an instance in this status never becomes available by itself (RDS User Guide, "Viewing DB instance status")."""
    return status in BROKEN or status.startswith(_BROKEN_FOR)


def _restoring(action: str, backup: tuple[Allow, ...]) -> tuple[Allow, ...]:
    """IAM asks for the call on everything that it names: the new instance has no tags yet, and is known by its name."""
    return (
        *backup,
        *(Allow(action=action, on=f"{_RDS}:{kind}:*") for kind in ("og", "pg", "subgrp")),
        Allow(action=action, on=NEW),
        Allow(action="rds:AddTagsToResource", on=NEW),
        Allow(
            action="kms:CreateGrant",
            on=_KEY,
            conditions=(
                ("Bool", "kms:GrantIsForAWSResource", "true"),
                ("StringEquals", "kms:ViaService", "rds.{region}.amazonaws.com"),
            ),
        ),
        DESCRIBE_DB_INSTANCES,
    )


@dataclass(frozen=True, kw_only=True)
class _Restore(RestoreSettings, Action):
    """`name` is the new instance's. `gib` is None where the backup's own size holds. `tags` is a JSON object.

    Deletion protection is always on: nobody can take the new instance for a leftover.
    """

    patience: ClassVar[timedelta] = timedelta(hours=24)
    look_again: ClassVar[timedelta] = timedelta(minutes=1)
    name: str
    source: str
    gib: int | None = None
    tags: str

    @abstractmethod
    def do(self, aws: Aws) -> None: ...

    def progress(self, aws: Aws) -> Progress:
        """An instance of this name by another run is somebody else's. RDS may show ours before it shows its tags, and as
        available while settings are pending still."""
        found = describe(aws, self.name)
        tags = tags_of(found) if found else {}
        if found is None or (tags and tags.get(RUN_TAG) != json.loads(self.tags)[RUN_TAG]):
            return Progress(Effect.ABSENT, f"there is no {self.name} by this run")
        status = found["DBInstanceStatus"]
        if broken(status):
            return Progress(Effect.FAILED, f"{self.name} is {status}: look at its events, and delete it by hand")
        waiting = pending(found)
        effect = Effect.DONE if status == "available" and not waiting else Effect.UNDER_WAY
        waits = f", pending: {', '.join(waiting)}" if waiting else ""
        return Progress(effect, f"{self.name} is {status}{waits}")

    def undo(self) -> Irreversible:
        return Irreversible(
            f"a machine never deletes a database. Until then {self.name} is paid for; where it is not wanted, turn off its"
            " deletion protection and delete it by hand"
        )

    def properties(self) -> tuple[PropertyChange, ...]:
        return ()

    def _settings(self) -> dict[str, Any]:
        """The parameters that both calls share; what is empty is left out."""
        wished = {
            "DBInstanceClass": self.instance_class, "Port": self.port, "LicenseModel": self.license,
            "PreferredBackupWindow": self.backup_window, "DBSubnetGroupName": self.subnet_group,
            "VpcSecurityGroupIds": _parted(self.security_groups), "DBParameterGroupName": self.parameter_group,
            "OptionGroupName": self.option_group, "StorageType": self.storage_type, "AllocatedStorage": self.gib,
            "Iops": self.iops, "StorageThroughput": self.throughput, "CACertificateIdentifier": self.ca,
            "EnableCloudwatchLogsExports": _parted(self.log_exports), "NetworkType": self.network_type,
            "EngineLifecycleSupport": self.lifecycle, "ProcessorFeatures": _features(self.processor),
            "DedicatedLogVolume": self.log_volume, "EnableCustomerOwnedIp": self.customer_ip,
            "BackupTarget": self.backup_target,
        }  # fmt: skip
        return {
            **{name: value for name, value in wished.items() if value},
            "MultiAZ": self.multi_az,
            "PubliclyAccessible": self.public,
            "AutoMinorVersionUpgrade": self.minor_upgrades,
            "EnableIAMDatabaseAuthentication": self.iam_auth,
            "CopyTagsToSnapshot": self.copy_tags,
            "BackupRetentionPeriod": self.backup_days,
            "DeletionProtection": True,
            "Tags": [{"Key": key, "Value": value} for key, value in json.loads(self.tags).items()],
        }


@dataclass(frozen=True, kw_only=True)
class RestoreDbInstanceToPointInTime(_Restore):
    """From the automated backups of `source`. `time` is ISO 8601 in UTC, empty for the latest one that is restorable."""

    permissions: ClassVar[tuple[Allow, ...]] = _restoring(
        "rds:RestoreDBInstanceToPointInTime",
        (Allow(action="rds:RestoreDBInstanceToPointInTime", on=SOURCE, tagged=True),),
    )
    time: str = ""
    max_gib: int | None = None

    def do(self, aws: Aws) -> None:
        when = {"RestoreTime": datetime.fromisoformat(self.time)} if self.time else {"UseLatestRestorableTime": True}
        aws.client("rds").restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier=self.source,
            TargetDBInstanceIdentifier=self.name,
            **when,
            **({"MaxAllocatedStorage": self.max_gib} if self.max_gib else {}),
            **self._settings(),
        )

    def __str__(self) -> str:
        return (
            f"restore {self.source} as of {self.time or 'the latest restorable time'} to the new instance {self.name}"
        )


@dataclass(frozen=True, kw_only=True)
class RestoreDbInstanceFromDbSnapshot(_Restore):
    """From `snapshot`, one of `source` in this account."""

    permissions: ClassVar[tuple[Allow, ...]] = _restoring(
        "rds:RestoreDBInstanceFromDBSnapshot",
        (Allow(action="rds:RestoreDBInstanceFromDBSnapshot", on=f"{_RDS}:snapshot:*"),),
    )
    snapshot: str

    def do(self, aws: Aws) -> None:
        aws.client("rds").restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=self.name, DBSnapshotIdentifier=self.snapshot, **self._settings()
        )

    def __str__(self) -> str:
        return f"restore the snapshot {self.snapshot} of {self.source} to the new instance {self.name}"


def _parted(text: str) -> list[str]:
    return text.split(",") if text else []


def _features(text: str) -> list[Mapping[str, str]]:
    pairs = (each.partition("=") for each in _parted(text))
    return [{"Name": name, "Value": value} for name, _, value in pairs]
