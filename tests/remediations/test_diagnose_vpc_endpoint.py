"""A VPC endpoint that does not answer: the one broken thing is named, and a removed rule is put back where a person agrees."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.run import Outcome
from functions.remediations.diagnose_vpc_endpoint import DiagnoseVpcEndpoint
from tests.alb_account import removal
from tests.answered import approved
from tests.conftest import NOON
from tests.ecs_account import refused
from tests.events import ACCOUNT, REGION, eventbridge
from tests.house import House, in_memory
from tests.paginator import paginator
from tests.scenes import OwnedBy, Reacting, moto_account

SERVICE = f"com.amazonaws.{REGION}.sqs"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PORTS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
ACT = {"Key": "first-responder:mode", "Value": "act"}


@dataclass
class Vpc:
    """An endpoint of SQS in the first of three subnets, in moto; what moto lacks or cannot turn is answered from here.

    One client subnet is in the same zone network as the endpoint, two are not.
    """

    inner: Any
    trail: list[dict[str, Any]] = field(default_factory=list)
    issues: list[str] = field(default_factory=list)
    health: str = "SubscriptionRequiredException"
    said: dict[str, Any] = field(default_factory=dict)
    """What an endpoint is said to be besides what moto says."""
    interface: str = "in-use"
    zones: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        ec2 = self.inner.client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in range(3)
        ]
        self.group, self.client_group = (
            ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
            for name in ("endpoint", "client")
        )
        ec2.create_tags(Resources=[self.group], Tags=[ACT])
        self.let_in("10.0.0.0/16")
        self.endpoint = self.create(SERVICE)

    def create(self, service: str, kind: str = "Interface", **more: Any) -> str:
        of_kind = {"SubnetIds": self.subnets[:1], "SecurityGroupIds": [self.group], "PrivateDnsEnabled": True}
        made = self.inner.client("ec2").create_vpc_endpoint(
            VpcId=self.vpc, ServiceName=service, VpcEndpointType=kind,
            TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": [ACT]}], **(of_kind if kind == "Interface" else more),
        )  # fmt: skip
        return str(made["VpcEndpoint"]["VpcEndpointId"])

    @property
    def arn(self) -> str:
        return f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-endpoint/{self.endpoint}"

    def let_in(self, cidr: str) -> None:
        self._ingress("authorize", [{**PORTS, "IpRanges": [{"CidrIp": cidr}]}])

    def remove_rule(self, ago: timedelta = HOUR, peer: str = "10.0.0.0/16", **how: Any) -> None:
        """Somebody takes out the rule that lets clients in; CloudTrail has it."""
        self.shut()
        self.trail.append(
            removal(self.inner.now() - ago, how.pop("group", self.group), how.pop("port", 443), peer, **how)
        )

    def shut(self) -> None:
        self._ingress("revoke", [{**PORTS, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}])

    def _ingress(self, verb: str, rules: list[dict[str, Any]]) -> None:
        call = getattr(self.inner.client("ec2"), f"{verb}_security_group_ingress")
        call(GroupId=self.group, IpPermissions=rules)

    def rules(self) -> list[str]:
        (found,) = self.inner.client("ec2").describe_security_groups(GroupIds=[self.group])["SecurityGroups"]
        return [one["CidrIp"] for rule in found["IpPermissions"] for one in rule["IpRanges"]]

    def deny(self, subnet: int, *, out: bool, low: int, high: int, cidr: str = "0.0.0.0/0") -> None:
        """Give a subnet an ACL of its own that lets all through but this."""
        ec2 = self.inner.client("ec2")
        acl = ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]
        for number, egress, verb, ports, net in (
            (50, out, "deny", {"From": low, "To": high}, cidr),
            (100, True, "allow", None, "0.0.0.0/0"),
            (100, False, "allow", None, "0.0.0.0/0"),
        ):
            ec2.create_network_acl_entry(
                NetworkAclId=acl, RuleNumber=number, Egress=egress, RuleAction=verb, CidrBlock=net,
                Protocol="6" if ports else "-1", **({"PortRange": ports} if ports else {}),
            )  # fmt: skip
        links = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["NetworkAcls"]
        of = {link["SubnetId"]: link["NetworkAclAssociationId"] for one in links for link in one["Associations"]}
        ec2.replace_network_acl_association(AssociationId=of[self.subnets[subnet]], NetworkAclId=acl)

    def now(self) -> Any:
        return self.inner.now()

    def refusal(self, error: Exception) -> str | None:
        answer: str | None = self.inner.refusal(error)
        return answer

    def client(self, service: str) -> Any:
        return {"cloudtrail": _Trail, "health": _Health, "ec2": _Ec2, "route53": _Zones}.get(
            service, lambda vpc: vpc.inner.client(service)
        )(self)


class _Trail:
    def __init__(self, vpc: Vpc) -> None:
        self._vpc = vpc

    def get_paginator(self, name: str) -> Any:
        return paginator(self, "cloudtrail", name)

    def lookup_events(self, **asked: Any) -> dict[str, Any]:
        (wanted,) = asked["LookupAttributes"]
        known = [one for one in self._vpc.trail if one["EventName"] == wanted["AttributeValue"]]
        return {"Events": [one for one in known if asked["StartTime"] <= one["EventTime"] <= asked["EndTime"]]}


class _Health:
    def __init__(self, vpc: Vpc) -> None:
        self._vpc = vpc

    def describe_events(self, **asked: Any) -> dict[str, Any]:
        if self._vpc.health:
            raise refused(self._vpc.health, "DescribeEvents")
        assert asked["filter"]["regions"] == [REGION]
        return {"events": [{"eventTypeCode": code} for code in self._vpc.issues]}


class _Zones:
    def __init__(self, vpc: Vpc) -> None:
        self._vpc = vpc

    def list_hosted_zones_by_vpc(self, **asked: Any) -> dict[str, Any]:
        """One a page."""
        assert (asked["VPCId"], asked["VPCRegion"]) == (self._vpc.vpc, REGION)
        at = int(asked.get("NextToken", 0))
        more = {"NextToken": str(at + 1)} if at + 1 < len(self._vpc.zones) else {}
        return {"HostedZoneSummaries": self._vpc.zones[at : at + 1], "MaxItems": "1", **more}


class _Ec2:
    """moto's, with the endpoint's names and the status of its interfaces as AWS has them."""

    def __init__(self, vpc: Vpc) -> None:
        self._vpc, self._inner = vpc, vpc.inner.client("ec2")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def get_paginator(self, name: str) -> Any:
        return paginator(self, "ec2", name)

    def describe_vpc_endpoints(self, **asked: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._inner.describe_vpc_endpoints(**asked)
        for one in answer["VpcEndpoints"]:
            name = one["ServiceName"].split(".")[-1]
            one["DnsEntries"] = [{"DnsName": f"{one['VpcEndpointId']}-x.{name}.vpce.amazonaws.com"}]
            one["DnsEntries"].append({"DnsName": f"{name}.{REGION}.amazonaws.com"})
            if one["VpcEndpointId"] == self._vpc.endpoint:
                one.update(self._vpc.said)
            for name in [name for name, value in one.items() if value is None]:
                del one[name]
        return answer

    def describe_network_interfaces(self, **asked: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._inner.describe_network_interfaces(**asked)
        for one in answer["NetworkInterfaces"]:
            one["Status"] = self._vpc.interface
        return answer


@pytest.fixture
def vpc(aws: Boto3Aws) -> Vpc:
    return Vpc(aws)


@pytest.fixture
def house(vpc: Vpc, clock: FakeClock) -> House:
    return in_memory(DiagnoseVpcEndpoint(), vpc, clock)


def alarm(house: House, vpc: Vpc, metric: str = "PacketsDropped", **more: str) -> dict[str, Any]:
    dimensions = {
        "VPC Id": vpc.vpc, "VPC Endpoint Id": vpc.endpoint, "Endpoint Type": "Interface", "Service Name": SERVICE, **more,
    }  # fmt: skip
    return eventbridge(
        house.clock.now(), "AWS/PrivateLinkEndpoints", metric, dimensions, alarm="drops", reason_data={"threshold": 1.0}
    )


def request(vpc: Vpc, mode: str = "act", **parameters: str) -> dict[str, Any]:
    asked = {"target": vpc.arn, "reason": "cannot pull", "requested_by": "ann", "mode": mode}
    return {**asked, "parameters": parameters} if parameters else asked


def publish(vpc: Vpc, *values: float, ago: timedelta = MINUTE) -> None:
    dimensions = {
        "VPC Id": vpc.vpc,
        "VPC Endpoint Id": vpc.endpoint,
        "Endpoint Type": "Interface",
        "Service Name": SERVICE,
    }
    said = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    data = [
        {"MetricName": "PacketsDropped", "Value": value, "Timestamp": vpc.now() - ago - n * MINUTE, "Dimensions": said}
        for n, value in enumerate(values)
    ]
    vpc.inner.client("cloudwatch").put_metric_data(Namespace="AWS/PrivateLinkEndpoints", MetricData=data)


def reports(code: str, house: House, event: dict[str, Any]) -> str:
    answer = house.deliver(event)
    assert answer.text.startswith(f"{code}:"), answer
    return answer.text


# The one change


def test_a_removed_rule_is_put_back_only_after_a_person_agreed(house: House, vpc: Vpc) -> None:
    vpc.remove_rule()
    wake = approved(house, alarm(house, vpc))
    assert vpc.rules() == []
    answer = house.follow(house.deliver(wake))
    assert (vpc.rules(), house.run(answer).outcome) == (["10.0.0.0/16"], Outcome.RECOVERED)


def test_it_is_taken_out_again_by_the_id_of_its_run(house: House, vpc: Vpc) -> None:
    vpc.remove_rule()
    answer = house.follow(house.deliver(approved(house, alarm(house, vpc))))
    undo = {"undo": {"incident": answer.incident, "run": answer.run}, "reason": "it was meant", "requested_by": "ann"}
    assert house.follow(house.deliver({**undo, "mode": "act"})).decision == "undone"
    assert vpc.rules() == []


@pytest.mark.parametrize(
    "how",
    [
        {"ago": 25 * HOUR},
        {"error": "UnauthorizedOperation"},
        {"peer": "0.0.0.0/0"},
        {"peer": "203.0.113.0/24"},
        {"peer": "::/0"},
        {"port": 22},
        {"group": "sg-0cccccccccccccccc"},
    ],
    ids=str,
)
def test_nothing_is_put_back_that_was_not_there_or_is_too_wide(how: dict[str, Any], house: House, vpc: Vpc) -> None:
    vpc.remove_rule(**how)
    reports("security_group_blocks_endpoint", house, alarm(house, vpc))
    assert vpc.rules() == []


def test_of_two_removed_rules_a_person_chooses(house: House, vpc: Vpc) -> None:
    vpc.remove_rule()
    vpc.trail.append(removal(vpc.now() - HOUR, vpc.group, 443, "10.0.1.0/24"))
    text = reports("security_group_blocks_endpoint", house, alarm(house, vpc))
    assert "10.0.1.0/24" in text and "user/bob" in text


@pytest.mark.parametrize(
    ("endpoint", "group", "decision"),
    [
        ("act", "act", "waiting_for_answer"),
        (None, "act", "waiting_for_answer"),
        ("act", None, "observed"),
        ("act", "never", "declined"),
        ("never", "act", "declined"),
        ("observe", "act", "observed"),
    ],
)
def test_a_rule_is_proposed_only_where_the_owners_of_group_and_endpoint_let_it(
    house: House, vpc: Vpc, endpoint: str | None, group: str | None, decision: str
) -> None:
    ec2 = vpc.inner.client("ec2")
    ec2.delete_tags(Resources=[vpc.group, vpc.endpoint], Tags=[{"Key": "first-responder:mode"}])
    for resource, mode in ((vpc.endpoint, endpoint), (vpc.group, group)):
        if mode:
            ec2.create_tags(Resources=[resource], Tags=[{"Key": "first-responder:mode", "Value": mode}])
    vpc.remove_rule()
    assert house.deliver(alarm(house, vpc)).decision == decision


def test_a_stack_at_work_on_the_group_is_not_disturbed(vpc: Vpc, clock: FakeClock) -> None:
    tag = {"Key": "aws:cloudformation:stack-name", "Value": "network"}
    vpc.inner.client("ec2").create_tags(Resources=[vpc.group], Tags=[tag])
    vpc.remove_rule()
    house = in_memory(DiagnoseVpcEndpoint(), OwnedBy(vpc, "UPDATE_IN_PROGRESS"), clock)
    reports("stack_in_progress", house, alarm(house, vpc))


# The one broken thing


def policy(*statements: dict[str, Any]) -> Callable[[Vpc], None]:
    return lambda vpc: vpc.said.update(PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))


def custom_resolver(vpc: Vpc) -> None:
    ec2 = vpc.inner.client("ec2")
    servers = [{"Key": "domain-name-servers", "Values": ["10.0.0.53"]}]
    made = ec2.create_dhcp_options(DhcpConfigurations=servers)["DhcpOptions"]["DhcpOptionsId"]
    ec2.associate_dhcp_options(DhcpOptionsId=made, VpcId=vpc.vpc)


def no_hostnames(vpc: Vpc) -> None:
    vpc.inner.client("ec2").modify_vpc_attribute(VpcId=vpc.vpc, EnableDnsHostnames={"Value": False})


def zone(name: str, **owner: str) -> Callable[[Vpc], None]:
    found = {"HostedZoneId": "Z1", "Name": name, "Owner": owner}
    other = {"HostedZoneId": "Z0", "Name": "corp.example.", "Owner": {"OwningAccount": ACCOUNT}}
    return lambda vpc: vpc.zones.extend([other, found])


def issue(vpc: Vpc) -> None:
    vpc.health, vpc.issues = "", ["AWS_VPC_OPERATIONAL_ISSUE"]


def of_registry(vpc: Vpc) -> None:
    vpc.endpoint = vpc.create(f"com.amazonaws.{REGION}.ecr.api")


EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
DENY = {**EVERYTHING, "Effect": "Deny"}


def ipv6(*, dual: bool) -> Callable[[Vpc], None]:
    def turn(vpc: Vpc) -> None:
        vpc.shut()
        vpc._ingress("authorize", [{**PORTS, "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/56"}]}])
        vpc.said.update(IpAddressType="dualstack" if dual else "ipv4")

    return turn


FINDINGS: dict[str, tuple[Callable[[Vpc], Any], str]] = {
    "it waits to be accepted": (lambda v: v.said.update(State="PendingAcceptance"), "endpoint_not_available"),
    "it was rejected": (lambda v: v.said.update(State="rejected"), "endpoint_not_available"),
    "it failed": (lambda v: v.said.update(State="Failed", FailureReason="no capacity"), "endpoint_not_available"),
    "it is available in capitals": (lambda v: v.said.update(State="Available"), "nothing_broken_found"),
    "it is being deleted": (lambda v: v.said.update(State="Deleting"), "endpoint_not_available"),
    "it is deleted": (lambda v: v.said.update(State="Deleted"), "target_not_found"),
    "it is in no subnet": (lambda v: v.said.update(SubnetIds=[], NetworkInterfaceIds=[]), "endpoint_without_subnets"),
    "its interface is loose": (lambda v: setattr(v, "interface", "available"), "endpoint_interface_not_in_use"),
    "no rule lets clients in": (lambda v: v.shut(), "security_group_blocks_endpoint"),
    "an ACL of its subnet keeps requests out": (
        lambda v: v.deny(0, out=False, low=443, high=443), "network_acl_blocks_endpoint",
    ),
    "an ACL of its subnet keeps answers in": (
        lambda v: v.deny(0, out=True, low=1024, high=65535), "network_acl_blocks_endpoint",
    ),
    "an ACL of its subnet keeps some answers in": (
        lambda v: v.deny(0, out=True, low=61000, high=65535), "network_acl_blocks_endpoint",
    ),
    "an ACL of one client subnet keeps requests in": (
        lambda v: v.deny(1, out=True, low=443, high=443), "network_acl_blocks_some_subnets",
    ),
    "an ACL denies something else": (lambda v: v.deny(0, out=False, low=22, high=22), "nothing_broken_found"),
    "an ACL denies a part of a client's network": (
        lambda v: v.deny(0, out=False, low=443, high=443, cidr="10.0.1.0/25"), "nothing_broken_found",
    ),
    "hostnames are off in the VPC": (no_hostnames, "vpc_dns_off"),
    "a hosted zone answers for it": (zone(f"sqs.{REGION}.amazonaws.com.", OwningAccount=ACCOUNT), "conflicting_hosted_zone"),
    "a hosted zone above answers for it": (zone("amazonaws.com.", OwningAccount=ACCOUNT), "conflicting_hosted_zone"),
    "its own hosted zone answers for it": (
        zone(f"sqs.{REGION}.amazonaws.com.", OwningService="vpce.amazonaws.com"), "nothing_broken_found",
    ),
    "its policy allows nothing": (policy(), "endpoint_policy_refuses"),
    "its policy denies everything": (policy(EVERYTHING, {**EVERYTHING, "Effect": "Deny"}), "endpoint_policy_refuses"),
    "its policy denies under a condition": (
        policy(EVERYTHING, {**EVERYTHING, "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
        "nothing_broken_found",
    ),
    "its policy denies all of its service": (
        policy(EVERYTHING, {**DENY, "Action": ["sqs:*"]}), "endpoint_policy_refuses",
    ),
    "its policy denies all of another service": (policy(EVERYTHING, {**DENY, "Action": "s3:*"}), "nothing_broken_found"),
    "its policy denies everybody else": (
        policy(EVERYTHING, {**{key: DENY[key] for key in DENY if key != "Principal"}, "NotPrincipal": {"AWS": ACCOUNT}}),
        "nothing_broken_found",
    ),
    "its policy denies all else": (
        policy(EVERYTHING, {**{key: DENY[key] for key in DENY if key != "Action"}, "NotAction": "sqs:*"}),
        "nothing_broken_found",
    ),
    "its policy cannot be read": (
        lambda v: v.said.update(PolicyDocument=json.dumps({"Statement": ["Deny"]})), "nothing_broken_found",
    ),
    "an IPv6 rule may let clients of a dual-stack endpoint in": (ipv6(dual=True), "nothing_broken_found"),
    "an IPv6 rule lets no client of an IPv4 endpoint in": (ipv6(dual=False), "security_group_blocks_endpoint"),
    "an ACL for IPv4 says nothing of IPv6": (
        lambda v: (ipv6(dual=True)(v), v.deny(0, out=False, low=443, high=443)), "nothing_broken_found",
    ),
    "private DNS is off": (lambda v: v.said.update(PrivateDnsEnabled=False), "private_dns_off"),
    "its clients ask other resolvers": (custom_resolver, "custom_resolver"),
    "ECR is there without S3": (of_registry, "companion_endpoint_missing"),
    "AWS has an issue": (issue, "aws_health_issue"),
    "AWS has none": (lambda v: setattr(v, "health", ""), "nothing_broken_found"),
    "AWS does not tell": (lambda v: None, "nothing_broken_found"),
    "it is of a kind that has no service": (
        lambda v: v.said.update(VpcEndpointType="Resource", ServiceName=None), "endpoint_kind_unknown",
    ),
    "it is of another kind": (lambda v: v.said.update(VpcEndpointType="GatewayLoadBalancer"), "endpoint_kind_unknown"),
}  # fmt: skip


@pytest.mark.parametrize("name", FINDINGS)
def test_it_names_the_one_broken_thing(name: str, house: House, vpc: Vpc) -> None:
    turn, code = FINDINGS[name]
    turn(vpc)
    reports(code, house, alarm(house, vpc))


@pytest.mark.parametrize(
    ("peer", "code"),
    [
        ({"UserIdGroupPairs": ["client"]}, "nothing_broken_found"),
        ({"IpRanges": [{"CidrIp": "10.9.0.0/16"}]}, "nothing_broken_found"),
        ({"IpRanges": [{"CidrIp": "203.0.113.0/24"}]}, "security_group_blocks_endpoint"),
    ],
    ids=["a group", "a peered network", "a public network"],
)
def test_where_nobody_has_said_who_the_client_is_any_private_one_may_be_it(
    house: House, vpc: Vpc, peer: dict[str, Any], code: str
) -> None:
    vpc.shut()
    if "UserIdGroupPairs" in peer:
        peer = {"UserIdGroupPairs": [{"GroupId": vpc.client_group}]}
    vpc._ingress("authorize", [{**PORTS, **peer}])
    reports(code, house, alarm(house, vpc))


def test_a_named_client_has_to_be_let_in_itself(house: House, vpc: Vpc) -> None:
    vpc.shut()
    vpc.let_in("10.0.2.0/24")
    named = {"client-subnet": vpc.subnets[1]}
    reports("security_group_blocks_endpoint", house, request(vpc, **named))
    house.clock.move(MINUTE)
    reports("nothing_broken_found", house, request(vpc, **{"client-subnet": vpc.subnets[2]}))


def test_a_named_client_has_to_be_let_out(house: House, vpc: Vpc) -> None:
    ec2 = vpc.inner.client("ec2")
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=vpc.client_group, IpPermissions=everything)
    named = {"client-subnet": vpc.subnets[1], "client-security-group": vpc.client_group}
    reports("client_security_group_blocks_endpoint", house, request(vpc, **named))


def test_a_client_of_another_vpc_is_for_a_person(house: House, vpc: Vpc) -> None:
    reports("client_elsewhere", house, request(vpc, **{"client-subnet": "subnet-0123456789abcdef0"}))


@pytest.mark.parametrize("health", ["SubscriptionRequiredException", "ThrottlingException"])
def test_health_that_does_not_answer_stops_nothing(house: House, vpc: Vpc, health: str) -> None:
    vpc.health = health
    reports("nothing_broken_found", house, alarm(house, vpc))


# Gateway endpoints: they have no metrics


def gateway(vpc: Vpc, tables: list[str]) -> None:
    vpc.endpoint = vpc.create(f"com.amazonaws.{REGION}.s3", "Gateway", RouteTableIds=tables)


def tables_of(vpc: Vpc) -> list[str]:
    found = vpc.inner.client("ec2").describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc.vpc]}])
    return [one["RouteTableId"] for one in found["RouteTables"]]


def test_a_gateway_without_a_route_is_named(house: House, vpc: Vpc) -> None:
    gateway(vpc, [])
    assert tables_of(vpc)[0] in reports("gateway_route_missing", house, request(vpc))


def test_a_gateway_with_a_route_for_some_subnets_names_the_others(house: House, vpc: Vpc) -> None:
    (main,) = tables_of(vpc)
    ec2 = vpc.inner.client("ec2")
    other = ec2.create_route_table(VpcId=vpc.vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=other, SubnetId=vpc.subnets[2])
    gateway(vpc, [main])
    text = reports("gateway_route_missing_in_some_subnets", house, request(vpc))
    assert vpc.subnets[2] in text and vpc.subnets[0] not in text


def test_a_gateway_with_its_routes_is_all_right_as_far_as_can_be_seen(house: House, vpc: Vpc) -> None:
    gateway(vpc, tables_of(vpc))
    reports("nothing_broken_found", house, request(vpc, **{"client-security-group": vpc.client_group}))


def test_a_client_that_may_not_go_out_reaches_no_gateway(house: House, vpc: Vpc) -> None:
    gateway(vpc, tables_of(vpc))
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    vpc.inner.client("ec2").revoke_security_group_egress(GroupId=vpc.client_group, IpPermissions=everything)
    reports("client_security_group_blocks_endpoint", house, request(vpc, **{"client-security-group": vpc.client_group}))


@pytest.mark.parametrize(
    ("cidr", "code"),
    [("10.0.0.0/8", "client_security_group_blocks_endpoint"), ("52.92.0.0/15", "nothing_broken_found")],
)
def test_to_a_gateway_a_client_goes_by_public_addresses(house: House, vpc: Vpc, cidr: str, code: str) -> None:
    gateway(vpc, tables_of(vpc))
    ec2 = vpc.inner.client("ec2")
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=vpc.client_group, IpPermissions=everything)
    ec2.authorize_security_group_egress(
        GroupId=vpc.client_group, IpPermissions=[{**PORTS, "IpRanges": [{"CidrIp": cidr}]}]
    )
    reports(code, house, request(vpc, **{"client-security-group": vpc.client_group}))


# News


@pytest.mark.parametrize(
    "metric", ["PacketsDropped", "RstPacketsReceived", "NewConnections", "ActiveConnections", "BytesProcessed"]
)
@pytest.mark.parametrize("more", [{}, {"Subnet Id": "subnet-1"}], ids=["all", "one subnet"])
def test_every_alarm_on_an_endpoint_is_about_it(house: House, vpc: Vpc, metric: str, more: dict[str, str]) -> None:
    vpc.shut()
    reports("security_group_blocks_endpoint", house, alarm(house, vpc, metric, **more))


def test_an_alarm_on_less_names_no_endpoint(house: House, vpc: Vpc) -> None:
    event = eventbridge(
        house.clock.now(),
        "AWS/PrivateLinkEndpoints",
        "PacketsDropped",
        {"VPC Id": vpc.vpc},
        reason_data={"threshold": 1.0},
    )
    reports("unexpected_dimensions", house, event)


def test_drops_that_have_stopped_are_over(house: House, vpc: Vpc) -> None:
    vpc.remove_rule()
    publish(vpc, 5.0, 5.0, ago=14 * MINUTE)
    reports("condition_cleared", house, alarm(house, vpc))


def test_drops_that_go_on_are_not(house: House, vpc: Vpc) -> None:
    vpc.remove_rule()
    publish(vpc, 5.0, 5.0)
    assert house.deliver(alarm(house, vpc)).decision == "waiting_for_answer"


def test_an_old_alarm_without_data_is_stale(house: House, vpc: Vpc) -> None:
    vpc.remove_rule()
    event = alarm(house, vpc)
    house.clock.move(HOUR)
    reports("stale", house, event)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("vpc-endpoint/vpce-0123456789abcdef0", "target_not_found"),
        ("instance/i-0123456789abcdef0", "not_a_vpc_endpoint"),
    ],
)
def test_what_is_no_endpoint_is_declined(house: House, vpc: Vpc, name: str, code: str) -> None:
    target = f"arn:aws:ec2:{REGION}:{ACCOUNT}:{name}"
    reports(code, house, {"target": target, "reason": "cannot pull", "requested_by": "ann"})


# Scenes


@contextmanager
def _vpc(
    turn: Callable[[Vpc], Any], then: dict[str, Callable[[Vpc], Any]] | None = None
) -> Iterator[tuple[Vpc, House]]:
    """An endpoint of a stack, with this wrong with it, and what follows after a call."""
    clock = FakeClock(NOON)
    with moto_account(clock) as aws:
        vpc = Vpc(aws)
        vpc.health = ""
        tag = {"Key": "aws:cloudformation:stack-name", "Value": "network"}
        aws.client("ec2").create_tags(Resources=[vpc.endpoint], Tags=[tag])
        turn(vpc)
        alarm_is(vpc, "ALARM")
        after = {call: partial(follows, vpc) for call, follows in (then or {}).items()}
        yield vpc, in_memory(DiagnoseVpcEndpoint(), Reacting(OwnedBy(vpc, "UPDATE_COMPLETE"), after), clock)


def alarm_is(vpc: Vpc, state: str) -> None:
    cloudwatch = vpc.inner.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="drops", Namespace="AWS/PrivateLinkEndpoints", MetricName="PacketsDropped", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1.0, ComparisonOperator="GreaterThanOrEqualToThreshold",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="drops", StateValue=state, StateReason="a test says so")


@contextmanager
def a_removed_rule_is_put_back_and_does_not_help() -> Iterator[tuple[House, Any]]:
    with _vpc(Vpc.remove_rule) as (vpc, house):
        yield house, approved(house, alarm(house, vpc))


@contextmanager
def a_removed_rule_is_put_back_and_helps() -> Iterator[tuple[House, Any]]:
    with _vpc(Vpc.remove_rule, {"authorize_security_group_ingress": lambda vpc: alarm_is(vpc, "OK")}) as (vpc, house):
        yield house, approved(house, alarm(house, vpc))


@contextmanager
def everything_is_looked_at_and_a_resolver_is_named() -> Iterator[tuple[House, Any]]:
    with _vpc(custom_resolver) as (vpc, house):
        yield house, alarm(house, vpc)


@contextmanager
def a_gateway_without_a_route_is_looked_at() -> Iterator[tuple[House, Any]]:
    with _vpc(lambda vpc: gateway(vpc, [])) as (vpc, house):
        yield house, request(vpc)


SCENES = {
    scene.__name__: scene
    for scene in (
        a_removed_rule_is_put_back_and_does_not_help,
        a_removed_rule_is_put_back_and_helps,
        everything_is_looked_at_and_a_resolver_is_named,
        a_gateway_without_a_route_is_looked_at,
    )
}
