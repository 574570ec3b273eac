"""Room for new network interfaces: every awsvpc task takes an address of its subnet."""

from __future__ import annotations

from functions.core.decision import Decline
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

DESCRIBE_SUBNETS = Allow(
    action="ec2:DescribeSubnets", on=EVERYTHING, because="DescribeSubnets has no resource scope in IAM"
)


def free_addresses(aws: Aws, subnets: tuple[str, ...]) -> int | None:
    """The free IPv4 addresses of all these subnets together; None where tasks take none of their own."""
    if not subnets:
        return None
    pages = aws.client("ec2").get_paginator("describe_subnets").paginate(SubnetIds=list(subnets))
    return sum(int(subnet["AvailableIpAddressCount"]) for page in pages for subnet in page["Subnets"])


def too_few_addresses(free: int | None, tasks: int) -> Decline | None:
    """A decline where the subnets have no room for so many more tasks."""
    if free is None or free >= tasks:
        return None
    return Decline(
        code="no_free_addresses",
        seen=f"the service's subnets have {free} free addresses, {tasks} more tasks need as many",
        advice="Add a subnet to the service, or free addresses",
    )
