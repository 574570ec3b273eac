"""Whether services that come back find what is not theirs: vCPUs in the Fargate quota, and the endpoints of their VPCs.

A task that cannot reach ECR, S3, Secrets Manager or CloudWatch Logs does not start. Without an endpoint in the VPC it takes
another way, which is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.cloudwatch import GET_METRIC_DATA, read_series
from functions.readings.fargate_quota import kind_of_quota, over_quota, series_of_quota, vcpus_left
from functions.readings.recoverable_services import Recoverable
from functions.readings.subnets import DESCRIBE_SUBNETS
from functions.readings.vpc_endpoints import DESCRIBE_VPC_ENDPOINTS, endpoints_of

READS_OF_ROOM: tuple[Allow, ...] = (GET_METRIC_DATA, DESCRIBE_SUBNETS, DESCRIBE_VPC_ENDPOINTS)
_BACK = timedelta(minutes=15)
_NEEDED = (".ecr.api", ".ecr.dkr", ".s3", ".logs", ".secretsmanager", ".ssm", ".kms")
"""How the names of their services end."""


def read_vcpus_left(aws: Aws, services: Iterable[Recoverable]) -> dict[str, float | None]:
    """What each Fargate quota leaves that one of these services counts against; None where CloudWatch does not tell."""
    kinds = {kind_of_quota(one.service): one.service for one in services if one.service.on_fargate}
    return {kind: vcpus_left(read_series(aws, series_of_quota(of), back=_BACK)) for kind, of in kinds.items()}


def read_endpoints_down(aws: Aws, services: Iterable[Recoverable]) -> tuple[str, ...]:
    """The endpoints in the VPCs of these services that a task needs for its start and that are not available, in words."""
    subnets = sorted({subnet for one in services for subnet in one.service.subnets})
    if not subnets:
        return ()
    pages = aws.client("ec2").get_paginator("describe_subnets").paginate(SubnetIds=subnets)
    vpcs = sorted({subnet["VpcId"] for page in pages for subnet in page["Subnets"]})
    endpoints = [one for vpc in vpcs for one in endpoints_of(aws, vpc) if one.service.endswith(_NEEDED)]
    return tuple(f"{one.id} ({one.service}) is {one.state}" for one in endpoints if one.state != "available")


def without_endpoints(down: Sequence[str]) -> Decline | None:
    """A decline where one of them is not available."""
    if not down:
        return None
    return Decline(
        code="endpoint_not_available",
        seen=f"tasks need these endpoints of their VPC: {', '.join(down)}",
        advice="Look at the endpoint (diagnose_vpc_endpoint), and bring the services back once it is available",
    )


def without_vcpus(
    left: Mapping[str, float | None], services: Sequence[Recoverable], added: Mapping[str, int]
) -> Decline | None:
    """A decline where a quota does not leave room for what these services are to have more, all together."""
    for kind in left:
        ours = [one for one in services if one.service.on_fargate and kind_of_quota(one.service) == kind]
        tasks = sum(added[one.name] for one in ours)
        why = over_quota(left[kind], tasks, sum(added[one.name] * one.definition.cpu_units for one in ours))
        if why is not None:
            return why
    return None
