"""Let the standby of a Multi-AZ DB instance take over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.rds import DB_INSTANCE, DESCRIBE_DB_INSTANCES, describe
from functions.readings.rds_failovers import Failovers, failovers
from functions.readings.rds_storage_history import DESCRIBE_EVENTS


@dataclass(frozen=True, kw_only=True)
class FailOverDbInstance(Action):
    """Reboot with failover. `zone` is the primary's; `asked_at` (ISO 8601) tells this failover from earlier ones.

    What RDS says of a failover since then counts as this one: a second one would be a second outage.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="rds:RebootDBInstance", on=DB_INSTANCE, tagged=True),
        DESCRIBE_DB_INSTANCES,
        DESCRIBE_EVENTS,
    )
    patience: ClassVar[timedelta] = timedelta(minutes=20)
    look_again: ClassVar[timedelta] = timedelta(seconds=15)
    db: str
    zone: str
    asked_at: str

    def do(self, aws: Aws) -> None:
        aws.client("rds").reboot_db_instance(DBInstanceIdentifier=self.db, ForceFailover=True)

    def progress(self, aws: Aws) -> Progress:
        """Done when the primary is in another zone and available; about one to two minutes."""
        found = describe(aws, self.db)
        if found is None:
            return Progress(Effect.FAILED, f"{self.db} is gone")
        zone, status = found.get("AvailabilityZone") or "", found["DBInstanceStatus"]
        said = failovers(aws, self.db, since=datetime.fromisoformat(self.asked_at))
        seen = f"the primary of {self.db} is in {zone} and {status}; {said.sentence}"
        if status != "available" or not zone:
            return Progress(Effect.UNDER_WAY, seen)
        if zone != self.zone:
            return Progress(Effect.DONE, seen)
        return Progress(_while_in_its_zone(said), seen)

    def undo(self) -> Irreversible:
        return Irreversible("failing back is one more outage: start fail_over_database again where it is wanted")

    def properties(self) -> tuple[PropertyChange, ...]:
        return ()

    def __str__(self) -> str:
        return f"reboot {self.db} with failover from {self.zone} to its standby: an outage of about one to two minutes"


def _while_in_its_zone(said: Failovers) -> Effect:
    """RDS shows the new zone some time after it has said that the failover is over."""
    return Effect.UNDER_WAY if said.started or said.completed else Effect.ABSENT
