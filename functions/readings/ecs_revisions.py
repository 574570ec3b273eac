"""Service revisions: a version of a service as it was deployed, with the digests that its images had then."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.permission import Allow
from functions.core.ports import Aws

DESCRIBE_SERVICE_REVISIONS = Allow(
    action="ecs:DescribeServiceRevisions", on="arn:{partition}:ecs:{region}:{account}:service-revision/*"
)
_AT_ONCE = 20
CONFIGURATION = (
    "capacityProviderStrategy", "launchType", "platformVersion", "platformFamily", "loadBalancers", "serviceRegistries",
    "networkConfiguration", "serviceConnectConfiguration", "volumeConfigurations", "fargateEphemeralStorage",
    "vpcLatticeConfigurations",
)  # fmt: skip
"""What a revision has besides its task definition; a service's current deployments spell it the same way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceRevision:
    """`digests` is by image, as the task definition spells it; `said` is the whole answer."""

    arn: str
    task_definition: str
    digests: Mapping[str, str]
    said: Mapping[str, Any]


def read_revisions(aws: Aws, arns: Iterable[str]) -> dict[str, ServiceRevision]:
    """The revisions by ARN, of the first 20; what ECS no longer has is missing from the answer."""
    wanted = list(dict.fromkeys(filter(None, arns)))[:_AT_ONCE]
    if not wanted:
        return {}
    said = aws.client("ecs").describe_service_revisions(serviceRevisionArns=wanted)["serviceRevisions"]
    return {one["serviceRevisionArn"]: _revision(one) for one in said}


def configuration_differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts besides the task definition in which two revisions (or two of a service's deployments) differ."""
    return tuple(part for part in CONFIGURATION if _canonical(one.get(part)) != _canonical(other.get(part)))


def _revision(said: Mapping[str, Any]) -> ServiceRevision:
    images = said.get("containerImages") or ()
    return ServiceRevision(
        arn=said["serviceRevisionArn"],
        task_definition=said["taskDefinition"],
        digests={one["image"]: one["imageDigest"] for one in images if one.get("imageDigest")},
        said=said,
    )


def _canonical(value: Any) -> str:
    """The same text for the same content: lists here are sets, and what is empty is not there."""
    if isinstance(value, Mapping):
        parts = [f"{key}:{_canonical(item)}" for key, item in sorted(value.items()) if item not in (None, [], {})]
        return f"{{{','.join(parts)}}}" if parts else ""
    if isinstance(value, list | tuple):
        return f"[{','.join(sorted(_canonical(item) for item in value))}]" if value else ""
    return "" if value is None else json.dumps(value)
