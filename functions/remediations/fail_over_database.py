"""Let the standby of a Multi-AZ database take over from a primary that is not well.

When    a person asks: RDS fails over by itself when the primary is lost, and no alarm tells what it cannot see
Does    reboots the instance with failover to its standby, an outage of one to two minutes. Only Multi-AZ, only when it is
        available with nothing pending that the reboot would apply as well, and not soon after another failover. A person
        approves it
Proof   the primary is in another Availability Zone and available
Undo    none: failing back is one more outage
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from functions.actions.rds_failover import FailOverDbInstance
from functions.core.action import Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.remediation import Facts, Limits, Proof, Remediation
from functions.readings.cloudformation import DESCRIBE_STACKS, stack_at_work, stack_status
from functions.readings.rds import DESCRIBE_DB_INSTANCES, DbInstance, db_instance, describe, tags_of
from functions.readings.rds_failovers import Failovers, failovers
from functions.readings.rds_settings import pending_reboot
from functions.readings.rds_storage_history import DESCRIBE_EVENTS
from functions.readings.rds_unrestorable import other_database

REST = timedelta(hours=1)
ASK_FIRST = "an outage of one to two minutes, and open connections are lost"


@dataclass(frozen=True, kw_only=True)
class Standby(Facts):
    """`pending_reboot` are parameter groups that wait for a reboot, `asked_at` is the request's time."""

    db: DbInstance
    zone: str
    pending_reboot: tuple[str, ...]
    failovers: Failovers
    stack: str
    asked_at: datetime


class FailOverDatabase(Remediation[Standby]):
    """Only people start it."""

    triggers = ()
    service = "rds"
    limits = Limits(
        cooldown=REST,
        prove_within=timedelta(minutes=15),
        deadline=timedelta(hours=1),
        at_most=AtMost(hour=1, day=3, fortnight=6),
    )
    reads = (DESCRIBE_DB_INSTANCES, DESCRIBE_EVENTS, DESCRIBE_STACKS)
    actions = (FailOverDbInstance,)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> Standby | Decline:
        described = describe(aws, target.id) if target.resource.startswith("db:") else None
        if described is None or described["DBInstanceArn"] != str(target):
            return Decline(code="target_not_found", seen=f"there is no {target}", advice="Correct the ARN")
        unfit = other_database({**described, "ReadReplicaSourceDBInstanceIdentifier": ""})
        if unfit is not None:
            return unfit
        tags = tags_of(described)
        return Standby(
            tags=tags,
            breached=True,
            db=db_instance(described),
            zone=described.get("AvailabilityZone") or "",
            pending_reboot=pending_reboot(described),
            failovers=failovers(aws, target.id, since=aws.now() - REST),
            stack=stack_status(aws, tags),
            asked_at=alarm.at,
        )

    def blocked(self, found: Standby) -> Decline | None:
        return stack_at_work(found.stack)

    def plan(self, found: Standby, policy: Policy) -> Plan | Decline:
        unfit = self.blocked(found) or _unable(found)
        if unfit is not None:
            return unfit
        return Plan(
            actions=(FailOverDbInstance(db=found.db.name, zone=found.zone, asked_at=found.asked_at.isoformat()),),
            reason=f"somebody asked for it; the primary of {found.db.name} is in {found.zone}",
            cost_per_month_usd=Decimal(0),
            ask_first=ASK_FIRST,
        )

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        progress = plan.actions[0].progress(aws)
        seen = f"{progress.seen}; applications have to connect anew, and DNS may take a minute"
        return Proof(True if progress.effect is Effect.DONE else None, seen)


def _unable(found: Standby) -> Decline | None:
    db, said = found.db, found.failovers
    rules = (
        (
            not db.multi_az,
            "not_multi_az",
            f"{db.name} is Single-AZ: it has no standby, and a reboot would only be an outage",
            "Restart it by hand where that helps, or recover it from its backups",
        ),
        (
            not found.zone,
            "zone_unknown",
            f"RDS does not say in which zone the primary of {db.name} is",
            "Fail over by hand: without its zone nobody could tell whether it has moved",
        ),
        (
            said.under_way,
            "failover_under_way",
            f"{db.name}: {said.sentence}",
            "Wait until it is over, then look again",
        ),
        (
            db.status != "available",
            "instance_not_available",
            f"{db.name} is {db.status}",
            "Wait until it is available: RDS fails over by itself where the primary is lost",
        ),
        (
            said.completed is not None,
            "failed_over_recently",
            f"{db.name}: {said.sentence}, less than an hour ago",
            "The other primary was no better: look for another cause",
        ),
        (
            bool(db.pending),
            "pending_modifications",
            f"{db.name} has pending modifications ({', '.join(db.pending)}) that a reboot could apply too",
            "Apply or cancel them in a maintenance window first",
        ),
        (
            bool(found.pending_reboot),
            "parameters_pending_reboot",
            f"{', '.join(found.pending_reboot)} of {db.name} has parameters that wait for a reboot, and this is one",
            "Decide about these parameters first, then fail over by hand",
        ),
    )
    return next((Decline(code=code, seen=seen, advice=advice) for holds, code, seen, advice in rules if holds), None)
