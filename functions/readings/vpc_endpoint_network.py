"""The network of an interface endpoint: its interfaces, security groups and network ACLs."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network

from functions.core.decision import Decline
from functions.core.permission import EVERYTHING, Allow
from functions.readings.network_acls import acl_in_the_way, read_network_acls
from functions.readings.removed_rules import RemovedRule, read_removed_rules
from functions.readings.security_groups import PRIVATE, SecurityGroup, passes, read_security_groups, within
from functions.readings.vpc_endpoint_case import HTTPS, Broken, Case

DESCRIBE_NETWORK_INTERFACES = Allow(
    action="ec2:DescribeNetworkInterfaces",
    on=EVERYTHING,
    because="DescribeNetworkInterfaces has no resource scope in IAM",
)
_ANY_IPV6 = "::/0"


def state(case: Case) -> Broken | None:
    """Whatever its state is called: only an available endpoint carries traffic."""
    endpoint = case.endpoint
    if endpoint.state == "available":
        return None
    return _broken(
        "endpoint_not_available",
        f"{endpoint.id} is {endpoint.state}{f': {endpoint.trouble}' if endpoint.trouble else ''}",
        "A pending one waits for the service's owner, a rejected or failed one for a person; never delete it to make it anew:"
        " a new one has another id, and policies with aws:sourceVpce name this one",
    )


def subnets(case: Case) -> Broken | None:
    """An interface endpoint is where its interfaces are."""
    if case.endpoint.subnets:
        return None
    return _broken(
        "endpoint_without_subnets",
        f"{case.endpoint.id} is in no subnet, so that nothing answers for it",
        "Add a subnet of each zone that its clients run in, as its template has it",
    )


def interfaces(case: Case) -> Broken | None:
    """Each of them has to be in use: by name, a client may come to any of them."""
    endpoint = case.endpoint
    asked = [{"Name": "network-interface-id", "Values": list(endpoint.interfaces)}]
    pages = case.aws.client("ec2").get_paginator("describe_network_interfaces").paginate(Filters=asked)
    found = {one["NetworkInterfaceId"]: one["Status"] for page in pages for one in page["NetworkInterfaces"]}
    idle = [f"{one} ({found.get(one, 'gone')})" for one in endpoint.interfaces if found.get(one) != "in-use"]
    if not idle:
        return None
    return _broken(
        "endpoint_interface_not_in_use",
        f"an interface of {endpoint.id} is not in use: {', '.join(idle)}",
        "Look at AWS Health and open a support case; clients of that zone can use the others by name",
    )


def security_groups(case: Case) -> Broken | None:
    """TCP 443 has to come in; where a person named the client, from that one, and out of it. By IPv6 any rule may do."""
    endpoint, clients = case.endpoint, case.clients
    wanted = [*endpoint.security_groups, *filter(None, (clients.security_group,))]
    groups = {one.id: one for one in read_security_groups(case.aws, wanted)}
    own = [groups[one] for one in endpoint.security_groups]
    ingress = [rule for group in own for rule in group.ingress]
    networks = [one.cidr for one in case.client_subnets] if clients.subnet else list(case.networks)
    networks += [_ANY_IPV6] if endpoint.ipv6 else []
    named = clients.subnet or clients.security_group
    peers = [*networks, *filter(None, (clients.security_group,))] if named else [*networks, *_peers(own)]
    if not passes(ingress, HTTPS, peers):
        return _closed(case, own)
    client = groups.get(clients.security_group)
    places = [*(one.cidr for one in case.own_subnets), *([_ANY_IPV6] if endpoint.ipv6 else [])]
    if client is not None and not passes(client.egress, HTTPS, [*endpoint.security_groups, *places]):
        return _broken(
            "client_security_group_blocks_endpoint",
            f"{client.id} lets TCP {HTTPS} out to nothing of {endpoint.id}",
            f"Let TCP {HTTPS} out of {client.id} to {', '.join(endpoint.security_groups)}",
        )
    return None


def network_acls(case: Case) -> Broken | None:
    """Both subnets, both directions; broken for sure is what keeps every client out."""
    shut_out, others = _shut_out(case)
    if not shut_out or others:
        return None
    return _acl("network_acl_blocks_endpoint", case, shut_out, "every client in another subnet")


def some_network_acls(case: Case) -> Broken | None:
    """What keeps only some clients out may be meant: it is named where nothing else is broken."""
    shut_out, _ = _shut_out(case)
    names = ", ".join(sorted(shut_out))
    return _acl("network_acl_blocks_some_subnets", case, shut_out, f"the clients in {names}") if shut_out else None


def _shut_out(case: Case) -> tuple[dict[str, str], list[str]]:
    """The subnets that reach no interface, with the rule that stops them; and the others, the endpoint's own left out.

    Within one subnet no ACL is asked: that its own subnets get through says nothing. Where clients may come by IPv6, what the
    rules for IPv4 say is not sure to be about them.
    """
    if case.endpoint.ipv6:
        return {}, []
    acls = read_network_acls(case.aws, case.endpoint.vpc)
    ways = {
        client.id: [acl_in_the_way(acls, client.place, own.place, HTTPS) for own in case.own_subnets]
        for client in case.client_subnets
    }
    shut_out = {client: stopped[0] for client, stopped in ways.items() if stopped and all(stopped)}
    return shut_out, [client for client in ways if client not in shut_out and client not in case.endpoint.subnets]


def _acl(code: str, case: Case, shut_out: dict[str, str], whom: str) -> Broken:
    return _broken(
        code,
        f"{next(iter(shut_out.values()))}; it keeps {whom} from {case.endpoint.id}",
        "Compare the ACL with its template; both directions have to be open, the way back on TCP 1024-65535",
    )


def _closed(case: Case, own: Sequence[SecurityGroup]) -> Broken:
    """A rule is put back only where it was there within the last day: TCP 443 alone, from a private network or a group."""
    removed = [
        one
        for one in read_removed_rules(case.aws, case.endpoint.security_groups)
        if (one.protocol, one.from_port, one.to_port) == ("tcp", HTTPS, HTTPS) and _narrow(one, case)
    ]
    one = removed[0] if len(removed) == 1 else None
    known = "; ".join(map(str, removed)) or "CloudTrail has no removal of such a rule in the last day, or not yet"
    ids = ", ".join(case.endpoint.security_groups) or "no security group"
    why = Decline(
        code="security_group_blocks_endpoint",
        seen=f"{ids} of {case.endpoint.id} does not let TCP {HTTPS} in from its clients: {known}",
        advice=f"Let TCP {HTTPS} in from the clients' security group or subnets, and from nowhere else",
    )
    tags = next((group.tags for group in own if one is not None and group.id == one.group), {})
    return Broken(why=why, removed=one, tags=tags)


def _narrow(rule: RemovedRule, case: Case) -> bool:
    """Never the world: a group, or a network that lies in the VPC or is as private as one that is peered with it."""
    if rule.peer.startswith("sg-"):
        return True
    if "/" not in rule.peer or ":" in rule.peer:
        return False
    network = IPv4Network(rule.peer, strict=False)
    return any(network.subnet_of(IPv4Network(one)) for one in (*case.networks, *PRIVATE))


def _peers(own: Sequence[SecurityGroup]) -> list[str]:
    """The groups and private networks that may come in: one of them may be the client's, nobody has said whose it is."""
    peers = {rule.peer for group in own for rule in group.ingress}
    return [one for one in sorted(peers) if one.startswith("sg-") or ("/" in one and within(one, PRIVATE))]


def _broken(code: str, seen: str, advice: str) -> Broken:
    return Broken(why=Decline(code=code, seen=seen, advice=advice))
