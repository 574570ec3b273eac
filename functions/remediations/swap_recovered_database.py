"""Give a recovered database the name of the one that it was recovered from, so that applications reach it.

When    a person asks, with the ARN of the recovered instance and the name of who has checked its data, after
        recover_database_to_point_in_time or restore_database_from_snapshot
Does    takes a snapshot of the original, gives it a name that says that it is retired, and the recovered instance its name. The
        first has to come first, because RDS knows a name once: between the two, for about ten to thirty minutes, nobody answers
        to it. Neither is deleted. Declines where the two differ in settings, version or network, or where replicas would stay
        behind. Another person than who has asked approves it, once nothing writes any more
Proof   each instance, known by its resource id, is under its new name, and the recovered one available
Undo    the names are swapped back, the last one first: also by itself, where the second rename fails. What was written to the
        recovered instance meanwhile stays in it. The snapshot stays until its expiry date
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.actions.rds import CreateDbSnapshot, snapshot_name
from functions.actions.rds_rename import RenameDbInstance
from functions.actions.rds_restore import broken
from functions.core.action import Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.prices import rds_snapshot
from functions.core.remediation import Facts, Limits, Parameter, Proof, Remediation
from functions.readings.cloudformation import DESCRIBE_STACKS, stack_at_work, stack_status
from functions.readings.cloudwatch import GET_METRIC_DATA
from functions.readings.rds import DESCRIBE_DB_INSTANCES, describe
from functions.readings.rds_quota import DESCRIBE_ACCOUNT_ATTRIBUTES, RdsQuota, rds_quota
from functions.readings.rds_swap import Named, Swap, swap_of
from functions.readings.rds_unswappable import unready, unswappable

SNAPSHOT_KEPT = timedelta(days=30)
ASK_FIRST = (
    "nobody can reach the database while it is renamed, and what is written from now on is in the retired one only: two people"
    " decide, who asks and who approves"
)


@dataclass(frozen=True, kw_only=True)
class Names(Facts):
    """`since` and `run` are the request's: they name the snapshot and the retired instance, the same whenever it is looked at."""

    swap: Swap
    quota: RdsQuota
    stack: str
    checked_by: str
    since: datetime
    run: str


class SwapRecoveredDatabase(Remediation[Names]):
    """Only people start it."""

    triggers = ()
    service = "rds"
    parameters = (
        Parameter(
            name="checked_by",
            pattern=r"\S.{0,199}",
            allowed="who has checked the data of the recovered instance: row counts, checksums, the newest rows",
        ),
    )
    limits = Limits(
        cooldown=timedelta(minutes=10),
        prove_within=timedelta(minutes=30),
        deadline=timedelta(hours=6),
        at_most=AtMost(hour=2, day=4, fortnight=8),
    )
    """The snapshot may take four hours; a rename reboots, and its DNS name takes ten minutes."""
    reads = (
        DESCRIBE_DB_INSTANCES, DESCRIBE_ACCOUNT_ATTRIBUTES, GET_METRIC_DATA, DESCRIBE_STACKS,
    )  # fmt: skip
    actions = (CreateDbSnapshot, RenameDbInstance)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> Names | Decline:
        found = swap_of(aws, target, alarm) if target.resource.startswith("db:") else None
        if found is None:
            seen = f"{target} is no instance that a restore of ours has made, or is gone"
            return Decline(code="target_not_found", seen=seen, advice="Ask with the ARN of the recovered instance")
        swap, tags = found
        return Names(
            tags=tags,
            breached=True,
            swap=swap,
            quota=rds_quota(aws),
            stack=stack_status(aws, tags),
            checked_by=alarm.request.parameters.get("checked_by", "") if alarm.request else "",
            since=alarm.at,
            run=f"{self.name}-{alarm.transition}",
        )

    def blocked(self, found: Names) -> Decline | None:
        return stack_at_work(found.stack) or unready(found.swap)

    def plan(self, found: Names, policy: Policy) -> Plan | Decline:
        unfit = self.blocked(found) or unswappable(found.swap, found.quota)
        return unfit if unfit is not None else _swap(found)

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        renames = [action for action in plan.actions if isinstance(action, RenameDbInstance)]
        seen = [rename.progress(aws) for rename in renames]
        status = (describe(aws, renames[-1].name) or {}).get("DBInstanceStatus", "gone")
        told = f"{'; '.join(each.seen for each in seen)}; people check that applications have connected anew"
        if broken(status):
            return Proof(False, told)
        done = all(each.effect is Effect.DONE for each in seen) and status == "available"
        return Proof(True if done else None, told)


def _swap(found: Names) -> Plan:
    swap, original = found.swap, found.swap.original
    rename = RenameDbInstance(db=swap.recovered.db.name, name=swap.name, resource_id=swap.recovered.resource_id)
    return Plan(
        actions=(*(_retired(found, original) if original else ()), rename),
        reason=_reason(swap, found.checked_by),
        cost_per_month_usd=rds_snapshot(original.db.allocated_gib if original else 0),
        ask_first=ASK_FIRST,
        second_person=True,
    )


def _retired(found: Names, original: Named) -> tuple[CreateDbSnapshot, RenameDbInstance]:
    name, expires_on = found.swap.name, f"{found.since + SNAPSHOT_KEPT:%Y-%m-%d}"
    return (
        CreateDbSnapshot(
            db=name, snapshot=snapshot_name(name, "swap", found.since), run=found.run, expires_on=expires_on
        ),
        RenameDbInstance(
            db=name, name=found.swap.retired_name, resource_id=original.resource_id, declared=found.swap.name
        ),
    )


def _reason(swap: Swap, checked_by: str) -> str:
    busy = f"; {swap.name} had up to {swap.connections} connections in the last ten minutes" if swap.connections else ""
    after = "then keep the retired one unused until nobody misses its data, and bring the template in line"
    return f"{checked_by} has checked the data of {swap.recovered.db.name}{busy}; stop whatever writes first, {after}"
