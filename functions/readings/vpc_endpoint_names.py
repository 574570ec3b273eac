"""How the clients of an interface endpoint find it: the service's own name has to resolve to its interfaces."""

from __future__ import annotations

from functions.core.decision import Decline
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws
from functions.readings.vpc_endpoint_case import Broken, Case

DESCRIBE_VPC_ATTRIBUTE, DESCRIBE_VPCS, DESCRIBE_DHCP_OPTIONS = (
    Allow(action=f"ec2:Describe{what}", on=EVERYTHING, because=f"Describe{what} has no resource scope in IAM")
    for what in ("VpcAttribute", "Vpcs", "DhcpOptions")
)
LIST_HOSTED_ZONES = Allow(
    action="route53:ListHostedZonesByVPC",
    on=EVERYTHING,
    because="which hosted zones a VPC has is not known before they are listed",
)
_ATTRIBUTES = {"enableDnsSupport": "EnableDnsSupport", "enableDnsHostnames": "EnableDnsHostnames"}
_AMAZONS = "AmazonProvidedDNS"


def vpc_networks(aws: Aws, vpc: str) -> tuple[str, ...]:
    """The IPv4 networks of a VPC, secondary ones included."""
    (found,) = aws.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
    more = (one["CidrBlock"] for one in found.get("CidrBlockAssociationSet") or ())
    return tuple(sorted({found["CidrBlock"], *more}))


def vpc_dns(case: Case) -> Broken | None:
    """Private DNS needs both attributes of the VPC; AWS answers one at a time."""
    if not case.endpoint.private_dns:
        return None
    ec2, vpc = case.aws.client("ec2"), case.endpoint.vpc
    off = [
        name
        for name, field in _ATTRIBUTES.items()
        if not ec2.describe_vpc_attribute(VpcId=vpc, Attribute=name)[field]["Value"]
    ]
    if not off:
        return None
    return _broken(
        "vpc_dns_off",
        f"{' and '.join(off)} of {vpc} is off, and {case.endpoint.id} relies on private DNS",
        "Set it in the VPC's template: it holds for every client in the VPC",
    )


def hosted_zones(case: Case) -> Broken | None:
    """A private hosted zone of somebody's that answers for the service's name instead of the endpoint's own one."""
    if not case.endpoint.private_dns or not case.endpoint.names:
        return None
    route53, vpc = case.aws.client("route53"), case.endpoint.vpc
    zones: list[str] = []
    more: dict[str, str] = {}
    while True:
        page = route53.list_hosted_zones_by_vpc(VPCId=vpc, VPCRegion=case.region, **more)
        zones += [one["Name"] for one in page["HostedZoneSummaries"] if not one["Owner"].get("OwningService")]
        if not page.get("NextToken"):
            break
        more = {"NextToken": page["NextToken"]}
    taken = sorted(zone for zone in zones if any(_answers(zone, name) for name in case.endpoint.names))
    if not taken:
        return None
    return _broken(
        "conflicting_hosted_zone",
        f"the private hosted zone {', '.join(taken)} of {vpc} answers for {', '.join(case.endpoint.names)}",
        "Look who made it and for what; without it the name resolves to the endpoint",
    )


def resolver(case: Case) -> Broken | None:
    """Resolvers of one's own have to pass the service's names on to Amazon's: that cannot be seen from here."""
    if not case.endpoint.private_dns:
        return None
    ec2, vpc = case.aws.client("ec2"), case.endpoint.vpc
    options = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0].get("DhcpOptionsId", "default")
    if options == "default":
        return None
    found = ec2.describe_dhcp_options(DhcpOptionsIds=[options])["DhcpOptions"]
    servers = [
        value["Value"]
        for one in found
        for said in one.get("DhcpConfigurations") or ()
        if said["Key"] == "domain-name-servers"
        for value in said["Values"]
    ]
    if not servers or _AMAZONS in servers:
        return None
    return _broken(
        "custom_resolver",
        f"clients in {vpc} ask {', '.join(servers)} for names, and nothing else was found to be broken",
        f"Ask them for {', '.join(case.endpoint.names) or case.endpoint.service}: the answer has to be the endpoint's addresses",
    )


def private_dns(case: Case) -> Broken | None:
    """Off may be meant: then clients have to use the endpoint's own names."""
    if case.endpoint.private_dns or not case.endpoint.service.startswith(("com.amazonaws.", "cn.com.amazonaws.")):
        return None
    return _broken(
        "private_dns_off",
        f"private DNS of {case.endpoint.id} is off: {case.endpoint.service} by its usual name does not come here",
        "Look whether its template has it on; turning it on redirects all clients of the VPC at once, those that the endpoint"
        " policy refuses included",
    )


def _answers(zone: str, name: str) -> bool:
    zone, name = zone.rstrip("."), name.rstrip(".").removeprefix("*.")
    return name == zone or name.endswith(f".{zone}")


def _broken(code: str, seen: str, advice: str) -> Broken:
    return Broken(why=Decline(code=code, seen=seen, advice=advice))
