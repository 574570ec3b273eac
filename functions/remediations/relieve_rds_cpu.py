"""Find out why a database's CPU is busy, and propose a larger class where that is what helps.

When    CPUUtilization of an RDS instance is in ALARM
Does    looks at load, waits, statements (without their literals) and at what changed before, and names the cause: locks, disk,
        memory, a deployment, one statement, reads that a replica could take. Where none of these explains it, proposes the next
        larger class of the same family that RDS offers where the instance is, with its price, after a snapshot. It is an
        outage, so a person always decides; at once where the owner allows that much outage, else in the maintenance window
Proof   the new class is in effect and the alarm is OK again, or it is down for the maintenance window
Undo    the class as it was, which is one more outage: only when a person takes the run back. The snapshot stays until it expires
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from functions.actions.rds import CreateDbSnapshot, snapshot_name
from functions.actions.rds_class import SetDbInstanceClass
from functions.core.action import Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan
from functions.core.policy import AtMost, Cap, Policy
from functions.core.ports import Aws
from functions.core.prices import rds_instance, rds_snapshot, together
from functions.core.remediation import Facts, Limits, Parameter, Proof, Remediation
from functions.core.trigger import MetricAlarm
from functions.readings.alarm_condition import condition_holds
from functions.readings.cloudformation import DESCRIBE_STACKS, stack_at_work, stack_status
from functions.readings.cloudwatch import DESCRIBE_ALARMS, GET_METRIC_DATA, alarm_calm
from functions.readings.rds import DESCRIBE_DB_INSTANCES, DbInstance, db_instance, describe, tags_of
from functions.readings.rds_changed_before import ChangedBefore, changed_before
from functions.readings.rds_cpu_causes import other_cause
from functions.readings.rds_cpu_findings import findings
from functions.readings.rds_larger_class import larger_class
from functions.readings.rds_load import DESCRIBE_DIMENSION_KEYS, DbLoad, db_load
from functions.readings.rds_maintenance import DESCRIBE_PENDING_MAINTENANCE, pending_maintenance
from functions.readings.rds_placement import DESCRIBE_ORDERABLE
from functions.readings.rds_settings import restore_settings
from functions.readings.rds_storage_history import DESCRIBE_EVENTS
from functions.readings.rds_strain import pauses_for_snapshot
from functions.readings.rds_unchangeable import no_class, not_changeable_now
from functions.readings.rds_unrestorable import other_database
from functions.readings.removed_rules import LOOKUP_EVENTS

CAP = "max-outage-minutes"
SNAPSHOT_KEPT = timedelta(days=14)
_OUTAGE_MINUTES = {True: 2, False: 20}
"""Of a class change, with a standby and without one (facts of RDS Multi-AZ; typical times)."""
_LOGS = {"postgresql": "postgresql", "slowquery": "slowquery"}


@dataclass(frozen=True, kw_only=True)
class Busy(Facts):
    """`larger` is empty where RDS offers no larger class; `processor` and `parameter_group` are the owner's own, empty for RDS's defaults; `slow_logs` are log groups; `when` is a person's wish: now, window."""

    db: DbInstance
    instance_class: str
    larger: str
    processor: str
    parameter_group: str
    load: DbLoad
    before: ChangedBefore
    maintenance: tuple[str, ...]
    slow_logs: tuple[str, ...]
    stack: str
    when: str
    since: datetime
    run: str


