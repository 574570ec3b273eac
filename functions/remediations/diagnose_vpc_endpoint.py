"""Find the one thing that keeps clients from a VPC endpoint.

When    PacketsDropped, RstPacketsReceived, NewConnections, ActiveConnections or BytesProcessed of an endpoint (in all or in one
        subnet) is in ALARM; a person asks, also for a gateway endpoint, and may name the client's subnet and security group
Does    looks at state, subnets, security groups, network ACLs, DNS, endpoint policy, routes, interfaces and AWS Health, and
        reports the first that is broken. Where that is a rule for TCP 443 that somebody has removed from the endpoint's group
        within a day, by CloudTrail, it proposes to put this one back. Nothing else of an endpoint is ever changed: it is not
        made anew, its policy not reset, its private DNS not turned
Proof   the rule is in the group, and the alarm is OK again; probe it from the client's subnet as well
Undo    the rule is taken out again, by itself where it did not help
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from functions.actions.security_groups import AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress
from functions.core.action import Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan, Watch
from functions.core.permission import Allow
from functions.core.policy import Policy
from functions.core.ports import Aws
from functions.core.remediation import Limits, Parameter, Proof, Remediation
from functions.core.trigger import MetricAlarm
from functions.readings.alarm_condition import condition_holds
from functions.readings.aws_health import DESCRIBE_EVENTS
from functions.readings.both_owners import tags_of_both
from functions.readings.cloudformation import DESCRIBE_STACKS, stack_at_work, stack_status
from functions.readings.cloudwatch import DESCRIBE_ALARMS, GET_METRIC_DATA, alarm_calm
from functions.readings.network_acls import DESCRIBE_NETWORK_ACLS
from functions.readings.removed_rules import LOOKUP_EVENTS
from functions.readings.security_groups import DESCRIBE_SECURITY_GROUPS
from functions.readings.subnets import DESCRIBE_SUBNETS
from functions.readings.vpc_endpoint_case import Case, Clients, EndpointReport
from functions.readings.vpc_endpoint_look import CHECKS, look_over
from functions.readings.vpc_endpoint_names import (
    DESCRIBE_DHCP_OPTIONS,
    DESCRIBE_VPC_ATTRIBUTE,
    DESCRIBE_VPCS,
    LIST_HOSTED_ZONES,
    vpc_networks,
)
from functions.readings.vpc_endpoint_network import DESCRIBE_NETWORK_INTERFACES
from functions.readings.vpc_endpoint_policy import DESCRIBE_ROUTE_TABLES
from functions.readings.vpc_endpoints import DESCRIBE_VPC_ENDPOINTS, VpcEndpoint, read_vpc_endpoint
from functions.readings.vpc_subnets import read_vpc_subnets

NAMESPACE = "AWS/PrivateLinkEndpoints"
SUBNET, SECURITY_GROUP = "client-subnet", "client-security-group"
_DROPS = ("PacketsDropped", "RstPacketsReceived")
_METRICS = (*_DROPS, "NewConnections", "ActiveConnections", "BytesProcessed")
_ENDPOINT = "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{VPC Endpoint Id}"
_BESIDES = ("VPC Id", "Endpoint Type", "Service Name")


class DiagnoseVpcEndpoint(Remediation[EndpointReport]):
    """VPC endpoint connectivity: this row normally ends in a report."""

    triggers: ClassVar = tuple(
        MetricAlarm(namespace=NAMESPACE, metric=metric, target=_ENDPOINT, besides=(*_BESIDES, *subnet))
        for metric in _METRICS
        for subnet in ((), ("Subnet Id",))
    )
    service: ClassVar = "ec2"
    parameters: ClassVar = (
        Parameter(name=SUBNET, pattern=r"subnet-[0-9a-f]{8,17}", allowed="the id of a subnet", required=False),
        Parameter(
            name=SECURITY_GROUP, pattern=r"sg-[0-9a-f]{8,17}", allowed="the id of a security group", required=False
        ),
    )
    limits: ClassVar = Limits(
        cooldown=timedelta(hours=1), prove_within=timedelta(minutes=15), deadline=timedelta(hours=1)
    )
    reads: ClassVar[tuple[Allow, ...]] = (
        DESCRIBE_VPC_ENDPOINTS, DESCRIBE_VPCS, DESCRIBE_SUBNETS, DESCRIBE_SECURITY_GROUPS, DESCRIBE_NETWORK_ACLS,
        DESCRIBE_NETWORK_INTERFACES, DESCRIBE_VPC_ATTRIBUTE, DESCRIBE_DHCP_OPTIONS, DESCRIBE_ROUTE_TABLES, LIST_HOSTED_ZONES,
        DESCRIBE_EVENTS, LOOKUP_EVENTS, DESCRIBE_STACKS, DESCRIBE_ALARMS, GET_METRIC_DATA,
    )  # fmt: skip
    actions: ClassVar = (AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> EndpointReport | Decline:
        endpoint = read_vpc_endpoint(aws, target)
        if isinstance(endpoint, Decline):
            return endpoint
        if endpoint.kind not in CHECKS:
            return _unknown_kind(endpoint)
        case = Case(
            aws=aws,
            region=target.region,
            endpoint=endpoint,
            clients=_clients(alarm),
            networks=vpc_networks(aws, endpoint.vpc),
            subnets=read_vpc_subnets(aws, endpoint.vpc),
        )
        if case.clients.subnet and not case.client_subnets:
            return _elsewhere(case)
        checked, broken = look_over(case)
        changed = broken.tags if broken is not None and broken.removed is not None else None
        return EndpointReport(
            tags=endpoint.tags if changed is None else tags_of_both(endpoint.tags, changed),
            breached=_still_bad(aws, alarm),
            endpoint=endpoint,
            checked=checked,
            broken=broken,
            stack=stack_status(aws, endpoint.tags),
            group_stack=stack_status(aws, changed or {}),
        )

    def blocked(self, found: EndpointReport) -> Decline | None:
        return stack_at_work(found.stack) or stack_at_work(found.group_stack)

    def plan(self, found: EndpointReport, policy: Policy) -> Plan | Decline | Watch:
        broken = found.broken
        if broken is None:
            return _nothing(found)
        rule = broken.removed
        if rule is None:
            return broken.why
        return self.blocked(found) or Plan(
            actions=(AuthorizeSecurityGroupIngress(group=rule.group, port=rule.to_port, peer=rule.peer),),
            reason=f"clients cannot reach {found.endpoint.id} ({found.endpoint.service}): {rule}",
            cost_per_month_usd=Decimal(0),
            ask_first="somebody has removed this rule, and may have had a reason",
        )

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        there, calm = plan.actions[-1].progress(aws), alarm_calm(aws, alarm)
        word = {True: "OK", False: "not OK yet", None: "not one that could be asked"}[calm]
        holds = there.effect is Effect.DONE and calm is not False
        return Proof(True if holds else None, f"{there.seen}; the alarm is {word}")


def _still_bad(aws: Aws, alarm: Alarm) -> bool | None:
    """Metrics only come while traffic flows: of connections and bytes, silence and calm are the same."""
    watched = alarm.metrics[0].name if alarm.metrics else ""
    return condition_holds(aws, alarm) if watched in _DROPS else None


def _clients(alarm: Alarm) -> Clients:
    said = alarm.request.parameters if alarm.request else {}
    return Clients(subnet=said.get(SUBNET, ""), security_group=said.get(SECURITY_GROUP, ""))


def _unknown_kind(endpoint: VpcEndpoint) -> Decline:
    return Decline(
        code="endpoint_kind_unknown",
        seen=f"{endpoint.id} ({endpoint.service}) is of the kind {endpoint.kind}",
        advice="Only interface and gateway endpoints are looked over: do it by hand",
    )


def _elsewhere(case: Case) -> Decline:
    return Decline(
        code="client_elsewhere",
        seen=f"there is no subnet {case.clients.subnet} in {case.endpoint.vpc}",
        advice="From another VPC look at peering or the transit gateway first; security groups are not known across it",
    )


def _nothing(found: EndpointReport) -> Decline:
    return Decline(
        code="nothing_broken_found",
        seen=f"of {found.endpoint.id} ({found.endpoint.service}) these are all right: {', '.join(found.checked)}",
        advice="Name the client's subnet and security group; probe it from there (DNS, TCP 443, a signed call); look at the IAM"
        " and resource policies of what is called; Reachability Analyzer costs per analysis",
    )
