"""Network ACLs: stateless, by subnet, the lowest rule number wins. Both directions have to be open, on both subnets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

DESCRIBE_NETWORK_ACLS = Allow(
    action="ec2:DescribeNetworkAcls", on=EVERYTHING, because="DescribeNetworkAcls has no resource scope in IAM"
)
EPHEMERAL = (1024, 65535)
"""Where answers go: clients differ in the ports that they use of these (VPC User Guide, "Ephemeral ports")."""
_TCP = ("6", "-1")
_ALL_PORTS = (0, 65535)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One rule for TCP and IPv4."""

    number: int
    egress: bool
    allows: bool
    from_port: int
    to_port: int
    cidr: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkAcl:
    """One ACL with the subnets that it guards; its entries by number."""

    id: str
    subnets: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One end of a connection. `cidr` is the network of the subnet."""

    subnet: str
    cidr: str


def read_network_acls(aws: Aws, vpc: str) -> tuple[NetworkAcl, ...]:
    """The ACLs of a VPC, by id."""
    asked = [{"Name": "vpc-id", "Values": [vpc]}]
    pages = aws.client("ec2").get_paginator("describe_network_acls").paginate(Filters=asked)
    return tuple(sorted((_acl(one) for page in pages for one in page["NetworkAcls"]), key=lambda acl: acl.id))


def acl_in_the_way(acls: Iterable[NetworkAcl], client: Place, server: Place, port: int) -> str:
    """Which rule stops a client from talking to a server, in words; empty where none surely does.

    Within one subnet no ACL is asked. A rule for a part of a network does not surely stop it.
    """
    if client.subnet == server.subnet:
        return ""
    of = {subnet: acl for acl in acls for subnet in acl.subnets}
    steps = (
        (client, True, server, (port, port)),
        (server, False, client, (port, port)),
        (server, True, client, EPHEMERAL),
        (client, False, server, EPHEMERAL),
    )
    found = (_stopped(of[at.subnet], at, out, peer, ports) for at, out, peer, ports in steps if at.subnet in of)
    return next(filter(None, found), "")


def _stopped(acl: NetworkAcl, at: Place, out: bool, peer: Place, ports: tuple[int, int]) -> str:
    entries = [one for one in acl.entries if one.egress is out]
    for port in _edges(entries, ports):
        entry = _decides(entries, port, peer.cidr)
        if entry is None or not entry.allows:
            way = f"{'out to' if out else 'in from'} {peer.cidr} ({peer.subnet})"
            rule = "no rule allows" if entry is None or entry.number > 32766 else f"rule {entry.number} denies"
            return f"{acl.id} of {at.subnet}: {rule} TCP {_words(ports)} {way}"
    return ""


def _edges(entries: Sequence[Entry], ports: tuple[int, int]) -> list[int]:
    """The ports at which another entry may decide: between them nothing changes."""
    low, high = ports
    edges = {low, *(one.from_port for one in entries), *(one.to_port + 1 for one in entries)}
    return sorted(port for port in edges if low <= port <= high)


def _decides(entries: Sequence[Entry], port: int, cidr: str) -> Entry | None:
    """The first entry that covers the port and all of the network; an allowing one counts for a part of it too."""
    network = IPv4Network(cidr)
    for one in entries:
        other = IPv4Network(one.cidr, strict=False)
        covers = network.overlaps(other) if one.allows else network.subnet_of(other)
        if covers and one.from_port <= port <= one.to_port:
            return one
    return None


def _words(ports: tuple[int, int]) -> str:
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}-{ports[1]}"


def _acl(said: Mapping[str, Any]) -> NetworkAcl:
    entries = [_entry(one) for one in said["Entries"] if one["Protocol"] in _TCP and "CidrBlock" in one]
    return NetworkAcl(
        id=said["NetworkAclId"],
        subnets=tuple(sorted(one["SubnetId"] for one in said.get("Associations") or ())),
        entries=tuple(sorted(entries, key=lambda entry: entry.number)),
    )


def _entry(said: Mapping[str, Any]) -> Entry:
    ports = said.get("PortRange") or {}
    return Entry(
        number=said["RuleNumber"],
        egress=said["Egress"],
        allows=said["RuleAction"] == "allow",
        from_port=ports.get("From", _ALL_PORTS[0]),
        to_port=ports.get("To", _ALL_PORTS[1]),
        cidr=said["CidrBlock"],
    )
