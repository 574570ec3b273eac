"""An Application Load Balancer as it is now, with its target groups and what it says of its targets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

_NO_SCOPE = "the Describe calls of Elastic Load Balancing have no resource scope in IAM"
DESCRIBE_LOAD_BALANCERS, DESCRIBE_TAGS, DESCRIBE_ATTRIBUTES, DESCRIBE_TARGET_GROUPS, DESCRIBE_TARGET_HEALTH = (
    Allow(action=f"elasticloadbalancing:Describe{what}", on=EVERYTHING, because=_NO_SCOPE)
    for what in ("LoadBalancers", "Tags", "LoadBalancerAttributes", "TargetGroups", "TargetHealth")
)
_ALB = re.compile(r"loadbalancer/app/[A-Za-z0-9-]+/[A-Za-z0-9]+")
_NO_FAULT = ("healthy", "initial", "draining", "unused")


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadBalancer:
    """`dimension` is its name in CloudWatch, app/NAME/ID; `zones` has the subnet of each zone by the zone's name."""

    arn: str
    dimension: str
    vpc: str
    state: str
    security_groups: tuple[str, ...]
    zones: Mapping[str, str]
    tags: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One target. `zone` is empty where the load balancer does not say it; `reason` is ELB's code, e.g. Target.Timeout.

    `remarks` only inform: `anomalous` beside the others of its group, or `zonal_shift_active` where its zone is left.
    """

    id: str
    port: int
    zone: str
    state: str
    reason: str
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetGroup:
    """One target group. `dimension` is its name in CloudWatch, targetgroup/NAME/ID."""

    arn: str
    dimension: str
    targets: tuple[Target, ...]

    @property
    def healthy(self) -> tuple[Target, ...]:
        return tuple(one for one in self.targets if one.state == "healthy")

    @property
    def unhealthy(self) -> tuple[Target, ...]:
        """A Lambda target is never checked, which is no fault; one that drains is leaving anyway. A state that is not known is one."""
        bad = (one for one in self.targets if one.state not in _NO_FAULT)
        return tuple(one for one in bad if one.reason != "Target.HealthCheckDisabled")

    @property
    def starting(self) -> tuple[Target, ...]:
        return tuple(one for one in self.targets if one.state == "initial")

    @property
    def usable(self) -> tuple[Target, ...]:
        """Those that get traffic: where none is healthy, ELB sends it to the unhealthy ones too."""
        return tuple(one for one in self.targets if one.state not in ("unused", "draining"))


def read_load_balancer(aws: Aws, target: Arn) -> LoadBalancer | Decline:
    """The load balancer with its tags, or why it cannot be looked at."""
    if not _ALB.fullmatch(target.resource):
        return Decline(
            code="not_an_alb",
            seen=f"{target} is no Application Load Balancer",
            advice="Name one: loadbalancer/app/NAME/ID",
        )
    try:
        found = aws.client("elbv2").describe_load_balancers(LoadBalancerArns=[str(target)])["LoadBalancers"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "LoadBalancerNotFound":
            raise
        found = []
    if not found:
        return Decline(
            code="target_not_found",
            seen=f"there is no load balancer {target}",
            advice="Look whether it was deleted or made anew, and correct the alarm",
        )
    tags = aws.client("elbv2").describe_tags(ResourceArns=[str(target)])["TagDescriptions"]
    said = {tag["Key"]: tag["Value"] for one in tags for tag in one.get("Tags") or ()}
    return _load_balancer(target, found[0], said)


def read_target_groups(aws: Aws, load_balancer: str) -> tuple[TargetGroup, ...]:
    """The groups that its listeners send traffic to, by ARN, with the health of their targets."""
    try:
        pages = aws.client("elbv2").get_paginator("describe_target_groups").paginate(LoadBalancerArn=load_balancer)
        found = sorted(one["TargetGroupArn"] for page in pages for one in page["TargetGroups"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "TargetGroupNotFound":
            raise
        return ()
    return tuple(read_target_group(aws, arn) for arn in found)


def read_target_group(aws: Aws, arn: str) -> TargetGroup:
    """One group with the health of its targets. Raises ClientError where there is none."""
    return _group(arn, aws.client("elbv2").describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"])


def shifts_zones(aws: Aws, load_balancer: str) -> bool:
    """Whether its owner has enabled zonal shift: it is off where nobody has."""
    said = aws.client("elbv2").describe_load_balancer_attributes(LoadBalancerArn=load_balancer)["Attributes"]
    return any((one["Key"], one["Value"]) == ("zonal_shift.config.enabled", "true") for one in said)


def _load_balancer(target: Arn, said: Mapping[str, Any], tags: Mapping[str, str]) -> LoadBalancer:
    return LoadBalancer(
        arn=str(target),
        dimension=target.resource.removeprefix("loadbalancer/"),
        vpc=said.get("VpcId", ""),
        state=(said.get("State") or {}).get("Code", ""),
        security_groups=tuple(sorted(said.get("SecurityGroups") or ())),
        zones={one["ZoneName"]: one["SubnetId"] for one in said.get("AvailabilityZones") or ()},
        tags=tags,
    )


def _remarks(said: Mapping[str, Any]) -> Iterator[str]:
    anomaly = (said.get("AnomalyDetection") or {}).get("Result", "normal")
    override = (said.get("AdministrativeOverride") or {}).get("State", "no_override")
    yield from (word for word in (anomaly, override) if word not in ("normal", "no_override"))


def _group(arn: str, health: list[Mapping[str, Any]]) -> TargetGroup:
    targets = (
        Target(
            id=one["Target"]["Id"],
            port=one["Target"].get("Port", 0),
            zone=one["Target"].get("AvailabilityZone", "").replace("all", ""),
            state=one["TargetHealth"]["State"],
            reason=one["TargetHealth"].get("Reason", ""),
            remarks=tuple(_remarks(one)),
        )
        for one in health
    )
    ordered = tuple(sorted(targets, key=lambda one: (one.id, one.port)))
    return TargetGroup(arn=arn, dimension=arn.split(":", 5)[-1], targets=ordered)
