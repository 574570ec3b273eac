"""Whether an Auto Scaling group owns an instance, and which load balancers send it traffic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws
from functions.readings.ec2_instances import Instance
from functions.readings.load_balancers import DESCRIBE_TARGET_GROUPS, DESCRIBE_TARGET_HEALTH

DESCRIBE_AUTO_SCALING_INSTANCES = Allow(
    action="autoscaling:DescribeAutoScalingInstances",
    on=EVERYTHING,
    because="DescribeAutoScalingInstances has no resource scope in IAM",
)
READ_TARGETS = (DESCRIBE_TARGET_GROUPS, DESCRIBE_TARGET_HEALTH)
_MOST_GROUPS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Membership:
    """An instance in an Auto Scaling group; `state` is its lifecycle state, both empty where no group owns it."""

    group: str = ""
    state: str = ""


def membership(aws: Aws, instance: str) -> Membership:
    found = aws.client("autoscaling").describe_auto_scaling_instances(InstanceIds=[instance])["AutoScalingInstances"]
    return next(
        (Membership(group=one["AutoScalingGroupName"], state=one["LifecycleState"]) for one in found), Membership()
    )


def registered_in(aws: Aws, instance: Instance) -> tuple[str, ...]:
    """The target groups of its VPC that have the instance or an address of it, among the first fifty.

    Only told: where they cannot be read, the one entry says so, and nothing waits for it.
    """
    names = {instance.id, *(address for one in instance.interfaces for address in one.addresses)}
    try:
        return tuple(
            group["TargetGroupName"]
            for group in islice(_groups_of(aws, instance.vpc), _MOST_GROUPS)
            if names & _targets(aws, group["TargetGroupArn"])
        )
    except ClientError as error:
        return (f"not read: {error.response['Error']['Code']}",)


def _groups_of(aws: Aws, vpc: str) -> Iterator[Mapping[str, Any]]:
    pages = aws.client("elbv2").get_paginator("describe_target_groups").paginate()
    return (one for page in pages for one in page["TargetGroups"] if one.get("VpcId") == vpc)


def _targets(aws: Aws, group: str) -> set[str]:
    health = aws.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return {one["Target"]["Id"] for one in health}
