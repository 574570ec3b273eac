"""The subnets of a VPC, by their networks and zones."""

from __future__ import annotations

from dataclasses import dataclass

from functions.core.ports import Aws
from functions.readings.network_acls import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Subnet:
    """One subnet. `zone` is a name (eu-west-1a), which every account has its own of; `zone_id` (euw1-az3) is everybody's."""

    id: str
    cidr: str
    zone: str
    zone_id: str

    @property
    def place(self) -> Place:
        return Place(self.id, self.cidr)


def read_vpc_subnets(aws: Aws, vpc: str) -> tuple[Subnet, ...]:
    """The subnets of a VPC that have an IPv4 network, by id. Needs ec2:DescribeSubnets (readings/subnets.py)."""
    asked = [{"Name": "vpc-id", "Values": [vpc]}]
    pages = aws.client("ec2").get_paginator("describe_subnets").paginate(Filters=asked)
    found = (
        Subnet(
            id=one["SubnetId"],
            cidr=one["CidrBlock"],
            zone=one.get("AvailabilityZone", ""),
            zone_id=one.get("AvailabilityZoneId", ""),
        )
        for page in pages
        for one in page["Subnets"]
        if one.get("CidrBlock")
    )
    return tuple(sorted(found, key=lambda subnet: subnet.id))
