"""A VPC endpoint as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

DESCRIBE_VPC_ENDPOINTS = Allow(
    action="ec2:DescribeVpcEndpoints", on=EVERYTHING, because="DescribeVpcEndpoints has no resource scope in IAM"
)
_MISSING = ("InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound", "InvalidVpcEndpointId.Malformed")


@dataclass(frozen=True, kw_only=True, slots=True)
class VpcEndpoint:
    """`state` and `kind` are in lower case: the API and its model differ in that. `names` are those of its private DNS.

    One of a resource or a service network has no `service`. With `ipv6` its clients may come by IPv6, alone or as well.
    `policy` is the JSON of its endpoint policy, `trouble` what AWS says went wrong with it.
    """

    id: str
    vpc: str
    kind: str
    service: str
    state: str
    trouble: str
    subnets: tuple[str, ...]
    interfaces: tuple[str, ...]
    security_groups: tuple[str, ...]
    route_tables: tuple[str, ...]
    private_dns: bool
    ipv6: bool
    names: tuple[str, ...]
    policy: str = field(repr=False)
    tags: Mapping[str, str] = field(repr=False)


def read_vpc_endpoint(aws: Aws, target: Arn) -> VpcEndpoint | Decline:
    """The endpoint, or why it cannot be looked at."""
    kind, _, name = target.resource.partition("/")
    if kind != "vpc-endpoint" or not name.startswith("vpce-"):
        return Decline(
            code="not_a_vpc_endpoint", seen=f"{target} is no VPC endpoint", advice="Name one: vpc-endpoint/vpce-ID"
        )
    try:
        found = aws.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[name])["VpcEndpoints"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in _MISSING:
            raise
        found = []
    if not found or str(found[0].get("State", "")).lower() == "deleted":
        return Decline(
            code="target_not_found",
            seen=f"there is no VPC endpoint {name}",
            advice="Look in CloudTrail who deleted it; a new one has another id, and policies with aws:sourceVpce name the old one",
        )
    return _endpoint(found[0])


def endpoints_of(aws: Aws, vpc: str) -> tuple[VpcEndpoint, ...]:
    """All endpoints of a VPC, by id."""
    asked = [{"Name": "vpc-id", "Values": [vpc]}]
    pages = aws.client("ec2").get_paginator("describe_vpc_endpoints").paginate(Filters=asked)
    return tuple(
        sorted((_endpoint(one) for page in pages for one in page["VpcEndpoints"]), key=lambda endpoint: endpoint.id)
    )


def _endpoint(said: Mapping[str, Any]) -> VpcEndpoint:
    error = said.get("LastError") or {}
    names = (one.get("DnsName", "") for one in said.get("DnsEntries") or ())
    return VpcEndpoint(
        id=said["VpcEndpointId"],
        vpc=said["VpcId"],
        kind=said.get("VpcEndpointType", "").lower(),
        service=said.get("ServiceName", ""),
        state=str(said.get("State", "")).lower(),
        trouble=said.get("FailureReason") or error.get("Message") or error.get("Code") or "",
        subnets=tuple(sorted(said.get("SubnetIds") or ())),
        interfaces=tuple(sorted(said.get("NetworkInterfaceIds") or ())),
        security_groups=tuple(sorted(one["GroupId"] for one in said.get("Groups") or ())),
        route_tables=tuple(sorted(said.get("RouteTableIds") or ())),
        private_dns=bool(said.get("PrivateDnsEnabled")),
        ipv6=said.get("IpAddressType", "ipv4") != "ipv4",
        names=tuple(sorted(one for one in names if one and not one.startswith("vpce-") and ".vpce." not in one)),
        policy=said.get("PolicyDocument") or "",
        tags={tag["Key"]: tag["Value"] for tag in said.get("Tags") or ()},
    )
