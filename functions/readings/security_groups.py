"""Security groups and what they let through: one DescribeSecurityGroups call."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, ip_network
from typing import Any

from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

DESCRIBE_SECURITY_GROUPS = Allow(
    action="ec2:DescribeSecurityGroups",
    on=EVERYTHING,
    because="DescribeSecurityGroups has no resource scope in IAM",
)
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
_TCP = ("tcp", "6", "-1")
_ALL_PORTS = (0, 65535)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Who may come in, or be gone to: `peer` is a security group, a prefix list, or a network like 10.0.0.0/16."""

    protocol: str
    from_port: int
    to_port: int
    peer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SecurityGroup:
    """One group as it is now."""

    id: str
    vpc: str
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]
    tags: Mapping[str, str] = field(repr=False)


def read_security_groups(aws: Aws, ids: Collection[str]) -> tuple[SecurityGroup, ...]:
    """The groups with these ids, in the order of their ids. Raises ClientError where one does not exist."""
    if not ids:
        return ()
    found = aws.client("ec2").describe_security_groups(GroupIds=sorted(set(ids)))["SecurityGroups"]
    return tuple(sorted((_group(one) for one in found), key=lambda group: group.id))


def find_security_groups(aws: Aws, vpc: str, tag: str) -> tuple[SecurityGroup, ...]:
    """The groups of a VPC that have a tag, of any value, in the order of their ids."""
    return _find(aws, {"vpc-id": [vpc], "tag-key": [tag]})


def known_security_groups(aws: Aws, ids: Collection[str]) -> tuple[SecurityGroup, ...]:
    """Those of these groups that exist, in the order of their ids."""
    return _find(aws, {"group-id": sorted(set(ids))}) if ids else ()


def _find(aws: Aws, wanted: Mapping[str, list[str]]) -> tuple[SecurityGroup, ...]:
    filters = [{"Name": name, "Values": values} for name, values in wanted.items()]
    pages = aws.client("ec2").get_paginator("describe_security_groups").paginate(Filters=filters)
    found = [_group(one) for page in pages for one in page["SecurityGroups"]]
    return tuple(sorted(found, key=lambda group: group.id))


def passes(rules: Iterable[Rule], port: int, peers: Iterable[str]) -> bool:
    """Whether TCP on a port may be let through for any of these peers. In doubt it may: a prefix list is not looked into.

    `peers` are group ids and networks; a rule for a part of a network counts.
    """
    peers = tuple(peers)
    return any(
        rule.protocol in _TCP and rule.from_port <= port <= rule.to_port and _meets(rule.peer, peers) for rule in rules
    )


def within(cidr: str, networks: Iterable[str]) -> bool:
    """Whether all of a network lies in one of these IPv4 networks."""
    network = ip_network(cidr, strict=False)
    return isinstance(network, IPv4Network) and any(network.subnet_of(IPv4Network(one)) for one in networks)


def _meets(peer: str, peers: tuple[str, ...]) -> bool:
    if peer.startswith("pl-") or peer in peers:
        return True
    if "/" not in peer:
        return False
    network = ip_network(peer, strict=False)
    others = (ip_network(one, strict=False) for one in peers if "/" in one)
    return any(network.version == other.version and network.overlaps(other) for other in others)


def _group(said: Mapping[str, Any]) -> SecurityGroup:
    return SecurityGroup(
        id=said["GroupId"],
        vpc=said.get("VpcId", ""),
        ingress=tuple(_rules(said.get("IpPermissions") or ())),
        egress=tuple(_rules(said.get("IpPermissionsEgress") or ())),
        tags={tag["Key"]: tag["Value"] for tag in said.get("Tags") or ()},
    )


def _rules(permissions: Iterable[Mapping[str, Any]]) -> Iterator[Rule]:
    for said in permissions:
        peers = [one["CidrIp"] for one in said.get("IpRanges") or ()]
        peers += [one["CidrIpv6"] for one in said.get("Ipv6Ranges") or ()]
        peers += [one["PrefixListId"] for one in said.get("PrefixListIds") or ()]
        peers += [one["GroupId"] for one in said.get("UserIdGroupPairs") or ()]
        protocol = said["IpProtocol"]
        low, high = (
            _ALL_PORTS if protocol == "-1" else (said.get("FromPort", _ALL_PORTS[0]), said.get("ToPort", _ALL_PORTS[1]))
        )
        yield from (Rule(protocol=protocol, from_port=low, to_port=high, peer=peer) for peer in peers)
