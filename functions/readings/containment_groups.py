"""The security groups that the owner of a VPC has made ready for containing an instance, by their tags.

`first-responder:containment` lets nothing in or out. `first-responder:untracking` lets everything in and out: what runs through
it is not tracked, so that it ends when the containment group takes its place (EC2 User Guide, "Security group connection
tracking"). Either is found by its tag, of any value, in the VPC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from functions.core.arn import Arn
from functions.core.ports import Aws
from functions.readings.ec2_instances import describe, interfaces_of
from functions.readings.security_groups import Rule, SecurityGroup, find_security_groups, read_security_groups

CONTAINMENT, UNTRACKING = "first-responder:containment", "first-responder:untracking"
_ALL_PORTS = (0, 65535)


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainmentGroups:
    """`contained_by` are the groups with the tag, `full` those of them that have rules; `opened_by` is empty where none is fit."""

    contained_by: tuple[str, ...]
    full: tuple[str, ...]
    opened_by: str
    opened_by_ipv6: bool


def containment_groups(aws: Aws, vpc: str) -> ContainmentGroups:
    """What is ready in a VPC."""
    closed = find_security_groups(aws, vpc, CONTAINMENT)
    fit = [group for group in find_security_groups(aws, vpc, UNTRACKING) if lets_all(group, "0.0.0.0/0")]
    opened = fit[0] if len(fit) == 1 else None
    return ContainmentGroups(
        contained_by=tuple(group.id for group in closed),
        full=tuple(group.id for group in closed if not is_empty(group)),
        opened_by=opened.id if opened else "",
        opened_by_ipv6=opened is not None and lets_all(opened, "::/0"),
    )


def is_empty(group: SecurityGroup) -> bool:
    return not group.ingress and not group.egress


def lets_all(group: SecurityGroup, network: str) -> bool:
    """Both ways: a flow that a rule lets in and none lets out again is tracked."""
    rule = Rule(protocol="-1", from_port=_ALL_PORTS[0], to_port=_ALL_PORTS[1], peer=network)
    return rule in group.ingress and rule in group.egress


def not_contained(aws: Aws, target: Arn, closed: str) -> str:
    """Why an instance is not contained, empty where it is: an interface that somebody has attached since counts as well."""
    said = describe(aws, target)
    outside = [one.id for one in interfaces_of(said or {}) if one.groups != (closed,)]
    full = [group.id for group in read_security_groups(aws, [closed]) if not is_empty(group)]
    if said is None:
        return f"{target.id} is gone"
    if outside or full:
        return f"{closed} has rules" if full else f"not in {closed} alone: {', '.join(outside)}"
    return ""


def is_ours(tags: Mapping[str, str]) -> bool:
    """Whether a group is made for containing: no instance is ever released into it."""
    return CONTAINMENT in tags or UNTRACKING in tags
