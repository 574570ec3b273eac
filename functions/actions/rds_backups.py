"""Keep the automated backups of a DB instance for longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.rds import DB_INSTANCE, DESCRIBE_DB_INSTANCES, describe


@dataclass(frozen=True, kw_only=True)
class RaiseBackupRetention(Action):
    """`days` instead of `was`, always more. From 0 it turns backups on, with an outage and a backup at once.

    RDS applies a change between two other numbers at once by itself (API reference, ModifyDBInstance). So ApplyImmediately,
    which applies whatever somebody has queued as well, is sent from 0 alone; a number that has become 0 in the meantime then
    waits for the maintenance window and is told to a person.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="rds:ModifyDBInstance", on=DB_INSTANCE, tagged=True),
        DESCRIBE_DB_INSTANCES,
    )
    patience: ClassVar[timedelta] = timedelta(hours=1)
    look_again: ClassVar[timedelta] = timedelta(seconds=30)
    db: str
    days: int
    was: int

    def do(self, aws: Aws) -> None:
        aws.client("rds").modify_db_instance(
            DBInstanceIdentifier=self.db, BackupRetentionPeriod=self.days, ApplyImmediately=self.was == 0
        )

    def progress(self, aws: Aws) -> Progress:
        """More than was wished for is as good; any other number is somebody else's."""
        found = describe(aws, self.db)
        if found is None:
            return Progress(Effect.FAILED, f"{self.db} is gone")
        now, status = int(found.get("BackupRetentionPeriod") or 0), found["DBInstanceStatus"]
        to_come = (found.get("PendingModifiedValues") or {}).get("BackupRetentionPeriod")
        seen = f"{self.db} keeps its backups {now} days{f', {to_come} are to come' if to_come is not None else ''} ({status})"
        if now >= self.days and to_come is None:
            return Progress(Effect.DONE, seen)
        if now not in (self.was, self.days) or to_come not in (None, self.days):
            return Progress(Effect.FAILED, seen)
        return Progress(Effect.UNDER_WAY if to_come is not None or status == "modifying" else Effect.ABSENT, seen)

    def undo(self) -> Irreversible:
        return Irreversible(
            "a shorter retention deletes restore points, and 0 deletes all of them; a person decides that"
        )

    def properties(self) -> tuple[PropertyChange, ...]:
        return (
            PropertyChange(
                resource_type="AWS::RDS::DBInstance", property="BackupRetentionPeriod", old=self.was, new=self.days
            ),
        )

    def __str__(self) -> str:
        if self.was == 0:
            return f"turn on automated backups of {self.db}, kept {self.days} days, at once and with an outage"
        return f"keep the automated backups of {self.db} {self.days} days instead of {self.was}"
