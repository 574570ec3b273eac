"""Grow an RDS volume before it is full.

When    FreeStorageSpace of an RDS instance is in ALARM, or RDS says that the volume or autoscaling's maximum is nearly used up
Does    lets RDS finish its backup or maintenance, takes a snapshot where there is time for one, then grows the volume once,
        generously; where RDS autoscaling can do that itself it is left to it, and gets a higher maximum where it lacks that.
        Says what uses the space and when it will be full. Cleaning up needs SQL and the owner: it is only ever advised, by a
        ticket from the second growth within 30 days on. Also a replication slot that holds logs back does not stop the growth
        or ask for approval: a bridge is right while space runs out
Proof   the new size is in effect, and the alarm is OK again or the measured free space is
Undo    none for the size: RDS storage never shrinks, so the monthly cost is shown and the size is capped first. The snapshot
        stays until its expiry date, autoscaling's maximum can be set back
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from functions.actions.rds import CreateDbSnapshot, GrowVolume, SetMaxAllocatedStorage, snapshot_name
from functions.core.action import Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan, Watch
from functions.core.policy import AtMost, Cap, Policy
from functions.core.ports import Aws
from functions.core.prices import rds_snapshot, rds_storage, together
from functions.core.remediation import Facts, Limits, Proof, Remediation
from functions.core.run import Run
from functions.core.trigger import MetricAlarm, ServiceEvent
from functions.readings.cloudformation import DESCRIBE_STACKS, stack_at_work, stack_status
from functions.readings.cloudwatch import DESCRIBE_ALARMS, GET_METRIC_DATA, alarm_calm
from functions.readings.free_storage import FREE_AT_EVENT, Room, room, unclear
from functions.readings.rds import DESCRIBE_DB_INSTANCES, DbInstance, db_instance, describe, replica_sizes, tags_of
from functions.readings.rds_archiving import archiving_ticket, growths
from functions.readings.rds_autoscaling import AT_MAXIMUM, at_maximum, breached, left_to_autoscaling, overtaken
from functions.readings.rds_growable import not_growable_now, other_storage, unsuitable_volume
from functions.readings.rds_log_files import DESCRIBE_DB_LOG_FILES, log_files_gib
from functions.readings.rds_maintenance import DESCRIBE_PENDING_MAINTENANCE, left_to_rds, maintenance_due
from functions.readings.rds_quota import DESCRIBE_ACCOUNT_ATTRIBUTES, RdsQuota, rds_quota
from functions.readings.rds_space import uses
from functions.readings.rds_storage_bounds import Bound, bound_of_maximum, bounds
from functions.readings.rds_storage_history import DESCRIBE_EVENTS, StorageHistory, changed_too_often, storage_history
from functions.readings.rds_storage_trend import trend
from functions.readings.rds_strain import pauses_for_snapshot, strained
from functions.readings.rds_valid_storage import DESCRIBE_VALID, ValidStorage, valid_storage
from functions.sizing.rds_autoscaling import enough_above, new_maximum
from functions.sizing.rds_provisioning import Provisioned, provisioned, striped_from
from functions.sizing.rds_storage import Volume, grown

CAP = "max-storage-gib"
SNAPSHOT_KEPT = timedelta(days=14)
_SNAPSHOT_TIME = timedelta(hours=8)
_CRITICAL, _RELIEVED = 0.05, 0.10
"""Shares of the volume that are free: up to the first there is no time for a snapshot, above the second it has helped."""
_MARGIN = 1.1
_COPY = "; RDS copies the whole volume to a new layout at this size, which costs I/O"


@dataclass(frozen=True, kw_only=True)
class Storage(Facts):
    """`since` and `run` are the alarm's: they name the snapshot, the same for every look at the same facts.

    `strained` says what is high where a snapshot would pause I/O, empty where nothing is.
    """

    db: DbInstance
    room: Room
    history: StorageHistory
    valid: ValidStorage
    quota: RdsQuota
    replicas: Mapping[str, int | None]
    stack: str
    maintenance: tuple[str, ...] = ()
    log_files_gib: float | None = None
    strained: str = ""
    event: str
    since: datetime
    run: str


class ExtendRdsStorage(Remediation[Storage]):
    """0223 and 0254 (autoscaling cannot scale, quota) are read from DescribeEvents: they name no remedy of ours. 0045 has
    several causes, and 0227 is Aurora's: they start nothing."""

    triggers = (
        MetricAlarm(
            namespace="AWS/RDS",
            metric="FreeStorageSpace",
            target="arn:{partition}:rds:{region}:{account}:db:{DBInstanceIdentifier}",
        ),
        ServiceEvent(
            source="aws.rds",
            detail_type="RDS DB Instance Event",
            detail={"EventID": (*FREE_AT_EVENT, *AT_MAXIMUM)},
            target_in="SourceArn",
        ),
    )
    service = "rds"
    limits = Limits(
        cooldown=timedelta(hours=6),
        prove_within=timedelta(hours=1),
        deadline=timedelta(hours=6),
        at_most=AtMost(hour=1, day=3, fortnight=3),
    )
    """RDS rests six hours between storage changes; a snapshot may take four, growth and its proof an hour each."""
    caps = (Cap(name=CAP, default=4096, unit="GiB"),)
    reads = (
        DESCRIBE_DB_INSTANCES, DESCRIBE_VALID, DESCRIBE_EVENTS, DESCRIBE_ACCOUNT_ATTRIBUTES,
        DESCRIBE_PENDING_MAINTENANCE, DESCRIBE_DB_LOG_FILES, GET_METRIC_DATA, DESCRIBE_ALARMS, DESCRIBE_STACKS,
    )  # fmt: skip
    actions = (CreateDbSnapshot, GrowVolume, SetMaxAllocatedStorage)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> Storage | Decline:
        described = describe(aws, target.id) if target.resource.startswith("db:") else None
        if described is None or described["DBInstanceArn"] != str(target):
            return Decline(code="target_not_found", seen=f"there is no {target}", advice="Correct the alarm or the ARN")
        db = db_instance(described)
        unfit = other_storage(db)
        if unfit is not None:
            return unfit
        history = storage_history(aws, db.name)
        here, event = room(aws, db, alarm, history.last), alarm.detail.get("EventID", "")
        return Storage(
            tags=tags_of(described),
            breached=breached(db, here, event),
            db=db,
            room=here,
            history=history,
            valid=ValidStorage(sizes=()) if not_growable_now(db) else valid_storage(aws, db),
            quota=rds_quota(aws),
            replicas=replica_sizes(aws, db.replicas),
            stack=stack_status(aws, tags_of(described)),
            maintenance=maintenance_due(aws, str(target), db),
            log_files_gib=log_files_gib(aws, db, here),
            strained=strained(aws, db.name) if pauses_for_snapshot(db) else "",
            event=event,
            since=alarm.at,
            run=f"{self.name}-{alarm.transition}",
        )

    def blocked(self, found: Storage) -> Decline | None:
        return stack_at_work(found.stack) or not_growable_now(found.db)

    def plan(self, found: Storage, policy: Policy) -> Plan | Decline | Watch:
        answer = _answer(found, policy)
        if isinstance(answer, Plan):
            return replace(answer, reason=f"{answer.reason}; {_known(found)}")
        if isinstance(answer, Decline):
            return replace(answer, advice=f"{answer.advice}. As it stands: {_known(found)}")
        return answer  # to watch: with numbers in it each look would be news

    def ticket(self, plan: Plan, run: Run) -> str:
        change, db, history = plan.actions[-1], run.found["db"], run.found["history"]
        if not isinstance(change, GrowVolume):
            return ""
        times = growths(run.ledger, GrowVolume.__name__, history.get("grown", ()), run.opened_at)
        a_month = rds_storage(change.gib, db["storage_type"], 2 if db["multi_az"] else 1)
        return archiving_ticket(change.db, change.gib, times, a_month, plan.reason)

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        change = plan.actions[-1]
        progress = change.progress(aws)
        described = describe(aws, target.id)
        if progress.effect is not Effect.DONE or described is None:
            return Proof(None, progress.seen)
        calm, db = alarm_calm(aws, alarm), db_instance(described)
        here = room(aws, db, alarm)
        relieved = here.source == "metric" and not here.low(db, _RELIEVED)
        if isinstance(change, SetMaxAllocatedStorage):
            helped = calm or relieved or alarm.detail.get("EventID") in AT_MAXIMUM
        else:
            helped = relieved if calm is None else calm
        free = "free space unknown" if here.source != "metric" else f"{here.free_gib:.1f} GiB free"
        alarmed = {None: "", True: ", the alarm is OK", False: ", the alarm is not OK yet"}[calm]
        return Proof(True if helped else None, f"{progress.seen}, {free}{alarmed}")


