"""Which ECS service stands behind a target group. AWS has no call that answers that: the services are looked through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from functions.core.arn import parse_arn
from functions.core.decision import Decline
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws
from functions.readings.ecs import Service, read_service

LIST_CLUSTERS = Allow(action="ecs:ListClusters", on=EVERYTHING, because="ListClusters has no resource scope in IAM")
LIST_SERVICES = Allow(
    action="ecs:ListServices",
    on=EVERYTHING,
    because="ListServices has no resource scope in IAM, and any cluster may hold the service",
)
_AT_ONCE, _MOST = 10, 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceBehind:
    """A service and how the target group reaches it. `grace_seconds` is for how long ECS overlooks failing health checks."""

    arn: str
    service: Service
    port: int
    security_groups: tuple[str, ...]
    grace_seconds: int

    @property
    def version_since(self) -> datetime | None:
        """When its newest deployment began; None where ECS does not say."""
        return self.service.primary.created_at if self.service.primary else None


def read_service_behind(aws: Aws, target_group: str) -> ServiceBehind | Decline | None:
    """The service, None where no service has the group, a decline where there are too many to look through."""
    looked_at = 0
    for cluster, arns in _services(aws):
        looked_at += len(arns)
        if looked_at > _MOST:
            return _too_many(target_group)
        for said in aws.client("ecs").describe_services(cluster=cluster, services=arns)["services"]:
            mine = [one for one in said.get("loadBalancers") or () if one.get("targetGroupArn") == target_group]
            if mine and said["status"] == "ACTIVE":
                return _behind(aws, said, mine[0])
    return None


def _services(aws: Aws) -> Iterator[tuple[str, list[str]]]:
    """Ten services of one cluster at a time."""
    ecs = aws.client("ecs")
    for clusters in ecs.get_paginator("list_clusters").paginate():
        for cluster in clusters["clusterArns"]:
            pages = ecs.get_paginator("list_services").paginate(cluster=cluster)
            arns = (arn for page in pages for arn in page["serviceArns"])
            while some := list(islice(arns, _AT_ONCE)):
                yield cluster, some


def _behind(aws: Aws, said: Mapping[str, Any], through: Mapping[str, Any]) -> ServiceBehind | Decline:
    service = read_service(aws, parse_arn(said["serviceArn"], "serviceArn"))
    if isinstance(service, Decline):
        return service
    network = (said.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    return ServiceBehind(
        arn=said["serviceArn"],
        service=service,
        port=through.get("containerPort", 0),
        security_groups=tuple(sorted(network.get("securityGroups") or ())),
        grace_seconds=said.get("healthCheckGracePeriodSeconds", 0),
    )


def _too_many(target_group: str) -> Decline:
    return Decline(
        code="too_many_services",
        seen=f"there are more than {_MOST} ECS services here, and none of those looked at has {target_group}",
        advice="Find the service behind the target group and look at its deployments, events and tasks",
    )
