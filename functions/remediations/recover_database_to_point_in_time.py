"""Recover a database as it was at a point in time, in a new instance beside it.

When    a person asks, with the incident and the time; or RDS says that only this brings an instance back, which proposes the
        latest restorable time
Does    restores the automated backups to a new instance whose name comes from the request, with every setting of the source
        that a restore drops: groups, Multi-AZ, storage, backups, tags, log exports, CA, deletion protection and, once it is
        there, maintenance window, Performance Insights and Enhanced Monitoring. The source is never touched. A person approves
        it, another one than who has asked. Stop whatever writes before asking for the latest time
Proof   the new instance is available with these settings, its volume is initialised, and RDS tells of no trouble. Whether the
        data is right is for people to check; swap_recovered_database then gives it the source's name
Undo    none: a machine never deletes a database. The new instance costs as much as the source until somebody deletes it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from functions.actions.rds_recovered import ModifyRecoveredDbInstance, MonitorRecoveredDbInstance, settled
from functions.actions.rds_restore import RestoreDbInstanceToPointInTime
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.remediation import Facts, Limits, Parameter, Proof, Remediation
from functions.core.trigger import ServiceEvent
from functions.readings.kms_key import DESCRIBE_KEY
from functions.readings.rds import DESCRIBE_DB_INSTANCES, describe, tags_of
from functions.readings.rds_placement import DESCRIBE_ORDERABLE
from functions.readings.rds_quota import DESCRIBE_ACCOUNT_ATTRIBUTES
from functions.readings.rds_restore_source import RestoreSource, restore_source
from functions.readings.rds_restore_window import (
    DESCRIBE_AUTOMATED_BACKUPS,
    LATEST,
    RestoreWindow,
    asked_time,
    outside,
    restore_window,
    retained,
)
from functions.readings.rds_restored import PEOPLES, intact
from functions.readings.rds_storage_history import DESCRIBE_EVENTS
from functions.readings.rds_unrestorable import other_database, unrestorable
from functions.readings.subnets import DESCRIBE_SUBNETS
from functions.sizing.rds_provisioning import Provisioned
from functions.sizing.rds_restored_storage import restored_storage, second_instance

RESTORE_ADVISED = "RDS-EVENT-0031"
ASK_FIRST = "a second database that costs as much as the first, with data as of another time: two people decide, who asks and who approves"


@dataclass(frozen=True, kw_only=True)
class PointInTime(Facts):
    """`asked` is None for the latest restorable time."""

    source: RestoreSource
    window: RestoreWindow
    asked: datetime | None


class RecoverDatabaseToPointInTime(Remediation[PointInTime]):
    """RDS-EVENT-0031 is the only event: no alarm tells that data is wrong."""

    triggers = (
        ServiceEvent(
            source="aws.rds",
            detail_type="RDS DB Instance Event",
            detail={"EventID": (RESTORE_ADVISED,)},
            target_in="SourceArn",
        ),
    )
    service = "rds"
    parameters = (
        Parameter(
            name="time",
            pattern=r"latest|\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z",
            allowed="a time in UTC like 2026-11-23T11:30:00Z, or latest",
        ),
        Parameter(name="incident", pattern=r"[A-Za-z0-9][A-Za-z0-9_.:/=+@ -]{0,99}", allowed="the incident's id"),
    )
    limits = Limits(
        cooldown=timedelta(hours=1),
        prove_within=timedelta(hours=24),
        deadline=timedelta(hours=30),
        at_most=AtMost(hour=1, day=2, fortnight=4),
    )
    """A restore takes 20 minutes to several hours, and reading its volume from the backup may take as long again."""
    reads = (
        DESCRIBE_DB_INSTANCES, DESCRIBE_AUTOMATED_BACKUPS, DESCRIBE_ORDERABLE, DESCRIBE_ACCOUNT_ATTRIBUTES,
        DESCRIBE_EVENTS, DESCRIBE_SUBNETS, DESCRIBE_KEY,
    )  # fmt: skip
    actions = (RestoreDbInstanceToPointInTime, ModifyRecoveredDbInstance, MonitorRecoveredDbInstance)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> PointInTime | Decline:
        described = describe(aws, target.id) if target.resource.startswith("db:") else None
        if described is None or described["DBInstanceArn"] != str(target):
            gone = retained(aws, target.id) if target.resource.startswith("db:") else None
            return gone or Decline(code="target_not_found", seen=f"there is no {target}", advice="Correct the ARN")
        unfit, asked = other_database(described), asked_time(_said(alarm, "time", LATEST))
        if unfit is not None:
            return unfit
        if isinstance(asked, Decline):
            return asked
        version, key = described["EngineVersion"], described.get("KmsKeyId") or ""
        return PointInTime(
            tags=tags_of(described),
            breached=_needed(described, alarm),
            source=restore_source(
                aws, described, alarm, f"{self.name}-{alarm.transition}", engine_version=version, key=key
            ),
            window=restore_window(aws, described),
            asked=asked,
        )

    def blocked(self, found: PointInTime) -> Decline | None:
        return None

    def plan(self, found: PointInTime, policy: Policy) -> Plan | Decline:
        source = found.source
        unfit = outside(found.window, found.asked) or unrestorable(source, source.allocated_gib)
        return unfit if unfit is not None else _restore(found)

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        restored = plan.actions[0]
        assert isinstance(restored, RestoreDbInstanceToPointInTime)
        return intact(aws, restored.name, restored, restored.gib)


def _said(alarm: Alarm, name: str, otherwise: str) -> str:
    return alarm.request.parameters.get(name, otherwise) if alarm.request else otherwise


def _needed(described: Mapping[str, Any], alarm: Alarm) -> bool | None:
    """A person's word holds; RDS's own advice as long as the instance has not come back by itself."""
    return True if alarm.request or described["DBInstanceStatus"] != "available" else None


def _restore(found: PointInTime) -> Plan:
    source, later = found.source, found.source.later
    now = Provisioned(source.settings.iops, source.settings.throughput)
    storage = restored_storage(source.engine, source.settings.storage_type, now, source.allocated_gib)
    wished = replace(
        source.settings,
        storage_type=storage.storage_type,
        iops=storage.beside.iops,
        throughput=storage.beside.throughput,
    )
    restore = RestoreDbInstanceToPointInTime(
        name=source.new_name,
        source=source.name,
        gib=storage.gib,
        tags=source.tags,
        time=found.asked.isoformat() if found.asked else "",
        max_gib=later.max_gib,
        **asdict(wished),
    )
    return Plan(
        actions=(restore, *settled(source.new_name, later, max_gib=None)),
        reason=_reason(found),
        cost_per_month_usd=second_instance(
            source.settings.instance_class,
            source.engine,
            source.settings.storage_type,
            source.allocated_gib,
            iops=source.settings.iops,
            multi_az=source.settings.multi_az,
        ),
        ask_first=ASK_FIRST,
        second_person=True,
    )


def _reason(found: PointInTime) -> str:
    source, latest = found.source, f"{found.window.latest:%Y-%m-%d %H:%M:%S} UTC"
    lost = f"what {source.name} has taken since {found.asked or latest} is not in it (restorable until {latest})"
    by_hand = f"; by hand remain {', '.join(source.by_hand)}" if source.by_hand else ""
    lost += (
        "" if found.asked else "; stop whatever writes before approving it: the latest time is the one of the restore"
    )
    return f"{source.name} stays as it is; {lost}; alarms, proxies and DNS names do not follow{by_hand}; {PEOPLES}"