def _answer(found: Storage, policy: Policy) -> Plan | Decline | Watch:
    busy = left_to_rds(found.db, found.room, found.maintenance, found.history.read_at)
    unfit = stack_at_work(found.stack) or busy or not_growable_now(found.db) or unsuitable_volume(found.db)
    if unfit is not None:
        return unfit
    maximum = bound_of_maximum(found.db, found.valid, policy.caps[CAP])
    if found.db.autoscaling and not overtaken(found.db, found.room, found.history, found.event):
        lacks_room = at_maximum(found.db, found.history, found.event)
        return _raise_maximum(found.db, maximum) if lacks_room else left_to_autoscaling(found.db)
    limits = bounds(found.db, found.valid, found.quota, found.replicas, policy.caps[CAP])
    return unclear(found.db, found.room) or changed_too_often(found.history) or _grow(found, limits, maximum)


def _known(found: Storage) -> str:
    """For the people who get the plan, the decline, or the ticket."""
    return f"{trend(found.room)}; {uses(found.db, found.room.space, found.log_files_gib)}"


def _raise_maximum(db: DbInstance, bound: Bound) -> Plan | Decline:
    """Instead of growing: with room up to its maximum RDS grows the volume itself."""
    now = db.max_gib or 0
    raised = new_maximum(now, bound.gib)
    if raised is None:
        return bound.why
    return Plan(
        actions=(SetMaxAllocatedStorage(db=db.name, gib=raised, was=now),),
        reason=f"autoscaling of {db.name} has {db.allocated_gib} GiB and may go no further than {now}",
        cost_per_month_usd=rds_storage(raised - now, db.storage_type, db.copies),
    )


