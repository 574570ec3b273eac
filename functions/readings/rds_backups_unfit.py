"""Which gaps in a database's backups are no machine's to close, and which have to wait."""

from __future__ import annotations

from datetime import timedelta

from functions.core.decision import Decline, Watch
from functions.readings.cloudformation import stack_at_work
from functions.readings.kms_key import unusable_key
from functions.readings.rds_backups import Backups, Gap

_PASSING = (
    "backing-up", "creating", "modifying", "maintenance", "rebooting", "renaming", "resetting-master-credentials",
    "starting", "storage-optimization", "upgrading", "configuring-enhanced-monitoring", "configuring-log-exports",
)  # fmt: skip
_LOOK_AGAIN = timedelta(minutes=15)


def looked_at_elsewhere(found: Backups) -> Decline | None:
    """A decline, which calls nobody, where the backups that count are another database's."""
    if found.cluster:
        seen = f"{found.name} belongs to the DB cluster {found.cluster}, which has the backups of all its members"
        advice = "Nothing to do here: the audit looks at the cluster itself"
        return Decline(code="cluster_member", seen=seen, advice=advice, call_person=False)
    if found.replica_of:
        seen = f"{found.name} is a read replica of {found.replica_of}, which has the backups of the data"
        advice = "Nothing to do here: the audit looks at its source"
        return Decline(code="read_replica", seen=seen, advice=advice, call_person=False)
    return None


def not_restorable(found: Backups, gap: Gap | None, key_state: str) -> Decline | None:
    """A decline where backups are on and of no use: no setting helps there."""
    unusable = unusable_key(key_state, f"the backups of {found.name}")
    if unusable is not None or gap is not Gap.RESTORE_WINDOW:
        return unusable
    to = f"{found.restorable_to:%Y-%m-%d %H:%M} UTC and no later" if found.restorable_to else "no moment at all"
    return Decline(
        code="restore_window_stuck",
        seen=f"{found.name} has automated backups and can be restored to {to}",
        advice="Take a snapshot now; look at RDS's events for it, on SQL Server for databases that are OFFLINE",
    )


def others_setting(found: Backups, required_days: int) -> Decline | None:
    """A decline where it is set in another place than on the instance."""
    short = f"{found.name} keeps its backups {found.days} days instead of {required_days}"
    rules = (
        (
            found.by_aws_backup,
            "aws_backup_managed",
            f"{short}, and AWS Backup manages them",
            "Change the backup plan: RDS refuses any number but the plan's",
        ),
        (
            found.is_cluster,
            "cluster_level_setting",
            f"{short}, for all members of the cluster",
            "Set it by ModifyDBCluster (1 to 35 days)",
        ),
        (
            found.engine.startswith("custom-"),
            "rds_custom",
            f"{short}; on RDS Custom ({found.engine}) the owner manages the host too",
            "Set it together with the owner of the host, whose automation may have to be paused",
        ),
    )
    return next((Decline(code=code, seen=seen, advice=advice) for holds, code, seen, advice in rules if holds), None)


def not_now(found: Backups, stack: str) -> Decline | Watch | None:
    """A wait where it passes by itself, a decline where it does not."""
    at_work = stack_at_work(stack)
    if found.status in ("stopped", "stopping"):
        seen = f"{found.name} is {found.status}: it takes no backups, and loses none"
        advice = "Nothing to do before it is started; the audit looks again every day"
        return Decline(code="instance_stopped", seen=seen, advice=advice, call_person=False)
    if found.status in _PASSING:
        seen, advice = f"{found.name} is {found.status}", "Look why this takes so long"
        return Watch(code="instance_not_available", seen=seen, advice=advice, again_in=_LOOK_AGAIN)
    if found.status != "available":
        seen, advice = f"{found.name} is {found.status}", "Mend that first: backups are the smaller trouble"
        return Decline(code="instance_not_available", seen=seen, advice=advice)
    if at_work is not None and at_work.code == "stack_in_progress":
        return Watch(code=at_work.code, seen=at_work.seen, advice=at_work.advice, again_in=_LOOK_AGAIN)
    return at_work or _pending(found)


def _pending(found: Backups) -> Decline | None:
    if not found.pending:
        return None
    return Decline(
        code="pending_modifications",
        seen=f"{found.name} has pending modifications ({', '.join(found.pending)}), which are somebody's unfinished change",
        advice="Apply or cancel them, then the audit goes on",
    )
