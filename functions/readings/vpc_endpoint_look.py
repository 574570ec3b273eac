"""Looking a VPC endpoint over, part by part on the way that a client goes, until something is found to be broken."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from functions.core.decision import Decline
from functions.readings import vpc_endpoint_names as names
from functions.readings import vpc_endpoint_network as network
from functions.readings import vpc_endpoint_policy as access
from functions.readings.aws_health import open_issues
from functions.readings.vpc_endpoint_case import Broken, Case

Check = Callable[[Case], Broken | None]
_HEALTH = ("VPC", "VPCE_PRIVATELINK", "EC2")


def health(case: Case) -> Broken | None:
    """Asked last: an answer takes a support plan, and few faults are AWS's."""
    found = open_issues(case.aws, case.region, _HEALTH)
    if not found:
        return None
    return Broken(
        why=Decline(
            code="aws_health_issue",
            seen=f"AWS Health has open issues in {case.region}: {', '.join(found)}",
            advice="Follow them in AWS Health; use another zone or Region where clients can",
        )
    )


_INTERFACE: Mapping[str, Check] = {
    "state": network.state,
    "subnets": network.subnets,
    "security groups": network.security_groups,
    "network ACLs": network.network_acls,
    "DNS of the VPC": names.vpc_dns,
    "hosted zones": names.hosted_zones,
    "endpoint policy": access.policy,
    "interfaces": network.interfaces,
    "AWS Health": health,
    "private DNS": names.private_dns,
    "network ACLs of single subnets": network.some_network_acls,
    "companion endpoints": access.companions,
    "resolvers": names.resolver,
}
_GATEWAY: Mapping[str, Check] = {
    "state": network.state,
    "endpoint policy": access.policy,
    "client's security group": access.egress,
    "AWS Health": health,
    "routes": access.routes,
}
CHECKS: Mapping[str, Mapping[str, Check]] = {"interface": _INTERFACE, "gateway": _GATEWAY}
"""What is looked at by kind of endpoint: first what surely breaks it, then what may be meant and only counts where nothing does."""


def look_over(case: Case) -> tuple[tuple[str, ...], Broken | None]:
    """The names of what was looked at, and the first thing that is broken."""
    checked: list[str] = []
    for name, check in CHECKS[case.endpoint.kind].items():
        checked.append(name)
        broken = check(case)
        if broken is not None:
            return tuple(checked), broken
    return tuple(checked), None
