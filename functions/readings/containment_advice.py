"""What whoever approves or reads a containment has to know: why it is asked for, and what it does not cut."""

from __future__ import annotations

from collections.abc import Mapping

from functions.readings.contained_neighbours import Neighbours
from functions.readings.containment_groups import UNTRACKING
from functions.readings.ec2_instances import Instance
from functions.readings.guardduty_findings import Finding

CRITICAL = 9.0
"""GuardDuty's critical findings; below it a person decides."""
_NODES = ("kubernetes.io/cluster/", "aws:eks:cluster-name", "eks:cluster-name")
_ALWAYS_TRACKED = "NAT gateways, Network Load Balancers, transit gateways, interface endpoints and Network Firewall"
_OPEN = "DNS by the VPC's resolver and the instance metadata stay open: use Resolver DNS Firewall"


def ask_first(severity: float | None, tags: Mapping[str, str], others: Neighbours) -> str:
    """Why a person has to agree whatever the mode says; empty where the finding is critical and nothing speaks against it."""
    rules = (
        (severity is None, "somebody has asked for it, and no finding says how bad it is"),
        (severity is not None and severity < CRITICAL, f"severity {severity} is below {CRITICAL:.0f}"),
        (
            any(key.startswith(_NODES) for key in tags),
            "it is a node of a Kubernetes cluster: all pods on it are cut off",
        ),
        (bool(others.same_zone), f"{', '.join(others.same_zone)} in the same zone is contained already"),
    )
    return next((f"it takes the instance out of service, and {why}" for holds, why in rules if holds), "")


def told(instance: Instance, finding: Finding | None, opened: str, registered: tuple[str, ...], unread: str) -> str:
    """Why, and what remains to be done by people."""
    why = (
        f"GuardDuty says {finding.type} of {instance.id} (severity {finding.severity})" if finding else "somebody asked"
    )
    tracked = (
        f"connections through {_ALWAYS_TRACKED} stay tracked and live on"
        if opened
        else f"no usable group with the tag {UNTRACKING}: all connections that are tracked live on until they end"
    )
    hard = "only a network ACL for the whole subnet, or stopping it, cuts these, and memory and instance store are lost then"
    parts = [why, f"{tracked}; {hard}", _OPEN]
    parts += [f"the credentials of {instance.profile} live on: contain its role as well"] if instance.profile else []
    parts += ["a Spot instance cannot be protected from termination"] if instance.spot else []
    still = ", ".join(registered)
    parts += [f"still a target of {still}: deregister it"] if registered else []
    parts += [f"what its role has called was not read ({unread})"] if unread else []
    return "; ".join(parts)
