"""Restore a database from a snapshot, in a new instance beside it.

When    a person asks, with the incident and the snapshot; without a snapshot it is the newest one of the instance
Does    restores the snapshot to a new instance whose name comes from the request, with every setting of the source that a
        restore drops: groups, Multi-AZ, storage, backups, tags, log exports, CA, deletion protection and, once it is there,
        storage autoscaling, maintenance window, Performance Insights and Enhanced Monitoring. The source is never touched. A
        person approves it, another one than who has asked, and is told what a point in time would save
Proof   the new instance is available with these settings, its volume is initialised, and RDS tells of no trouble. Whether the
        data is right is for people to check; swap_recovered_database then gives it the source's name
Undo    none: a machine never deletes a database. The new instance costs as much as the source until somebody deletes it
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from functions.actions.rds_recovered import ModifyRecoveredDbInstance, MonitorRecoveredDbInstance, settled
from functions.actions.rds_restore import RestoreDbInstanceFromDbSnapshot
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.remediation import Facts, Limits, Parameter, Proof, Remediation
from functions.readings.kms_key import DESCRIBE_KEY
from functions.readings.rds import DESCRIBE_DB_INSTANCES, describe, tags_of
from functions.readings.rds_placement import DESCRIBE_ORDERABLE
from functions.readings.rds_quota import DESCRIBE_ACCOUNT_ATTRIBUTES
from functions.readings.rds_restore_source import RestoreSource, restore_source
from functions.readings.rds_restored import PEOPLES, intact
from functions.readings.rds_snapshot import DESCRIBE_SNAPSHOTS, DbSnapshot, snapshot_of, unusable
from functions.readings.rds_storage_history import DESCRIBE_EVENTS
from functions.readings.rds_unrestorable import other_database, unrestorable
from functions.readings.subnets import DESCRIBE_SUBNETS
from functions.sizing.rds_provisioning import Provisioned
from functions.sizing.rds_restored_storage import restored_storage, second_instance

ASK_FIRST = (
    "a second database that costs as much as the first, without what came after the snapshot: two people decide, who asks and"
    " who approves"
)


@dataclass(frozen=True, kw_only=True)
class SnapshotOf(Facts):
    """`unfit` says why the snapshot does not do. `restorable_until` is how far a point in time would come, None if nowhere."""

    source: RestoreSource
    snapshot: DbSnapshot
    unfit: Decline | None
    restorable_until: datetime | None


class RestoreDatabaseFromSnapshot(Remediation[SnapshotOf]):
    """Only people start it."""

    triggers = ()
    service = "rds"
    parameters = (
        Parameter(name="incident", pattern=r"[A-Za-z0-9][A-Za-z0-9_.:/=+@ -]{0,99}", allowed="the incident's id"),
        Parameter(
            name="snapshot",
            pattern=r"[A-Za-z0-9:_-]{1,400}",
            allowed="the name or ARN of a snapshot; the newest one of the instance where none is named",
            required=False,
        ),
    )
    limits = Limits(
        cooldown=timedelta(hours=1),
        prove_within=timedelta(hours=24),
        deadline=timedelta(hours=30),
        at_most=AtMost(hour=1, day=2, fortnight=4),
    )
    """A restore takes 20 minutes to several hours, and reading its volume from the backup may take as long again."""
    reads = (
        DESCRIBE_DB_INSTANCES, *DESCRIBE_SNAPSHOTS, DESCRIBE_ORDERABLE, DESCRIBE_ACCOUNT_ATTRIBUTES, DESCRIBE_EVENTS,
        DESCRIBE_SUBNETS, DESCRIBE_KEY,
    )  # fmt: skip
    actions = (RestoreDbInstanceFromDbSnapshot, ModifyRecoveredDbInstance, MonitorRecoveredDbInstance)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> SnapshotOf | Decline:
        described = describe(aws, target.id) if target.resource.startswith("db:") else None
        if described is None or described["DBInstanceArn"] != str(target):
            advice = "Correct the ARN; where the instance is deleted restore by hand: its settings are gone with it"
            return Decline(code="target_not_found", seen=f"there is no {target}", advice=advice)
        unfit = other_database(described) or _foreign(target, alarm)
        if unfit is not None:
            return unfit
        snapshot = snapshot_of(aws, described, _named(alarm))
        if isinstance(snapshot, Decline):
            return snapshot
        version, run = snapshot.engine_version, f"{self.name}-{alarm.transition}"
        return SnapshotOf(
            tags=tags_of(described),
            breached=True,
            source=restore_source(aws, described, alarm, run, engine_version=version, key=snapshot.key),
            snapshot=snapshot,
            unfit=unusable(snapshot, described),
            restorable_until=described.get("LatestRestorableTime"),
        )

    def blocked(self, found: SnapshotOf) -> Decline | None:
        return None

    def plan(self, found: SnapshotOf, policy: Policy) -> Plan | Decline:
        unfit = found.unfit or unrestorable(found.source, _gib(found))
        return unfit if unfit is not None else _restore(found)

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        restored = plan.actions[0]
        assert isinstance(restored, RestoreDbInstanceFromDbSnapshot)
        return intact(aws, restored.name, restored, restored.gib)


def _named(alarm: Alarm) -> str:
    """The snapshot's name; an ARN's last part, which has a colon of its own where RDS took the snapshot by itself."""
    said = alarm.request.parameters.get("snapshot", "") if alarm.request else ""
    return said.split(":", 6)[-1] if said.startswith("arn:") else said


def _foreign(target: Arn, alarm: Alarm) -> Decline | None:
    """A shared snapshot has an ARN of another account; a copy of it is ours, encrypted with a key of ours."""
    said = alarm.request.parameters.get("snapshot", "") if alarm.request else ""
    here = f"arn:{target.partition}:rds:{target.region}:{target.account}:snapshot:"
    if not said.startswith("arn:") or said.startswith(here):
        return None
    seen = f"{said} is a shared snapshot, or in another Region"
    advice = "Copy it into this account and Region (an encrypted one with a key of this account), and name the copy"
    return Decline(code="shared_snapshot", seen=seen, advice=advice)


def _gib(found: SnapshotOf) -> int:
    """RDS refuses less than the snapshot has; more than it has is what the source has grown to since."""
    return max(found.source.allocated_gib, found.snapshot.allocated_gib)


def _restore(found: SnapshotOf) -> Plan:
    source, later, gib = found.source, found.source.later, _gib(found)
    now = Provisioned(source.settings.iops, source.settings.throughput)
    storage = restored_storage(source.engine, source.settings.storage_type, now, gib)
    wished = replace(
        source.settings,
        storage_type=storage.storage_type,
        iops=storage.beside.iops,
        throughput=storage.beside.throughput,
    )
    restore = RestoreDbInstanceFromDbSnapshot(
        name=source.new_name,
        source=source.name,
        gib=storage.gib,
        tags=source.tags,
        snapshot=found.snapshot.name,
        **asdict(wished),
    )
    maximum = later.max_gib if later.max_gib and later.max_gib > gib else None
    return Plan(
        actions=(restore, *settled(source.new_name, later, max_gib=maximum)),
        reason=_reason(found),
        cost_per_month_usd=second_instance(
            source.settings.instance_class,
            source.engine,
            source.settings.storage_type,
            gib,
            iops=source.settings.iops,
            multi_az=source.settings.multi_az,
        ),
        ask_first=ASK_FIRST,
        second_person=True,
    )


def _reason(found: SnapshotOf) -> str:
    """Both losses are shown: of the snapshot, and of a point in time instead."""
    source, until = found.source, found.restorable_until
    taken = f"{found.snapshot.created:%Y-%m-%d %H:%M:%S} UTC" if found.snapshot.created else "an unknown time"
    better = (
        f"a point in time could save all until {until:%Y-%m-%d %H:%M:%S} UTC"
        if until
        else "no point in time is restorable"
    )
    slow = found.snapshot.storage_type and found.snapshot.storage_type != source.settings.storage_type
    copied = f"; the storage type changes from {found.snapshot.storage_type}, which takes long" if slow else ""
    other = found.snapshot.resource_id not in ("", source.resource_id)
    former = f"; it is of a former {found.snapshot.db}, {found.snapshot.resource_id}" if other else ""
    by_hand = f"; by hand remain {', '.join(source.by_hand)}" if source.by_hand else ""
    return (
        f"{source.name} stays as it is; what it has taken since {taken} is not in {found.snapshot.name}, {better}{former}{copied};"
        f" alarms, proxies and DNS names do not follow{by_hand}; {PEOPLES}"
    )
