"""Whether security groups and network ACLs let a load balancer reach the tasks behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from functions.core.decision import Decline
from functions.core.ports import Aws
from functions.readings.ecs_service_behind import ServiceBehind
from functions.readings.load_balancers import LoadBalancer
from functions.readings.network_acls import acl_in_the_way, read_network_acls
from functions.readings.removed_rules import RemovedRule, read_removed_rules
from functions.readings.security_groups import SecurityGroup, passes, read_security_groups
from functions.readings.vpc_subnets import Subnet


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockedPath:
    """What stands in the way. `removed` is the one recorded rule whose return would open it, `tags` those of its group."""

    why: Decline
    removed: RemovedRule | None = None
    tags: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_path(
    aws: Aws, balancer: LoadBalancer, behind: ServiceBehind, port: int, subnets: Sequence[Subnet]
) -> BlockedPath | None:
    """The first thing that surely keeps the load balancer from its targets on this port; None where nothing surely does."""
    if not behind.security_groups:
        return None
    groups = {one.id: one for one in read_security_groups(aws, [*balancer.security_groups, *behind.security_groups])}
    of_balancer = [groups[one] for one in balancer.security_groups]
    of_tasks = [groups[one] for one in behind.security_groups]
    there = [one for one in subnets if one.id in behind.service.subnets]
    here = [one for one in subnets if one.id in balancer.zones.values()]
    if not _may(of_tasks, of_balancer, here, port):
        return _not_let_in(aws, balancer, behind, port, groups)
    egress = [rule for group in of_balancer for rule in group.egress]
    if not passes(egress, port, [*behind.security_groups, *(one.cidr for one in there)]):
        return BlockedPath(why=_not_let_out(balancer, behind, port))
    return _acl(aws, balancer, here, there, port)


def _may(into: list[SecurityGroup], of: list[SecurityGroup], subnets: list[Subnet], port: int) -> bool:
    ingress = [rule for group in into for rule in group.ingress]
    return passes(ingress, port, [*(one.id for one in of), *(one.cidr for one in subnets)])


def _not_let_in(
    aws: Aws, balancer: LoadBalancer, behind: ServiceBehind, port: int, groups: Mapping[str, SecurityGroup]
) -> BlockedPath:
    """Only `load balancer's group -> task's group : port` is ever put back, and only where it was taken out."""
    removed = [
        one
        for one in read_removed_rules(aws, behind.security_groups)
        if (one.protocol, one.from_port, one.to_port) == ("tcp", port, port) and one.peer in balancer.security_groups
    ]
    one = removed[0] if len(removed) == 1 else None
    known = "; ".join(map(str, removed)) or "CloudTrail has no removal of such a rule in the last day, or not yet"
    into = ", ".join(behind.security_groups)
    why = Decline(
        code="security_group_blocks_targets",
        seen=f"{into} of {behind.service.name} lets TCP {port} in from nothing of {balancer.dimension}: {known}",
        advice=f"Let TCP {port} into {into} from {', '.join(balancer.security_groups)}, and from nowhere else",
    )
    return BlockedPath(why=why, removed=one, tags=groups[one.group].tags if one else {})


def _not_let_out(balancer: LoadBalancer, behind: ServiceBehind, port: int) -> Decline:
    groups = ", ".join(balancer.security_groups)
    return Decline(
        code="security_group_blocks_load_balancer",
        seen=f"{groups} of {balancer.dimension} lets TCP {port} out to nothing of {behind.service.name}",
        advice=f"Let TCP {port} out of {groups} to {', '.join(behind.security_groups)}",
    )


def _acl(aws: Aws, balancer: LoadBalancer, here: list[Subnet], there: list[Subnet], port: int) -> BlockedPath | None:
    acls = read_network_acls(aws, balancer.vpc)
    ways = (acl_in_the_way(acls, one.place, other.place, port) for one in here for other in there)
    found = next(filter(None, ways), "")
    if not found:
        return None
    advice = "Compare the ACL with its template; both directions have to be open, the way back on TCP 1024-65535"
    return BlockedPath(why=Decline(code="network_acl_blocks_targets", seen=found, advice=advice))