def _grow(found: Storage, limits: list[Bound], maximum: Bound) -> Plan | Decline:
    db, volume = found.db, _volume(found)
    gib = grown(volume, limits[0].gib, found.valid.sizes)
    if gib is None:
        return limits[0].why
    before = _snapshot(found)
    cost = rds_storage(gib - db.allocated_gib, db.storage_type, db.copies)
    kept = rds_snapshot(ceil(volume.used_gib) if before else 0)
    copied = volume.copied_from_gib is not None and db.allocated_gib < volume.copied_from_gib <= gib
    free = f"{volume.free_gib:.1f} of {db.allocated_gib} GiB are free ({found.room.source})"
    return Plan(
        actions=(*before, _growth(db, gib, maximum)),
        reason=f"{free}{_COPY if copied else ''}",
        cost_per_month_usd=together(cost, kept),
    )


def _volume(found: Storage) -> Volume:
    return Volume(
        allocated_gib=found.db.allocated_gib,
        free_gib=found.room.free_gib or 0.0,
        growth_gib_per_day=found.room.growth_gib_per_day,
        wanted_free_gib=(found.room.threshold_gib or 0.0) * _MARGIN,
        copied_from_gib=striped_from(found.db.engine, found.db.storage_type),
    )


def _growth(db: DbInstance, gib: int, maximum: Bound) -> GrowVolume:
    """Autoscaling's maximum goes along where it would come to lie too low: equal or below turns autoscaling off. Where it is
    off already it stays off, by the same rule."""
    beside = provisioned(db.engine, db.storage_type, Provisioned(db.iops, db.throughput), gib)
    too_low = db.max_gib is not None and not enough_above(gib, db.max_gib)
    max_gib = None if not too_low else new_maximum(gib, maximum.gib) if db.autoscaling else gib
    return GrowVolume(
        db=db.name,
        gib=gib,
        was=db.allocated_gib,
        iops=beside.iops,
        was_iops=db.iops,
        throughput=beside.throughput,
        was_throughput=db.throughput,
        max_gib=max_gib,
        was_max_gib=db.max_gib,
    )


def _snapshot(found: Storage) -> tuple[CreateDbSnapshot, ...]:
    """Where there is time: it may take hours, and needs the instance available. One that is at its limit is not paused for it."""
    db, here, left = found.db, found.room, found.quota.snapshots_left
    time_left = here.measured and (here.free_gib or 0.0) > _CRITICAL * db.allocated_gib and here.lasts(_SNAPSHOT_TIME)
    if db.status != "available" or not time_left or found.strained or (left is not None and left <= 0):
        return ()
    name = snapshot_name(db.name, "grow", found.since)
    expires_on = f"{found.since + SNAPSHOT_KEPT:%Y-%m-%d}"
    return (CreateDbSnapshot(db=db.name, snapshot=name, run=found.run, expires_on=expires_on),)