class RelieveRdsCpu(Remediation[Busy]):
    """The cause first: a larger class is an outage and a bill, and hides a bad query for a while."""

    triggers = (
        MetricAlarm(
            namespace="AWS/RDS",
            metric="CPUUtilization",
            target="arn:{partition}:rds:{region}:{account}:db:{DBInstanceIdentifier}",
        ),
    )
    service = "rds"
    parameters = (
        Parameter(name="when", pattern="now|window", allowed="now | window: when the class changes", required=False),
    )
    limits = Limits(
        cooldown=timedelta(hours=12),
        prove_within=timedelta(hours=1),
        deadline=timedelta(hours=8),
        at_most=AtMost(hour=1, day=1, fortnight=2, ever=20),
    )
    caps = (Cap(name=CAP, default=20, unit="minutes"),)
    reads = (
        DESCRIBE_DB_INSTANCES, DESCRIBE_ORDERABLE, DESCRIBE_EVENTS, DESCRIBE_DIMENSION_KEYS, LOOKUP_EVENTS,
        GET_METRIC_DATA, DESCRIBE_ALARMS, DESCRIBE_STACKS, DESCRIBE_PENDING_MAINTENANCE,
    )  # fmt: skip
    actions = (CreateDbSnapshot, SetDbInstanceClass)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> Busy | Decline:
        described = describe(aws, target.id) if target.resource.startswith("db:") else None
        if described is None or described["DBInstanceArn"] != str(target):
            return Decline(code="target_not_found", seen=f"there is no {target}", advice="Correct the alarm or the ARN")
        unfit = other_database({**described, "ReadReplicaSourceDBInstanceIdentifier": ""})
        if unfit is not None:
            return unfit
        settings = restore_settings(described)
        return Busy(
            tags=tags_of(described),
            breached=True if alarm.request else condition_holds(aws, alarm),
            db=db_instance(described),
            instance_class=described["DBInstanceClass"],
            larger=larger_class(aws, described),
            processor=settings.processor,
            parameter_group=settings.parameter_group,
            load=db_load(aws, described),
            before=changed_before(aws, target.id, alarm.at),
            maintenance=pending_maintenance(aws, str(target)),
            slow_logs=_slow_logs(described),
            stack=stack_status(aws, tags_of(described)),
            when=alarm.request.parameters.get("when", "") if alarm.request else "",
            since=alarm.at,
            run=f"{self.name}-{alarm.transition}",
        )

    def blocked(self, found: Busy) -> Decline | None:
        return stack_at_work(found.stack) or not_changeable_now(found.db)

    def plan(self, found: Busy, policy: Policy) -> Plan | Decline:
        why_not = other_cause(found.load, found.before, found.db.replicas)
        unfit = (
            why_not or self.blocked(found) or no_class(found.db, found.instance_class, found.larger, found.processor)
        )
        known = findings(found.load, found.before, found.slow_logs)
        if unfit is not None:
            return replace(unfit, advice=f"{unfit.advice}. As it stands: {known}")
        plan = _larger(found, policy.caps[CAP])
        return replace(plan, reason=f"{plan.reason}; {known}")

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        change = plan.actions[-1]
        progress, calm = change.progress(aws), alarm_calm(aws, alarm)
        if progress.effect is not Effect.DONE:
            return Proof(None, progress.seen)
        if isinstance(change, SetDbInstanceClass) and not change.at_once:
            return Proof(True, f"{progress.seen}: it is down for the maintenance window")
        alarmed = {None: "", True: ", the alarm is OK", False: ", the alarm is not OK yet"}[calm]
        return Proof(None if calm is False else True, f"{progress.seen}{alarmed}")


def _slow_logs(described: Mapping[str, Any]) -> tuple[str, ...]:
    """Where slow statements are logged: read them there, not from the busy instance. They hold literals: nothing for chat."""
    exported = described.get("EnabledCloudwatchLogsExports") or ()
    name = described["DBInstanceIdentifier"]
    return tuple(f"/aws/rds/instance/{name}/{_LOGS[log]}" for log in sorted(exported) if log in _LOGS)


def _larger(found: Busy, outage_allowed: int) -> Plan:
    db, outage = found.db, _OUTAGE_MINUTES[found.db.multi_az]
    at_once = found.when == "now" or (found.when != "window" and outage <= outage_allowed)
    change = SetDbInstanceClass(db=db.name, instance_class=found.larger, was=found.instance_class, at_once=at_once)
    snapshot = CreateDbSnapshot(
        db=db.name,
        snapshot=snapshot_name(db.name, "class", found.since),
        run=found.run,
        expires_on=f"{found.since + SNAPSHOT_KEPT:%Y-%m-%d}",
    )
    what = "a failover" if db.multi_az else "down until the new host has recovered the database"
    return Plan(
        actions=(snapshot, change),
        reason=_reason(found),
        cost_per_month_usd=together(_dearer(found), rds_snapshot(db.allocated_gib)),
        ask_first=f"an outage of typically {outage} minutes ({what}){_pause(db)}; open connections are lost, and the bill grows",
    )


def _pause(db: DbInstance) -> str:
    return ", after a snapshot that stops its I/O for seconds to minutes" if pauses_for_snapshot(db) else ""


def _dearer(found: Busy) -> Decimal | None:
    db = found.db
    now = rds_instance(found.instance_class, db.engine, multi_az=db.multi_az)
    then = rds_instance(found.larger, db.engine, multi_az=db.multi_az)
    return then - now if now is not None and then is not None else None


def _reason(found: Busy) -> str:
    load = found.load
    busy = f"the CPU of {found.db.name} is busy{f' ({load.cpu_percent:.0f} %)' if load.cpu_percent else ''}"
    known = "and no wait, statement or deployment explains it" if load.insights else "and no deployment explains it"
    spent = "; its CPU credits are spent" if load.cpu_credits is not None and load.cpu_credits < 1 else ""
    return f"{busy}, {known}{spent}; queries and caching come first{_mind(found)}"


def _mind(found: Busy) -> str:
    """What a larger class does not take along, and what else RDS is about to do."""
    told = {
        "look in its parameter group for values that are fixed for the present memory": found.parameter_group,
        "its replicas keep their class and may lag": ", ".join(found.db.replicas),
        "RDS has maintenance waiting for it": ", ".join(found.maintenance),
    }
    return "".join(f"; {what} ({which})" for what, which in told.items() if which)
