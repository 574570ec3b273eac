"""Give a DB instance another class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from functions.actions.rds_restore import broken
from functions.core.action import Action, Effect, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.rds import DB_INSTANCE, DESCRIBE_DB_INSTANCES, describe


@dataclass(frozen=True, kw_only=True)
class SetDbInstanceClass(Action):
    """An outage: of the time of a failover with Multi-AZ, else until the new host has recovered the database.

    Not `at_once` it is done when RDS has it down for the maintenance window.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="rds:ModifyDBInstance", on=DB_INSTANCE, tagged=True),
        DESCRIBE_DB_INSTANCES,
    )
    patience: ClassVar[timedelta] = timedelta(hours=1)
    look_again: ClassVar[timedelta] = timedelta(seconds=30)
    kept: ClassVar[bool] = True
    db: str
    instance_class: str
    was: str
    at_once: bool

    def do(self, aws: Aws) -> None:
        aws.client("rds").modify_db_instance(
            DBInstanceIdentifier=self.db, DBInstanceClass=self.instance_class, ApplyImmediately=self.at_once
        )

    def progress(self, aws: Aws) -> Progress:
        found = describe(aws, self.db)
        if found is None:
            return Progress(Effect.FAILED, f"{self.db} is gone")
        now, status = found["DBInstanceClass"], found["DBInstanceStatus"]
        to_come = (found.get("PendingModifiedValues") or {}).get("DBInstanceClass")
        seen = f"{self.db} is {now} and {status}{f', {to_come} is to come' if to_come else ''}"
        if broken(status):
            return Progress(Effect.FAILED, seen)
        if to_come == self.instance_class or (now == self.instance_class and status != "available"):
            return Progress(Effect.UNDER_WAY if self.at_once else Effect.DONE, seen)
        if status not in ("available", "storage-optimization"):
            return Progress(Effect.UNDER_WAY, seen)
        return Progress(Effect.DONE if now == self.instance_class and not to_come else Effect.ABSENT, seen)

    def undo(self) -> SetDbInstanceClass:
        """One more outage: nothing that a machine does unasked."""
        return replace(self, instance_class=self.was, was=self.instance_class)

    def properties(self) -> tuple[PropertyChange, ...]:
        return (
            PropertyChange(
                resource_type="AWS::RDS::DBInstance",
                property="DBInstanceClass",
                old=self.was,
                new=self.instance_class,
            ),
        )

    def __str__(self) -> str:
        when = "at once, with an outage" if self.at_once else "in the next maintenance window"
        return f"change {self.db} from {self.was} to {self.instance_class} {when}"
