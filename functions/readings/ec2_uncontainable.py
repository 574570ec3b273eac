"""Why an instance is not contained by machine: what it is, what it does for others, what is not ready for it."""

from __future__ import annotations

from collections.abc import Mapping

from functions.core.decision import Decline
from functions.readings.contained_neighbours import Neighbours
from functions.readings.containment_groups import CONTAINMENT, ContainmentGroups
from functions.readings.containment_record import LONGEST_TAG, groups_text
from functions.readings.ec2_auto_scaling import Membership
from functions.readings.ec2_instances import Instance

NEVER = "first-responder:never-contain"
"""A tag, of any value, on what many depend on: bastions, domain controllers, DNS and VPN servers."""
MOST_INTERFACES, MOST_VOLUMES = 6, 10
_STATES = ("running", "stopped")
_SETTLED = ("", "InService", "Standby", "Detaching", "Detached")
_BY_HAND = "Contain it by hand, with whoever owns it; its volumes can be kept by snapshots meanwhile"


def unfit_instance(instance: Instance, tags: Mapping[str, str]) -> Decline | None:
    """What can be said of the instance alone."""
    rules = (
        (
            NEVER in tags,
            "never_contain",
            f"the owner has tagged {instance.id} with {NEVER}: others depend on it",
            _BY_HAND,
        ),
        (
            instance.managed,
            "managed_instance",
            f"{instance.id} is run by an AWS service, which alone may change it",
            "Cordon it in that service, and contain the role that it runs under",
        ),
        (
            instance.state not in _STATES,
            "instance_not_containable",
            f"{instance.id} is {instance.state}",
            "Look what has started or ended it; snapshots of its volumes may still be possible",
        ),
        (
            any(one.forwards for one in instance.interfaces),
            "forwards_traffic",
            f"{instance.id} lets through what is not addressed to it: a NAT instance, a router, a VPN server",
            _BY_HAND,
        ),
        (
            not 1 <= len(instance.interfaces) <= MOST_INTERFACES,
            "interfaces",
            f"{instance.id} has {len(instance.interfaces)} interfaces, 1 to {MOST_INTERFACES} are contained",
            _BY_HAND,
        ),
        (
            not all(one.groups for one in instance.interfaces),
            "interface_without_groups",
            f"an interface of {instance.id} is in no security group (one for EFA alone, say), so that no group isolates it",
            _BY_HAND,
        ),
        (
            any(one.vpc != instance.vpc for one in instance.interfaces),
            "other_vpc",
            f"{instance.id} has an interface in another VPC than {instance.vpc}",
            _BY_HAND,
        ),
        (
            not 1 <= len(instance.volumes) <= MOST_VOLUMES,
            "volumes",
            f"{instance.id} has {len(instance.volumes)} EBS volumes, of 1 to {MOST_VOLUMES} snapshots are taken",
            "Decide by hand what is to be kept, and how: an instance store is lost when it is stopped",
        ),
        (
            any(len(groups_text(one.groups)) > LONGEST_TAG for one in instance.interfaces),
            "too_many_groups",
            f"an interface of {instance.id} has more security groups than the record of a release holds",
            _BY_HAND,
        ),
    )
    return _first(rules)


def not_ready(instance: Instance, groups: ContainmentGroups, scaling: Membership, others: Neighbours) -> Decline | None:
    """What can be said of its surroundings."""
    made = f"Make one security group in {instance.vpc} without any rule, in or out, and tag it {CONTAINMENT}"
    rules = (
        (
            not groups.contained_by,
            "no_containment_group",
            f"{instance.vpc} has no security group with the tag {CONTAINMENT}",
            f"{made}; then invoke this by hand with the instance's ARN",
        ),
        (
            len(groups.contained_by) > 1,
            "containment_groups",
            f"{instance.vpc} has {len(groups.contained_by)} security groups with the tag {CONTAINMENT}",
            "Leave the tag on one of them",
        ),
        (
            bool(groups.full),
            "containment_group_not_empty",
            f"{', '.join(groups.full)} has rules, and would contain nothing",
            "Take all its rules out, the egress rule that every new group comes with included",
        ),
        (
            scaling.state.partition(":")[0] not in _SETTLED,
            "lifecycle_in_transition",
            f"{instance.id} is {scaling.state} in {scaling.group}",
            "Complete or prolong its lifecycle action by hand: where it is being ended, its volumes go with it",
        ),
        (
            bool(others.same_group),
            "another_contained",
            f"{', '.join(others.same_group)} of {scaling.group} is contained already",
            "More than one instance of a group is an intrusion into its image or its role: contain that, and decide about the service",
        ),
    )
    return _first(rules)


def already_contained(instance: Instance, closed: str) -> Decline | None:
    """Whether all its interfaces are where they belong: a finding comes again whenever its count rises."""
    if any(one.groups != (closed,) for one in instance.interfaces):
        return None
    return Decline(
        code="already_contained",
        seen=f"every interface of {instance.id} is in {closed} alone",
        advice="Nothing to do: only release_ec2_instance lets it go",
        call_person=False,
    )


def _first(rules: tuple[tuple[bool, str, str, str], ...]) -> Decline | None:
    return next((Decline(code=code, seen=seen, advice=advice) for holds, code, seen, advice in rules if holds), None)
