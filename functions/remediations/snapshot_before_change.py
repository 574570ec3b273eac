"""Take a snapshot of a database before somebody changes it in earnest.

When    a person asks, or a pipeline: before a change of class, an engine upgrade, other parameter groups, a cut-over, a deletion
Does    takes one manual snapshot, named by the change and the moment, tagged with who made it, for what, and when it expires.
        Lets RDS finish a backup of its own first. A person is asked where a database that is at its limit would stand still
        for it: single-AZ, or SQL Server
Proof   the snapshot is available at 100 %: until then it is no backup
Undo    none: no machine deletes a snapshot, ours after their date included. RDS never does either, so the cost is shown first,
        and a tag says from when on a person may delete it
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.actions.rds import snapshot_name
from functions.actions.rds_snapshots import KeepDbSnapshot
from functions.core.action import Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan, Watch
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.prices import rds_snapshot
from functions.core.remediation import Facts, Limits, Parameter, Proof, Remediation
from functions.readings.cloudformation import DESCRIBE_STACKS, stack_at_work, stack_status
from functions.readings.cloudwatch import GET_METRIC_DATA
from functions.readings.kms_key import DESCRIBE_KEY, key_state, unusable_key
from functions.readings.rds import DESCRIBE_DB_INSTANCES, DbInstance, db_instance, describe, tags_of
from functions.readings.rds_quota import DESCRIBE_ACCOUNT_ATTRIBUTES, rds_quota
from functions.readings.rds_strain import pauses_for_snapshot, strained
from functions.readings.rds_unrestorable import other_database

KEPT_DAYS = 30
_TAKEN_FROM = ("available", "storage-optimization")
"""API reference, CreateDBSnapshot."""


@dataclass(frozen=True, kw_only=True)
class BeforeChange(Facts):
    """`strained` says what is high where the snapshot would pause I/O, `snapshots_left` is None where RDS does not tell."""

    db: DbInstance
    key_state: str
    snapshots_left: int | None
    strained: str
    stack: str
    change: str
    incident: str
    kept_days: int
    asked_at: datetime
    run: str


class SnapshotBeforeChange(Remediation[BeforeChange]):
    """Only people start it, and what they have set up."""

    triggers = ()
    service = "rds"
    parameters = (
        Parameter(
            name="change",
            pattern=r"[a-z](?:-?[a-z0-9]){0,39}",
            allowed="what is to be changed, as in class-change or upgrade-16-4",
        ),
        Parameter(
            name="kept_days",
            pattern=r"36[0-5]|3[0-5]\d|[12]\d\d|[1-9]\d?",
            allowed=f"for how many days it is to be kept, 1 to 365; {KEPT_DAYS} where nothing is said",
            required=False,
        ),
        Parameter(
            name="incident",
            pattern=r"[A-Za-z0-9][A-Za-z0-9_.:/=+@ -]{0,99}",
            allowed="the incident's id",
            required=False,
        ),
    )
    limits = Limits(
        cooldown=timedelta(minutes=5),
        prove_within=timedelta(minutes=15),
        deadline=timedelta(hours=14),
        at_most=AtMost(hour=2, day=6, fortnight=20),
    )
    """The first snapshot of a large volume takes hours, those after it hold what has changed since."""
    reads = (DESCRIBE_DB_INSTANCES, DESCRIBE_ACCOUNT_ATTRIBUTES, DESCRIBE_KEY, GET_METRIC_DATA, DESCRIBE_STACKS)
    actions = (KeepDbSnapshot,)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> BeforeChange | Decline:
        described = describe(aws, target.id) if target.resource.startswith("db:") else None
        if described is None or described["DBInstanceArn"] != str(target):
            return Decline(code="target_not_found", seen=f"there is no {target}", advice="Correct the ARN")
        unfit = other_database({**described, "ReadReplicaSourceDBInstanceIdentifier": ""})
        if unfit is not None:
            return unfit
        db, tags, said = db_instance(described), tags_of(described), alarm.request.parameters if alarm.request else {}
        return BeforeChange(
            tags=tags,
            breached=True,
            db=db,
            key_state=key_state(aws, _key(described.get("KmsKeyId") or "")),
            snapshots_left=rds_quota(aws).snapshots_left,
            strained=strained(aws, target.id) if pauses_for_snapshot(db) else "",
            stack=stack_status(aws, tags),
            change=said.get("change", ""),
            incident=said.get("incident", ""),
            kept_days=int(said.get("kept_days", KEPT_DAYS)),
            asked_at=alarm.at,
            run=f"{self.name}-{alarm.transition}",
        )

    def blocked(self, found: BeforeChange) -> Decline | None:
        return stack_at_work(found.stack)

    def plan(self, found: BeforeChange, policy: Policy) -> Plan | Decline | Watch:
        unfit = self.blocked(found) or unusable_key(found.key_state, f"snapshots of {found.db.name}") or _unable(found)
        return unfit if unfit is not None else _snapshot(found)

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        progress = plan.actions[0].progress(aws)
        return Proof(progress.effect is Effect.DONE, progress.seen)


def _key(key: str) -> str:
    """KMS is asked about a key, which RDS names by its ARN."""
    return key if key.startswith("arn:") else ""


def _unable(found: BeforeChange) -> Decline | Watch | None:
    db = found.db
    if db.status == "backing-up":
        seen = f"RDS is taking a backup of {db.name}, and refuses another one until it is done"
        advice = "Wait for it: what it has is not what the change will meet"
        return Watch(code="backup_running", seen=seen, advice=advice, again_in=timedelta(minutes=5))
    if db.status not in _TAKEN_FROM:
        advice = "Wait until it is available before it is changed; a database that is not well has no good snapshot"
        return Decline(code="instance_not_available", seen=f"{db.name} is {db.status}", advice=advice)
    if found.snapshots_left is not None and found.snapshots_left < 1:
        return Decline(
            code="snapshot_quota",
            seen="the account's quota of manual snapshots is used up",
            advice="Have the quota raised, or delete what is surely yours; nobody's snapshot is deleted for it here",
        )
    return None


def _snapshot(found: BeforeChange) -> Plan:
    db, until = found.db, found.asked_at + timedelta(days=found.kept_days)
    snapshot = KeepDbSnapshot(
        db=db.name,
        snapshot=snapshot_name(db.name, found.change, found.asked_at),
        run=found.run,
        expires_on=f"{until:%Y-%m-%d}",
        change=found.change,
        incident=found.incident,
    )
    return Plan(
        actions=(snapshot,),
        reason=f"{found.change} of {db.name} is ahead{_told(db)}",
        cost_per_month_usd=rds_snapshot(db.allocated_gib),
        ask_first=f"its I/O stops for seconds to minutes, and it is at its limit: {found.strained}"
        if found.strained
        else "",
    )


def _told(db: DbInstance) -> str:
    """What whoever relies on it should know."""
    pause = "; its I/O stops for seconds to minutes" if pauses_for_snapshot(db) else ""
    pending = f"; {', '.join(db.pending)} waits to be applied, and is not in it" if db.pending else ""
    unlogged = "; what unlogged tables hold is not in it" if db.engine == "postgres" else ""
    return f"{pause}{pending}{unlogged}"
