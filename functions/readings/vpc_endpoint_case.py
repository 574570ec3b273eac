"""What is looked at when a VPC endpoint does not answer, and what was found there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.core.decision import Decline
from functions.core.ports import Aws
from functions.core.remediation import Facts
from functions.readings.removed_rules import RemovedRule
from functions.readings.vpc_endpoints import VpcEndpoint
from functions.readings.vpc_subnets import Subnet

HTTPS = 443


@dataclass(frozen=True, kw_only=True, slots=True)
class Clients:
    """Who talks to the endpoint, as far as a person has said it; empty means anybody in the VPC."""

    subnet: str = ""
    security_group: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One look at one endpoint. `networks` are the VPC's own, `subnets` all of them."""

    aws: Aws
    region: str
    endpoint: VpcEndpoint
    clients: Clients
    networks: tuple[str, ...]
    subnets: tuple[Subnet, ...]

    @property
    def client_subnets(self) -> tuple[Subnet, ...]:
        """The subnet that a person named, else all."""
        named = self.clients.subnet
        return tuple(one for one in self.subnets if one.id == named) if named else self.subnets

    @property
    def own_subnets(self) -> tuple[Subnet, ...]:
        """Those that the endpoint has an interface in."""
        return tuple(one for one in self.subnets if one.id in self.endpoint.subnets)


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """The one thing that is broken. `removed` is the recorded rule whose return would mend it, `tags` those of its group."""

    why: Decline
    removed: RemovedRule | None = None
    tags: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class EndpointReport(Facts):
    """`checked` names what was looked at, in order; the last one is what `broken` is about, where something is."""

    endpoint: VpcEndpoint
    checked: tuple[str, ...]
    broken: Broken | None
    stack: str
    group_stack: str = ""
