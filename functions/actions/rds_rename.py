"""Give a DB instance another name: an outage, a reboot, and another DNS name that takes about ten minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from functions.core.action import Action, Effect, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.rds import DB_INSTANCE, DESCRIBE_DB_INSTANCES, describe

_LASTING = ("available", "storage-full", "failed", "insufficient-capacity", "restore-error")
_LASTING_FOR = ("incompatible-", "inaccessible-encryption-")


@dataclass(frozen=True, kw_only=True)
class RenameDbInstance(Action):
    """Rename the instance with this DbiResourceId from `db` to `name`: names wander in a swap, the resource id does not.

    `declared` is the name by which a template may know it, empty for an instance that no template declares.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="rds:ModifyDBInstance", on=DB_INSTANCE, tagged=True),
        DESCRIBE_DB_INSTANCES,
    )
    patience: ClassVar[timedelta] = timedelta(minutes=30)
    look_again: ClassVar[timedelta] = timedelta(seconds=20)
    db: str
    name: str
    resource_id: str
    declared: str = ""

    def do(self, aws: Aws) -> None:
        aws.client("rds").modify_db_instance(
            DBInstanceIdentifier=self.db, NewDBInstanceIdentifier=self.name, ApplyImmediately=True
        )

    def progress(self, aws: Aws) -> Progress:
        """In effect once the old name is free and its reboot is over: RDS changes only an instance that is available, so a
        way back that came earlier would be refused. One that the reboot has left broken has its new name for good, and the
        old one is free all the same. Under neither name it is on its way: RDS shows it nowhere then.
        """
        after, before = (self._ours(describe(aws, name)) for name in (self.name, self.db))
        if after is not None:
            status = after["DBInstanceStatus"]
            over = before is None and _lasting(status)
            return Progress(Effect.DONE if over else Effect.UNDER_WAY, f"{self.db} is {self.name} by now and {status}")
        if before is None:
            return Progress(Effect.UNDER_WAY, f"{self.resource_id} is neither {self.db} nor {self.name} at the moment")
        pending = (before.get("PendingModifiedValues") or {}).get("DBInstanceIdentifier")
        status = before["DBInstanceStatus"]
        effect = Effect.UNDER_WAY if pending or not _lasting(status) else Effect.ABSENT
        return Progress(effect, f"{self.db} has its name still and is {status}")

    def undo(self) -> RenameDbInstance:
        return RenameDbInstance(db=self.name, name=self.db, resource_id=self.resource_id, declared=self.declared)

    def properties(self) -> tuple[PropertyChange, ...]:
        if not self.declared:
            return ()
        return (
            PropertyChange(
                resource_type="AWS::RDS::DBInstance",
                property="DBInstanceIdentifier",
                old=self.db,
                new=self.name,
                resource=self.declared,
            ),
        )

    def __str__(self) -> str:
        return (
            f"rename {self.db} ({self.resource_id}) to {self.name}: it reboots, and its DNS name changes with its name"
        )

    def _ours(self, found: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        return found if found is not None and found["DbiResourceId"] == self.resource_id else None


def _lasting(status: str) -> bool:
    """Whether RDS is not at work on an instance in this status, which then stays as it is until somebody does something."""
    return status in _LASTING or status.startswith(_LASTING_FOR)
