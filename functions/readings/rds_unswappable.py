"""When the names of two instances are not swapped."""

from __future__ import annotations

from functions.core.decision import Decline
from functions.readings.rds_quota import RdsQuota
from functions.readings.rds_swap import Swap

_Rule = tuple[bool, str, str, str]


def unready(swap: Swap) -> Decline | None:
    """A decline where one of the two cannot be renamed at this moment, forward or back."""
    recovered, original = swap.recovered, swap.original
    other = original.db if original else None
    waiting = [*recovered.pending_reboot, *(original.pending_reboot if original else ())]
    pending = [*recovered.db.pending, *(other.pending if other else ())]
    return _first(
        (
            recovered.db.status != "available",
            "instance_not_available",
            f"{recovered.db.name} is {recovered.db.status}",
            "Wait until it is available, then ask again",
        ),
        (
            other is not None and other.status != "available",
            "original_not_available",
            f"{other.name if other else ''} is {other.status if other else ''}: RDS renames an instance only when it is available",
            "Wait, start it, or free the name by hand",
        ),
        (
            bool(pending),
            "pending_modifications",
            f"{', '.join(pending)} is pending, which a rename at once would apply too",
            "Apply or cancel it first",
        ),
        (
            bool(waiting),
            "parameters_pending_reboot",
            f"{', '.join(waiting)} has parameters that wait for a reboot, and a rename is one",
            "Decide about these parameters first: reboot the recovered instance, which nobody uses, or set them back",
        ),
    )


def unswappable(swap: Swap, quota: RdsQuota) -> Decline | None:
    """A decline where the recovered instance would not do what the original does."""
    recovered, original = swap.recovered, swap.original
    replicas = (*original.db.replicas, *original.db.aurora_replicas) if original else ()
    return _first(
        (
            swap.swapped,
            "already_swapped",
            f"{swap.name} is the recovered instance already",
            "Nothing to do; the swap's run can be taken back by its id",
        ),
        (
            recovered.initialising is not None,
            "still_initialising",
            f"the volume of {recovered.db.name} is {recovered.initialising} % initialised: its first reads are slow",
            "Wait until it is done, or rename by hand where slow is better than nothing",
        ),
        (
            swap.retired_taken,
            "name_taken",
            f"there is a DB instance {swap.retired_name} already",
            "Ask again for another name",
        ),
        (
            bool(replicas),
            "replicas_stay_behind",
            f"{', '.join(replicas)} would go on replicating the retired {swap.name}",
            "Make replicas of the recovered instance first, and swap by hand",
        ),
        (
            bool(swap.differences),
            "settings_differ",
            f"{swap.name} and {recovered.db.name} differ in {swap.differences[0] if swap.differences else ''}"
            f"{f' and {len(swap.differences) - 1} more' if len(swap.differences) > 1 else ''}",
            "Give the recovered instance what the original has, then ask again",
        ),
        (
            original is not None and original.engine_version != recovered.engine_version,
            "engine_version_differs",
            f"{swap.name} runs {original.engine_version if original else ''}, {recovered.db.name} {recovered.engine_version}",
            "Upgrade the recovered instance and check its data again",
        ),
        (
            original is not None and original.mode != recovered.mode,
            "policies_differ",
            f"the mode of {swap.name} is {original.mode or 'not set' if original else ''}, that of the recovered instance"
            f" {recovered.mode or 'not set'}",
            "Set the tag first-responder:mode of both to the same",
        ),
        (
            original is not None and quota.snapshots_left is not None and quota.snapshots_left < 1,
            "snapshot_quota",
            "the quota of manual snapshots is used up, and the original is not renamed without one",
            "Have the quota raised; no snapshot is deleted for it",
        ),
    )


def _first(*rules: _Rule) -> Decline | None:
    return next((Decline(code=code, seen=seen, advice=advice) for holds, code, seen, advice in rules if holds), None)
