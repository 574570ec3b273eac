"""See to it that every database keeps its backups for as long as its environment needs.

When    the daily audit finds a database whose backups are kept too short, or cannot be restored to a moment ago; or a person asks
Does    raises the retention to what the tag `environment` stands for, or to the owner's number: online, never lower, 35 days at
        most. A person decides where backups are off, for turning them on is an outage; where the environment is not known; and
        where the storage may be dear. Says what is wrong where no setting helps: a restore window that stands still, a KMS key
        that is disabled, a setting that is AWS Backup's or a cluster's
Proof   the new retention is in effect; the audit itself tells on another day where backups are on and none comes
Undo    none: a shorter retention deletes restore points
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from functions.actions.rds_backups import RaiseBackupRetention
from functions.core.action import Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan, Watch
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.prices import rds_snapshot
from functions.core.remediation import Facts, Limits, Proof, Remediation
from functions.core.trigger import ServiceEvent
from functions.readings.backup_gaps import DETAIL_TYPE, SOURCE
from functions.readings.cloudformation import DESCRIBE_STACKS, stack_at_work, stack_status
from functions.readings.kms_key import DESCRIBE_KEY, key_state
from functions.readings.rds import DESCRIBE_DB_INSTANCES, tags_of
from functions.readings.rds_backups import DESCRIBE_DB_CLUSTERS, Backups, Gap, backups, described, gap
from functions.readings.rds_backups_unfit import looked_at_elsewhere, not_now, not_restorable, others_setting
from functions.sizing.backup_retention import ENVIRONMENT, OWNER, Required, required

TURNED_ON = "an outage of seconds to minutes, and a backup at once: RDS suspends I/O when it turns backups on"


@dataclass(frozen=True, kw_only=True)
class State(Facts):
    """`gap` is None where nothing is wrong any more."""

    backups: Backups
    required: Required
    gap: Gap | None
    key_state: str
    stack: str


class AuditBackups(Remediation[State]):
    """The audit's event only says where to look: everything is read again here."""

    triggers = (ServiceEvent(source=SOURCE, detail_type=DETAIL_TYPE, detail={"gap": tuple(one.value for one in Gap)}),)
    service = "rds"
    limits = Limits(
        cooldown=timedelta(hours=6),
        prove_within=timedelta(minutes=30),
        deadline=timedelta(hours=12),
        at_most=AtMost(hour=1, day=1, fortnight=2),
    )
    """A backup or a stack that has to be waited for takes hours. Who lowers it again and again is asked why, not fought."""
    reads = (DESCRIBE_DB_INSTANCES, DESCRIBE_DB_CLUSTERS, DESCRIBE_KEY, DESCRIBE_STACKS)
    actions = (RaiseBackupRetention,)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> State | Decline:
        item = described(aws, target)
        if item is None:
            return Decline(code="target_not_found", seen=f"there is no {target}", advice="Correct the ARN")
        found, tags = backups(item), tags_of(item)
        needed = required(tags)
        elsewhere = looked_at_elsewhere(found)
        if elsewhere is not None:
            return elsewhere
        wrong = gap(found, needed.days, aws.now())
        return State(
            tags=tags,
            breached=wrong is not None,
            backups=found,
            required=needed,
            gap=wrong,
            key_state=key_state(aws, found.key),
            stack=stack_status(aws, tags),
        )

    def blocked(self, found: State) -> Decline | None:
        return stack_at_work(found.stack)

    def plan(self, found: State, policy: Policy) -> Plan | Decline | Watch:
        unfit = (
            not_restorable(found.backups, found.gap, found.key_state)
            or _unreadable(found)
            or others_setting(found.backups, found.required.days)
            or not_now(found.backups, found.stack)
        )
        return unfit if unfit is not None else _raise(found)

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        """The first backup of a large volume takes hours: the audit of the next day tells where it has not come."""
        progress = plan.actions[0].progress(aws)
        return Proof(True if progress.effect is Effect.DONE else None, progress.seen)


def _unreadable(found: State) -> Decline | None:
    if not found.required.unreadable:
        return None
    advice = "Correct the tag; until then the database is held to be production and left as it is"
    return Decline(code="invalid_backup_days", seen=f"{found.backups.name}: {found.required.unreadable}", advice=advice)


def _raise(found: State) -> Plan:
    """Priced as if the whole volume changed every day: how much really changes is not known, and this is more."""
    kept, needed = found.backups, found.required
    unprotected = "" if kept.deletion_protection else "; its deletion protection is off"
    return Plan(
        actions=(RaiseBackupRetention(db=kept.name, days=needed.days, was=kept.days),),
        reason=f"{kept.name} keeps its backups {kept.days} days, {needed.days} are for {needed.because}{unprotected}",
        cost_per_month_usd=rds_snapshot(kept.allocated_gib * (needed.days - kept.days)),
        ask_first="; ".join(filter(None, (TURNED_ON if kept.days == 0 else "", _unknown(needed)))),
    )


def _unknown(needed: Required) -> str:
    advice = f"say what it is for by the tag {ENVIRONMENT}, or for how long by {OWNER}"
    return "" if needed.known else f"{needed.days} days are {needed.because}; {advice}"
