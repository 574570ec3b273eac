"""Why a contained instance is not released by machine: what the record does not say, or what is not as it says any more."""

from __future__ import annotations

from collections.abc import Sequence

from functions.core.decision import Decline
from functions.readings.containment_groups import CONTAINMENT, is_ours
from functions.readings.containment_record import Before
from functions.readings.ec2_instances import SHUTDOWN_BEHAVIOUR, TERMINATION_PROTECTION, Instance
from functions.readings.security_groups import SecurityGroup

_VALUES = {TERMINATION_PROTECTION: ("true", "false"), SHUTDOWN_BEHAVIOUR: ("stop", "terminate")}
_BY_HAND = "Read the groups from the evidence of that run, and put the interfaces back by hand"


def unreleasable(
    instance: Instance, before: Before | None, groups: Sequence[SecurityGroup], run: str
) -> Decline | None:
    """`groups` are those of the record and of the interfaces that exist."""
    if before is None or before.instance != instance.id:
        return no_record(instance.id, run)
    named = {group for each in before.groups.values() for group in each}
    known = {group.id: group for group in groups}
    strange = {one for one in named if one not in known or known[one].vpc != instance.vpc or is_ours(known[one].tags)}
    free = [one.id for one in instance.interfaces if not _contained(one.groups, known)]
    rules = (
        (
            bool(free),
            "not_contained",
            f"{', '.join(free)} of {instance.id} is not in one group with the tag {CONTAINMENT} alone",
            "Somebody has changed it since: look who, and decide by hand",
        ),
        (
            {one.id for one in instance.interfaces} != set(before.groups) or not all(before.groups.values()),
            "interfaces_changed",
            f"the record is of {', '.join(before.groups) or 'no interface'}, and {instance.id} has others by now",
            _BY_HAND,
        ),
        (
            bool(strange),
            "groups_gone",
            f"{', '.join(sorted(strange))} is no group of {instance.vpc} to go back to",
            "Make the groups again, and put the interfaces into them by hand",
        ),
        (
            any(value not in _VALUES.get(name, ()) for name, value in before.attributes.items()),
            "no_record",
            f"the record of {run} has attributes that are none",
            _BY_HAND,
        ),
    )
    return next((Decline(code=code, seen=seen, advice=advice) for holds, code, seen, advice in rules if holds), None)


def no_record(instance: str, run: str) -> Decline:
    seen = f"no snapshots of {run} say with one voice what {instance} was before"
    return Decline(code="no_record", seen=seen, advice=f"Correct the run; else: {_BY_HAND}")


def _contained(groups: tuple[str, ...], known: dict[str, SecurityGroup]) -> bool:
    return len(groups) == 1 and groups[0] in known and CONTAINMENT in known[groups[0]].tags
