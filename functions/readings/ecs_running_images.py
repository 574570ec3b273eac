"""The images that a service's tasks run, by digest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from functions.core.ports import Aws

_AT_ONCE = 100


def read_running_images(aws: Aws, cluster: str, service: str) -> Mapping[str, str]:
    """The digest by image, as the task definition spells it, of up to 100 running tasks.

    An image that runs with more than one digest is left out, and one whose digest ECS does not know.
    """
    ecs = aws.client("ecs")
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=service, desiredStatus="RUNNING")
    arns = [arn for page in pages for arn in page["taskArns"]][:_AT_ONCE]
    said = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    found: dict[str, set[str]] = defaultdict(set)
    for container in (container for task in said for container in task.get("containers") or ()):
        if container.get("image") and container.get("imageDigest"):
            found[container["image"]].add(container["imageDigest"])
    return {image: min(digests) for image, digests in sorted(found.items()) if len(digests) == 1}
