"""Room for new network interfaces: every awsvpc task takes an address of its subnet."""

from __future__ import annotations

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
