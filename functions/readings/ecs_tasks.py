"""The tasks of a service that are wanted now, with the addresses at which a load balancer reaches them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.core.ports import Aws

_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One task. `address` is the private one of its own network interface, empty where it has none; `zone` a zone's name.

    `health` is what the health checks of its containers say: HEALTHY, UNHEALTHY, or UNKNOWN where there is none, or no word yet.
    """

    arn: str
    address: str
    zone: str
    status: str
    wanted: str
    started_at: datetime | None
    health: str = "UNKNOWN"


def read_tasks(aws: Aws, cluster: str, service: str) -> tuple[Task, ...]:
    """The tasks that ECS wants to run, by ARN."""
    ecs = aws.client("ecs")
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=service, desiredStatus="RUNNING")
    arns = [arn for page in pages for arn in page["taskArns"]]
    said = [
        one
        for at in range(0, len(arns), _AT_ONCE)
        for one in ecs.describe_tasks(cluster=cluster, tasks=arns[at : at + _AT_ONCE])["tasks"]
    ]
    return tuple(sorted((task_of(one) for one in said), key=lambda task: task.arn))


def task_of(said: Mapping[str, Any]) -> Task:
    """A task as DescribeTasks answers it."""
    details = [
        detail
        for one in said.get("attachments") or ()
        if one.get("type") == "ElasticNetworkInterface"
        for detail in one.get("details") or ()
    ]
    address = next((one["value"] for one in details if one.get("name") == "privateIPv4Address"), "")
    return Task(
        arn=said["taskArn"],
        address=address,
        zone=said.get("availabilityZone", ""),
        status=said.get("lastStatus", ""),
        wanted=said.get("desiredStatus", ""),
        started_at=said.get("startedAt"),
        health=said.get("healthStatus", "UNKNOWN"),
    )
