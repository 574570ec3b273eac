"""An ECS cluster with its tags, and the services in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.ecs import Service, service_of

DESCRIBE_CLUSTERS = Allow(action="ecs:DescribeClusters", on="arn:{partition}:ecs:{region}:{account}:cluster/*")
_AT_ONCE = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """`name` is what follows `cluster/` in its ARN."""

    name: str
    tags: Mapping[str, str] = field(repr=False)


def read_cluster(aws: Aws, target: Arn) -> Cluster | Decline:
    """The cluster, or why it cannot be looked at: DescribeClusters reports a missing one in `failures`, not as an error."""
    match target.resource.split("/"):
        case ["cluster", name]:
            pass
        case _:
            return Decline(
                code="not_a_cluster", seen=f"{target} is no ECS cluster", advice="Name a cluster: cluster/CLUSTER"
            )
    found = aws.client("ecs").describe_clusters(clusters=[str(target)], include=["TAGS"])["clusters"]
    if not found or found[0]["status"] != "ACTIVE":
        status = f"is {found[0]['status']}" if found else "was not found"
        return Decline(
            code="target_not_found", seen=f"{target} {status}", advice="Look whether it was deleted or renamed"
        )
    return Cluster(name=name, tags={tag["key"]: tag["value"] for tag in found[0].get("tags") or ()})


def read_services_of(aws: Aws, cluster: str) -> Iterator[tuple[str, Service]]:
    """The services of a cluster with their ARNs, ten in each call."""
    ecs = aws.client("ecs")
    pages = ecs.get_paginator("list_services").paginate(cluster=cluster)
    arns = (arn for page in pages for arn in page["serviceArns"])
    while some := list(islice(arns, _AT_ONCE)):
        for said in ecs.describe_services(cluster=cluster, services=some, include=["TAGS"])["services"]:
            yield said["serviceArn"], service_of(cluster, said)
