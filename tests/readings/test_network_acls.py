"""Network ACLs: the lowest number wins, both directions count, and only what surely stops a connection is named."""

from __future__ import annotations

import pytest

from functions.readings.network_acls import Entry, NetworkAcl, Place, acl_in_the_way

CLIENT, SERVER = Place("subnet-c", "10.0.1.0/24"), Place("subnet-s", "10.0.2.0/24")


def entry(number: int, verb: str, out: bool, low: int = 0, high: int = 65535, cidr: str = "0.0.0.0/0") -> Entry:
    return Entry(number=number, egress=out, allows=verb == "allow", from_port=low, to_port=high, cidr=cidr)


OPEN = (entry(100, "allow", True), entry(100, "allow", False))
SHUT = (entry(32767, "deny", True), entry(32767, "deny", False))


def way(*of_server: Entry, client: tuple[Entry, ...] = OPEN) -> str:
    def acl(name: str, subnet: str, entries: tuple[Entry, ...]) -> NetworkAcl:
        return NetworkAcl(
            id=name, subnets=(subnet,), entries=tuple(sorted((*entries, *SHUT), key=lambda one: one.number))
        )

    acls = (acl("acl-c", "subnet-c", client), acl("acl-s", "subnet-s", of_server))
    return acl_in_the_way(acls, CLIENT, SERVER, 443)


def test_what_lets_all_through_is_in_nobodys_way() -> None:
    assert way(*OPEN) == ""


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ((entry(100, "allow", True),), "acl-s of subnet-s: no rule allows TCP 443 in from 10.0.1.0/24"),
        ((entry(100, "allow", False),), "acl-s of subnet-s: no rule allows TCP 1024-65535 out to 10.0.1.0/24"),
        ((*OPEN, entry(50, "deny", False, 443, 443)), "rule 50 denies TCP 443 in"),
        ((*OPEN, entry(50, "deny", True, 60000, 60000)), "rule 50 denies TCP 1024-65535 out"),
    ],
)
def test_both_directions_have_to_be_open_for_every_port_that_a_client_may_use(
    entries: tuple[Entry, ...], says: str
) -> None:
    assert says in way(*entries)


@pytest.mark.parametrize(
    "entries",
    [
        (*OPEN, entry(200, "deny", False)),
        (*OPEN, entry(50, "deny", True, 0, 1023)),
        (*OPEN, entry(50, "deny", False, 443, 443, "10.0.1.128/25")),
        (*OPEN, entry(50, "deny", False, 443, 443, "10.0.3.0/24")),
        (entry(100, "allow", True), entry(100, "allow", False, 443, 443, "10.0.0.0/16")),
        (entry(100, "allow", True), entry(90, "allow", False, 443, 443, "10.0.1.0/25")),
    ],
)
def test_what_does_not_surely_stop_it_is_not_named(entries: tuple[Entry, ...]) -> None:
    assert way(*entries) == ""


def test_the_clients_own_subnet_counts_too() -> None:
    assert way(*OPEN, client=(entry(100, "allow", True),)).startswith(
        "acl-c of subnet-c: no rule allows TCP 1024-65535 in"
    )
    assert way(*OPEN, client=(entry(100, "allow", False),)).startswith("acl-c of subnet-c: no rule allows TCP 443 out")


def test_within_one_subnet_no_acl_is_asked() -> None:
    acl = NetworkAcl(id="acl-s", subnets=("subnet-s",), entries=SHUT)
    assert acl_in_the_way((acl,), SERVER, SERVER, 443) == ""
